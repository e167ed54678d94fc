//! Rows: what somebody is shown is what everybody is shown, but for the rows that their scope refuses.

use proptest::prelude::*;
use rollcall_model::Scope;
use rollcall_reports::{Caller, Definition, Kind, Paging};
use serde_json::{Value, json};

use super::questions::{changes, definitions_of, leave_out, noon, pages, streamed, value};
use super::scopes::{JUDGED_BY, admits_row, scopes};
use super::world::{World, worlds};
use crate::fixtures::*;

/// The definition with the columns by which rows are judged, and without what depends on which others there are.
fn judging(mut definition: Value) -> Value {
    leave_out(&mut definition, &["concurrent"], &["columns", "sort", "group_by", "group_sort", "filters"]);
    let columns = definition["columns"].as_array().cloned().unwrap_or_default();
    let others = columns.into_iter().filter(|column| !JUDGED_BY.contains(&column.as_str().unwrap()));
    definition["columns"] = others.chain(JUDGED_BY.map(Value::from)).collect::<Vec<_>>().into();
    definition
}

/// A ledger in which everything was asked before, by everybody.
async fn asked_before(world: &World, callers: &[Caller], definitions: &[Definition]) -> Store {
    let meanwhile = async |store: &Store, step: usize| {
        for caller in callers {
            let definition = &definitions[step % definitions.len()];
            store.reports.page(caller, definition, &Paging { limit: Some(step), cursor: None }, noon()).await.unwrap();
        }
    };
    world.laid(meanwhile).await
}

/// The row of a change: as it is, or as it was.
fn row_of(change: &Value) -> &Value {
    if change["after"].is_null() { &change["before"] } else { &change["after"] }
}

async fn check(store: &Store, everybody: &Caller, somebody: &Caller, definition: &Definition, limit: usize) -> Result<(), TestCaseError> {
    let all = streamed(store, everybody, definition).await;
    let admitted: Vec<Value> = all.into_iter().filter(|row| admits_row(&somebody.scope, row)).collect();
    let paging = |limit, cursor| Paging { limit: Some(limit), cursor };
    let total = store.reports.page(somebody, definition, &paging(0, None), noon()).await.unwrap().total;
    prop_assert_eq!(total, admitted.len() as u64, "the total alone, of {:?}", definition);
    let paged = pages("rows", async |cursor| value(store.reports.page(somebody, definition, &paging(limit, cursor), noon()).await)).await;
    prop_assert_eq!(&paged["rows"], &json!(admitted), "pages of {:?}", definition);
    prop_assert_eq!(&paged["total"], admitted.len());
    prop_assert_eq!(streamed(store, somebody, definition).await, admitted, "the stream of {:?}", definition);
    // A link says what is asked, and not who may see it.
    if let Ok(link) = definition.to_compact() {
        let followed = Definition::from_compact(&link).unwrap();
        let rows = rows_of(&store.reports.page(somebody, &followed, &paging(1_000, None), noon()).await.unwrap());
        prop_assert_eq!(json!(rows), paged["rows"].clone(), "the link of {:?}", definition);
    }
    Ok(())
}

async fn check_changes(
    store: &Store,
    everybody: &Caller,
    somebody: &Caller,
    definition: &Definition,
    since: i64,
) -> Result<(), TestCaseError> {
    let all = changes(store, everybody, definition, since).await;
    let admitted: Vec<Value> = all.into_iter().filter(|change| admits_row(&somebody.scope, row_of(change))).collect();
    prop_assert_eq!(changes(store, somebody, definition, since).await, admitted, "since {} of {:?}", since, definition);
    Ok(())
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn somebody_sees_the_rows_of_everybody_that_their_scope_admits(
        world in worlds(false),
        scopes in prop::collection::vec(scopes(), 2),
        sessions in definitions_of(Kind::LoginLogout),
        events in prop::sample::select(Kind::ALL).prop_flat_map(definitions_of),
        asking in prop::collection::vec((0_usize..2, 0_usize..2), 4),
        limit in prop::sample::select(vec![4_usize, 9, 1_000]),
        since in any::<prop::sample::Index>(),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let caller = |scope: &Scope| Caller { scope: scope.clone(), agents: world.agents(), ..caller() };
            let (everybody, somebody) = (caller(&Scope::All), [caller(&scopes[0]), caller(&scopes[1])]);
            let definitions = [sessions, events].map(|definition| Definition::parse(judging(definition)).unwrap());
            let callers = [&somebody[..], std::slice::from_ref(&everybody)].concat();
            let store = asked_before(&world, &callers, &definitions).await;
            let since = i64::try_from(since.index(world.events.len() + 1)).unwrap();
            for (who, what) in asking {
                check(&store, &everybody, &somebody[who], &definitions[what], limit).await?;
                check_changes(&store, &everybody, &somebody[who], &definitions[what], since).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}
