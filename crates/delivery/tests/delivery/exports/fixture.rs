//! A store with sign-ins in it, nodes that share it, and a clock that tests move.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use rollcall_access::{Access, Principal, Vault};
use rollcall_control::users::{Credentials, NewUser, User};
use rollcall_control::{Control, PostgresSchema};
use rollcall_delivery::exports::{Export, ExportWish, Password};
use rollcall_delivery::file::{Asked, Asking, Format, Style};
use rollcall_delivery::{Delivery, Options, Parts};
use rollcall_ledger::{Ledger, Submission};
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};
use rollcall_model::{Category, Event, Outcome, TenantId, Timestamp};
use rollcall_reports::Reports;
use rollcall_test_postgres::{Database, Engine, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;
use uuid::Uuid;

/// The password of the archives.
pub(crate) const PASSWORD: &str = "Zebra_17%";

/// Noon of 15 April 2026, until it is moved.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    fn new() -> Self {
        let noon: Timestamp = "2026-04-15T12:00:00Z".parse().unwrap();
        Clock(Arc::new(AtomicI64::new(noon.as_micros())))
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * MICROS_PER_SECOND, Ordering::Relaxed);
    }

    pub(crate) fn pass_days(&self, days: i64) {
        self.0.fetch_add(days * MICROS_PER_DAY, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A store.
pub(crate) struct Fixture {
    pub(crate) clock: Clock,
    pub(crate) control: Control,
    ledger: Arc<Ledger>,
    vault: Vault,
    database: Option<Database>,
    pub(crate) folder: TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::on(Engine::Sqlite).await
    }

    pub(crate) async fn on(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = (engine == Engine::Postgres).then(|| Server::shared().database());
        let options =
            rollcall_ledger::Options { archive_interval: Duration::from_secs(3_600), ..rollcall_ledger::Options::new(folder.path()) };
        let ledger = Arc::new(Ledger::open(options).await.unwrap());
        let control = control(&folder, database.as_ref()).await;
        let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
        Fixture { clock: Clock::new(), control, ledger, vault, database, folder }
    }

    /// A node, with connections of its own.
    pub(crate) async fn node(&self, name: &str) -> Arc<Delivery> {
        self.node_with(name, Some(self.vault.clone()), &self.files()).await
    }

    pub(crate) async fn node_with(&self, name: &str, vault: Option<Vault>, files: &Path) -> Arc<Delivery> {
        let (control, clock) = (control(&self.folder, self.database.as_ref()).await, self.clock.clone());
        let access = Access::with_clock(control.clone(), move || clock.now());
        let access = Arc::new(match vault {
            Some(vault) => access.with_vault(vault),
            None => access,
        });
        let reports = Reports::new(Arc::clone(&self.ledger), Handle::current());
        let options = Options {
            files: files.to_path_buf(),
            node: name.to_owned(),
            public_url: None,
            delivery_folders: Vec::new(),
            allowed_networks: Vec::new(),
        };
        Delivery::new(Parts { ledger: Arc::clone(&self.ledger), reports, control, access }, options)
    }

    /// Folder of the files of all nodes.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.path().join("exports")
    }

    /// The archives and what is becoming one, by their names.
    pub(crate) fn archives(&self) -> Vec<PathBuf> {
        let mut names: Vec<PathBuf> =
            std::fs::read_dir(self.files().join("default/exports")).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
    }

    /// Sign-ins of a day of April 2026, from midnight on, a second apart.
    pub(crate) async fn sign_ins(&self, day: u8, count: u32) {
        let midnight: Timestamp = format!("2026-04-{day:02}T00:00:00Z").parse().unwrap();
        let sign_in = |number: u32| {
            let id = Uuid::from_u128(u128::from(day) << 64 | u128::from(number));
            let time = midnight.plus_micros(i64::from(number) * MICROS_PER_SECOND);
            let mut event = Event::new(id, time, "portal", Category::Access, "sign_in", Outcome::Success);
            event.account = Some(format!("agent-{number}"));
            event.channel = Some("agent_portal".to_owned());
            event.normalize();
            event
        };
        let numbers: Vec<u32> = (0..count).collect();
        for numbers in numbers.chunks(10_000) {
            let events = numbers.iter().copied().map(sign_in).collect();
            self.ledger.append(&TenantId::default(), Submission { events, ..Submission::default() }).await.unwrap();
        }
    }

    /// A user of these profiles.
    pub(crate) async fn user(&self, account: &str, profiles: &[&str]) -> User {
        let new = NewUser {
            id: Uuid::now_v7(),
            tenant: TenantId::default(),
            account: account.to_owned(),
            display_name: account.to_uppercase(),
            email: None,
            employee_id: None,
            profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
            credentials: Credentials::default(),
            created_at: self.clock.now(),
        };
        self.control.users().create(&new, &[]).await.unwrap()
    }

    /// A user as they would be asked about now.
    pub(crate) async fn principal(&self, user: &User) -> Principal {
        let access = Access::new(self.control.clone());
        match access.owner(&TenantId::default(), &format!("user:{}", user.id)).await.unwrap() {
            rollcall_access::Owner::Active(principal) => principal,
            rollcall_access::Owner::Gone(why) => panic!("{why}"),
        }
    }
}

async fn control(folder: &TempDir, database: Option<&Database>) -> Control {
    match database {
        Some(database) => Control::connect(&PostgresSchema::new(&database.url).unwrap()).await.unwrap(),
        None => Control::open(&folder.path().join("control.db")).await.unwrap(),
    }
}

pub(crate) fn operator() -> Principal {
    Principal::local_operator(TenantId::default())
}

/// A task of the sign-ins of 15 April 2026.
pub(crate) fn wish() -> ExportWish {
    wish_of(json!({"report": "sign_in_log", "range": {"from": "2026-04-15", "to": "2026-04-15"}, "columns": ["account", "event_time"]}))
}

pub(crate) fn wish_of(definition: Value) -> ExportWish {
    let Value::Object(definition) = definition else { panic!("no object") };
    let style = Style { format: Format::Csv, ..Style::default() };
    let asked = Asked { question: Asking::Rows, depth: None, style };
    ExportWish { definition, asked, password: Password::new(PASSWORD.to_owned()) }
}

/// A task as it is now.
pub(crate) async fn shown(node: &Delivery, export: &Export) -> Export {
    node.export(&operator(), export.task.id).await.unwrap()
}

/// The text of the file in an archive.
pub(crate) fn unpacked(archive: &Path) -> String {
    String::from_utf8(unpacked_bytes(archive).1).unwrap()
}

/// The file in an archive, by its name.
pub(crate) fn unpacked_bytes(archive: &Path) -> (String, Vec<u8>) {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let (mut file, mut bytes) = (zip.by_index_decrypt(0, PASSWORD.as_bytes()).unwrap(), Vec::new());
    std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
    (file.name().unwrap().into_owned(), bytes)
}
