//! Several nodes on one PostgreSQL: they append, archive and query at the same time, and nothing is lost or
//! doubled.

use std::sync::Arc;

use rollcall_ledger::{Ledger, Submission};
use rollcall_model::{Event, Scope, TenantId};
use rollcall_test_postgres::{Server, Stop};

use crate::fixtures::*;

async fn node(home: &Home, name: &str) -> Arc<Ledger> {
    Arc::new(Ledger::open(home.options_of_node(name)).await.unwrap())
}

fn sign_in(number: u128, account: &str) -> Event {
    access(number, minute(i64::try_from(number % 1_000).unwrap()), "sign_in", account)
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_append_archive_and_query_at_once_without_losing_or_doubling() {
    let home = Home::new(Engine::Postgres);
    let nodes = [node(&home, "a").await, node(&home, "b").await, node(&home, "c").await];
    let mut writers = Vec::new();
    for (at, ledger) in nodes.iter().enumerate() {
        let ledger = Arc::clone(ledger);
        writers.push(tokio::spawn(async move {
            let mut accepted = 0;
            for batch in 0..40_u128 {
                // Every node sends the same events: each of them counts once.
                let shared = (0..5).map(|n| sign_in(batch * 5 + n, "shared"));
                let own = (0..5).map(|n| sign_in(10_000 * (at as u128 + 1) + batch * 5 + n, &format!("node{at}")));
                accepted += append(&ledger, shared.chain(own).collect()).await.accepted;
                if batch % 10 == 9 {
                    ledger.archive(&tenant()).await.unwrap();
                }
                assert_without_gaps(&events(&ledger).await);
            }
            accepted
        }));
    }
    let mut accepted = 0;
    for writer in writers {
        accepted += writer.await.unwrap();
    }
    assert_eq!(accepted, 200 + 3 * 200);
    for ledger in &nodes {
        let seen = events(ledger).await;
        assert_eq!(seen.len() as u64, accepted);
        assert_without_gaps(&seen);
    }
    assert_eq!(sessions(&nodes[0]).await, sessions(&nodes[2]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_acknowledged_the_next_query_on_another_sees() {
    let home = Home::new(Engine::Postgres);
    let (here, there) = (node(&home, "a").await, node(&home, "b").await);
    for number in 0..20 {
        append(&here, vec![sign_in(number, "mara.lind")]).await;
        assert_eq!(events(&there).await.len() as u128, number + 1);
        if number % 5 == 4 {
            there.archive(&tenant()).await.unwrap();
            assert_eq!(events(&here).await.len() as u128, number + 1);
        }
    }
    assert_eq!(append(&there, vec![sign_in(3, "mara.lind")]).await.duplicates, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_do_not_wait_for_each_other() {
    let home = Home::new(Engine::Postgres);
    let (here, there) = (node(&home, "a").await, node(&home, "b").await);
    let other: TenantId = TenantId::new("north").unwrap();
    here.make_tenant(&other).await.unwrap();
    there.make_tenant(&other).await.unwrap();
    // A node that was cut off in the middle of a write holds the first tenant's head.
    let lock = home.sql("BEGIN; SELECT 1 FROM rollcall_tenant WHERE tenant = 'default' FOR UPDATE; SELECT pg_sleep(3)");
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    let waiting = tokio::spawn({
        let here = Arc::clone(&here);
        async move { append(&here, vec![sign_in(1, "mara.lind")]).await.accepted }
    });
    for number in 0..20 {
        let submission = Submission { events: vec![sign_in(number, "omar.aziz")], ..Submission::default() };
        there.append(&other, submission).await.unwrap();
    }
    assert!(!waiting.is_finished(), "the first tenant's append waits for the lock");
    assert_eq!(waiting.await.unwrap(), 1);
    lock.await.unwrap();
    let of_other = here.snapshot(&other, Scope::All).await.unwrap();
    assert_eq!(events_of(&of_other).await.len(), 20);
    assert_eq!(events(&here).await.len(), 1, "nothing of one tenant shows in the other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_and_started_in_the_middle_loses_and_doubles_nothing() {
    let server = Server::start();
    let home = Home::on(&server);
    let ledger = node(&home, "a").await;
    let writer = {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move {
            let (mut acknowledged, mut failures) = (0, 0);
            for number in 0..400_u128 {
                loop {
                    let events = vec![sign_in(number, "mara.lind")];
                    match ledger.append(&tenant(), Submission { events, ..Submission::default() }).await {
                        Ok(receipt) => {
                            acknowledged += receipt.accepted + receipt.duplicates;
                            break;
                        }
                        Err(error) => {
                            assert!(error.is_unavailable(), "{error}");
                            failures += 1;
                            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                        }
                    }
                }
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            (acknowledged, failures)
        })
    };
    for how in [Stop::Immediate, Stop::Fast, Stop::Immediate] {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        server.stop(how);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        server.start_again();
    }
    let (acknowledged, _failures) = writer.await.unwrap();
    assert_eq!(acknowledged, 400);
    let seen = events(&ledger).await;
    assert_without_gaps(&seen);
    assert_eq!(seen.len(), 400);
    ledger.archive(&tenant()).await.unwrap();
    ledger.close().await.unwrap();
    drop(ledger);
    let another = node(&home, "b").await;
    assert_eq!(events(&another).await, seen, "another node sees the same");
}
