//! Definitions that come from elsewhere: from an address, and with the product.

use reqwest::Method;
use rollcall_access::KeyScope;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem, sign_in, that_day};

const COMPACT: &str = "/api/v1/reports/compact";

async fn compact(server: &Server, definition: &Value) -> String {
    ok(server.post(COMPACT).json(definition)).await["compact"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_goes_into_an_address_and_comes_back() {
    let server = Server::start().await;
    let definition = json!({
        "report": "login_logout", "range": that_day(), "time_zone": "Europe/Stockholm", "spanning": true,
        "filters": [{"field": "agent", "op": "in", "values": ["Mara Lind"]}], "columns": ["agent", "duration"],
        "group_by": [{"field": "login_time", "bucket": "day"}], "measures": ["count", "agents"],
    });
    let text = compact(&server, &definition).await;
    assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{text}");
    let back = ok(server.get(&format!("{COMPACT}/{text}"))).await;
    for (member, value) in definition.as_object().unwrap() {
        assert_eq!(&back[member], value, "{member}");
    }
    assert_eq!(compact(&server, &back).await, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_runs_from_an_address() {
    let server = Server::start().await;
    let events: Vec<Value> = (0..3).map(|number| sign_in(number, "mara")).collect();
    server.send(&json!(events)).await;
    let definition = json!({"report": "sign_in_log", "range": that_day(), "columns": ["account", "event_time"]});
    let address = format!("/api/v1/reports/query?definition={}", compact(&server, &definition).await);
    let first = ok(server.get(&format!("{address}&limit=2"))).await;
    assert_eq!((&first["total"], first["rows"].as_array().unwrap().len()), (&json!(3), 2));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ok(server.get(&format!("{address}&limit=2&cursor={cursor}"))).await;
    assert_eq!(second["rows"], json!([{"account": "mara", "event_time": "2026-04-15T00:00:00Z"}]));
    let csv = server.get(&address).header("accept", "text/csv").send().await.unwrap().text().await.unwrap();
    assert_eq!(csv.lines().count(), 4);
    assert_eq!(problem(server.get(&format!("{address}&limit=many")), 422).await["field"], "limit");
    assert_eq!(problem(server.get(&format!("{address}&limit=10001")), 422).await["field"], "limit");
    assert_eq!(problem(server.get(&format!("{address}&cursor=abc")), 422).await["field"], "cursor");
    assert_eq!(problem(server.get(&format!("{address}&colour=red")), 400).await["type"], "/problems/invalid-parameter");
    // An address gives no rights.
    let key = server.key_with(&[KeyScope::EventsWrite]).await;
    assert_eq!(problem(server.bare(Method::GET, &address).bearer_auth(key), 403).await["needed_scope"], "reports:read");
    problem(server.bare(Method::GET, &address), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_compact_form_or_has_none_is_told() {
    let server = Server::start().await;
    for wrong in ["x", "a", "a!", "aAAAA"] {
        assert_eq!(problem(server.get(&format!("/api/v1/reports/query?definition={wrong}")), 422).await["field"], "definition");
        assert_eq!(problem(server.get(&format!("{COMPACT}/{wrong}")), 422).await["field"], "definition");
    }
    assert_eq!(problem(server.get("/api/v1/reports/query"), 422).await["field"], "definition");
    assert_eq!(problem(server.post(COMPACT), 422).await["field"], "report");
    assert_eq!(
        problem(server.post(COMPACT).json(&json!({"report": "login_logout", "columns": ["colour"]})), 422).await["field"],
        "columns[0]"
    );
    let accounts: Vec<String> = (0..2_000_u32).map(|number| format!("{:x}", number.wrapping_mul(2_654_435_761))).collect();
    let long = json!({"report": "login_logout", "filters": [{"field": "account", "values": accounts}]});
    let refused = problem(server.post(COMPACT).json(&long), 422).await;
    assert!(refused["detail"].as_str().unwrap().contains("Save the report and use its id"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_with_the_product_runs_as_it_is() {
    let server = Server::start().await;
    let shipped = ok(server.get("/api/v1/reports/shipped")).await;
    let reports = shipped["reports"].as_array().unwrap();
    assert!(reports.iter().any(|report| report["id"] == "failed_sign_ins"), "{shipped}");
    for report in reports {
        assert!(report["name"].is_string() && report["answers"].as_str().unwrap().ends_with('?'), "{report}");
        let kind = report["definition"]["report"].as_str().unwrap();
        ok(server.post(&format!("/api/v1/reports/{kind}/query")).json(&report["definition"])).await;
        let text = report["compact"].as_str().unwrap();
        assert_eq!(ok(server.get(&format!("{COMPACT}/{text}"))).await, report["definition"]);
    }
}
