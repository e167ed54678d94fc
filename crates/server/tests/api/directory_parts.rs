//! The directory as somebody sees and changes it who has a part of the organisation.

use reqwest::{Method, RequestBuilder};
use rollcall_access::Permission;
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::people::Browser;

/// A store with agents of two branches, and somebody who edits those of Stockholm.
async fn of_stockholm(server: &Server) -> Browser<'_> {
    for (id, hierarchy, account) in
        [("1", "EMEA / Stockholm / Night", "mara"), ("2", "EMEA / Lisbon", "rune"), ("3", "EMEA / Stock", "kim")]
    {
        let agent = json!({"agent_name": format!("Agent {id}"), "hierarchy": hierarchy, "accounts": [{"account": account}]});
        let put = server.request(Method::PUT, &format!("/api/v1/directory/agents/{id}")).json(&agent).send().await.unwrap();
        assert_eq!(put.status(), 201);
    }
    let part = ScopePart { hierarchies: vec!["EMEA / Stockholm".to_owned()], ..ScopePart::default() };
    let profile = server.profile("Stockholm", &[Permission::DirectoryEdit], Scope::Parts(vec![part])).await;
    server.person_with("lead", &[&profile]).await
}

fn put(lead: &Browser<'_>, id: &str, agent: &Value) -> RequestBuilder {
    lead.request(Method::PUT, &format!("/api/v1/directory/agents/{id}")).json(agent)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_the_agents_of_ones_part_alone() {
    let server = Server::start().await;
    let lead = of_stockholm(&server).await;
    let ids = |page: &Value| page["agents"].as_array().unwrap().iter().map(|agent| agent["employee_id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&ok(lead.get("/api/v1/directory/agents")).await), [json!("1")]);
    assert_eq!(ids(&ok(lead.get("/api/v1/directory/agents?search=rune")).await), [] as [Value; 0]);
    ok(lead.get("/api/v1/directory/agents/1")).await;
    let outside = problem(lead.get("/api/v1/directory/agents/2"), 404).await;
    let nobody = problem(lead.get("/api/v1/directory/agents/9"), 404).await;
    assert_eq!(outside["detail"].as_str().unwrap().replace('2', "9"), nobody["detail"].as_str().unwrap(), "outside is as if not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_part_are_full_and_end() {
    let server = Server::start().await;
    let agents: Vec<Value> = (0..2_500)
        .map(|number| json!({"employee_id": format!("{number:05}"), "hierarchy": if number % 100 == 0 { "EMEA / Stockholm" } else { "APAC" }}))
        .collect();
    ok(server.post("/api/v1/directory/import").json(&agents)).await;
    let lead = of_stockholm(&server).await;
    let (mut found, mut after) = (0, String::new());
    loop {
        let page = ok(lead.get(&format!("/api/v1/directory/agents?limit=10{after}"))).await;
        found += page["agents"].as_array().unwrap().len();
        let total = if after.is_empty() { json!(26) } else { Value::Null };
        assert_eq!(page["total"], total);
        match page["next_after"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
        assert_eq!(page["agents"].as_array().unwrap().len(), 10);
    }
    assert_eq!(found, 26);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changes_the_agents_of_ones_part_alone_and_moves_nobody_out_or_in() {
    let server = Server::start().await;
    let lead = of_stockholm(&server).await;
    let inside = json!({"agent_name": "Mara", "hierarchy": "EMEA / Stockholm"});
    ok(put(&lead, "1", &inside)).await;
    assert_eq!(put(&lead, "4", &inside).send().await.unwrap().status(), 201);
    problem(put(&lead, "1", &json!({"hierarchy": "EMEA / Lisbon"})), 403).await;
    problem(put(&lead, "5", &json!({"hierarchy": null})), 403).await;
    problem(put(&lead, "2", &inside), 404).await;
    problem(lead.request(Method::DELETE, "/api/v1/directory/agents/2"), 404).await;
    let before = ok(server.get("/api/v1/directory/agents/2")).await;
    let rows = json!([{"employee_id": "6", "hierarchy": "EMEA / Stockholm"}, {"employee_id": "2", "hierarchy": "EMEA / Stockholm"}]);
    problem(lead.post("/api/v1/directory/import", &rows), 404).await;
    problem(lead.get("/api/v1/directory/agents/6"), 404).await;
    // Whose an account is outside is not told.
    let taken = problem(put(&lead, "4", &json!({"hierarchy": "EMEA / Stockholm", "accounts": [{"account": "rune"}]})), 409).await;
    assert!(!taken.to_string().contains("agent 2") && taken["field"] == "accounts", "{taken}");
    assert_eq!(ok(server.get("/api/v1/directory/agents/2")).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watermark_tells_those_who_see_a_part_how_fresh_sources_are_and_not_how_much_they_send() {
    let server = Server::start().await;
    server.send(&crate::harness::sign_in(1, "mara")).await;
    let part = ScopePart { hierarchies: vec!["EMEA / Stockholm".to_owned()], ..ScopePart::default() };
    let profile = server.profile("Readers", &[Permission::SignInLogView], Scope::Parts(vec![part])).await;
    let reader = server.person_with("reader", &[&profile]).await;
    let query = json!({"range": crate::harness::that_day()});
    let source = |answer: Value| {
        answer["watermark"]["sources"].as_array().unwrap().iter().find(|source| source["source"] == "native").unwrap().clone()
    };
    let of_reader = source(ok(reader.post("/api/v1/reports/sign_in_log/query", &query)).await);
    assert_eq!((&of_reader["events"], &of_reader["rejected"]), (&Value::Null, &Value::Null));
    let of_all = source(server.page("sign_in_log", &query).await);
    assert_eq!((&of_all["events"], &of_all["newest_event_time"]), (&json!(1), &of_reader["newest_event_time"]));
    let sources = server.page("sign_in_log", &query).await["watermark"]["sources"].clone();
    assert!(!sources.to_string().contains("rollcall"), "Rollcall's own record is no source of a watermark: {sources}");
}
