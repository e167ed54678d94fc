//! What can be asked about a definition's rows: groups, values, bars, and signed-in time.

use reqwest::Method;
use rollcall_access::KeyScope;
use serde_json::{Value, json};

use crate::harness::{Server, id, ok, problem, that_day};

pub(crate) const ADDRESS: &str = "/api/v1/reports/login_logout";

/// A sign-in or sign-out at an hour of 15 April 2026.
pub(crate) fn event(number: usize, hour: usize, activity: &str, account: &str, channel: &str) -> Value {
    json!({
        "event_id": id(number), "event_time": format!("2026-04-15T{hour:02}:00:00Z"), "category": "access", "activity": activity,
        "outcome": "success", "account": account, "channel": channel, "hierarchy": "EMEA / Stockholm",
    })
}

/// Mara on the phone from 8 to 12 and in a chat from 11 to 13, Rune on the phone from 9 on.
pub(crate) async fn morning(server: &Server) {
    let events = json!([
        event(1, 8, "sign_in", "mara", "phone"),
        event(2, 12, "sign_out", "mara", "phone"),
        event(3, 11, "sign_in", "mara", "chat"),
        event(4, 13, "sign_out", "mara", "chat"),
        event(5, 9, "sign_in", "rune", "phone"),
    ]);
    assert_eq!(server.send(&events).await["accepted"], 5);
}

/// The answer to a question about that day, with these members besides.
pub(crate) async fn answer(server: &Server, question: &str, members: Value) -> Value {
    ok(server.post(&format!("{ADDRESS}/{question}")).json(&asked(members))).await
}

pub(crate) fn asked(mut members: Value) -> Value {
    members["range"] = that_day();
    members
}

/// The problem that a question is.
pub(crate) async fn refused(server: &Server, question: &str, members: Value) -> Value {
    problem(server.post(&format!("{ADDRESS}/{question}")).json(&asked(members)), 422).await
}

pub(crate) async fn stream(server: &Server, question: &str, accept: &str, members: Value) -> String {
    let request = server.post(&format!("{ADDRESS}/{question}")).header("accept", accept).json(&asked(members));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with(accept));
    response.text().await.unwrap()
}

