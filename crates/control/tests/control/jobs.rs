//! Jobs: taken by lease, by one node each, and never lost.

use std::collections::BTreeSet;

use futures::future::join_all;
use rollcall_control::Control;
use rollcall_control::jobs::{Ending, Job, JobStatus, NewJob};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};

use crate::fixture::{Place, at};

on_both_engines![
    a_job_is_taken_when_it_is_due_and_by_one_node,
    of_nodes_that_take_at_once_each_job_is_one_nodes,
    a_job_whose_node_has_died_is_taken_over_and_its_old_node_changes_nothing,
    a_job_that_failed_comes_again_and_counts_its_attempts,
    a_subject_has_one_job_of_a_kind_which_is_made_anew_when_it_is_over,
    a_job_is_stopped_at_once_or_by_who_has_it,
    a_node_that_starts_anew_gives_back_what_it_had,
    what_is_over_is_forgotten_and_what_waits_is_not,
    a_tenant_sees_its_own_jobs,
];

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn job(subject: &str, run_at: i64) -> NewJob {
    NewJob { tenant: tenant("default"), kind: "export".to_owned(), subject: subject.to_owned(), run_at: at(run_at), created_at: at(0) }
}

async fn take(control: &Control, node: &str, now: i64) -> Vec<Job> {
    control.jobs().take("export", node, at(now), at(now + 30), &[], 10).await.unwrap()
}

async fn about(control: &Control, subject: &str) -> Job {
    control.jobs().about(&tenant("default"), "export", subject).await.unwrap().unwrap()
}

fn subjects(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.subject.as_str()).collect()
}

async fn a_job_is_taken_when_it_is_due_and_by_one_node(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for (subject, run_at) in [("late", 20), ("early", 5), ("now", 10)] {
        control.jobs().add(&job(subject, run_at)).await.unwrap();
    }
    assert!(take(&control, "a", 4).await.is_empty());
    let taken = take(&control, "a", 10).await;
    assert_eq!(subjects(&taken), ["early", "now"], "the one that waits longest first");
    assert_eq!((taken[0].status, taken[0].attempts, taken[0].leased_by.as_deref()), (JobStatus::Running, 1, Some("a")));
    assert!(take(&control, "b", 11).await.is_empty());
    assert!(control.jobs().take("webhook", "b", at(40), at(70), &[], 10).await.unwrap().is_empty(), "another kind of work");
    assert!(control.jobs().end(taken[0].id, "a", &Ending::Succeeded, at(12)).await.unwrap());
    let ended = about(&control, "early").await;
    assert_eq!((ended.status, ended.finished_at, ended.leased_by), (JobStatus::Succeeded, Some(at(12)), None));
}

async fn of_nodes_that_take_at_once_each_job_is_one_nodes(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for number in 0..40 {
        nodes[0].jobs().add(&job(&number.to_string(), 0)).await.unwrap();
    }
    let takers = (0..8).map(|number: usize| {
        let control = nodes[number % 2].clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            loop {
                let jobs = control.jobs().take("export", &format!("node {number}"), at(1), at(31), &[], 3).await.unwrap();
                if jobs.is_empty() {
                    return taken;
                }
                taken.extend(jobs.into_iter().map(|job| job.subject));
            }
        })
    });
    let taken: Vec<String> = join_all(takers).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(taken.len(), 40, "none twice");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 40);
}

async fn a_job_whose_node_has_died_is_taken_over_and_its_old_node_changes_nothing(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.jobs().add(&job("1", 0)).await.unwrap();
    let first = take(&control, "a", 0).await.remove(0);
    let renewed = control.jobs().renew(first.id, "a", at(50), Some("{\"rows\":7}")).await.unwrap().unwrap();
    assert_eq!((renewed.leased_until, renewed.progress.as_deref()), (Some(at(50)), Some("{\"rows\":7}")));
    assert!(take(&control, "b", 49).await.is_empty());
    assert!(control.jobs().take("export", "a", at(50), at(80), &[first.id], 10).await.unwrap().is_empty(), "a node knows what it has");
    let second = take(&control, "b", 50).await.remove(0);
    assert_eq!((second.id, second.attempts), (first.id, 2));
    assert_eq!(control.jobs().renew(first.id, "a", at(90), None).await.unwrap(), None);
    assert!(!control.jobs().end(first.id, "a", &Ending::Failed { error: "late".to_owned() }, at(51)).await.unwrap());
    assert!(control.jobs().end(first.id, "b", &Ending::Succeeded, at(52)).await.unwrap());
}

async fn a_job_that_failed_comes_again_and_counts_its_attempts(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.jobs().add(&job("1", 0)).await.unwrap();
    let taken = take(&control, "a", 0).await.remove(0);
    let retry = Ending::Retry { at: at(60), error: "the bucket is away".to_owned() };
    assert!(control.jobs().end(taken.id, "a", &retry, at(1)).await.unwrap());
    let waiting = about(&control, "1").await;
    assert_eq!((waiting.status, waiting.run_at, waiting.last_error.as_deref()), (JobStatus::Waiting, at(60), Some("the bucket is away")));
    assert!(take(&control, "a", 59).await.is_empty());
    let taken = take(&control, "a", 60).await.remove(0);
    assert_eq!(taken.attempts, 2);
    assert!(control.jobs().end(taken.id, "a", &Ending::Again { at: at(90) }, at(61)).await.unwrap());
    let again = about(&control, "1").await;
    assert_eq!((again.attempts, again.last_error), (0, None), "what goes on has not failed");
    let taken = take(&control, "a", 90).await.remove(0);
    assert!(control.jobs().end(taken.id, "a", &Ending::Failed { error: "no".to_owned() }, at(91)).await.unwrap());
    assert!(take(&control, "a", 10_000).await.is_empty());
    assert!(control.jobs().run_now(&tenant("default"), taken.id, at(100)).await.unwrap(), "by hand it can be begun anew");
    assert!(!control.jobs().run_now(&tenant("other"), taken.id, at(100)).await.unwrap());
    let taken = take(&control, "a", 100).await.remove(0);
    assert_eq!(taken.attempts, 1);
    assert!(!control.jobs().run_now(&tenant("default"), taken.id, at(101)).await.unwrap(), "it runs already");
}

