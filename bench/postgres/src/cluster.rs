//! The folder that a server works on: made, filled by `initdb`, removed with its value.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::programs::Programs;

/// Who PostgreSQL runs as when the tests run as root, as whom it refuses to run. The first that exists.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];
/// The superuser. He comes in through the socket in the folder alone, which is for its owner alone.
pub(crate) const SUPERUSER: &str = "postgres";

/// A folder with a cluster in it.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: TempDir,
    programs: Programs,
    owner: Option<Owner>,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl Cluster {
    pub(crate) fn create(tls: bool) -> Cluster {
        let folder = tempfile::Builder::new()
            .prefix("rollcall-postgres-")
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir()
            .expect("a temporary folder for PostgreSQL");
        // Who owns what this process makes is who it runs as.
        let root = folder.path().metadata().expect("the temporary folder").uid() == 0;
        let owner = root.then(unprivileged);
        if let Some(owner) = owner {
            chown(folder.path(), Some(owner.uid), Some(owner.gid)).expect("root gives a folder away");
        }
        let cluster = Cluster { folder, programs: Programs::find(), owner };
        cluster.init();
        if tls {
            cluster.certify();
        }
        cluster
    }

    fn init(&self) {
        let mut initdb = self.command(&self.programs.path("initdb"));
        initdb.args(["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C", "--wal-segsize=1"]);
        initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256", "--username", SUPERUSER]);
        run(initdb.arg("--pgdata").arg(self.data()));
    }

    /// A certificate for 127.0.0.1 that vouches for itself.
    fn certify(&self) {
        let mut openssl = self.command(Path::new("openssl"));
        openssl.args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "2"]);
        openssl.args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        run(openssl.arg("-keyout").arg(self.key()).arg("-out").arg(self.certificate()));
    }

    /// A command in the folder, as its owner, with nothing of this process's environment that could
    /// lead it elsewhere.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder()).stdin(Stdio::null());
        command.env_clear().env("LC_ALL", "C").env("PATH", std::env::var_os("PATH").unwrap_or_default());
        if let Some(owner) = self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    pub(crate) fn programs(&self) -> &Programs {
        &self.programs
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder().join("log")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder().join("server.crt")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder().join("server.key")
    }
}

/// Runs a command to its end, which must be a good one, and gives what it wrote.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} can't be run: {error}"));
    assert!(output.status.success(), "{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn unprivileged() -> Owner {
    let users = std::fs::read_to_string("/etc/passwd").expect("the list of users");
    let find = |wanted: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, _, uid, gid) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            (name == wanted).then_some(Owner { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
        })
    };
    let found = UNPRIVILEGED.iter().find_map(|name| find(name));
    found.unwrap_or_else(|| panic!("PostgreSQL does not run as root, and there is none of the users {UNPRIVILEGED:?}"))
}
