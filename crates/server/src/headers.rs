//! Headers that every answer bears, for browsers.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::problem::Problem;

/// What a page of this server may load, and who may show it in a frame: only itself, and nobody.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// Adds the headers, where an answer does not bear its own.
pub(crate) fn with_headers(router: Router) -> Router {
    let header = |name: HeaderName, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    router
        .layer(header(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        // Answers hold personal data. What may be kept says so itself.
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

/// The header `Location` of an address.
pub(crate) fn location(address: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(address).map_err(|error| Problem::internal("writing an address", &error))
}
