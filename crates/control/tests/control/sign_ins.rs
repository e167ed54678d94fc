//! Attempts at signing in, and sign-ins that wait: counted while they are under way, taken once.

use futures::future::join_all;
use rollcall_control::sign_ins::{Failures, Waiting};
use rollcall_control::{Control, ControlError};
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, at, tenant};

on_both_engines![
    an_attempt_counts_as_failed_until_it_is_known_better,
    an_attempt_that_is_refused_is_not_counted_for_any_subject,
    an_attempt_that_is_withdrawn_leaves_what_failed_before,
    each_of_many_attempts_at_once_is_counted,
    attempts_and_successes_at_once_do_not_hinder_each_other,
    what_failed_long_ago_is_forgotten,
    a_damaged_count_is_named,
    a_sign_in_that_waits_is_taken_once_also_by_several_at_once,
    a_sign_in_that_has_waited_too_long_is_not_taken,
    nothing_shows_with_what_a_sign_in_goes_on,
];

fn subjects(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Lets everybody try.
fn nobody(_: &str, _: Failures) -> Option<()> {
    None
}

/// What is counted for a subject.
async fn failures(control: &Control, subject: &str) -> Failures {
    let asked = control.sign_ins().attempt(&subjects(&[subject]), at(999), |_, failures| Some(failures)).await.unwrap();
    asked.unwrap_err()
}

fn waiting(expires_at: i64) -> Waiting {
    Waiting { tenant: tenant("emea"), content: r#"{"nonce":"secret"}"#.to_owned(), expires_at: at(expires_at) }
}

async fn an_attempt_counts_as_failed_until_it_is_known_better(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let both = subjects(&["account", "address"]);
    assert_eq!(failures(&control, "account").await, Failures { count: 0, last_at: at(999) });
    for number in 1..=3 {
        control.sign_ins().attempt(&both, at(number), nobody).await.unwrap().unwrap();
        assert_eq!(failures(&control, "account").await, Failures { count: number, last_at: at(number) });
    }
    let counted = control.sign_ins().attempt(&subjects(&["account"]), at(4), nobody).await.unwrap().unwrap();
    control.sign_ins().succeeded(&counted, |_| true).await.unwrap();
    assert_eq!(failures(&control, "account").await.count, 0);
    assert_eq!(failures(&control, "address").await, Failures { count: 3, last_at: at(3) }, "it was no attempt for that");
}

async fn an_attempt_that_is_refused_is_not_counted_for_any_subject(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let both = subjects(&["account", "address"]);
    control.sign_ins().attempt(&both, at(1), nobody).await.unwrap().unwrap();
    let refused = |subject: &str, failures: Failures| (subject == "address").then_some(failures.count);
    assert_eq!(control.sign_ins().attempt(&both, at(2), refused).await.unwrap(), Err(1));
    for subject in ["account", "address"] {
        assert_eq!(failures(&control, subject).await, Failures { count: 1, last_at: at(1) });
    }
}

async fn an_attempt_that_is_withdrawn_leaves_what_failed_before(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sign_ins = control.sign_ins();
    let account = subjects(&["account"]);
    for number in 1..=2 {
        sign_ins.attempt(&account, at(number), nobody).await.unwrap().unwrap();
    }
    let counted = sign_ins.attempt(&account, at(3), nobody).await.unwrap().unwrap();
    sign_ins.withdraw(&counted).await.unwrap();
    assert_eq!(failures(&control, "account").await, Failures { count: 2, last_at: at(2) });

    let counted = sign_ins.attempt(&account, at(4), nobody).await.unwrap().unwrap();
    sign_ins.attempt(&account, at(5), nobody).await.unwrap().unwrap();
    sign_ins.withdraw(&counted).await.unwrap();
    assert_eq!(failures(&control, "account").await, Failures { count: 3, last_at: at(5) }, "one that came after it counts");

    let counted = sign_ins.attempt(&account, at(6), nobody).await.unwrap().unwrap();
    let other = sign_ins.attempt(&account, at(7), nobody).await.unwrap().unwrap();
    sign_ins.succeeded(&other, |_| true).await.unwrap();
    sign_ins.withdraw(&counted).await.unwrap();
    assert_eq!(failures(&control, "account").await.count, 0, "never less than none");
}

async fn each_of_many_attempts_at_once_is_counted(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let attempt = |number: usize| {
        let control = nodes[number % 2].clone();
        let limit = |_: &str, failures: Failures| (failures.count >= 10).then_some(());
        async move { control.sign_ins().attempt(&subjects(&["account", "address"]), at(1), limit).await.unwrap() }
    };
    let outcomes = join_all((0..24).map(|number| tokio::spawn(attempt(number)))).await;
    let let_in = outcomes.into_iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count();
    assert_eq!(let_in, 10, "nobody slips through beside others");
    assert_eq!(failures(&nodes[0], "address").await.count, 10);
}

async fn attempts_and_successes_at_once_do_not_hinder_each_other(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let sign_in = |number: usize| {
        let control = nodes[number % 2].clone();
        async move {
            for round in 0..10 {
                // The order of the rows on the disk is another one than that in which they are locked.
                let subjects = subjects(&["z account", "m account", "a address"]);
                let counted = control.sign_ins().attempt(&subjects, at(round), nobody).await.unwrap().unwrap();
                if (number + round as usize).is_multiple_of(3) {
                    control.sign_ins().withdraw(&counted).await.unwrap();
                } else {
                    control.sign_ins().succeeded(&counted, |_| true).await.unwrap();
                }
            }
        }
    };
    for outcome in join_all((0..8).map(|number| tokio::spawn(sign_in(number)))).await {
        outcome.unwrap();
    }
}

async fn what_failed_long_ago_is_forgotten(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for (subject, moment) in [("old", 1), ("new", 2)] {
        control.sign_ins().attempt(&subjects(&[subject]), at(moment), nobody).await.unwrap().unwrap();
    }
    for (id, expires_at) in [("over", 50), ("not yet", 51)] {
        control.sign_ins().wait(id, &waiting(expires_at)).await.unwrap();
    }
    control.sign_ins().forget(at(1), at(50)).await.unwrap();
    assert_eq!((failures(&control, "old").await.count, failures(&control, "new").await.count), (0, 1));
    assert_eq!(control.sign_ins().take("over", at(0)).await.unwrap(), None);
    assert_eq!(control.sign_ins().take("not yet", at(0)).await.unwrap(), Some(waiting(51)));
}

async fn a_damaged_count_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.sign_ins().attempt(&subjects(&["p:1"]), at(1), nobody).await.unwrap().unwrap();
    place.sql("UPDATE sign_in_throttle SET last_at = 9223372036854775807").await;
    let error = control.sign_ins().attempt(&subjects(&["p:1"]), at(2), nobody).await.unwrap_err();
    assert!(error.to_string().contains("sign_in_throttle p:1: last_at: expected UTC microseconds"), "{error}");
    control.sign_ins().wait("state", &waiting(50)).await.unwrap();
    place.sql("UPDATE openid_state SET tenant = 'No Tenant'").await;
    let error = control.sign_ins().take("state", at(1)).await.unwrap_err();
    assert!(matches!(&error, ControlError::Damaged { table: "openid_state", column: "tenant", .. }), "{error}");
    assert!(!error.to_string().contains("state:") && !error.to_string().contains("nonce"), "its id is a secret: {error}");
}

async fn a_sign_in_that_waits_is_taken_once_also_by_several_at_once(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for round in 0..5 {
        let id = format!("state {round}");
        nodes[0].sign_ins().wait(&id, &waiting(50)).await.unwrap();
        assert_eq!(nodes[1].sign_ins().take("another", at(1)).await.unwrap(), None);
        let taken = join_all((0..8).map(|number| {
            let (control, id) = (nodes[number % 2].clone(), id.clone());
            tokio::spawn(async move { control.sign_ins().take(&id, at(1)).await.unwrap() })
        }));
        let taken: Vec<Waiting> = taken.await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(taken, [waiting(50)]);
        assert_eq!(nodes[0].sign_ins().take(&id, at(1)).await.unwrap(), None);
    }
}

async fn a_sign_in_that_has_waited_too_long_is_not_taken(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for (id, moment, is_taken) in [("early", 49, true), ("at its end", 50, false), ("late", 51, false)] {
        control.sign_ins().wait(id, &waiting(50)).await.unwrap();
        assert_eq!(control.sign_ins().take(id, at(moment)).await.unwrap().is_some(), is_taken, "{id}");
        assert_eq!(control.sign_ins().take(id, at(0)).await.unwrap(), None, "{id}: and is gone");
    }
}

async fn nothing_shows_with_what_a_sign_in_goes_on(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.sign_ins().wait("state", &waiting(50)).await.unwrap();
    let again = control.sign_ins().wait("state", &waiting(50)).await.unwrap_err();
    let taken = control.sign_ins().take("state", at(1)).await.unwrap().unwrap();
    for shown in [format!("{taken:?}"), format!("{again:?}"), again.to_string()] {
        assert!(!shown.contains("nonce"), "{shown}");
    }
    assert!(taken.content.contains("nonce"));
}
