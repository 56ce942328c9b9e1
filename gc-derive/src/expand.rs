//! The code that `#[derive(Trace)]` stands for.
//!
//! The expansion of `struct Node<'gc> { name: Gc<'gc, str> }`, shortened:
//!
//! ```text
//! unsafe impl<'gc> Trace<'gc> for Node<'gc> {
//!     const NEEDS_TRACE: bool = true;
//!     const HAS_EXTERNAL: bool = <Self as Fields<'gc>>::FLAGS.has_external;
//!     fn trace(&self, tracer: &mut Tracer<'gc>) {
//!         match self { Self { name: field } => { Trace::trace(field, tracer); } }
//!     }
//!     …
//! }
//! unsafe impl<'gc> Rebrand for Node<'gc> { type At<'b> = Node<'b>; }
//! impl<'gc> Fields<'gc> for Node<'gc> { const FLAGS: FieldFlags = …; }
//! impl<'gc> TypesWithDeriveTraceCannotImplementDrop for Node<'gc> {}
//! ```
//!
//! - **E1** `trace`, `relocate` and `external_bytes` bind every field by a pattern without `..`, and
//!   no type is written down: a later attribute macro that changes, adds or removes a field either
//!   has it traced or does not compile.
//! - **E2** `NEEDS_TRACE` is false only if no value can hold a `Gc`. It goes by a rule (asking the
//!   fields would be cyclic for recursive types): true for a type with a brand. One without a brand can
//!   name pointers only by its parameters. What is `Trace<'gc>` because they are holds them, and
//!   nothing else with a brand, so the OR over them is right; what is derived from them, an associated
//!   type, is `Trace<'gc>` only by a bound that we add where we see it, and then it is true.
//! - **E3** Every path begins with that of the crate, so that no name of the program is used.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Generics, Ident, Path, WherePredicate, parse_quote};

use crate::family::{Family, Role};
use crate::input::{Field, Input, Mistakes, Variant};

