//! The page, embedded in the binary.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use uuid::Uuid;

use crate::headers::{POLICY, not_kept};
use crate::problem;

/// The built page. A debug build reads it from the folder, so that it need not be compiled anew.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// Files in this folder have a digest of their content in their names.
const HASHED: &str = "assets/";
/// The page itself.
const INDEX: &str = "index.html";
/// Stands in the page where the nonce of its styles belongs.
const NONCE: &str = "{{nonce}}";

/// Answers with the page, a file of it, or that there is nothing.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { INDEX } else { path };
    if method != Method::GET && method != Method::HEAD {
        return problem::not_found().await.into_response();
    }
    match Dist::get(path) {
        Some(file) if path == INDEX => index(&file),
        Some(file) => answer(path, file, &headers),
        None => problem::not_found().await.into_response(),
    }
}

/// The page, with a nonce for the styles that it makes itself: a new one each time, so nobody else's style has it.
fn index(file: &EmbeddedFile) -> Response {
    let nonce = Uuid::new_v4().simple().to_string();
    let page = String::from_utf8_lossy(&file.data).replace(NONCE, &nonce);
    let policy = format!("{POLICY}; style-src 'self' 'nonce-{nonce}'");
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(POLICY));
    ([(header::CONTENT_SECURITY_POLICY, policy), not_kept(), (header::CONTENT_TYPE, HeaderValue::from_static(media_type(INDEX)))], page)
        .into_response()
}

fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = entity_tag(&file);
    let caching = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| value == tag);
    let bearing = [(header::CACHE_CONTROL, HeaderValue::from_static(caching)), (header::ETAG, tag)];
    if known {
        return (StatusCode::NOT_MODIFIED, bearing).into_response();
    }
    (bearing, [(header::CONTENT_TYPE, media_type(path))], Body::from(file.data.into_owned())).into_response()
}

/// The digest of a file, as a weak tag: what is sent may be compressed.
fn entity_tag(file: &EmbeddedFile) -> HeaderValue {
    let digest = file.metadata.sha256_hash();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("W/\"{hex}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// The media type of a file, by the end of its name.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &'static str, headers: HeaderMap) -> Response {
        serve(Method::GET, Uri::from_static(path), headers).await
    }

    fn value(response: &Response, name: header::HeaderName) -> String {
        response.headers().get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn the_page_comes_with_a_nonce_of_its_own_each_time() {
        let mut nonces = std::collections::BTreeSet::new();
        for path in ["/", "/index.html"] {
            let page = get(path, HeaderMap::new()).await;
            assert_eq!((page.status(), value(&page, header::CACHE_CONTROL)), (StatusCode::OK, "no-store".to_owned()));
            assert_eq!(value(&page, header::CONTENT_TYPE), "text/html; charset=utf-8");
            let policy = value(&page, header::CONTENT_SECURITY_POLICY);
            let nonce = policy.split("'nonce-").nth(1).unwrap().trim_end_matches('\'').to_owned();
            let body = axum::body::to_bytes(page.into_body(), usize::MAX).await.unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            assert!(nonce.len() == 32 && text.contains(&nonce) && !text.contains(NONCE), "{text}");
            nonces.insert(nonce);
        }
        assert_eq!(nonces.len(), 2);
    }

    #[tokio::test]
    async fn a_file_beside_the_page_is_sent_once() {
        let response = answer("icon.svg", Dist::get(INDEX).unwrap(), &HeaderMap::new());
        assert_eq!(value(&response, header::CACHE_CONTROL), "no-cache");
        let tag = response.headers().get(header::ETAG).unwrap().clone();
        let again = answer("icon.svg", Dist::get(INDEX).unwrap(), &HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn what_is_no_file_of_the_page_is_not_found() {
        for path in ["/assets/none.js", "/../Cargo.toml", "/assets/../../package.json", "/api/v1/none"] {
            assert_eq!(get(path, HeaderMap::new()).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(serve(Method::POST, Uri::from_static("/x"), HeaderMap::new()).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn files_with_a_digest_in_their_name_are_kept() {
        let file = || Dist::get("index.html").unwrap();
        let response = answer("assets/index-abc123.js", file(), &HeaderMap::new());
        assert_eq!(value(&response, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        assert_eq!(value(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
    }
}
