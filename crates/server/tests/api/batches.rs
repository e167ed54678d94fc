//! `POST /events`: what is taken, what is answered, and where the limits are.

use std::io::Write;

use serde_json::{Value, json};

use crate::harness::{Server, id, moment, ok, problem, sign_in};

const EVENTS: &str = "/api/v1/events";
const MIB: usize = 1024 * 1024;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_every_form_and_encoding() {
    let server = Server::start().await;
    let post = |body: Vec<u8>| server.post(EVENTS).body(body);
    let one = serde_json::to_vec_pretty(&sign_in(1, "mara")).unwrap();
    let array = serde_json::to_vec(&json!([sign_in(2, "mara"), sign_in(3, "mara")])).unwrap();
    let ndjson = |from: usize| lines(&[sign_in(from, "mara"), sign_in(from + 1, "mara")]).into_bytes();
    let zstd = zstd::encode_all(&ndjson(8)[..], 3).unwrap();
    let requests = [
        (post(one).header("content-type", "application/json"), 1),
        (post(array).header("content-type", "application/json; charset=utf-8"), 2),
        (post(ndjson(4)).header("content-type", "application/x-ndjson"), 2),
        (post(gzip(&ndjson(6))).header("content-encoding", "gzip"), 2),
        (post(zstd).header("content-encoding", "zstd"), 2),
        (post(ndjson(10)).header("content-encoding", "identity"), 2),
        (post(Vec::new()), 0),
    ];
    for (number, (request, accepted)) in requests.into_iter().enumerate() {
        let answer = ok(request).await;
        assert_eq!(answer["accepted"], accepted, "request {number}: {answer}");
        assert_eq!(answer["rejected_total"], 0, "request {number}: {answer}");
    }
    assert_eq!(server.events(), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_is_named_and_the_rest_is_taken() {
    let server = Server::start().await;
    let unknown = json!({"event_time": moment(2), "category": "access", "activity": "signin", "outcome": "success"});
    let body = format!("{}\n{unknown}\n{{\"cut off\n{}\n", sign_in(1, "mara"), sign_in(3, "mara"));
    let answer = ok(server.post(EVENTS).body(body)).await;
    assert_eq!((&answer["accepted"], &answer["rejected_total"]), (&json!(2), &json!(2)));
    let rejected = answer["rejected"].as_array().unwrap();
    assert_eq!((&rejected[0]["index"], &rejected[0]["line"], &rejected[0]["field"]), (&json!(1), &json!(2), &json!("activity")));
    assert_eq!((&rejected[1]["index"], &rejected[1]["line"]), (&json!(2), &json!(3)));
    assert!(rejected[0]["reason"].as_str().unwrap().contains("sign_in"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_or_nothing_takes_nothing_if_anything_is_rejected() {
    let server = Server::start().await;
    let body = json!([sign_in(1, "mara"), {"category": "access"}]);
    let refused = problem(server.post(&format!("{EVENTS}?all_or_nothing=true")).json(&body), 422).await;
    assert_eq!(refused["type"], "/problems/records-rejected");
    assert_eq!((&refused["rejected_total"], &refused["rejected"][0]["index"]), (&json!(1), &json!(1)));
    assert_eq!(server.events(), 0);
    let quarantine = ok(server.get("/api/v1/quarantine")).await;
    assert_eq!(quarantine["records"], json!([]));
    let answer = ok(server.post(&format!("{EVENTS}?all_or_nothing=true")).json(&json!([sign_in(1, "mara")]))).await;
    assert_eq!(answer["accepted"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_again_is_a_duplicate_and_other_content_a_conflict() {
    let server = Server::start().await;
    server.send(&json!([sign_in(1, "mara"), sign_in(2, "omar")])).await;
    let mut other = sign_in(2, "omar");
    other["channel"] = json!("desktop");
    let answer = server.send(&json!([sign_in(1, "mara"), {"nonsense": 1}, other, sign_in(3, "li")])).await;
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&json!(1), &json!(1)));
    assert_eq!(answer["conflicts"], json!([{"index": 2, "event_id": id(2), "event_time": moment(2)}]));
    assert_eq!(answer["conflicts_total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_an_id_is_a_new_one_each_time() {
    let server = Server::start().await;
    let mut event = sign_in(1, "mara");
    event.as_object_mut().unwrap().remove("event_id");
    for _ in 0..2 {
        assert_eq!(server.send(&event).await["accepted"], 1);
    }
    assert_eq!(server.events(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_name_no_source_get_that_of_the_request() {
    let server = Server::start().await;
    let mut own = sign_in(1, "mara");
    own["source"] = json!("crm");
    ok(server.post(&format!("{EVENTS}?source=portal")).json(&json!([own, sign_in(2, "mara")]))).await;
    server.send(&sign_in(3, "mara")).await;
    let status = ok(server.get("/api/v1/status")).await;
    let sources: Vec<&str> = status["sources"].as_array().unwrap().iter().map(|source| source["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["crm", "native", "portal"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limits_is_refused_whole() {
    let server = Server::start().await;
    let large = problem(server.post(EVENTS).body(vec![b' '; 16 * MIB + 1]), 413).await;
    assert_eq!((&large["type"], &large["limit"]), (&json!("/problems/too-large"), &json!(16 * MIB)));
    // A few kilobytes that would be gigabytes are given up at the limit.
    let bomb = zstd::encode_all(std::io::Read::take(std::io::repeat(b' '), 1024 * MIB as u64), 1).unwrap();
    assert!(bomb.len() < MIB);
    let bomb = problem(server.post(EVENTS).body(bomb).header("content-encoding", "zstd"), 413).await;
    assert_eq!(bomb["type"], "/problems/too-large");
    let bomb = gzip(&vec![b' '; 17 * MIB]);
    problem(server.post(EVENTS).body(bomb).header("content-encoding", "gzip"), 413).await;
    let many = problem(server.post(EVENTS).body("{}\n".repeat(100_001)), 413).await;
    assert_eq!((&many["type"], &many["limit"]), (&json!("/problems/too-many-records"), &json!(100_000)));
    assert_eq!(server.events(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_over_the_limit_is_rejected_alone() {
    let server = Server::start().await;
    let mut large = sign_in(1, "mara");
    large["comments"] = json!("x".repeat(64 * 1024));
    let answer = ok(server.post(EVENTS).body(lines(&[large, sign_in(2, "mara")]))).await;
    assert_eq!((&answer["accepted"], &answer["rejected_total"]), (&json!(1), &json!(1)));
    assert!(answer["rejected"][0]["reason"].as_str().unwrap().contains("65536"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_rejected_records_the_first_are_named_and_all_are_counted() {
    let server = Server::start().await;
    let answer = ok(server.post(EVENTS).body("{}\n".repeat(2_500))).await;
    assert_eq!(answer["rejected_total"], 2_500);
    assert_eq!(answer["rejected"].as_array().unwrap().len(), 1_000);
}
