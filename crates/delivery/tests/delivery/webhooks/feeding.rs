//! Every event once, in order, signed, and to nobody later because of somebody else.

use std::sync::Arc;
use std::time::Duration;

use rollcall_control::jobs::JobStatus;
use rollcall_delivery::webhooks::{Filter, WebhookState};
use rollcall_model::event::OWN_SOURCE;
use rollcall_model::{Category, Event, Outcome, TenantId};
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Receiver, sign_in, texts};

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_is_told_of_every_event_once_in_the_order_in_which_they_came() {
    let (bench, receiver) = (Bench::new().await, Receiver::new().await);
    bench.append(vec![sign_in(1)]).await;
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    // Later events of earlier times, in several portions, some of them in files already.
    bench.append((200..400).rev().map(sign_in).collect()).await;
    bench.delivery.run_due().await.unwrap();
    bench.append((100..150).map(sign_in).collect()).await;
    bench.ledger.archive(&TenantId::default()).await.unwrap();
    bench.append((2..20).map(sign_in).collect()).await;
    bench.delivery.run_due().await.unwrap();
    let expected: Vec<String> = (200..400).rev().chain(100..150).chain(2..20).map(|number| format!("agent{number}")).collect();
    assert_eq!(receiver.accounts(), expected, "what was there before is none of its business");
    let came = receiver.came();
    assert!(came.iter().all(|came| came.is_signed_with(made.secret.reveal())));
    let seqs: Vec<i64> = came.iter().map(|came| came.body["data"]["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=268).collect::<Vec<i64>>());
    let first = &came[0];
    assert_eq!(first.body["type"], "access.sign_in");
    assert_eq!(first.body["timestamp"], "2026-04-15T06:06:39Z");
    assert_eq!(first.body["data"]["channel"], "agent_portal");
    assert!(first.body["data"].get("comments").is_none());
    assert_eq!(first.header("webhook-timestamp"), "1776240000");
    let present = bench.present(&made.webhook).await;
    assert_eq!((present.position, present.delivered_at), (269, Some(bench.clock.now())));
    assert_eq!(bench.delivery.run_due().await.unwrap(), 0, "there is nothing to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_chooses_events_and_runs() {
    let (bench, receiver, of_runs) = (Bench::new().await, Receiver::new().await, Receiver::new().await);
    let failed_sign_ins = Filter {
        categories: texts(&["access"]),
        activities: texts(&["sign_in"]),
        outcomes: texts(&["failure"]),
        sources: texts(&["portal"]),
        ..Filter::default()
    };
    bench.webhook_of(&Bench::operator(), "failed", &receiver.url(), failed_sign_ins).await;
    bench.webhook_of(&Bench::operator(), "runs", &of_runs.url(), Filter { runs: true, ..Filter::default() }).await;
    let failed = |number| Event { outcome: Outcome::Failure, ..sign_in(number) };
    let run = |number, source: &str, activity: &str| Event {
        source: source.to_owned(),
        category: Category::Activity,
        entity: Some("Schedule Run".to_owned()),
        activity: activity.to_owned(),
        account: None,
        channel: None,
        ..sign_in(number)
    };
    let events = vec![
        sign_in(1),
        failed(2),
        Event { activity: "sign_out".to_owned(), ..failed(3) },
        Event { source: "phone".to_owned(), ..failed(4) },
        run(5, OWN_SOURCE, "Succeeded"),
        run(6, OWN_SOURCE, "Requested"),
        run(7, "portal", "Succeeded"),
        failed(8),
        run(9, OWN_SOURCE, "Failed"),
    ];
    bench.append(events).await;
    bench.delivery.run_due().await.unwrap();
    assert_eq!(receiver.accounts(), ["agent2", "agent8"]);
    let told: Vec<String> = of_runs.came().iter().map(|came| came.body["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, ["run.succeeded", "run.failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_holds_up_nobody_else() {
    let bench = Bench::new().await;
    let (slow, quick) = (Receiver::answering(|_| (200, Duration::from_secs(8))).await, Receiver::new().await);
    bench.webhook("slow", &slow.url(), &["access"]).await;
    bench.webhook("quick", &quick.url(), &["access"]).await;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&bench.delivery).run_jobs(shutdown.clone()));
    bench.append((1..=20).map(sign_in).collect()).await;
    let began = Instant::now();
    quick.wait_for(20).await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert_eq!(slow.came().len(), 1);
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_sleeps_wakes_within_a_second_or_so_and_writes_nothing_while_it_does() {
    let (bench, receiver) = (Bench::new().await, Receiver::new().await);
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    bench.append(vec![sign_in(1)]).await;
    bench.delivery.run_due().await.unwrap();
    let job =
        || async { bench.control.jobs().about(&TenantId::default(), "webhook", &made.webhook.id.to_string()).await.unwrap().unwrap() };
    let asleep = job().await;
    assert_eq!(asleep.status, JobStatus::Waiting);
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&bench.delivery).run_jobs(shutdown.clone()));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(job().await, asleep, "nobody touches what sleeps");
    for number in 2..5 {
        let began = Instant::now();
        bench.append(vec![sign_in(number)]).await;
        receiver.wait_for(number as usize).await;
        assert!(began.elapsed() < Duration::from_millis(2_500), "{:?}", began.elapsed());
    }
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_feeds_a_webhook() {
    let (bench, receiver) = (Bench::new().await, Receiver::answering(|_| (200, Duration::from_millis(5))).await);
    for name in ["one", "two", "three"] {
        bench.webhook(name, &receiver.url(), &["access"]).await;
    }
    let shutdown = CancellationToken::new();
    let nodes = [bench.node("b"), bench.node("c")].map(|node| tokio::spawn(node.run_jobs(shutdown.clone())));
    for portion in 0..5_u32 {
        bench.append((portion * 10..portion * 10 + 10).map(sign_in).collect()).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    receiver.wait_for(150).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut ids: Vec<String> = receiver.came().iter().map(|came| came.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 150);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 150, "each of three webhooks has told of each event once");
    shutdown.cancel();
    for node in nodes {
        node.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_in_the_middle_nothing_is_missing_and_what_comes_twice_has_the_same_id() {
    let (bench, receiver) = (Bench::new().await, Receiver::answering(|_| (200, Duration::from_millis(10))).await);
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    bench.append((0..60).map(sign_in).collect()).await;
    for stop_after in [7, 23, 41] {
        let node = bench.node("b");
        let running = tokio::spawn(node.run_jobs(CancellationToken::new()));
        receiver.wait_for(stop_after).await;
        // Nothing is noted any more, nor given back.
        running.abort();
        let _ = running.await;
        bench.control.jobs().release("b", true).await.unwrap();
    }
    bench.control.jobs().release("b", true).await.unwrap();
    bench.delivery.run_due().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    bench.delivery.run_due().await.unwrap();
    let came = receiver.came();
    let mut accounts: Vec<u32> = came.iter().map(|came| came.account()[5..].parse().unwrap()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    assert_eq!(accounts, (0..60).collect::<Vec<u32>>());
    for one in &came {
        let same = came.iter().filter(|other| other.account() == one.account());
        assert!(same.into_iter().all(|other| other.header("webhook-id") == one.header("webhook-id") && other.text == one.text));
    }
    assert_eq!(bench.present(&made.webhook).await.position, 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_a_webhook_is_paused_is_sent_when_it_is_resumed() {
    let (bench, receiver) = (Bench::new().await, Receiver::new().await);
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    let paused = bench.delivery.pause_webhook(&Bench::operator(), &made.webhook).await.unwrap();
    assert_eq!(paused.state, WebhookState::Paused);
    bench.append(vec![sign_in(1), sign_in(2)]).await;
    bench.delivery.run_due().await.unwrap();
    assert!(receiver.came().is_empty());
    bench.delivery.resume_webhook(&Bench::operator(), &paused).await.unwrap();
    bench.delivery.run_due().await.unwrap();
    assert_eq!(receiver.accounts(), ["agent1", "agent2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn for_a_day_after_a_new_secret_calls_are_signed_with_both() {
    let (bench, receiver) = (Bench::new().await, Receiver::new().await);
    let old = bench.webhook("desk", &receiver.url(), &["access"]).await;
    let new = bench.delivery.rotate_webhook(&Bench::operator(), &old.webhook).await.unwrap();
    bench.append(vec![sign_in(1)]).await;
    bench.delivery.run_due().await.unwrap();
    bench.clock.pass(24 * 3_600 + 1);
    bench.append(vec![sign_in(2)]).await;
    bench.delivery.run_due().await.unwrap();
    let came = receiver.came();
    assert!(came[0].is_signed_with(old.secret.reveal()) && came[0].is_signed_with(new.secret.reveal()));
    assert!(!came[1].is_signed_with(old.secret.reveal()) && came[1].is_signed_with(new.secret.reveal()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_step_by_step_what_came_of_it() {
    let (bench, receiver) = (Bench::new().await, Receiver::saying(&[204, 503]).await);
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    let test = || async {
        let tested = bench.delivery.test_webhook(&Bench::operator(), &made.webhook).await.unwrap();
        let steps: Vec<_> = tested.steps.iter().map(|step| (step.step.as_str(), step.worked)).collect();
        (tested.delivered, tested.status, steps, tested.steps.last().unwrap().told.clone())
    };
    let (delivered, status, steps, _) = test().await;
    assert_eq!((delivered, status), (true, Some(204)));
    assert_eq!(steps, [("name", true), ("address", true), ("connection", true), ("answer", true)]);
    let came = receiver.came().remove(0);
    assert!(came.is_signed_with(made.secret.reveal()));
    assert_eq!((&came.body["type"], &came.body["data"]["webhook"]), (&json!("test"), &json!("desk")));
    let (delivered, status, steps, told) = test().await;
    assert_eq!((delivered, status, steps[3]), (false, Some(503), ("answer", false)));
    assert!(told.contains("503"), "{told}");
    assert!(bench.failures().await.is_empty(), "a test is no message");
}
