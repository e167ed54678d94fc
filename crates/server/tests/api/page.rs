//! The page and its headers.

use reqwest::Method;

use crate::harness::{Server, problem};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_served_without_a_key_under_a_strict_policy() {
    let server = Server::start().await;
    let page = server.bare(Method::GET, "/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let header = |name: &str| page.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "no-referrer");
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let (_, nonce) = policy.split_once("; style-src 'self' 'nonce-").unwrap();
    let text = page.text().await.unwrap();
    assert!(text.contains("<title>Rollcall</title>") && text.contains(nonce.trim_end_matches('\'')), "{text}");
    assert_eq!(server.bare(Method::HEAD, "/").send().await.unwrap().status(), 200);
    problem(server.bare(Method::POST, "/"), 405).await;
    problem(server.bare(Method::GET, "/assets/none.js"), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_the_api_are_kept_by_nobody() {
    let server = Server::start().await;
    for path in ["/api/v1/status", "/api/v1/nothing"] {
        let answer = server.get(path).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
}
