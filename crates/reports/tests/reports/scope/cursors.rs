//! Cursors: where one reader stopped, nobody with another scope goes on.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;
use rollcall_reports::group::answer::GroupPaging;
use rollcall_reports::{Caller, Definition, Error, Kind, Paging};
use serde_json::{Value, json};

use super::questions::{definitions_of, noon, value};
use super::scopes::scopes;
use super::world::worlds;
use crate::fixtures::*;

/// What has pages.
#[derive(Debug, Clone, Copy)]
enum Paged {
    Rows,
    Groups,
    SignedIn,
    Changes,
}

impl Paged {
    const ALL: [Paged; 4] = [Paged::Rows, Paged::Groups, Paged::SignedIn, Paged::Changes];

    async fn page(self, store: &Store, caller: &Caller, definition: &Definition, cursor: Option<String>) -> Result<Value, Error> {
        let (reports, limit) = (&store.reports, Some(2));
        let paging = Paging { limit, cursor: cursor.clone() };
        match self {
            Paged::Rows => value(reports.page(caller, definition, &paging, noon()).await),
            Paged::Groups => value(reports.groups(caller, definition, &GroupPaging { depth: None, limit, cursor }, noon()).await),
            Paged::SignedIn => value(reports.signed_in(caller, definition, &paging, noon()).await),
            Paged::Changes => value(reports.changes(caller, definition, 3, &paging, noon()).await),
        }
    }

    /// Whether the stream of all of it goes on at a cursor.
    async fn stream(self, store: &Store, caller: &Caller, definition: &Definition, cursor: &str) -> Result<(), Error> {
        let reports = &store.reports;
        match self {
            Paged::Rows => reports.stream(caller, definition, Some(cursor), noon()).await.map(drop),
            Paged::Groups => {
                let paging = GroupPaging { cursor: Some(cursor.to_owned()), ..GroupPaging::default() };
                reports.group_stream(caller, definition, &paging, noon()).await.map(drop)
            }
            Paged::SignedIn => reports.signed_in_stream(caller, definition, Some(cursor), noon()).await.map(drop),
            Paged::Changes => reports.change_stream(caller, definition, 3, Some(cursor), noon()).await.map(drop),
        }
    }
}

async fn check(store: &Store, one: &Caller, another: &Caller, definition: &Definition) -> Result<(), TestCaseError> {
    for paged in Paged::ALL {
        let first = paged.page(store, one, definition, None).await.unwrap();
        let Some(cursor) = first["next_cursor"].as_str() else { continue };
        let theirs = paged.page(store, another, definition, Some(cursor.to_owned())).await;
        prop_assert!(matches!(theirs, Err(Error::Cursor(_))), "{:?}: {:?}", paged, theirs);
        let theirs = paged.stream(store, another, definition, cursor).await;
        prop_assert!(matches!(theirs, Err(Error::Cursor(_))), "{:?}: {:?}", paged, theirs);
        let own = paged.page(store, one, definition, Some(cursor.to_owned())).await.unwrap();
        prop_assert_eq!(&own["total"], &first["total"]);
        paged.stream(store, one, definition, cursor).await.unwrap();
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(5))]

    #[test]
    fn a_cursor_of_another_scope_is_refused(
        world in worlds(false), theirs in scopes(), other in scopes(), mut definition in definitions_of(Kind::LoginLogout),
    ) {
        prop_assume!(theirs != other);
        definition["group_by"] = json!([{"field": "account"}, {"field": "login_time", "bucket": "day"}]);
        definition["group_sort"] = json!([]);
        let definition = Definition::parse(definition).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let store = world.laid(async |_, _| {}).await;
            let [everybody, theirs, other] = [Scope::All, theirs, other].map(|scope| Caller { scope, agents: world.agents(), ..caller() });
            for (one, another) in [(&everybody, &theirs), (&theirs, &other), (&theirs, &everybody)] {
                check(&store, one, another, &definition).await?;
            }
            Ok::<(), TestCaseError>(())
        })?;
    }
}

fn of(branches: &[&str]) -> Scope {
    let part = |branch: &&str| ScopePart { hierarchies: vec![(*branch).to_owned()], ..ScopePart::default() };
    Scope::Parts(branches.iter().map(part).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_whose_scope_has_changed_begins_anew() {
    let store = Store::new().await;
    let place = |number: u128| ["EMEA / Oslo", "EMEA / Lisbon"][number as usize % 2].to_owned();
    let sign_in = |number: u128| {
        let mut event = access(number, "08:00", "sign_in", &format!("a{number}"));
        event.hierarchy = Some(place(number));
        event
    };
    store.append((0..8).map(sign_in).collect()).await;
    let log = json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["account"]});
    let log = Definition::parse(log).unwrap();
    let page = async |scope: Scope, cursor: Option<String>| {
        store.reports.page(&Caller { scope, ..caller() }, &log, &Paging { limit: Some(3), cursor }, noon()).await
    };
    let first = page(of(&["EMEA / Oslo", "EMEA / Lisbon"]), None).await.unwrap();
    assert_eq!(first.total, 8);
    let cursor = || first.next_cursor.clone();
    for changed in [of(&["EMEA / Oslo"]), of(&["EMEA"]), Scope::All, Scope::Nothing] {
        let error = page(changed, cursor()).await.unwrap_err();
        assert!(matches!(&error, Error::Cursor(reason) if reason.contains("other rows")), "{error}");
    }
    // In which order somebody's rights are found is no change.
    let next = page(of(&["EMEA / Lisbon", "EMEA / Oslo"]), cursor()).await.unwrap();
    let accounts: BTreeSet<String> =
        [rows_of(&first), rows_of(&next)].concat().iter().map(|row| row["account"].as_str().unwrap().to_owned()).collect();
    assert_eq!((accounts.len(), next.total), (6, 8));
}
