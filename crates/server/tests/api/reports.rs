//! `POST /reports/{kind}/query` and what goes with it.

use serde_json::{Value, json};

use crate::harness::{Server, moment, ok, problem, sign_in, that_day};

/// The kinds of report.
const KINDS: [&str; 7] =
    ["sign_in_log", "login_logout", "access_log", "activity_log", "activity_audit", "webhook_failures", "integration_failures"];

/// Sign-ins of one agent each, and of every second one the sign-out an hour later.
async fn shift(server: &Server, agents: std::ops::Range<usize>) {
    let mut events = Vec::new();
    for number in agents {
        let account = format!("agent-{number:03}");
        events.push(sign_in(number, &account));
        if number % 2 == 0 {
            let mut sign_out = sign_in(100_000 + number, &account);
            sign_out["activity"] = json!("sign_out");
            sign_out["event_time"] = json!(moment(number + 3_600));
            events.push(sign_out);
        }
    }
    let sent = events.len();
    assert_eq!(server.send(&Value::Array(events)).await["accepted"], sent);
}

fn texts(rows: &Value, column: &str) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row[column].as_str().unwrap_or("null").to_owned()).collect()
}

fn login_logout() -> Value {
    json!({
        "range": that_day(), "time_zone": "Europe/Stockholm",
        "columns": ["agent", "login_time", "logout_time", "duration", "end_reason"], "sort": [{"field": "agent", "dir": "asc"}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_rows_a_total_a_range_in_words_and_a_watermark() {
    let server = Server::start().await;
    shift(&server, 0..2).await;
    let mut page = server.page("login_logout", &login_logout()).await;
    for moment in ["last_received_at", "silent_seconds", "behind_seconds", "newest_event_time"] {
        page["watermark"]["sources"][0][moment] = json!("[of now]");
    }
    for member in ["meaning", "words"] {
        page["columns"].as_array_mut().unwrap().iter_mut().for_each(|column| drop(column.as_object_mut().unwrap().remove(member)));
    }
    page["range"]["as_of"] = json!("[of now]");
    insta::assert_json_snapshot!("login_logout_page", page);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_shift_nor_repeat_while_rows_come_and_are_archived_and_compacted() {
    let server = Server::start().await;
    shift(&server, 0..25).await;
    let mut query = login_logout();
    query["limit"] = json!(10);
    let mut agents = Vec::new();
    for page_number in 0.. {
        let page = server.page("login-logout", &query).await;
        assert_eq!(page["total"], 25);
        agents.extend(texts(&page["rows"], "agent"));
        // Between two pages the house goes on living.
        shift(&server, 25 + page_number..26 + page_number).await;
        let archived = ok(server.post("/api/v1/archive")).await;
        assert!(archived["events"].as_u64().unwrap() > 0, "{archived}");
        let compacted = ok(server.post("/api/v1/compact")).await;
        assert!(page_number == 0 || compacted["merged"].as_u64().unwrap() > 0, "{compacted}");
        match &page["next_cursor"] {
            Value::Null => break,
            cursor => query["cursor"] = cursor.clone(),
        }
    }
    let expected: Vec<String> = (0..25).map(|number| format!("agent-{number:03}")).collect();
    assert_eq!(agents, expected);
    query.as_object_mut().unwrap().remove("cursor");
    assert_eq!(server.page("login_logout", &query).await["total"], 28);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_come_as_ndjson_and_as_csv_and_a_cursor_goes_on_in_them() {
    let server = Server::start().await;
    shift(&server, 0..1_200).await;
    let stream = async |accept: &str, query: &Value| {
        let response = server.post("/api/v1/reports/login_logout/query").header("accept", accept).json(query).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(accept));
        response.text().await.unwrap()
    };
    let mut query = login_logout();
    let ndjson = stream("application/x-ndjson", &query).await;
    let rows: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 1_200);
    assert_eq!(rows[0]["login_time"], "2026-04-15T02:00:00+02:00");
    assert_eq!(rows[1]["logout_time"], Value::Null);

    let csv = stream("text/csv", &query).await;
    let mut lines = csv.split("\r\n");
    assert_eq!(lines.next(), Some("agent,login_time,logout_time,duration,end_reason"));
    assert_eq!(lines.next(), Some("agent-000,2026-04-15T02:00:00+02:00,2026-04-15T03:00:00+02:00,3600,signed_out"));
    assert_eq!(lines.count(), 1_199 + 1);

    query["limit"] = json!(700);
    let first = server.page("login_logout", &query).await;
    query["cursor"] = first["next_cursor"].clone();
    shift(&server, 1_200..1_210).await;
    let rest = stream("application/x-ndjson", &query).await;
    assert_eq!(rest.lines().count(), 500);
    assert!(rest.starts_with(&format!("{}\n", rows[700])), "{}", rest.lines().next().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_compressed_if_the_caller_reads_that() {
    let server = Server::start().await;
    shift(&server, 0..300).await;
    let response = server
        .post("/api/v1/reports/login_logout/query")
        .header("accept", "application/x-ndjson")
        .header("accept-encoding", "gzip")
        .json(&login_logout())
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&response.bytes().await.unwrap()[..]), &mut text).unwrap();
    assert_eq!(text.lines().count(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_definition_at_all_is_one_too_and_no_rows_are_an_answer() {
    let server = Server::start().await;
    for kind in KINDS {
        // That a report was run is on record, and in some reports: the page asks for it first, on a server of its own.
        let answer = ok(Server::start().await.post(&format!("/api/v1/reports/{kind}/query"))).await;
        assert_eq!((&answer["total"], &answer["rows"], &answer["next_cursor"]), (&json!(0), &json!([]), &Value::Null));
        if shows_own_record(kind) {
            continue;
        }
        let csv = server.post(&format!("/api/v1/reports/{kind}/query")).header("accept", "text/csv").send().await.unwrap();
        assert_eq!(csv.text().await.unwrap().lines().count(), 1, "the header");
        let ndjson = server.post(&format!("/api/v1/reports/{kind}/query")).header("accept", "application/x-ndjson").send().await.unwrap();
        assert_eq!(ndjson.text().await.unwrap(), "");
    }
}

/// Whether a kind shows what Rollcall records of its own readers.
fn shows_own_record(kind: &str) -> bool {
    matches!(kind, "access_log" | "activity_log" | "activity_audit")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_seen_by_the_next_query() {
    let server = Server::start().await;
    for number in 1..20 {
        server.send(&sign_in(number, "mara")).await;
        assert_eq!(server.page("sign_in_log", &json!({"range": that_day(), "limit": 0})).await["total"], number);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_definition_is_told_by_field_with_what_is_allowed() {
    let server = Server::start().await;
    let wrong = async |query: Value| problem(server.post("/api/v1/reports/login_logout/query").json(&query), 422).await;
    let cases = [
        (json!({"colums": ["agent"]}), "colums"),
        (json!({"columns": ["agnet"]}), "columns[0]"),
        (json!({"range": {"preset": "yesterdy"}}), "range.preset"),
        (json!({"filters": [{"field": "agent", "op": "like", "values": ["x"]}]}), "filters[0].op"),
        (json!({"filters": [{"field": "agent", "op": "gte", "values": ["x"]}]}), "filters[0].op"),
        (json!({"sort": [{"field": "nothing"}]}), "sort[0].field"),
        (json!({"time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"report": "sign_in_log"}), "report"),
        (json!({"limit": 10_001}), "limit"),
        (json!({"cursor": "eyJ"}), "cursor"),
    ];
    for (query, field) in cases {
        let problem = wrong(query.clone()).await;
        assert_eq!(problem["field"], field, "{query}: {problem}");
    }
    let unknown = wrong(json!({"columns": ["agnet"]})).await;
    assert!(unknown["allowed"].as_array().unwrap().contains(&json!("agent")), "{unknown}");
    let unknown = problem(server.post("/api/v1/reports/login-logut/query"), 404).await;
    assert_eq!(unknown["allowed"], json!(KINDS));
    problem(server.post("/api/v1/reports/login_logout/query").header("accept", "image/png"), 406).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kinds_of_report_say_what_they_offer() {
    let server = Server::start().await;
    let offer = ok(server.get("/api/v1/reports")).await;
    let kinds: Vec<&str> = offer["reports"].as_array().unwrap().iter().map(|kind| kind["report"].as_str().unwrap()).collect();
    assert_eq!(kinds, KINDS);
    let login_logout = &offer["reports"][1];
    assert_eq!(login_logout["filters"], json!(["agent", "hierarchy", "routing_profile"]));
    assert_eq!(login_logout["default_sort"], json!([{"field": "login_time", "dir": "desc"}]));
    assert_eq!(login_logout["presets"][0], "today");
    assert_eq!((&login_logout["default_clock"], &offer["reports"][4]["default_clock"]), (&json!("report"), &json!("utc")));
    let reasons = login_logout["columns"].as_array().unwrap().iter().find(|column| column["name"] == "end_reason").unwrap();
    assert_eq!(reasons["words"]["signed_out"], "Signed out");
    assert!(reasons["operators"].as_array().unwrap().contains(&json!("in")));
    assert_eq!(reasons["has_facet"], true);
    let made = |kind: usize| {
        offer["reports"][kind]["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| (&column["name"], &column["has_facet"], &column["makes_groups"]))
            .collect::<Vec<_>>()
    };
    assert!(made(1).contains(&(&json!("login_time"), &json!(false), &json!(true))));
    assert!(made(1).contains(&(&json!("tags"), &json!(false), &json!(false))));
    let measures = |kind: usize| {
        offer["reports"][kind]["measures"].as_array().unwrap().iter().map(|measure| measure["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(measures(0), ["count", "agents", "first", "last"]);
    assert_eq!(measures(1)[4..], ["duration_sum", "duration_mean", "duration_median", "duration_max"]);
    assert_eq!((&offer["buckets"][0], &offer["buckets"][9]), (&json!("minute"), &json!("year")));
    // What is offered is taken.
    for kind in offer["reports"].as_array().unwrap() {
        let names: Vec<&Value> = kind["columns"].as_array().unwrap().iter().map(|column| &column["name"]).collect();
        let query = json!({"columns": names, "sort": kind["default_sort"], "range": {"preset": kind["presets"][0]}});
        server.page(kind["report"].as_str().unwrap(), &query).await;
        for column in kind["columns"].as_array().unwrap() {
            let asked = |question: &str| server.post(&format!("/api/v1/reports/{}/{question}", kind["report"].as_str().unwrap()));
            let facets = asked("facets").json(&json!({"facets": [column["name"]]})).send().await.unwrap().status();
            let groups = asked("groups").json(&json!({"group_by": [{"field": column["name"]}], "limit": 0})).send().await.unwrap().status();
            let split = asked("histogram").json(&json!({"histogram": {"split": column["name"]}})).send().await.unwrap().status();
            let (has_facet, makes_groups) = (column["has_facet"] == true, column["makes_groups"] == true);
            assert_eq!((facets == 200, split == 200, groups == 200), (has_facet, has_facet, makes_groups), "{column}");
        }
    }
}
