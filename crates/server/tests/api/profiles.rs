//! `/profiles` and `/permissions`: security profiles of a tenant's own.

use reqwest::{Method, Response};
use rollcall_access::Permission;
use rollcall_model::Scope;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::people::Wanted;

const PROFILES: &str = "/api/v1/profiles";

fn tag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

fn of_the_north() -> Value {
    json!({
        "name": " Night shift ", "permissions": ["login_logout export"],
        "scope": {"parts": [{"hierarchies": ["North"], "tags": {"shift": "night"}}]},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn five_profiles_come_with_rollcall_and_stay_as_they_are() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    insta::assert_json_snapshot!("built_in_profiles", ok(admin.get(PROFILES)).await);
    for id in ["admin", "agent"] {
        let address = format!("{PROFILES}/{id}");
        ok(admin.get(&address)).await;
        let put = admin.request(Method::PUT, &address).header("if-match", "*").json(&of_the_north());
        assert_eq!(problem(put, 409).await["type"], "/problems/conflict");
        problem(admin.delete(&address).header("if-match", "*"), 409).await;
    }
    problem(admin.post(PROFILES, &json!({"name": "ADMIN", "permissions": ["users view"]})), 409).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permissions_are_listed_with_what_they_allow() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let list = ok(admin.get("/api/v1/permissions")).await;
    let list = list["permissions"].as_array().unwrap();
    assert_eq!(list.len(), Permission::ALL.len());
    insta::assert_json_snapshot!("some_permissions", [&list[4], list.iter().find(|one| one["area"] == "impersonate").unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_made_changed_and_deleted_by_one_at_a_time() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let response = admin.post(PROFILES, &of_the_north()).send().await.unwrap();
    assert_eq!((response.status().as_u16(), tag(&response).as_str()), (201, "\"1\""));
    let address = response.headers()["location"].to_str().unwrap().to_owned();
    let profile: Value = response.json().await.unwrap();
    // A higher level brings the lower one.
    insta::assert_json_snapshot!("a_profile", profile, {".id" => "[id]"});
    assert_eq!(address, format!("{PROFILES}/{}", profile["id"].as_str().unwrap()));
    assert_eq!(ok(admin.get(&address)).await, profile);
    assert_eq!(ok(admin.get(PROFILES)).await["profiles"][5], profile);

    let put = |tag: Option<&str>, name: &str| {
        let request = admin.request(Method::PUT, &address).json(&json!({"name": name, "permissions": ["audit_logs view"]}));
        tag.map_or_else(|| request.try_clone().unwrap(), |tag| request.try_clone().unwrap().header("if-match", tag))
    };
    assert_eq!(problem(put(None, "First"), 428).await["field"], "If-Match");
    let changed = put(Some("\"1\""), "First").send().await.unwrap();
    assert_eq!(tag(&changed), "\"2\"");
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(
        (&changed["name"], &changed["permissions"], &changed["scope"]),
        (&json!("First"), &json!(["audit_logs view"]), &json!("all"))
    );
    assert_eq!(problem(put(Some("\"1\""), "Second"), 412).await["present_version"], 2);
    problem(admin.post(PROFILES, &json!({"name": "FIRST", "permissions": ["users view"]})), 409).await;

    let user = server.person(Wanted { account: "mara", profiles: &[profile["id"].as_str().unwrap()], ..Wanted::default() }).await;
    let delete = |tag: &str| admin.delete(&address).header("if-match", tag);
    assert_eq!(problem(delete("\"2\""), 409).await["type"], "/problems/conflict", "somebody has it");
    let take = admin.request(Method::PATCH, &format!("/api/v1/users/{}", user.user_id)).header("if-match", "*");
    ok(take.json(&json!({"profiles": []}))).await;
    problem(admin.delete(&address), 428).await;
    problem(delete("\"1\""), 412).await;
    assert_eq!(delete("\"2\"").send().await.unwrap().status(), 204);
    problem(admin.get(&address), 404).await;
    problem(delete("*"), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_profile_is_told_by_its_field() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let scope = |scope: Value| json!({"name": "x", "permissions": ["login_logout view"], "scope": scope});
    let cases = [
        ("no name", json!({"name": " ", "permissions": ["users view"]})),
        ("no permission", json!({"name": "x", "permissions": []})),
        ("an unknown permission", json!({"name": "x", "permissions": ["login_logout"]})),
        ("no part", scope(json!({"parts": []}))),
        ("an empty part", scope(json!({"parts": [{}]}))),
        ("an empty branch", scope(json!({"parts": [{"hierarchies": [""]}]}))),
    ];
    let mut told = serde_json::Map::new();
    for (name, wish) in cases {
        let mut problem = problem(admin.post(PROFILES, &wish), 422).await;
        if let Some(allowed) = problem.get_mut("allowed").and_then(Value::as_array_mut) {
            assert_eq!(allowed.len(), Permission::ALL.len());
            allowed.truncate(2);
        }
        told.insert(name.to_owned(), problem);
    }
    insta::assert_json_snapshot!("problems_of_profiles", told);
    problem(admin.post(PROFILES, &scope(json!({"parts": [{"moons": ["Io"]}]}))), 422).await;
    problem(admin.post(PROFILES, &scope(json!("some"))), 422).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_a_profile_that_gives_more_than_they_have() {
    let server = Server::start().await;
    let maker = server.profile("Maker", &[Permission::ProfilesEdit, Permission::LoginLogoutView], Scope::All).await;
    let mara = server.person_with("mara", &[&maker]).await;
    let wish = |permissions: &[&str]| json!({"name": permissions.join(" and "), "permissions": permissions, "scope": {"parts": [{"hierarchies": ["North"]}]}});
    for more in [&["login_logout all"][..], &["login_logout view", "users edit"]] {
        assert_eq!(problem(mara.post(PROFILES, &wish(more)), 403).await["type"], "/problems/forbidden", "{more:?}");
    }
    // Less is no more.
    let made = mara.post(PROFILES, &wish(&["login_logout view"])).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let address = made.headers()["location"].to_str().unwrap().to_owned();
    problem(mara.request(Method::PUT, &address).header("if-match", "*").json(&wish(&["users edit"])), 403).await;
    // Nor does anybody change one that gives more.
    let strong = server.profile("Strong", &[Permission::UsersEdit], Scope::All).await;
    let strong = format!("{PROFILES}/{strong}");
    problem(mara.request(Method::PUT, &strong).header("if-match", "*").json(&wish(&["login_logout view"])), 403).await;
    problem(mara.delete(&strong).header("if-match", "*"), 403).await;
}
