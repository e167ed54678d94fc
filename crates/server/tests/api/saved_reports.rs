//! Saved reports: kept as they were saved, changed by one at a time, run as any other.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use reqwest::{Method, RequestBuilder, Response};
use rollcall_access::KeyScope;
use rollcall_control::Control;
use rollcall_ledger::Ledger;
use rollcall_model::TenantId;
use rollcall_server::local_router;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::harness::{Engine, Home, Server, Setup, Unserved, ok, problem, sign_in, that_day};

const LIBRARY: &str = "/api/v1/saved-reports";
const EDITOR: &[KeyScope] = &[KeyScope::ReportsRead, KeyScope::ReportsWrite];

/// Somebody with a key.
struct Person<'a> {
    server: &'a Server,
    key: String,
}

impl Person<'_> {
    async fn with<'a>(server: &'a Server, scopes: &[KeyScope]) -> Person<'a> {
        Person { server, key: server.key_with(scopes).await }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.server.bare(method, path).bearer_auth(&self.key)
    }

    fn save(&self, name: &str) -> RequestBuilder {
        self.request(Method::POST, LIBRARY).json(&json!({"name": name, "definition": yesterday()}))
    }

    fn patch(&self, address: &str, tag: &str, change: &Value) -> RequestBuilder {
        self.request(Method::PATCH, address).header("if-match", tag).json(change)
    }

    async fn names(&self, parameters: &str) -> Vec<String> {
        let library = ok(self.request(Method::GET, &format!("{LIBRARY}{parameters}"))).await;
        library["reports"].as_array().unwrap().iter().map(|report| report["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn yesterday() -> Value {
    json!({"report": "login_logout", "range": {"preset": "yesterday"}, "time_zone": "Europe/Stockholm"})
}

/// A saved report: its address, its tag, and itself.
async fn saved(request: RequestBuilder) -> (String, String, Value) {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    let address = response.headers()["location"].to_str().unwrap().to_owned();
    (address, tag(&response), response.json().await.unwrap())
}

async fn tag_of(request: RequestBuilder) -> String {
    tag(&request.send().await.unwrap())
}

fn tag(response: &Response) -> String {
    response.headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_kept_as_it_was_saved() {
    let server = Server::start().await;
    let mara = Person::with(&server, EDITOR).await;
    let (address, tag_of_new, report) = saved(mara.save("  Yesterday ")).await;
    assert_eq!(tag_of_new, "\"1\"");
    assert_eq!((&report["name"], &report["report"]), (&json!("Yesterday"), &json!("login_logout")));
    assert_eq!((&report["mine"], &report["published"], &report["owner_name"]), (&json!(true), &json!(false), &json!("test")));
    assert_eq!(report["definition"], yesterday());
    let opened = mara.request(Method::GET, &address).send().await.unwrap();
    assert_eq!(tag(&opened), "\"1\"");
    assert_eq!(opened.json::<Value>().await.unwrap(), report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_preset_is_the_dates_that_it_means_now() {
    let server = Server::start().await;
    let mara = Person::with(&server, EDITOR).await;
    let body = json!({"name": "Frozen", "definition": yesterday(), "freeze": true});
    let (_, _, report) = saved(mara.request(Method::POST, LIBRARY).json(&body)).await;
    let range = &report["definition"]["range"];
    assert!(range["from"].is_string() && range["from"] == range["to"], "{range}");
    // Later on, too.
    let (address, tag, _) = saved(mara.save("Open")).await;
    let frozen = ok(mara.patch(&address, &tag, &json!({"freeze": true}))).await;
    assert_eq!((&frozen["definition"]["range"], &frozen["version"]), (range, &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_is_refused_is_told_by_its_field() {
    let server = Server::start().await;
    let mara = Person::with(&server, EDITOR).await;
    let save = |definition: Value| mara.request(Method::POST, LIBRARY).json(&json!({"name": "x", "definition": definition}));
    let cases = [
        (json!({}), "report"),
        (json!({"report": "colours"}), "report"),
        (json!({"report": "login_logout", "range": {"preset": "tomorrow"}}), "range.preset"),
        (json!({"report": "login_logout", "columns": ["colour"]}), "columns[0]"),
        (json!({"report": "login_logout", "limit": 5}), "limit"),
    ];
    for (definition, field) in cases {
        let refused = problem(save(definition), 422).await;
        assert_eq!((&refused["type"], &refused["field"]), (&json!("/problems/invalid-definition"), &json!(field)));
    }
    let nameless = mara.request(Method::POST, LIBRARY).json(&json!({"name": " ", "definition": yesterday()}));
    assert_eq!(problem(nameless, 422).await["field"], "name");
    problem(mara.request(Method::POST, LIBRARY), 422).await;
    assert!(mara.names("").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_unique_per_owner() {
    let server = Server::start().await;
    let (mara, rune) = (Person::with(&server, EDITOR).await, Person::with(&server, EDITOR).await);
    saved(mara.save("Yesterday")).await;
    let taken = problem(mara.save("YESTERDAY"), 409).await;
    assert_eq!((&taken["type"], &taken["field"]), (&json!("/problems/conflict"), &json!("name")));
    saved(rune.save("Yesterday")).await;
    let (address, tag, _) = saved(mara.save("Today")).await;
    problem(mara.patch(&address, &tag, &json!({"name": "yesterday"})), 409).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_edit_the_same_report_do_not_overwrite_each_other() {
    let server = Server::start().await;
    let mara = Person::with(&server, EDITOR).await;
    let (address, tag_of_new, _) = saved(mara.save("Yesterday")).await;
    let unsaid = mara.request(Method::PATCH, &address).json(&json!({"name": "Mine"}));
    assert_eq!(problem(unsaid, 428).await["type"], "/problems/precondition-required");
    assert_eq!(problem(mara.request(Method::DELETE, &address), 428).await["field"], "If-Match");

    let first = mara.patch(&address, &tag_of_new, &json!({"name": "First"})).send().await.unwrap();
    assert_eq!(tag(&first), "\"2\"");
    let second = problem(mara.patch(&address, &tag_of_new, &json!({"name": "Second"})), 412).await;
    assert_eq!((&second["type"], &second["present_version"]), (&json!("/problems/precondition-failed"), &json!(2)));
    problem(mara.request(Method::DELETE, &address).header("if-match", &tag_of_new), 412).await;
    assert_eq!(mara.names("").await, ["First"]);

    // What changes nothing makes no version.
    let same = mara.patch(&address, "\"2\"", &json!({"name": "First"})).send().await.unwrap();
    assert_eq!(tag(&same), "\"2\"");
    let whole = json!({"name": "Whole", "definition": {"report": "sign_in_log"}, "published": true});
    let whole = ok(mara.request(Method::PUT, &address).header("if-match", "*").json(&whole)).await;
    assert_eq!((&whole["report"], &whole["version"], &whole["published"]), (&json!("sign_in_log"), &json!(3), &json!(true)));
    let deleted = mara.request(Method::DELETE, &address).header("if-match", "\"3\"").send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    problem(mara.request(Method::GET, &address), 404).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_lists_ones_own_and_what_others_publish() {
    let server = Server::start().await;
    let (mara, rune) = (Person::with(&server, EDITOR).await, Person::with(&server, EDITOR).await);
    let (address, tag, _) = saved(mara.save("Night shift")).await;
    saved(mara.save("Absences")).await;
    saved(rune.save("Rune's own")).await;
    assert_eq!(mara.names("").await, ["Absences", "Night shift"]);
    assert_eq!(rune.names("").await, ["Rune's own"]);
    // Who has not published it has not told anybody that it is there: a link gives no rights.
    problem(rune.request(Method::GET, &address), 404).await;
    problem(rune.request(Method::POST, &format!("{address}/query")), 404).await;

    ok(mara.patch(&address, &tag, &json!({"published": true}))).await;
    assert_eq!(rune.names("").await, ["Night shift", "Rune's own"]);
    assert_eq!(rune.names("?search=NIGHT").await, ["Night shift"]);
    assert_eq!(rune.names("?kind=login-logout&search=own").await, ["Rune's own"]);
    assert!(rune.names("?kind=sign_in_log").await.is_empty());
    assert_eq!(problem(rune.request(Method::GET, &format!("{LIBRARY}?kind=colours")), 400).await["field"], "kind");
    let opened = ok(rune.request(Method::GET, &address)).await;
    assert_eq!(opened["mine"], false);
    let refused = problem(rune.patch(&address, "\"2\"", &json!({"name": "Ours"})), 403).await;
    assert_eq!(refused["needed_scope"], "reports:admin");

    problem(rune.request(Method::GET, &format!("{LIBRARY}?all=true")), 403).await;
    let admin = Person::with(&server, &[KeyScope::ReportsRead, KeyScope::ReportsWrite, KeyScope::ReportsAdmin]).await;
    assert_eq!(admin.names("").await, ["Night shift"]);
    assert_eq!(admin.names("?all=true").await, ["Absences", "Night shift", "Rune's own"]);
    ok(admin.patch(&address, "\"2\"", &json!({"published": false}))).await;
    assert_eq!(rune.names("").await, ["Rune's own"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_read_saves_nothing() {
    let server = Server::start().await;
    let reader = Person::with(&server, &[KeyScope::ReportsRead]).await;
    assert_eq!(problem(reader.save("x"), 403).await["needed_scope"], "reports:write");
    // Who saves a report must be able to open it.
    let writer = Person::with(&server, &[KeyScope::ReportsWrite]).await;
    assert_eq!(problem(writer.save("x"), 403).await["needed_scope"], "reports:read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_report_is_run_as_its_definition_is() {
    let server = Server::start().await;
    let events: Vec<Value> = (0..5).map(|number| sign_in(number, "mara")).collect();
    server.send(&json!(events)).await;
    let definition = json!({"report": "sign_in_log", "range": that_day(), "columns": ["account", "event_time"]});
    let body = json!({"name": "That day", "definition": definition});
    let (address, _, _) = saved(server.post(LIBRARY).json(&body)).await;
    let query = format!("{address}/query");
    let mut direct = server.page("sign_in_log", &json!({"range": that_day(), "columns": ["account", "event_time"], "limit": 2})).await;
    let mut run = ok(server.post(&query).json(&json!({"limit": 2}))).await;
    let cursor = run["next_cursor"].take();
    direct["next_cursor"].take();
    assert_eq!((&run["rows"], &run["columns"], &run["total"]), (&direct["rows"], &direct["columns"], &json!(5)));
    let next = ok(server.post(&query).json(&json!({"limit": 10, "cursor": cursor}))).await;
    assert_eq!(next["rows"].as_array().unwrap().len(), 3);
    let csv = server.post(&query).header("accept", "text/csv").send().await.unwrap().text().await.unwrap();
    assert_eq!(csv.lines().count(), 6);
    assert_eq!(problem(server.post(&query).json(&json!({"limit": -1})), 422).await["field"], "limit");
    problem(server.post(&query).json(&json!({"columns": ["account"]})), 422).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_recorded_with_before_and_after() {
    let server = Server::start().await;
    let mara = Person::with(&server, EDITOR).await;
    let (address, tag, report) = saved(mara.save("Yesterday")).await;
    let tag = tag_of(mara.patch(&address, &tag, &json!({"name": "Before"}))).await;
    let tag = tag_of(mara.patch(&address, &tag, &json!({"published": true}))).await;
    let tag = tag_of(mara.patch(&address, &tag, &json!({"published": false}))).await;
    problem(mara.patch(&address, "\"1\"", &json!({"name": "Too late"})), 412).await;
    mara.request(Method::DELETE, &address).header("if-match", tag).send().await.unwrap();

    let record = server.own_record().await;
    let activities: Vec<&str> = record.iter().map(|event| event["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["Created", "Updated", "Published", "Unpublished", "Deleted"]);
    for event in &record {
        assert_eq!(
            (&event["source"], &event["application"], &event["entity"]),
            (&json!("rollcall"), &json!("Rollcall"), &json!("Saved Report"))
        );
        assert_eq!((&event["instance"], &event["effect"], &event["outcome"]), (&report["id"], &json!("change"), &json!("success")));
        assert_eq!((&event["triggered_by_id"], &event["triggered_by_name"]), (&report["owner"], &json!("test")));
    }
    // It is no source by whose silence a report would be incomplete.
    assert_eq!(ok(server.get("/api/v1/status")).await["sources"], json!([]));
    let details = &record[1]["details"];
    assert_eq!((&details["before"]["name"], &details["after"]["name"]), (&json!("Yesterday"), &json!("Before")));
    assert_eq!((&record[0]["details"]["before"], &record[4]["details"]["after"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_between_the_ledger_and_the_outbox_is_recorded_once() {
    let home = Arc::new(Home::new(Engine::Sqlite));
    let stopped = Unserved::open(&home, "", Setup::default()).await;
    let body = json!({"name": "x", "definition": yesterday()}).to_string();
    let request = Request::post(LIBRARY).header("content-type", "application/json").body(Body::from(body)).unwrap();
    let response = local_router(Arc::clone(&stopped.app)).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 201);
    let waiting = async |control: &Control| control.outbox().count().await.unwrap();
    let events = |ledger: &Ledger| ledger.next_seq(&TenantId::default()).unwrap();
    assert_eq!((waiting(&stopped.control).await, events(&stopped.ledger)), (1, 0));
    // Appended, and then everything ends before the outbox learns of it.
    assert_eq!(stopped.app.append_pending().await.unwrap().len(), 1);
    assert_eq!((waiting(&stopped.control).await, events(&stopped.ledger)), (1, 1));
    stopped.close().await;

    let again = Server::start_on(home, Setup::default()).await;
    assert_eq!(again.own_record().await.len(), 1);
    assert_eq!((waiting(&again.control).await, again.events()), (0, 1));
}
