//! What has changed since: rows then held against rows now.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use proptest::prelude::*;
use rollcall_model::Event;
use rollcall_model::directory::{AgentFacts, Agents, Entry};
use rollcall_reports::changes::{Change, ChangesAnswer};
use rollcall_reports::rows::Tell;
use rollcall_reports::{Caller, Definition, Error, Paging};
use serde_json::{Value, json};

use crate::fixtures::*;

const NOON: &str = "2026-04-20T12:00:00Z";

impl Store {
    async fn changes(&self, definition: &Value, since: i64, limit: usize, cursor: Option<String>) -> Result<ChangesAnswer, Error> {
        let definition = Definition::parse(definition.clone())?;
        self.reports.changes(&caller(), &definition, since, &Paging { limit: Some(limit), cursor }, at(NOON)).await
    }

    /// All changes as lines, as NDJSON or CSV.
    async fn change_lines(&self, definition: &Value, since: i64, cursor: Option<&str>, as_csv: bool) -> Vec<String> {
        let definition = Definition::parse(definition.clone()).unwrap();
        let stream = self.reports.change_stream(&caller(), &definition, since, cursor, at(NOON)).await.unwrap();
        let writer = stream.writer.clone();
        let mut out = Vec::new();
        if as_csv {
            writer.csv_header(&mut out).unwrap();
        }
        let mut batches = std::pin::pin!(stream.batches());
        while let Some(batch) = batches.next().await {
            let batch = batch.unwrap();
            if as_csv { writer.csv(&batch, &mut out).unwrap() } else { writer.ndjson(&batch, &mut out).unwrap() }
        }
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }
}

fn told_changes(changes: &[Change]) -> Vec<Value> {
    changes.iter().map(|change| serde_json::to_value(change).unwrap()).collect()
}

/// The rows of both sides by their key, held against each other one by one.
fn naive(before: Vec<Value>, after: Vec<Value>, key: &str, shown: &[&str]) -> BTreeMap<String, Value> {
    let by_key = |rows: Vec<Value>| rows.into_iter().map(|row| (row[key].to_string(), row)).collect::<BTreeMap<_, _>>();
    let cut = |row: &Value| Value::Object(shown.iter().map(|name| ((*name).to_owned(), row[*name].clone())).collect());
    let (before, after) = (by_key(before), by_key(after));
    let mut found = BTreeMap::new();
    for (id, row) in &before {
        match after.get(id) {
            None => drop(found.insert(id.clone(), json!({"change": "removed", "before": cut(row), "after": null, "changed_columns": []}))),
            Some(now) => {
                let differ: Vec<&str> = shown.iter().copied().filter(|name| row[*name] != now[*name]).collect();
                if !differ.is_empty() {
                    let change = json!({"change": "changed", "before": cut(row), "after": cut(now), "changed_columns": differ});
                    found.insert(id.clone(), change);
                }
            }
        }
    }
    for (id, row) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
        found.insert(id.clone(), json!({"change": "added", "before": null, "after": cut(row), "changed_columns": []}));
    }
    found
}

/// The same, by the report's own answers as of both seqs.
async fn expected(store: &Store, definition: &Value, since: i64, key: &str) -> BTreeMap<String, Value> {
    let shown: Vec<&str> = definition["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let with_key = |seq: Option<i64>| {
        let mut side = definition.clone();
        if !shown.contains(&key) {
            side["columns"].as_array_mut().unwrap().push(json!(key));
        }
        if let Some(seq) = seq {
            side["as_of_seq"] = json!(seq);
        }
        side
    };
    naive(store.streamed(with_key(Some(since))).await, store.streamed(with_key(None)).await, key, &shown)
}

/// By key, each once.
fn by_key(changes: &[Value]) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for change in changes {
        let mut change = change.clone();
        let key = change.as_object_mut().unwrap().remove("key").unwrap();
        assert!(found.insert(key.to_string(), change).is_none(), "{key} comes twice");
    }
    found
}

async fn paid() -> Store {
    let store = Store::new().await;
    store
        .append(vec![
            access(1, "08:00", "sign_in", "mara"),
            access(2, "12:00", "sign_out", "mara"),
            access(3, "09:00", "sign_in", "omar"),
            access(4, "10:00", "sign_out", "rune"),
        ])
        .await;
    store
}

