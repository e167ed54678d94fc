//! `/settings/sign-in`: how people sign in, and for how long.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::people::set_cookie;

const SETTINGS: &str = "/api/v1/settings/sign-in";

fn tag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_set_has_a_version_too() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let first = admin.get(SETTINGS).send().await.unwrap();
    assert_eq!(tag(&first), "\"1\"");
    let first: Value = first.json().await.unwrap();
    insta::assert_json_snapshot!("sign_in_settings", first);

    let put = |tag: &str, settings: &Value| admin.request(Method::PUT, SETTINGS).header("if-match", tag).json(settings);
    let shorter = json!({"single_sign_in": true, "idle_minutes": 5, "absolute_hours": 1, "require_second_factor": false});
    assert_eq!(problem(admin.request(Method::PUT, SETTINGS).json(&shorter), 428).await["field"], "If-Match");
    let changed = put("\"1\"", &shorter).send().await.unwrap();
    assert_eq!(tag(&changed), "\"2\"");
    assert_eq!(changed.json::<Value>().await.unwrap(), shorter);
    let read = admin.get(SETTINGS).send().await.unwrap();
    assert_eq!((tag(&read).as_str(), read.json::<Value>().await.unwrap()), ("\"2\"", shorter.clone()));
    let late = problem(put("\"1\"", &first), 412).await;
    assert_eq!((&late["type"], &late["present_version"]), (&json!("/problems/precondition-failed"), &json!(2)));
    ok(put("*", &first)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_told_by_its_field() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let put = |settings: &Value| -> RequestBuilder { admin.request(Method::PUT, SETTINGS).header("if-match", "*").json(settings) };
    let with = |member: &str, value: Value| {
        let mut settings = json!({"single_sign_in": false, "idle_minutes": 60, "absolute_hours": 12, "require_second_factor": false});
        settings[member] = value;
        settings
    };
    for (member, value) in [("idle_minutes", 0), ("idle_minutes", 1_441), ("absolute_hours", 0), ("absolute_hours", 721)] {
        let told = problem(put(&with(member, json!(value))), 422).await;
        assert_eq!((&told["type"], &told["field"]), (&json!("/problems/invalid-body"), &json!(member)), "{value}");
    }
    problem(put(&with("idle_minutes", json!(-1))), 422).await;
    problem(put(&with("colour", json!("red"))), 422).await;
    // All of it is said at once: nothing is set because it was forgotten.
    problem(put(&json!({"single_sign_in": true})), 422).await;
    let read = admin.get(SETTINGS).send().await.unwrap();
    assert_eq!(tag(&read), "\"1\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lasts_as_long_as_is_set() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let settings = json!({"single_sign_in": false, "idle_minutes": 5, "absolute_hours": 2, "require_second_factor": false});
    ok(admin.request(Method::PUT, SETTINGS).header("if-match", "*").json(&settings)).await;
    let wish = json!({"account": "admin", "password": crate::people::PASSWORD});
    let response = server.sign_in(&wish).send().await.unwrap();
    let max_age = set_cookie(&response).max_age().unwrap().whole_seconds();
    assert!((7_140..=7_200).contains(&max_age), "{max_age}");
}
