//! People: one person is one agent, whichever accounts their sign-ins came under.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rollcall_model::directory::{AgentFacts, Agents, Entry};
use rollcall_model::scope::ScopePart;
use rollcall_model::zone::Zone;
use rollcall_model::{Catalogue, Event, Scope};
use rollcall_reports::facets::FacetAsked;
use rollcall_reports::group::answer::GroupPaging;
use rollcall_reports::{Caller, Definition, Error, Paging, shipped};
use serde_json::{Value, json};

use crate::fixtures::*;

fn entry(employee_id: &str, name: Option<&str>, hierarchy: &str, accounts: &[(&str, &str)]) -> Entry {
    let facts = AgentFacts { agent_name: name.map(str::to_owned), hierarchy: Some(hierarchy.to_owned()), routing_profile: None };
    let accounts = accounts.iter().map(|(source, account)| ((*source).to_owned(), (*account).to_owned())).collect();
    Entry { employee_id: employee_id.to_owned(), facts, active: true, accounts, ..Entry::default() }
}

/// Mara has an account in the portal and an extension of the telephone system; the same extension is Rune's elsewhere.
fn directory() -> Arc<Agents> {
    let mut mara = entry("4711", Some("Mara Lind"), "EMEA / Stockholm", &[("portal", "mara"), ("pbx", "8007")]);
    mara.time_zone = Some(Zone::new("Europe/Stockholm").unwrap());
    let rune = entry("4712", Some("Rune Berg"), "EMEA / Oslo", &[("", "8007")]);
    let ines = entry("4713", Some("Ines Costa"), "EMEA / Lisbon", &[("", "ines")]);
    let mut gone = entry("4714", Some("Olof Gone"), "EMEA / Oslo", &[]);
    gone.active = false;
    Arc::new(Agents::new(7, vec![mara, rune, ines, gone]))
}

fn from(source: &str, mut event: Event) -> Event {
    event.source = source.to_owned();
    event
}

fn sign_ins() -> Vec<Event> {
    let mut by_id = access(5, "12:00", "sign_in", "unknown-account");
    by_id.employee_id = Some("4711".to_owned());
    by_id.agent_name = Some("M. Lind".to_owned());
    vec![
        access(1, "08:00", "sign_in", "mara"),
        from("pbx", access(2, "09:00", "sign_in", "8007")),
        from("other", access(3, "10:00", "sign_in", "8007")),
        access(4, "11:00", "sign_in", "omar"),
        by_id,
    ]
}

fn log(columns: &[&str], filters: Value) -> Value {
    json!({
        "report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"},
        "columns": columns, "filters": filters, "sort": [{"field": "event_time"}],
    })
}

