//! What can be asked of a definition beside its rows: groups, values, bars, signed-in time, its compact form.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Server, ok, problem, sign_in, that_day};

/// An access event of somebody at a time of 15 April.
fn event(number: usize, time: &str, activity: &str, account: &str, channel: &str) -> Value {
    let mut event = sign_in(number, account);
    event["activity"] = json!(activity);
    event["event_time"] = json!(format!("2026-04-15T{time}:00Z"));
    event["channel"] = json!(channel);
    event["hierarchy"] = json!(if account == "omar" { "EMEA / Oslo" } else { "EMEA / Stockholm" });
    event
}

/// Mara is in the portal from 8 to 12 and on the phone from 10 to 14, Omar in the portal from 9 on.
async fn house() -> Server {
    let server = Server::start().await;
    let events = json!([
        event(1, "08:00", "sign_in", "mara", "portal"),
        event(2, "12:00", "sign_out", "mara", "portal"),
        event(3, "10:00", "sign_in", "mara", "phone"),
        event(4, "14:00", "sign_out", "mara", "phone"),
        event(5, "09:00", "sign_in", "omar", "portal"),
    ]);
    assert_eq!(server.send(&events).await["accepted"], 5);
    server
}

fn of_that_day(more: Value) -> Value {
    let mut definition = json!({"range": that_day()});
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    definition
}

async fn ask(server: &Server, question: &str, more: Value) -> Value {
    ok(server.post(&format!("/api/v1/reports/{question}")).json(&of_that_day(more))).await
}

async fn refused(server: &Server, question: &str, more: Value) -> (String, String) {
    let problem = problem(server.post(&format!("/api/v1/reports/{question}")).json(&of_that_day(more)), 422).await;
    (problem["field"].as_str().unwrap_or_default().to_owned(), problem["detail"].as_str().unwrap_or_default().to_owned())
}

async fn text(server: &Server, question: &str, accept: &str, more: Value) -> String {
    let request = server.post(&format!("/api/v1/reports/{question}")).header("accept", accept).json(&of_that_day(more));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{}", response.text().await.unwrap());
    response.text().await.unwrap()
}

