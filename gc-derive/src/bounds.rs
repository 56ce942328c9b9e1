//! What must be said of a type for every other brand.
//!
//! A bound on `T` does not hold for `T::At<'b>` by itself, and `Rebrand` promises that the type exists
//! and is `Trace` there. So each bound that rests on a parameter with a brand is said again, for all
//! `'b`: `T: Clone` and `for<'b> T::At<'b>: Clone`.

use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{Lifetime, PredicateType, Token, TraitBoundModifier, Type, TypeParamBound, WherePredicate, parse_quote};

use crate::family::{Family, Param, mentions};
use crate::input::Mistakes;

impl Family<'_> {
    /// The written bounds that rest on a parameter with a brand, for the other brand.
    pub(crate) fn rebranded_predicates(&self, mistakes: &mut Mistakes) -> Vec<WherePredicate> {
        let inline = self.generics.type_params().map(|param| {
            let (name, bounds) = (&param.ident, &param.bounds);
            parse_quote!(#name: #bounds)
        });
        let written = self.generics.where_clause.iter().flat_map(|clause| clause.predicates.iter().cloned());
        inline
            .chain(written)
            .filter_map(|predicate| match predicate {
                WherePredicate::Type(predicate) => Some(predicate),
                _ => None,
            })
            .filter(|predicate| {
                self.params.iter().any(|param| param.is_rebranded() && mentions(predicate, &param.name.to_string()))
            })
            .flat_map(|predicate| self.rebrand_predicate(&predicate, mistakes))
            .collect()
    }

    /// What `predicate` says, for every other brand: one predicate for each of its bounds.
    fn rebrand_predicate(&self, predicate: &PredicateType, mistakes: &mut Mistakes) -> Vec<WherePredicate> {
        let mut rebranded = Vec::new();
        for written in &predicate.bounds {
            // Lifetimes need no mention: what is `Trace<'b>` outlives `'b`. Nor do sizes: `At` has one.
            let TypeParamBound::Trait(bound) = written else { continue };
            if bound.modifier != TraitBoundModifier::None {
                continue;
            }
            // `T: for<'a> Fn(&'a u8)` becomes `for<'a, 'b> T::At<'b>: Fn(&'a u8)`: binders do not nest.
            let mut bound = bound.clone();
            let mut lifetimes = bound.lifetimes.take().or(predicate.lifetimes.clone());
            let other = &self.other;
            lifetimes.get_or_insert_with(|| parse_quote!(for<>)).lifetimes.push(parse_quote!(#other));
            let mut predicate = PredicateType {
                lifetimes,
                bounded_ty: predicate.bounded_ty.clone(),
                colon_token: predicate.colon_token,
                bounds: Punctuated::from_iter([TypeParamBound::Trait(bound)]),
            };
            UseOtherBrand { family: self, mistakes }.visit_predicate_type_mut(&mut predicate);
            if Inputs::of(&predicate, other).cannot_be_said() {
                mistakes.note_at(
                    written,
                    "Rust cannot say this bound for every other brand, since nothing but an associated type has the \
                     brand in it: write it on the functions and `impl`s that need it, not on the type",
                );
            }
            rebranded.push(WherePredicate::Type(predicate));
        }
        rebranded
    }

    /// `ty: Trace<'b>` for every other brand, where `ty` is written with this one.
    pub(crate) fn traced_with_every_brand(&self, ty: &Type, mistakes: &mut Mistakes) -> WherePredicate {
        let (krate, other) = (&self.input.krate, &self.other);
        let mut ty = ty.clone();
        UseOtherBrand { family: self, mistakes }.visit_type_mut(&mut ty);
        parse_quote!(for<#other> #ty: #krate::Trace<#other>)
    }
}

/// Replaces the brand by the other one, in lifetimes, parameters and `Self`.
struct UseOtherBrand<'a> {
    family: &'a Family<'a>,
    mistakes: &'a mut Mistakes,
}

impl VisitMut for UseOtherBrand<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if *lifetime == self.family.brand {
            lifetime.ident = self.family.other.ident.clone();
        }
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        let Type::Path(path) = ty else { return visit_mut::visit_type_mut(self, ty) };
        if path.qself.is_none() && path.path.is_ident("Self") {
            *ty = Type::Verbatim(self.family.with_other_brand());
            return;
        }
        let first = path.path.segments.first().filter(|first| path.qself.is_none() && first.arguments.is_none());
        let Some(param) = first.and_then(|first| self.family.param(&first.ident)) else {
            return visit_mut::visit_type_mut(self, ty);
        };
        let with_other = self.family.param_with_other_brand(param);
        if path.path.segments.len() == 1 {
            *ty = Type::Verbatim(with_other);
            return;
        }
        match param.trait_with_types() {
            Some(mut of) => {
                let mut rest: Punctuated<_, Token![::]> = path.path.segments.iter().skip(1).cloned().collect();
                rest.iter_mut().for_each(|segment| self.visit_path_segment_mut(segment));
                self.visit_path_mut(&mut of);
                *ty = Type::Verbatim(quote!(<#with_other as #of>::#rest));
            }
            None if !param.is_rebranded() => {}
            None => self.mistakes.add_ambiguous(path, param),
        }
    }
}

/// Where a lifetime is in a bound `Type: Trait<Args, Item = Binding>`. The compiler refuses (E0582) a
/// binding with a lifetime that is neither in `Type` nor in `Args`, except inside of associated types.
struct Inputs<'a> {
    lifetime: &'a Lifetime,
    in_inputs: bool,
    in_bindings: bool,
}

impl<'a> Inputs<'a> {
    fn of(predicate: &PredicateType, lifetime: &'a Lifetime) -> Self {
        let mut inputs = Self { lifetime, in_inputs: false, in_bindings: false };
        inputs.visit_type(&predicate.bounded_ty);
        for bound in &predicate.bounds {
            inputs.visit_type_param_bound(bound);
        }
        inputs
    }

    fn cannot_be_said(&self) -> bool {
        self.in_bindings && !self.in_inputs
    }
}

impl Visit<'_> for Inputs<'_> {
    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        self.in_inputs |= lifetime == self.lifetime;
    }

    fn visit_assoc_type(&mut self, binding: &syn::AssocType) {
        self.in_bindings |= mentions(&binding.ty, &self.lifetime.to_string());
    }

    fn visit_return_type(&mut self, result: &syn::ReturnType) {
        self.in_bindings |= mentions(result, &self.lifetime.to_string());
    }

    fn visit_type(&mut self, ty: &Type) {
        // What takes the place of a parameter is an associated type, written as tokens.
        let is_projection = matches!(ty, Type::Verbatim(_)) || matches!(ty, Type::Path(path) if path.qself.is_some());
        if !is_projection {
            visit::visit_type(self, ty);
        }
    }
}

impl Mistakes {
    fn add_ambiguous(&mut self, path: &syn::TypePath, param: &Param) {
        let (name, written) = (&param.name, path.to_token_stream().to_string().replace(' ', ""));
        let rest = written.split_once("::").map_or("", |(_, rest)| rest);
        self.note_at(
            path,
            format!("`derive(Trace)` must know the trait of `{written}`: write `<{name} as TheTrait>::{rest}`"),
        );
    }
}
