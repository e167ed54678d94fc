//! Destinations: who may see and change them, what is told of them, and what is recorded of a failure.

use std::path::Path;

use reqwest::{Method, RequestBuilder};
use rollcall_access::KeyScope;
use rollcall_delivery::destinations::Parcel;
use rollcall_model::TenantId;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::harness::{Server, ok, problem};
use rollcall_access::Permission;
use rollcall_model::Scope;

const DESTINATIONS: &str = "/api/v1/destinations";

/// The folder beneath which the operator of the test server lets destinations write.
fn allowed(server: &Server) -> std::path::PathBuf {
    let folder = server.home.folder.path().join("deliveries");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

async fn made(request: RequestBuilder) -> (String, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    let address = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(response.headers()["etag"], "\"1\"");
    (address, response.json().await.unwrap())
}

fn folder(name: &str, path: &Path) -> Value {
    json!({"name": name, "kind": "folder", "config": {"path": path}})
}

fn mail(host: &str) -> Value {
    json!({
        "name": "Mail", "kind": "smtp", "secret": "pa55word",
        "config": {"host": host, "username": "rollcall", "from": "rollcall@example.com", "to": ["team@example.com"]},
    })
}

fn parcel(server: &Server, text: &str) -> Parcel {
    let file = server.home.folder.path().join("parcel");
    std::fs::write(&file, text).unwrap();
    Parcel {
        file,
        file_name_stem: "Night shift".to_owned(),
        prefix: String::new(),
        extension: "csv",
        media_type: "text/csv",
        bytes: text.len() as u64,
        rows: 1,
        sha256: Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect(),
        run_id: Uuid::from_u128(7),
        schedule_id: Uuid::from_u128(8),
        report_name: "Night shift".to_owned(),
        range_words: "14 April 2026".to_owned(),
        local_time: "2026-04-15T000000".to_owned(),
        number: 0,
        restates: None,
        missing: None,
        link: None,
    }
}

fn id_of(destination: &Value) -> Uuid {
    destination["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_is_made_seen_changed_and_deleted() {
    let server = Server::start().await;
    let out = allowed(&server);
    let (address, destination) = made(server.post(DESTINATIONS).json(&folder(" Files ", &out))).await;
    assert_eq!((&destination["name"], &destination["has_secret"], &destination["version"]), (&json!("Files"), &json!(false), &json!(1)));
    assert_eq!(destination["config"], json!({"path": out}));
    assert_eq!(ok(server.get(&address)).await, destination);
    assert_eq!(ok(server.get(DESTINATIONS)).await["destinations"], json!([destination]));
    // Names are the tenant's, whatever their case.
    let taken = problem(server.post(DESTINATIONS).json(&folder("FILES", &out)), 409).await;
    assert_eq!((&taken["type"], &taken["field"]), (&json!("/problems/conflict"), &json!("name")));
    // One changes what one has read.
    let put = |tag: &str, body: &Value| server.request(Method::PUT, &address).header("if-match", tag).json(body);
    problem(server.request(Method::PUT, &address).json(&folder("Other", &out)), 428).await;
    let changed = ok(put("\"1\"", &folder("Other", &out))).await;
    assert_eq!((&changed["name"], &changed["version"]), (&json!("Other"), &json!(2)));
    problem(put("\"1\"", &folder("Third", &out)), 412).await;
    assert_eq!(problem(put("\"2\"", &mail("mail.example.com")), 422).await["field"], "kind");
    problem(server.request(Method::DELETE, &address), 428).await;
    let deleted = server.request(Method::DELETE, &address).header("if-match", "\"2\"").send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    problem(server.get(&address), 404).await;
    let told: Vec<Value> = server.own_record().await.into_iter().filter(|event| event["entity"] == "Destination").collect();
    assert_eq!(told.iter().map(|event| &event["activity"]).collect::<Vec<_>>(), ["Created", "Updated", "Deleted"]);
    assert_eq!(told[1]["details"]["before"]["name"], "Files");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_told_to_nobody_and_stays_unless_it_is_given_anew() {
    let server = Server::start().await;
    let (address, destination) = made(server.post(DESTINATIONS).json(&mail("mail.example.com"))).await;
    assert_eq!(destination["has_secret"], true);
    let stored = server.control.destinations().get(&TenantId::default(), id_of(&destination)).await.unwrap().unwrap();
    let sealed = stored.secret.unwrap();
    assert!(!sealed.windows(8).any(|window| window == b"pa55word"));
    let put = |tag: &str, body: &Value| server.request(Method::PUT, &address).header("if-match", tag).json(body);
    let mut body = mail("mail.example.com");
    body.as_object_mut().unwrap().remove("secret");
    body["name"] = json!("Mail to the team");
    let changed = ok(put("\"1\"", &body)).await;
    assert_eq!(changed["has_secret"], true, "left out, it stays");
    body["config"]["host"] = json!("other.example.com");
    assert_eq!(problem(put("\"2\"", &body), 422).await["field"], "secret", "another server is not shown the stored one");
    body["secret"] = json!("pa55word2");
    ok(put("\"2\"", &body)).await;
    body["secret"] = Value::Null;
    assert_eq!(problem(put("\"3\"", &body), 422).await["field"], "secret", "an account has a password");
    body["config"].as_object_mut().unwrap().remove("username");
    assert_eq!(ok(put("\"3\"", &body)).await["has_secret"], false, "null takes it away");
    let record = serde_json::to_string(&server.own_record().await).unwrap();
    assert!(record.contains("set anew") && !record.contains("pa55word"), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_destination_is_told_by_its_field() {
    let server = Server::start().await;
    let out = allowed(&server);
    let s3 = |change: Value| {
        let mut config = json!({"bucket": "reports", "access_key_id": "AKIA"});
        config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({"name": "x", "kind": "s3", "secret": "s", "config": config})
    };
    let smtp = |change: Value| {
        let mut config = json!({"host": "mail.example.com", "from": "a@example.com", "to": ["b@example.com"]});
        config.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({"name": "x", "kind": "smtp", "config": config})
    };
    let cases = [
        (folder(" ", &out), "name"),
        (json!({"name": "x", "kind": "ftp", "config": {}}), "kind"),
        (json!({"name": "x", "kind": "folder", "config": {"path": out, "colour": 1}}), "config"),
        (folder("x", Path::new("relative")), "config.path"),
        (folder("x", Path::new("/etc")), "config.path"),
        (folder("x", &out.join("../elsewhere")), "config.path"),
        (json!({"name": "x", "kind": "folder", "config": {"path": out}, "secret": "s"}), "secret"),
        (json!({"name": "x", "kind": "s3", "config": {"bucket": "reports", "access_key_id": "AKIA"}}), "secret"),
        (s3(json!({"bucket": "a/b"})), "config.bucket"),
        (s3(json!({"endpoint": "http://minio.example"})), "config.endpoint"),
        (s3(json!({"endpoint": "https://me:pw@minio.example"})), "config.endpoint"),
        (s3(json!({"prefix": "a/../b"})), "config.prefix"),
        (s3(json!({"kms_key_id": "k"})), "config.kms_key_id"),
        (s3(json!({"ca_certificate": "none"})), "config.ca_certificate"),
        (smtp(json!({"username": "me"})), "secret"),
        (smtp(json!({"from": "a@example.com\r\nBcc: evil@example.com"})), "config.from"),
        (smtp(json!({"to": []})), "config.to"),
        (smtp(json!({"to": ["b@example.com", "nobody"]})), "config.to[1]"),
        (smtp(json!({"security": "none", "username": "me"})), "config.security"),
        (json!({"name": "x", "kind": "webhook", "config": {"url": "https://hooks.example"}, "secret": "short"}), "secret"),
    ];
    for (body, field) in cases {
        let refused = problem(server.post(DESTINATIONS).json(&body), 422).await;
        assert_eq!(refused["field"], field, "{body}: {refused}");
    }
    assert_eq!(ok(server.get(DESTINATIONS)).await["destinations"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_schedule_is_told_names_and_no_more() {
    let server = Server::start().await;
    let (address, destination) = made(server.post(DESTINATIONS).json(&folder("Files", &allowed(&server)))).await;
    let profile = server.profile("Scheduling", &[Permission::LoginLogoutAll], Scope::All).await;
    let scheduler = server.person_with("rune", &[&profile]).await;
    let less = json!({"id": destination["id"], "name": "Files", "kind": "folder"});
    assert_eq!(ok(scheduler.request(Method::GET, DESTINATIONS)).await["destinations"], json!([less]));
    assert_eq!(ok(scheduler.request(Method::GET, &address)).await, less);
    problem(scheduler.request(Method::DELETE, &address).header("if-match", "*"), 403).await;
    let profile = server.profile("Reading", &[Permission::LoginLogoutExport], Scope::All).await;
    let reader = server.person_with("mara", &[&profile]).await;
    problem(reader.request(Method::GET, DESTINATIONS), 403).await;
    let key = server.key_with(&[KeyScope::ReportsRead]).await;
    problem(server.bare(Method::GET, DESTINATIONS).bearer_auth(key), 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_fails_is_in_the_log_of_integration_failures() {
    let server = Server::start().await;
    let out = allowed(&server).join("out");
    let (address, destination) = made(server.post(DESTINATIONS).json(&folder("Files", &out))).await;
    let tenant = TenantId::default();
    let failure = server.delivery.deliver(&tenant, id_of(&destination), &parcel(&server, "a,b\r\n")).await.unwrap_err();
    assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("no folder", true));
    std::fs::create_dir(&out).unwrap();
    let delivered = server.delivery.deliver(&tenant, id_of(&destination), &parcel(&server, "a,b\r\n")).await.unwrap();
    assert_eq!(std::fs::read_to_string(&delivered.place).unwrap(), "a,b\r\n");
    let seen = ok(server.get(&address)).await;
    assert!(seen["last_success_at"].is_string() && seen["last_failure_at"].is_string(), "{seen}");
    assert_eq!((&seen["last_failure"], &seen["version"]), (&json!(failure.reason), &json!(1)));
    let rows = failures(&server).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["target"], &rows[0]["target_kind"]), (&json!("Files"), &json!("folder")), "{rows:?}");
    assert_eq!(rows[0]["failure_type"], "no folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_between_systems_is_in_the_log_under_its_name() {
    let server = Server::start().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let s3 = json!({
        "name": "Bucket", "kind": "s3", "secret": "s", "config": {
            "bucket": "reports", "endpoint": format!("https://127.0.0.1:{closed}"), "access_key_id": "AKIA"
        },
    });
    let smtp = json!({
        "name": "Mail", "kind": "smtp",
        "config": {"host": "127.0.0.1", "port": closed, "security": "none", "from": "a@example.com", "to": ["b@example.com"]},
    });
    let webhook = json!({
        "name": "Hook", "kind": "webhook", "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "config": {"url": "https://127.0.0.1/hook"},
    });
    for body in [s3, smtp, webhook] {
        let (_, destination) = made(server.post(DESTINATIONS).json(&body)).await;
        let tenant = TenantId::default();
        server.delivery.deliver(&tenant, id_of(&destination), &parcel(&server, "a,b\r\n")).await.unwrap_err();
    }
    // A source fails by sending what can't be taken: one row for the batch and the reason.
    let bad = json!([{"category": "colour"}, {"category": "colour"}]);
    server.post("/api/v1/events").json(&bad).send().await.unwrap();
    let mut rows = failures(&server).await;
    rows.sort_by_key(|row| row["target"].as_str().unwrap().to_owned());
    let told: Vec<(&str, &str, &str)> = rows
        .iter()
        .map(|row| (row["target"].as_str().unwrap(), row["target_kind"].as_str().unwrap(), row["failure_type"].as_str().unwrap()))
        .collect();
    let expected = [
        ("Bucket", "s3", "connect"),
        ("Hook", "webhook", "refused address"),
        ("Mail", "smtp", "connect"),
        ("native", "native", "record_rejected"),
    ];
    assert_eq!(told, expected);
    // The log of one name has its rows alone.
    let of_mail = json!({"range": {"preset": "today"}, "filters": [{"field": "target", "values": ["Mail"]}]});
    assert_eq!(server.page("integration_failures", &of_mail).await["rows"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_step_by_step_what_works_and_is_recorded() {
    let server = Server::start().await;
    let out = allowed(&server);
    let test_of_new = format!("{DESTINATIONS}/test");
    let tested = ok(server.post(&test_of_new).json(&folder("Files", &out))).await;
    let steps: Vec<&str> = tested["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!((&tested["ok"], steps), (&json!(true), vec!["allowed", "folder", "write", "delete"]), "{tested}");
    assert_eq!(std::fs::read_dir(out.join("Reports")).unwrap().count(), 0, "the test object is removed again");
    let (address, _) = made(server.post(DESTINATIONS).json(&folder("Files", &out.join("gone")))).await;
    let tested = ok(server.post(&format!("{address}/test"))).await;
    assert_eq!((&tested["ok"], &tested["steps"][1]["step"], &tested["steps"][1]["ok"]), (&json!(false), &json!("folder"), &json!(false)));
    assert_eq!(problem(server.post(&test_of_new).json(&folder("x", Path::new("/etc"))), 422).await["field"], "config.path");
    let told: Vec<Value> = server.own_record().await.into_iter().filter(|event| event["activity"] == "Tested").collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["effect"], &told[1]["summary"]), (&json!("read"), &json!("Tested the destination \"Files\": it does not work")));
    assert!(failures(&server).await.is_empty(), "a test is no delivery");
}

/// The rows of the log of integration failures.
async fn failures(server: &Server) -> Vec<Value> {
    server.own_record().await;
    let page = server.page("integration_failures", &json!({"range": {"preset": "today"}})).await;
    page["rows"].as_array().unwrap().clone()
}
