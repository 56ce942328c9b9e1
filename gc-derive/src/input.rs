//! What was written: the type, its fields, and the words of its `#[trace(…)]` attributes.
//!
//! Reading goes on after a mistake, so that all of them are told at once.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Data, DeriveInput, Ident, Lifetime, Member, Meta, Path, Token, Type, parse_quote};

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Notes that what is at `place` is wrong, with the sentence that says why.
    pub(crate) fn note(&mut self, place: Span, sentence: impl std::fmt::Display) {
        self.add(syn::Error::new(place, sentence));
    }

    /// Notes that all of `tokens` is wrong.
    pub(crate) fn note_at(&mut self, tokens: impl quote::ToTokens, sentence: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, sentence));
    }

    fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Fails if there was any.
    pub(crate) fn finish(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// A type that derives `Trace`.
pub(crate) struct Input<'a> {
    pub(crate) item: &'a DeriveInput,
    /// `#[trace(static)]`, and where.
    pub(crate) is_static: Option<Span>,
    /// `#[trace(brand = 'a)]`.
    pub(crate) brand: Option<Lifetime>,
    /// `#[trace(crate = path)]`, or `::gc_core`.
    pub(crate) krate: Path,
    /// One for a struct or union, one for each variant of an enum.
    pub(crate) variants: Vec<Variant<'a>>,
}

/// A struct, or one variant of an enum.
pub(crate) struct Variant<'a> {
    /// The name of the variant; none for a struct.
    pub(crate) name: Option<&'a Ident>,
    pub(crate) fields: Vec<Field<'a>>,
}

/// A field of a struct or variant.
pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    /// `#[trace(skip)]`, and where.
    pub(crate) skip: Option<Span>,
}

impl<'a> Input<'a> {
    /// Reads the declaration.
    pub(crate) fn read(item: &'a DeriveInput, mistakes: &mut Mistakes) -> Self {
        let mut input =
            Self { item, is_static: None, brand: None, krate: parse_quote!(::gc_core), variants: Vec::new() };
        for word in words(&item.attrs, Place::Type, mistakes) {
            match word {
                Word::Static(at) => input.is_static = Some(at),
                Word::Brand(lifetime) => input.brand = Some(lifetime),
                Word::Crate(path) => input.krate = path,
                Word::Skip(_) => unreachable!("`skip` is no word of a type"),
            }
        }
        match &item.data {
            Data::Struct(data) => input.variants.push(Variant { name: None, fields: fields(&data.fields, mistakes) }),
            Data::Enum(data) => {
                for variant in &data.variants {
                    words(&variant.attrs, Place::Variant, mistakes);
                    input
                        .variants
                        .push(Variant { name: Some(&variant.ident), fields: fields(&variant.fields, mistakes) });
                }
            }
            Data::Union(data) => {
                let fields = data.fields.named.iter().map(|field| read_field(0, field, mistakes)).collect();
                input.variants.push(Variant { name: None, fields });
            }
        }
        input
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.variants.iter().flat_map(|variant| &variant.fields)
    }
}

fn fields<'a>(fields: &'a syn::Fields, mistakes: &mut Mistakes) -> Vec<Field<'a>> {
    fields.iter().enumerate().map(|(index, field)| read_field(index, field, mistakes)).collect()
}

fn read_field<'a>(index: usize, field: &'a syn::Field, mistakes: &mut Mistakes) -> Field<'a> {
    let member = field.ident.clone().map_or_else(|| Member::from(index), Member::Named);
    let mut skip = None;
    for word in words(&field.attrs, Place::Field, mistakes) {
        if let Word::Skip(at) = word {
            skip = Some(at);
        }
    }
    Field { member, ty: &field.ty, skip }
}

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Type,
    Variant,
    Field,
}

/// What an attribute says.
enum Word {
    Static(Span),
    Brand(Lifetime),
    Crate(Path),
    Skip(Span),
}

