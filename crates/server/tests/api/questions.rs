//! What can be asked about a definition's rows: groups, values, bars, and signed-in time.

use reqwest::Method;
use rollcall_access::KeyScope;
use serde_json::{Value, json};

use crate::harness::{Server, id, ok, problem, that_day};

const ADDRESS: &str = "/api/v1/reports/login_logout";

/// A sign-in or sign-out at an hour of 15 April 2026.
fn event(number: usize, hour: usize, activity: &str, account: &str, channel: &str) -> Value {
    json!({
        "event_id": id(number), "event_time": format!("2026-04-15T{hour:02}:00:00Z"), "category": "access", "activity": activity,
        "outcome": "success", "account": account, "channel": channel, "hierarchy": "EMEA / Stockholm",
    })
}

/// Mara on the phone from 8 to 12 and in a chat from 11 to 13, Rune on the phone from 9 on.
async fn morning(server: &Server) {
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
async fn answer(server: &Server, question: &str, members: Value) -> Value {
    ok(server.post(&format!("{ADDRESS}/{question}")).json(&asked(members))).await
}

fn asked(mut members: Value) -> Value {
    members["range"] = that_day();
    members
}

async fn stream(server: &Server, question: &str, accept: &str, members: Value) -> String {
    let request = server.post(&format!("{ADDRESS}/{question}")).header("accept", accept).json(&asked(members));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with(accept));
    response.text().await.unwrap()
}