async fn store() -> Store {
    let store = Store::new().await;
    store.append(sign_ins()).await;
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_account_it_was_the_agent_is_the_one_of_the_directory() {
    let store = store().await;
    for _ in ["in the journal", "in files"] {
        let answer = store.page_with(&directory(), log(&["agent", "agent_id", "account", "agent_name"], json!([]))).await;
        let row = |agent, id, account, said: Value| json!({"agent": agent, "agent_id": id, "account": account, "agent_name": said});
        assert_eq!(
            rows_of(&answer),
            [
                row("Mara Lind", "4711", "mara", Value::Null),
                row("Mara Lind", "4711", "8007", Value::Null),
                row("Rune Berg", "4712", "8007", Value::Null),
                row("omar", "omar", "omar", Value::Null),
                row("Mara Lind", "4711", "unknown-account", json!("M. Lind")),
            ]
        );
        store.archive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_an_agent_finds_all_accounts_by_any_name() {
    let store = store().await;
    let cases: &[(Value, &[u64])] = &[
        (json!({"field": "agent", "values": ["Mara Lind"]}), &[8, 9, 12]),
        (json!({"field": "agent", "values": ["4711"]}), &[8, 9, 12]),
        (json!({"field": "agent", "values": ["mara"]}), &[8, 9, 12]),
        (json!({"field": "agent", "values": ["M. Lind"]}), &[12]),
        (json!({"field": "agent", "values": ["8007"]}), &[8, 9, 10, 12]),
        (json!({"field": "agent_id", "values": ["4712"]}), &[10]),
        (json!({"field": "agent", "values": ["omar"]}), &[11]),
        (json!({"field": "agent", "values": ["Mara Lind", "omar"]}), &[8, 9, 11, 12]),
        (json!({"field": "agent", "op": "not_in", "values": ["Mara Lind"]}), &[10, 11]),
        (json!({"field": "agent", "op": "contains", "values": ["LIND"]}), &[8, 9, 12]),
        (json!({"field": "agent", "op": "prefix", "values": ["Rune", "om"]}), &[10, 11]),
        (json!({"field": "agent", "op": "is", "values": ["Mara Lind"]}), &[8, 9, 12]),
        (json!({"field": "agent", "op": "is", "values": ["M. Lind"]}), &[]),
        (json!({"field": "agent", "op": "is_null"}), &[]),
        (json!({"field": "account", "values": ["8007"]}), &[9, 10]),
        (json!({"field": "agent_time_zone", "values": ["Europe/Stockholm"]}), &[8, 9, 12]),
    ];
    for _ in ["in the journal", "in files"] {
        for (filter, hours) in cases {
            let answer = store.page_with(&directory(), log(&["event_time"], json!([filter]))).await;
            let times: Vec<Value> = hours.iter().map(|hour| json!({"event_time": format!("2026-04-15T{hour:02}:00:00Z")})).collect();
            assert_eq!((rows_of(&answer), answer.total), (times, hours.len() as u64), "{filter}");
        }
        store.archive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_shown_in_the_agents_own_zone() {
    let store = store().await;
    let mut definition = log(&["event_time", "agent"], json!([]));
    definition["clock"] = json!("agent");
    definition["time_zone"] = json!("Asia/Tokyo");
    let answer = store.page_with(&directory(), definition).await;
    let times: Vec<Value> = rows_of(&answer).into_iter().map(|row| row["event_time"].clone()).collect();
    assert_eq!(
        times,
        [
            "2026-04-15T10:00:00+02:00",
            "2026-04-15T11:00:00+02:00",
            "2026-04-15T19:00:00+09:00",
            "2026-04-15T20:00:00+09:00",
            "2026-04-15T14:00:00+02:00"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_counts_once_in_groups_and_in_signed_in_time() {
    let store = Store::new().await;
    store
        .append(vec![
            access(1, "08:00", "sign_in", "mara"),
            access(2, "12:00", "sign_out", "mara"),
            from("pbx", access(3, "10:00", "sign_in", "8007")),
            from("pbx", access(4, "14:00", "sign_out", "8007")),
        ])
        .await;
    let caller = Caller { agents: Some(directory()), ..caller() };
    let definition = json!({
        "report": "login_logout", "range": {"from": "2026-04-15", "to": "2026-04-15"},
        "group_by": [{"field": "agent"}], "measures": ["count", "agents"],
    });
    let definition = Definition::parse(definition).unwrap();
    let now = at("2026-04-20T12:00:00Z");
    let groups = store.reports.groups(&caller, &definition, &GroupPaging::default(), now).await.unwrap();
    assert_eq!(serde_json::to_value(&groups.groups[0].keys).unwrap(), json!({"agent": "Mara Lind"}));
    assert_eq!(serde_json::to_value(&groups.groups[0].measures).unwrap(), json!({"count": 2, "agents": 1}));
    assert_eq!(groups.total, 1);
    let time = store.reports.signed_in(&caller, &definition, &Paging::default(), now).await.unwrap();
    assert_eq!((time.total, time.days[0].agent.as_str()), (1, "4711"));
    assert_eq!((time.days[0].agent_name.as_deref(), time.days[0].seconds.as_i64()), (Some("Mara Lind"), Some(6 * 3_600)));
}

async fn offered(store: &Store, caller: &Caller, field: &str, filters: Value) -> Vec<(Value, u64, bool)> {
    let definition = Definition::parse(log(&["agent"], filters)).unwrap();
    let asked = [FacetAsked { field: field.to_owned(), ..FacetAsked::default() }];
    let catalogue = Arc::new(Catalogue::embedded().clone());
    let answer = store.reports.facets(caller, &definition, &asked, &catalogue, at("2026-04-20T12:00:00Z")).await.unwrap();
    answer.facets[0].values.iter().map(|value| (value.value.clone(), value.rows, value.occurred)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_offers_people_who_have_not_signed_in_too() {
    let store = store().await;
    let all = Caller { agents: Some(directory()), ..caller() };
    let value = |value: &str, rows, occurred| (json!(value), rows, occurred);
    assert_eq!(
        offered(&store, &all, "agent", json!([])).await,
        [value("Mara Lind", 3, true), value("Rune Berg", 1, true), value("omar", 1, true), value("Ines Costa", 0, false)],
        "who has left is not offered"
    );
    let in_lisbon = json!([{"field": "hierarchy", "op": "under", "values": ["EMEA / Lisbon"]}]);
    assert_eq!(offered(&store, &all, "agent_id", in_lisbon).await, [value("4713", 0, false)]);
    let in_oslo = json!([{"field": "hierarchy", "op": "under", "values": ["EMEA / Oslo"]}]);
    assert_eq!(offered(&store, &all, "agent", in_oslo.clone()).await, [value("Rune Berg", 0, false)]);
    // Nobody is offered whom the caller may not see.
    let part = ScopePart { hierarchies: vec!["EMEA / Lisbon".to_owned()], ..ScopePart::default() };
    let of_lisbon = Caller { scope: Scope::Parts(vec![part]), ..all };
    assert_eq!(offered(&store, &of_lisbon, "agent", json!([])).await, [value("Ines Costa", 0, false)]);
    assert_eq!(offered(&store, &of_lisbon, "agent", in_oslo).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_does_not_go_on_where_agents_are_told_apart_otherwise() {
    let store = store().await;
    let page = async |revision: i64, sort: &str, cursor: Option<String>| {
        let mut definition = log(&["agent"], json!([]));
        definition["sort"] = json!([{"field": sort}]);
        let definition = Definition::parse(definition).unwrap();
        let agents = Arc::new(Agents::new(revision, directory().entries().to_vec()));
        let caller = Caller { agents: Some(agents), ..caller() };
        store.reports.page(&caller, &definition, &Paging { limit: Some(2), cursor }, at("2026-04-20T12:00:00Z")).await
    };
    let by_time = page(1, "event_time", None).await.unwrap().next_cursor;
    assert!(page(2, "event_time", by_time).await.is_ok(), "the order is another's");
    let by_agent = page(1, "agent", None).await.unwrap().next_cursor;
    assert!(page(1, "agent", by_agent.clone()).await.is_ok());
    let refused = page(2, "agent", by_agent).await.unwrap_err();
    assert!(matches!(&refused, Error::Cursor(reason) if reason.contains("directory")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_signed_in_is_found_by_what_ships() {
    let store = store().await;
    let caller = Caller { agents: Some(directory()), ..caller() };
    let dormant = shipped().iter().find(|shipped| shipped.id == "dormant_agents").unwrap();
    let groups = async |definition: &Definition, limit: usize, cursor: Option<String>| {
        let paging = GroupPaging { depth: None, limit: Some(limit), cursor };
        store.reports.groups(&caller, definition, &paging, at("2026-04-20T12:00:00Z")).await.unwrap()
    };
    let answer = groups(&dormant.definition, 10, None).await;
    let told: Vec<(Value, Value)> =
        answer.groups.iter().map(|group| (json!(group.keys["agent"]), json!([group.measures["count"], group.measures["last"]]))).collect();
    assert_eq!(
        told,
        [
            (json!("Ines Costa"), json!([0, null])),
            (json!("Rune Berg"), json!([1, "2026-04-15T10:00:00Z"])),
            (json!("omar"), json!([1, "2026-04-15T11:00:00Z"])),
            (json!("Mara Lind"), json!([3, "2026-04-15T12:00:00Z"])),
        ]
    );
    // They are groups as all others: counted in the total, and on a page of their own.
    let first = groups(&dormant.definition, 1, None).await;
    let second = groups(&dormant.definition, 1, first.next_cursor.clone()).await;
    assert_eq!((first.total, &second.groups[0].keys["agent"]), (4, &json!("Rune Berg")));
    // Only those who can meet the filters are known beforehand.
    let mut in_oslo = serde_json::to_value(&dormant.definition).unwrap();
    in_oslo["filters"] = json!([{"field": "hierarchy", "op": "under", "values": ["EMEA / Oslo"]}]);
    let in_oslo = groups(&Definition::parse(in_oslo).unwrap(), 10, None).await;
    assert_eq!(in_oslo.groups.iter().map(|group| &group.keys["agent"]).collect::<Vec<_>>(), ["Rune Berg"]);
}

/// Who an event is about, in the words of the specification.
fn person(event: &Event) -> Option<String> {
    let by_id = event.employee_id.clone().filter(|id| id == "0" || id == "1");
    let own = [("portal", "a", "0"), ("pbx", "b", "0"), ("", "b", "1"), ("", "c", "1")];
    let by_account = |source: &str| own.iter().find(|known| known.0 == source && Some(known.1) == event.account.as_deref());
    by_id.or_else(|| by_account(&event.source).or_else(|| by_account("")).map(|known| known.2.to_owned()))
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn a_row_is_an_agents_by_the_directory_or_by_what_it_says(
        raw in prop::collection::vec((0_usize..3, 0_usize..5, 0_usize..4), 1..40),
        archived in 0_usize..40,
        asked in prop::sample::select(vec!["a", "b", "c", "d", "0", "1", "2", "Zero", "One"]),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::new().await;
            let event = |(number, (source, account, id)): (u128, &(usize, usize, usize))| {
                let mut event = from(["portal", "pbx", "other"][*source], access(number, "08:00", "sign_in", "x"));
                event.account = ["a", "b", "c", "d"].get(*account).map(|account| (*account).to_owned());
                event.employee_id = ["0", "1", "2"].get(*id).map(|id| (*id).to_owned());
                event.stream = Some("stream".to_owned());
                event
            };
            let events: Vec<Event> = (1..).zip(&raw).map(event).collect();
            let archived = archived.min(events.len());
            store.append(events[..archived].to_vec()).await;
            store.archive().await;
            store.append(events[archived..].to_vec()).await;
            let zero = entry("0", Some("Zero"), "EMEA", &[("portal", "a"), ("pbx", "b")]);
            let one = entry("1", Some("One"), "EMEA", &[("", "b"), ("", "c")]);
            let agents = Arc::new(Agents::new(1, vec![zero, one]));
            let names: BTreeMap<&str, BTreeSet<&str>> =
                BTreeMap::from([("0", BTreeSet::from(["0", "Zero", "a", "b"])), ("1", BTreeSet::from(["1", "One", "b", "c"]))]);
            let is_meant = |event: &&Event| {
                let by_directory = person(event).is_some_and(|person| names[person.as_str()].contains(asked));
                by_directory || event.account.as_deref() == Some(asked) || event.employee_id.as_deref() == Some(asked)
            };
            let expected: BTreeSet<String> = events.iter().filter(is_meant).map(|event| event.event_id.to_string()).collect();
            for (op, expected_rows) in [("in", expected.len()), ("not_in", events.len() - expected.len())] {
                let filter = json!([{"field": "agent", "op": op, "values": [asked]}]);
                let answer = store.page_with(&agents, log(&["event_id"], filter)).await;
                let found: BTreeSet<String> =
                    rows_of(&answer).iter().map(|row| row["event_id"].as_str().unwrap().to_owned()).collect();
                prop_assert_eq!((answer.total, found.len()), (expected_rows as u64, expected_rows), "{} {}", op, asked);
                prop_assert_eq!(op == "in" && found == expected, op == "in");
            }
            Ok(())
        })?;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_one_agent_are_put_in_order_by_agent_as_all_rows_are() {
    let store = Store::new().await;
    for batch in sign_ins().chunks(2) {
        store.append(batch.to_vec()).await;
        store.archive().await;
    }
    store.append(vec![access(9, "18:00", "sign_in", "mara")]).await;
    for (field, op, value) in [("agent", "is", "Mara Lind"), ("agent_id", "is", "4711"), ("agent_time_zone", "in", "Europe/Stockholm")] {
        for report in ["sign_in_log", "login_logout"] {
            let definition = json!({
                "report": report, "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["account"],
                "filters": [{"field": field, "op": op, "values": [value]}],
                "sort": [{"field": "source"}, {"field": field}, {"field": "account", "dir": "desc"}],
            });
            let answer = store.page_with(&directory(), definition).await;
            let accounts: Vec<Value> = rows_of(&answer).iter().map(|row| row["account"].clone()).collect();
            assert_eq!(accounts, ["8007", "unknown-account", "mara", "mara"], "{report} by {field}");
        }
    }
}