/// The implementations for a type that was found right.
pub(crate) fn expand(input: &Input<'_>, mistakes: &mut Mistakes) -> TokenStream {
    let family = Family::new(input);
    let expansion = Expansion { input, krate: &input.krate, family: &family };
    let trace = expansion.trace();
    let rebrand = expansion.rebrand(mistakes);
    if input.is_static.is_some() {
        return quote!(#trace #rebrand);
    }
    let flags = expansion.flags();
    let no_drop = expansion.no_drop();
    quote!(#trace #rebrand #flags #no_drop)
}

struct Expansion<'a> {
    input: &'a Input<'a>,
    krate: &'a Path,
    family: &'a Family<'a>,
}

impl Expansion<'_> {
    /// The written generics, with the brand and `predicates`.
    fn generics(&self, with_brand: bool, predicates: impl IntoIterator<Item = WherePredicate>) -> Generics {
        let mut generics = self.family.generics.clone();
        if with_brand && !self.family.has_brand {
            let brand = &self.family.brand;
            generics.params.insert(0, parse_quote!(#brand));
        }
        generics.make_where_clause().predicates.extend(predicates);
        generics
    }

    /// The bounds under which the type is `Trace<'gc>`.
    fn traced(&self) -> Generics {
        let (krate, brand) = (self.krate, &self.family.brand);
        let mut predicates: Vec<WherePredicate> = Vec::new();
        for param in &self.family.params {
            let name = &param.name;
            predicates.push(match param.role {
                Role::Rebranded | Role::RebrandedUnsized => parse_quote!(#name: #krate::Trace<#brand>),
                Role::Static => parse_quote!(#name: #krate::Trace<#brand> + 'static),
                Role::Skipped => parse_quote!(#name: 'static),
            });
        }
        if self.input.is_static.is_none() {
            for ty in self.family.projections() {
                predicates.push(parse_quote!(#ty: #krate::Trace<#brand>));
            }
        }
        self.generics(true, predicates)
    }

    fn trace(&self) -> TokenStream {
        let (krate, brand) = (self.krate, &self.family.brand);
        let generics = self.traced();
        let (params, _, bounds) = generics.split_for_impl();
        let itself = self.family.itself();
        let tracer = Ident::new("__tracer", Span::mixed_site());
        let relocator = Ident::new("__relocator", Span::mixed_site());
        let needs_trace = self.needs_trace();
        let (flags, trace, relocate, external) = if self.input.is_static.is_some() {
            (None, quote!(), quote!(), None)
        } else {
            let flags = quote! {
                const HAS_EXTERNAL: #krate::__private::bool =
                    <Self as #krate::__private::Fields<#brand>>::FLAGS.has_external;
                const PINS: #krate::__private::bool = <Self as #krate::__private::Fields<#brand>>::FLAGS.pins;
            };
            let trace = self.each_variant(|variant| self.each_field(variant, "trace", Some(&tracer)));
            let relocate = self.each_variant(|variant| self.each_field(variant, "relocate", Some(&relocator)));
            let external = self.input.fields().any(|field| field.skip.is_none()).then(|| {
                let sum = self.each_variant(|variant| {
                    let bytes = self.each_field(variant, "external_bytes", None);
                    quote!(#krate::__private::sum(&[#bytes]))
                });
                quote! {
                    #[inline]
                    fn external_bytes(&self) -> #krate::__private::usize { #sum }
                }
            });
            (Some(flags), trace, relocate, external)
        };
        // SAFETY: (of what this expands to) the patterns bind every field of every variant, and each is visited and
        // updated by its own `Trace`, but for those that are known to be `'static` (E1); `Drop` is ruled out.
        quote! {
            #[automatically_derived]
            unsafe impl #params #krate::Trace<#brand> for #itself #bounds {
                const NEEDS_TRACE: #krate::__private::bool = #needs_trace;
                #flags
                #external
                #[inline]
                fn trace(&self, #tracer: &mut #krate::Tracer<#brand>) { #trace }
                #[inline]
                fn relocate(&mut self, #relocator: &mut #krate::Relocator<#brand>) { #relocate }
            }
        }
    }

    /// Whether a value can hold a `Gc`: by rule (E2).
    fn needs_trace(&self) -> TokenStream {
        let (krate, brand) = (self.krate, &self.family.brand);
        let traced: Vec<_> = self.family.params.iter().filter(|param| param.role != Role::Skipped).collect();
        if self.family.has_brand {
            quote!(true)
        } else if traced.is_empty() {
            quote!(false)
        } else if self.family.has_opaque_field() {
            quote!(true)
        } else {
            let names = traced.iter().map(|param| &param.name);
            quote!(#(<#names as #krate::Trace<#brand>>::NEEDS_TRACE)||*)
        }
    }

    /// Matches `self` with a pattern that binds every field.
    fn each_variant(&self, body: impl Fn(&Variant<'_>) -> TokenStream) -> TokenStream {
        if self.input.variants.is_empty() {
            return quote!(match *self {});
        }
        let arms = self.input.variants.iter().map(|variant| {
            let path = path_of(variant);
            let members = variant.fields.iter().map(|field| &field.member);
            let names = variant.fields.iter().enumerate().map(|(index, field)| binding(index, field));
            let body = body(variant);
            quote!(#path { #(#members: #names),* } => { #body })
        });
        quote!(match self { #(#arms)* })
    }

    /// Calls `method` for every field, and asks of those skipped that they be `'static`.
    fn each_field(&self, variant: &Variant<'_>, method: &str, visitor: Option<&Ident>) -> TokenStream {
        let calls = variant.fields.iter().enumerate().filter_map(|(index, field)| {
            let (krate, span) = self.at(field);
            let (name, method) = (binding(index, field), Ident::new(method, span));
            let call = match (field.skip, visitor) {
                (None, Some(visitor)) => quote_spanned!(span=> #krate::Trace::#method(#name, #visitor);),
                (None, None) => quote_spanned!(span=> #krate::Trace::#method(#name),),
                (Some(_), Some(_)) => quote_spanned!(span=> #krate::__private::skipped_field_is_static(#name);),
                (Some(_), None) => return None,
            };
            Some(call)
        });
        quote!(#(#calls)*)
    }

    /// The crate's path and a span, both at the type of `field`, where its errors are to appear.
    fn at(&self, field: &Field<'_>) -> (TokenStream, Span) {
        let place = field.ty.span();
        let path = quote::ToTokens::to_token_stream(self.krate);
        (move_to(path, place), Span::mixed_site().located_at(place))
    }

    fn rebrand(&self, mistakes: &mut Mistakes) -> TokenStream {
        let (krate, other) = (self.krate, &self.family.other);
        let mut predicates: Vec<WherePredicate> = Vec::new();
        for param in &self.family.params {
            let name = &param.name;
            predicates.push(match param.role {
                Role::Rebranded => parse_quote!(#name: #krate::Rebrand),
                Role::RebrandedUnsized => parse_quote!(#name: #krate::RebrandPtr),
                Role::Static => parse_quote!(#name: for<#other> #krate::Trace<#other> + 'static),
                Role::Skipped => parse_quote!(#name: 'static),
            });
        }
        predicates.extend(self.family.rebranded_predicates(mistakes));
        if self.input.is_static.is_none() {
            for ty in self.family.projections() {
                predicates.push(self.family.traced_with_every_brand(&ty, mistakes));
            }
        }
        let generics = self.generics(false, predicates);
        let (params, _, bounds) = generics.split_for_impl();
        let (itself, at) = (self.family.itself(), self.family.with_other_brand());
        // SAFETY: (of what this expands to) `At` names the same type with the one brand replaced, in its own
        // arguments and in those of its parameters (F1, F2).
        quote! {
            #[automatically_derived]
            unsafe impl #params #krate::Rebrand for #itself #bounds {
                type At<#other> = #at;
            }
        }
    }

    fn flags(&self) -> TokenStream {
        let (krate, brand) = (self.krate, &self.family.brand);
        let generics = self.traced();
        let (params, _, bounds) = generics.split_for_impl();
        let itself = self.family.itself();
        let only_variant = self.input.variants.len() == 1;
        let flags = self.input.variants.iter().flat_map(|variant| {
            let path = path_of(variant);
            variant.fields.iter().filter(|field| field.skip.is_none()).map(move |field| {
                let (krate, span) = self.at(field);
                let (member, name) = (&field.member, binding(0, field));
                let others = (!only_variant).then(|| quote!(_ => #krate::__private::None,));
                // The call is there so that the compiler, which says the same thing in the same
                // place only once, has but one error for a field that is not `Trace`.
                let found = quote_spanned!(span=> {
                    #krate::Trace::external_bytes(#name);
                    #krate::__private::Some(#name)
                });
                quote_spanned! {span=>
                    #krate::__private::FieldFlags::of(|this: &Self| match this {
                        #path { #member: #name, .. } => #found
                        #others
                    })
                }
            })
        });
        quote! {
            #[automatically_derived]
            impl #params #krate::__private::Fields<#brand> for #itself #bounds {
                const FLAGS: #krate::__private::FieldFlags = #krate::__private::FieldFlags::any(&[#(#flags),*]);
            }
        }
    }

    /// An implementation that conflicts with one of `Drop`.
    fn no_drop(&self) -> TokenStream {
        let krate = move_to(quote::ToTokens::to_token_stream(self.krate), self.input.item.ident.span());
        let generics = &self.input.item.generics;
        let (params, arguments, bounds) = generics.split_for_impl();
        let name = &self.input.item.ident;
        let span = Span::mixed_site().located_at(name.span());
        quote_spanned! {span=>
            #[automatically_derived]
            impl #params #krate::__private::TypesWithDeriveTraceCannotImplementDrop for #name #arguments #bounds {}
        }
    }
}

/// `Self`, or `Self::Variant`.
fn path_of(variant: &Variant<'_>) -> TokenStream {
    match variant.name {
        Some(name) => quote!(Self::#name),
        None => quote!(Self),
    }
}

/// The name that a pattern gives to a field, at the place of its type.
fn binding(index: usize, field: &Field<'_>) -> Ident {
    format_ident!("__field{index}", span = Span::mixed_site().located_at(field.ty.span()))
}

/// The same tokens, with the same meaning, at another place.
fn move_to(tokens: TokenStream, place: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(place));
            token
        })
        .collect::<Vec<TokenTree>>()
        .into_iter()
        .collect()
}
