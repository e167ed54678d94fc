//! Whole reports as files: which formats, under which names, and how their texts are told.

use reqwest::Response;
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem_of, sign_in, that_day};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PARQUET: &str = "application/vnd.apache.parquet";

async fn asked(server: &Server, path: &str, accept: &str, body: &Value) -> Response {
    server.post(path).header("accept", accept).json(body).send().await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response.headers()[name].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_comes_in_every_format_under_its_name() {
    let server = Server::start().await;
    server.send(&json!([sign_in(1, "mara"), sign_in(2, "rune")])).await;
    for (kind, stem) in [("login_logout", "Login_Logout report"), ("sign_in_log", "sign_in_log"), ("activity_audit", "activity_audit")] {
        let forms: [(&str, &str, &[u8]); 4] =
            [("text/csv", "csv", b""), ("application/x-ndjson", "ndjson", b"{"), (XLSX, "xlsx", b"PK"), (PARQUET, "parquet", b"PAR1")];
        for (accept, extension, begins) in forms {
            let response = asked(&server, &format!("/api/v1/reports/{kind}/query"), accept, &json!({"range": that_day()})).await;
            assert_eq!(response.status(), 200, "{kind} as {extension}");
            assert!(header(&response, "content-type").starts_with(accept), "{kind} as {extension}");
            assert_eq!(header(&response, "content-disposition"), format!("attachment; filename=\"{stem}.{extension}\""));
            let bytes = response.bytes().await.unwrap();
            assert!(bytes.starts_with(begins) && !bytes.is_empty(), "{kind} as {extension}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_signed_in_days_are_files_too() {
    let server = Server::start().await;
    server.send(&json!([sign_in(1, "mara"), sign_in(2, "rune")])).await;
    let groups = json!({"range": that_day(), "group_by": [{"field": "account"}], "measures": ["count"]});
    for (path, body) in [("groups", groups), ("signed_in", json!({"range": that_day()}))] {
        let kind = if path == "groups" { "sign_in_log" } else { "login_logout" };
        for (accept, begins) in [(XLSX, b"PK".as_slice()), (PARQUET, b"PAR1")] {
            let response = asked(&server, &format!("/api/v1/reports/{kind}/{path}"), accept, &body).await;
            assert_eq!(response.status(), 200, "{path}: {}", response.text().await.unwrap());
            assert!(response.bytes().await.unwrap().starts_with(begins), "{path} as {accept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_formula_is_made_harmless_unless_it_is_to_stay() {
    let server = Server::start().await;
    let mut event = sign_in(1, "=1+2");
    event["comments"] = json!("Zoë, \"the\" first\r\nline");
    server.send(&json!([event])).await;
    let csv = async |also: Value| {
        let mut body = json!({"range": that_day(), "columns": ["account", "comments"]});
        body.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
        asked(&server, "/api/v1/reports/sign_in_log/query", "text/csv", &body).await.text().await.unwrap()
    };
    let row = "\"Zoë, \"\"the\"\" first\r\nline\"\r\n";
    assert_eq!(csv(json!({})).await, format!("account,comments\r\n'=1+2,{row}"));
    assert_eq!(csv(json!({"raw": true, "bom": true})).await, format!("\u{feff}account,comments\r\n=1+2,{row}"));
    let wrong = json!({"range": that_day(), "raw": "yes"});
    let response = asked(&server, "/api/v1/reports/sign_in_log/query", "text/csv", &wrong).await;
    assert_eq!(problem_of(response, 422).await["field"], "raw");
    // A page has no such thing, and is as it was.
    assert_eq!(ok(server.post("/api/v1/reports/sign_in_log/query").json(&json!({"range": that_day()}))).await["total"], 1);
}
