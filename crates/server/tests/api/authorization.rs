//! Who may do what: walked through every route of the description.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder};
use rollcall_access::{KeyScope, Permission, Principal};
use rollcall_model::{Scope, TenantId};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Server, ok, problem};
use crate::people::{Browser, Wanted};

/// The routes that anybody may use. There are no others.
const OPEN: &[&str] = &[
    "GET /api/v1/openapi.json",
    "GET /api/v1/sign-in",
    "GET /api/v1/sign-in/openid",
    "GET /api/v1/sign-in/openid/callback",
    "GET /healthz",
    "GET /readyz",
    "POST /api/v1/session",
    "POST /api/v1/sign-in/openid/back-channel-logout",
    "POST /api/v1/sign-in/openid/force",
];

/// What the description says that a route needs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Needed {
    Nothing,
    Known,
    Operator,
    OneOf(Vec<Permission>, Option<KeyScope>),
}

/// A route of the description.
#[derive(Debug, Clone)]
struct Route {
    method: Method,
    path: String,
    needed: Needed,
}

impl Route {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The same with other names in the place of its variable parts. The kind of report is one that the permission is for.
    fn address(&self, permission: Option<Permission>) -> String {
        let kind = match permission.map(Permission::area) {
            Some("login_logout") => "login_logout",
            Some("audit_logs") => "access_log",
            Some("activity_audit") => "activity_audit",
            _ => "sign_in_log",
        };
        let parts = [("{name}", "native"), ("{kind}", kind), ("{id}", "none"), ("{employee_id}", "1"), ("{compact}", "none")];
        parts.iter().fold(self.path.clone(), |path, (part, value)| path.replace(part, value))
    }

    fn told(&self) -> String {
        let needs = match &self.needed {
            Needed::Nothing => "(open)".to_owned(),
            Needed::Known => "(whoever is known)".to_owned(),
            Needed::Operator => "(operator)".to_owned(),
            Needed::OneOf(permissions, scope) => {
                let permissions: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
                format!("{}; {}", permissions.join(" | "), scope.map_or("no key", KeyScope::as_str))
            }
        };
        format!("{}: {needs}", self.name())
    }
}

/// What an operation of the description says that it needs.
fn needed(operation: &Value) -> Needed {
    let security = operation["security"].as_array().expect("each route says who may use it");
    if security.is_empty() {
        return Needed::Nothing;
    }
    assert!(security.contains(&json!({"session": []})), "{security:?}");
    let texts = |list: &Value| list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let permissions: Vec<Permission> = texts(&operation["x-permissions"]).iter().map(|name| name.parse().unwrap()).collect();
    let by_key = security.iter().find_map(|way| way.get("api_key")).map(texts);
    match (permissions.is_empty(), by_key) {
        (true, Some(scopes)) if scopes.is_empty() => Needed::Known,
        (true, None) => Needed::Operator,
        (false, by_key) => Needed::OneOf(permissions, by_key.map(|scopes| scopes.concat().parse().unwrap())),
        (true, Some(scopes)) => panic!("{scopes:?} without a permission"),
    }
}

async fn described(server: &Server) -> Vec<Route> {
    let description = ok(server.bare(Method::GET, "/api/v1/openapi.json")).await;
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            routes.push(Route { method, path: path.clone(), needed: needed(operation) });
        }
    }
    routes
}

