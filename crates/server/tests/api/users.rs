//! `/users`: making and changing users.

use reqwest::{Method, RequestBuilder, Response};
use rollcall_access::Permission;
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::people::{Browser, PASSWORD, Wanted};

const USERS: &str = "/api/v1/users";

fn tag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

/// Makes a user. Answers address, tag and the answer.
async fn made(request: RequestBuilder) -> (String, String, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    (response.headers()["location"].to_str().unwrap().to_owned(), tag(&response), response.json().await.unwrap())
}

fn change(by: &Browser<'_>, address: &str, tag: &str, change: &Value) -> RequestBuilder {
    by.request(Method::PATCH, address).header("if-match", tag).json(change)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_listed_and_signs_in_with_the_password_that_is_shown_once() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let wish = json!({
        "account": " Mara.Lind ", "display_name": "Mara Lind", "email": "mara@example.com", "employee_id": "4711", "profiles": ["agent", "supervisor"],
    });
    let (address, tag_of_new, new) = made(admin.post(USERS, &wish)).await;
    insta::assert_json_snapshot!("a_new_user", new, {
        ".id" => "[id]", ".password" => "[password]", ".created_at" => "[moment]", ".changed_at" => "[moment]",
    });
    let (id, password) = (new["id"].as_str().unwrap(), new["password"].as_str().unwrap());
    assert_eq!((address.as_str(), tag_of_new.as_str()), (format!("{USERS}/{id}").as_str(), "\"1\""));
    let read = admin.get(&address).send().await.unwrap();
    assert_eq!(tag(&read), tag_of_new);
    let read = read.text().await.unwrap();
    assert!(!read.contains(password) && !read.contains("argon2"), "{read}");
    let list = ok(admin.get(USERS)).await;
    let accounts: Vec<&Value> = list["users"].as_array().unwrap().iter().map(|user| &user["account"]).collect();
    assert_eq!(accounts, ["admin", "Mara.Lind"]);
    assert_eq!(list["users"][1], serde_json::from_str::<Value>(&read).unwrap());

    let mara = Browser::from(&server, server.sign_in(&json!({"account": "mara.lind", "password": password})).send().await.unwrap()).await;
    assert_eq!(mara.who().await["restriction"], "change_password");
    assert!(ok(admin.get(&address)).await["last_sign_in_at"].is_string());

    let without = json!({"account": "rune", "with_password": false});
    let (_, _, rune) = made(admin.post(USERS, &without)).await;
    assert_eq!((&rune["password"], &rune["has_password"], &rune["display_name"]), (&Value::Null, &json!(false), &json!("rune")));
    problem(server.sign_in(&json!({"account": "rune", "password": ""})), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_user_is_told_by_its_field() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let mut told = serde_json::Map::new();
    let cases = [
        ("no account", json!({}), 422),
        ("an empty account", json!({"account": " "}), 422),
        ("an account of two lines", json!({"account": "a\nb"}), 422),
        ("a long name", json!({"account": "x", "display_name": "x".repeat(201)}), 422),
        ("an unknown profile", json!({"account": "x", "profiles": ["emperor"]}), 422),
        ("an unknown member", json!({"account": "x", "password": "a password of my own"}), 422),
        ("an account that is taken", json!({"account": "ADMIN"}), 409),
    ];
    for (name, wish, status) in cases {
        told.insert(name.to_owned(), problem(admin.post(USERS, &wish), status).await);
    }
    told.insert("nobody".to_owned(), problem(admin.get(&format!("{USERS}/018f3e1c-7a52-7c31-9d1e-000000000001")), 404).await);
    told.insert("no id".to_owned(), problem(admin.get(&format!("{USERS}/mara")), 404).await);
    insta::assert_json_snapshot!("problems_of_users", told);
    assert_eq!(ok(admin.get(USERS)).await["users"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_change_the_same_user_do_not_overwrite_each_other() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let wish =
        json!({"account": "mara", "email": "mara@example.com", "employee_id": "4711", "profiles": ["agent"], "with_password": false});
    let (address, first, _) = made(admin.post(USERS, &wish)).await;
    let unsaid = problem(admin.request(Method::PATCH, &address).json(&json!({"display_name": "Mara"})), 428).await;
    assert_eq!((&unsaid["type"], &unsaid["field"]), (&json!("/problems/precondition-required"), &json!("If-Match")));

    let changed = change(&admin, &address, &first, &json!({"display_name": "Mara", "email": null})).send().await.unwrap();
    assert_eq!(tag(&changed), "\"2\"");
    let changed: Value = changed.json().await.unwrap();
    // What is left out stays as it is.
    assert_eq!((&changed["display_name"], &changed["email"], &changed["employee_id"]), (&json!("Mara"), &Value::Null, &json!("4711")));
    let late = problem(change(&admin, &address, &first, &json!({"display_name": "Not Mara"})), 412).await;
    assert_eq!((&late["type"], &late["present_version"]), (&json!("/problems/precondition-failed"), &json!(2)));
    problem(change(&admin, &address, "2", &json!({})), 400).await;
    problem(change(&admin, &address, "\"2\"", &json!({"account": "other"})), 422).await;
    assert_eq!(problem(change(&admin, &address, "\"2\"", &json!({"profiles": ["emperor"]})), 422).await["field"], "profiles");
    assert_eq!(problem(change(&admin, &address, "\"2\"", &json!({"display_name": " "})), 422).await["field"], "display_name");
    assert_eq!(ok(admin.get(&address)).await["version"], 2);
    problem(change(&admin, &format!("{USERS}/018f3e1c-7a52-7c31-9d1e-000000000001"), "*", &json!({})), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_profiles_count_with_the_next_request_and_who_is_disabled_is_out() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let mara = server.person_with("mara", &["agent"]).await;
    let address = format!("{USERS}/{}", mara.user_id);
    problem(mara.get("/api/v1/directory/agents"), 403).await;
    ok(change(&admin, &address, "*", &json!({"profiles": ["supervisor"]}))).await;
    ok(mara.get("/api/v1/directory/agents")).await;
    ok(change(&admin, &address, "*", &json!({"profiles": []}))).await;
    problem(mara.get("/api/v1/directory/agents"), 403).await;
    ok(change(&admin, &address, "*", &json!({"active": false}))).await;
    problem(mara.get("/api/v1/session"), 401).await;
    problem(server.sign_in(&json!({"account": "mara", "password": PASSWORD})), 401).await;
    ok(change(&admin, &address, "*", &json!({"active": true}))).await;
    problem(mara.get("/api/v1/session"), 401).await;
    server.signed_in("mara").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_signs_out_and_asks_for_another_password() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let mara = server.person_with("mara", &["agent"]).await;
    let address = format!("{USERS}/{}", mara.user_id);
    let reset = ok(admin.post(&format!("{address}/password-reset"), &Value::Null)).await;
    problem(mara.get("/api/v1/session"), 401).await;
    problem(server.sign_in(&json!({"account": "mara", "password": PASSWORD})), 401).await;
    let again = server.sign_in(&json!({"account": "mara", "password": reset["password"]})).send().await.unwrap();
    let again = Browser::from(&server, again).await;
    assert_eq!(again.who().await["restriction"], "change_password");
    let user = ok(admin.post(&format!("{address}/second-factor-reset"), &Value::Null)).await;
    assert_eq!((&user["has_second_factor"], &user["version"]), (&json!(false), &json!(3)));
    problem(again.get("/api/v1/session"), 401).await;
    for what in ["password-reset", "second-factor-reset"] {
        problem(admin.post(&format!("{USERS}/018f3e1c-7a52-7c31-9d1e-000000000001/{what}"), &Value::Null), 404).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_always_an_admin_who_can_sign_in() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let other = server.user(Wanted { account: "other", profiles: &["admin"], ..Wanted::default() }).await;
    let (own, other) = (format!("{USERS}/{}", admin.user_id), format!("{USERS}/{other}"));
    ok(change(&admin, &other, "*", &json!({"active": false}))).await;
    for last in [json!({"active": false}), json!({"profiles": ["auditor"]}), json!({"profiles": []})] {
        let refused = problem(change(&admin, &own, "*", &last), 409).await;
        assert_eq!(refused["type"], "/problems/conflict", "{last}");
    }
    ok(change(&admin, &other, "*", &json!({"active": true}))).await;
    ok(change(&admin, &own, "*", &json!({"profiles": ["auditor"]}))).await;
    ok(admin.get(USERS)).await;
    problem(admin.post(USERS, &json!({"account": "x"})), 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_or_takes_rights_that_they_do_not_have() {
    let server = Server::start().await;
    let manager = server.profile("Manager", &[Permission::UsersEdit, Permission::OwnSessionsExport], Scope::All).await;
    let north = Scope::Parts(vec![ScopePart { hierarchies: vec!["North".to_owned()], ..ScopePart::default() }]);
    let reader = server.profile("Reader of the north", &[Permission::LoginLogoutView], north).await;
    let mara = server.person_with("mara", &[&manager]).await;
    let admin = server.user(Wanted { account: "admin", profiles: &["admin"], ..Wanted::default() }).await;
    for profile in ["admin", "supervisor", reader.as_str()] {
        let refused = problem(mara.post(USERS, &json!({"account": "x", "profiles": [profile]})), 403).await;
        assert_eq!(refused["type"], "/problems/forbidden", "{profile}");
    }
    let (address, tag, _) = made(mara.post(USERS, &json!({"account": "rune", "profiles": ["agent"], "with_password": false}))).await;
    problem(change(&mara, &address, &tag, &json!({"profiles": ["agent", "admin"]})), 403).await;
    problem(change(&mara, &format!("{USERS}/{}", mara.user_id), "*", &json!({"profiles": ["admin"]})), 403).await;
    // Nor does anybody take over one who has more.
    problem(change(&mara, &format!("{USERS}/{admin}"), "*", &json!({"active": false})), 403).await;
    for what in ["password-reset", "second-factor-reset"] {
        problem(mara.post(&format!("{USERS}/{admin}/{what}"), &Value::Null), 403).await;
    }
    server.signed_in("admin").await;
}
