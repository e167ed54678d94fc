//! `/keys`: API keys over HTTP.

use rollcall_access::{KeyScope, Permission};
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;
use serde_json::{Value, json};

use reqwest::Method;

use crate::harness::{Server, ok, problem};

const KEYS: &str = "/api/v1/keys";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_listed_without_its_secret_and_revoked_for_good() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let wish = json!({
        "name": " loader ", "scopes": ["reports:read", "events:write"], "expires_at": "2125-01-01T00:00:00Z",
        "data_scope": {"parts": [{"hierarchies": ["North"]}]},
    });
    let made = admin.post(KEYS, &wish).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(key.starts_with(&format!("rk_{id}_")), "its id can be told from it");
    let who = ok(server.bare(Method::GET, "/api/v1/session").bearer_auth(key)).await;
    insta::assert_json_snapshot!("who_a_key_is", who, {".id" => "[id]"});

    let list = ok(admin.get(KEYS)).await;
    assert!(!list.to_string().contains(&key[3 + 22 + 1..]), "{list}");
    let listed = list["keys"].as_array().unwrap().iter().find(|listed| listed["id"] == id).unwrap();
    insta::assert_json_snapshot!("a_key", listed, {
        ".id" => "[id]", ".created_by" => "[user]", ".created_at" => "[moment]", ".last_used_at" => "[moment]",
    });
    assert_eq!(listed["created_by"], json!(format!("user:{}", admin.user_id)));

    let address = format!("{KEYS}/{id}");
    assert_eq!(admin.delete(&address).send().await.unwrap().status(), 204);
    problem(server.bare(Method::GET, "/api/v1/session").bearer_auth(key), 401).await;
    assert_eq!(ok(admin.get(KEYS)).await["keys"].as_array().unwrap().last().unwrap()["state"], "revoked");
    problem(admin.delete(&format!("{KEYS}/0000000000000000000010")), 404).await;
    problem(admin.delete(&format!("{KEYS}/loader")), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_key_is_told_by_its_field() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let mut told = serde_json::Map::new();
    let cases = [
        ("no name", json!({"name": " ", "scopes": ["events:write"]})),
        ("no scope", json!({"name": "x", "scopes": []})),
        ("an unknown scope", json!({"name": "x", "scopes": ["events:wirte"]})),
        ("expired already", json!({"name": "x", "scopes": ["events:write"], "expires_at": "2020-01-01T00:00:00Z"})),
        ("no rows", json!({"name": "x", "scopes": ["events:write"], "data_scope": {"parts": []}})),
    ];
    for (name, wish) in cases {
        told.insert(name.to_owned(), problem(admin.post(KEYS, &wish), 422).await);
    }
    insta::assert_json_snapshot!("problems_of_keys", told);
    problem(admin.post(KEYS, &json!({"name": "x"})), 422).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_a_key_that_may_do_more_than_they() {
    let server = Server::start().await;
    let manager = server.profile("Manager", &[Permission::UsersEdit, Permission::DirectoryView], Scope::All).await;
    let mara = server.person_with("mara", &[&manager]).await;
    for scope in [KeyScope::ReportsRead, KeyScope::AccessWrite, KeyScope::StoreAdmin] {
        let refused = problem(mara.post(KEYS, &json!({"name": "x", "scopes": [scope.as_str()]})), 403).await;
        assert_eq!(refused["type"], "/problems/forbidden", "{scope}");
    }
    assert_eq!(mara.post(KEYS, &json!({"name": "x", "scopes": ["directory:read"]})).send().await.unwrap().status(), 201);
    // Nor does a key.
    let key = server.key_with(&[KeyScope::AccessWrite, KeyScope::DirectoryRead]).await;
    let wish = |scopes: &[&str]| server.bare(Method::POST, KEYS).bearer_auth(&key).json(&json!({"name": "x", "scopes": scopes}));
    problem(wish(&["reports:read"]), 403).await;
    assert_eq!(wish(&["directory:read"]).send().await.unwrap().status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_a_part_of_the_rows_decides_nothing_about_the_whole() {
    let server = Server::start().await;
    let north = Scope::Parts(vec![ScopePart { hierarchies: vec!["North".to_owned()], ..ScopePart::default() }]);
    let key = server.key_of(&rollcall_model::TenantId::default(), KeyScope::ALL, north).await;
    let with = |method: Method, path: &str| server.bare(method, path).bearer_auth(&key);
    ok(with(Method::POST, "/api/v1/reports/sign_in_log/query")).await;
    for (method, path) in [
        (Method::GET, KEYS),
        (Method::GET, "/api/v1/users"),
        (Method::POST, "/api/v1/archive"),
        (Method::GET, "/api/v1/settings/sign-in"),
        (Method::POST, "/api/v1/retention"),
        (Method::GET, "/metrics"),
    ] {
        assert_eq!(problem(with(method, path), 403).await["type"], "/problems/forbidden", "{path}");
    }
}