pub(crate) fn by_channel() -> Value {
    json!({"group_by": [{"field": "channel"}, {"field": "login_time", "bucket": "hour"}], "measures": ["count", "agents", "duration_sum"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_tell_values_that_occurred_and_those_that_are_known() {
    let server = Server::start().await;
    morning(&server).await;
    let told = answer(
        &server,
        "facets",
        json!({"facets": ["channel", {"field": "account", "top": 1}, {"field": "end_reason", "search": "signed"}]}),
    )
    .await;
    let value = |value: &str, rows: u64| json!({"value": value, "rows": rows, "occurred": true});
    let none = json!({"values": 0, "rows": 0, "not_occurred": 0});
    let channel =
        json!({"field": "channel", "label": "Channel", "values": [value("phone", 2), value("chat", 1)], "others": none, "missing": 0});
    assert_eq!((&told["facets"][0], &told["total"]), (&channel, &json!(3)));
    assert_eq!(told["facets"][1]["values"], json!([value("mara", 2)]));
    assert_eq!(told["facets"][1]["others"], json!({"values": 1, "rows": 1, "not_occurred": 0}));
    assert_eq!(told["facets"][2]["values"][0]["value"], "signed_out");
    // A field is not restricted by its own filter, but by all others.
    let filters = json!([{"field": "channel", "values": ["chat"]}]);
    let told = answer(&server, "facets", json!({"facets": ["channel", "account"], "filters": filters})).await;
    assert_eq!(told["facets"][0]["values"], json!([value("phone", 2), value("chat", 1)]));
    assert_eq!((&told["facets"][1]["values"], &told["total"]), (&json!([value("mara", 1)]), &json!(1)));
    // Without any, those of the filters that the kind offers first; of the hierarchy, level by level.
    let told = answer(&server, "facets", json!({})).await;
    let fields: Vec<&Value> = told["facets"].as_array().unwrap().iter().map(|facet| &facet["field"]).collect();
    assert_eq!(fields, ["agent", "hierarchy", "routing_profile"]);
    assert_eq!(told["facets"][1]["values"], json!([{"value": "EMEA", "rows": 3, "occurred": true, "has_children": true, "label": "EMEA"}]));
    assert_eq!(told["facets"][2]["missing"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_offer_what_the_catalogue_of_the_tenant_knows() {
    let server = Server::start().await;
    morning(&server).await;
    let facets = async || {
        let asked = json!({"range": that_day(), "facets": [{"field": "application", "top": 1_000}]});
        let told = ok(server.post("/api/v1/reports/activity_audit/facets").json(&asked)).await;
        told["facets"][0]["values"].as_array().unwrap().clone()
    };
    assert!(facets().await.iter().any(|value| value["value"] == "Search" && value["occurred"] == false));
    let entry = json!({"application": "Dialler"});
    ok(server.request(Method::PUT, "/api/v1/catalogue/entries").json(&entry)).await;
    ok(server.request(Method::PUT, "/api/v1/catalogue/applications/Search")).await;
    let names: Vec<Value> = facets().await.iter().map(|value| value["value"].clone()).collect();
    assert_eq!(names, ["Dialler", "Rollcall", "Search"], "only what is switched on, and what the tenant has added");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_histogram_has_a_bar_for_every_bucket_of_the_range() {
    let server = Server::start().await;
    morning(&server).await;
    let told = answer(&server, "histogram", json!({"histogram": {"bucket": "six_hours", "split": "channel", "top": 1}})).await;
    let bar = |from: &str, to: &str, rows: u64, phone: u64| json!({"from": from, "to": to, "rows": rows, "parts": [phone], "others": rows - phone});
    let edges = ["2026-04-15T00:00:00Z", "2026-04-15T06:00:00Z", "2026-04-15T12:00:00Z", "2026-04-15T18:00:00Z", "2026-04-16T00:00:00Z"];
    let rows = [(0, 0), (3, 2), (0, 0), (0, 0)];
    let bars: Vec<Value> = edges.windows(2).zip(rows).map(|(edge, (rows, phone))| bar(edge[0], edge[1], rows, phone)).collect();
    assert_eq!(told["bars"], json!(bars));
    assert_eq!(told["split"]["values"], json!([{"value": "phone", "rows": 2}]));
    assert_eq!((&told["field"], &told["bucket"], &told["total"]), (&json!("login_time"), &json!("six_hours"), &json!(3)));
    let told = answer(&server, "histogram", json!({"histogram": {"field": "logout_time", "bucket": "day"}})).await;
    assert_eq!((&told["bars"][0]["rows"], &told["outside"], &told["split"]), (&json!(2), &json!(1), &Value::Null));
    assert_eq!(answer(&server, "histogram", json!({})).await["bucket"], "quarter_hour");
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_in_time_counts_nobody_twice() {
    let server = Server::start().await;
    morning(&server).await;
    let channel = |channel: &str, hours: u64| json!({"channel": channel, "seconds": hours * 3_600});
    let mara = json!({
        "agent": "mara", "agent_name": null, "day": "2026-04-15", "day_seconds": 86_400, "seconds": 5 * 3_600,
        "channels": [channel("chat", 2), channel("phone", 4)], "sessions": 2, "open": false, "inferred": false,
    });
    let rune = json!({
        "agent": "rune", "agent_name": null, "day": "2026-04-15", "day_seconds": 86_400, "seconds": 15 * 3_600,
        "channels": [channel("phone", 15)], "sessions": 1, "open": true, "inferred": false,
    });
    let first = answer(&server, "signed_in", json!({"limit": 1})).await;
    assert_eq!(first["days"], json!([mara]));
    assert_eq!((&first["total"], &first["agents"], &first["seconds"]), (&json!(2), &json!(2), &json!(20 * 3_600)));
    let second = answer(&server, "signed_in", json!({"limit": 1, "cursor": first["next_cursor"]})).await;
    assert_eq!((&second["days"], &second["next_cursor"]), (&json!([rune]), &Value::Null));
    let lines = stream(&server, "signed_in", "application/x-ndjson", json!({})).await;
    assert_eq!(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>(), [mara, rune]);
    let csv = stream(&server, "signed_in", "text/csv", json!({"filters": [{"field": "account", "values": ["rune"]}]})).await;
    let channels = r#""[{""channel"":""phone"",""seconds"":54000}]""#;
    let expected = format!(
        "agent,agent_name,day,day_seconds,seconds,channels,sessions,open,inferred\r\nrune,,2026-04-15,86400,54000,{channels},1,true,false\r\n"
    );
    assert_eq!(csv, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_asked_is_told_by_field() {
    let server = Server::start().await;
    morning(&server).await;
    let cases = [
        ("groups", json!({}), "group_by"),
        ("groups", json!({"group_by": [{"field": "colour"}]}), "group_by[0].field"),
        ("groups", json!({"group_by": [{"field": "login_time", "bucket": "fortnight"}]}), "group_by[0].bucket"),
        ("groups", json!({"group_by": [{"field": "agent", "bucket": "day"}]}), "group_by[0].bucket"),
        ("groups", json!({"group_by": [{"field": "agent"}], "measures": ["mode"]}), "measures[0]"),
        ("groups", json!({"group_by": [{"field": "agent"}], "depth": 2}), "depth"),
        ("groups", json!({"group_by": [{"field": "agent"}], "depth": -1}), "depth"),
        ("groups", json!({"group_by": [{"field": "agent"}], "depth": "all"}), "depth"),
        ("groups", json!({"group_by": [{"field": "agent"}], "limit": 10_001}), "limit"),
        ("groups", json!({"group_by": [{"field": "agent"}], "cursor": "abc"}), "cursor"),
        ("facets", json!({"facets": ["colour"]}), "facets[0].field"),
        ("facets", json!({"facets": ["login_time"]}), "facets[0].field"),
        ("facets", json!({"facets": ["agent", {"field": "agent"}]}), "facets[1].field"),
        ("facets", json!({"facets": [{"field": "agent", "under": "EMEA"}]}), "facets[0].under"),
        ("facets", json!({"facets": [{"field": "agent", "top": 1_001}]}), "facets[0].top"),
        ("facets", json!({"facets": [{"field": "agent", "colour": 1}]}), "facets[0]"),
        ("facets", json!({"facets": []}), "facets"),
        ("facets", json!({"facets": 5}), "facets"),
        ("facets", json!({"limit": 5}), "limit"),
        ("histogram", json!({"histogram": {"bucket": "fortnight"}}), "histogram.bucket"),
        ("histogram", json!({"histogram": {"field": "agent"}}), "histogram.field"),
        ("histogram", json!({"histogram": {"split": "duration"}}), "histogram.split"),
        ("histogram", json!({"histogram": {"top": 51}}), "histogram.top"),
        ("histogram", json!({"histogram": {"bars": 5}}), "histogram"),
        ("signed_in", json!({"limit": -1}), "limit"),
        ("signed_in", json!({"depth": 1}), "depth"),
    ];
    for (question, members, field) in cases {
        let told = refused(&server, question, members.clone()).await;
        assert_eq!(told["field"], field, "{question} {members}: {told}");
    }
    let unknown = problem(server.post(&format!("{ADDRESS}/histogram")).json(&json!({"histogram": {"bucket": "fortnight"}})), 422).await;
    assert_eq!(unknown["allowed"][3], "hour");
    let other = problem(server.post("/api/v1/reports/sign_in_log/signed_in"), 422).await;
    assert_eq!((&other["field"], &other["allowed"]), (&json!("report"), &json!(["login_logout"])));
    problem(server.post("/api/v1/reports/colours/groups"), 404).await;
    for question in ["facets", "histogram"] {
        let refused = problem(server.post(&format!("{ADDRESS}/{question}")).header("accept", "text/csv"), 406).await;
        assert_eq!(refused["allowed"], json!(["application/json"]));
    }
    // A failure before the first piece is a problem, also of a stream.
    let stream = server.post(&format!("{ADDRESS}/groups")).header("accept", "text/csv");
    assert_eq!(problem(stream, 422).await["field"], "group_by");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own_tenant_alone() {
    let server = Server::start().await;
    morning(&server).await;
    let elsewhere = rollcall_model::TenantId::new("elsewhere").unwrap();
    server.ledger.make_tenant(&elsewhere).await.unwrap();
    let key = server.key_of(&elsewhere, &[KeyScope::ReportsRead], rollcall_model::Scope::All).await;
    let theirs = async |question: &str, members: Value| {
        let request = server.bare(Method::POST, &format!("{ADDRESS}/{question}")).bearer_auth(&key);
        ok(request.json(&asked(members))).await["total"].clone()
    };
    let mine = async |question: &str, members: Value| answer(&server, question, members).await["total"].clone();
    for (question, members, total) in
        [("groups", by_channel(), 2), ("facets", json!({}), 3), ("histogram", json!({}), 3), ("signed_in", json!({}), 2)]
    {
        assert_eq!((theirs(question, members.clone()).await, mine(question, members).await), (json!(0), json!(total)), "{question}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_is_asked_what_its_definition_is() {
    let server = Server::start().await;
    morning(&server).await;
    let mut definition = asked(by_channel());
    definition["report"] = json!("login_logout");
    let body = json!({"name": "By channel", "definition": definition});
    let saved: Value = server.post("/api/v1/saved-reports").json(&body).send().await.unwrap().json().await.unwrap();
    let address = format!("/api/v1/saved-reports/{}", saved["id"].as_str().unwrap());
    let of_saved = async |question: &str, members: Value| ok(server.post(&format!("{address}/{question}")).json(&members)).await;
    let groups = of_saved("groups", json!({"depth": 2})).await;
    let mut direct = by_channel();
    direct["depth"] = json!(2);
    assert_eq!(groups["groups"], answer(&server, "groups", direct).await["groups"]);
    assert_eq!(groups["total"], 3);
    assert_eq!(of_saved("facets", json!({"facets": ["channel"]})).await["facets"][0]["values"][0]["rows"], 2);
    assert_eq!(of_saved("histogram", json!({"histogram": {"bucket": "day"}})).await["bars"][0]["rows"], 3);
    assert_eq!(of_saved("signed_in", json!({})).await["days"][0]["agent"], "mara");
    let refused = problem(server.post(&format!("{address}/groups")).json(&json!({"group_by": []})), 422).await;
    assert_eq!((&refused["field"], &refused["allowed"]), (&json!("group_by"), &json!(["depth", "limit", "cursor", "raw", "bom"])));
    problem(server.post("/api/v1/saved-reports/none/groups"), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_the_directory_are_one_person_each_and_offered_before_they_sign_in() {
    let server = Server::start().await;
    morning(&server).await;
    let agents = [
        json!({"employee_id": "4711", "agent_name": "Mara Lind", "time_zone": "Europe/Stockholm", "accounts": [{"account": "mara"}]}),
        json!({"employee_id": "4712", "agent_name": "Ines Costa"}),
    ];
    for agent in agents {
        let address = format!("/api/v1/directory/agents/{}", agent["employee_id"].as_str().unwrap());
        let put = server.request(reqwest::Method::PUT, &address).json(&agent).send().await.unwrap();
        assert!(put.status().is_success(), "{}", put.text().await.unwrap());
    }
    let told = answer(&server, "facets", json!({"facets": ["agent"]})).await;
    let values: Vec<(&Value, &Value)> =
        told["facets"][0]["values"].as_array().unwrap().iter().map(|value| (&value["value"], &value["rows"])).collect();
    assert_eq!(values, [(&json!("Mara Lind"), &json!(2)), (&json!("rune"), &json!(1)), (&json!("Ines Costa"), &json!(0))]);
    let rows = answer(
        &server,
        "query",
        json!({"filters": [{"field": "agent", "values": ["4711"]}], "columns": ["agent", "login_time"], "clock": "agent",
               "sort": [{"field": "login_time"}]}),
    )
    .await;
    assert_eq!(rows["rows"][0], json!({"agent": "Mara Lind", "login_time": "2026-04-15T10:00:00+02:00"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hierarchy_is_told_level_by_level_and_a_vocabulary_whole() {
    let server = Server::start().await;
    morning(&server).await;
    let mut elsewhere = event(6, 10, "sign_in", "omar", "phone");
    elsewhere["hierarchy"] = json!("EMEA / Oslo");
    server.send(&elsewhere).await;
    let asked = json!({"facets": [{"field": "hierarchy", "under": "EMEA"}, "end_reason"]});
    let told = answer(&server, "facets", asked).await;
    let branch = |value: &str, label: &str, rows: u64| json!({"value": value, "label": label, "rows": rows, "occurred": true, "has_children": false});
    assert_eq!(told["facets"][0]["values"], json!([branch("EMEA / Stockholm", "Stockholm", 3), branch("EMEA / Oslo", "Oslo", 1)]));
    assert_eq!(told["facets"][0]["here"], 0);
    let reasons = told["facets"][1]["values"].as_array().unwrap();
    let expired = reasons.iter().find(|reason| reason["value"] == "expired").unwrap();
    assert_eq!((&expired["rows"], &expired["occurred"], &expired["label"]), (&json!(0), &json!(false), &json!("Expired")));
}
