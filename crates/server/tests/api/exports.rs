//! Export tasks: made and fetched by those who may, and by nobody else.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response};
use rollcall_access::{KeyScope, Permission};
use rollcall_model::scope::ScopePart;
use rollcall_model::{Scope, TenantId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Server, ok, problem, sign_in};
use crate::people::{Browser, Wanted};

const EXPORTS: &str = "/api/v1/exports";
const SETTINGS: &str = "/api/v1/settings/exports";
const PASSWORD: &str = "Zebra_17%";

fn definition() -> Value {
    json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["account", "event_time"]})
}

fn wish() -> Value {
    json!({"definition": definition(), "password": PASSWORD})
}

/// A task that was made.
async fn made(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let (status, location) = (response.status(), response.headers().get("location").cloned());
    let task: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(status, 201, "{task}");
    assert_eq!(location.unwrap(), format!("{EXPORTS}/{}", task["id"].as_str().unwrap()));
    task
}

fn address(task: &Value) -> String {
    format!("{EXPORTS}/{}", task["id"].as_str().unwrap())
}

/// A task once it has ended.
async fn ended(ask: impl Fn() -> RequestBuilder) -> Value {
    for _ in 0..400 {
        let task = ok(ask()).await;
        if !matches!(task["status"].as_str().unwrap(), "waiting" | "running") {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited too long until a task has ended");
}

async fn successful(by: &Browser<'_>) -> Value {
    let task = made(by.post(EXPORTS, &wish())).await;
    let task = ended(|| by.get(&address(&task))).await;
    assert_eq!(task["status"], "successful", "{task}");
    task
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_made_shown_and_fetched() {
    let server = Server::start().await;
    server.send(&json!([sign_in(1, "mara"), sign_in(2, "omar")])).await;
    let admin = server.person_with("admin", &["admin"]).await;
    let task = successful(&admin).await;
    insta::assert_json_snapshot!("a_task", task, {
        ".id" => "[id]", ".owner" => "[owner]", ".bytes" => "[bytes]", ".sha256" => "[sha256]", ".created_at" => "[at]",
        ".started_at" => "[at]", ".finished_at" => "[at]", ".expires_at" => "[at]",
    });
    let response = admin.get(&format!("{}/file", address(&task))).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "application/zip");
    assert_eq!(header(&response, "content-length"), task["bytes"].to_string());
    assert_eq!(header(&response, "content-disposition"), "attachment; filename=\"sign_in_log.zip\"");
    assert_eq!(header(&response, "etag"), format!("\"{}\"", task["sha256"].as_str().unwrap()));
    assert_eq!(header(&response, "cache-control"), "no-store");
    let archive = response.bytes().await.unwrap();
    let sha256: String = Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(task["sha256"], sha256);

    let record = server.own_record().await;
    let told: Vec<&Value> = record.iter().filter(|event| event["entity"] == "Export Task").collect();
    let activities: Vec<&str> = told.iter().map(|event| event["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["Created", "Succeeded", "Downloaded"]);
    assert!(told.iter().all(|event| event["instance"] == task["id"] && event["triggered_by_id"] == "admin"), "{told:?}");
    assert!(!json!(record).to_string().contains(PASSWORD));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_it_broke_off() {
    let server = Server::start().await;
    server.send(&json!([sign_in(1, "mara")])).await;
    let admin = server.person_with("admin", &["admin"]).await;
    let task = successful(&admin).await;
    let file = format!("{}/file", address(&task));
    let whole = admin.get(&file).send().await.unwrap().bytes().await.unwrap();
    let rest = admin.get(&file).header("range", "bytes=100-").send().await.unwrap();
    assert_eq!(rest.status(), 206);
    assert_eq!(header(&rest, "content-range"), format!("bytes 100-{}/{}", whole.len() - 1, whole.len()));
    assert_eq!(rest.bytes().await.unwrap(), whole[100..]);
    let other = admin.get(&file).header("range", "bytes=100-").header("if-range", "\"other\"").send().await.unwrap();
    assert_eq!((other.status().as_u16(), other.bytes().await.unwrap()), (200, whole.clone()));
    let beyond = admin.get(&file).header("range", "bytes=9999999-").send().await.unwrap();
    assert_eq!((beyond.status().as_u16(), header(&beyond, "content-range")), (416, format!("bytes */{}", whole.len()).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_checked_with_all_reasons_by_the_rule_that_is_set() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let check = |password: &str| admin.post(&format!("{EXPORTS}/password-check"), &json!({"password": password}));
    insta::assert_json_snapshot!("password_check", ok(check("geheim & gut gemerkt")).await);
    assert_eq!(ok(check(PASSWORD)).await["ok"], true);
    let refused = problem(admin.post(EXPORTS, &json!({"definition": definition(), "password": "geheim"})), 422).await;
    assert_eq!((&refused["type"], &refused["field"]), (&json!("/problems/invalid-body"), &json!("password")));
    assert!(!refused.to_string().contains("geheim"), "{refused}");
    let wrong = problem(admin.post(EXPORTS, &json!({"definition": definition(), "password": 174_711})), 422).await;
    assert!(!wrong.to_string().contains("174711"), "{wrong}");

    let first = admin.get(SETTINGS).send().await.unwrap();
    assert_eq!(header(&first, "etag"), "\"1\"");
    assert_eq!(first.json::<Value>().await.unwrap(), json!({"password_rule": "reference", "keep_hours": 72}));
    let put = |tag: &str, settings: &Value| admin.request(Method::PUT, SETTINGS).header("if-match", tag).json(settings);
    let longer = json!({"password_rule": "passphrase", "keep_hours": 24});
    assert_eq!(ok(put("\"1\"", &longer)).await, longer);
    problem(put("\"1\"", &longer), 412).await;
    for (member, value) in [("keep_hours", json!(0)), ("keep_hours", json!(8_761)), ("password_rule", json!("none"))] {
        let mut settings = longer.clone();
        settings[member] = value;
        assert_eq!(problem(put("*", &settings), 422).await["field"], member);
    }
    assert_eq!(ok(check("geheim & gut gemerkt")).await["ok"], true);
    assert_eq!(ok(check(PASSWORD)).await["reasons"][0]["rule"], "length");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_ones_own_tasks_and_others_with_the_permission_for_those() {
    let server = Server::start().await;
    server.tenant("emea").await;
    let export = server.profile("Exports", &[Permission::SignInLogExport], Scope::All).await;
    let manage = server.profile("Manages", &[Permission::SavedReportsManageOthers, Permission::SignInLogExport], Scope::All).await;
    let (mara, rune) = (server.person_with("mara", &[&export]).await, server.person_with("rune", &[&export]).await);
    let manager = server.person_with("omar", &[&manage]).await;
    let elsewhere = server.person(Wanted { account: "ines", profiles: &["admin"], tenant: Some("emea"), ..Wanted::default() }).await;
    let task = successful(&mara).await;
    let (at, file, cancel) = (address(&task), format!("{}/file", address(&task)), format!("{}/cancel", address(&task)));
    for stranger in [&rune, &elsewhere] {
        problem(stranger.get(&at), 404).await;
        problem(stranger.get(&file), 404).await;
        problem(stranger.post(&cancel, &json!({})), 404).await;
        problem(stranger.delete(&at), 404).await;
        assert_eq!(ok(stranger.get(EXPORTS)).await["exports"], json!([]));
    }
    problem(rune.get(&format!("{EXPORTS}?all=true")), 403).await;
    assert_eq!(ok(elsewhere.get(&format!("{EXPORTS}?all=true"))).await["exports"], json!([]));
    let all = ok(manager.get(&format!("{EXPORTS}?all=true"))).await;
    assert_eq!(
        (&all["exports"][0]["id"], &all["exports"][0]["mine"], &all["exports"][0]["owner_name"]),
        (&task["id"], &json!(false), &json!("MARA"))
    );
    assert_eq!(manager.get(&file).send().await.unwrap().status(), 200);
    problem(manager.post(&cancel, &json!({})), 409).await;
    assert_eq!(manager.delete(&at).send().await.unwrap().status(), 204);
    problem(mara.get(&at), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fetches_rows_that_they_may_not_see() {
    let server = Server::start().await;
    let north = Scope::Parts(vec![ScopePart { hierarchies: vec!["/North".to_owned()], ..ScopePart::default() }]);
    let part = [Permission::SavedReportsManageOthers, Permission::SignInLogExport];
    let of_north = server.profile("North", &part, north).await;
    let (admin, manager) = (server.person_with("admin", &["admin"]).await, server.person_with("omar", &[&of_north]).await);
    let of_all = successful(&admin).await;
    let refused = problem(manager.get(&format!("{}/file", address(&of_all))), 403).await;
    assert!(refused["detail"].as_str().unwrap().contains("rows that you may not see"), "{refused}");
    // Of the North alone it is theirs.
    let own = successful(&manager).await;
    assert_eq!(manager.get(&format!("{}/file", address(&own))).send().await.unwrap().status(), 200);
    assert_eq!(admin.get(&format!("{}/file", address(&own))).send().await.unwrap().status(), 200);

    let viewer = server.profile("Views", &[Permission::SignInLogView, Permission::LoginLogoutExport], Scope::All).await;
    let viewer = server.person_with("ines", &[&viewer]).await;
    problem(viewer.post(EXPORTS, &wish()), 403).await;
    let sender = server.key_with(&[KeyScope::EventsWrite]).await;
    problem(server.bare(Method::POST, EXPORTS).bearer_auth(sender).json(&wish()), 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_exports_what_its_scopes_show() {
    let server = Server::start().await;
    let key = server.key_of(&TenantId::default(), &[KeyScope::ReportsRead], Scope::All).await;
    let task = made(server.bare(Method::POST, EXPORTS).bearer_auth(&key).json(&wish())).await;
    let task = ended(|| server.bare(Method::GET, &address(&task)).bearer_auth(&key)).await;
    assert_eq!((&task["status"], &task["rows"], &task["owner_name"]), (&json!("successful"), &json!(0), &json!("test")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_is_taken_as_it_is_now() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let report = json!({"name": "Sign-ins", "definition": definition()});
    let saved: Value = admin.post("/api/v1/saved-reports", &report).send().await.unwrap().json().await.unwrap();
    let task = made(admin.post(EXPORTS, &json!({"saved_report": saved["id"], "password": PASSWORD, "format": "ndjson"}))).await;
    assert_eq!((&task["definition"], &task["file_name"]), (&definition(), &json!("sign_in_log.ndjson")));
    let wrong = |body: Value| admin.post(EXPORTS, &body);
    problem(wrong(json!({"saved_report": "none", "password": PASSWORD})), 404).await;
    assert_eq!(problem(wrong(json!({"password": PASSWORD})), 422).await["field"], "definition");
    assert_eq!(
        problem(wrong(json!({"definition": definition(), "saved_report": saved["id"], "password": PASSWORD})), 422).await["field"],
        "saved_report"
    );
    for (member, value) in [("question", json!("facets")), ("format", json!("pdf")), ("depth", json!(1)), ("question", json!("groups"))] {
        let mut body = wish();
        body[member] = value;
        assert_eq!(problem(wrong(body), 422).await["field"], member);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_goes_on_where_a_page_ends() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, made(admin.post(EXPORTS, &wish())).await["id"].clone());
    }
    let first = ok(admin.get(&format!("{EXPORTS}?limit=2"))).await;
    let second = ok(admin.get(&format!("{EXPORTS}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))).await;
    let listed = |page: &Value| page["exports"].as_array().unwrap().iter().map(|task| task["id"].clone()).collect::<Vec<_>>();
    assert_eq!([listed(&first), listed(&second)].concat(), ids);
    assert!(second.get("next_cursor").is_none());
    problem(admin.get(&format!("{EXPORTS}?limit=0")), 400).await;
    problem(admin.get(&format!("{EXPORTS}?cursor=none")), 400).await;
}
