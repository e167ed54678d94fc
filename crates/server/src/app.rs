//! What the handlers need, put together once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use rollcall_access::{Access, AccessError};
use rollcall_control::Control;
use rollcall_control::directory::Known;
use rollcall_delivery::Delivery;
use rollcall_intake::CsvOptions;
use rollcall_ledger::Ledger;
use rollcall_model::zone::Zone;
use rollcall_reports::Reports;
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};

use crate::body::Room;
use crate::client_address::TrustedProxies;
use crate::probe::Probe;
use crate::problem::Problem;
use crate::reading::RecentReadings;

/// How a source is configured.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// The format of its records, where a request names none.
    pub format: Option<String>,
    /// The zone of times that bear none.
    pub time_zone: Zone,
    /// How its CSV is read.
    pub csv: CsvOptions,
}

/// What the binary opens and hands in.
#[derive(Debug)]
pub struct Parts {
    /// The ledger of the data folder.
    pub ledger: Arc<Ledger>,
    /// Reports on it.
    pub reports: Reports,
    /// What is set up: saved reports, the directory, the tenant's part of the catalogue.
    pub control: Control,
    /// Who may do what.
    pub access: Arc<Access>,
    /// Files, export tasks, schedules and webhooks.
    pub delivery: Arc<Delivery>,
    /// The sources that are configured, by name.
    pub sources: BTreeMap<String, SourceSettings>,
    /// How far in the future an event's time may lie.
    pub max_future_micros: i64,
    /// The networks of the proxies that are believed when they say whom they had a request from.
    pub trusted_proxies: Vec<IpNet>,
    /// The metrics; without them `/metrics` is not found.
    pub metrics: Option<PrometheusHandle>,
}

/// How much is held at once. What is beyond is refused with 429 and a time to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of request bodies in memory, of all requests together, as they came and decompressed.
    pub body_bytes: usize,
    /// Reports that run at once.
    pub reports: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { body_bytes: 64 * 1024 * 1024, reports: 32 }
    }
}

/// What the handlers need.
#[derive(Debug)]
pub struct App {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) reports: Reports,
    pub(crate) control: Control,
    pub(crate) access: Arc<Access>,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) sources: BTreeMap<String, SourceSettings>,
    pub(crate) max_future_micros: i64,
    pub(crate) trusted_proxies: Arc<TrustedProxies>,
    pub(crate) metrics: Option<PrometheusHandle>,
    /// Room for the bytes of request bodies.
    pub(crate) room: Room,
    /// Turns at decoding: more at once than there are processors would only get in each other's way.
    pub(crate) decoding: Semaphore,
    /// Whether the database answers.
    pub(crate) probe: Probe,
    /// The directories of agents.
    pub(crate) agents: Known,
    /// What was recorded as read a short time ago.
    pub(crate) readings: RecentReadings,
    /// That something was recorded, which waits for the ledger.
    pub(crate) recorded: Arc<Notify>,
    /// Held by who drains the outbox.
    pub(crate) draining: Mutex<()>,
    running_reports: Arc<Semaphore>,
    closing: AtomicBool,
}

impl App {
    /// Puts the parts together, with the usual limits.
    pub fn new(parts: Parts) -> Arc<App> {
        Self::with_limits(parts, Limits::default())
    }

    /// Puts the parts together.
    pub fn with_limits(parts: Parts, limits: Limits) -> Arc<App> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Arc::new(App {
            ledger: parts.ledger,
            reports: parts.reports,
            control: parts.control,
            access: parts.access,
            recorded: parts.delivery.recorded(),
            delivery: parts.delivery,
            sources: parts.sources,
            max_future_micros: parts.max_future_micros,
            trusted_proxies: Arc::new(TrustedProxies::new(parts.trusted_proxies)),
            metrics: parts.metrics,
            room: Room::new(limits.body_bytes),
            decoding: Semaphore::new(processors),
            probe: Probe::default(),
            agents: Known::default(),
            readings: RecentReadings::default(),
            draining: Mutex::new(()),
            running_reports: Arc::new(Semaphore::new(limits.reports)),
            closing: AtomicBool::new(false),
        })
    }

    /// A turn at running a report.
    pub(crate) fn report_turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let busy = |_| Problem::busy("too many reports are running", 2);
        Arc::clone(&self.running_reports).try_acquire_owned().map_err(busy)
    }

    /// Ends sessions that have ended by themselves, and forgets what is of no use any more.
    pub async fn tidy(&self) -> Result<(), AccessError> {
        for tenant in self.ledger.tenants() {
            self.access.tidy(&tenant).await?;
        }
        self.readings.forget(&self.control).await?;
        self.recorded.notify_one();
        Ok(())
    }

    /// From now on `/readyz` says that no more requests should be sent here.
    pub(crate) fn begin_closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}
