//! Schedules over HTTP: set up, changed, run, and what they have delivered.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use rollcall_access::Permission;
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::people::Wanted;

const SCHEDULES: &str = "/api/v1/schedules";

/// A saved report of login/logout.
async fn report(server: &Server, name: &str) -> String {
    let body = json!({"name": name, "definition": {"report": "login_logout", "range": {"preset": "today"}}});
    made(server.post("/api/v1/saved-reports").json(&body)).await["id"].as_str().unwrap().to_owned()
}

/// A destination that is a folder.
async fn destination(server: &Server) -> String {
    let folder = server.home.folder.path().join("deliveries").join("out");
    std::fs::create_dir_all(&folder).unwrap();
    let body = json!({"name": "Out", "kind": "folder", "config": {"path": folder}});
    made(server.post("/api/v1/destinations").json(&body)).await["id"].as_str().unwrap().to_owned()
}

async fn made(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    assert_eq!(status, StatusCode::CREATED, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn accepted(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    response.json().await.unwrap()
}

/// A run that is over.
async fn over(server: &Server, id: &Value) -> Value {
    for _ in 0..600 {
        let run = ok(server.get(&format!("/api/v1/runs/{}", id.as_str().unwrap()))).await;
        if !matches!(run["status"].as_str().unwrap(), "waiting" | "running") {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run is not over");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_it_would_run_is_told_before_it_is_made() {
    let server = Server::start().await;
    let preview = |body: Value| server.post("/api/v1/schedules/preview").json(&body);
    let weekly = json!({"rule": {"every": "week", "on": ["monday"]}, "time_zone": "Europe/Stockholm", "range": "previous_week"});
    let told = ok(preview(weekly)).await;
    let runs = told["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 5);
    for run in runs {
        assert!(
            run["words"].as_str().unwrap().starts_with("Mon ") && run["words"].as_str().unwrap().ends_with("00:00 (Europe/Stockholm)"),
            "{run}"
        );
        assert_eq!(run["range"]["to"], run["due_at"], "the week that ends then");
    }
    let due: Vec<&str> = runs.iter().map(|run| run["due_at"].as_str().unwrap()).collect();
    assert!(due.is_sorted() && due.windows(2).all(|pair| pair[0] != pair[1]), "{due:?}");
    assert_eq!(ok(preview(json!({}))).await["runs"].as_array().unwrap().len(), 5, "daily in UTC is the usual");
    for (body, field) in [
        (json!({"time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"range": "someday"}), "range"),
        (json!({"rule": {"every": "week", "on": []}}), "rule.on"),
    ] {
        assert_eq!(problem(preview(body), 422).await["field"], field);
    }
    assert_eq!(ok(server.get(SCHEDULES)).await["schedules"], json!([]), "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_made_changed_paused_run_and_deleted() {
    let server = Server::start().await;
    let (report, destination) = (report(&server, "Night shift").await, destination(&server).await);
    let wish = json!({"report_id": report, "time_zone": "Europe/Stockholm", "destinations": [destination], "prefix": "Daily"});
    let schedule = made(server.post(SCHEDULES).json(&wish)).await;
    assert_eq!(schedule["rule_words"], "every day at 00:00 (Europe/Stockholm)");
    assert_eq!((&schedule["range"], &schedule["max_wait_hours"], &schedule["mine"]), (&json!("ended_day"), &json!(6), &json!(true)));
    assert!(schedule["next_run"].as_str().unwrap().ends_with("00:00 (Europe/Stockholm)"), "{schedule}");
    assert_eq!(ok(server.get(&format!("/api/v1/saved-reports/{report}"))).await["published"], true);

    let address = format!("{SCHEDULES}/{}", schedule["id"].as_str().unwrap());
    let patch = |tag: &str, body: Value| server.request(Method::PATCH, &address).header("if-match", tag).json(&body);
    let weekly = json!({"rule": {"every": "week", "on": ["wednesday"]}, "range": "previous_week", "file": {"format": "ndjson"}});
    assert_eq!(ok(patch("\"1\"", weekly)).await["rule_words"], "every Wednesday at 00:00 (Europe/Stockholm)");
    problem(patch("\"1\"", json!({"prefix": "x"})), 412).await;
    problem(server.request(Method::PATCH, &address).json(&json!({})), 428).await;
    for (body, field) in [
        (json!({"time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"range": "tomorrow"}), "range"),
        (json!({"file": {"format": "doc"}}), "file.format"),
        (json!({"destinations": []}), "destinations"),
        (json!({"destinations": ["018f3e1c-7a52-7c31-9d1e-000000000001"]}), "destinations"),
        (json!({"question": "groups"}), "question"),
    ] {
        assert_eq!(problem(patch("\"2\"", body), 422).await["field"], field);
    }
    let paused = ok(server.post(&format!("{address}/pause"))).await;
    assert_eq!((&paused["paused"], &paused["next_run_at"]), (&json!(true), &Value::Null));
    assert_eq!(ok(server.post(&format!("{address}/resume"))).await["paused"], false);

    let run = accepted(server.post(&format!("{address}/run"))).await;
    let run = over(&server, &run["id"]).await;
    assert_eq!((&run["status"], &run["number"], &run["rows"]), (&json!("succeeded"), &json!(1), &json!(0)), "{run}");
    let place = run["destinations"][0]["place"].as_str().unwrap();
    assert!(place.contains("/Reports/Daily/") && std::fs::exists(place).unwrap(), "{place}");
    let file = server.get(&format!("/api/v1/runs/{}/file", run["id"].as_str().unwrap())).send().await.unwrap();
    assert_eq!(file.status(), StatusCode::OK);
    assert_eq!(file.headers()["content-disposition"], "attachment; filename=\"Login_Logout report.ndjson\"");
    assert_eq!(ok(server.get(&format!("{address}/runs?status=succeeded"))).await["runs"].as_array().unwrap().len(), 1);
    assert_eq!(problem(server.get("/api/v1/runs?status=done"), 400).await["field"], "status");

    problem(server.request(Method::DELETE, &address), 428).await;
    let deleted = server.request(Method::DELETE, &address).header("if-match", "*").send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    problem(server.get(&address), 404).await;
    assert_eq!(ok(server.get("/api/v1/runs")).await["runs"][0]["id"], run["id"], "what it has delivered stays");
    problem(server.post(&format!("/api/v1/runs/{}/restate", run["id"].as_str().unwrap())), 409).await;

    let record = server.own_record().await;
    let of = |entity: &str| -> Vec<&str> {
        record.iter().filter(|event| event["entity"] == entity).map(|event| event["activity"].as_str().unwrap()).collect()
    };
    assert_eq!(of("Schedule"), ["Created", "Updated", "Paused", "Resumed", "Deleted"]);
    assert_eq!(of("Schedule Run"), ["Requested", "Succeeded", "Downloaded"]);
    assert_eq!(of("Saved Report"), ["Created", "Published"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_scheduled_asks_before_it_goes() {
    let server = Server::start().await;
    let (report, destination) = (report(&server, "Night shift").await, destination(&server).await);
    let schedule = made(server.post(SCHEDULES).json(&json!({"report_id": report, "destinations": [destination]}))).await;
    let address = format!("/api/v1/saved-reports/{report}");
    let with = |method: Method, query: &str| server.request(method, &format!("{address}{query}")).header("if-match", "*");
    let refused = problem(with(Method::DELETE, ""), 409).await;
    assert!(refused["detail"].as_str().unwrap().contains(schedule["id"].as_str().unwrap()), "{refused}");
    problem(with(Method::PATCH, "").json(&json!({"published": false})), 409).await;
    assert_eq!(problem(with(Method::DELETE, "?schedules=keep"), 400).await["field"], "schedules");
    ok(with(Method::PATCH, "").json(&json!({"name": "Day shift"}))).await;
    ok(with(Method::PATCH, "?schedules=delete").json(&json!({"published": false}))).await;
    assert_eq!(ok(server.get(SCHEDULES)).await["schedules"], json!([]));
    let deleted = with(Method::DELETE, "").send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_see_to_it_who_may_and_nobody_has_rows_that_they_may_not_see() {
    let server = Server::start().await;
    let (report, destination) = (report(&server, "Night shift").await, destination(&server).await);
    let schedule = made(server.post(SCHEDULES).json(&json!({"report_id": report, "destinations": [destination]}))).await;
    let address = format!("{SCHEDULES}/{}", schedule["id"].as_str().unwrap());
    let run = accepted(server.post(&format!("{address}/run"))).await;
    let run = over(&server, &run["id"]).await;
    let file = format!("/api/v1/runs/{}/file", run["id"].as_str().unwrap());

    let viewer = server.person_with("vera", &["viewer"]).await;
    problem(viewer.request(Method::GET, SCHEDULES), 403).await;
    // Who may do all with the login/logout report sees to all that are scheduled, and to their reports.
    let supervisor = server.person_with("sune", &["supervisor"]).await;
    assert_eq!(ok(supervisor.request(Method::GET, &address)).await["mine"], false);
    let taken = supervisor.request(Method::PATCH, &address).header("if-match", "\"1\"").json(&json!({"take_over": true}));
    assert_eq!(ok(taken).await["mine"], true);
    let renamed = supervisor.request(Method::PATCH, &format!("/api/v1/saved-reports/{report}")).header("if-match", "*");
    ok(renamed.json(&json!({"name": "Day shift"}))).await;

    let north = Scope::Parts(vec![ScopePart { hierarchies: vec!["North".to_owned()], ..ScopePart::default() }]);
    let of_north = server.profile("North", &[Permission::LoginLogoutAll], north).await;
    let nora = server.person(Wanted { account: "nora", profiles: &[&of_north], ..Wanted::default() }).await;
    assert_eq!(ok(nora.request(Method::GET, &format!("/api/v1/runs/{}", run["id"].as_str().unwrap()))).await["status"], "succeeded");
    problem(nora.request(Method::GET, &file), 403).await;
    let response = supervisor.request(Method::GET, &file).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);

    // Of another kind of report they see nobody else's.
    let body = json!({"name": "Sign-ins", "definition": {"report": "sign_in_log"}});
    let log = made(server.post("/api/v1/saved-reports").json(&body)).await;
    let others = made(server.post(SCHEDULES).json(&json!({"report_id": log["id"], "destinations": [destination]}))).await;
    problem(supervisor.request(Method::GET, &format!("{SCHEDULES}/{}", others["id"].as_str().unwrap())), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_of_failures_is_set_in_versions() {
    let server = Server::start().await;
    let address = "/api/v1/settings/alerts";
    assert_eq!(ok(server.get(address)).await["destinations"], json!([]));
    let put = |tag: &str, body: Value| server.request(Method::PUT, address).header("if-match", tag).json(&body);
    let config = json!({"host": "127.0.0.1", "from": "rollcall@example.com", "to": ["desk@example.com"]});
    let mail = made(server.post("/api/v1/destinations").json(&json!({"name": "Desk", "kind": "smtp", "config": config}))).await;
    let set = ok(put("\"1\"", json!({"destinations": [mail["id"]]}))).await;
    assert_eq!(set["destinations"], json!([mail["id"]]));
    problem(put("\"1\"", json!({"destinations": []})), 412).await;
    let folder = destination(&server).await;
    let refused = problem(put("\"2\"", json!({"destinations": [folder]})), 422).await;
    assert!(refused["detail"].as_str().unwrap().contains("smtp or webhook"), "{refused}");
    assert_eq!(problem(put("\"2\"", json!({"destinations": [mail["id"], mail["id"]]})), 422).await["field"], "destinations");
}
