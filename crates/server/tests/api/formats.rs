//! `POST /sources/{name}/records`: every format comes in, and comes in once.

use std::collections::BTreeMap;
use std::path::Path;

use rollcall_intake::CsvOptions;
use rollcall_model::zone::Zone;
use rollcall_server::SourceSettings;
use serde_json::{Value, json};

use crate::harness::{Server, Setup, ok, problem, sign_in};

/// A file of the intake floor's own tests.
fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../intake/tests/fixtures").join(path)).unwrap()
}

async fn send(server: &Server, path: &str, body: Vec<u8>) -> Value {
    ok(server.post(&format!("/api/v1/sources/{path}")).body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_comes_in_and_comes_in_once() {
    let server = Server::start().await;
    let files = [
        ("native", "native/array.json"),
        ("native", "native/lines.ndjson"),
        ("csv", "csv/columns.csv"),
        ("keycloak", "keycloak/events.json"),
        ("keycloak", "keycloak/quarkus.log"),
        ("keycloak-admin", "keycloak-admin/events.ndjson"),
        ("asterisk-queue-log", "asterisk-queue-log/queue_log"),
        ("amazon-connect-agent-events", "amazon-connect-agent-events/firehose.json"),
        ("wtmp", "wtmp/host.wtmp"),
    ];
    for (format, file) in files {
        let first = send(&server, &format!("source-{format}/records?format={format}"), fixture(file)).await;
        let accepted = first["accepted"].as_u64().unwrap();
        assert!(accepted > 0, "{file}: {first}");
        let second = send(&server, &format!("source-{format}/records?format={format}"), fixture(file)).await;
        assert_eq!((second["accepted"].as_u64(), second["duplicates"].as_u64()), (Some(0), Some(accepted)), "{file}: {second}");
    }
    let listed = ok(server.get("/api/v1/formats")).await;
    let listed: Vec<&str> = listed["formats"].as_array().unwrap().iter().map(|format| format["name"].as_str().unwrap()).collect();
    assert!(files.iter().all(|(format, _)| listed.contains(format)), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_format_is_the_one_asked_for_or_configured_or_called_like_the_source() {
    let csv = CsvOptions {
        delimiter: b';',
        headers: BTreeMap::from(
            [("event_time", "When"), ("account", "Who"), ("activity", "What")].map(|(a, b)| (a.to_owned(), b.to_owned())),
        ),
        defaults: BTreeMap::from([("category", "access"), ("outcome", "success")].map(|(a, b)| (a.to_owned(), b.to_owned()))),
    };
    let shop = SourceSettings { format: Some("csv".to_owned()), time_zone: Zone::new("Europe/Stockholm").unwrap(), csv };
    let server = Server::start_with(Setup { sources: BTreeMap::from([("shop".to_owned(), shop)]), ..Setup::default() }).await;
    let configured = send(&server, "shop/records", fixture("csv/mapped.csv")).await;
    assert_eq!((&configured["accepted"], &configured["warnings"]), (&json!(2), &json!([])));
    let page = server.page("sign_in_log", &json!({"range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["event_time"]})).await;
    assert_eq!(page["rows"][1]["event_time"], "2026-04-15T06:59:58Z");
    let called_alike = send(&server, "keycloak/records", fixture("keycloak/events.json")).await;
    assert!(called_alike["accepted"].as_u64().unwrap() > 0);
    let unknown = problem(server.post("/api/v1/sources/crm/records").body("x"), 400).await;
    assert_eq!((&unknown["type"], &unknown["field"]), (&json!("/problems/invalid-parameter"), &json!("format")));
    assert!(unknown["allowed"].as_array().unwrap().contains(&json!("wtmp")));
    problem(server.post("/api/v1/sources/crm/records?format=nativ").body("x"), 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zone_and_date_of_a_log_can_be_given() {
    let server = Server::start().await;
    let path = "old/records?format=keycloak&time_zone=Europe/Stockholm&date=2026-04-15";
    let answer = send(&server, path, fixture("keycloak/wildfly.log")).await;
    assert!(answer["accepted"].as_u64().unwrap() > 0, "{answer}");
    assert!(answer["skipped"].as_u64().unwrap() > 0, "lines that are no events are skipped: {answer}");
    let warnings = answer["warnings"].to_string();
    assert!(warnings.contains("2026-04-15, as given") && !warnings.contains("UTC"), "{answer}");
    let guessed = send(&server, "newer/records?format=keycloak", fixture("keycloak/wildfly.log")).await;
    assert!(guessed["warnings"].to_string().contains("counted back"), "{guessed}");
    for wrong in ["time_zone=Mars/Olympus", "date=yesterday", "all_or_nothing=maybe", "colour=red"] {
        let wrong = problem(server.post(&format!("/api/v1/sources/old/records?format=keycloak&{wrong}")).body("x"), 400).await;
        assert_eq!(wrong["type"], "/problems/invalid-parameter");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn native_records_without_an_id_come_in_once_too() {
    let server = Server::start().await;
    let mut event = sign_in(1, "mara");
    event.as_object_mut().unwrap().remove("event_id");
    let body = event.to_string().into_bytes();
    assert_eq!(send(&server, "portal/records?format=native", body.clone()).await["accepted"], 1);
    assert_eq!(send(&server, "portal/records?format=native", body).await["duplicates"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_source_can_have_is_refused() {
    let server = Server::start().await;
    for name in ["%20", "a%00b", &"x".repeat(201)] {
        let refused = problem(server.post(&format!("/api/v1/sources/{name}/records?format=native")).body("{}"), 400).await;
        assert_eq!(refused["field"], "source", "{name}");
    }
}
