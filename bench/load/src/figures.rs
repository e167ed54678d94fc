//! Figures: medians over runs, percentiles within one, and how they are printed.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "events/s")]
    EventsPerSecond,
    #[serde(rename = "requests/s")]
    RequestsPerSecond,
    #[serde(rename = "rows/s")]
    RowsPerSecond,
    #[serde(rename = "MiB/s")]
    MebibytesPerSecond,
    #[serde(rename = "s")]
    Seconds,
    #[serde(rename = "ms")]
    Milliseconds,
    #[serde(rename = "µs/event")]
    MicrosPerEvent,
    #[serde(rename = "MiB")]
    Mebibytes,
    #[serde(rename = "bytes/event")]
    BytesPerEvent,
    #[serde(rename = "")]
    Count,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::EventsPerSecond => "events/s",
            Unit::RequestsPerSecond => "requests/s",
            Unit::RowsPerSecond => "rows/s",
            Unit::MebibytesPerSecond => "MiB/s",
            Unit::Seconds => "s",
            Unit::Milliseconds => "ms",
            Unit::MicrosPerEvent => "µs/event",
            Unit::Mebibytes => "MiB",
            Unit::BytesPerEvent => "bytes/event",
            Unit::Count => "",
        }
    }

    fn write(self, value: f64) -> String {
        match self {
            Unit::EventsPerSecond
            | Unit::RequestsPerSecond
            | Unit::RowsPerSecond
            | Unit::MebibytesPerSecond
            | Unit::Mebibytes
            | Unit::Count => grouped(value),
            Unit::Seconds | Unit::MicrosPerEvent | Unit::Milliseconds => format!("{value:.2}"),
            Unit::BytesPerEvent => format!("{value:.1}"),
        }
    }
}

/// A whole number with commas between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One figure of one run.
#[derive(Debug, Clone)]
pub(crate) struct Measure {
    what: String,
    unit: Unit,
    aim: Option<&'static str>,
    value: f64,
}

impl Measure {
    pub(crate) fn new(what: impl Into<String>, unit: Unit, value: f64) -> Self {
        Measure { what: what.into(), unit, aim: None, value }
    }

    /// A time in milliseconds.
    pub(crate) fn millis(what: impl Into<String>, time: Duration) -> Self {
        Measure::new(what, Unit::Milliseconds, time.as_secs_f64() * 1_000.0)
    }

    /// The same, said of one thing among several.
    #[must_use]
    pub(crate) fn of(mut self, what: &str) -> Self {
        self.what = format!("{what}: {}", self.what);
        self
    }

    /// What is aimed at, at full size.
    #[must_use]
    pub(crate) fn aim(mut self, aim: &'static str) -> Self {
        self.aim = Some(aim);
        self
    }
}

/// The figures of a workload, each with its value in every run.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    workload: String,
    /// The sizes it was run at.
    sizes: BTreeMap<&'static str, u64>,
    runs: usize,
    figures: Vec<Figure>,
}

#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    unit: Unit,
    aim: Option<&'static str>,
    median: f64,
    values: Vec<f64>,
}

