//! A whole report as an export task of a running server: an archive with a password.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde::Deserialize;
use serde_json::json;

use super::Bench;
use crate::figures::{Measure, Unit};
use crate::process::{Machine, Watch};

const WHAT: &str = "events, CSV in an archive";
/// Taken by the rule for passwords that a store begins with.
const PASSWORD: &str = "Bench_1%";
/// How often the task is looked at.
const EVERY: Duration = Duration::from_millis(20);
/// For how long a task may take.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// What the API says of a task.
#[derive(Debug, Deserialize)]
struct Task {
    id: String,
    status: String,
    failure: Option<String>,
    rows: Option<u64>,
    bytes: Option<u64>,
}

impl Task {
    fn has_ended(&self) -> bool {
        !matches!(self.status.as_str(), "waiting" | "running")
    }
}

/// Has the archive made, and removes it.
pub(crate) fn once(bench: &Bench, data: &Path) -> Result<Vec<Measure>> {
    let machine = Machine::now()?;
    let server = bench.binary.serve(data)?;
    let watch = Watch::begin(server.pid());
    let mut connection = server.connect()?;
    let definition = json!({"report": "activity_audit", "range": {"from": "2000-01-01"}});
    let wish = json!({"definition": definition, "format": "csv", "password": PASSWORD}).to_string();
    let started = Instant::now();
    let mut task: Task = connection.post("/api/v1/exports", "application/json", wish.as_bytes())?.json()?;
    while !task.has_ended() {
        ensure!(started.elapsed() < PATIENCE, "the export task has not ended after {PATIENCE:?}");
        std::thread::sleep(EVERY);
        task = connection.get(&format!("/api/v1/exports/{}", task.id))?.json()?;
    }
    let took = started.elapsed().as_secs_f64();
    let taken = watch.end()?;
    let others = machine.others_since(taken.cpu_seconds)?;
    ensure!(task.status == "successful", "the export task is {}: {:?}", task.status, task.failure);
    let (rows, bytes) = (task.rows.unwrap_or_default(), task.bytes.unwrap_or_default());
    bench.binary.run(&["export", "delete", &task.id], data)?;
    server.stop()?;
    Ok(vec![
        Measure::new(format!("{WHAT}: rows"), Unit::Count, rows as f64),
        Measure::new(format!("{WHAT}: written"), Unit::RowsPerSecond, rows as f64 / took).aim("≥ 333,333"),
        Measure::new(format!("{WHAT}: bytes of the archive"), Unit::MebibytesPerSecond, bytes as f64 / took / 1_048_576.0),
        Measure::new(format!("{WHAT}: resident, at most"), Unit::Mebibytes, taken.peak_mebibytes).aim("< 400"),
        Measure::new(format!("{WHAT}: processor time"), Unit::Seconds, taken.cpu_seconds),
        others.of(WHAT),
    ])
}
