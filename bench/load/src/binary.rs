//! The binary under test: its commands, and its server.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::http::{Address, Connection};

/// What the load needs to be allowed to do.
const SCOPES: &[&str] = &["events:write", "reports:read", "store:archive"];
/// For how long a server may take to be ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(120);

/// The `rollcall` binary.
#[derive(Debug)]
pub(crate) struct Binary {
    path: PathBuf,
    /// Where everything that it logs is gathered.
    log: PathBuf,
}

impl Binary {
    /// The one given, or the one beside this program. Its log is begun anew.
    pub(crate) fn find(given: Option<&Path>, log: PathBuf) -> Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => std::env::current_exe()?.with_file_name("rollcall"),
        };
        ensure!(
            path.is_file(),
            "{} is not there; build it with `cargo build --workspace --release`, or name one with --rollcall",
            path.display()
        );
        File::create(&log).with_context(|| log.display().to_string())?;
        Ok(Binary { path, log })
    }

    /// A command on a data folder, with nothing from the environment.
    pub(crate) fn command(&self, command: &[&str], data: &Path) -> Result<Command> {
        let log = File::options().append(true).open(&self.log).with_context(|| self.log.display().to_string())?;
        let mut process = Command::new(&self.path);
        process.args(command).arg("--data").arg(data);
        process.env_clear().env("HOME", data).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        Ok(process)
    }

    /// Runs a command to its end, and answers what it printed.
    pub(crate) fn run(&self, command: &[&str], data: &Path) -> Result<String> {
        self.finish(self.command(command, data)?.spawn()?, command)
    }

    /// Waits until a command ends, and answers what it printed.
    pub(crate) fn finish(&self, child: Child, command: &[&str]) -> Result<String> {
        let output = child.wait_with_output()?;
        if !output.status.success() {
            bail!("`rollcall {}` ended with {}; {} says why", command.join(" "), output.status, self.log.display());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Whether it has a command of that name.
    pub(crate) fn knows(&self, command: &str) -> Result<bool> {
        let asked = Command::new(&self.path).args([command, "--help"]).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        Ok(asked.success())
    }

    /// Starts a server on a data folder, on a free port, and waits until it is ready.
    pub(crate) fn serve(&self, data: &Path) -> Result<Server> {
        let key = self.key(data)?;
        let started = Instant::now();
        let mut child = self.command(&["serve", "--listen", "127.0.0.1:0"], data)?.spawn()?;
        let stdout = child.stdout.take();
        // Dropping the server ends it, also when something fails before its address is known.
        let unknown = Address { socket: ([127, 0, 0, 1], 0).into(), key };
        let mut server = Server { child, address: unknown, ready_after: Duration::ZERO };
        let mut line = String::new();
        BufReader::new(stdout.context("the server has no standard output")?).read_line(&mut line)?;
        let socket = line.trim().strip_prefix("address: http://").and_then(|address| address.strip_suffix('/'));
        let told = || format!("expected the server's address, got {line:?}; {} says why", self.log.display());
        server.address.socket = socket.and_then(|socket| socket.parse().ok()).with_context(told)?;
        while server.connect()?.get("/readyz")?.status != 200 {
            ensure!(started.elapsed() < PATIENCE, "the server is not ready after {PATIENCE:?}; {} says why", self.log.display());
            std::thread::sleep(Duration::from_millis(1));
        }
        server.ready_after = started.elapsed();
        Ok(server)
    }

    /// Makes a key for the load.
    fn key(&self, data: &Path) -> Result<String> {
        let mut command = vec!["key", "create"];
        command.extend(SCOPES.iter().flat_map(|scope| ["--scope", scope]));
        let printed = self.run(&command, data)?;
        Ok(printed.split_whitespace().next_back().context("expected a key, got nothing")?.to_owned())
    }
}

/// A server, killed when it is dropped without having been stopped.
pub(crate) struct Server {
    child: Child,
    address: Address,
    /// From its start to its first answer that it is ready.
    pub(crate) ready_after: Duration,
}

/// What `GET /status` says.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    pub(crate) next_seq: u64,
    pub(crate) tail_events: u64,
    poisoned: bool,
}

impl Server {
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(&self.address)
    }

    pub(crate) fn status(&self) -> Result<Status> {
        let status: Status = self.connect()?.get("/api/v1/status")?.json()?;
        ensure!(!status.poisoned, "the server is poisoned; rollcall.log says why");
        Ok(status)
    }

    /// Moves the journal into the lake, and waits for it.
    pub(crate) fn archive(&self) -> Result<()> {
        self.connect()?.post("/api/v1/archive", "application/json", b"")?.json::<serde_json::Value>().map(drop)
    }

    /// Asks it to end, and waits for it.
    pub(crate) fn stop(mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.pid().to_string()).status()?;
        ensure!(asked.success(), "the server can't be asked to stop");
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "the server ended with {status}; rollcall.log says why");
                return Ok(());
            }
            ensure!(asked.elapsed() < PATIENCE, "the server has not stopped after {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a stop there is nothing to end any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
