//! A server from its start to its end.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::cluster::Cluster;
use crate::database::{Admin, Database};
use crate::process::{Process, Stop, free_port, log_text};

/// How often another port is tried when somebody took the free one first.
const ATTEMPTS: usize = 20;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether it syncs. Without, what it has committed survives the end of its processes, also a sudden
    /// one, but no power cut, which no test has.
    pub fsync: bool,
    /// How many connections it takes.
    pub max_connections: u32,
    /// Whether it speaks TLS, with a [certificate](Server::certificate) of its own.
    pub tls: bool,
    /// More of its settings, by their names in `postgresql.conf`.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Options { fsync: false, max_connections: 200, tls: false, settings: Vec::new() }
    }
}

/// A PostgreSQL server for tests.
#[derive(Debug)]
pub struct Server {
    /// Before the cluster: the server ends before its folder goes.
    process: Mutex<Option<Process>>,
    cluster: Cluster,
    options: Options,
    port: u16,
    password: String,
    databases: AtomicU32,
}

impl Server {
    /// Starts a server with the usual options.
    pub fn start() -> Server {
        Self::start_with(Options::default())
    }

    /// Starts a server.
    pub fn start_with(options: Options) -> Server {
        let cluster = Cluster::create(options.tls);
        let settings = settings(&options, &cluster);
        let mut ports = std::iter::repeat_with(free_port).take(ATTEMPTS);
        let started = ports.find_map(|port| Some((port, Process::start(&cluster, port, &settings)?)));
        let (port, process) = started.unwrap_or_else(|| panic!("no port of {ATTEMPTS} stayed free until PostgreSQL took it"));
        let password = Uuid::new_v4().simple().to_string();
        let server = Server { process: Mutex::new(Some(process)), cluster, options, port, password, databases: AtomicU32::new(0) };
        server.admin().sql("postgres", &format!("CREATE ROLE {} LOGIN PASSWORD '{}'", Database::USER, server.password));
        server
    }

    /// The server that all tests of this process share. It runs until the process ends: do not stop it.
    pub fn shared() -> &'static Server {
        static SHARED: LazyLock<Server> = LazyLock::new(Server::start);
        &SHARED
    }

    /// Makes a new database, empty and owned by an ordinary user, as whom its URL signs in.
    pub fn database(&self) -> Database {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        Database::create(self.admin(), name, &self.password, self.port)
    }

    /// Stops the server, if it runs, and waits until it has ended.
    pub fn stop(&self, how: Stop) {
        if let Some(process) = self.process().take() {
            process.stop(how);
        }
    }

    /// Starts a stopped server again, on the same port, with what was in it.
    pub fn start_again(&self) {
        let mut process = self.process();
        assert!(process.is_none(), "the server runs: stop it before it is started again");
        let settings = settings(&self.options, &self.cluster);
        let started = Process::start(&self.cluster, self.port, &settings);
        *process = Some(started.unwrap_or_else(|| panic!("somebody took port {} while PostgreSQL was stopped", self.port)));
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections it takes.
    pub fn max_connections(&self) -> u32 {
        self.options.max_connections
    }

    /// Where its data, its socket and its log lie.
    pub fn folder(&self) -> &Path {
        self.cluster.folder()
    }

    /// Its certificate as a PEM file, if it speaks TLS: the root to trust.
    pub fn certificate(&self) -> PathBuf {
        self.cluster.certificate()
    }

    /// What it has logged since its last start.
    pub fn log(&self) -> String {
        log_text(&self.cluster)
    }

    fn admin(&self) -> Admin {
        Admin::new(self.cluster.programs().path("psql"), self.cluster.folder().to_path_buf(), self.port)
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Small, quick, and in nothing that tests could notice other than a server in use.
fn settings(options: &Options, cluster: &Cluster) -> Vec<(String, String)> {
    let on_off = |on: bool| if on { "on" } else { "off" }.to_owned();
    let mut settings = vec![
        ("fsync".to_owned(), on_off(options.fsync)),
        ("full_page_writes".to_owned(), on_off(options.fsync)),
        ("max_connections".to_owned(), options.max_connections.to_string()),
        ("shared_buffers".to_owned(), "32MB".to_owned()),
        ("max_wal_size".to_owned(), "256MB".to_owned()),
        ("ssl".to_owned(), on_off(options.tls)),
    ];
    if options.tls {
        settings.push(("ssl_cert_file".to_owned(), cluster.certificate().display().to_string()));
        settings.push(("ssl_key_file".to_owned(), cluster.key().display().to_string()));
    }
    settings.extend(options.settings.iter().cloned());
    settings
}
