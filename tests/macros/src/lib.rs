//! Attribute macros that change an item after a derive has seen it.

#![forbid(unsafe_code)]

use proc_macro::TokenStream;

/// Makes every `Placeholder` in the item a `Gc<'gc, u64>`.
#[proc_macro_attribute]
pub fn rewrite_fields(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.to_string().replace("Placeholder", "::gc_core::Gc<'gc, u64>");
    item.parse().expect("the item was one before")
}

/// Gives the item one field more.
#[proc_macro_attribute]
pub fn add_field(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = item.to_string();
    let end = item.rfind('}').expect("a struct with named fields");
    format!("{} added: ::gc_core::Gc<'gc, u64>, }}", &item[..end]).parse().expect("the item was one before")
}
