//! Schedules: what is due, when, once; and what a run tells.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rollcall_access::UserUpdate;
use rollcall_control::schedules::{Run, RunStatus};
use rollcall_delivery::DeliveryError;
use rollcall_delivery::file::{Asking, FileWish, Format, Progress, Question, Style};
use rollcall_delivery::schedules::Alerts;
use rollcall_delivery::schedules::rule::Rule;
use rollcall_delivery::schedules::settings::Wish;
use rollcall_model::{Scope, TenantId};
use rollcall_reports::{Caller, Definition};
use rollcall_test_smtp::{Protection, SmtpServer};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::destinations::webhook::{SECRET, receiver_at_any_time};
use crate::house::{HOUR, House, MINUTE, accounts, at, files_below, files_of, sign_in};

const DAY: i64 = 24 * HOUR;

fn daily(zone: &str, destination: Uuid) -> Wish {
    Wish { time_zone: Some(zone.to_owned()), destinations: Some(vec![destination]), ..Wish::default() }
}

async fn runs(house: &House, schedule: Uuid) -> Vec<Run> {
    let mut runs = house.control.runs().list(&TenantId::default(), Some(schedule), None, 1_000).await.unwrap();
    runs.reverse();
    runs
}

fn of(activity: &str, recorded: &[Value]) -> Vec<Value> {
    recorded.iter().filter(|event| event["activity"] == activity).cloned().collect()
}

