//! Headers that every answer bears, for browsers.

use axum::Router;
use axum::http::header::InvalidHeaderValue;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::problem::Problem;

/// What a page of this server may load, and who may show it in a frame: only itself, and nobody.
pub(crate) const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

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

/// The header of an answer that nobody may keep.
pub(crate) const fn not_kept() -> (HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// The header `Location` of an address.
pub(crate) fn location(address: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::try_from(address).map_err(|error| Problem::internal("writing an address", &error))
}

/// The header `Content-Disposition` of a file that is saved under this name (RFC 6266).
pub(crate) fn attachment(name: &str) -> Result<HeaderValue, InvalidHeaderValue> {
    let quoted: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' { c } else { '_' }).collect();
    if quoted == name {
        return HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let encode = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let encoded: String = name.bytes().map(encode).collect();
    HeaderValue::try_from(format!("attachment; filename=\"{quoted}\"; filename*=UTF-8''{encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_under_its_name() {
        let told = |name: &str| attachment(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(told("Login_Logout report.csv"), "attachment; filename=\"Login_Logout report.csv\"");
        assert_eq!(told("Früh \"A\".csv"), "attachment; filename=\"Fr_h _A_.csv\"; filename*=UTF-8''Fr%C3%BCh%20%22A%22.csv");
    }
}
