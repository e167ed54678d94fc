//! Numbers of sessions, where people move: counted by hand over the rows that a scope admits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use rollcall_model::{Catalogue, Scope, Timestamp};
use rollcall_reports::facets::FacetAsked;
use rollcall_reports::group::answer::GroupPaging;
use rollcall_reports::histogram::HistogramAsked;
use rollcall_reports::{Caller, Definition, Paging};
use serde_json::{Value, json};

use super::questions::{noon, streamed};
use super::scopes::{admits_row, scopes};
use super::world::worlds;
use crate::fixtures::*;

const FIELDS: &[&str] = &["account", "agent", "agent_id", "source_ip", "ended_by", "source", "open", "routing_profile", "employee_id"];
/// What is needed beside them.
const OTHERS: &[&str] = &["hierarchy", "tags", "session_key", "kind", "login_time", "logout_time", "ended_no_later_than", "duration"];

/// All sessions there ever were.
fn sessions(more: &Value) -> Definition {
    let columns = [FIELDS, OTHERS].concat();
    let mut definition = json!({
        "report": "login_logout", "range": {"from": "2026-04-01", "to": "2026-04-19"}, "spanning": true,
        "columns": columns, "sort": [{"field": "login_time"}, {"field": "session_key"}],
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Definition::parse(definition).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How many rows have each value of a field; `null` stands for none.
fn by_value(rows: &[Value], field: &str) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for row in rows {
        *counted.entry(text(&row[field])).or_default() += 1;
    }
    counted
}

async fn facet(store: &Store, caller: &Caller, field: &str) -> (BTreeMap<String, u64>, u64) {
    let asked = [FacetAsked { field: field.to_owned(), top: Some(1_000), ..FacetAsked::default() }];
    let catalogue = Arc::new(Catalogue::embedded().clone());
    let answer = store.reports.facets(caller, &sessions(&json!({})), &asked, &catalogue, noon()).await.unwrap();
    let occurred = answer.facets[0].values.iter().filter(|value| value.occurred).map(|value| (text(&value.value), value.rows));
    let missing = [("null".to_owned(), answer.facets[0].missing)].into_iter().filter(|(_, rows)| *rows > 0);
    (occurred.chain(missing).collect(), answer.total)
}

/// By each value of a field: how many, the first login, and the longest duration.
async fn groups(store: &Store, caller: &Caller, field: &str) -> BTreeMap<String, (u64, Value, Value)> {
    let definition = sessions(&json!({"group_by": [{"field": field}], "measures": ["count", "first", "duration_max"]}));
    let answer = store.reports.groups(caller, &definition, &GroupPaging::default(), noon()).await.unwrap();
    let told = |measures: &serde_json::Map<String, Value>| {
        (measures["count"].as_u64().unwrap(), measures["first"].clone(), measures["duration_max"].clone())
    };
    answer.groups.iter().map(|group| (text(&group.keys[field]), told(&group.measures))).collect()
}

fn groups_by_hand(rows: &[Value], field: &str) -> BTreeMap<String, (u64, Value, Value)> {
    let mut groups: BTreeMap<String, (u64, Value, Value)> = BTreeMap::new();
    for row in rows {
        let group = groups.entry(text(&row[field])).or_default();
        group.0 += 1;
        // Rows come by their logins; who has none comes last.
        if group.1.is_null() {
            group.1 = row["login_time"].clone();
        }
        if row["duration"].as_f64() > group.2.as_f64() {
            group.2 = row["duration"].clone();
        }
    }
    groups
}

async fn histogram(store: &Store, caller: &Caller, split: &str) -> (BTreeMap<String, u64>, u64, u64) {
    let asked = HistogramAsked { split: Some(split.to_owned()), top: Some(50), ..HistogramAsked::default() };
    let answer = store.reports.histogram(caller, &sessions(&json!({})), &asked, noon()).await.unwrap();
    let values = answer.split.unwrap().values;
    (values.iter().map(|value| (text(&value.value), value.rows)).collect(), answer.outside, answer.total)
}

/// From when to when, and the key.
type Stay = (Timestamp, Timestamp, String);

/// The keys of the sessions during which the same agent had another one, among some that come by their logins.
fn concurrent_by_hand(rows: &[Value]) -> BTreeSet<String> {
    let mut by_agent: BTreeMap<(String, String), Vec<Stay>> = BTreeMap::new();
    for row in rows {
        let moment = |column: &str| row[column].as_str().map(at);
        if let (Some(login), Some(agent)) = (moment("login_time"), row["agent_id"].as_str()) {
            let end = moment("logout_time").or_else(|| moment("ended_no_later_than")).unwrap_or(at("2026-04-20T00:00:00Z"));
            by_agent.entry((agent.to_owned(), text(&row["kind"]))).or_default().push((login, end, text(&row["session_key"])));
        }
    }
    let of_agent = |sessions: &Vec<Stay>| {
        let is_concurrent = |at: &usize| {
            let (login, end, _) = &sessions[*at];
            sessions[..*at].iter().any(|(_, earlier, _)| earlier > login) || sessions.get(at + 1).is_some_and(|(later, ..)| later < end)
        };
        (0..sessions.len()).filter(is_concurrent).map(|at| sessions[at].2.clone()).collect::<Vec<_>>()
    };
    by_agent.values().flat_map(of_agent).collect()
}

async fn check(store: &Store, everybody: &Caller, somebody: &Caller, field: &str) -> Result<(), TestCaseError> {
    let all = streamed(store, everybody, &sessions(&json!({}))).await;
    let rows: Vec<Value> = all.into_iter().filter(|row| admits_row(&somebody.scope, row)).collect();
    let (facet, total) = facet(store, somebody, field).await;
    prop_assert_eq!((&facet, total), (&by_value(&rows, field), rows.len() as u64), "the facet of {}", field);
    prop_assert_eq!(groups(store, somebody, field).await, groups_by_hand(&rows, field), "the groups by {}", field);
    let (split, outside, total) = histogram(store, somebody, field).await;
    let with_login: Vec<Value> = rows.iter().filter(|row| !row["login_time"].is_null()).cloned().collect();
    prop_assert_eq!(split, by_value(&with_login, field), "the bars by {}", field);
    prop_assert_eq!((outside, total), ((rows.len() - with_login.len()) as u64, rows.len() as u64));

    let concurrent = sessions(&json!({"filters": [{"field": "concurrent", "values": [true]}]}));
    let found: BTreeSet<String> = streamed(store, somebody, &concurrent).await.iter().map(|row| text(&row["session_key"])).collect();
    prop_assert_eq!(found, concurrent_by_hand(&rows), "what is concurrent");
    let signed_in = store.reports.signed_in(somebody, &sessions(&json!({})), &Paging::default(), noon()).await.unwrap();
    let agents: BTreeSet<&str> = rows.iter().filter_map(|row| row["agent_id"].as_str()).collect();
    prop_assert!(signed_in.days.iter().all(|day| agents.contains(day.agent.as_str())), "{:?} of {:?}", signed_in.days, agents);
    Ok(())
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn numbers_of_sessions_are_those_of_the_rows_that_a_scope_admits(
        world in worlds(false),
        scopes in prop::collection::vec(scopes(), 2),
        asking in prop::collection::vec((0_usize..3, prop::sample::select(FIELDS)), 5),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let caller = |scope: &Scope| Caller { scope: scope.clone(), agents: world.agents(), ..caller() };
            let callers = [caller(&Scope::All), caller(&scopes[0]), caller(&scopes[1])];
            let store = world
                .laid(async |store, step| {
                    for caller in &callers {
                        facet(store, caller, FIELDS[step % FIELDS.len()]).await;
                    }
                })
                .await;
            for (who, field) in asking {
                check(&store, &callers[0], &callers[who], field).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
