//! Pages: one snapshot, an exact total, nothing skipped, nothing twice.

use proptest::prelude::*;
use rollcall_model::Event;
use rollcall_reports::Error;
use serde_json::{Value, json};

use crate::fixtures::*;

fn event(number: u128, second: i64, account: Option<&str>) -> Event {
    let mut event = access(number, "08:00", "sign_in", "x");
    event.event_time = event.event_time.plus_micros(second * 1_000_000);
    event.account = account.map(str::to_owned);
    event.employee_id = Some(format!("E{}", number % 5));
    event.failure_code = number.is_multiple_of(3).then(|| format!("{}", number % 4));
    event
}

async fn all_pages(store: &Store, definition: &Value, limit: usize, between: impl AsyncFn(usize)) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = None;
    for page in 0.. {
        let answer = store.page(definition.clone(), limit, cursor).await.unwrap();
        rows.extend(rows_of(&answer));
        cursor = answer.next_cursor.clone();
        assert!(answer.rows.len() == limit || cursor.is_none());
        if cursor.is_none() {
            assert_eq!(answer.total, rows.len() as u64, "the total of the first page holds on the last");
            return rows;
        }
        between(page).await;
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_arrive_meanwhile_neither_shift_nor_repeat_rows() {
    let store = Store::new().await;
    store.append((0..50).map(|n| event(n, i64::try_from(n / 3).unwrap(), Some("mara"))).collect()).await;
    let definition = json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["seq"]});
    let expected = store.rows(definition.clone()).await;
    let rows = all_pages(&store, &definition, 7, async |page| {
        let new = 1_000 + page as u128;
        store.append(vec![event(new, 3, Some("late"))]).await;
        if page == 2 {
            store.archive().await;
        }
    })
    .await;
    assert_eq!(rows, expected);
    assert!(store.rows(definition).await.len() > 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_report_or_none_at_all_is_refused_with_words() {
    let store = Store::new().await;
    store.append((0..5).map(|n| event(n, 0, Some("mara"))).collect()).await;
    let definition = json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}});
    let cursor = store.page(definition.clone(), 2, None).await.unwrap().next_cursor;
    let mut other = definition.clone();
    other["time_zone"] = json!("Asia/Seoul");
    let error = store.page(other, 2, cursor).await.unwrap_err();
    assert!(matches!(&error, Error::Cursor(reason) if reason.contains("another definition")), "{error}");
    let error = store.page(definition.clone(), 2, Some("bm9uc2Vuc2U".to_owned())).await.unwrap_err();
    assert!(matches!(error, Error::Cursor(_)), "{error}");
    let error = store.page(definition, 10_001, None).await.unwrap_err();
    assert!(error.to_string().contains("at most 10000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_at_all_may_be_asked_for() {
    let store = Store::new().await;
    store.append((0..5).map(|n| event(n, 0, Some("mara"))).collect()).await;
    let definition = json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["seq"]});
    let answer = store.page(definition.clone(), 0, None).await.unwrap();
    assert_eq!((answer.rows.len(), answer.total), (0, 5));
    let rest = store.page(definition.clone(), 10, answer.next_cursor).await.unwrap();
    assert_eq!(rows_of(&rest), store.rows(definition).await);
}

