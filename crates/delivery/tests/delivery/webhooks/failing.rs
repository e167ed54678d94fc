//! What becomes of messages that a receiver does not take.

use std::time::Duration;

use rollcall_delivery::webhooks::{Filter, Wanted, WebhookState};
use serde_json::{Value, json};

use super::bench::{Bench, Receiver, sign_in, texts};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_failed_is_sent_again_before_the_next_one() {
    let (bench, receiver) = (Bench::new().await, Receiver::saying(&[200, 500, 429, 503]).await);
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    bench.append((1..=4).map(sign_in).collect()).await;
    bench.delivery.run_due().await.unwrap();
    let failing = bench.present(&made.webhook).await;
    let retry = failing.retry.unwrap();
    assert_eq!((failing.position, retry.seq, retry.attempts), (1, 1, 1));
    let wait = retry.next_at.seconds_since(bench.clock.now());
    assert!((3.9..=6.1).contains(&wait), "{wait}");
    assert_eq!(bench.delivery.run_due().await.unwrap(), 0, "it is left alone until then");
    bench.run_until_next_attempts(&made.webhook, 10).await;
    assert_eq!(receiver.accounts(), ["agent1", "agent2", "agent2", "agent2", "agent2", "agent3", "agent4"]);
    let came = receiver.came();
    assert!(came[1..5].iter().all(|again| again.header("webhook-id") == came[1].header("webhook-id") && again.text == came[1].text));
    assert_ne!(came[1].header("webhook-timestamp"), came[4].header("webhook-timestamp"), "it is signed when it is sent");
    let present = bench.present(&made.webhook).await;
    assert_eq!((present.position, present.retry, present.failing_since), (4, None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failed_attempt_is_recorded_with_request_response_and_number() {
    let (bench, receiver) = (Bench::new().await, Receiver::saying(&[500, 302]).await);
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    bench.append(vec![sign_in(1)]).await;
    bench.run_until_next_attempts(&made.webhook, 5).await;
    let failures = bench.failures().await;
    assert_eq!(failures.len(), 2);
    let [first, second] = [&failures[0], &failures[1]];
    assert_eq!((&first["target"], &first["target_kind"]), (&json!("desk"), &json!("webhook")));
    assert_eq!((&first["failure_type"], &first["failure_code"], &first["attempt"]), (&json!("status"), &json!("500"), &json!(1)));
    assert_eq!((&second["failure_type"], &second["failure_code"], &second["attempt"]), (&json!("redirect"), &json!("302"), &json!(2)));
    let details = &first["details"];
    assert_eq!((&details["number"], &details["seq"]), (&json!(1), &json!(0)));
    let request = &details["request"];
    assert_eq!(request["url"], format!("http://{}/hook?token=...", receiver.at));
    assert_eq!(request["headers"]["webhook-id"], receiver.came()[0].header("webhook-id"));
    assert!(request["headers"].get("webhook-signature").is_none());
    assert_eq!(serde_json::from_str::<Value>(request["body"].as_str().unwrap()).unwrap(), receiver.came()[0].body);
    assert_eq!(details["response"], json!({"status": 500, "headers": {"content-length": "2", "connection": "close"}, "body": "ok"}));
    let record = bench.control.outbox().pending(1_000).await.unwrap();
    for pending in record {
        assert!(!pending.record.event.contains("4711") && !pending.record.event.contains("whsec_"), "{}", pending.record.event);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_a_message_is_given_up_and_the_next_one_is_sent() {
    let bench = Bench::new().await;
    // One message that the receiver does not bear.
    let receiver = Receiver::answering(|came| (if came.account() == "agent2" { 500 } else { 200 }, Duration::ZERO)).await;
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    let webhook = &made.webhook;
    bench.append((1..=3).map(sign_in).collect()).await;
    let began = bench.clock.now();
    bench.run_until_next_attempts(webhook, 30).await;
    let day = bench.clock.now().seconds_since(began) / 3_600.0;
    assert!((23.9..=24.1).contains(&day), "{day}");
    let attempts = receiver.accounts().iter().filter(|account| *account == "agent2").count();
    assert!((9..=13).contains(&attempts), "{attempts}");
    assert_eq!(receiver.accounts().last().unwrap(), "agent3");
    let failures = bench.failures().await;
    let numbers: Vec<i64> = failures.iter().map(|failure| failure["attempt"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=i64::try_from(attempts).unwrap()).collect::<Vec<i64>>(), "each attempt is in the failure log");
    let given_up = bench.delivery.undelivered(webhook, 10).await.unwrap();
    assert_eq!(given_up.len(), 1);
    assert_eq!((given_up[0].seq, given_up[0].event_id, given_up[0].event_type.as_str()), (1, sign_in(2).event_id, "access.sign_in"));
    assert_eq!(usize::try_from(given_up[0].attempts).unwrap(), attempts);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_sent_again_by_hand_under_the_same_id() {
    let bench = Bench::new().await;
    let mut refusals = 40;
    let receiver = Receiver::answering(move |came| {
        let is_refused = came.account() == "agent1" && refusals > 0;
        refusals -= i32::from(is_refused && came.account() == "agent1");
        (if is_refused { 500 } else { 200 }, Duration::ZERO)
    })
    .await;
    let made = bench.webhook("desk", &receiver.url(), &["access"]).await;
    let (webhook, by) = (&made.webhook, Bench::operator());
    bench.append(vec![sign_in(1), sign_in(2)]).await;
    bench.run_until_next_attempts(webhook, 30).await;
    assert_eq!(bench.delivery.undelivered(webhook, 10).await.unwrap().len(), 1);
    let attempts = bench.failures().await.len();
    // Not taken yet: that is one more failed attempt.
    let again = bench.delivery.resend_webhook(&by, webhook, Wanted::Event(sign_in(1).event_id)).await.unwrap();
    assert_eq!((again.delivered, again.status), (false, Some(500)));
    assert_eq!(bench.failures().await.last().unwrap()["attempt"], json!(attempts + 1));
    let failure = bench.failures().await[0]["event_id"].as_str().unwrap().parse().unwrap();
    bench.drain().await;
    loop {
        let again = bench.delivery.resend_webhook(&by, webhook, Wanted::Failure(failure)).await.unwrap();
        if again.delivered {
            assert_eq!(again.message_id, receiver.came()[0].header("webhook-id"));
            break;
        }
    }
    assert!(bench.delivery.undelivered(webhook, 10).await.unwrap().is_empty());
    // So is what was delivered long ago.
    assert!(bench.delivery.resend_webhook(&by, webhook, Wanted::Event(sign_in(2).event_id)).await.unwrap().delivered);
    assert!(bench.delivery.resend_webhook(&by, webhook, Wanted::Event(sign_in(3).event_id)).await.is_err());
    assert!(bench.delivery.resend_webhook(&by, webhook, Wanted::Failure(sign_in(1).event_id)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_and_who_fails_for_days_is_disabled_visibly_and_loses_nothing() {
    let (bench, gone, dead) = (Bench::new().await, Receiver::saying(&[410]).await, Receiver::answering(|_| (500, Duration::ZERO)).await);
    let gone_webhook = bench.webhook("gone", &gone.url(), &["access"]).await.webhook;
    let dead_webhook = bench.webhook("dead", &dead.url(), &["access"]).await.webhook;
    bench.append((1..=9).map(sign_in).collect()).await;
    bench.delivery.run_due().await.unwrap();
    let present = bench.present(&gone_webhook).await;
    assert_eq!(present.state, WebhookState::Disabled);
    assert!(present.state_reason.as_ref().unwrap().contains("410"), "{:?}", present.state_reason);
    assert_eq!(gone.came().len(), 1);
    bench.delivery.resume_webhook(&Bench::operator(), &present).await.unwrap();
    bench.delivery.run_due().await.unwrap();
    assert_eq!(gone.accounts()[..3], ["agent1", "agent1", "agent2"], "it goes on where it was");

    bench.run_until_next_attempts(&dead_webhook, 200).await;
    let present = bench.present(&dead_webhook).await;
    assert_eq!(present.state, WebhookState::Disabled);
    assert!(
        present.state_reason.as_ref().unwrap().contains("everything has failed since 2026-04-15T08:00:00Z"),
        "{:?}",
        present.state_reason
    );
    assert!((4..=6).contains(&bench.delivery.undelivered(&dead_webhook, 10).await.unwrap().len()));
    let record = bench.control.outbox().pending(1_000).await.unwrap();
    let told = record.iter().filter(|pending| pending.record.event.contains("Disabled the webhook"));
    assert_eq!(told.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_webhook_is_told_of_its_own_failures() {
    let (bench, deaf, fine) = (Bench::new().await, Receiver::answering(|_| (500, Duration::ZERO)).await, Receiver::new().await);
    let webhook = bench.webhook("deaf", &deaf.url(), &["access", "webhook_failure"]).await.webhook;
    bench.webhook("fine", &fine.url(), &["webhook_failure"]).await;
    bench.webhook("not asked", &fine.url(), &["activity"]).await;
    bench.append(vec![sign_in(1)]).await;
    let mut failures = 0;
    for _ in 0..40 {
        bench.delivery.run_due().await.unwrap();
        failures += bench.drain().await;
        match bench.present(&webhook).await.retry {
            Some(retry) => bench.clock.set(retry.next_at),
            None => break,
        }
    }
    bench.delivery.run_due().await.unwrap();
    assert_eq!(deaf.came().len(), failures, "only the sign-in was sent");
    assert!(deaf.accounts().iter().all(|account| account == "agent1"));
    assert_eq!(fine.came().len(), failures, "who asked for the failures of others is told of each");
    assert!(fine.came().iter().all(|came| came.body["type"] == "webhook_failure.delivery"));
    assert_eq!(bench.drain().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inner_address_is_refused_when_it_is_set_up_and_when_it_is_called() {
    let bench = Bench::allowing(&[]).await;
    let by = Bench::operator();
    let wish = |url: &str| rollcall_delivery::webhooks::Wish {
        name: "desk".to_owned(),
        url: url.to_owned(),
        allow_http: true,
        filter: Filter { categories: texts(&["access"]), ..Filter::default() },
    };
    for url in [
        "https://127.0.0.1/",
        "http://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest",
        "https://user:pass@example.com/",
        "ftp://example.com/",
        "nonsense",
    ] {
        assert!(bench.delivery.make_webhook(&by, &wish(url)).await.is_err(), "{url}");
    }
    let receiver = Receiver::new().await;
    let by_name = format!("https://localhost:{}/", receiver.at.port());
    let made = bench.delivery.make_webhook(&by, &wish(&by_name)).await.unwrap();
    bench.append(vec![sign_in(1)]).await;
    bench.delivery.run_due().await.unwrap();
    let failures = bench.failures().await;
    assert_eq!(failures[0]["failure_type"], "refused address");
    assert!(failures[0].get("failure_code").is_none() && failures[0]["details"]["response"].is_null());
    assert_eq!(bench.present(&made.webhook).await.retry.unwrap().attempts, 1);
    assert!(receiver.came().is_empty());
}
