//! The running server, and what stops it when nobody else does.
//!
//! A server must not outlive the test that started it, even if the test's process is killed and runs no
//! code any more. So a small shell stands between them. It waits on a pipe from the test's process,
//! which closes with that process, and then stops the server at once and removes its folder.

use std::fs::File;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::cluster::Cluster;

/// The shell: its first argument is the folder, the others are the server's command. A line of its input
/// names the signal to stop it with. The end of its input means that nobody is left.
const WATCH: &str = r#"
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
    left=0
    read -r signal <&3 || { signal=QUIT; left=9; }
    trap '' TERM
    kill -s "$signal" "$server"
    exit "$left"
) &
watcher=$!
exec 3<&-
wait "$server"
ended=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
[ $? -eq 9 ] && rm -rf "$folder"
exit "$ended"
"#;

/// How long a start may take, on a machine that is busy with other tests. Recovery is part of it.
const START: Duration = Duration::from_secs(60);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);
/// Ports below those that the operating system hands out by itself, so that a port stays free while its
/// server is stopped.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How a server is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// In order: connections end, and everything is written.
    Fast,
    /// At once, as in a crash: the next start recovers from the write-ahead log.
    Immediate,
}

impl Stop {
    fn signal(self) -> &'static str {
        match self {
            Stop::Fast => "INT\n",
            Stop::Immediate => "QUIT\n",
        }
    }
}

/// A server that runs. Dropping it stops the server at once.
#[derive(Debug)]
pub(crate) struct Process {
    watch: Child,
    /// Open until the server is to stop.
    alive: Option<ChildStdin>,
}

impl Process {
    /// Starts the server on a port and waits until it takes connections. Nothing if the port is taken.
    pub(crate) fn start(cluster: &Cluster, port: u16, settings: &[(String, String)]) -> Option<Process> {
        let before = pid_file(cluster);
        let log = File::create(cluster.log()).expect("the server's log");
        let mut command = cluster.command("/bin/sh".as_ref());
        command.args(["-c", WATCH, "sh"]).arg(cluster.folder());
        serve(&mut command, cluster, port, settings);
        command.stdin(Stdio::piped()).stdout(log.try_clone().expect("the server's log")).stderr(log);
        // What a terminal or a test runner sends to the test's group of processes is not for the server:
        // it would end the shell that has to clean up.
        command.process_group(0);
        let mut watch = command.spawn().expect("a shell");
        let alive = watch.stdin.take();
        let mut process = Process { watch, alive };

        let deadline = Instant::now() + START;
        while pid_file(cluster).is_none_or(|file| Some(&file) == before.as_ref() || !is_ready(&file)) {
            if process.watch.try_wait().expect("the server's shell").is_some() {
                let log = log_text(cluster);
                assert!(log.contains("Address already in use"), "PostgreSQL does not start: {log}");
                return None;
            }
            assert!(Instant::now() < deadline, "PostgreSQL is not ready after {START:?}: {}", log_text(cluster));
            sleep(LOOK);
        }
        Some(process)
    }

    /// Stops the server and waits until it has ended.
    pub(crate) fn stop(mut self, how: Stop) {
        if let Some(mut alive) = self.alive.take() {
            // A server that has ended by itself has left nobody who reads this.
            let _ = alive.write_all(how.signal().as_bytes());
            let _ = self.watch.wait();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.alive.take().is_some() {
            let _ = self.watch.wait();
        }
    }
}

/// A port that nobody listens on at the moment.
pub(crate) fn free_port() -> u16 {
    let ports = std::iter::repeat_with(|| PORTS.start + (Uuid::new_v4().as_u128() % PORTS.len() as u128) as u16);
    let mut free = ports.take(200).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("a free port of 127.0.0.1")
}

fn serve(command: &mut Command, cluster: &Cluster, port: u16, settings: &[(String, String)]) {
    command.arg(cluster.programs().path("postgres")).arg("-D").arg(cluster.data());
    let own = [
        ("listen_addresses".to_owned(), "127.0.0.1".to_owned()),
        ("port".to_owned(), port.to_string()),
        ("unix_socket_directories".to_owned(), cluster.folder().display().to_string()),
    ];
    for (name, value) in own.iter().chain(settings) {
        command.arg("-c").arg(format!("{name}={value}"));
    }
}

/// What a server notes about itself while it runs, and leaves behind when it is killed.
fn pid_file(cluster: &Cluster) -> Option<String> {
    std::fs::read_to_string(cluster.data().join("postmaster.pid")).ok()
}

fn is_ready(pid_file: &str) -> bool {
    pid_file.lines().nth(7).is_some_and(|status| status.trim() == "ready")
}

pub(crate) fn log_text(cluster: &Cluster) -> String {
    std::fs::read(cluster.log()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
