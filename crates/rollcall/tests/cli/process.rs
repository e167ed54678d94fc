//! Running the binary: one-off commands, and a server that ends with the test.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// For how long a process may take to do what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder in which commands are run, with a data folder `data` in it.
pub(crate) struct Bench {
    root: TempDir,
    /// What every command finds in its environment.
    environment: Vec<(&'static str, String)>,
}

/// What a command left behind.
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// The command did what it should.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// The command failed with this exit code, and said something of the sort.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, says: &str) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(self.stderr.contains(says), "expected {says:?} in: {}", self.stderr);
        self
    }

    /// A number of the summary of an import.
    #[track_caller]
    pub(crate) fn count(&self, label: &str) -> u64 {
        let line = self
            .stdout
            .lines()
            .rfind(|line| line.trim_start().starts_with(label))
            .unwrap_or_else(|| panic!("no {label} in {}", self.stdout));
        line.trim_start()[label.len()..].split_whitespace().next().unwrap().parse().unwrap()
    }

    /// The rows that were printed as JSON.
    pub(crate) fn rows(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_environment(Vec::new())
    }

    pub(crate) fn with_environment(environment: Vec<(&'static str, String)>) -> Self {
        Bench { root: tempfile::tempdir().unwrap(), environment }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Writes a file beside the data folder, and answers its name.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        name.to_owned()
    }

    /// The binary, not yet started, with nothing from the environment of the test.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command.args(args).current_dir(self.root.path()).env_clear();
        command.env("HOME", self.root.path()).env("ROLLCALL_DATA", "data");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        finish(self.command(args))
    }

    pub(crate) fn run_with(&self, environment: &[(&str, &str)], args: &[&str]) -> Done {
        let mut command = self.command(args);
        command.envs(environment.iter().copied());
        finish(command)
    }

    pub(crate) fn run_on(&self, stdin: &[u8], args: &[&str]) -> Done {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let bytes = stdin.to_vec();
        let writer = std::thread::spawn(move || pipe.write_all(&bytes));
        let done = collect(child);
        let _ = writer.join();
        done
    }

    /// Starts a server on the data folder, and waits until it is ready.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        self.serve_with(&[], args)
    }

    pub(crate) fn serve_with(&self, environment: &[(&str, &str)], args: &[&str]) -> Server {
        self.start_server(environment, &[&["--log-level", "warn"], args].concat(), Stdio::inherit())
    }

    /// Starts a server whose log goes into a new file beside the data folder.
    pub(crate) fn serve_with_log(&self, log: &str, environment: &[(&str, &str)], args: &[&str]) -> Server {
        let log = fs::File::create(self.path(log)).unwrap();
        self.start_server(environment, args, log.into())
    }

    fn start_server(&self, environment: &[(&str, &str)], args: &[&str], log: Stdio) -> Server {
        let mut command = self.command(&[&["serve", "--listen", "127.0.0.1:0"], args].concat());
        command.stderr(log).envs(environment.iter().copied());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("address: ").unwrap_or_else(|| panic!("expected an address, got {line:?}")).to_owned();
        Server { child, url, lines }
    }

    /// Makes a key.
    pub(crate) fn key(&self, scopes: &[&str]) -> String {
        let mut args = vec!["key", "create"];
        for scope in scopes {
            args.extend(["--scope", scope]);
        }
        self.run(&args).ok().stdout.split_whitespace().next_back().unwrap().to_owned()
    }
}

fn finish(mut command: Command) -> Done {
    collect(command.spawn().unwrap())
}

fn collect(child: Child) -> Done {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A server of a test. It is killed when the test is done with it.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    lines: BufReader<std::process::ChildStdout>,
}

impl Server {
    /// The rest of what it prints on stdout, once it has ended.
    pub(crate) fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        rest
    }

    /// The next line that it prints on stdout.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, and answers its exit code.
    pub(crate) fn stop(&mut self) -> i32 {
        self.signal("TERM");
        self.wait()
    }

    pub(crate) fn wait(&mut self) -> i32 {
        wait_until("the server has ended", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A client for the servers of tests.
pub(crate) fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// The files in a folder, none if it is not there.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}