/// Omar's sign-out, Rune's missing sign-in and a session of Ines come late.
fn late() -> Vec<Event> {
    vec![
        access(11, "17:00", "sign_out", "omar"),
        access(12, "07:00", "sign_in", "rune"),
        access(13, "13:00", "sign_in", "ines"),
        access(14, "14:00", "sign_out", "ines"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_add_remove_and_change_sessions() {
    for archived in [0, 1, 2] {
        let store = paid().await;
        if archived > 0 {
            store.archive().await;
        }
        let paid_by = store.page(day(&["account"]), 0, None).await.unwrap().watermark.seq;
        store.append(late()).await;
        if archived > 1 {
            store.archive().await;
        }
        let definition = day(&["account", "login_time", "logout_time", "end_reason"]);
        let answer = store.changes(&definition, paid_by, 10, None).await.unwrap();
        insta::allow_duplicates! {
            insta::assert_json_snapshot!("late_changes", serde_json::to_value(&answer).unwrap(), {
                ".watermark" => "[watermark]",
                ".columns[].meaning" => "[meaning]",
                ".columns[].words" => "[words]",
            });
        }
        let lines = store.change_lines(&definition, paid_by, None, true).await;
        insta::allow_duplicates! { insta::assert_snapshot!("late_changes_csv", lines.join("\n")); }
        // Of what is not shown, nothing is told.
        let names = store.changes(&day(&["account"]), paid_by, 10, None).await.unwrap();
        assert_eq!(names.counts.changed, 0);
        // Nothing has changed since now.
        let now = store.changes(&definition, answer.watermark.seq, 10, None).await.unwrap();
        assert_eq!((now.total, now.changes.len(), now.next_cursor), (0, 0, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_may_lie_in_the_past() {
    let store = paid().await;
    store.append(late()).await;
    store.archive().await;
    store.append(vec![access(21, "18:00", "sign_in", "nobody-yet")]).await;
    let mut definition = day(&["account", "end_reason"]);
    definition["as_of_seq"] = json!(5);
    let answer = store.changes(&definition, 4, 10, None).await.unwrap();
    let changes = told_changes(&answer.changes);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["before"], json!({"account": "omar", "end_reason": "still_open"}));
    assert_eq!(changes[0]["after"], json!({"account": "omar", "end_reason": "signed_out"}));
    assert_eq!(answer.watermark.seq, 5);
    for (since, most) in [(6, 5), (-1, 5)] {
        let Error::Definition(error) = store.changes(&definition, since, 10, None).await.unwrap_err() else { panic!("another error") };
        assert_eq!(error.field, "since_seq");
        assert!(error.reason.contains(&format!("from 0 to {most}")) && error.reason.contains(&format!("got {since}")), "{error}");
    }
    let Error::Definition(error) = store.changes(&day(&["account"]), 10, 10, None).await.unwrap_err() else { panic!("another error") };
    assert!(error.field == "since_seq" && error.reason.contains("from 0 to 9"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_no_longer_meets_the_filter_is_removed() {
    let store = paid().await;
    store.append(late()).await;
    let mut definition = day(&["account"]);
    definition["filters"] = json!([{"field": "end_reason", "values": ["still_open"]}]);
    let answer = store.changes(&definition, 4, 10, None).await.unwrap();
    let changes = told_changes(&answer.changes);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!((&changes[0]["change"], &changes[0]["before"]), (&json!("removed"), &json!({"account": "omar"})));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_changes_are_those_of_one_snapshot() {
    let store = Store::new().await;
    let names: Vec<String> = (0..30).map(|n| format!("agent{n:02}")).collect();
    store.append(names.iter().enumerate().map(|(n, name)| access(n as u128, "08:00", "sign_in", name)).collect()).await;
    store.append(names.iter().enumerate().map(|(n, name)| access(100 + n as u128, "09:00", "sign_out", name)).collect()).await;
    let definition = json!({"report": "login_logout", "range": {"from": "2026-04-15", "to": "2026-04-15"},
        "columns": ["account", "logout_time"], "sort": [{"field": "logout_time"}, {"field": "account", "dir": "desc"}]});
    let whole = store.change_lines(&definition, 30, None, false).await;
    assert_eq!(whole.len(), 30);
    let none = store.changes(&definition, 30, 0, None).await.unwrap();
    assert_eq!((none.counts.changed, none.changes.len()), (30, 0));
    assert_eq!(store.change_lines(&definition, 30, none.next_cursor.as_deref(), false).await, whole);
    let (mut found, mut cursor) = (Vec::new(), none.next_cursor);
    for page in 0_u128.. {
        let answer = store.changes(&definition, 30, 7, cursor).await.unwrap();
        assert_eq!((answer.counts.added, answer.counts.removed, answer.counts.changed, answer.total), (0, 0, 30, 30));
        found.extend(answer.changes.iter().map(|change| serde_json::to_string(change).unwrap()));
        let Some(next) = answer.next_cursor else { break };
        // Meanwhile more comes, and is archived.
        store.append(vec![access(1_000 + page, "08:30", "sign_out", &names[page as usize])]).await;
        if page == 1 {
            store.archive().await;
        }
        if page == 2 {
            assert_eq!(store.change_lines(&definition, 30, Some(&next), false).await, whole[found.len()..]);
            let error = store.changes(&definition, 29, 7, Some(next.clone())).await.unwrap_err();
            assert!(matches!(&error, Error::Cursor(reason) if reason.contains("another definition")), "{error}");
        }
        cursor = Some(next);
    }
    assert_eq!(found, whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_rows_are_compared_too() {
    let store = Store::new().await;
    let name = |n: u128| format!("a{:05}", n * 7_919 % 20_011);
    let time = |n: u128| format!("{:02}:{:02}", 8 + n % 3, n % 60);
    store.append((0..18_000).map(|n| access(n, &time(n), "sign_in", &name(n))).collect()).await;
    store.append((0..6_000).map(|n| access(100_000 + n, "2026-04-15T12:00:00Z", "sign_out", &name(n))).collect()).await;
    store.archive().await;
    // Every fifth signs out late, or earlier than was known; some come that nobody has seen; some sign-outs lack a sign-in.
    let late = (0..18_000).step_by(5).map(|n| access(200_000 + n, "11:30", "sign_out", &name(n)));
    store.append(late.chain((18_000..19_500).map(|n| access(n, &time(n), "sign_in", &name(n)))).collect()).await;
    let definition = day(&["account", "login_time", "logout_time", "duration"]);
    let expected = expected(&store, &definition, 24_000, "session_key").await;
    assert!(expected.len() > 5_000, "{}", expected.len());
    let lines = store.change_lines(&definition, 24_000, None, false).await;
    let streamed: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(by_key(&streamed) == expected, "{} changes instead of {}", streamed.len(), expected.len());
    let first = store.changes(&definition, 24_000, 3_000, None).await.unwrap();
    let second = store.changes(&definition, 24_000, 3_000, first.next_cursor).await.unwrap();
    let paged = [told_changes(&first.changes), told_changes(&second.changes)].concat();
    assert!(paged[..] == streamed[..paged.len()], "pages are the beginning of the stream");
    assert_eq!(second.total, expected.len() as u64);
    // In the order of the definition: removed rows by what they were.
    let login = |change: &Value| {
        let row = if change["after"].is_null() { &change["before"] } else { &change["after"] };
        row["login_time"].as_str().map_or((true, String::new()), |time| (false, time.to_owned()))
    };
    assert!(streamed.iter().map(login).is_sorted());
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_side_is_kept_in_memory() {
    let store = paid().await;
    store.append(late()).await;
    let plan = async |definition: Value| {
        let definition = Definition::parse(definition).unwrap();
        store.reports.explain_changes(&caller(), &definition, 4, at(NOON)).await.unwrap()
    };
    let sessions = plan(day(&["account", "logout_time", "tags"])).await;
    assert!(sessions.contains("SortMergeJoin") && !sessions.contains("HashJoin"), "{sessions}");
    // Of events there is one side alone.
    let events = plan(json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}})).await;
    assert!(!events.contains("Join"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_told_in_the_agents_own_zone_and_another_directory_ends_the_pages() {
    let store = paid().await;
    store.append(late()).await;
    let agents = |revision: i64| {
        let facts = AgentFacts { agent_name: Some("Omar Haddad".to_owned()), ..AgentFacts::default() };
        let time_zone = Some(rollcall_model::zone::Zone::new("Asia/Kolkata").unwrap());
        let entry = Entry { employee_id: "1".to_owned(), facts, active: true, time_zone, ..Entry::default() };
        let entry = Entry { accounts: vec![("portal".to_owned(), "omar".to_owned())].into_iter().collect(), ..entry };
        Caller { agents: Some(Arc::new(Agents::new(revision, vec![entry]))), ..caller() }
    };
    let mut definition = day(&["agent", "logout_time"]);
    definition["clock"] = json!("agent");
    let definition = Definition::parse(definition).unwrap();
    let paging = |cursor: Option<String>| Paging { limit: Some(3), cursor };
    let answer = store.reports.changes(&agents(1), &definition, 4, &paging(None), at(NOON)).await.unwrap();
    let changes = told_changes(&answer.changes);
    let omar = changes.iter().find(|change| change["change"] == "changed").unwrap();
    assert_eq!(omar["after"], json!({"agent": "Omar Haddad", "logout_time": "2026-04-15T22:30:00+05:30"}));
    let again = store.reports.changes(&agents(2), &definition, 4, &paging(answer.next_cursor), at(NOON)).await.unwrap_err();
    assert!(matches!(&again, Error::Cursor(reason) if reason.contains("directory")), "{again}");
}

const SESSION_COLUMNS: &[&str] = &[
    "account",
    "login_time",
    "logout_time",
    "duration",
    "end_reason",
    "open",
    "tags",
    "source_ip",
    "session_key",
    "hierarchy",
    "ended_by",
];

/// An event of one of four accounts on two days, in quarters of an hour.
fn made_up(number: u128, (minute, activity, account, place): (u32, usize, u8, u8)) -> Event {
    let activity = ["sign_in", "sign_out", "forced_sign_in", "forced_sign_out"][activity % 4];
    let time = format!("2026-04-{}T{:02}:{:02}:00Z", 15 + minute / 96, minute / 4 % 24, minute % 4 * 15);
    let mut event = access(number, &time, activity, &format!("a{account}"));
    event.hierarchy = (place > 0).then(|| format!("EMEA / {place}"));
    if place > 1 {
        event.tags.insert("site".to_owned(), format!("s{place}"));
    }
    event.normalize();
    event
}

proptest! {
    #![proptest_config(cases(20))]

    #[test]
    fn changes_are_the_rows_then_held_against_the_rows_now(
        raw in prop::collection::vec((0_u32..192, 0_usize..5, 0_u8..4, 0_u8..4), 1..28),
        steps in prop::collection::vec(any::<bool>(), 28),
        since in any::<prop::sample::Index>(),
        until in prop::option::of(any::<prop::sample::Index>()),
        columns in prop::sample::subsequence(SESSION_COLUMNS, 1..6),
        filters in prop::sample::select(vec![json!([]), json!([{"field": "end_reason", "op": "not_in", "values": ["still_open"]}]),
            json!([{"field": "duration", "op": "lte", "values": [36_000]}]), json!([{"field": "hierarchy", "op": "under", "values": ["EMEA / 1"]}])]),
        spanning in any::<bool>(),
        keys in prop::sample::subsequence(vec!["account", "logout_time", "login_time", "duration"], 0..3).prop_shuffle(),
        limit in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            // Each event comes alone, and an archive step may follow it.
            for (number, (raw, archives)) in raw.iter().zip(&steps).enumerate() {
                store.append(vec![made_up(number as u128, *raw)]).await;
                if *archives && number % 3 == 0 {
                    store.archive().await;
                }
            }
            let since = since.index(raw.len() + 1);
            let until = until.map(|until| since + until.index(raw.len() + 1 - since));
            let since = i64::try_from(since).unwrap();
            let sort: Vec<Value> = keys.iter().map(|field| json!({"field": field, "dir": "desc"})).collect();
            let sessions = json!({
                "report": "login_logout", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": columns,
                "filters": filters, "spanning": spanning, "sort": sort, "as_of_seq": until,
            });
            let events = json!({
                "report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["account", "activity", "event_time"],
                "sort": [{"field": "account"}], "as_of_seq": until,
            });
            for (definition, key) in [(&sessions, "session_key"), (&events, "seq")] {
                let expected = expected(&store, definition, since, key).await;
                let lines = store.change_lines(definition, since, None, false).await;
                let streamed: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
                prop_assert_eq!(by_key(&streamed), expected.clone(), "since {} in {}", since, definition);
                let (mut paged, mut cursor) = (Vec::new(), None);
                loop {
                    let answer = store.changes(definition, since, limit, cursor).await.unwrap();
                    let count = |change: &str| expected.values().filter(|found| found["change"] == change).count() as u64;
                    let counts = (answer.counts.added, answer.counts.removed, answer.counts.changed);
                    prop_assert_eq!(counts, (count("added"), count("removed"), count("changed")));
                    prop_assert_eq!(answer.total, expected.len() as u64);
                    paged.extend(told_changes(&answer.changes));
                    cursor = answer.next_cursor;
                    if cursor.is_none() {
                        break;
                    }
                }
                prop_assert_eq!(paged, streamed);
            }
            Ok(())
        })?;
    }
}
