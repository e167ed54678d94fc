//! Which rows somebody sees: those of their profiles, each for what it permits, whatever they ask.

use reqwest::Method;
use rollcall_access::Permission;
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;
use serde_json::{Value, json};

use crate::harness::{Server, id, ok, problem, that_day};
use crate::people::{Browser, Wanted};

const EXPORTS: &[&str] = &["text/csv", "application/x-ndjson"];

fn branch(name: &str) -> Scope {
    Scope::Parts(vec![ScopePart { hierarchies: vec![name.to_owned()], ..ScopePart::default() }])
}

/// Somebody's shift at a place: signed in at eight, out again at the hour.
fn shift(number: usize, account: &str, employee_id: &str, hierarchy: &str, until: usize) -> [Value; 2] {
    let event = |number: usize, hour: usize, activity: &str| {
        json!({
            "event_id": id(number), "event_time": format!("2026-04-15T{hour:02}:00:00Z"), "category": "access", "activity": activity,
            "outcome": "success", "account": account, "employee_id": employee_id, "channel": format!("phone of {hierarchy}"),
            "hierarchy": hierarchy,
        })
    };
    [event(number, 8, "sign_in"), event(number + 1, until, "sign_out")]
}

/// Two in the north, three in the south, and one whose place nobody knows.
async fn morning(server: &Server) {
    let mut events = Vec::new();
    for (number, (account, employee_id, hierarchy)) in [
        ("nils", "1", "North / Kiruna"),
        ("nora", "2", "North"),
        ("siri", "3", "South / Malmö"),
        ("sven", "4", "South"),
        ("sara", "5", "South"),
    ]
    .into_iter()
    .enumerate()
    {
        events.extend(shift(number * 2, account, employee_id, hierarchy, 12 + number));
    }
    let [mut come, mut gone] = shift(20, "odd", "6", "", 17);
    for event in [&mut come, &mut gone] {
        event.as_object_mut().unwrap().remove("hierarchy");
    }
    events.extend([come, gone]);
    assert_eq!(server.send(&json!(events)).await["accepted"], 12);
}

/// Somebody with profiles made of permissions and a scope each.
async fn person<'a>(server: &'a Server, account: &str, employee_id: Option<&str>, profiles: &[(&[Permission], Scope)]) -> Browser<'a> {
    let mut ids = Vec::new();
    for (number, (permissions, scope)) in profiles.iter().enumerate() {
        ids.push(server.profile(&format!("{account} {number}"), permissions, scope.clone()).await);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    server.person(Wanted { account, profiles: &ids, employee_id, ..Wanted::default() }).await
}

async fn ask(browser: &Browser<'_>, kind: &str, question: &str, mut members: Value) -> Value {
    members["range"] = that_day();
    ok(browser.post(&format!("/api/v1/reports/{kind}/{question}"), &members)).await
}

/// The accounts of the rows of a report, as a page shows them.
async fn accounts(browser: &Browser<'_>, kind: &str) -> Vec<String> {
    let page = ask(browser, kind, "query", json!({"columns": ["account"], "sort": [{"field": "account"}]})).await;
    let mut accounts: Vec<String> =
        page["rows"].as_array().unwrap().iter().map(|row| row["account"].as_str().unwrap().to_owned()).collect();
    assert_eq!(page["total"], accounts.len());
    accounts.dedup();
    accounts
}

