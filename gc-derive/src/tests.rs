//! What can be seen in the tokens alone. That derived types work is tested where the heap is.

use syn::{DeriveInput, parse_quote};

use crate::derive;
use crate::family::mentions;

fn code(item: &DeriveInput) -> proc_macro2::TokenStream {
    derive(item).unwrap()
}

fn mistakes(item: &DeriveInput) -> Vec<String> {
    derive(item).unwrap_err().into_iter().map(|mistake| mistake.to_string()).collect()
}

#[test]
fn no_type_of_a_field_is_written_down() {
    let code = code(&parse_quote! {
        enum Item<'gc, T> {
            Tuple(First, Vec<T>),
            Struct { field: Gc<'gc, Second>, #[trace(skip)] skipped: Third },
        }
    });
    for written in ["First", "Vec", "Gc", "Second", "Third"] {
        assert!(!mentions(&code, written), "{written} in {code}");
    }
}

#[test]
fn the_visiting_patterns_are_exhaustive() {
    let code = code(&parse_quote!(
        struct Item {
            a: u8,
            b: u8,
        }
    ))
    .to_string();
    let visitors = code.split("fn ").skip(1).filter(|body| body.starts_with("trace") || body.starts_with("relocate"));
    for body in visitors {
        let pattern = &body[..body.find("=>").unwrap()];
        assert!(pattern.contains("a :") && pattern.contains("b :") && !pattern.contains(".."), "{body}");
    }
}

#[test]
fn new_lifetimes_avoid_those_of_the_type() {
    let code = code(&parse_quote! {
        struct Item<'b, F: for<'b_, 'gc> Fn(&'gc Gc<'b, u8>, &'b_ u8)>(F);
    });
    assert!(mentions(&code, "'b__") && !mentions(&code, "'gc_"), "{code}");

    let code = code_without_brand();
    assert!(mentions(&code, "'gc_"), "{code}");
}

fn code_without_brand() -> proc_macro2::TokenStream {
    code(&parse_quote!(
        struct Item(#[trace(skip)] for<'gc> fn(&'gc u8));
    ))
}

#[test]
fn several_mistakes_are_told_together() {
    let told = mistakes(&parse_quote! {
        #[trace(sttic, brand = 'c)]
        #[repr(C, packed(2))]
        struct Item<'a, 'b> {
            #[trace(static)]
            a: Gc<'a, u8>,
            #[trace(skip, skip)]
            b: Gc<'b, u8>,
        }
    });
    let expected =
        ["`sttic` means nothing", "`static` belongs to the type", "`skip` is said twice", "packed", "`'c` is no"];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_lifetime_is_not_taken_for_a_type_of_the_same_name() {
    let ty: syn::Type = parse_quote!(Vec<[Gc<'a, fn(b)>; 3]>);
    assert!(mentions(&ty, "'a") && mentions(&ty, "b"));
    assert!(!mentions(&ty, "a") && !mentions(&ty, "'b"));
}