/// The words of all `#[trace(…)]` among `attributes`.
fn words(attributes: &[Attribute], place: Place, mistakes: &mut Mistakes) -> Vec<Word> {
    let mut words = Vec::new();
    let mut seen: Vec<Ident> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("trace")) {
        let list = match &attribute.meta {
            Meta::List(list) => list,
            Meta::Path(path) => {
                mistakes.note_at(path, format!("`#[trace]` says nothing by itself; {}", offer(place)));
                continue;
            }
            Meta::NameValue(value) => {
                mistakes.note_at(value, format!("what `trace` says goes between parentheses; {}", offer(place)));
                continue;
            }
        };
        match Parser::parse2(written_words, list.tokens.clone()) {
            Ok(written) if written.is_empty() => {
                mistakes.note_at(attribute.path(), format!("`#[trace()]` says nothing; {}", offer(place)));
            }
            Ok(written) => {
                for word in written {
                    if seen.contains(&word.name) {
                        mistakes.note(word.name.span(), format!("`{}` is said twice; once is enough", word.name));
                        continue;
                    }
                    seen.push(word.name.clone());
                    match word.understand(place) {
                        Ok(word) => words.push(word),
                        Err(error) => mistakes.add(error),
                    }
                }
            }
            Err(error) => mistakes.add(error),
        }
    }
    words
}

/// What can be said at a place.
fn offer(place: Place) -> &'static str {
    match place {
        Place::Type => "a type takes `static`, `brand = 'a` or `crate = path`, as in `#[trace(static)]`",
        Place::Field => "a field takes `#[trace(skip)]`",
        Place::Variant => "a variant takes no `#[trace(…)]`, but its fields take `#[trace(skip)]`",
    }
}

/// A word as it stands there: a name, and perhaps a value.
struct Written {
    name: Ident,
    value: Option<TokenStream>,
}

/// Reads words separated by commas.
fn written_words(input: ParseStream<'_>) -> syn::Result<Vec<Written>> {
    let mut words = Vec::new();
    while !input.is_empty() {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected a word such as `skip` or `static`"));
        }
        let name = input.call(Ident::parse_any)?;
        let mut value = None;
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            value = Some(until_comma(input)?);
        } else if !input.is_empty() && !input.peek(Token![,]) {
            let rest = until_comma(input)?;
            return Err(syn::Error::new_spanned(rest, format!("expected `,` or `=` after `{name}`")));
        }
        words.push(Written { name, value });
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(words)
}

fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

impl Written {
    /// What it means at `place`.
    fn understand(self, place: Place) -> syn::Result<Word> {
        let name = self.name.to_string();
        let at = self.name.span();
        let home = match name.as_str() {
            "static" | "brand" | "crate" => Place::Type,
            "skip" => Place::Field,
            _ => return Err(syn::Error::new(at, format!("`{name}` means nothing here; {}", offer(place)))),
        };
        if home != place {
            let home = if home == Place::Type { "the type" } else { "a field" };
            return Err(syn::Error::new(at, format!("`{name}` belongs to {home}; {}", offer(place))));
        }
        match name.as_str() {
            "static" => self.without_value().map(Word::Static),
            "skip" => self.without_value().map(Word::Skip),
            "brand" => self.value("a lifetime of the type: `#[trace(brand = 'gc)]`").map(Word::Brand),
            _ => self.value("a path without quotes: `#[trace(crate = path::to::gc_core)]`").map(|path| {
                let Unquoted(path) = path;
                Word::Crate(path)
            }),
        }
    }

    fn without_value(self) -> syn::Result<Span> {
        match self.value {
            Some(value) => Err(syn::Error::new_spanned(
                if value.is_empty() { TokenTree::from(self.name.clone()).into() } else { value },
                format!("`{0}` takes no value: write `#[trace({0})]`", self.name),
            )),
            None => Ok(self.name.span()),
        }
    }

    fn value<T: syn::parse::Parse>(self, what: &str) -> syn::Result<T> {
        let sentence = format!("`{}` takes {what}", self.name);
        match self.value {
            Some(value) if !value.is_empty() => {
                syn::parse2(value.clone()).map_err(|_| syn::Error::new_spanned(value, sentence))
            }
            _ => Err(syn::Error::new(self.name.span(), sentence)),
        }
    }
}

/// A path of modules: no generics.
struct Unquoted(Path);

impl syn::parse::Parse for Unquoted {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Path::parse_mod_style).map(Self)
    }
}
