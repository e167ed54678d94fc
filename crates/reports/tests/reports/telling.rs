//! Answers as people and programs read them: range, columns, watermark, CSV.

use futures::StreamExt;
use rollcall_reports::Definition;
use rollcall_reports::rows::Tell;
use serde_json::json;

use crate::fixtures::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_what_its_range_meant_and_up_to_when_it_is_complete() {
    let store = Store::new().await;
    store.append(vec![access(1, "2026-04-19T08:00:00Z", "sign_in", "mara")]).await;
    let definition = json!({"report": "login_logout", "range": {"preset": "yesterday"}, "time_zone": "Europe/Stockholm"});
    let answer = store.page(definition, 10, None).await.unwrap();
    insta::assert_json_snapshot!(answer, {
        ".watermark.sources[].last_received_at" => "[now]",
        ".watermark.sources[].silent_seconds" => "[seconds]",
        ".watermark.sources[].behind_seconds" => "[seconds]",
        ".columns[].meaning" => "[meaning]",
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_holds_all_rows_and_no_cell_that_a_spreadsheet_runs() {
    let store = Store::new().await;
    let mut nasty = access(1, "08:00", "sign_in", "=cmd|' /C calc'!A0");
    nasty.agent_name = Some("Lind, \"Mara\"\nof Billing".to_owned());
    store.append(vec![nasty, access(2, "08:30", "sign_out", "=cmd|' /C calc'!A0"), access(3, "09:00", "sign_in", "omar")]).await;
    let definition = Definition::parse(day(&["account", "agent_name", "login_time", "logout_time", "duration", "open"])).unwrap();
    let stream = store.reports.stream(&caller(), &definition, None, at("2026-04-20T12:00:00Z")).await.unwrap();
    let writer = stream.writer.clone();
    let mut out = Vec::new();
    writer.csv_header(&mut out).unwrap();
    let mut batches = std::pin::pin!(stream.batches());
    while let Some(batch) = batches.next().await {
        writer.csv(&batch.unwrap(), &mut out).unwrap();
    }
    insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "<CRLF>\n"));
}
