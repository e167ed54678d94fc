//! What becomes of jobs, with work that a test has in its hand.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rollcall_access::Access;
use rollcall_control::Control;
use rollcall_control::jobs::{Ending, Job, JobStatus, NewJob};
use rollcall_ledger::{Ledger, Options as LedgerOptions};
use rollcall_model::TenantId;
use rollcall_reports::Reports;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{Hold, Stop, Work};
use crate::{Delivery, Options, Parts};

/// Work that does what the subject of its job says.
#[derive(Default)]
struct Told {
    begun: Mutex<Vec<String>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    stopped: Mutex<Option<Stop>>,
}

#[async_trait]
impl Work for Told {
    fn kind(&self) -> &'static str {
        "told"
    }

    fn at_once(&self) -> usize {
        2
    }

    async fn run(&self, delivery: &Arc<Delivery>, job: &Job, hold: &Hold) -> Ending {
        self.begun.lock().unwrap().push(job.subject.clone());
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        hold.tell(&json!({"rows": 7}));
        let ending = match job.subject.as_str() {
            "fails" => Ending::Failed { error: "no such bucket".to_owned() },
            "comes again" if job.attempts == 1 => Ending::Retry { at: delivery.now(), error: "away".to_owned() },
            "panics" => panic!("on purpose"),
            "waits" => {
                hold.stopped().await;
                *self.stopped.lock().unwrap() = hold.why();
                Ending::Cancelled
            }
            _ => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ending::Succeeded
            }
        };
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        ending
    }
}

struct Bench {
    delivery: Arc<Delivery>,
    work: Arc<Told>,
    shutdown: CancellationToken,
    running: tokio::task::JoinHandle<()>,
    _folder: TempDir,
}

impl Bench {
    async fn with(subjects: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = Arc::new(Ledger::open(LedgerOptions::new(folder.path())).await.unwrap());
        let control = Control::open_in_memory().await.unwrap();
        let access = Arc::new(Access::new(control.clone()));
        let reports = Reports::new(Arc::clone(&ledger), tokio::runtime::Handle::current());
        let options = Options {
            files: folder.path().join("exports"),
            node: "a".to_owned(),
            public_url: None,
            delivery_folders: Vec::new(),
            allowed_networks: Vec::new(),
        };
        let delivery = Delivery::new(Parts { ledger, reports, control, access }, options);
        for subject in subjects {
            let now = delivery.now();
            let (kind, subject) = ("told".to_owned(), (*subject).to_owned());
            let job = NewJob { tenant: TenantId::default(), kind, subject, run_at: now, created_at: now };
            delivery.control.jobs().add(&job).await.unwrap();
        }
        let (work, shutdown) = (Arc::new(Told::default()), CancellationToken::new());
        let running = tokio::spawn(Arc::clone(&delivery).run_works(vec![Arc::clone(&work) as Arc<dyn Work>], shutdown.clone()));
        Bench { delivery, work, shutdown, running, _folder: folder }
    }

    async fn job(&self, subject: &str) -> Job {
        self.delivery.control.jobs().about(&TenantId::default(), "told", subject).await.unwrap().unwrap()
    }

    /// The job, once it stands so.
    async fn when(&self, subject: &str, status: JobStatus) -> Job {
        for _ in 0..400 {
            let job = self.job(subject).await;
            if job.status == status {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{subject} is {:?}", self.job(subject).await);
    }

    async fn stop(self) -> (Arc<Delivery>, Arc<Told>, TempDir) {
        self.shutdown.cancel();
        self.running.await.unwrap();
        (self.delivery, self.work, self._folder)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_end_as_their_work_says_and_no_more_run_at_once_than_may() {
    let bench = Bench::with(&["1", "2", "3", "4", "5", "fails", "comes again"]).await;
    for subject in ["1", "2", "3", "4", "5"] {
        let job = bench.when(subject, JobStatus::Succeeded).await;
        assert_eq!((job.attempts, job.leased_by.as_deref(), job.progress.as_deref()), (1, None, Some("{\"rows\":7}")));
    }
    let failed = bench.when("fails", JobStatus::Failed).await;
    assert_eq!(failed.last_error.as_deref(), Some("no such bucket"));
    assert_eq!(bench.when("comes again", JobStatus::Succeeded).await.attempts, 2);
    let (_, work, _folder) = bench.stop().await;
    assert_eq!(work.most_at_once.load(Ordering::SeqCst), 2);
    assert_eq!(work.begun.lock().unwrap().len(), 8, "each once, and one of them twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_is_tried_again_later() {
    let bench = Bench::with(&["panics"]).await;
    for _ in 0..400 {
        let job = bench.job("panics").await;
        if job.status == JobStatus::Waiting && job.attempts == 1 {
            assert!(job.run_at > bench.delivery.now() && job.last_error.is_some(), "{job:?}");
            bench.stop().await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{:?}", bench.job("panics").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_stops_a_job_that_runs() {
    let bench = Bench::with(&["waits"]).await;
    bench.when("waits", JobStatus::Running).await;
    let now = bench.delivery.now();
    assert!(bench.delivery.control.jobs().stop(&TenantId::default(), "told", "waits", now).await.unwrap());
    bench.when("waits", JobStatus::Cancelled).await;
    let (_, work, _folder) = bench.stop().await;
    assert_eq!(*work.stopped.lock().unwrap(), Some(Stop::Cancelled));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_on_after_the_next_start() {
    let bench = Bench::with(&["waits"]).await;
    bench.when("waits", JobStatus::Running).await;
    let (delivery, work, _folder) = bench.stop().await;
    assert_eq!(*work.stopped.lock().unwrap(), Some(Stop::Shutdown));
    let job = delivery.control.jobs().about(&TenantId::default(), "told", "waits").await.unwrap().unwrap();
    assert_eq!((job.status, job.attempts, job.leased_by), (JobStatus::Waiting, 0, None));
}
