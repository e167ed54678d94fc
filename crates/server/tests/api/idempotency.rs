//! Idempotency-Key: a request that comes again changes nothing and is answered as it was the first time.

use std::io::Write;
use std::sync::Arc;

use reqwest::RequestBuilder;
use rollcall_access::KeyScope;
use serde_json::{Value, json};

use crate::harness::{Engine, Home, Server, Setup, moment, ok, on_both_engines, problem, sign_in};

on_both_engines![
    the_second_request_gets_the_first_answer_and_adds_nothing,
    what_was_rejected_is_not_quarantined_again,
    conflicts_are_named_as_they_were,
    the_same_content_is_the_same_request_however_it_is_compressed,
    another_body_is_refused_and_another_key_route_or_caller_is_another_request,
    what_was_refused_is_not_remembered,
    equal_requests_at_the_same_time_get_the_same_answer,
    an_answer_survives_a_restart,
    a_replay_that_is_repeated_takes_no_other_records,
];

const EVENTS: &str = "/api/v1/events";
const KEY: &str = "idempotency-key";

/// A sign-in without an id: sent twice, it is two.
fn without_id(number: usize) -> Value {
    json!({"event_time": moment(number), "category": "access", "activity": "sign_in", "outcome": "success", "account": "mara"})
}

/// The bytes of an answer that has to be a success, and whether it says that it was given before.
async fn answer(request: RequestBuilder) -> (String, bool) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let replayed = response.headers().get("idempotent-replayed").map(|value| value.to_str().unwrap().to_owned());
    assert!(replayed.as_deref().is_none_or(|value| value == "true"), "{replayed:?}");
    (response.text().await.unwrap(), replayed.is_some())
}

