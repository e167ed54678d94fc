//! What is said of rows: as a ledger says it that never had any other events.

use proptest::prelude::*;
use rollcall_model::Scope;
use rollcall_reports::Caller;

use super::questions::{Asked, questions};
use super::scopes::scopes;
use super::world::{World, worlds};
use crate::fixtures::*;

/// Asks, and does not look at what it says.
async fn remember(store: &Store, callers: &[Caller], asked: &Asked) {
    let known = store.ledger.next_seq(&caller().tenant).unwrap();
    for caller in callers {
        asked.ask(store, caller, &|share| i64::try_from(share.index(usize::try_from(known).unwrap() + 1)).unwrap()).await;
    }
}

async fn check(world: &World, scopes: &[Scope], questions: &[Asked], asking: &[(usize, usize)]) -> Result<(), TestCaseError> {
    let scoped = |scope: &Scope| Caller { scope: scope.clone(), agents: world.agents(), ..caller() };
    // The last of them sees everything.
    let callers: Vec<Caller> = scopes.iter().chain([&Scope::All]).map(scoped).collect();
    let store = world.laid(async |store, step| remember(store, &callers, &questions[step % questions.len()]).await).await;
    let mut twins = Vec::new();
    for scope in scopes {
        let agents = world.agents_at_work_in(scope);
        twins.push((world.twin(scope).await, Caller { agents, ..caller() }));
    }
    let first = |share: prop::sample::Index| share.index(world.events.len() + 1);
    for (who, what) in asking {
        let (asked, who) = (&questions[what % questions.len()], *who % callers.len());
        let told = asked.ask(&store, &callers[who], &|share| i64::try_from(first(share)).unwrap()).await;
        let (Some(scope), Some((twin, everybody))) = (scopes.get(who), twins.get(who)) else { continue };
        let expected = asked.ask(twin, everybody, &|share| i64::try_from(world.admitted(scope, first(share))).unwrap()).await;
        prop_assert_eq!(told, expected, "{:?} asked by {:?}", asked, scope);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(14))]

    #[test]
    fn somebody_is_told_what_a_ledger_of_their_rows_alone_tells(
        world in worlds(true),
        scopes in prop::collection::vec(scopes(), 2),
        questions in prop::collection::vec(questions(), 4),
        asking in prop::collection::vec((0_usize..3, 0_usize..4), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(check(&world, &scopes, &questions, &asking))?;
    }
}
