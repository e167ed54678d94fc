//! The provider, started for one test.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// What proves to the provider that it is Rollcall. Its characters mean something in forms and in addresses.
pub const SECRET: &str = "a-secret:+/%&=?";

/// A provider. It ends with its value.
#[derive(Debug)]
pub struct RealProvider {
    /// What it calls itself: its address.
    pub issuer: String,
    process: Child,
    /// Kept open for what it still has to say.
    _stdout: BufReader<ChildStdout>,
}

impl RealProvider {
    /// Starts one that knows some accounts and their claims, and sends browsers back to `redirect`. `more` are arguments of
    /// `provider.mjs`, which says what there are.
    pub fn start(redirect: &str, accounts: &Value, more: &[&str]) -> RealProvider {
        let mut errors = tempfile::tempfile().unwrap();
        let mut node = Command::new("node");
        node.arg(installed().join("provider.mjs")).args(["--redirect", redirect, "--client-secret", SECRET]);
        node.args(["--accounts", &accounts.to_string()]).args(more);
        node.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors.try_clone().unwrap());
        let mut process = node.spawn().unwrap_or_else(|error| panic!("node can't be started ({error}); install Node.js 20 or newer"));
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut said = String::new();
        while stdout.read_line(&mut said).unwrap() > 0 {
            if let Some(issuer) = said.trim_end().strip_prefix("issuer ") {
                return RealProvider { issuer: issuer.to_owned(), process, _stdout: stdout };
            }
            said.clear();
        }
        process.wait().unwrap();
        let mut why = String::new();
        errors.rewind().unwrap();
        errors.read_to_string(&mut why).unwrap();
        panic!("the OpenID provider ended: {why}");
    }
}

impl Drop for RealProvider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of the provider, with what it needs. The first test that finds nothing there installs it; others wait.
fn installed() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let lock = File::create(folder.join("install.lock")).unwrap();
    lock.lock().unwrap();
    if !folder.join("node_modules/.package-lock.json").exists() {
        let output = Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "npm ci: {}", String::from_utf8_lossy(&output.stderr));
    }
    folder
}
