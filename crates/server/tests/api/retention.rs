//! What is kept: how long, what goes, and holds that stop it.

use jiff::ToSpan;
use rollcall_access::KeyScope;
use serde_json::{Value, json};

use crate::harness::{Engine, Server, id, ok, on_both_engines, problem};

on_both_engines![events_go_after_their_days_unless_there_is_a_hold, what_can_not_be_meant_is_refused_and_named,];

async fn admin(server: &Server) -> String {
    server.key_with(&[KeyScope::StoreAdmin]).await
}

fn activity(number: usize, days_ago: i64) -> Value {
    let time = jiff::Timestamp::now().checked_sub((days_ago * 24).hours()).unwrap();
    json!({"event_id": id(number), "event_time": time.to_string(), "category": "activity", "activity": "Updated", "outcome": "success"})
}

async fn events_go_after_their_days_unless_there_is_a_hold(engine: Engine) {
    let server = Server::on(engine).await;
    let key = admin(&server).await;
    let post = |path: &str| server.bare(reqwest::Method::POST, &format!("/api/v1/{path}")).bearer_auth(&key);
    let get = |path: &str| server.bare(reqwest::Method::GET, &format!("/api/v1/{path}")).bearer_auth(&key);
    server.send(&json!([activity(1, 40), activity(2, 20), activity(3, 0)])).await;
    ok(server.post("/api/v1/archive")).await;
    let for_ever = json!({"days": {"access": null, "activity": null, "integration_failure": null, "webhook_failure": null}});
    assert_eq!(ok(get("retention")).await, for_ever);
    let set = ok(post("retention").json(&json!({"activity": 30, "access": 90}))).await;
    assert_eq!((&set["days"]["activity"], &set["days"]["access"]), (&json!(30), &json!(90)));
    let unset = ok(post("retention").json(&json!({"access": null}))).await;
    assert_eq!(unset["days"], json!({"access": null, "activity": 30, "integration_failure": null, "webhook_failure": null}));

    let hold = ok(post("holds").json(&json!({"name": "case 7/2026", "reason": "the court asks"}))).await;
    assert_eq!(ok(get("holds")).await, json!({"holds": [hold]}));
    let held = ok(post("retention/run")).await;
    assert_eq!((&held["on_hold"], &held["files"]), (&json!([hold]), &json!(0)));
    assert_eq!(ok(post("holds/case%207%2F2026/release")).await, json!({"released": true}));
    assert_eq!(ok(post("holds/case%207%2F2026/release")).await, json!({"released": false}));

    let preview = ok(post("retention/run?dry_run=true")).await;
    let run = ok(post("retention/run")).await;
    for (answer, is_dry_run) in [(&preview, true), (&run, false)] {
        assert_eq!((&answer["dry_run"], &answer["removed"][0]["events"]), (&json!(is_dry_run), &json!(1)), "{answer}");
        assert_eq!((&answer["removed"][0]["category"], answer["deleted_from"].is_null()), (&json!("activity"), is_dry_run), "{answer}");
    }
    assert_eq!(ok(post("retention/run")).await["removed"][0]["events"], 0);
}

async fn what_can_not_be_meant_is_refused_and_named(engine: Engine) {
    let server = Server::on(engine).await;
    let key = admin(&server).await;
    let post = |path: &str, body: Value| server.bare(reqwest::Method::POST, &format!("/api/v1/{path}")).bearer_auth(&key).json(&body);
    for (body, field) in [(json!({"acess": 30}), "acess"), (json!({"access": 0}), "access"), (json!({"access": 36_501}), "access")] {
        let refused = problem(post("retention", body), 422).await;
        assert_eq!((&refused["type"], &refused["field"]), (&json!("/problems/invalid-body"), &json!(field)));
    }
    for (body, field) in [
        (json!({"name": " ", "reason": "x"}), "name"),
        (json!({"name": "a\nb", "reason": "x"}), "name"),
        (json!({"name": "x", "reason": "y".repeat(1_001)}), "reason"),
    ] {
        assert_eq!(problem(post("holds", body), 422).await["field"], field);
    }
    problem(post("retention/run?dry_run=perhaps", json!({})), 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_about_keeping_is_on_record_with_before_and_after() {
    let server = Server::start().await;
    ok(server.post("/api/v1/retention").json(&json!({"activity": 400}))).await;
    problem(server.post("/api/v1/retention").json(&json!({"activity": 0})), 422).await;
    ok(server.post("/api/v1/holds").json(&json!({"name": "case 7", "reason": "the court asks"}))).await;
    ok(server.post("/api/v1/holds/case%207/release")).await;
    ok(server.post("/api/v1/holds/none/release")).await;
    ok(server.post("/api/v1/retention/run?dry_run=true")).await;
    ok(server.post("/api/v1/retention/run")).await;
    let told: Vec<(String, String, Value)> = server
        .own_record()
        .await
        .iter()
        .filter(|event| event["effect"] == "change")
        .map(|event| {
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            (text("entity"), text("activity"), event["details"].clone())
        })
        .collect();
    let names: Vec<(&str, &str)> = told.iter().map(|(entity, activity, _)| (entity.as_str(), activity.as_str())).collect();
    assert_eq!(names, [("Settings", "Updated"), ("Legal Hold", "Placed"), ("Legal Hold", "Released"), ("Retention", "Run")]);
    assert_eq!((&told[0].2["before"]["days"]["activity"], &told[0].2["after"]["days"]["activity"]), (&Value::Null, &json!(400)));
    assert_eq!((&told[1].2["before"], &told[1].2["after"]["reason"]), (&Value::Null, &json!("the court asks")));
    assert_eq!((&told[2].2["before"]["name"], &told[2].2["after"]), (&json!("case 7"), &Value::Null));
    assert_eq!(told[3].2["after"]["on_hold"], json!(false));
}
