//! Starting a child with a fault, and waiting for its end.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rollcall_ledger::Postgres;
use rollcall_test_postgres::Database;
use tempfile::TempDir;

use crate::log::Told;
use crate::work::{Kind, Place, copy};

/// For how long a child may work that is to come to its end by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// A store of a test.
pub(crate) struct Home {
    pub(crate) place: Place,
    root: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let place = Place { data: root.path().join("data"), log: root.path().join("log"), postgres: None };
        Home { place, root }
    }

    /// With its database on a server.
    pub(crate) fn on(database: &Database) -> Self {
        let mut home = Self::new();
        let schema = format!("faults_{}", uuid::Uuid::new_v4().simple());
        home.place.postgres = Some(Postgres { url: database.url.clone(), schema });
        home
    }

    /// A store that has lived through a few days.
    pub(crate) fn lived_in(seed: u64, kind: Kind) -> Self {
        let home = Self::new();
        for round in 0..3 {
            let ended = run(&home.place, seed * 1_000 + round, kind, &Fault::None);
            assert!(ended.success(), "{ended}: {:#?}", home.told().lines);
        }
        home
    }

    /// The same store once more, to be spoilt.
    pub(crate) fn copy(&self) -> Self {
        let other = Self::new();
        copy(&self.place.data, &other.place.data);
        std::fs::copy(&self.place.log, &other.place.log).unwrap();
        other
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn told(&self) -> Told {
        Told::read(&self.place.log)
    }
}

/// What befalls a child.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    None,
    /// `kill:STEP:N` or `fail:STEP:N`.
    Step(String),
    /// `kill -9` that long after it has written so many lines of its log.
    After(usize, Duration),
    /// strace with these arguments.
    Calls(Vec<String>),
    /// A shell command before it, in the same process.
    Shell(&'static str),
}

impl Fault {
    /// What is done to the Nth of some system calls, in each thread.
    pub(crate) fn inject(calls: &str, what: &str, when: impl std::fmt::Display) -> Self {
        Fault::Calls(vec![format!("--trace={calls}"), format!("--inject={calls}:{what}:when={when}")])
    }
}

/// Whether system calls can be traced here. The long run insists on it.
pub(crate) fn can_trace() -> bool {
    let can = Command::new("strace").args(["-qq", "--output=/dev/null", "true"]).output().is_ok_and(|done| done.status.success());
    assert!(can || !crate::is_long(), "strace is needed, and must be allowed to trace");
    if !can {
        eprintln!("skipped: strace is not installed, or may not trace");
    }
    can
}

/// Runs a child to its end, which may be an early one.
pub(crate) fn run(place: &Place, seed: u64, kind: Kind, fault: &Fault) -> ExitStatus {
    let mut child = start(place, seed, kind, fault);
    if let Fault::After(lines, pause) = fault {
        wait_for_lines(place, &mut child, *lines);
        std::thread::sleep(*pause);
        let _ = child.kill();
    }
    wait_until(|| child.try_wait().unwrap().is_some());
    let ended = child.wait().unwrap();
    if !ended.success() && ended.signal().is_none() {
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!said.contains("panicked"), "{said}\n{:#?}", Told::read(&place.log).lines);
    }
    ended
}

/// Starts a child.
pub(crate) fn start(place: &Place, seed: u64, kind: Kind, fault: &Fault) -> Child {
    let binary = std::env::current_exe().unwrap();
    let mut command = match fault {
        Fault::Calls(arguments) => {
            let mut command = Command::new("strace");
            command.args(["--follow-forks", "-qq"]);
            // Quicker, but it sends no signals.
            if !arguments.iter().any(|argument| argument.contains(":signal=")) {
                command.arg("--seccomp-bpf");
            }
            if !arguments.iter().any(|argument| argument.starts_with("--output")) {
                command.arg("--output=/dev/null");
            }
            command.args(arguments).arg(binary);
            command
        }
        Fault::Shell(before) => {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(binary);
            command
        }
        Fault::None | Fault::Step(_) | Fault::After(..) => Command::new(binary),
    };
    command.args(["--exact", "work::child", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("FAULTS_DATA", &place.data).env("FAULTS_LOG", &place.log);
    command.env("FAULTS_SEED", seed.to_string()).env("FAULTS_KIND", kind.name());
    if let Some(Postgres { url, schema }) = &place.postgres {
        command.env("FAULTS_URL", url).env("FAULTS_SCHEMA", schema);
    }
    if let Fault::Step(step) = fault {
        command.env("ROLLCALL_FAULT", step);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Waits until a child has written so many more lines of its log, or has ended.
pub(crate) fn wait_for_lines(place: &Place, child: &mut Child, lines: usize) {
    let lines_of = || std::fs::read(&place.log).map_or(0, |log| log.iter().filter(|&&byte| byte == b'\n').count());
    let until = lines_of() + lines;
    wait_until(|| lines_of() >= until || child.try_wait().unwrap().is_some());
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "the child neither works nor ends");
        std::thread::sleep(Duration::from_millis(1));
    }
}
