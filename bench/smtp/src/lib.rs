//! A real SMTP server for tests: `server.py` on the Python library `aiosmtpd`, on this machine's loopback. It ends with the
//! value that stands for it.

// What fails here fails the test that uses it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How the server is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Without TLS.
    None,
    /// It wants TLS after the first words.
    Starttls,
    /// TLS from the beginning.
    Implicit,
}

/// A server. It ends with its value.
#[derive(Debug)]
pub struct SmtpServer {
    /// Where it listens, at 127.0.0.1.
    pub port: u16,
    /// The certificate of the authority that has signed the server's, PEM; it is for `localhost`.
    pub authority: String,
    process: Child,
    stdout: BufReader<ChildStdout>,
    /// It ends when this does.
    _stdin: Option<ChildStdin>,
    _files: TempDir,
}

impl SmtpServer {
    /// Starts one. With an account it takes mails from nobody else; with `refuse`, such as `550 No such user`, it takes none.
    pub fn start(protection: Protection, account: Option<(&str, &str)>, refuse: Option<&str>) -> SmtpServer {
        let files = TempDir::new().unwrap();
        let (authority, certificate, key) = certificates(files.path());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python: PathBuf = std::env::var_os("ROLLCALL_PYTHON").map_or_else(|| root.join(".tools/python/bin/python"), Into::into);
        let mut errors = tempfile::tempfile().unwrap();
        let mut command = Command::new(&python);
        command.arg(root.join("bench/smtp/server.py"));
        let tls = match protection {
            Protection::None => "none",
            Protection::Starttls => "starttls",
            Protection::Implicit => "implicit",
        };
        command.args(["--tls", tls]).arg("--certificate").arg(certificate).arg("--key").arg(key);
        if let Some((user, password)) = account {
            command.args(["--user", user, "--password", password]);
        }
        if let Some(refuse) = refuse {
            command.args(["--refuse", refuse]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors.try_clone().unwrap());
        let started = command.spawn();
        let mut process = started.unwrap_or_else(|error| panic!("{}: {error}; run scripts/install-tools.sh", python.display()));
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        stdout.read_line(&mut said).unwrap();
        let Some(port) = said.trim_end().strip_prefix("port ").and_then(|port| port.parse().ok()) else {
            process.wait().unwrap();
            let mut why = String::new();
            errors.rewind().unwrap();
            errors.read_to_string(&mut why).unwrap();
            panic!("the SMTP server ended: {why}");
        };
        SmtpServer { port, authority, _stdin: process.stdin.take(), process, stdout, _files: files }
    }

    /// The next mail that it has taken; waits for one.
    pub fn mail(&mut self) -> Value {
        let mut said = String::new();
        self.stdout.read_line(&mut said).unwrap();
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("expected a mail; the server said {said:?}"))
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An authority and a certificate of it for `localhost`, with its key in a file.
fn certificates(folder: &Path) -> (String, PathBuf, PathBuf) {
    let mut authority = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let (certificate_file, key_file) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    (authority_pem, certificate_file, key_file)
}