async fn a_subject_has_one_job_of_a_kind_which_is_made_anew_when_it_is_over(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.jobs().add(&job("1", 0)).await.unwrap();
    control.jobs().add(&job("1", 500)).await.unwrap();
    assert_eq!(about(&control, "1").await.run_at, at(0), "one that waits stays as it is");
    let taken = take(&control, "a", 0).await.remove(0);
    control.jobs().add(&job("1", 500)).await.unwrap();
    assert_eq!(about(&control, "1").await.status, JobStatus::Running, "so does one that runs");
    assert!(control.jobs().end(taken.id, "a", &Ending::Succeeded, at(1)).await.unwrap());
    control.jobs().add(&job("1", 500)).await.unwrap();
    let anew = about(&control, "1").await;
    assert_eq!((anew.id, anew.status, anew.run_at, anew.attempts, anew.finished_at), (taken.id, JobStatus::Waiting, at(500), 0, None));
}

async fn a_job_is_stopped_at_once_or_by_who_has_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for subject in ["waits", "runs"] {
        control.jobs().add(&job(subject, if subject == "runs" { 0 } else { 100 })).await.unwrap();
    }
    let running = take(&control, "a", 0).await.remove(0);
    for subject in ["waits", "runs"] {
        assert!(control.jobs().stop(&tenant("default"), "export", subject, at(1)).await.unwrap());
    }
    assert_eq!(about(&control, "waits").await.status, JobStatus::Cancelled);
    assert!(control.jobs().renew(running.id, "a", at(60), None).await.unwrap().unwrap().stop, "its node is told");
    assert!(control.jobs().end(running.id, "a", &Ending::Cancelled, at(2)).await.unwrap());
    assert!(!control.jobs().stop(&tenant("default"), "export", "runs", at(3)).await.unwrap(), "it is over");
    assert!(!control.jobs().stop(&tenant("other"), "export", "waits", at(3)).await.unwrap());
}

async fn a_node_that_starts_anew_gives_back_what_it_had(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for subject in ["1", "2"] {
        control.jobs().add(&job(subject, 0)).await.unwrap();
    }
    let mine = control.jobs().take("export", "a", at(0), at(30), &[], 1).await.unwrap();
    let others = control.jobs().take("export", "b", at(0), at(30), &[], 1).await.unwrap();
    assert_eq!(control.jobs().release("a", true).await.unwrap(), 1);
    let again = take(&control, "c", 1).await;
    assert_eq!(subjects(&again), [mine[0].subject.as_str()]);
    assert_eq!(again[0].attempts, 1, "an attempt that was broken off when its node stopped does not count");
    assert_eq!(control.jobs().release("c", false).await.unwrap(), 1);
    let again = take(&control, "a", 2).await;
    assert_eq!(again[0].attempts, 2, "one that ended with its node does");
    assert!(control.jobs().end(others[0].id, "b", &Ending::Succeeded, at(2)).await.unwrap(), "another node keeps what it has");
}

async fn what_is_over_is_forgotten_and_what_waits_is_not(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    for subject in ["over", "waits"] {
        control.jobs().add(&job(subject, if subject == "over" { 0 } else { 5 })).await.unwrap();
    }
    let taken = take(&control, "a", 0).await.remove(0);
    assert!(control.jobs().end(taken.id, "a", &Ending::Succeeded, at(1)).await.unwrap());
    assert_eq!(control.jobs().forget(at(1)).await.unwrap(), 0);
    assert_eq!(control.jobs().forget(at(2)).await.unwrap(), 1);
    assert_eq!(subjects(&control.jobs().list(&tenant("default"), None, None, 10).await.unwrap()), ["waits"]);
}

async fn a_tenant_sees_its_own_jobs(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    control.jobs().add(&job("1", 0)).await.unwrap();
    control.jobs().add(&NewJob { tenant: tenant("other"), ..job("1", 0) }).await.unwrap();
    control.jobs().add(&NewJob { kind: "webhook".to_owned(), ..job("1", 0) }).await.unwrap();
    let list = |kind: Option<&'static str>, status| {
        let jobs = control.jobs();
        async move { jobs.list(&tenant("default"), kind, status, 10).await.unwrap().len() }
    };
    assert_eq!(list(None, None).await, 2);
    assert_eq!(list(Some("webhook"), None).await, 1);
    assert_eq!(list(None, Some(JobStatus::Running)).await, 0);
    let theirs = control.jobs().list(&tenant("other"), None, None, 10).await.unwrap();
    assert!(control.jobs().get(&tenant("default"), theirs[0].id).await.is_err());
}