/// Signs in and out of people over three days, most of them archived: more than a page's rows are looked for at once.
/// Many share a moment; of some the sign-in is missing.
async fn many() -> Store {
    let store = Store::new().await;
    for day in 14..17_u32 {
        let mut events = Vec::new();
        for n in 0..5_000_u32 {
            let (minute, account) = (n * 7 % 1_440 / 3 * 3, format!("a{}", n * 31 % 5_000));
            let moment = |plus: u32| format!("2026-04-{day}T{:02}:{:02}:00Z", (minute + plus) / 60 % 24, (minute + plus) % 60);
            let number = u128::from(day * 100_000 + n * 2);
            if n % 50 > 0 {
                events.push(access(number, &moment(0), "sign_in", &account));
            }
            if minute + 95 < 1_440 {
                events.push(access(number + 1, &moment(95), "sign_out", &account));
            }
        }
        store.append(events).await;
        // The last day stays in the journal.
        if day < 16 {
            store.archive().await;
        }
    }
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_very_many_rows_are_the_whole_too() {
    let store = many().await;
    let of = |report: &str, from: &str, to: &str, key: &str, dir: &str| {
        json!({"report": report, "range": {"from": from, "to": to}, "columns": [if report == "login_logout" { "session_key" } else { "seq" }],
               "sort": [{"field": key, "dir": dir}]})
    };
    for definition in [
        of("sign_in_log", "2026-04-14", "2026-04-16", "event_time", "desc"),
        of("sign_in_log", "2026-04-14T05:00", "2026-04-15T22:00", "event_time", "desc"),
        of("sign_in_log", "2026-04-14T05:00", "2026-04-15T22:00", "event_time", "asc"),
        of("sign_in_log", "2026-04-14T05:00", "2026-04-16T22:00", "seq", "asc"),
        of("login_logout", "2026-04-14T05:00", "2026-04-16T12:00", "login_time", "desc"),
        of("login_logout", "2026-04-14T05:00", "2026-04-15T12:00", "login_time", "asc"),
        of("login_logout", "2026-04-14T05:00", "2026-04-16T12:00", "logout_time", "desc"),
    ] {
        let streamed = store.streamed(definition.clone()).await;
        assert!(streamed.len() > 8_192 || definition["sort"][0]["dir"] == "asc", "{} rows of {definition}", streamed.len());
        assert_eq!(store.streamed_in_stretches(700, definition.clone()).await, streamed, "{definition}");
        for place in [1, 99, 4_000, streamed.len() - 1, streamed.len(), streamed.len() + 5] {
            let page = store.page_from(definition.clone(), place as u64, 50).await;
            assert_eq!(rows_of(&page), streamed[place.min(streamed.len())..(place + 50).min(streamed.len())], "{place} of {definition}");
            assert_eq!((page.total, page.next_cursor.is_some()), (streamed.len() as u64, place + 50 < streamed.len()), "{place}");
        }
        // Once without, and once with what counting has left behind.
        for _ in 0..2 {
            let first = rows_of(&store.page(definition.clone(), 100, None).await.unwrap());
            assert_eq!(first, streamed[..100], "{definition}");
        }
        assert_eq!(all_pages(&store, &definition, 2_500, async |_| {}).await, streamed, "{definition}");
    }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn pages_of_any_size_in_any_order_are_the_whole(
        raw in prop::collection::vec((0_i64..6, prop::option::of(0_u8..4)), 1..40),
        limit in 1_usize..12,
        archived in any::<bool>(),
        keys in prop::sample::subsequence(vec!["account", "employee_id", "failure_code", "event_time"], 0..4).prop_shuffle(),
        down in prop::collection::vec(any::<bool>(), 4),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let events = raw.iter().enumerate().map(|(n, (second, account))| {
                event(n as u128, *second, account.map(|a| format!("agent{a}")).as_deref())
            });
            store.append(events.collect()).await;
            if archived {
                store.archive().await;
            }
            let sort: Vec<Value> =
                keys.iter().zip(&down).map(|(field, down)| json!({"field": field, "dir": if *down { "desc" } else { "asc" }})).collect();
            let definition = json!({
                "report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"},
                "columns": ["account", "employee_id", "failure_code", "event_time", "seq"], "sort": sort,
            });
            let whole = store.rows(definition.clone()).await;
            prop_assert_eq!(whole.len(), raw.len());
            for (field, down) in keys.iter().zip(&down).take(1) {
                let values: Vec<Option<String>> = whole.iter().map(|row| row[*field].as_str().map(str::to_owned)).collect();
                let present: Vec<String> = values.iter().flatten().cloned().collect();
                prop_assert!(values.iter().skip(present.len()).all(Option::is_none), "missing values last: {:?}", values);
                prop_assert!(present.is_sorted_by(|a, b| if *down { a >= b } else { a <= b }), "{:?}", present);
            }
            prop_assert_eq!(all_pages(&store, &definition, limit, async |_| {}).await, whole);
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_further_down_follows_the_cursor_in_any_order_of_columns_and_missing_values() {
    let store = many().await;
    for sort in [
        json!([{"field": "end_reason"}, {"field": "logout_time", "dir": "desc"}]),
        json!([{"field": "duration", "dir": "desc"}]),
        json!([{"field": "agent"}, {"field": "login_time"}]),
        json!([{"field": "login_time"}]),
        json!([{"field": "open"}, {"field": "session_key", "dir": "desc"}]),
    ] {
        let definition = json!({"report": "login_logout", "range": {"from": "2026-04-14T05:00", "to": "2026-04-16T12:00"},
            "columns": ["session_key"], "sort": sort});
        let streamed = store.streamed(definition.clone()).await;
        let first = store.page(definition.clone(), 10, None).await.unwrap();
        for offset in [1_usize, 1_000, streamed.len() - 15, streamed.len() - 10] {
            let page = store.page_after(definition.clone(), first.next_cursor.clone(), offset as u64, 20).await;
            let begin = 10 + offset;
            assert_eq!(rows_of(&page), streamed[begin.min(streamed.len())..(begin + 20).min(streamed.len())], "{offset} of {definition}");
        }
    }
}
