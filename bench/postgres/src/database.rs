//! One database of a server.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cluster::{SUPERUSER, run};

/// A database of its own for one test. It goes with its value, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Where it is, with user and password: `postgres://…`.
    pub url: String,
    admin: Admin,
}

impl Database {
    /// Who owns it: an ordinary user, no superuser.
    pub const USER: &'static str = "rollcall";

    pub(crate) fn create(admin: Admin, name: String, password: &str, port: u16) -> Database {
        admin.sql("postgres", &format!("CREATE DATABASE {name} OWNER {}", Self::USER));
        let url = format!("postgres://{}:{password}@127.0.0.1:{port}/{name}", Self::USER);
        Database { name, url, admin }
    }

    /// Says something to it behind Rollcall's back, as superuser, and gives the answer: a line for each
    /// row, with `|` between columns.
    pub fn sql(&self, statements: &str) -> String {
        self.admin.sql(&self.name, statements)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        // A server that is stopped takes the database along with its folder.
        let _ = self.admin.command("postgres", &drop).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// The superuser at the server's socket.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    psql: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Admin {
    pub(crate) fn new(psql: PathBuf, folder: PathBuf, port: u16) -> Admin {
        Admin { psql, folder, port }
    }

    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        run(&mut self.command(database, statements)).trim_end().to_owned()
    }

    fn command(&self, database: &str, statements: &str) -> Command {
        let mut command = Command::new(&self.psql);
        command.env_clear().stdin(Stdio::null());
        command.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]);
        command.arg("--host").arg(&self.folder).args(["--port", &self.port.to_string(), "--username", SUPERUSER]);
        command.args(["--dbname", database, "--command", statements]);
        command
    }
}
