//! What a process takes of the machine, as Linux tells it in `/proc`.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::figures::{Measure, Unit, median};

/// Unit of processor times in `/proc`: the same on every architecture that Linux runs on today.
const TICKS_PER_SECOND: f64 = 100.0;
/// How often a process is looked at.
const EVERY: Duration = Duration::from_millis(20);
/// What `/proc` calls the process that asks.
pub(crate) const SELF: &str = "self";

/// Processor time that all threads of a process have used, in seconds.
pub(crate) fn cpu_seconds(pid: &str) -> Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| path.clone())?;
    cpu_ticks(&stat).map(|ticks| ticks as f64 / TICKS_PER_SECOND).with_context(|| format!("{path} is not as expected: {stat:?}"))
}

/// Time in user and kernel mode: the 14th and 15th field. The second is the name, and may hold anything.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(ticks()? + ticks()?)
}

/// Processor time of the whole machine, to tell afterwards what others took of it: figures of a machine that
/// is busy with something else are not worth much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    busy_seconds: f64,
    own_seconds: f64,
}

impl Machine {
    pub(crate) fn now() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("/proc/stat")?;
        let ticks = busy_ticks(&stat).with_context(|| format!("/proc/stat is not as expected: {stat:?}"))?;
        Ok(Machine { busy_seconds: ticks as f64 / TICKS_PER_SECOND, own_seconds: cpu_seconds(SELF)? })
    }

    /// Processor time since then of everything but this process and those under test, which took `tested`.
    pub(crate) fn others_since(self, tested: f64) -> Result<Measure> {
        let now = Machine::now()?;
        let others = now.busy_seconds - self.busy_seconds - (now.own_seconds - self.own_seconds) - tested;
        Ok(Measure::new("processor time of everything else on the machine", Unit::Seconds, others.max(0.0)))
    }
}

/// Ticks in which the processors did something: all fields of the first line but `idle` and `iowait`, up to
/// `steal`. What follows is counted in those already.
fn busy_ticks(stat: &str) -> Option<u64> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8).enumerate();
    fields.filter(|(at, _)| !matches!(at, 3 | 4)).map(|(_, field)| field.parse::<u64>().ok()).sum()
}

/// Resident memory of a process in MiB: at this moment and at most so far. `None` once it has ended.
fn resident(pid: &str) -> Option<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some((mebibytes(&status, "VmRSS:")?, mebibytes(&status, "VmHWM:")?))
}

fn mebibytes(status: &str, field: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kibibytes| kibibytes / 1_024.0)
}

/// What a process took while it was watched.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Taken {
    /// Most memory that was resident since the process began, in MiB.
    pub(crate) peak_mebibytes: f64,
    /// Median of the memory that was resident, in MiB.
    pub(crate) usual_mebibytes: f64,
    /// Processor time since the process began, in seconds.
    pub(crate) cpu_seconds: f64,
}

/// Looks at a process again and again, until it ends or nobody wants to know any more.
pub(crate) struct Watch {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Taken>,
}

impl Watch {
    pub(crate) fn begin(pid: u32) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let thread = std::thread::spawn(move || look(&pid.to_string(), &told));
        Watch { done, thread }
    }

    pub(crate) fn end(self) -> Result<Taken> {
        self.done.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("watching a process failed"))
    }
}

fn look(pid: &str, done: &AtomicBool) -> Taken {
    let mut taken = Taken::default();
    let mut residents = Vec::new();
    loop {
        // Once more after it was told to stop, so that the last moment counts.
        let last = done.load(Ordering::Relaxed);
        let (Some((now, peak)), Ok(cpu_seconds)) = (resident(pid), cpu_seconds(pid)) else { break };
        residents.push(now);
        taken.peak_mebibytes = peak;
        taken.cpu_seconds = cpu_seconds;
        if last {
            break;
        }
        std::thread::sleep(EVERY);
    }
    taken.usual_mebibytes = median(&residents);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_whatever_a_process_is_called() {
        let stat = "4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0 1";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("4711 (short) S 1"), None);
        assert!(cpu_seconds(SELF).unwrap() < 3_600.0);
    }

    #[test]
    fn a_machine_is_busy_when_it_neither_idles_nor_waits() {
        assert_eq!(busy_ticks("cpu  1 2 4 1000 1000 8 16 32 64 128\ncpu0 1 1 1 1 1 1 1 1 1 1\n"), Some(63));
        assert_eq!(busy_ticks("intr 1"), None);
        Machine::now().unwrap().others_since(0.0).unwrap();
    }

    #[test]
    fn memory_is_told_in_mebibytes() {
        let status = "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
        assert_eq!(mebibytes(status, "VmRSS:"), Some(1.0));
        assert_eq!(mebibytes(status, "VmHWM:"), Some(2.0));
        let (now, peak) = resident(SELF).unwrap();
        assert!(now > 0.0 && peak >= now);
    }

    #[test]
    fn a_process_is_watched_until_its_end() {
        let mut child = std::process::Command::new("sleep").arg("0.2").spawn().unwrap();
        let watch = Watch::begin(child.id());
        child.wait().unwrap();
        let taken = watch.end().unwrap();
        assert!(taken.peak_mebibytes > 0.0 && taken.usual_mebibytes <= taken.peak_mebibytes);
    }
}