/// Two weeks of runs in several zones, with an event every 47 minutes: together the files of a zone hold each one once.
async fn two_weeks(begin: &str, zones: &[&str]) {
    let house = House::at(begin).await;
    let (begin, mut sent) = (house.now(), BTreeMap::new());
    let mut schedules = Vec::new();
    for zone in zones {
        let (destination, folder) = house.destination().await;
        schedules.push((*zone, house.schedule(&house.operator, daily(zone, destination)).await, folder));
    }
    let (mut number, mut next) = (0u32, begin);
    while house.now() < begin.plus_micros(15 * DAY) {
        house.pass(7 * HOUR + 13 * MINUTE);
        let mut events = Vec::new();
        while next < house.now() {
            let account = format!("a{number}");
            events.push(sign_in(&account, next));
            sent.insert(account, next);
            number += 1;
            next = next.plus_micros(47 * MINUTE);
        }
        house.append(events).await;
        house.run_due().await;
    }
    house.sign_in("the-last", house.now()).await;
    house.pass(2 * MINUTE);
    house.run_due().await;
    for (zone, view, folder) in schedules {
        let runs = runs(&house, view.schedule.id).await;
        assert!(runs.len() >= 14, "{zone}: {}", runs.len());
        assert!(runs.iter().all(|run| run.status == RunStatus::Succeeded && run.missing.is_none()), "{zone}: {runs:#?}");
        let (from, to) = (runs.first().unwrap().range_from, runs.last().unwrap().range_to);
        let mut told = BTreeMap::new();
        for (name, text) in files_of(&folder) {
            for account in accounts(&text) {
                let before = told.insert(account.clone(), name.clone());
                assert!(before.is_none(), "{zone}: {account} is in {before:?} and {name}");
            }
        }
        let expected: Vec<&String> = sent.iter().filter(|(_, time)| (from..to).contains(time)).map(|(account, _)| account).collect();
        assert_eq!(told.keys().collect::<Vec<_>>(), expected, "{zone}");
        assert_eq!(files_of(&folder).len(), runs.len(), "{zone}: a file for each run");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_files_hold_every_row_once_where_clocks_go_back() {
    two_weeks("2026-10-18T10:00:00Z", &["UTC", "Europe/Stockholm", "Asia/Beirut", "America/Havana"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_files_hold_every_row_once_where_midnight_is_skipped() {
    two_weeks("2026-08-30T10:00:00Z", &["America/Santiago", "Asia/Kathmandu"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_in_a_downtime_is_made_up_once_with_its_own_range() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let wish = Wish { max_made_up: Some(3), ..daily("Europe/Stockholm", destination) };
    let view = house.schedule(&house.operator, wish).await;
    for day in 1..=6 {
        house.sign_in(&format!("day{day}"), at(&format!("2026-06-0{day}T20:00:00Z"))).await;
    }
    house.set(at("2026-06-06T21:00:00Z"));
    let recorded = house.run_due().await;
    house.run_due().await;
    let runs = runs(&house, view.schedule.id).await;
    let statuses: Vec<RunStatus> = runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [RunStatus::Skipped, RunStatus::Skipped, RunStatus::Succeeded, RunStatus::Succeeded, RunStatus::Succeeded]);
    assert!(runs[0].reason.as_deref().unwrap().contains("max_made_up"), "{:?}", runs[0].reason);
    assert_eq!((runs[4].range_from, runs[4].range_to), (at("2026-06-04T22:00:00Z"), at("2026-06-05T22:00:00Z")));
    let files = files_of(&folder);
    let told: Vec<Vec<String>> = files.iter().map(|(_, text)| accounts(text)).collect();
    assert_eq!(told, [["day3"], ["day4"], ["day5"]], "not what came on the day of the run");
    assert!(files[0].0.contains("2026-06-04T000000"), "the date in the schedule's zone: {}", files[0].0);
    assert_eq!((of("Succeeded", &recorded).len(), of("Skipped", &recorded).len()), (3, 2));
    let delivered = &of("Succeeded", &recorded)[0];
    assert_eq!((&delivered["entity"], &delivered["effect"]), (&json!("Schedule Run"), &json!("read")));
    assert_eq!((&delivered["details"]["rows"], &delivered["instance"]), (&json!(1), &json!(runs[2].id.to_string())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weekly_run_is_on_its_days_and_has_the_week_before() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let wish = Wish {
        rule: Some(Rule::Week { on: ["wednesday".parse().unwrap(), "monday".parse().unwrap()].into() }),
        range: Some("previous_week".to_owned()),
        prefix: Some("Weekly".to_owned()),
        ..daily("UTC", destination)
    };
    let view = house.schedule(&house.operator, wish).await;
    assert_eq!(view.next.unwrap().at, at("2026-06-03T00:00:00Z"));
    house.sign_in("inside", at("2026-05-31T23:59:59Z")).await;
    house.sign_in("outside", at("2026-06-08T00:00:00Z")).await;
    house.set(at("2026-06-09T00:00:00Z"));
    house.run_due().await;
    let due: Vec<String> = runs(&house, view.schedule.id).await.iter().map(|run| run.due_at.to_string()).collect();
    assert_eq!(due, ["2026-06-03T00:00:00Z", "2026-06-08T00:00:00Z"]);
    let told: Vec<Vec<String>> = files_of(&folder.join("Reports/Weekly")).iter().map(|(_, text)| accounts(text)).collect();
    assert_eq!(told, [vec!["inside".to_owned()], vec![]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_while_it_is_paused_is_left_out() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, _) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    house.set(at("2026-06-02T00:00:01Z"));
    // What was due before somebody pauses it is done, also if nobody has planned it yet.
    let paused = house.delivery.pause_schedule(&house.operator, &view).await.unwrap();
    assert!(paused.next.is_none());
    house.set(at("2026-06-05T12:00:00Z"));
    house.sign_in("x", house.now()).await;
    house.run_due().await;
    let resumed = house.delivery.resume_schedule(&house.operator, &paused, false).await.unwrap();
    assert_eq!(resumed.next.unwrap().at, at("2026-06-06T00:00:00Z"));
    house.set(at("2026-06-06T12:00:00Z"));
    house.sign_in("y", house.now()).await;
    let recorded = house.run_due().await;
    let due: Vec<String> = runs(&house, view.schedule.id).await.iter().map(|run| run.due_at.to_string()).collect();
    assert_eq!(due, ["2026-06-02T00:00:00Z", "2026-06-06T00:00:00Z"]);
    assert_eq!(of("Resumed", &recorded).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_until_its_sources_have_sent_everything() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    house.sign_in("early", at("2026-06-01T23:50:00Z")).await;
    house.set(at("2026-06-02T00:05:00Z"));
    house.run_due().await;
    let waiting = &runs(&house, view.schedule.id).await[0];
    assert_eq!((waiting.status, waiting.attempts), (RunStatus::Waiting, 1));
    assert!(waiting.reason.as_deref().unwrap().contains("portal has sent events up to 2026-06-01T23:50:00Z"), "{:?}", waiting.reason);
    assert!(files_of(&folder).is_empty());
    house.set(at("2026-06-02T00:20:00Z"));
    house.sign_in("late", at("2026-06-01T23:55:00Z")).await;
    house.sign_in("next day", at("2026-06-02T00:19:00Z")).await;
    house.run_due().await;
    assert_eq!(accounts(&files_of(&folder)[0].1), ["late", "early"]);
    assert_eq!(runs(&house, view.schedule.id).await[0].missing, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_waited_long_enough_says_what_was_missing() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let view = house.schedule(&house.operator, Wish { max_wait_hours: Some(1), ..daily("UTC", destination) }).await;
    house.sign_in("early", at("2026-06-01T23:50:00Z")).await;
    for minutes in [1, 30, 59] {
        house.set(at("2026-06-02T00:00:00Z").plus_micros(minutes * MINUTE));
        house.run_due().await;
        assert!(files_of(&folder).is_empty(), "after {minutes} minutes");
    }
    house.set(at("2026-06-02T01:01:00Z"));
    let recorded = house.run_due().await;
    let run = &runs(&house, view.schedule.id).await[0];
    assert_eq!((run.status, run.rows), (RunStatus::Succeeded, Some(1)));
    assert!(run.missing.as_deref().unwrap().starts_with("portal has sent events up to"), "{:?}", run.missing);
    assert_eq!(of("Succeeded", &recorded)[0]["details"]["missing"], json!(run.missing));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_events_supersede_a_run_which_can_be_restated_beside_it() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    house.sign_in("in time", at("2026-06-01T20:00:00Z")).await;
    house.sign_in("next day", at("2026-06-02T00:01:00Z")).await;
    house.set(at("2026-06-02T00:02:00Z"));
    house.run_due().await;
    // What comes for another day changes nothing.
    house.sign_in("another day", at("2026-06-02T00:10:00Z")).await;
    house.set(at("2026-06-02T00:20:00Z"));
    house.run_due().await;
    assert_eq!(runs(&house, view.schedule.id).await[0].status, RunStatus::Succeeded);
    house.sign_in("late", at("2026-06-01T21:00:00Z")).await;
    house.set(at("2026-06-02T02:00:00Z"));
    let recorded = house.run_due().await;
    let run = runs(&house, view.schedule.id).await[0].clone();
    assert_eq!(run.status, RunStatus::Superseded);
    assert!(run.reason.as_deref().unwrap().contains("added 1 rows"), "{:?}", run.reason);
    assert_eq!(of("Superseded", &recorded).len(), 1);

    let before = files_of(&folder);
    let seen = house.delivery.run(&house.operator, &run.id.to_string()).await.unwrap();
    let restated = house.delivery.restate_run(&house.operator, &seen).await.unwrap();
    assert_eq!((restated.run.number, restated.run.restates), (1, Some(run.id)));
    let recorded = house.run_due().await;
    let after = files_of(&folder);
    assert_eq!(after.len(), 2);
    assert!(after.contains(&before[0]), "what was delivered stays as it was");
    let anew = after.iter().find(|file| **file != before[0]).unwrap();
    assert_eq!(accounts(&anew.1), ["late", "in time"]);
    assert_eq!((of("Restated", &recorded).len(), of("Succeeded", &recorded).len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_now_is_one_more_beside_those_that_are_due() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    house.sign_in("yesterday", at("2026-05-31T20:00:00Z")).await;
    house.sign_in("today", at("2026-06-01T11:00:00Z")).await;
    for _ in 0..2 {
        house.delivery.run_schedule(&house.operator, &view).await.unwrap();
    }
    let recorded = house.run_due().await;
    assert_eq!(of("Requested", &recorded).len(), 2);
    let files = files_of(&folder);
    assert_eq!(files.len(), 2, "neither takes the other's place");
    assert!(files.iter().all(|(name, text)| name.contains("2026-06-01T000000") && accounts(text) == ["yesterday"]), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_whose_owner_is_disabled_is_suspended_until_somebody_takes_it_over() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let mara = house.user("mara", &["analyst"]).await;
    let view = house.schedule(&mara, daily("UTC", destination)).await;
    let user = house.access.user_of_account(&TenantId::default(), "mara").await.unwrap();
    let disabled = UserUpdate { active: Some(false), ..UserUpdate::default() };
    house.access.update_user(&house.operator, &user, &disabled).await.unwrap();
    house.set(at("2026-06-03T12:00:00Z"));
    house.sign_in("x", house.now()).await;
    let recorded = house.run_due().await;
    assert_eq!(of("Suspended", &recorded).len(), 1);
    let id = view.schedule.id.to_string();
    let suspended = house.delivery.schedule(&house.operator, &id).await.unwrap();
    assert!(suspended.schedule.suspended.as_deref().unwrap().contains("is disabled"), "{suspended:?}");
    assert!(suspended.next.is_none() && runs(&house, view.schedule.id).await.is_empty() && files_of(&folder).is_empty());

    let refused = house.delivery.resume_schedule(&house.operator, &suspended, false).await.unwrap_err();
    assert!(matches!(refused, DeliveryError::Conflict(_)), "{refused}");
    let resumed = house.delivery.resume_schedule(&house.operator, &suspended, true).await.unwrap();
    assert_eq!((resumed.schedule.owner.as_str(), &resumed.schedule.suspended), ("operator", &None));
    house.set(at("2026-06-04T12:00:00Z"));
    house.sign_in("y", house.now()).await;
    house.run_due().await;
    assert_eq!(runs(&house, view.schedule.id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_again_for_those_alone_that_have_not_got_it_and_shown_in_the_end() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let ((good, folder), (bad, gone)) = (house.destination().await, house.destination().await);
    std::fs::remove_dir(&gone).unwrap();
    house.drain().await;
    let wish = Wish { destinations: Some(vec![bad, good]), ..daily("UTC", good) };
    let view = house.schedule(&house.operator, wish).await;
    house.sign_in("x", at("2026-06-01T20:00:00Z")).await;
    house.sign_in("y", at("2026-06-02T00:00:00Z")).await;
    house.set(at("2026-06-02T00:01:00Z"));
    let begin = house.now();
    let mut recorded = Vec::new();
    while house.now() < begin.plus_micros(HOUR) {
        recorded.extend(house.run_due().await);
        house.pass(MINUTE);
    }
    let run = house.delivery.runs(&house.operator, Some(view.schedule.id), None, 10).await.unwrap().pop().unwrap();
    assert_eq!(run.run.status, RunStatus::Failed);
    assert!(run.run.reason.as_deref().unwrap().starts_with("1 of 2 destinations"), "{:?}", run.run.reason);
    let outcome = |id: Uuid| run.outcomes.iter().find(|outcome| outcome.destination == id).unwrap();
    assert_eq!((outcome(good).attempts, outcome(good).place.is_some()), (1, true));
    assert_eq!(outcome(bad).attempts, 5);
    assert!(outcome(bad).failure.as_ref().unwrap().reason.contains("No such file"), "{:?}", outcome(bad));
    let lasted = run.run.finished_at.unwrap().as_micros() - begin.as_micros();
    assert!((10 * MINUTE..25 * MINUTE).contains(&lasted), "with growing delay: {} min", lasted / MINUTE);
    assert_eq!(files_of(&folder).iter().filter(|(name, _)| name.contains("2026-06-02T")).count(), 1);
    let failures = recorded.iter().filter(|event| event["category"] == "integration_failure").count();
    assert_eq!(failures, 5, "each is in the log of integration failures");
    let failed = of("Failed", &recorded);
    assert_eq!((failed.len(), &failed[0]["outcome"]), (1, &json!("failure")));
    // The job can be run once more by hand, once that is seen to.
    std::fs::create_dir_all(&gone).unwrap();
    let job = house.control.jobs().about(&TenantId::default(), "schedule_run", &run.run.id.to_string()).await.unwrap().unwrap();
    house.delivery.run_job_now(&house.operator, job.id).await.unwrap();
    house.run_due().await;
    let run = house.delivery.run(&house.operator, &run.run.id.to_string()).await.unwrap();
    assert_eq!(run.run.status, RunStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_has_any_format_and_whatever_is_asked_of_the_report() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let events = (0..50).map(|number| sign_in(&format!("a{}", number % 7), at("2026-06-01T13:00:00Z").plus_micros(number))).collect();
    house.append(events).await;
    house.sign_in("next day", at("2026-06-02T00:00:00Z")).await;
    let day = json!({"from": "2026-06-01", "to": "2026-06-01"});
    let definition = json!({"report": "login_logout", "range": day, "group_by": [{"field": "channel"}, {"field": "account"}]});
    let report = house.report_of(&house.operator, &definition).await;
    let mut expected = Vec::new();
    for (asking, question) in
        [(Asking::Rows, Question::Rows), (Asking::Groups, Question::Groups { depth: None }), (Asking::SignedIn, Question::SignedIn)]
    {
        for format in Format::ALL {
            let (destination, folder) = house.destination().await;
            let style = Style { format, ..Style::default() };
            let wish = Wish { question: Some(asking), style: Some(style), ..daily("UTC", destination) };
            house.delivery.create_schedule(&house.operator, report, wish).await.unwrap();
            expected
                .push((folder, FileWish { definition: Definition::parse(definition.clone()).unwrap(), question: question.clone(), style }));
        }
    }
    house.set(at("2026-06-02T00:01:00Z"));
    house.run_due().await;
    let caller = Caller { tenant: TenantId::default(), scope: Scope::All, agents: None };
    for (folder, wish) in expected {
        let (written, bytes) = house.delivery.write_file(&caller, &wish, house.now(), Vec::new(), &Progress::default()).await.unwrap();
        assert!(written.rows > 0, "{wish:?}");
        let delivered = files_below(&folder);
        assert_eq!(delivered.len(), 1, "{wish:?}");
        assert_eq!(delivered[0].extension().unwrap(), wish.style.format.extension());
        assert!(std::fs::read(&delivered[0]).unwrap() == bytes, "{wish:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_named_for_it_is_told_once_that_a_run_has_failed_for_good_and_of_a_schedule_without_owner() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let mut server = SmtpServer::start(Protection::Starttls, None, None);
    let config = json!({
        "host": "localhost", "port": server.port, "security": "starttls", "from": "rollcall@example.com",
        "to": ["ops@example.com"], "ca_certificate": server.authority,
    });
    let mail = house.destination_of("smtp", config, None).await;
    let (url, taken) = receiver_at_any_time(200).await;
    let hook = house.destination_of("webhook", json!({"url": url, "allow_http": true}), Some(SECRET)).await;
    let (destination, folder) = house.destination().await;
    let not_texts = house.delivery.set_alerts(&house.operator, 0, &Alerts { destinations: vec![destination] }).await.unwrap_err();
    assert!(not_texts.to_string().contains("smtp or webhook"), "{not_texts}");
    house.delivery.set_alerts(&house.operator, 0, &Alerts { destinations: vec![mail, hook] }).await.unwrap();

    let owner = house.user("otto", &["analyst"]).await;
    let view = house.schedule(&owner, daily("UTC", destination)).await;
    std::fs::remove_dir(&folder).unwrap();
    house.sign_in("x", at("2026-06-02T00:00:00Z")).await;
    house.set(at("2026-06-02T00:01:00Z"));
    for _ in 0..60 {
        house.run_due().await;
        house.pass(MINUTE);
    }
    let run = runs(&house, view.schedule.id).await.pop().unwrap();
    assert_eq!(run.status, RunStatus::Failed);
    let told = server.mail();
    let text = told["text"].as_str().unwrap();
    assert!(
        text.contains("for Mon 1 Jun 2026 00:00 to Tue 2 Jun 2026 00:00 (UTC) was not delivered") && text.contains("No such file"),
        "{text}"
    );
    assert_eq!(told["rcpt_tos"], json!(["ops@example.com"]));
    let messages = taken.lock().unwrap().clone();
    assert_eq!((messages.len(), &messages[0].1["type"]), (1, &json!("alert")), "once, not with each attempt");
    assert!(messages[0].1["data"]["text"].as_str().unwrap().contains(&run.id.to_string()), "{messages:?}");

    let user = house.access.user_of_account(&TenantId::default(), "otto").await.unwrap();
    let disabled = UserUpdate { active: Some(false), ..UserUpdate::default() };
    house.access.update_user(&house.operator, &user, &disabled).await.unwrap();
    house.set(at("2026-06-03T00:01:00Z"));
    house.run_due().await;
    let told = server.mail();
    assert!(told["text"].as_str().unwrap().contains("otto"), "{told}");
    assert_eq!(taken.lock().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_broken_off_anywhere_is_delivered_once_and_whole() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    let events = (0..500).map(|number| sign_in(&format!("a{number}"), at("2026-06-01T13:00:00Z").plus_micros(number))).collect();
    house.append(events).await;
    house.sign_in("next day", at("2026-06-02T00:00:00Z")).await;
    house.set(at("2026-06-02T00:01:00Z"));
    house.drain().await;
    for millis in [0, 1, 2, 4, 6, 9, 13, 18, 25, 35, 50, 70, 100] {
        let node = house.another_node(&format!("n{millis}"));
        let running = tokio::spawn(async move { node.run_due().await });
        tokio::time::sleep(Duration::from_millis(millis)).await;
        running.abort();
        let _ = running.await;
        // Its lease ends.
        house.pass(31_000_000);
    }
    house.run_due().await;
    let runs = runs(&house, view.schedule.id).await;
    assert_eq!(runs.iter().map(|run| (run.status, run.rows)).collect::<Vec<_>>(), [(RunStatus::Succeeded, Some(500))], "{runs:#?}");
    let files = files_of(&folder);
    assert_eq!(files.iter().map(|(_, text)| accounts(text).len()).collect::<Vec<_>>(), [500]);
    let kept = files_of(&house.folder.path().join("exports/default/runs"));
    assert_eq!(kept.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), [format!("{}.csv", runs[0].id)], "nothing half is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_nodes_do_each_run_once() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, folder) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    house.set(at("2026-06-09T12:00:00Z"));
    house.sign_in("x", house.now()).await;
    house.drain().await;
    let nodes: Vec<_> = ["a", "b", "c"].map(|name| house.another_node(name)).into();
    futures::future::join_all(nodes.iter().map(|node| async { Arc::clone(node).run_due().await.unwrap() })).await;
    house.run_due().await;
    let runs = runs(&house, view.schedule.id).await;
    assert_eq!(runs.iter().map(|run| (run.status, run.attempts)).collect::<Vec<_>>(), [(RunStatus::Succeeded, 1); 8]);
    assert_eq!(files_of(&folder).len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_that_is_scheduled_is_published_and_neither_deleted_nor_taken_back() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, _) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    let recorded = house.drain().await;
    let scheduled = of("Created", &recorded).into_iter().filter(|event| event["entity"] == "Schedule").count();
    assert_eq!((of("Published", &recorded).len(), scheduled), (1, 1));
    let (tenant, reports) = (TenantId::default(), house.control.saved_reports());
    let report = reports.get(&tenant, view.report.id).await.unwrap().unwrap();
    assert!(report.published);
    let refused = reports.delete(&tenant, report.id, report.version, &[], house.now(), &[]).await.unwrap_err();
    assert!(refused.to_string().contains(&view.schedule.id.to_string()), "{refused}");
    house.set(at("2026-06-02T12:00:00Z"));
    house.sign_in("x", house.now()).await;
    house.run_due().await;
    let schedules = house.delivery.schedules_of(&house.operator, &report).await.unwrap();
    let (ids, records): (Vec<Uuid>, Vec<_>) = schedules.into_iter().unzip();
    reports.delete(&tenant, report.id, report.version, &ids, house.now(), &records).await.unwrap();
    assert!(house.delivery.schedules(&house.operator).await.unwrap().is_empty());
    let kept = house.delivery.runs(&house.operator, None, None, 10).await.unwrap();
    assert_eq!(kept.len(), 1, "what it has delivered stays on record");
    assert!(matches!(house.delivery.restate_run(&house.operator, &kept[0]).await, Err(DeliveryError::Conflict(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_kept_for_a_while() {
    let house = House::at("2026-06-01T12:00:00Z").await;
    let (destination, _) = house.destination().await;
    let view = house.schedule(&house.operator, daily("UTC", destination)).await;
    house.delivery.run_schedule(&house.operator, &view).await.unwrap();
    house.run_due().await;
    let run = || async { house.delivery.runs(&house.operator, None, None, 10).await.unwrap().pop().unwrap() };
    let file = house.delivery.run_file(&house.operator, &run().await).await.unwrap();
    assert!(file.path.exists());
    house.delivery.pause_schedule(&house.operator, &view).await.unwrap();
    house.pass(36 * DAY);
    house.run_due().await;
    assert!(!file.path.exists());
    assert!(matches!(house.delivery.run_file(&house.operator, &run().await).await, Err(DeliveryError::Unknown { .. })));
}
