//! Every mistake, and the sentence that says what to do instead.
//!
//! Mistakes in the words themselves are found while they are read (`input.rs`), an associated type
//! whose trait is not named while it is rebranded (`family.rs`); what only the compiler can know (a
//! field that is not `Trace`, a `Drop` implementation) is left to it.

use quote::quote;
use syn::spanned::Spanned;
use syn::{Data, Meta, Token, Type, TypeParamBound, punctuated::Punctuated};

use crate::family::{brand, mentions};
use crate::input::{Field, Input, Mistakes};

/// Notes whatever is wrong with a declaration that could be read.
pub(crate) fn check(input: &Input<'_>, mistakes: &mut Mistakes) {
    match input.is_static {
        Some(_) => check_static(input, mistakes),
        None => {
            check_layout(input, mistakes);
            check_brand(input, mistakes);
            for field in input.fields() {
                check_field(input, field, mistakes);
            }
        }
    }
}

/// A `#[trace(static)]` type has no brand, and its fields are not looked at.
fn check_static(input: &Input<'_>, mistakes: &mut Mistakes) {
    if let Some(brand) = &input.brand {
        mistakes.note(
            brand.span(),
            "a type is either `static` or has a brand: a `static` type cannot hold a `Gc`, so it has none",
        );
    }
    for lifetime in input.item.generics.lifetimes() {
        let name = &lifetime.lifetime;
        mistakes.note(
            name.span(),
            format!(
                "a type with `#[trace(static)]` has no lifetime parameters: a field that needs `{name}` could hold a \
                 `Gc` or borrow from the stack; trace the fields instead (remove `static`), or use `'static`"
            ),
        );
    }
    for field in input.fields() {
        if let Some(skip) = field.skip {
            mistakes
                .note(skip, "the fields of a type with `#[trace(static)]` are not looked at: one of the two is enough");
        }
    }
}

/// Fields must be there for certain, and borrowable.
fn check_layout(input: &Input<'_>, mistakes: &mut Mistakes) {
    if let Data::Union(data) = &input.item.data {
        mistakes.note(
            data.union_token.span,
            "a union cannot be traced: nothing says which of its fields is there; use an enum, or, if no field can \
             hold a `Gc`, write `#[trace(static)]`",
        );
    }
    for attribute in input.item.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        let Ok(words) = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else { continue };
        for word in words.iter().filter(|word| word.path().is_ident("packed")) {
            mistakes.note_at(
                word,
                "the fields of a packed struct cannot be borrowed, so they cannot be traced; remove `packed`, or, if \
                 no field can hold a `Gc`, write `#[trace(static)]`",
            );
        }
    }
}

/// One lifetime is the brand.
fn check_brand(input: &Input<'_>, mistakes: &mut Mistakes) {
    let lifetimes: Vec<_> = input.item.generics.lifetimes().map(|param| &param.lifetime).collect();
    match &input.brand {
        Some(brand) if !lifetimes.contains(&brand) => {
            let sentence = match lifetimes.as_slice() {
                [] => "it has none".to_owned(),
                [only] => format!("its only one is `{only}`, which is the brand without being told"),
                several => format!("it has {}", list(several)),
            };
            mistakes.note(brand.span(), format!("`{brand}` is no lifetime of `{}`: {sentence}", input.item.ident));
        }
        None if lifetimes.len() > 1 => mistakes.note_at(
            quote!(#(#lifetimes)*),
            format!(
                "which of {} is the brand, the one that `Gc` takes? write `#[trace(brand = {})]` on the type; the \
                 others must be `'static` for a value to be held by a heap",
                list(&lifetimes),
                lifetimes.iter().find(|lifetime| lifetime.ident == "gc").unwrap_or(&lifetimes[0])
            ),
        ),
        _ => {}
    }
}

fn list(lifetimes: &[&syn::Lifetime]) -> String {
    let names: Vec<String> = lifetimes.iter().map(|lifetime| format!("`{lifetime}`")).collect();
    match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

fn check_field(input: &Input<'_>, field: &Field<'_>, mistakes: &mut Mistakes) {
    let brand = brand(input).map(|brand| brand.to_string());
    let holds_brand = |ty: &Type| brand.as_ref().is_some_and(|brand| mentions(ty, brand) || mentions(ty, "Self"));
    if field.skip.is_some() {
        if holds_brand(field.ty) {
            mistakes.note_at(
                field.ty,
                format!(
                    "a skipped field must be `'static`, but this type has the brand `{}` and could hold a `Gc` that \
                     nobody traces; remove `#[trace(skip)]`",
                    brand.as_deref().unwrap_or_default()
                ),
            );
        }
        return;
    }
    match bare(field.ty) {
        Type::Reference(reference) => {
            let name = reference.lifetime.as_ref().map(ToString::to_string);
            if name.is_some() && name == brand {
                let target = quote::ToTokens::to_token_stream(&reference.elem);
                mistakes.note_at(
                    field.ty,
                    format!(
                        "a heap object cannot borrow: what the reference points to could move or die; use \
                         `Gc<{}, {target}>`, or `&'static {target}`",
                        name.unwrap_or_default()
                    ),
                );
            }
        }
        Type::Slice(_) => mistakes.note_at(field.ty, UNSIZED),
        Type::TraitObject(object) if object.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Trait(_))) => {
            mistakes.note(object.span(), UNSIZED);
        }
        _ => {}
    }
}

/// The type without the invisible brackets around what a macro was given, and without visible ones.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        ty => ty,
    }
}

const UNSIZED: &str = "a type that derives `Trace` must have a size: put this behind a pointer, as in `Gc<'gc, [T]>` or \
                       `Box<[T]>`";