/// All rows as a file; none if that is refused.
async fn export(browser: &Browser<'_>, kind: &str, accept: &str) -> Option<String> {
    let query = json!({"columns": ["account", "hierarchy"], "range": that_day(), "sort": [{"field": "account"}]});
    let path = format!("/api/v1/reports/{kind}/query");
    let response = browser.post(&path, &query).header("accept", accept).send().await.unwrap();
    match response.status().as_u16() {
        200 => Some(response.text().await.unwrap()),
        403 => None,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_one_branch_sees_nothing_of_another_whatever_they_ask() {
    let server = Server::start().await;
    morning(&server).await;
    let north = person(&server, "north", None, &[(&[Permission::LoginLogoutAll, Permission::SignInLogExport], branch("North"))]).await;
    let whole = server.person_with("whole", &["admin"]).await;
    let questions = [
        ("query", json!({"columns": ["account", "hierarchy", "channel"]})),
        ("groups", json!({"group_by": [{"field": "hierarchy"}, {"field": "account"}], "depth": 2, "measures": ["count", "agents"]})),
        ("facets", json!({"facets": ["account", "channel", "hierarchy", "agent"]})),
        ("histogram", json!({"histogram": {"bucket": "hour", "split": "account"}})),
        ("signed_in", json!({"group_by": [{"field": "account"}]})),
        ("changes", json!({"since_seq": 0, "columns": ["account", "channel"]})),
    ];
    for archived in [false, true] {
        for kind in ["login_logout", "sign_in_log"] {
            for (question, members) in &questions {
                if kind == "sign_in_log" && matches!(*question, "signed_in" | "changes") {
                    continue;
                }
                let told = ask(&north, kind, question, members.clone()).await.to_string();
                assert!(!told.contains("South") && !told.contains("Malmö"), "{kind} {question}, archived: {archived}: {told}");
                for stranger in ["siri", "sven", "sara", "odd"] {
                    assert!(!told.contains(stranger), "{kind} {question}, archived: {archived}: {told}");
                }
                assert!(told.contains("nora") || told.contains("phone of North"), "{kind} {question}, archived: {archived}: {told}");
                let all = ask(&whole, kind, question, members.clone()).await.to_string();
                assert!(all.contains("siri") || all.contains("phone of South"), "{kind} {question}: {all}");
            }
        }
        assert_eq!(accounts(&north, "login_logout").await, ["nils", "nora"]);
        let facets = ask(&north, "login_logout", "facets", json!({"facets": ["channel"]})).await;
        assert_eq!((&facets["total"], facets["facets"][0]["values"].as_array().unwrap().len()), (&json!(2), 2));
        let groups = ask(&north, "login_logout", "groups", json!({"group_by": [{"field": "hierarchy"}]})).await;
        assert_eq!(groups["total"], 2);
        for accept in EXPORTS {
            let file = export(&north, "login_logout", accept).await.unwrap();
            assert!(file.contains("Kiruna") && !file.contains("South") && !file.contains("odd"), "{file}");
        }
        // To ask for what is outside finds nothing.
        let outside = json!({"columns": ["account"], "filters": [{"field": "account", "op": "in", "values": ["siri", "odd"]}]});
        assert_eq!(ask(&north, "login_logout", "query", outside).await["total"], 0);
        ok(server.post("/api/v1/archive")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_or_a_published_report_shows_everybody_their_own_rows() {
    let server = Server::start().await;
    morning(&server).await;
    let north = person(&server, "north", None, &[(&[Permission::LoginLogoutView], branch("North"))]).await;
    let supervisor = server.person_with("supervisor", &["supervisor"]).await;
    let definition = json!({"report": "login_logout", "range": that_day(), "columns": ["account"]});
    let saved = json!({"name": "That day", "definition": definition, "published": true});
    let saved = supervisor.post("/api/v1/saved-reports", &saved).send().await.unwrap();
    let address = saved.headers()["location"].to_str().unwrap().to_owned();
    let total = async |browser: &Browser<'_>, path: &str| ok(browser.request(Method::POST, path)).await["total"].clone();
    let query = format!("{address}/query");
    assert_eq!((total(&supervisor, &query).await, total(&north, &query).await), (json!(6), json!(2)));
    let compact = ok(supervisor.post("/api/v1/reports/compact", &definition)).await;
    let link = format!("/api/v1/reports/query?definition={}", compact["compact"].as_str().unwrap());
    assert_eq!(ok(supervisor.get(&link)).await["total"], 6);
    assert_eq!(ok(north.get(&link)).await["total"], 2);
    // Nor is a link a way around a permission.
    let agent = server.person_with("agent", &["agent"]).await;
    problem(agent.get(&link), 403).await;
    problem(agent.request(Method::POST, &query), 403).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_profiles_give_each_what_it_permits_for_its_own_rows() {
    let server = Server::start().await;
    morning(&server).await;
    let both = person(
        &server,
        "both",
        None,
        &[(&[Permission::SignInLogView, Permission::LoginLogoutView], branch("North")), (&[Permission::SignInLogExport], branch("South"))],
    )
    .await;
    assert_eq!(accounts(&both, "sign_in_log").await, ["nils", "nora", "sara", "siri", "sven"]);
    assert_eq!(accounts(&both, "login_logout").await, ["nils", "nora"]);
    for accept in EXPORTS {
        let file = export(&both, "sign_in_log", accept).await.unwrap();
        assert!(file.contains("siri") && !file.contains("nils") && !file.contains("nora"), "{file}");
        assert!(export(&both, "login_logout", accept).await.is_none());
    }
    problem(both.post("/api/v1/reports/access_log/query", &json!({})), 403).await;
    // What can't be had for a part is not had at all.
    let settled = person(&server, "settled", None, &[(&[Permission::UsersEdit, Permission::LoginLogoutView], branch("North"))]).await;
    problem(settled.get("/api/v1/users"), 403).await;
    assert_eq!(settled.who().await["grants"][0]["permissions"], json!(["login_logout view"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_their_own_sessions_and_sign_ins_and_nothing_else() {
    let server = Server::start().await;
    morning(&server).await;
    let wanted = |account, employee_id| Wanted { account, profiles: &["agent"], employee_id, ..Wanted::default() };
    let siri = server.person(wanted("siri", Some("3"))).await;
    for kind in ["login_logout", "sign_in_log"] {
        assert_eq!(accounts(&siri, kind).await, ["siri"], "{kind}");
        for accept in EXPORTS {
            let file = export(&siri, kind, accept).await.unwrap();
            assert!(file.contains("siri") && !file.contains("sven"), "{file}");
        }
    }
    for kind in ["access_log", "activity_log", "activity_audit", "webhook_failures", "integration_failures"] {
        let refused = problem(siri.post(&format!("/api/v1/reports/{kind}/query"), &json!({})), 403).await;
        assert_eq!(refused["type"], "/problems/forbidden", "{kind}");
    }
    for path in ["/api/v1/directory/agents", "/api/v1/saved-reports", "/api/v1/catalogue", "/api/v1/status", "/api/v1/users"] {
        problem(siri.get(path), 403).await;
    }
    // Whom nobody knows has no rows of their own, and is told why.
    let nobody = server.person(wanted("nobody", None)).await;
    let refused = problem(nobody.post("/api/v1/reports/login_logout/query", &json!({})), 403).await;
    assert!(refused["detail"].as_str().unwrap().contains("employee id"), "{refused}");
    // One's own rows come in addition to those of a branch.
    let own = (&[Permission::OwnSessionsView][..], Scope::All);
    let lead = person(&server, "lead", Some("3"), &[own, (&[Permission::LoginLogoutView], branch("North"))]).await;
    assert_eq!(accounts(&lead, "login_logout").await, ["nils", "nora", "siri"]);
    assert_eq!(accounts(&lead, "sign_in_log").await, ["siri"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_see_rows_is_not_to_have_them_as_a_file() {
    let server = Server::start().await;
    morning(&server).await;
    let supervisor = server.person_with("supervisor", &["supervisor"]).await;
    assert_eq!(accounts(&supervisor, "sign_in_log").await.len(), 6);
    let path = "/api/v1/reports/sign_in_log/query";
    for accept in EXPORTS {
        let refused = problem(supervisor.post(path, &json!({"range": that_day()})).header("accept", *accept), 403).await;
        assert_eq!(refused["needed_permissions"], json!(["sign_in_log export"]), "{accept}");
        assert!(export(&supervisor, "login_logout", accept).await.unwrap().contains("siri"));
    }
    let groups = json!({"range": that_day(), "group_by": [{"field": "account"}]});
    let groups = supervisor.post("/api/v1/reports/sign_in_log/groups", &groups);
    problem(groups.try_clone().unwrap().header("accept", "text/csv"), 403).await;
    ok(groups).await;
    // A file of their own rows alone would have fewer than they see.
    let wanted = Wanted { account: "sven", profiles: &["supervisor"], employee_id: Some("4"), ..Wanted::default() };
    let sven = server.person(wanted).await;
    assert_eq!(accounts(&sven, "sign_in_log").await.len(), 6);
    assert!(export(&sven, "sign_in_log", "text/csv").await.is_none());
    let auditor = server.person_with("auditor", &["auditor"]).await;
    for kind in ["sign_in_log", "login_logout", "access_log", "activity_log", "activity_audit"] {
        assert!(export(&auditor, kind, "text/csv").await.is_some(), "{kind}");
    }
}
