//! Groups of rows: pages of one snapshot, and all of them as a stream.

use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::questions::{ADDRESS, answer, asked, by_channel, event, morning, refused, stream};

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

#[tokio::test(flavor = "multi_thread")]
async fn to_the_depth_0_all_rows_are_one_group() {
    let server = Server::start().await;
    morning(&server).await;
    for archived in [false, true] {
        let mut all = by_channel();
        all["depth"] = json!(0);
        let page = answer(&server, "groups", all.clone()).await;
        let measures = json!({"count": 3, "agents": 2, "duration_sum": 21_600});
        assert_eq!(page["groups"], json!([{"keys": {}, "measures": measures, "drill_down": []}]), "archived: {archived}");
        assert_eq!((&page["total"], &page["deeper"], &page["group_by"]), (&json!(1), &json!(2), &json!([])));
        let csv = stream(&server, "groups", "text/csv", all.clone()).await;
        assert_eq!(csv.trim_start_matches('\u{feff}'), "count,agents,duration_sum\r\n3,2,21600\r\n");
        // Also if there are none, and if they need only be counted.
        all["filters"] = json!([{"field": "channel", "op": "in", "values": ["fax"]}]);
        let none = answer(&server, "groups", all.clone()).await;
        assert_eq!(none["groups"][0]["measures"], json!({"count": 0, "agents": 0, "duration_sum": null}));
        all["measures"] = json!(["count"]);
        assert_eq!(answer(&server, "groups", all).await["groups"][0]["measures"], json!({"count": 0}));
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
async fn a_cursor_goes_on_in_what_it_belongs_to_alone() {
    let server = Server::start().await;
    morning(&server).await;
    let of_rows = answer(&server, "query", json!({"limit": 1})).await["next_cursor"].clone();
    let of_groups = answer(&server, "groups", json!({"group_by": [{"field": "channel"}], "limit": 1})).await["next_cursor"].clone();
    for (question, members) in [
        ("groups", json!({"group_by": [{"field": "channel"}], "cursor": of_rows})),
        ("groups", json!({"group_by": [{"field": "agent"}], "cursor": of_groups})),
        ("query", json!({"cursor": of_groups})),
        ("signed_in", json!({"cursor": of_rows})),
    ] {
        assert_eq!(refused(&server, question, members.clone()).await["field"], "cursor", "{question} {members}");
    }
}
