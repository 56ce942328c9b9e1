//! A type as a member of its family: which lifetime is the brand, and what each parameter becomes
//! when the brand is replaced.
//!
//! `Pair<'gc, T>` with another brand is `Pair<'b, T::At<'b>>`. The bounds written on `T` hold for
//! `T::At<'b>` only if somebody says so, which `bounds.rs` does.
//!
//! - **F1** Lifetimes other than the brand are `'static` wherever they appear: a heap object borrows
//!   nothing.
//! - **F2** A type parameter that must be `'static` (its bounds or a skipped field say so) has no
//!   brand, and stays what it is.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;
use syn::{
    GenericArgument, GenericParam, Generics, Ident, Lifetime, Path, PathArguments, TraitBoundModifier, Type, TypeParam,
    TypeParamBound, WherePredicate,
};

use crate::input::Input;

/// What a type parameter becomes with another brand.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// `T::At<'b>`.
    Rebranded,
    /// `T::Of<'b>`: it may be a slice, a string or a trait object.
    RebrandedUnsized,
    /// Itself; a traced field holds it.
    Static,
    /// Itself; only skipped fields hold it.
    Skipped,
}

/// A type parameter.
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) role: Role,
    /// The traits it is bound by, as written, to find out what `T::Item` stands for.
    traits: Vec<Path>,
}

/// The type and its parameters.
pub(crate) struct Family<'a> {
    pub(crate) input: &'a Input<'a>,
    /// The brand: a lifetime of the type, or a new name.
    pub(crate) brand: Lifetime,
    /// A new name for another brand.
    pub(crate) other: Lifetime,
    pub(crate) has_brand: bool,
    pub(crate) params: Vec<Param>,
    /// The parameters and bounds as written, without defaults, and with `'static` for the
    /// lifetimes that are not the brand.
    pub(crate) generics: Generics,
    foreign: Vec<Lifetime>,
}

impl<'a> Family<'a> {
    /// The family of a type that was found right.
    pub(crate) fn new(input: &'a Input<'a>) -> Self {
        let declared = brand(input);
        let foreign: Vec<Lifetime> = input
            .item
            .generics
            .lifetimes()
            .map(|param| param.lifetime.clone())
            .filter(|lifetime| Some(lifetime) != declared.as_ref())
            .collect();
        let mut generics = input.item.generics.clone();
        generics.params = generics
            .params
            .into_iter()
            .filter(|param| !matches!(param, GenericParam::Lifetime(param) if foreign.contains(&param.lifetime)))
            .collect();
        MakeStatic(&foreign).visit_generics_mut(&mut generics);

        let taken = input.item.to_token_stream();
        let params = generics.type_params().map(|param| Param::new(param, &generics, input)).collect();
        Self {
            input,
            has_brand: declared.is_some(),
            brand: declared.unwrap_or_else(|| unused_lifetime("gc", &taken)),
            other: unused_lifetime("b", &taken),
            params,
            generics,
            foreign,
        }
    }

