//! The directory: agents one by one, and many at once.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem, sign_in, that_day};

const AGENTS: &str = "/api/v1/directory/agents";
const IMPORT: &str = "/api/v1/directory/import";

fn mara() -> Value {
    json!({
        "employee_id": "4711", "agent_name": "Mara Lind", "hierarchy": "EMEA / Stockholm", "routing_profile": "Billing",
        "time_zone": "Europe/Stockholm", "tags": {"site": "STO"}, "active": true,
        "accounts": [{"source": null, "account": "mara"}, {"source": "keycloak", "account": "mara.lind"}],
    })
}

fn put(server: &Server, id: &str, agent: &Value) -> RequestBuilder {
    server.request(Method::PUT, &format!("{AGENTS}/{id}")).json(agent)
}

fn import(server: &Server, csv: &str) -> RequestBuilder {
    server.post(IMPORT).header("content-type", "text/csv").body(csv.to_owned())
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

async fn ids(server: &Server, parameters: &str) -> (Vec<String>, Value) {
    let mut page = ok(server.get(&format!("{AGENTS}{parameters}"))).await;
    let ids = page["agents"].as_array().unwrap().iter().map(|agent| agent["employee_id"].as_str().unwrap().to_owned()).collect();
    (ids, page["next_after"].take())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_comes_back_as_it_was_put() {
    let server = Server::start().await;
    let response = put(&server, "4711", &mara()).send().await.unwrap();
    assert_eq!(response.status(), 201);
    let tag = response.headers()["etag"].clone();
    let stored: Value = response.json().await.unwrap();
    for (member, value) in mara().as_object().unwrap() {
        assert_eq!(&stored[member], value, "{member}");
    }
    let read = server.get(&format!("{AGENTS}/4711")).send().await.unwrap();
    assert_eq!(read.headers()["etag"], tag);
    assert_eq!(read.json::<Value>().await.unwrap(), stored);
    // What is there just so is left as it is.
    assert_eq!(ok(put(&server, "4711", &mara())).await, stored);
    problem(server.get(&format!("{AGENTS}/4712")), 404).await;
    // An id may have a slash.
    assert_eq!(status(put(&server, "HR%2F7", &json!({}))).await, 201);
    assert_eq!(ids(&server, "").await.0, ["4711", "HR/7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_may_name_the_version_that_was_read() {
    let server = Server::start().await;
    assert_eq!(status(put(&server, "1", &json!({})).header("if-none-match", "*")).await, 201);
    assert_eq!(problem(put(&server, "1", &json!({})).header("if-none-match", "*"), 412).await["present_version"], 1);
    let renamed = |name: &str| json!({"agent_name": name});
    assert_eq!(status(put(&server, "1", &renamed("First")).header("if-match", "\"1\"")).await, 200);
    let late = problem(put(&server, "1", &renamed("Second")).header("if-match", "\"1\""), 412).await;
    assert_eq!((&late["type"], &late["present_version"]), (&json!("/problems/precondition-failed"), &json!(2)));
    assert_eq!(problem(put(&server, "2", &json!({})).header("if-match", "*"), 412).await["present_version"], 0);
    let remove = || server.request(Method::DELETE, &format!("{AGENTS}/1"));
    problem(remove().header("if-match", "\"1\""), 412).await;
    assert_eq!(status(remove()).await, 204);
    problem(remove(), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_by_its_field() {
    let server = Server::start().await;
    let cases = [
        (json!({"employee_id": "2"}), "employee_id"),
        (json!({"hierarchy": "EMEA/Stockholm"}), "hierarchy"),
        (json!({"time_zone": "Mars"}), "time_zone"),
        (json!({"agent_name": "a\u{0}b"}), "agent_name"),
        (json!({"accounts": [{"account": " "}]}), "accounts"),
    ];
    for (agent, field) in cases {
        let refused = problem(put(&server, "1", &agent), 422).await;
        assert_eq!((&refused["type"], &refused["field"]), (&json!("/problems/invalid-body"), &json!(field)));
    }
    problem(put(&server, "1", &json!({"colour": "red"})), 422).await;
    assert_eq!(problem(server.get(&format!("{AGENTS}/a%00b")), 400).await["field"], "employee_id");
    assert_eq!(problem(server.get(&format!("{AGENTS}?search=%00")), 400).await["field"], "search");
    assert_eq!(problem(server.get(&format!("{AGENTS}?limit=0")), 400).await["field"], "limit");
    assert_eq!(status(put(&server, "4711", &mara())).await, 201);
    let taken = problem(put(&server, "1", &json!({"accounts": [{"source": "keycloak", "account": "mara.lind"}]})), 409).await;
    assert_eq!((&taken["type"], &taken["field"]), (&json!("/problems/conflict"), &json!("accounts")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_and_paged_by_employee_id() {
    let server = Server::start().await;
    ok(import(&server, "employee_id,agent_name,accounts\n3,Rune Berg,pbx:SIP/3\n1,Mara Lind,\n2,Åsa Öst,\n")).await;
    assert_eq!(ids(&server, "").await, (vec!["1".into(), "2".into(), "3".into()], Value::Null));
    assert_eq!(ids(&server, "?limit=2").await, (vec!["1".into(), "2".into()], json!("2")));
    assert_eq!(ids(&server, "?limit=2&after=2").await, (vec!["3".into()], Value::Null));
    assert_eq!(ids(&server, "?search=%C3%B6ST").await.0, ["2"]);
    assert_eq!(ids(&server, "?search=sip/3").await.0, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_adds_changes_and_leaves_alone() {
    let server = Server::start().await;
    let first = ok(import(&server, "employee_id,agent_name\n1,Mara\n2,Rune\n")).await;
    assert_eq!(first, json!({"added": 2, "changed": 0, "unchanged": 0}));
    let second =
        ok(server.post(IMPORT).json(&json!([{"employee_id": "1", "agent_name": "Mara"}, {"employee_id": "2"}, {"employee_id": "3"}])));
    assert_eq!(second.await, json!({"added": 1, "changed": 1, "unchanged": 1}));
    let told: Vec<(String, String)> = server
        .own_record()
        .await
        .iter()
        .map(|event| (event["activity"].as_str().unwrap().to_owned(), event["instance"].as_str().unwrap().to_owned()))
        .collect();
    let expected = [("Created", "1"), ("Created", "2"), ("Updated", "2"), ("Created", "3")];
    assert_eq!(told, expected.map(|(activity, instance)| (activity.to_owned(), instance.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_all_or_nothing_and_tells_every_error() {
    let server = Server::start().await;
    let refused = problem(import(&server, "employee_id,time_zone\n1,UTC\n2,Mars\n,UTC\n1,UTC\n"), 422).await;
    assert_eq!((&refused["type"], &refused["rejected_total"]), (&json!("/problems/records-rejected"), &json!(3)));
    let told: Vec<(u64, &str)> = refused["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| (record["line"].as_u64().unwrap(), record["field"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [(3, "time_zone"), (4, "employee_id"), (5, "employee_id")]);
    assert!(refused["detail"].as_str().unwrap().contains("line 3, column time_zone: "), "{refused}");
    let unknown = problem(import(&server, "employee_id,colour\n1,red\n"), 422).await;
    assert_eq!((&unknown["field"], &unknown["allowed"][0]), (&json!("colour"), &json!("employee_id")));
    problem(server.post(IMPORT).header("content-type", "application/pdf").body("x"), 415).await;
    assert!(ids(&server, "").await.0.is_empty());
    assert!(server.own_record().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_recorded_with_before_and_after() {
    let server = Server::start().await;
    put(&server, "4711", &mara()).send().await.unwrap();
    put(&server, "4711", &json!({"agent_name": "Mara Berg"})).send().await.unwrap();
    server.request(Method::DELETE, &format!("{AGENTS}/4711")).send().await.unwrap();
    let record = server.own_record().await;
    let activities: Vec<&str> = record.iter().map(|event| event["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["Created", "Updated", "Deleted"]);
    assert!(record.iter().all(|event| event["entity"] == "Agent" && event["instance"] == "4711"), "{record:?}");
    let updated = &record[1]["details"];
    assert_eq!((&updated["before"], &updated["after"]["agent_name"]), (&mara(), &json!("Mara Berg")));
    assert_eq!(record[2]["summary"], "Removed the agent 4711 (Mara Berg)");
}

/// What the sign-in log says of the agents of events, the oldest event first.
async fn told(server: &Server) -> Vec<[Value; 3]> {
    let columns = ["agent_name", "hierarchy", "routing_profile"];
    let sort = json!([{"field": "seq"}]);
    let page = server.page("sign_in_log", &json!({"range": that_day(), "columns": columns, "sort": sort})).await;
    page["rows"].as_array().unwrap().iter().map(|row| columns.map(|column| row[column].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_get_what_they_do_not_say_and_keep_it() {
    let server = Server::start().await;
    server.send(&sign_in(1, "mara")).await;
    put(&server, "4711", &mara()).send().await.unwrap();
    let mut said = sign_in(3, "mara");
    said["agent_name"] = json!("M. Lind");
    said["hierarchy"] = json!("APAC");
    let mut by_id = sign_in(4, "somebody");
    by_id["employee_id"] = json!("4711");
    let of_source = sign_in(5, "mara.lind");
    server.send(&json!([sign_in(2, "mara"), said, by_id, of_source])).await;
    let keycloak = "/api/v1/events?source=keycloak";
    ok(server.post(keycloak).json(&sign_in(6, "mara.lind"))).await;
    let full = ["Mara Lind", "EMEA / Stockholm", "Billing"].map(Value::from);
    let nothing = [Value::Null, Value::Null, Value::Null];
    let own = ["M. Lind", "APAC", "Billing"].map(Value::from);
    let expected = [nothing.clone(), full.clone(), own, full.clone(), nothing, full];
    assert_eq!(told(&server).await, expected);
    // Who moves takes nothing along that was before.
    put(&server, "4711", &json!({"hierarchy": "APAC", "accounts": [{"account": "mara"}]})).send().await.unwrap();
    assert_eq!(told(&server).await, expected);
    server.send(&sign_in(7, "mara")).await;
    assert_eq!(told(&server).await[6], [Value::Null, json!("APAC"), Value::Null]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_again_is_a_duplicate_whatever_the_directory_says_by_then() {
    let server = Server::start().await;
    server.send(&sign_in(1, "mara")).await;
    put(&server, "4711", &mara()).send().await.unwrap();
    server.send(&sign_in(2, "mara")).await;
    let again = json!([sign_in(1, "mara"), sign_in(2, "mara")]);
    let unchanged = async || {
        let answer = server.send(&again).await;
        assert_eq!((&answer["duplicates"], &answer["conflicts_total"]), (&json!(2), &json!(0)));
    };
    unchanged().await;
    put(&server, "4711", &json!({"hierarchy": "APAC", "accounts": [{"account": "mara"}]})).send().await.unwrap();
    unchanged().await;
    server.request(Method::DELETE, &format!("{AGENTS}/4711")).send().await.unwrap();
    unchanged().await;
    ok(server.post("/api/v1/archive")).await;
    unchanged().await;
    // What an event does say counts.
    let mut other = sign_in(2, "mara");
    other["hierarchy"] = json!("LATAM");
    assert_eq!(server.send(&other).await["conflicts_total"], 1);
}
