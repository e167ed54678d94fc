//! A ledger, a control database and one or more nodes that deliver, with a clock that tests move.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rollcall_access::{Access, Owner, Principal, UserWish, Vault};
use rollcall_control::Control;
use rollcall_control::saved_reports::NewReport;
use rollcall_delivery::destinations::DestinationWish;
use rollcall_delivery::schedules::ScheduleView;
use rollcall_delivery::schedules::settings::Wish;
use rollcall_delivery::{Delivery, Options, Parts};
use rollcall_ledger::{Ledger, Submission};
use rollcall_model::{Category, Event, Outcome, TenantId, Timestamp};
use rollcall_reports::Reports;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use uuid::Uuid;

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const MINUTE: i64 = 60_000_000;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// All of it, in a folder that goes away.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) control: Control,
    pub(crate) access: Arc<Access>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) operator: Principal,
    clock: Arc<AtomicI64>,
}

impl House {
    pub(crate) async fn at(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options =
            rollcall_ledger::Options { archive_interval: Duration::from_secs(3_600), ..rollcall_ledger::Options::new(folder.path()) };
        let ledger = Arc::new(Ledger::open(options).await.unwrap());
        let control = Control::open(&folder.path().join("control.db")).await.unwrap();
        let clock = Arc::new(AtomicI64::new(at(now).as_micros()));
        let read = Arc::clone(&clock);
        let access = Access::with_clock(control.clone(), move || Timestamp::from_micros(read.load(Ordering::Relaxed)).unwrap());
        let access = Arc::new(access.with_vault(Vault::new(&Vault::new_key().unwrap()).unwrap()));
        let operator = Principal::local_operator(TenantId::default());
        let delivery = node(&ledger, &control, &access, folder.path(), "one");
        House { folder, ledger, control, access, delivery, operator, clock }
    }

    /// Another node of the same store.
    pub(crate) fn another_node(&self, name: &str) -> Arc<Delivery> {
        node(&self.ledger, &self.control, &self.access, self.folder.path(), name)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.access.now()
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.clock.store(now.as_micros(), Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, micros: i64) {
        self.clock.fetch_add(micros, Ordering::Relaxed);
    }

    /// A sign-in of an account that no other event has.
    pub(crate) async fn sign_in(&self, account: &str, time: Timestamp) {
        self.append(vec![sign_in(account, time)]).await;
    }

    pub(crate) async fn append(&self, events: Vec<Event>) {
        self.ledger.append(&TenantId::default(), Submission { events, ..Submission::default() }).await.unwrap();
    }

    /// Does what is due, as a server would whose record goes to the ledger at once. Answers what was recorded.
    pub(crate) async fn run_due(&self) -> Vec<Value> {
        let mut recorded = self.drain().await;
        self.delivery.run_due().await.unwrap();
        recorded.extend(self.drain().await);
        recorded
    }

    /// What was recorded so far.
    pub(crate) async fn drain(&self) -> Vec<Value> {
        let pending = self.control.outbox().pending(10_000).await.unwrap();
        let ids: Vec<i64> = pending.iter().map(|pending| pending.id).collect();
        self.control.outbox().drained(&ids).await.unwrap();
        pending.iter().map(|pending| serde_json::from_str(&pending.record.event).unwrap()).collect()
    }

    /// A saved report of the accounts that signed in.
    pub(crate) async fn report(&self, owner: &Principal) -> Uuid {
        let definition = json!({"report": "sign_in_log", "range": {"preset": "today"}, "columns": ["account", "event_time"]});
        self.report_of(owner, &definition).await
    }

    /// A saved report of any definition.
    pub(crate) async fn report_of(&self, owner: &Principal, definition: &Value) -> Uuid {
        let id = Uuid::now_v7();
        let new = NewReport {
            id,
            tenant: TenantId::default(),
            owner: owner.id(),
            name: format!("Report {}", id.simple()),
            kind: definition["report"].as_str().unwrap().to_owned(),
            definition: definition.to_string(),
            published: false,
            created_by: owner.id(),
            created_at: self.now(),
        };
        self.control.saved_reports().create(&new, None).await.unwrap();
        id
    }

    /// A schedule of such a report.
    pub(crate) async fn schedule(&self, owner: &Principal, wish: Wish) -> ScheduleView {
        let report = self.report(owner).await;
        self.delivery.create_schedule(owner, report, wish).await.unwrap()
    }

    /// A user with these security profiles.
    pub(crate) async fn user(&self, account: &str, profiles: &[&str]) -> Principal {
        let wish = UserWish {
            account: account.to_owned(),
            display_name: None,
            email: None,
            employee_id: None,
            profiles: profiles.iter().map(|&profile| profile.to_owned()).collect(),
            with_password: false,
        };
        let (user, _) = self.access.create_user(&self.operator, &wish).await.unwrap();
        match self.access.owner(&TenantId::default(), &format!("user:{}", user.id)).await.unwrap() {
            Owner::Active(principal) => principal,
            Owner::Gone(why) => panic!("{why}"),
        }
    }

    /// A destination that is a folder, and that folder.
    pub(crate) async fn destination(&self) -> (Uuid, PathBuf) {
        let folder = self.folder.path().join("delivered").join(Uuid::now_v7().to_string());
        std::fs::create_dir_all(&folder).unwrap();
        (self.destination_of("folder", json!({"path": folder}), None).await, folder)
    }

    /// A destination of any kind.
    pub(crate) async fn destination_of(&self, kind: &str, config: Value, secret: Option<&str>) -> Uuid {
        let secret = secret.map(|secret| Some(serde_json::from_value(json!(secret)).unwrap()));
        let wish = DestinationWish { name: format!("{kind} {}", Uuid::now_v7()), kind: kind.to_owned(), config, secret };
        self.delivery.create_destination(&self.operator, wish).await.unwrap().id
    }
}

pub(crate) fn sign_in(account: &str, time: Timestamp) -> Event {
    let mut event = Event::new(Uuid::now_v7(), time, "portal", Category::Access, "sign_in", Outcome::Success);
    event.account = Some(account.to_owned());
    event.channel = Some("agent_portal".to_owned());
    event.normalize();
    event
}

fn node(ledger: &Arc<Ledger>, control: &Control, access: &Arc<Access>, folder: &Path, name: &str) -> Arc<Delivery> {
    let reports = Reports::new(Arc::clone(ledger), Handle::current());
    let parts = Parts { ledger: Arc::clone(ledger), reports, control: control.clone(), access: Arc::clone(access) };
    let (files, delivery_folders) = (folder.join("exports"), vec![folder.join("delivered")]);
    let allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    Delivery::new(parts, Options { files, node: name.to_owned(), public_url: None, delivery_folders, allowed_networks })
}

/// The files below a folder, by their names, with what is in them.
pub(crate) fn files_of(folder: &Path) -> Vec<(String, String)> {
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<(String, String)> =
        files_below(folder).iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect();
    files.sort();
    files
}

/// The files below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { &mut folders } else { &mut files }.push(path);
        }
    }
    files
}

/// The first column of a CSV, without its header.
pub(crate) fn accounts(csv: &str) -> Vec<String> {
    csv.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
}