    /// The type with the brand `brand`, and each type parameter as `param` writes it.
    fn named(&self, brand: &Lifetime, param: impl Fn(&Param) -> TokenStream) -> TokenStream {
        let name = &self.input.item.ident;
        let declared = self.input.item.generics.params.iter();
        let mut params = self.params.iter();
        let arguments = declared.map(|declared| match declared {
            GenericParam::Lifetime(declared) if self.foreign.contains(&declared.lifetime) => quote!('static),
            GenericParam::Lifetime(_) => brand.to_token_stream(),
            GenericParam::Type(_) => params.next().map(&param).unwrap_or_default(),
            GenericParam::Const(declared) => declared.ident.to_token_stream(),
        });
        quote!(#name < #(#arguments),* >)
    }

    /// The type as written.
    pub(crate) fn itself(&self) -> TokenStream {
        self.named(&self.brand, |param| param.name.to_token_stream())
    }

    /// The type with the other brand.
    pub(crate) fn with_other_brand(&self) -> TokenStream {
        self.named(&self.other, |param| self.param_with_other_brand(param))
    }

    pub(crate) fn param_with_other_brand(&self, Param { name, role, .. }: &Param) -> TokenStream {
        let (krate, other) = (&self.input.krate, &self.other);
        match role {
            Role::Rebranded => quote!(<#name as #krate::Rebrand>::At<#other>),
            Role::RebrandedUnsized => quote!(<#name as #krate::RebrandPtr>::Of<#other>),
            Role::Static | Role::Skipped => name.to_token_stream(),
        }
    }

    /// The associated types of type parameters that traced fields hold: `T::Item`.
    pub(crate) fn projections(&self) -> Vec<Type> {
        let mut find = FindProjections { family: self, found: Vec::new() };
        for field in self.input.fields().filter(|field| field.skip.is_none()) {
            let mut ty = field.ty.clone();
            MakeStatic(&self.foreign).visit_type_mut(&mut ty);
            find.visit_type(&ty);
        }
        find.found
    }

    /// True if a traced field's type does not tell what it holds: an associated type or a macro.
    pub(crate) fn has_opaque_field(&self) -> bool {
        struct Opaque(bool);
        impl Visit<'_> for Opaque {
            fn visit_qself(&mut self, _: &syn::QSelf) {
                self.0 = true;
            }
            fn visit_macro(&mut self, _: &syn::Macro) {
                self.0 = true;
            }
        }
        let mut opaque = Opaque(!self.projections().is_empty());
        for field in self.input.fields().filter(|field| field.skip.is_none()) {
            opaque.visit_type(field.ty);
        }
        opaque.0
    }

    pub(crate) fn param(&self, name: &Ident) -> Option<&Param> {
        self.params.iter().find(|param| param.name == *name)
    }

    fn mentions_param(&self, tokens: &impl ToTokens) -> bool {
        self.params.iter().any(|param| mentions(tokens, &param.name.to_string()))
    }
}

impl Param {
    fn new(param: &TypeParam, generics: &Generics, input: &Input<'_>) -> Self {
        let name = param.ident.to_string();
        let in_where = generics.where_clause.iter().flat_map(|clause| &clause.predicates).filter_map(|predicate| {
            let WherePredicate::Type(predicate) = predicate else { return None };
            let Type::Path(bounded) = &predicate.bounded_ty else { return None };
            bounded.path.is_ident(&param.ident).then_some(&predicate.bounds)
        });
        let bounds: Vec<&TypeParamBound> = param.bounds.iter().chain(in_where.flatten()).collect();
        let is = |lifetime: &Lifetime| lifetime.ident == "static";
        let in_fields =
            |skipped: bool| input.fields().any(|field| field.skip.is_some() == skipped && mentions(field.ty, &name));
        let bound_static = bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(at) if is(at)));
        let unsized_ = bounds.iter().any(
            |bound| matches!(bound, TypeParamBound::Trait(bound) if matches!(bound.modifier, TraitBoundModifier::Maybe(_))),
        );
        let role = match bound_static || in_fields(true) || input.is_static.is_some() {
            true if in_fields(false) && input.is_static.is_none() => Role::Static,
            true => Role::Skipped,
            false if unsized_ => Role::RebrandedUnsized,
            false => Role::Rebranded,
        };
        let traits = bounds
            .iter()
            .filter_map(|bound| match bound {
                TypeParamBound::Trait(bound) if bound.modifier == TraitBoundModifier::None => Some(bound.path.clone()),
                _ => None,
            })
            .collect();
        Self { name: param.ident.clone(), role, traits }
    }

    pub(crate) fn is_rebranded(&self) -> bool {
        matches!(self.role, Role::Rebranded | Role::RebrandedUnsized)
    }

    /// The trait that `T::Item` is meant to be of: the only one, except for those known to have no
    /// associated types.
    pub(crate) fn trait_with_types(&self) -> Option<Path> {
        const WITHOUT: [&str; 19] = [
            "Trace",
            "Rebrand",
            "RebrandPtr",
            "Pointee",
            "Sized",
            "Copy",
            "Clone",
            "Debug",
            "Display",
            "Default",
            "PartialEq",
            "Eq",
            "PartialOrd",
            "Ord",
            "Hash",
            "Plain",
            "Send",
            "Sync",
            "Unpin",
        ];
        let mut with = self
            .traits
            .iter()
            .filter(|path| path.segments.last().is_none_or(|last| WITHOUT.iter().all(|without| last.ident != without)));
        let mut only = with.next().filter(|_| with.next().is_none())?.clone();
        if let Some(last) = only.segments.last_mut()
            && let PathArguments::AngleBracketed(arguments) = &mut last.arguments
        {
            // `Iterator<Item = u8>` names a bound, `Iterator` the trait.
            arguments.args = std::mem::take(&mut arguments.args)
                .into_iter()
                .filter(|argument| !matches!(argument, GenericArgument::AssocType(_) | GenericArgument::Constraint(_)))
                .collect();
        }
        Some(only)
    }
}

/// The lifetime of the type that is the brand, if it has one.
pub(crate) fn brand(input: &Input<'_>) -> Option<Lifetime> {
    if input.brand.is_some() {
        return input.brand.clone();
    }
    let mut lifetimes = input.item.generics.lifetimes();
    let first = lifetimes.next()?.lifetime.clone();
    lifetimes.next().is_none().then_some(first)
}

/// True if the identifier or lifetime `name` is among `tokens`.
pub(crate) fn mentions(tokens: &(impl ToTokens + ?Sized), name: &str) -> bool {
    fn among(tokens: TokenStream, word: &str, is_lifetime: bool) -> bool {
        let mut after_quote = false;
        tokens.into_iter().any(|token| {
            let follows_quote = std::mem::take(&mut after_quote);
            match token {
                TokenTree::Punct(punct) => after_quote = punct.as_char() == '\'',
                TokenTree::Ident(ident) => return follows_quote == is_lifetime && ident == word,
                TokenTree::Group(group) => return among(group.stream(), word, is_lifetime),
                TokenTree::Literal(_) => {}
            }
            false
        })
    }
    let word = name.strip_prefix('\'');
    among(tokens.to_token_stream(), word.unwrap_or(name), word.is_some())
}

/// A lifetime that begins with `name` and is not among `tokens`.
fn unused_lifetime(name: &str, tokens: &TokenStream) -> Lifetime {
    let mut name = format!("'{name}");
    while mentions(tokens, &name) {
        name.push('_');
    }
    Lifetime::new(&name, Span::call_site())
}

/// Replaces some lifetimes by `'static`.
struct MakeStatic<'a>(&'a [Lifetime]);

impl VisitMut for MakeStatic<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if self.0.contains(lifetime) {
            *lifetime = Lifetime::new("'static", lifetime.span());
        }
    }
}

/// Collects the associated types of parameters.
struct FindProjections<'a> {
    family: &'a Family<'a>,
    found: Vec<Type>,
}

impl Visit<'_> for FindProjections<'_> {
    fn visit_type_path(&mut self, path: &syn::TypePath) {
        let of_param = path.path.segments.len() > 1
            && path.path.segments.first().is_some_and(|first| self.family.param(&first.ident).is_some());
        let projects = match &path.qself {
            Some(_) => self.family.mentions_param(path),
            None => of_param,
        };
        if projects {
            let ty = Type::Path(path.clone());
            if !self.found.contains(&ty) {
                self.found.push(ty);
            }
        } else {
            visit::visit_type_path(self, path);
        }
    }
}
