//! Connections to PostgreSQL: where a database is, how it is reached, and how several nodes bring its
//! tables up to date together.

use std::fmt;
use std::io;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement, TransactionTrait};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};

use crate::error::ControlError;
use crate::migrations;

/// The schema, unless another is named. The ledger may lie in another schema of the same database.
const DEFAULT_SCHEMA: &str = "rollcall_control";
/// Most characters of a schema's name; PostgreSQL cuts off what is longer.
const MAX_SCHEMA_CHARS: usize = 63;
/// Connections of one node: a key is looked up once in some seconds, everything else is rare.
const CONNECTIONS: u32 = 4;
/// How long a connection may take, and how long a caller waits for one. A server that starts anew is back
/// by then; one that is away should not hold up callers any longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// No statement on these small tables takes that long, unless another holds it up.
const STATEMENT_TIMEOUT: &str = "10s";
/// How long a node waits for another one that brings the tables up to date.
const MIGRATION_TIMEOUT: &str = "10min";
/// After that long, a node that was cut off in the middle of a transaction lets go of its locks.
const IDLE_IN_TRANSACTION: &str = "60s";
/// What a URL may set, in the driver's spellings. The driver ignores others, and a misspelt `sslmode`
/// must not mean a connection without TLS.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// A schema of a PostgreSQL database: where a control database on PostgreSQL is. It is shown without its
/// password.
#[derive(Clone)]
pub struct PostgresSchema {
    options: PgConnectOptions,
    name: String,
}

impl PostgresSchema {
    /// The schema `rollcall_control` of the database that a `postgres://` URL names. `sslmode` and
    /// `sslrootcert` in it say whether TLS is spoken and whom it trusts; a password may also stand in
    /// `PGPASSWORD` or a password file.
    pub fn new(url: &str) -> Result<Self, ControlError> {
        let wrong = |reason| ControlError::Url { reason };
        if let Some(reason) = objection(url) {
            return Err(wrong(reason));
        }
        let options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| wrong(format!("can't be read ({error})")))?;
        if options.get_database().is_none() {
            return Err(wrong("names no database".to_owned()));
        }
        Ok(PostgresSchema { options, name: DEFAULT_SCHEMA.to_owned() })
    }

    /// Another schema of the same database.
    pub fn named(self, name: &str) -> Result<Self, ControlError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins_well = !name.starts_with(|c: char| c.is_ascii_digit()) && !name.starts_with("pg_");
        if !(1..=MAX_SCHEMA_CHARS).contains(&name.len()) || !name.chars().all(plain) || !begins_well {
            return Err(ControlError::SchemaName { name: name.to_owned() });
        }
        Ok(PostgresSchema { name: name.to_owned(), ..self })
    }
}

/// What the driver would let pass in a URL.
fn objection(url: &str) -> Option<String> {
    let Some(after_scheme) = url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) else {
        return Some("does not begin with postgres://".to_owned());
    };
    // A password with such characters would be taken for something that messages show.
    let after_host = after_scheme.split_once(['/', '?']).map_or("", |(_, rest)| rest);
    if url.contains('#') || after_host.contains('@') {
        return Some("has a # or an @ where none can be".to_owned());
    }
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let names = parameters.split('&').filter_map(|parameter| parameter.split('=').next());
    let known = names.filter(|name| !name.is_empty()).all(|name| PARAMETERS.contains(&name));
    (!known).then(|| format!("has a parameter that is none of {}", PARAMETERS.join(", ")))
}

impl fmt::Display for PostgresSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (user, database) = (self.options.get_username(), self.options.get_database().unwrap_or_default());
        match self.options.get_socket() {
            Some(socket) => write!(f, "{database} at {}", socket.display())?,
            None => write!(f, "{database} at {}:{}", self.options.get_host(), self.options.get_port())?,
        }
        write!(f, " (user {user}, schema {})", self.name)
    }
}

impl fmt::Debug for PostgresSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresSchema({self})")
    }
}

/// Connects to the server. Every commit is on its disk before it is answered.
pub(crate) async fn connect(schema: &PostgresSchema) -> Result<DatabaseConnection, ControlError> {
    let failed = |source| ControlError::Connect { place: schema.to_string(), advice: advice(&source), source };
    let mut options = schema.options.clone();
    if options.get_application_name().is_none() {
        options = options.application_name("rollcall");
    }
    options = options.options([
        ("search_path", schema.name.as_str()),
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
    ]);
    if first_look(&options).await.map_err(failed)? == "off" {
        tracing::warn!(database = %schema, "the server has synchronous_commit = off; it is on for the control database");
        options = options.options([("synchronous_commit", "on")]);
    }
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT_TIMEOUT);
    Ok(pool.connect_with(options).await.map_err(failed)?.into())
}

/// Connects once, since a pool tries again for a while and then does not say why it could not; and asks
/// when the server answers a commit.
async fn first_look(options: &PgConnectOptions) -> Result<String, sqlx::Error> {
    let look = async {
        let mut connection = PgConnection::connect_with(options).await?;
        let setting = sqlx::query_scalar("SHOW synchronous_commit").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(setting)
    };
    let late = |_| sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {CONNECT_TIMEOUT:?}")));
    tokio::time::timeout(CONNECT_TIMEOUT, look).await.map_err(late)?
}

const TLS_ADVICE: &str = "check sslmode and sslrootcert of its URL, and the server's certificate";

/// What to do about it.
fn advice(error: &sqlx::Error) -> &'static str {
    match error {
        // What TLS finds wrong with a certificate comes as data that is not valid.
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => TLS_ADVICE,
        sqlx::Error::Tls(_) => TLS_ADVICE,
        sqlx::Error::Io(_) => "check that the server runs and that host and port are right",
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01" | "28000") => "check user and password, and the server's pg_hba.conf",
            Some("3D000") => "create the database, or name another one in its URL",
            Some("53300") => "raise the server's max_connections, or stop what else uses it",
            Some("57P03") => "try again once the server has started",
            _ => "the server's log may say more",
        },
        _ => "the server's log may say more",
    }
}

/// Makes the schema if it is missing, and brings its tables up to date: all of it or nothing, and one node
/// after the other.
pub(crate) async fn prepare(db: &DatabaseConnection, schema: &PostgresSchema) -> Result<(), ControlError> {
    let place = schema.to_string();
    let failed = |source| ControlError::Prepare { place: place.clone(), source };
    // Every statement sees what was committed before it, so also what was while this waited for its turn.
    let begun = db.begin_with_config(Some(IsolationLevel::ReadCommitted), None).await;
    let transaction = begun.map_err(failed)?;
    take_turn(&transaction, &schema.name).await.map_err(failed)?;
    make_schema(&transaction, &schema.name).await.map_err(failed)?;
    migrations::apply(&transaction, &place).await?;
    transaction.commit().await.map_err(failed)
}

/// Waits until no other node is at it. The turn ends with the transaction.
async fn take_turn(transaction: &DatabaseTransaction, schema: &str) -> Result<(), DbErr> {
    transaction.execute_unprepared(&format!("SET LOCAL statement_timeout = '{MIGRATION_TIMEOUT}'")).await?;
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
    let turn = format!("rollcall control database {schema}");
    transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, [turn.into()])).await?;
    Ok(())
}

/// It is looked for first: who may not make schemas may use one that was made for him.
async fn make_schema(transaction: &DatabaseTransaction, schema: &str) -> Result<(), DbErr> {
    let find = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    let found = transaction.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, find, [schema.into()])).await?;
    if found.is_none() {
        transaction.execute_unprepared(&format!("CREATE SCHEMA \"{schema}\"")).await?;
    }
    Ok(())
}