fn grouped() -> Value {
    json!({
        "group_by": [{"field": "channel"}, {"field": "agent"}], "measures": ["count", "agents", "duration_sum"],
        "sort": [{"field": "count", "dir": "desc"}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_have_measures_and_say_how_to_reach_their_rows() {
    let server = house().await;
    let answer = ask(&server, "login_logout/groups", grouped()).await;
    assert_eq!((&answer["total"], &answer["deeper"], &answer["next_cursor"]), (&json!(2), &json!(1), &Value::Null));
    let expected = json!([
        {
            "keys": {"channel": "portal"}, "measures": {"count": 2, "agents": 2, "duration_sum": 14_400},
            "drill_down": [{"field": "channel", "op": "in", "values": ["portal"]}],
        },
        {
            "keys": {"channel": "phone"}, "measures": {"count": 1, "agents": 1, "duration_sum": 14_400},
            "drill_down": [{"field": "channel", "op": "in", "values": ["phone"]}],
        },
    ]);
    assert_eq!(answer["groups"], expected);
    // What a group says leads to its rows, and deeper to its subgroups.
    for group in answer["groups"].as_array().unwrap() {
        let rows = ask(&server, "login_logout/query", json!({"filters": group["drill_down"]})).await;
        assert_eq!(rows["total"], group["measures"]["count"]);
        let mut deeper = grouped();
        deeper["depth"] = json!(2);
        deeper["filters"] = group["drill_down"].clone();
        assert_eq!(ask(&server, "login_logout/groups", deeper).await["total"], group["measures"]["agents"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_groups_come_as_csv_and_as_ndjson() {
    let server = house().await;
    let mut deep = grouped();
    deep["depth"] = json!(2);
    let csv = text(&server, "login_logout/groups", "text/csv", deep.clone()).await;
    let expected = "channel,agent,count,agents,duration_sum\r\nphone,mara,1,1,14400\r\nportal,mara,1,1,14400\r\nportal,omar,1,1,\r\n";
    assert_eq!(csv, expected);
    let ndjson = text(&server, "login_logout/groups", "application/x-ndjson", deep).await;
    let groups: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((groups.len(), &groups[2]["keys"]), (3, &json!({"channel": "portal", "agent": "omar"})));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_go_on_after_a_cursor_on_the_same_snapshot() {
    let server = house().await;
    let mut asked = json!({"group_by": [{"field": "agent"}], "limit": 1, "measures": ["count"]});
    let mut counted = BTreeMap::new();
    for number in 0.. {
        let page = ask(&server, "login_logout/groups", asked.clone()).await;
        assert_eq!(page["total"], 2);
        let group = &page["groups"][0];
        let is_new = counted.insert(group["keys"]["agent"].to_string(), group["measures"]["count"].clone()).is_none();
        assert!(is_new, "{group}");
        server.send(&event(100 + number, "15:00", "sign_in", &format!("a-{number}"), "portal")).await;
        ok(server.post("/api/v1/archive")).await;
        match &page["next_cursor"] {
            Value::Null => break,
            cursor => asked["cursor"] = cursor.clone(),
        }
    }
    assert_eq!(counted, BTreeMap::from([("\"mara\"".to_owned(), json!(2)), ("\"omar\"".to_owned(), json!(1))]));
    // A cursor of rows is none of groups.
    let rows = ask(&server, "login_logout/query", json!({"limit": 1})).await;
    asked["cursor"] = rows["next_cursor"].clone();
    assert_eq!(refused(&server, "login_logout/groups", asked).await.0, "cursor");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_groups_is_told() {
    let server = house().await;
    let key = |key: Value| json!({"group_by": [key]});
    for (asked, field) in [
        (json!({}), "group_by"),
        (key(json!({"field": "agnet"})), "group_by[0].field"),
        (key(json!({"field": "login_time", "bucket": "decade"})), "group_by[0].bucket"),
        (json!({"group_by": [{"field": "agent"}], "depth": 2}), "depth"),
        (json!({"group_by": [{"field": "agent"}], "depth": 0}), "depth"),
        (json!({"group_by": [{"field": "agent"}], "measures": ["average"]}), "measures[0]"),
        (json!({"group_by": [{"field": "agent"}], "limit": 10_001}), "limit"),
    ] {
        let (named, detail) = refused(&server, "login_logout/groups", asked.clone()).await;
        assert_eq!(named, field, "{asked}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_have_values_with_their_rows_and_what_is_known_beside() {
    let server = house().await;
    let asked = json!({"facets": ["channel", {"field": "hierarchy", "under": "EMEA"}, {"field": "account", "search": "AR", "top": 1}]});
    let answer = ask(&server, "sign_in_log/facets", asked).await;
    assert_eq!(answer["total"], 5);
    let told = |facet: &Value| -> Vec<(Value, Value)> {
        facet["values"].as_array().unwrap().iter().map(|value| (value["value"].clone(), value["rows"].clone())).collect()
    };
    let facets = answer["facets"].as_array().unwrap();
    let fields: Vec<&Value> = facets.iter().map(|facet| &facet["field"]).collect();
    assert_eq!(fields, ["channel", "hierarchy", "account"]);
    assert_eq!(told(&facets[0]), [(json!("portal"), json!(3)), (json!("phone"), json!(2))]);
    assert_eq!(told(&facets[1]), [(json!("EMEA / Stockholm"), json!(4)), (json!("EMEA / Oslo"), json!(1))]);
    assert_eq!(facets[1]["values"][0]["label"], "Stockholm");
    assert_eq!((told(&facets[2]), &facets[2]["others"]["rows"]), (vec![(json!("mara"), json!(4))], &json!(1)));
    // Without any, those that the kind offers first; what is known and did not occur is offered too.
    let answer = ask(&server, "sign_in_log/facets", json!({})).await;
    let names: Vec<&Value> = answer["facets"].as_array().unwrap().iter().map(|facet| &facet["field"]).collect();
    assert_eq!(names, ["account", "employee_id", "activity", "outcome"]);
    let outcomes = answer["facets"][3]["values"].as_array().unwrap();
    let failure = outcomes.iter().find(|value| value["value"] == "failure").unwrap();
    assert_eq!((&failure["rows"], &failure["occurred"], &failure["label"]), (&json!(0), &json!(false), &json!("Failed")));
    assert_eq!(refused(&server, "sign_in_log/facets", json!({"facets": ["event_time"]})).await.0, "facets[0].field");
    assert_eq!(
        refused(&server, "sign_in_log/facets", json!({"facets": [{"field": "account", "under": "EMEA"}]})).await.0,
        "facets[0].under"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_the_directory_are_one_person_each_and_offered_before_they_sign_in() {
    let server = house().await;
    let agents = [
        json!({"employee_id": "4711", "agent_name": "Mara Lind", "time_zone": "Europe/Stockholm", "accounts": [{"account": "mara"}]}),
        json!({"employee_id": "4712", "agent_name": "Ines Costa"}),
    ];
    for agent in agents {
        let address = format!("/api/v1/directory/agents/{}", agent["employee_id"].as_str().unwrap());
        let put = server.request(reqwest::Method::PUT, &address).json(&agent).send().await.unwrap();
        assert!(put.status().is_success(), "{}", put.text().await.unwrap());
    }
    let answer = ask(&server, "login_logout/facets", json!({"facets": ["agent"]})).await;
    let values: Vec<(&Value, &Value)> =
        answer["facets"][0]["values"].as_array().unwrap().iter().map(|value| (&value["value"], &value["rows"])).collect();
    assert_eq!(values, [(&json!("Mara Lind"), &json!(2)), (&json!("omar"), &json!(1)), (&json!("Ines Costa"), &json!(0))]);
    let rows = ask(
        &server,
        "login_logout/query",
        json!({"filters": [{"field": "agent", "values": ["4711"]}], "columns": ["agent", "login_time"], "clock": "agent",
               "sort": [{"field": "login_time"}]}),
    )
    .await;
    assert_eq!(rows["rows"][0], json!({"agent": "Mara Lind", "login_time": "2026-04-15T10:00:00+02:00"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_over_time_are_split_by_a_field() {
    let server = house().await;
    let asked = json!({"histogram": {"bucket": "six_hours", "split": "channel"}, "time_zone": "Europe/Stockholm"});
    let answer = ask(&server, "sign_in_log/histogram", asked).await;
    let values: Vec<&Value> = answer["split"]["values"].as_array().unwrap().iter().map(|value| &value["value"]).collect();
    assert_eq!(values, ["portal", "phone"]);
    let bars: Vec<(&Value, &Value, &Value)> =
        answer["bars"].as_array().unwrap().iter().map(|bar| (&bar["from"], &bar["rows"], &bar["parts"])).collect();
    let at = |hour: u8| json!(format!("2026-04-15T{hour:02}:00:00+02:00"));
    assert_eq!(
        bars,
        [
            (&at(0), &json!(0), &json!([0, 0])),
            (&at(6), &json!(2), &json!([2, 0])),
            (&at(12), &json!(3), &json!([1, 2])),
            (&at(18), &json!(0), &json!([0, 0])),
        ]
    );
    assert_eq!((&answer["total"], &answer["outside"]), (&json!(5), &json!(0)));
    assert_eq!(refused(&server, "sign_in_log/histogram", json!({"histogram": {"split": "tags"}})).await.0, "histogram.split");
    assert_eq!(refused(&server, "sign_in_log/histogram", json!({"histogram": {"bucket": "decade"}})).await.0, "histogram.bucket");
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_in_time_counts_nobody_twice() {
    let server = house().await;
    let answer = ask(&server, "login_logout/signed_in", json!({})).await;
    let days: Vec<(&Value, &Value, &Value)> =
        answer["days"].as_array().unwrap().iter().map(|day| (&day["agent"], &day["seconds"], &day["sessions"])).collect();
    assert_eq!(days, [(&json!("mara"), &json!(6 * 3_600), &json!(2)), (&json!("omar"), &json!(15 * 3_600), &json!(1))]);
    assert_eq!((&answer["seconds"], &answer["agents"]), (&json!(21 * 3_600), &json!(2)));
    let csv = text(&server, "login_logout/signed_in", "text/csv", json!({})).await;
    assert!(csv.starts_with("agent,agent_name,day,"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
    assert_eq!(refused(&server, "sign_in_log/signed_in", json!({})).await.0, "report");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_travels_in_an_address() {
    let server = house().await;
    let definition = of_that_day(json!({"report": "login_logout", "columns": ["agent"], "sort": [{"field": "agent"}]}));
    let compact = ok(server.post("/api/v1/reports/compact").json(&definition)).await["compact"].as_str().unwrap().to_owned();
    let back = ok(server.get(&format!("/api/v1/reports/compact/{compact}"))).await;
    assert_eq!((&back["report"], &back["columns"]), (&json!("login_logout"), &json!(["agent"])));
    let page = ok(server.get(&format!("/api/v1/reports/query?definition={compact}&limit=1"))).await;
    assert_eq!((&page["rows"], &page["total"]), (&json!([{"agent": "mara"}]), &json!(3)));
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = ok(server.get(&format!("/api/v1/reports/query?definition={compact}&cursor={cursor}"))).await;
    assert_eq!(next["rows"], json!([{"agent": "mara"}, {"agent": "omar"}]));
    problem(server.get("/api/v1/reports/query?definition=zzz"), 422).await;
    let values: Vec<String> = (0..2_000_u32).map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761))).collect();
    let long = json!({"report": "login_logout", "filters": [{"field": "agent", "values": values}]});
    let too_long = problem(server.post("/api/v1/reports/compact").json(&long), 422).await;
    assert!(too_long["detail"].as_str().unwrap().contains("Save the report and use its id"), "{too_long}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ships_can_be_asked_everywhere() {
    let server = house().await;
    let shipped = ok(server.get("/api/v1/reports/shipped")).await;
    let shipped = shipped["reports"].as_array().unwrap();
    assert!(!shipped.is_empty());
    for report in shipped {
        let kind = report["definition"]["report"].as_str().unwrap();
        let question = if report["definition"].get("group_by").is_some() { "groups" } else { "query" };
        ok(server.post(&format!("/api/v1/reports/{kind}/{question}")).json(&report["definition"])).await;
        let compact = report["compact"].as_str().unwrap();
        assert_eq!(ok(server.get(&format!("/api/v1/reports/compact/{compact}"))).await, report["definition"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_answers_the_same_questions() {
    let server = house().await;
    let definition = of_that_day(json!({"report": "login_logout", "group_by": [{"field": "channel"}]}));
    let saved = server.post("/api/v1/saved-reports").json(&json!({"name": "Channels", "definition": definition}));
    let saved = saved.send().await.unwrap();
    assert_eq!(saved.status(), 201);
    let address = saved.headers()["location"].to_str().unwrap().to_owned();
    let asked = async |question: &str, body: Value| ok(server.post(&format!("{address}/{question}")).json(&body)).await;
    assert_eq!(asked("groups", json!({"limit": 1})).await["total"], 2);
    assert_eq!(asked("facets", json!({"facets": ["channel"]})).await["facets"][0]["values"][0]["rows"], 2);
    assert_eq!(asked("histogram", json!({"histogram": {"bucket": "day"}})).await["bars"][0]["rows"], 3);
    assert_eq!(asked("signed_in", json!({})).await["agents"], 2);
}