async fn the_second_request_gets_the_first_answer_and_adds_nothing(engine: Engine) {
    let server = Server::on(engine).await;
    let send = || server.post(EVENTS).header(KEY, "a").json(&json!([without_id(1), without_id(1), without_id(2)]));
    let (first, replayed) = answer(send()).await;
    assert!(!replayed && first.starts_with(r#"{"accepted":3,"duplicates":0,"#), "{first}");
    // Also once the events are in the lake.
    for _ in 0..2 {
        assert_eq!(answer(send()).await, (first.clone(), true));
        assert_eq!(server.events(), 3);
        ok(server.post("/api/v1/archive")).await;
    }
    // Nothing at all is an answer too.
    let nothing = || server.post(EVENTS).header(KEY, "b");
    let (first, _) = answer(nothing()).await;
    assert_eq!(answer(nothing()).await, (first, true));
}

async fn what_was_rejected_is_not_quarantined_again(engine: Engine) {
    let server = Server::on(engine).await;
    let lines = "1366720310|1366720310.1|NONE|Agent/1001|AGENTLOGIN|SIP/8007-00000012\nx|y\n1366720310|1|support|NONE|QUEUESTART|\n";
    let send = || server.post("/api/v1/sources/pbx/records?format=asterisk-queue-log").header(KEY, "a").body(lines);
    let (first, _) = answer(send()).await;
    let told: Value = serde_json::from_str(&first).unwrap();
    assert_eq!((&told["accepted"], &told["rejected_total"], &told["rejected"][0]["index"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!(told["skipped"], 1);
    let quarantine = async || ok(server.get("/api/v1/quarantine")).await["records"].clone();
    let position = quarantine().await[0]["position"].clone();
    // Somebody has seen to it, so that it would be quarantined anew.
    server.ledger.release(&rollcall_model::TenantId::default(), &[position.as_i64().unwrap()]).await.unwrap();
    let events = server.events();
    assert_eq!(answer(send()).await, (first, true));
    assert_eq!((quarantine().await, server.events()), (json!([]), events));
    // The same of an importer that has decoded them itself.
    let record = json!([{"record_id": crate::harness::id(1), "format": "native", "line": 1, "reason": "odd", "raw_base64": "eA=="}]);
    let send = || server.post("/api/v1/sources/pbx/quarantine").header(KEY, "a").json(&record);
    assert_eq!(answer(send()).await, (r#"{"quarantined":1}"#.to_owned(), false));
    let events = server.events();
    assert_eq!(answer(send()).await, (r#"{"quarantined":1}"#.to_owned(), true));
    assert_eq!((quarantine().await.as_array().unwrap().len(), server.events()), (1, events));
}

async fn conflicts_are_named_as_they_were(engine: Engine) {
    let server = Server::on(engine).await;
    let mut other = sign_in(1, "mara");
    other["channel"] = json!("desktop");
    server.send(&sign_in(1, "mara")).await;
    let send = || server.post(EVENTS).header(KEY, "a").json(&json!([{"bad": 1}, sign_in(2, "mara"), {"bad": 2}, other]));
    let (first, _) = answer(send()).await;
    let told: Value = serde_json::from_str(&first).unwrap();
    assert_eq!((&told["conflicts_total"], &told["conflicts"][0]["index"]), (&json!(1), &json!(3)));
    assert_eq!(answer(send()).await, (first, true));
}

async fn the_same_content_is_the_same_request_however_it_is_compressed(engine: Engine) {
    let server = Server::on(engine).await;
    let text: String = (0..2_000).map(|number| format!("{}\n", without_id(number))).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let send = || server.post(EVENTS).header(KEY, "a");
    let (first, _) = answer(send().body(text.clone())).await;
    let gzip = send().header("content-encoding", "gzip").body(gzip.finish().unwrap());
    assert_eq!(answer(gzip).await, (first.clone(), true));
    let zstd = send().header("content-encoding", "zstd").body(zstd::encode_all(text.as_bytes(), 3).unwrap());
    assert_eq!(answer(zstd).await, (first, true));
    assert_eq!(server.events(), 2_000);
}

async fn another_body_is_refused_and_another_key_route_or_caller_is_another_request(engine: Engine) {
    let server = Server::on(engine).await;
    let one = without_id(1);
    assert!(!answer(server.post(EVENTS).header(KEY, "a").json(&one)).await.1);
    let other = problem(server.post(EVENTS).header(KEY, "a").json(&without_id(2)), 422).await;
    assert_eq!((&other["type"], &other["field"]), (&json!("/problems/idempotency-key-reused"), &json!("Idempotency-Key")));
    assert_eq!(server.events(), 1);
    let new_requests = [
        server.post(EVENTS).header(KEY, "A").json(&one),
        server.post(&format!("{EVENTS}?source=portal")).header(KEY, "a").json(&one),
        server.post("/api/v1/sources/native/records").header(KEY, "a").json(&one),
        server.client.post(format!("http://{}{EVENTS}", server.address)).header(KEY, "a").json(&one),
    ];
    let own = server.key_with(&[KeyScope::EventsWrite]).await;
    for (number, request) in new_requests.into_iter().enumerate() {
        let request = if number == 3 { request.bearer_auth(&own) } else { request };
        let (text, replayed) = answer(request).await;
        assert!(!replayed && text.starts_with(r#"{"accepted":1,"#), "{number}: {text}");
    }
    assert_eq!(server.events(), 5);
    // Parameters in another order are the same request.
    let ordered = [format!("{EVENTS}?source=portal&all_or_nothing=true"), format!("{EVENTS}?all_or_nothing=true&source=portal")];
    let (first, _) = answer(server.post(&ordered[0]).header(KEY, "b").json(&one)).await;
    assert_eq!(answer(server.post(&ordered[1]).header(KEY, "b").json(&one)).await, (first, true));
}

async fn what_was_refused_is_not_remembered(engine: Engine) {
    let server = Server::on(engine).await;
    let whole = format!("{EVENTS}?all_or_nothing=true");
    let bad = json!([without_id(1), {"bad": 1}]);
    for _ in 0..2 {
        problem(server.post(&whole).header(KEY, "a").json(&bad), 422).await;
    }
    assert_eq!((server.events(), &ok(server.get("/api/v1/quarantine")).await["records"]), (0, &json!([])));
    let send = || server.post(&whole).header(KEY, "a").json(&json!([without_id(1), without_id(2)]));
    let (first, _) = answer(send()).await;
    assert_eq!(answer(send()).await, (first, true));
    assert_eq!(server.events(), 2);
    for key in ["", "two words"] {
        assert_eq!(problem(server.post(EVENTS).header(KEY, key).json(&bad), 400).await["field"], "Idempotency-Key");
    }
    let twice = server.post(EVENTS).header(KEY, "a").header(KEY, "b").json(&bad);
    assert_eq!(problem(twice, 400).await["field"], "Idempotency-Key");
}

async fn equal_requests_at_the_same_time_get_the_same_answer(engine: Engine) {
    let home = Arc::new(Home::new(engine));
    let first = Server::start_node(Arc::clone(&home), "one", Setup::default()).await;
    // On PostgreSQL a second node answers half of them.
    let second = match engine {
        Engine::Postgres => Some(Server::start_node(home, "two", Setup::default()).await),
        Engine::Sqlite => None,
    };
    let text: String = (0..500).map(|number| format!("{}\n", without_id(number))).collect();
    let sending: Vec<_> = (0..16)
        .map(|number| {
            let server = second.as_ref().filter(|_| number % 2 == 1).unwrap_or(&first);
            let request = server.operator().post(format!("http://node{EVENTS}")).header(KEY, "a").body(text.clone());
            tokio::spawn(answer(request))
        })
        .collect();
    let mut answers = Vec::new();
    for sent in sending {
        answers.push(sent.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|(_, replayed)| !replayed).count(), 1);
    assert!(answers.iter().all(|(text, _)| *text == answers[0].0) && answers[0].0.starts_with(r#"{"accepted":500,"#), "{answers:?}");
    for server in second.iter().chain([&first]) {
        assert_eq!(ok(server.get("/api/v1/status")).await["next_seq"], 500);
    }
}

async fn an_answer_survives_a_restart(engine: Engine) {
    let server = Server::on(engine).await;
    let send = |server: &Server| server.operator().post(format!("http://node{EVENTS}")).header(KEY, "a").json(&without_id(1));
    let (first, _) = answer(send(&server)).await;
    let again = Server::start_on(server.stop().await, Setup::default()).await;
    assert_eq!(answer(send(&again)).await, (first, true));
    assert_eq!(again.events(), 1);
}

async fn a_replay_that_is_repeated_takes_no_other_records(engine: Engine) {
    use base64::Engine as _;
    let server = Server::on(engine).await;
    let hold_back = async |numbers: std::ops::Range<usize>| {
        let raw = |number| base64::engine::general_purpose::STANDARD.encode(sign_in(number, "mara").to_string());
        let record = |number| json!({"record_id": crate::harness::id(number), "format": "native", "line": number, "reason": "too new", "raw_base64": raw(number)});
        ok(server.post("/api/v1/sources/portal/quarantine").json(&numbers.map(record).collect::<Vec<_>>())).await;
    };
    let replay = || server.post("/api/v1/quarantine/replay").header(KEY, "a");
    // The ledger takes them in three steps.
    hold_back(0..600).await;
    let (first, _) = answer(replay()).await;
    assert_eq!(first, r#"{"replayed":600,"accepted":600,"duplicates":0,"still_rejected":0}"#);
    hold_back(600..603).await;
    assert_eq!(answer(replay()).await, (first, true));
    assert_eq!(ok(server.get("/api/v1/quarantine")).await["records"].as_array().unwrap().len(), 3);
    let other = problem(replay().json(&json!({"source": "portal"})), 422).await;
    assert_eq!(other["type"], "/problems/idempotency-key-reused");
}
