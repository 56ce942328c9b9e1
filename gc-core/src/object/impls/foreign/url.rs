//! Addresses of the web.

use ::url::{Host, Url};

use crate::object::impls::*;

leaves! {
    Url, owning |url| url.as_str().len();
}

parts! {
    Host<S> { Host::Domain(name) => [name], Host::Ipv4(_) => [], Host::Ipv6(_) => [] }
}
