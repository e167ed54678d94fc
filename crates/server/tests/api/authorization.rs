//! Who may do what: walked through every route of the description.

use reqwest::Method;
use rollcall_access::{KeyScope, Principal};
use rollcall_model::TenantId;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Server, ok, problem};

/// A route of the description.
struct Route {
    method: Method,
    path: String,
    /// The scope that it needs, if any.
    scope: Option<String>,
}

async fn described(server: &Server) -> Vec<Route> {
    let description = ok(server.bare(Method::GET, "/api/v1/openapi.json")).await;
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap_or_else(|| panic!("{method} {path} says nothing about keys"));
            let scope = security.first().map(|needed| needed["api_key"][0].as_str().unwrap().to_owned());
            routes.push(Route { method: method.to_uppercase().parse().unwrap(), path: path.clone(), scope });
        }
    }
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_says_which_scope_it_needs() {
    let server = Server::start().await;
    let routes = described(&server).await;
    let mut told: Vec<String> =
        routes.iter().map(|route| format!("{} {} {}", route.method, route.path, route.scope.as_deref().unwrap_or("(open)"))).collect();
    told.sort();
    insta::assert_snapshot!("routes", told.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_lets_anybody_in_without_its_scope() {
    let server = Server::start().await;
    let mut guarded = 0;
    for Route { method, path, scope } in described(&server).await {
        let address =
            path.replace("{name}", "native").replace("{kind}", "sign_in_log").replace("{id}", "none").replace("{employee_id}", "1");
        let address = address.replace("{compact}", "none");
        let Some(scope) = scope else {
            let status = server.bare(method, &address).send().await.unwrap().status();
            assert!(status.is_success(), "{path}: {status}");
            continue;
        };
        guarded += 1;
        let stranger = problem(server.bare(method.clone(), &address), 401).await;
        assert_eq!(stranger["type"], "/problems/unauthenticated", "{path}");
        let others: Vec<KeyScope> = KeyScope::ALL.iter().copied().filter(|other| other.as_str() != scope).collect();
        let key = server.key_with(&others).await;
        let refused = problem(server.bare(method.clone(), &address).bearer_auth(key), 403).await;
        assert_eq!(
            (&refused["type"], &refused["needed_scope"]),
            (&Value::from("/problems/forbidden"), &Value::from(scope.as_str())),
            "{path}"
        );
        let key = server.key_with(&[scope.parse().unwrap()]).await;
        let status = server.bare(method, &address).bearer_auth(key).send().await.unwrap().status();
        // A body may be expected, or nothing be there, but that learn only those who may come in.
        assert!(status.is_success() || status == 422 || status == 404, "{path}: {status}");
    }
    assert_eq!(guarded, 49);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_at_once() {
    let server = Server::start().await;
    let key = server.key_with(&[KeyScope::ReportsRead]).await;
    ok(server.bare(Method::GET, "/api/v1/status").bearer_auth(&key)).await;
    let operator = Principal::local_operator(TenantId::default());
    let listed = server.access.keys(&operator.tenant).await.unwrap();
    server.access.revoke_key(&operator, listed.last().unwrap().id).await.unwrap();
    problem(server.bare(Method::GET, "/api/v1/status").bearer_auth(&key), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_open_the_folder_needs_no_key() {
    let server = Server::start().await;
    let mut socket = tokio::net::UnixStream::connect(server.socket()).await.unwrap();
    socket.write_all(b"GET /api/v1/status HTTP/1.1\r\nhost: rollcall.local\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // The same over the network is refused.
    problem(server.bare(Method::GET, "/api/v1/status"), 401).await;
}
