//! The activity catalogue of a tenant.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};

const CATALOGUE: &str = "/api/v1/catalogue";
const ENTRIES: &str = "/api/v1/catalogue/entries";

async fn applications(server: &Server, parameters: &str) -> Vec<String> {
    let catalogue = ok(server.get(&format!("{CATALOGUE}{parameters}"))).await;
    catalogue["applications"].as_array().unwrap().iter().map(|application| application["name"].as_str().unwrap().to_owned()).collect()
}

async fn switch(server: &Server, method: Method, name: &str) -> Value {
    ok(server.request(method, &format!("{CATALOGUE}/applications/{name}"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_offers_the_applications_that_are_switched_on() {
    let server = Server::start().await;
    assert_eq!(applications(&server, "").await.len(), 17);
    // By its other name, too.
    let on = switch(&server, Method::PUT, "Workforce%20Management").await;
    assert_eq!(on, json!({"application": "WFM", "switched_on": true}));
    assert_eq!(applications(&server, "").await, ["WFM", "Rollcall"]);
    assert_eq!(applications(&server, "?all=true").await.len(), 17);
    assert_eq!(ok(server.get(CATALOGUE)).await["switched_on"], json!(["WFM"]));
    switch(&server, Method::PUT, "WFM").await;
    switch(&server, Method::DELETE, "WFM").await;
    assert_eq!(applications(&server, "").await.len(), 17);
    let unknown = problem(server.request(Method::PUT, &format!("{CATALOGUE}/applications/Colours")), 404).await;
    assert_eq!(unknown["allowed"][0], "Analytics");
    let activities: Vec<Value> = server.own_record().await.into_iter().map(|mut event| event["activity"].take()).collect();
    assert_eq!(activities, ["Switched On", "Switched Off"], "what changes nothing is not recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_adds_entries_and_removes_them() {
    let server = Server::start().await;
    switch(&server, Method::PUT, "WFM").await;
    let entry = json!({"application": "Billing", "entity": "Invoice", "activity": "Sent", "effect": "change", "label": "Invoice sent"});
    let put = |entry: &Value| server.request(Method::PUT, ENTRIES).json(entry);
    assert_eq!(ok(put(&entry)).await, entry);
    ok(put(&entry)).await;
    let mut other = entry.clone();
    other["label"] = json!("Sent it");
    ok(put(&other)).await;
    let catalogue = ok(server.get(CATALOGUE)).await;
    assert_eq!(catalogue["entries"], json!([other]));
    // Who adds an application has it.
    let billing = catalogue["applications"].as_array().unwrap().iter().find(|application| application["name"] == "Billing").unwrap();
    let activity = &billing["entities"][0]["activities"][0];
    assert_eq!((&activity["name"], &activity["label"], &activity["effect"]), (&json!("Sent"), &json!("Sent it"), &json!("change")));
    assert_eq!((&billing["origin"], &activity["origin"]), (&json!("observed"), &json!("observed")));

    let remove = || server.request(Method::DELETE, &format!("{ENTRIES}?application=Billing&entity=Invoice&activity=Sent"));
    assert_eq!(remove().send().await.unwrap().status(), 204);
    problem(remove(), 404).await;
    assert_eq!(ok(server.get(CATALOGUE)).await["entries"], json!([]));
    let record = server.own_record().await;
    let activities: Vec<&str> = record.iter().map(|event| event["activity"].as_str().unwrap()).collect();
    assert_eq!(activities, ["Switched On", "Created", "Updated", "Deleted"]);
    assert_eq!((&record[2]["entity"], &record[2]["instance"]), (&json!("Catalogue Entry"), &json!("Billing / Invoice / Sent")));
    assert_eq!((&record[2]["details"]["before"], &record[2]["details"]["after"]), (&entry, &other));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_says_nothing_is_refused() {
    let server = Server::start().await;
    let put = |entry: &Value| server.request(Method::PUT, ENTRIES).json(entry);
    for entry in [json!({}), json!({"application": "Billing", "activity": "Sent"}), json!({"application": "x", "colour": 1})] {
        assert_eq!(problem(put(&entry), 422).await["type"], "/problems/invalid-body", "{entry}");
    }
    assert_eq!(problem(put(&json!({"application": " "})), 422).await["field"], "application");
    assert_eq!(problem(put(&json!({"application": "x", "label": "a\u{0}b"})), 422).await["field"], "label");
}
