//! What can go wrong with the control database.

use std::path::PathBuf;

use rollcall_model::TenantId;
use sea_orm::DbErr;

use crate::directory::Account;

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
    /// What was to be changed is not there.
    #[error("{what} {id}: there is none; somebody may have deleted it")]
    NotFound {
        /// What sort of thing.
        what: &'static str,
        /// Which one.
        id: String,
    },
    /// Somebody else has changed it since its version was read. Version 0 is that of what is not there.
    #[error("{what} {id}: expected version {expected}, found {present}{}; read it again and repeat the change", none_is_zero(*expected, *present))]
    VersionConflict {
        /// What sort of thing.
        what: &'static str,
        /// Which one.
        id: String,
        /// The version that was to be changed.
        expected: i64,
        /// The version that is there.
        present: i64,
    },
    /// Somebody else has changed the directory since its revision was read.
    #[error("directory of tenant {tenant}: expected revision {expected}, found {present}; read it again and repeat the change")]
    RevisionConflict {
        /// Whose directory.
        tenant: TenantId,
        /// The revision that was to be changed.
        expected: i64,
        /// The revision that it has.
        present: i64,
    },
    /// An account of a source is one agent's.
    #[error("{account}: it belongs to the agent {employee_id}; remove it there first, or leave it out")]
    AccountTaken {
        /// The account, with its source.
        account: Account,
        /// Whose it is.
        employee_id: String,
    },
    /// Agents that are stored together have an employee id each.
    #[error("agent {employee_id}: expected once, got it twice; merge the two")]
    AgentTwice {
        /// Which agent.
        employee_id: String,
    },
    /// A tenant's users have accounts of their own, whatever their case.
    #[error("user {account:?}: there is one of that account; choose another account, or change that user")]
    UserTaken {
        /// The account.
        account: String,
    },
    /// Somebody whom an OpenID provider knows is one user of a tenant.
    #[error("the OpenID provider knows another user by that subject; unlink that user first")]
    OpenIdTaken,
    /// A tenant's security profiles have names of their own, whatever their case.
    #[error("security profile {name:?}: there is one of that name; choose another name, or change that one")]
    ProfileTaken {
        /// The name.
        name: String,
    },
    /// Somebody has the security profile.
    #[error("security profile {name:?}: {users} users have it; take it from them first")]
    ProfileInUse {
        /// The name.
        name: String,
        /// How many have it.
        users: u64,
    },
    /// Nobody active would have the profile any more.
    #[error("the last active user with the profile {profile}: there must be one; give the profile to another user first")]
    LastHolder {
        /// Which profile.
        profile: String,
    },
    /// An owner's saved reports have names of their own, whatever their case.
    #[error("saved report {name:?}: its owner has one of that name; choose another name, or overwrite that one")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// A saved report is delivered by schedules, which would have nothing to deliver.
    #[error("saved report {report}: it is scheduled: {}; delete these schedules with it, or before it", schedules.join(", "))]
    ReportScheduled {
        /// Which report.
        report: String,
        /// Its schedules.
        schedules: Vec<String>,
    },
    /// A tenant's destinations have names of their own, whatever their case.
    #[error("destination {name:?}: there is one of that name; choose another name, or change that one")]
    DestinationTaken {
        /// The name.
        name: String,
    },
    /// A tenant's webhooks have names of their own, whatever their case.
    #[error("webhook {name:?}: there is one of that name; choose another name, or change that one")]
    WebhookTaken {
        /// The name.
        name: String,
    },
    /// Schedules deliver there.
    #[error("schedules deliver there, of the reports {}; choose another destination for them, or delete them first", reports.join(", "))]
    DestinationInUse {
        /// The names of their reports.
        reports: Vec<String>,
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

/// What a version of 0 in a conflict means.
fn none_is_zero(expected: i64, present: i64) -> &'static str {
    if expected == 0 || present == 0 { " (0: not there)" } else { "" }
}
