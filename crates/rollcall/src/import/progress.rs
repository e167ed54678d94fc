//! The progress bar of an import, on stderr if that is a terminal.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

const WITH_SIZE: &str = "{prefix} {wide_bar} {binary_bytes}/{binary_total_bytes} {msg}";
const WITHOUT_SIZE: &str = "{prefix} {spinner} {binary_bytes} {msg}";

/// How far one file has come.
pub(crate) struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
    started: Instant,
    events: AtomicU64,
}

impl Progress {
    /// The progress of a file of so many bytes, of which `read` were read.
    pub(crate) fn new(name: String, bytes: Option<u64>, read: Arc<AtomicU64>) -> Self {
        let bar = if std::io::stderr().is_terminal() {
            let bar = bytes.map_or_else(ProgressBar::no_length, ProgressBar::new);
            let template = if bytes.is_some() { WITH_SIZE } else { WITHOUT_SIZE };
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar.set_prefix(name);
            bar
        } else {
            ProgressBar::hidden()
        };
        Progress { bar, read, started: Instant::now(), events: AtomicU64::new(0) }
    }

    /// More events have been acknowledged.
    pub(crate) fn acknowledged(&self, events: u64) {
        self.events.fetch_add(events, Ordering::Relaxed);
        self.show("");
    }

    /// The store is busy, or no longer.
    pub(crate) fn waiting(&self, waiting: bool) {
        self.show(if waiting { ", waiting: the store is busy" } else { "" });
    }

    fn show(&self, remark: &str) {
        let events = self.events.load(Ordering::Relaxed);
        let per_second = events * 1_000 / (self.started.elapsed().as_millis() as u64).max(1);
        self.bar.set_position(self.read.load(Ordering::Relaxed));
        self.bar.set_message(format!("{events} events, {per_second}/s{remark}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
