//! Acting as somebody else: always visible, always recorded with both people, and without the right to change rights.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Server, ok, problem, problem_of};
use crate::people::{Browser, Wanted};

const IMPERSONATION: &str = "/api/v1/session/impersonation";
const LIBRARY: &str = "/api/v1/saved-reports";

async fn act(browser: &Browser<'_>, user_id: Uuid) -> Value {
    ok(browser.post(IMPERSONATION, &json!({"user_id": user_id}))).await
}

/// An admin, and a supervisor as whom they act.
async fn acting(server: &Server) -> (Browser<'_>, Browser<'_>) {
    let admin = server.person_with("admin", &["admin"]).await;
    let mara = server.person_with("mara", &["supervisor"]).await;
    act(&admin, mara.user_id).await;
    (admin, mara)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_tells_who_really_sits_there() {
    let server = Server::start().await;
    let (admin, mara) = acting(&server).await;
    insta::assert_json_snapshot!("acting", admin.who().await, {
        ".id" => "[id]", ".user.id" => "[id]", ".session_id" => "[id]", ".csrf_token" => "[token]",
        ".impersonator.id" => "[id]", ".impersonator.since" => "[moment]", ".grants" => "[those of a supervisor]",
    });
    assert_eq!(admin.who().await["grants"], mara.who().await["grants"]);
    assert_eq!(admin.who().await["csrf_token"], json!(admin.csrf_token), "the page that is open goes on");
    let told = format!("user:{}", admin.user_id);
    for (path, status) in [("/api/v1/session", 200), ("/api/v1/reports", 200), ("/api/v1/saved-reports/none", 404), ("/api/v1/users", 403)]
    {
        let response = admin.get(path).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(response.headers()["rollcall-impersonator"], told, "{path}");
    }
    let without_token = admin.without_token(Method::POST, LIBRARY).send().await.unwrap();
    assert_eq!(without_token.status(), 403);
    assert!(mara.get("/api/v1/session").send().await.unwrap().headers().get("rollcall-impersonator").is_none());
    let listed = ok(server.get("/api/v1/sessions")).await;
    let of_admin = listed["sessions"].as_array().unwrap().iter().find(|session| session["id"] == json!(admin.session_id)).unwrap();
    assert_eq!((&of_admin["user"]["account"], &of_admin["acting_as"]["account"]), (&json!("admin"), &json!("mara")));

    let oneself = ok(admin.delete(IMPERSONATION)).await;
    assert_eq!((&oneself["user"]["account"], &oneself["impersonator"]), (&json!("admin"), &Value::Null));
    ok(admin.get("/api/v1/users")).await;
    // Who acts as nobody does so afterwards as well.
    assert_eq!(ok(admin.delete(IMPERSONATION)).await["user"]["account"], "admin");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_rights_or_settings_while_they_act_as_somebody_else() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let other = server.person_with("rune", &["admin"]).await;
    act(&admin, other.user_id).await;
    let rune = format!("/api/v1/users/{}", other.user_id);
    let attempts = [
        (Method::POST, "/api/v1/users".to_owned(), json!({"account": "x", "profiles": ["admin"]})),
        (Method::PATCH, rune.clone(), json!({"active": false})),
        (Method::POST, format!("{rune}/password-reset"), Value::Null),
        (Method::POST, format!("{rune}/second-factor-reset"), Value::Null),
        (Method::POST, "/api/v1/profiles".to_owned(), json!({"name": "x", "permissions": ["users edit"]})),
        (Method::POST, "/api/v1/keys".to_owned(), json!({"name": "x", "scopes": ["events:write"]})),
        (Method::DELETE, "/api/v1/keys/0000000000000000000010".to_owned(), Value::Null),
        (Method::DELETE, format!("/api/v1/sessions/{}", other.session_id), Value::Null),
        (Method::PUT, "/api/v1/settings/sign-in".to_owned(), Value::Null),
        (Method::PUT, "/api/v1/catalogue/applications/Billing".to_owned(), Value::Null),
        (Method::POST, "/api/v1/retention".to_owned(), json!({"days": 1})),
        (Method::POST, "/api/v1/retention/run".to_owned(), Value::Null),
        (Method::POST, "/api/v1/holds".to_owned(), json!({"name": "x", "reason": "x"})),
        (Method::POST, IMPERSONATION.to_owned(), json!({"user_id": admin.user_id})),
    ];
    for (method, path, body) in attempts {
        let refused = problem(admin.request(method.clone(), &path).header("if-match", "*").json(&body), 403).await;
        assert_eq!(refused["type"], "/problems/forbidden", "{method} {path}");
    }
    // An account is its owner's alone.
    let password = json!({"password": crate::people::PASSWORD, "new_password": "another lamp, lit"});
    for (path, body) in [("password", password), ("second-factor", Value::Null), ("second-factor/confirm", json!({"code": "1"}))] {
        problem(admin.post(&format!("/api/v1/account/{path}"), &body), 409).await;
    }
    ok(admin.get("/api/v1/users")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_rights_that_way_that_they_do_not_have() {
    let server = Server::start().await;
    let may_act = [rollcall_access::Permission::Impersonate, rollcall_access::Permission::OwnSessionsExport];
    let profile = server.profile("Stand-in", &may_act, rollcall_model::Scope::All).await;
    let stand_in = server.person_with("stand-in", &[&profile]).await;
    let (admin, agent) = (server.person_with("admin", &["admin"]).await, server.person_with("agent", &["agent"]).await);
    server.tenant("emea").await;
    let elsewhere = server.user(Wanted { account: "elsewhere", profiles: &["agent"], tenant: Some("emea"), ..Wanted::default() }).await;
    let wish = |user_id: Uuid| stand_in.post(IMPERSONATION, &json!({"user_id": user_id}));
    assert_eq!(problem(wish(admin.user_id), 403).await["type"], "/problems/forbidden");
    let (nobody, other_tenant) = (Uuid::now_v7(), elsewhere);
    let told = |mut problem: Value, id: Uuid| {
        problem["detail"] = json!(problem["detail"].as_str().unwrap().replace(&id.to_string(), "[id]"));
        problem
    };
    assert_eq!(told(problem(wish(nobody), 404).await, nobody), told(problem(wish(other_tenant), 404).await, other_tenant));
    problem(wish(stand_in.user_id), 409).await;
    let disable = admin.request(Method::PATCH, &format!("/api/v1/users/{}", agent.user_id)).header("if-match", "*");
    let change = async |active: bool| ok(disable.try_clone().unwrap().json(&json!({"active": active}))).await;
    change(false).await;
    problem(wish(agent.user_id), 409).await;
    change(true).await;
    act(&stand_in, agent.user_id).await;
    // What allowed it is gone: it ends, visibly.
    change(false).await;
    let oneself = stand_in.who().await;
    assert_eq!((&oneself["user"]["account"], &oneself["impersonator"]), (&json!("stand-in"), &Value::Null));
    let ended = server.own_record().await.into_iter().find(|event| event["activity"] == "impersonation_end").unwrap();
    assert_eq!(ended["triggered_by_kind"], "system");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_belongs_to_whom_one_acts_as_and_the_record_names_the_real_person() {
    let server = Server::start().await;
    let (admin, mara) = acting(&server).await;
    let definition = json!({"report": "login_logout", "range": {"preset": "yesterday"}});
    let saved = admin.post(LIBRARY, &json!({"name": "Night shift", "definition": definition})).send().await.unwrap();
    assert_eq!(saved.status(), 201);
    let saved: Value = saved.json().await.unwrap();
    assert_eq!((&saved["owner"], &saved["owner_name"]), (&json!(format!("user:{}", mara.user_id)), &json!("MARA")));
    let of = async |browser: &Browser<'_>| ok(browser.get(LIBRARY)).await["reports"].as_array().unwrap().len();
    assert_eq!(of(&mara).await, 1);
    ok(admin.delete(IMPERSONATION)).await;
    assert_eq!(of(&admin).await, 0);

    let record = server.own_record().await;
    let activities: Vec<&str> = record.iter().map(|event| event["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["impersonation_start", "Created", "impersonation_end"]);
    for event in &record {
        assert_eq!((&event["triggered_by_id"], &event["triggered_by_name"]), (&json!("admin"), &json!("ADMIN")), "{event}");
    }
    assert_eq!(record[1]["details"]["acting_as"], json!({"account": "mara", "name": "MARA"}));
    for event in [&record[0], &record[2]] {
        assert_eq!((&event["account"], &event["agent_name"]), (&json!("mara"), &json!("MARA")));
        assert_eq!(event["session_id"], record[0]["session_id"], "it is one impersonation");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_or_is_signed_out_acts_as_nobody_any_more() {
    let server = Server::start().await;
    let (admin, mara) = acting(&server).await;
    assert_eq!(admin.delete("/api/v1/session").send().await.unwrap().status(), 204);
    problem_of(admin.get("/api/v1/session").send().await.unwrap(), 401).await;
    mara.who().await;
    let record = server.own_record().await;
    let told: Vec<(&str, &str)> =
        record.iter().map(|event| (event["activity"].as_str().unwrap(), event["account"].as_str().unwrap())).collect();
    assert_eq!(told, [("impersonation_start", "mara"), ("impersonation_end", "mara"), ("sign_out", "admin")]);
}
