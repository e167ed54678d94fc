//! What can go wrong with the control database.

use std::path::PathBuf;

use rollcall_model::TenantId;
use sea_orm::DbErr;

/// The control database could not do it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// The file can't be made.
    #[error("control database {path}: can't be created: {source}; check that the folder exists and may be written to")]
    Create {
        /// Where it was to be.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// There is something, but it can't be opened.
    #[error("control database {place}: can't be opened: {source}")]
    Open {
        /// Where it is.
        place: String,
        /// Why not.
        source: sqlx::Error,
    },
    /// What should say where a PostgreSQL database is does not. It is not repeated: it may hold a password.
    #[error(
        "control database: the URL {reason}; expected postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…, with special characters of the password as %XX"
    )]
    Url {
        /// What is wrong with it.
        reason: String,
    },
    /// A schema's name would have to be quoted wherever it is used.
    #[error("control database: schema {name:?}: expected 1 to 63 of a-z, 0-9 and _, no digit first, and not pg_ first")]
    SchemaName {
        /// The name.
        name: String,
    },
    /// A PostgreSQL server can't be reached, or does not let us in.
    #[error("control database {place}: can't be opened: {source}; {advice}")]
    Connect {
        /// Where it is.
        place: String,
        /// Why not.
        source: sqlx::Error,
        /// What to do.
        advice: &'static str,
    },
    /// Its tables can't be made or brought up to date.
    #[error("control database {place}: its tables can't be made or brought up to date: {source}")]
    Prepare {
        /// Where it is.
        place: String,
        /// Why not.
        source: DbErr,
    },
    /// A newer version has written it.
    #[error(
        "control database {place}: a newer version of Rollcall has changed it (unknown migrations: {}); start that version, or restore a copy from before",
        unknown.join(", ")
    )]
    Newer {
        /// Where it is.
        place: String,
        /// The migrations that it has had and this version does not know.
        unknown: Vec<String>,
    },
    /// Its file can't be copied.
    #[error("control database {path}: can't be copied: {source}")]
    Copy {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        source: sqlx::Error,
    },
    /// Rows were to be copied into a database that has some.
    #[error("control database: expected one without rows, got some in {table}; restore into another database, or drop its schema first")]
    NotEmpty {
        /// Name of the table.
        table: &'static str,
    },
    /// A value in the database is none that Rollcall writes.
    #[error("control database: {table} {id}: {column}: {reason}; the row has been changed by another program or is damaged")]
    Damaged {
        /// Name of the table.
        table: &'static str,
        /// Which row.
        id: String,
        /// Which column.
        column: &'static str,
        /// What was expected, what is there.
        reason: String,
    },
    /// Of a tenant's records in the outbox, each has an `event_id` of its own.
    #[error("outbox of tenant {tenant}: expected records that are not there yet, got one whose event_id is; nothing was changed")]
    RecordTwice {
        /// Whose record.
        tenant: TenantId,
    },
    /// The database has refused a statement, or is gone.
    #[error("control database: {0}")]
    Database(#[from] DbErr),
}