fn by_channel() -> Value {
    json!({"group_by": [{"field": "channel"}, {"field": "login_time", "bucket": "hour"}], "measures": ["count", "agents", "duration_sum"]})
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_have_keys_measures_and_the_filters_of_their_rows() {
    let server = Server::start().await;
    morning(&server).await;
    for archived in [false, true] {
        let page = answer(&server, "groups", by_channel()).await;
        let chat = json!({
            "keys": {"channel": "chat"}, "measures": {"count": 1, "agents": 1, "duration_sum": 7_200},
            "drill_down": [{"field": "channel", "op": "in", "values": ["chat"]}],
        });
        let phone = json!({
            "keys": {"channel": "phone"}, "measures": {"count": 2, "agents": 2, "duration_sum": 14_400},
            "drill_down": [{"field": "channel", "op": "in", "values": ["phone"]}],
        });
        assert_eq!(page["groups"], json!([chat, phone]), "archived: {archived}");
        assert_eq!((&page["total"], &page["deeper"], &page["next_cursor"]), (&json!(2), &json!(1), &Value::Null));
        assert_eq!(page["group_by"], json!([{"name": "channel", "field": "channel", "bucket": null}]));
        let columns: Vec<(&str, &str, &str)> = page["columns"].as_array().unwrap().iter().map(told).collect();
        let measures = [("count", "Rows", "integer"), ("agents", "Agents", "integer"), ("duration_sum", "Total duration", "seconds")];
        assert_eq!(columns, [&[("channel", "Channel", "text")], &measures[..]].concat());
        // Its filters in addition are its subgroups, and its rows.
        let mut within = by_channel();
        within["filters"] = page["groups"][1]["drill_down"].clone();
        within["depth"] = json!(2);
        let hours: Vec<Value> = answer(&server, "groups", within.clone()).await["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["keys"].clone())
            .collect();
        let hour = |hour: &str| json!({"channel": "phone", "login_time_hour": format!("2026-04-15T{hour}:00:00Z")});
        assert_eq!(hours, [hour("08"), hour("09")]);
        within.as_object_mut().unwrap().remove("depth");
        assert_eq!(answer(&server, "query", within).await["total"], 2);
        ok(server.post("/api/v1/archive")).await;
    }
}

fn told(column: &Value) -> (&str, &str, &str) {
    (column["name"].as_str().unwrap(), column["label"].as_str().unwrap(), column["type"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_groups_are_of_one_snapshot() {
    let server = Server::start().await;
    morning(&server).await;
    let mut asked = by_channel();
    asked["limit"] = json!(1);
    let first = answer(&server, "groups", asked.clone()).await;
    assert_eq!((&first["groups"][0]["keys"]["channel"], &first["total"]), (&json!("chat"), &json!(2)));
    server.send(&json!([event(6, 10, "sign_in", "olga", "desk"), event(7, 10, "sign_in", "olga", "phone")])).await;
    ok(server.post("/api/v1/archive")).await;
    asked["cursor"] = first["next_cursor"].clone();
    let second = answer(&server, "groups", asked.clone()).await;
    assert_eq!((&second["groups"][0]["measures"]["count"], &second["next_cursor"]), (&json!(2), &Value::Null));
    // A stream goes on from a cursor too.
    let rest = stream(&server, "groups", "text/csv", asked.clone()).await;
    assert_eq!(rest, "channel,count,agents,duration_sum\r\nphone,2,2,14400\r\n");
    asked.as_object_mut().unwrap().remove("cursor");
    assert_eq!(answer(&server, "groups", asked).await["total"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_groups_come_as_csv_and_as_ndjson() {
    let server = Server::start().await;
    morning(&server).await;
    server.send(&json!([event(6, 10, "sign_in", "=1+1", "a,b")])).await;
    let mut asked = by_channel();
    asked["depth"] = json!(2);
    asked["measures"] = json!(["count", "duration_max"]);
    asked["group_by"][1] = json!({"field": "agent"});
    let csv = stream(&server, "groups", "text/csv", asked.clone()).await;
    let expected = "channel,agent,count,duration_max\r\n\"a,b\",'=1+1,1,\r\nchat,mara,1,7200\r\nphone,mara,1,14400\r\nphone,rune,1,\r\n";
    assert_eq!(csv, expected);
    let page = answer(&server, "groups", asked.clone()).await;
    let lines: Vec<Value> =
        stream(&server, "groups", "application/x-ndjson", asked).await.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json!(lines), page["groups"]);
    let none = json!({"group_by": [{"field": "channel"}], "filters": [{"field": "account", "values": ["nobody"]}]});
    assert_eq!(stream(&server, "groups", "text/csv", none.clone()).await, "channel,count\r\n");
    assert_eq!(stream(&server, "groups", "application/x-ndjson", none).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_groups_than_a_page_has_come_as_a_stream() {
    let server = Server::start().await;
    let moment = |number: usize| format!("2026-04-15T{:02}:{:02}:{:02}Z", number / 3_600, number / 60 % 60, number % 60);
    for begin in (0..12_000).step_by(3_000) {
        let one = |number: usize| {
            let mut event = event(number, 0, "sign_in", &format!("agent-{number:05}"), "phone");
            event["event_time"] = json!(moment(number));
            event
        };
        server.send(&Value::Array((begin..begin + 3_000).map(one).collect())).await;
    }
    let csv = stream(&server, "groups", "text/csv", json!({"group_by": [{"field": "account"}]})).await;
    let expected: String = (0..12_000).map(|number| format!("agent-{number:05},1\r\n")).collect();
    assert!(csv == format!("account,count\r\n{expected}"), "{} lines", csv.lines().count());
    let days = stream(&server, "signed_in", "application/x-ndjson", json!({})).await;
    let agents: Vec<String> =
        days.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["agent"].as_str().unwrap().to_owned()).collect();
    assert_eq!(agents, (0..12_000).map(|number| format!("agent-{number:05}")).collect::<Vec<_>>());
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
    let cursor = {
        let mut asked = by_channel();
        asked["limit"] = json!(1);
        answer(&server, "groups", asked).await["next_cursor"].clone()
    };
    let of_agents = json!({"group_by": [{"field": "agent"}], "cursor": cursor});
    let cases = [
        ("groups", json!({}), "group_by"),
        ("groups", json!({"group_by": [{"field": "colour"}]}), "group_by[0].field"),
        ("groups", json!({"group_by": [{"field": "login_time", "bucket": "fortnight"}]}), "group_by[0].bucket"),
        ("groups", json!({"group_by": [{"field": "agent", "bucket": "day"}]}), "group_by[0].bucket"),
        ("groups", json!({"group_by": [{"field": "agent"}], "measures": ["mode"]}), "measures[0]"),
        ("groups", json!({"group_by": [{"field": "agent"}], "depth": 2}), "depth"),
        ("groups", json!({"group_by": [{"field": "agent"}], "depth": 0}), "depth"),
        ("groups", json!({"group_by": [{"field": "agent"}], "depth": "all"}), "depth"),
        ("groups", json!({"group_by": [{"field": "agent"}], "limit": 10_001}), "limit"),
        ("groups", json!({"group_by": [{"field": "agent"}], "cursor": "abc"}), "cursor"),
        ("groups", of_agents, "cursor"),
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
        let refused = problem(server.post(&format!("{ADDRESS}/{question}")).json(&asked(members.clone())), 422).await;
        assert_eq!(refused["field"], field, "{question} {members}: {refused}");
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
async fn a_cursor_whose_snapshot_is_gone_is_told_so() {
    let server = Server::start().await;
    morning(&server).await;
    let mut asked = by_channel();
    asked["limit"] = json!(1);
    let page = answer(&server, "groups", asked.clone()).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    // The same cursor, of a snapshot that has never been.
    let mut token: Value = serde_json::from_slice(&decoded(cursor)).unwrap();
    token["s"] = json!(1_000);
    asked["cursor"] = json!(encoded(&token));
    for accept in ["application/json", "text/csv"] {
        let gone = server.post(&format!("{ADDRESS}/groups")).header("accept", accept).json(&self::asked(asked.clone()));
        assert_eq!(problem(gone, 410).await["type"], "/problems/snapshot-gone");
    }
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn encoded(token: &Value) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(token.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own_tenant_alone() {
    let server = Server::start().await;
    morning(&server).await;
    let elsewhere = rollcall_model::TenantId::new("elsewhere").unwrap();
    server.ledger.make_tenant(&elsewhere).await.unwrap();
    let key = server.access.create_key(&elsewhere, "theirs", &[KeyScope::ReportsRead].into(), None).await.unwrap();
    let theirs = async |question: &str, members: Value| {
        let request = server.bare(Method::POST, &format!("{ADDRESS}/{question}")).bearer_auth(key.text.reveal());
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
    assert_eq!((&refused["field"], &refused["allowed"]), (&json!("group_by"), &json!(["depth", "limit", "cursor"])));
    problem(server.post("/api/v1/saved-reports/none/groups"), 404).await;
}