/// The routes that need a permission.
async fn guarded(server: &Server) -> Vec<(Route, Vec<Permission>, Option<KeyScope>)> {
    let with_needs = |route: Route| match route.needed.clone() {
        Needed::OneOf(permissions, scope) => Some((route, permissions, scope)),
        _ => None,
    };
    let guarded: Vec<_> = described(server).await.into_iter().filter_map(with_needs).collect();
    assert!(guarded.len() > 60);
    guarded
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

/// A body may be expected, a version be named, or nothing be there; but that learn only those who may come in.
fn is_let_in(status: u16) -> bool {
    (200..300).contains(&status) || matches!(status, 400 | 404 | 409 | 422 | 428)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_says_what_it_needs() {
    let server = Server::start().await;
    let mut told: Vec<String> = described(&server).await.iter().map(Route::told).collect();
    told.sort();
    insta::assert_snapshot!("routes", told.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_a_short_list_and_everything_else_wants_to_know_who_it_is() {
    let server = Server::start().await;
    let mut open = Vec::new();
    for route in described(&server).await {
        if route.needed == Needed::Nothing {
            open.push(route.name());
            continue;
        }
        let address = route.address(None);
        for request in [server.bare(route.method.clone(), &address), server.bare(route.method.clone(), &address).bearer_auth("rk_x")] {
            assert_eq!(problem(request, 401).await["type"], "/problems/unauthenticated", "{}", route.name());
        }
    }
    open.sort();
    assert_eq!(open, OPEN);
    for path in ["/healthz", "/readyz", "/api/v1/openapi.json"] {
        assert_eq!(status(server.bare(Method::GET, path)).await, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_needs_the_scope_and_no_other() {
    let server = Server::start().await;
    let (mut all_but, mut only) = (BTreeMap::new(), BTreeMap::new());
    for scope in KeyScope::ALL {
        let others: Vec<KeyScope> = KeyScope::ALL.iter().copied().filter(|other| other != scope).collect();
        all_but.insert(*scope, server.key_with(&others).await);
        only.insert(*scope, server.key_with(&[*scope]).await);
    }
    let all = server.key_with(KeyScope::ALL).await;
    for (route, permissions, scope) in guarded(&server).await {
        let address = route.address(permissions.iter().copied().find(|permission| permission.key_scope() == scope));
        let with = |key: &str| server.bare(route.method.clone(), &address).bearer_auth(key);
        let Some(scope) = scope else {
            let refused = problem(with(&all), 403).await;
            assert_eq!((&refused["type"], &refused["needed_scope"]), (&json!("/problems/forbidden"), &Value::Null), "{}", route.name());
            continue;
        };
        let refused = problem(with(&all_but[&scope]), 403).await;
        let expected = (&json!("/problems/forbidden"), &json!(scope.as_str()));
        assert_eq!((&refused["type"], &refused["needed_scope"]), expected, "{}", route.name());
        let status = status(with(&only[&scope])).await;
        assert!(is_let_in(status), "{} with {scope}: {status}", route.name());
    }
}

/// Everything but these permissions and what would bring them.
fn all_but(permissions: &[Permission]) -> Vec<Permission> {
    let brings = |other: &&Permission| !permissions.iter().any(|permission| other.with_included().contains(permission));
    Permission::ALL.iter().filter(brings).copied().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_every_other_permission_is_refused_and_told_which_would_do() {
    let server = Server::start().await;
    let mut people: BTreeMap<Vec<Permission>, Browser<'_>> = BTreeMap::new();
    for (route, permissions, _) in guarded(&server).await {
        if !people.contains_key(&permissions) {
            let account = format!("person-{}", people.len());
            let profile = server.profile(&account, &all_but(&permissions), Scope::All).await;
            people.insert(permissions.clone(), server.person_with(&account, &[&profile]).await);
        }
        let refused = problem(people[&permissions].request(route.method.clone(), &route.address(None)), 403).await;
        let names: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
        assert_eq!((&refused["type"], &refused["needed_permissions"]), (&json!("/problems/forbidden"), &json!(names)), "{}", route.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_permissions_that_a_route_names_is_enough() {
    let server = Server::start().await;
    let mut people: BTreeMap<Permission, Browser<'_>> = BTreeMap::new();
    for (route, permissions, _) in guarded(&server).await {
        for permission in permissions {
            if let Entry::Vacant(free) = people.entry(permission) {
                let profile = server.profile(permission.as_str(), &[permission], Scope::All).await;
                let wanted = Wanted { account: permission.as_str(), profiles: &[&profile], employee_id: Some("1"), ..Wanted::default() };
                free.insert(server.person(wanted).await);
            }
            let status = status(people[&permission].request(route.method.clone(), &route.address(Some(permission)))).await;
            assert!(is_let_in(status), "{} with {permission}: {status}", route.name());
        }
    }
    // Every permission is needed somewhere.
    let unused: BTreeSet<&str> = Permission::ALL.iter().filter(|one| !people.contains_key(one)).map(|one| one.as_str()).collect();
    assert_eq!(unused, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_do_something_first_can_do_that_and_nothing_else() {
    let server = Server::start().await;
    let restricted = Wanted { account: "mara", profiles: &["admin"], must_change_password: true, ..Wanted::default() };
    let mara = server.person(restricted).await;
    assert_eq!(mara.who().await["restriction"], "change_password");
    let mut known = Vec::new();
    for route in described(&server).await {
        match route.needed {
            Needed::Nothing | Needed::Operator => {}
            Needed::Known => {
                // One of them signs out.
                let browser = server.browser_of(None, mara.user_id).await;
                let status = status(browser.request(route.method.clone(), &route.address(None))).await;
                assert!(is_let_in(status), "{}: {status}", route.name());
                known.push(route.name());
            }
            Needed::OneOf(..) => {
                let refused = problem(mara.request(route.method.clone(), &route.address(None)), 403).await;
                assert_eq!(refused["type"], "/problems/first-things-first", "{}", route.name());
            }
        }
    }
    known.sort();
    let expected = [
        "DELETE /api/v1/session",
        "DELETE /api/v1/session/impersonation",
        "GET /api/v1/session",
        "POST /api/v1/account/password",
        "POST /api/v1/account/second-factor",
        "POST /api/v1/account/second-factor/confirm",
        "POST /api/v1/account/second-factor/remove",
    ];
    assert_eq!(known, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_the_operator_is_for_nobody_over_the_network() {
    let server = Server::start().await;
    let (admin, key) = (server.person_with("mara", &["admin"]).await, server.key_with(KeyScope::ALL).await);
    let mut routes = Vec::new();
    for route in described(&server).await.into_iter().filter(|route| route.needed == Needed::Operator) {
        let by_key = server.bare(route.method.clone(), &route.path).bearer_auth(&key).header("rollcall-tenant", "default");
        for request in [admin.request(route.method.clone(), &route.path), by_key] {
            assert_eq!(problem(request, 403).await["type"], "/problems/forbidden", "{}", route.name());
        }
        routes.push(route.name());
    }
    assert_eq!(routes, ["GET /api/v1/tenants", "POST /api/v1/tenants"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_a_cookie_needs_the_token_of_its_page() {
    let server = Server::start().await;
    let mara = server.person_with("mara", &["admin"]).await;
    let rune = server.person_with("rune", &["admin"]).await;
    let mut asked = 0;
    for route in described(&server).await {
        let address = route.address(None);
        if route.method == Method::GET {
            // What only reads is read without it.
            if !matches!(route.needed, Needed::Nothing | Needed::Operator) {
                let status = status(mara.without_token(route.method.clone(), &address)).await;
                assert!(is_let_in(status), "{}: {status}", route.name());
            }
            continue;
        }
        if route.needed == Needed::Nothing {
            continue;
        }
        asked += 1;
        let bare = || mara.without_token(route.method.clone(), &address);
        let wrong = ["", "x", &mara.csrf_token[1..], rune.csrf_token.as_str(), mara.cookie.as_str()];
        for request in std::iter::once(bare()).chain(wrong.iter().map(|token| bare().header("x-csrf-token", *token))) {
            assert_eq!(problem(request, 403).await["type"], "/problems/csrf-token", "{}", route.name());
        }
    }
    assert!(asked > 40, "{asked}");
    assert_eq!(mara.who().await["user"]["account"], "mara", "nothing of it was done");
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