impl Table {
    pub(crate) fn new(workload: impl Into<String>, sizes: &[(&'static str, u64)]) -> Self {
        Table { workload: workload.into(), sizes: sizes.iter().copied().collect(), runs: 0, figures: Vec::new() }
    }

    /// Adds a run. Every run has the same figures.
    pub(crate) fn add_run(&mut self, measures: Vec<Measure>) -> Result<()> {
        if self.runs == 0 {
            let empty = |measure: &Measure| Figure {
                what: measure.what.clone(),
                unit: measure.unit,
                aim: measure.aim,
                median: 0.0,
                values: Vec::new(),
            };
            self.figures = measures.iter().map(empty).collect();
        }
        self.runs += 1;
        ensure!(measures.len() == self.figures.len(), "run {} of {} has other figures than the first", self.runs, self.workload);
        for (figure, measure) in self.figures.iter_mut().zip(measures) {
            ensure!(figure.what == measure.what, "run {} of {} has {} for {}", self.runs, self.workload, measure.what, figure.what);
            figure.values.push(measure.value);
            figure.median = median(&figure.values);
        }
        Ok(())
    }

    /// The median of a figure.
    pub(crate) fn median(&self, what: &str) -> Option<f64> {
        self.figures.iter().find(|figure| figure.what == what).map(|figure| figure.median)
    }

    fn markdown(&self, out: &mut impl Write) -> Result<()> {
        let sizes: Vec<String> = self.sizes.iter().map(|(name, size)| format!("{} {name}", grouped(*size as f64))).collect();
        writeln!(out, "\n{}: {}; runs: {}\n", self.workload, sizes.join(", "), self.runs)?;
        writeln!(out, "| {} | median | lowest to highest | aim |", self.workload)?;
        writeln!(out, "| --- | --- | --- | --- |")?;
        for Figure { what, unit, aim, median, values } in &self.figures {
            let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
            let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shown = format!("{} {}", unit.write(*median), unit.name());
            let range = if self.runs > 1 { format!("{} to {}", unit.write(lowest), unit.write(highest)) } else { String::new() };
            writeln!(out, "| {what} | {} | {range} | {} |", shown.trim_end(), aim.unwrap_or_default())?;
        }
        Ok(())
    }
}

/// Prints tables: Markdown for `docs/performance.md`, or JSON.
pub(crate) fn print(tables: &[Table], json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, tables)?;
        writeln!(out)?;
    } else {
        for table in tables {
            table.markdown(&mut out)?;
        }
    }
    Ok(out.flush()?)
}

/// The middle one, or the mean of the two in the middle; 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.get(middle.wrapping_sub(1)), sorted.get(middle)) {
        (Some(below), Some(above)) if sorted.len().is_multiple_of(2) => below.midpoint(*above),
        (_, Some(value)) => *value,
        (_, None) => 0.0,
    }
}

/// Times that were taken one by one. Percentiles are exact: the smallest time that so many are not above.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn sorted(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Times(times)
    }

    /// The time that `per_mille` of all are not above; zero of none.
    pub(crate) fn per_mille(&self, per_mille: usize) -> Duration {
        let rank = (self.0.len() * per_mille).div_ceil(1_000).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    pub(crate) fn median(&self) -> Duration {
        self.per_mille(500)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_of_the_values_in_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn percentiles_are_times_that_were_taken() {
        let times = Times::sorted((1..=1_000).rev().map(Duration::from_millis).collect());
        assert_eq!(times.median(), Duration::from_millis(500));
        assert_eq!(times.per_mille(990), Duration::from_millis(990));
        assert_eq!(times.per_mille(1_000), Duration::from_millis(1_000));
        assert_eq!(Times::sorted(vec![Duration::from_millis(7)]).per_mille(1), Duration::from_millis(7));
        assert_eq!(Times::default().median(), Duration::ZERO);
    }

    #[test]
    fn thousands_are_grouped() {
        let written: Vec<String> = [0.0, 999.4, 1_000.0, 1_234_567.0].map(grouped).to_vec();
        assert_eq!(written, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn every_run_has_the_same_figures() {
        let mut table = Table::new("ingest", &[("events", 10_000)]);
        let run = |rate| vec![Measure::new("acknowledged", Unit::EventsPerSecond, rate).aim("≥ 150,000")];
        for rate in [150_000.0, 170_000.0, 160_000.0] {
            table.add_run(run(rate)).unwrap();
        }
        assert!(table.add_run(vec![Measure::new("another", Unit::Seconds, 1.0)]).is_err());
        let mut table = Table::new("ingest", &[("events", 10_000)]);
        for rate in [150_000.0, 170_000.0, 160_000.0] {
            table.add_run(run(rate)).unwrap();
        }
        let mut text = Vec::new();
        table.markdown(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("ingest: 10,000 events; runs: 3"), "{text}");
        assert!(text.contains("| acknowledged | 160,000 events/s | 150,000 to 170,000 | ≥ 150,000 |"), "{text}");
    }
}
