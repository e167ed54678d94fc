//! A store, opened by this process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rollcall_access::Access;
use rollcall_control::Control;
use rollcall_delivery::Delivery;
use rollcall_ledger::Ledger;
use rollcall_model::zone::Zone;
use rollcall_reports::Reports;
use rollcall_server::{App, Parts, SourceSettings};
use tokio::runtime::Handle;

use crate::config::Settings;
use crate::failure::usage;
use crate::place::{CONTROL_FILE, LEDGER_FILE, Place, is_node};
use crate::secret_key;
use crate::socket::SocketPath;

/// For how long the record of the last changes is waited for on closing. What is left waits in the control database.
const LAST_RECORDS: Duration = Duration::from_secs(5);
/// Files by which a data folder is known.
const FILES: [&str; 3] = [LEDGER_FILE, CONTROL_FILE, "rollcall.lock"];

/// A store in a data folder that this process owns, with everything that answers questions about it.
pub(crate) struct Store {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) access: Arc<Access>,
    pub(crate) app: Arc<App>,
    pub(crate) delivery: Arc<Delivery>,
    /// Where it lies.
    pub(crate) place: Place,
    pub(crate) control: Control,
}

/// What a data folder is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To serve it, with counters and histograms for `/metrics`.
    Serve,
    /// For one command.
    Command,
}

/// What became of opening a data folder.
pub(crate) enum Opened {
    /// This process owns it now.
    Here(Box<Store>),
    /// Another process does.
    Elsewhere,
}

impl Store {
    /// Opens a data folder, and makes what is missing. Reports run on the threads of `queries`.
    pub(crate) async fn open(settings: &Settings, queries: Handle, purpose: Purpose) -> anyhow::Result<Opened> {
        // Who runs on the folder of a node knows its database already.
        if is_node(&settings.data) && is_served(&settings.data).await {
            return Ok(Opened::Elsewhere);
        }
        let place = Place::of(settings)?;
        let options = place.ledger_options(settings)?;
        let metrics = (purpose == Purpose::Serve).then(rollcall_server::install_metrics);
        // A server is asked for the small database first: it says at once what is wrong with the URL.
        let connected = if place.is_folder() { None } else { Some(place.open_control().await?) };
        let ledger = match Ledger::open(options).await {
            Ok(ledger) => Arc::new(ledger),
            Err(rollcall_ledger::Error::Locked(_)) => return Ok(Opened::Elsewhere),
            Err(error) => return Err(error).with_context(|| format!("the store in {place} can't be opened")),
        };
        place.mark()?;
        let control = match connected {
            Some(control) => control,
            None => place.open_control().await?,
        };
        let access = Access::new(control.clone());
        let access = Arc::new(match secret_key::vault(settings, purpose == Purpose::Serve)? {
            Some(vault) => access.with_vault(vault),
            None => access,
        });
        let reports = Reports::new(Arc::clone(&ledger), queries);
        let delivery = Delivery::new(
            rollcall_delivery::Parts {
                ledger: Arc::clone(&ledger),
                reports: reports.clone(),
                control: control.clone(),
                access: Arc::clone(&access),
            },
            place.delivery_options(settings)?,
        );
        let app = App::new(Parts {
            ledger: Arc::clone(&ledger),
            reports,
            delivery: Arc::clone(&delivery),
            control: control.clone(),
            access: Arc::clone(&access),
            sources: settings.sources.keys().map(|name| (name.clone(), source_settings(settings, name))).collect(),
            max_future_micros: settings.max_future_micros,
            trusted_proxies: settings.trusted_proxies.clone(),
            metrics,
        });
        Ok(Opened::Here(Box::new(Store { ledger, access, app, delivery, place, control })))
    }

    /// Writes what is waiting and lets go of the folder.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match tokio::time::timeout(LAST_RECORDS, self.app.drain_outbox()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the record of changes can't be written into the ledger now; it waits"),
            Err(_) => tracing::warn!("writing the record of changes into the ledger takes too long now; it waits"),
        }
        self.ledger.close().await.context("closing the ledger")?;
        self.control.close().await.context("closing the control database")
    }
}

fn source_settings(settings: &Settings, name: &str) -> SourceSettings {
    let source = settings.source(name);
    SourceSettings { format: source.format, time_zone: source.time_zone.unwrap_or_else(Zone::utc), csv: source.csv }
}

/// Whether a server answers on the socket of a data folder.
async fn is_served(folder: &Path) -> bool {
    match SocketPath::in_folder(folder) {
        Ok(socket) => socket.answers().await.is_ok(),
        Err(_) => false,
    }
}

/// Makes a data folder that only its owner may read, unless it is there.
pub(crate) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("the data folder {} can't be made", folder.display()))
}

/// Refuses a folder that is not there, or that holds something else, so that a misspelt name does not
/// become an empty store.
pub(crate) fn require_folder(folder: &Path) -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Err(no_store(format!("there is no data folder {}", folder.display())));
    };
    if entries.count() == 0 || FILES.iter().any(|file| folder.join(file).exists()) {
        return Ok(());
    }
    Err(no_store(format!("{} is no data folder: it holds none of {}", folder.display(), FILES.join(", "))))
}

fn no_store(why: String) -> anyhow::Error {
    usage(format!("{why}; give one with --data. rollcall import and rollcall serve make a new one"))
}
