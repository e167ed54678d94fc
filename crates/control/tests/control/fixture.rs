//! A database for one test, on one of the two engines, and what is stored in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rollcall_control::api_keys::ApiKey;
use rollcall_control::directory::{Account, Agent};
use rollcall_control::outbox::Record;
use rollcall_control::profiles::Profile;
use rollcall_control::saved_reports::NewReport;
use rollcall_control::tenant_catalogue::{Entry, EntryKey};
use rollcall_control::user_sessions::UserSession;
use rollcall_control::users::{Credentials, NewUser};
use rollcall_control::{Control, ControlError, PostgresSchema};
use rollcall_model::{Effect, TenantId, Timestamp};
use rollcall_test_postgres::{Database, Engine, Server};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;
use uuid::Uuid;

/// A place for a control database, empty at first.
pub(crate) enum Place {
    File(TempDir),
    Postgres(Database),
}

impl Place {
    pub(crate) fn new(engine: Engine) -> Place {
        match engine {
            Engine::Sqlite => Place::File(tempfile::tempdir().unwrap()),
            Engine::Postgres => Place::Postgres(Server::shared().database()),
        }
    }

    /// Opens the database there, the first time and again.
    pub(crate) async fn open(&self) -> Result<Control, ControlError> {
        match self {
            Place::File(folder) => Control::open(&file(folder)).await,
            Place::Postgres(database) => Control::connect(&PostgresSchema::new(&database.url)?).await,
        }
    }

    /// Says something to it behind Rollcall's back.
    pub(crate) async fn sql(&self, statement: &str) {
        match self {
            Place::File(folder) => sqlite(&file(folder), statement).await,
            Place::Postgres(database) => {
                database.sql(&format!("SET search_path = rollcall_control; {statement}"));
            }
        }
    }

    /// What an error says of where it is.
    pub(crate) fn name(&self) -> String {
        match self {
            Place::File(folder) => file(folder).display().to_string(),
            Place::Postgres(database) => {
                format!("{} at 127.0.0.1:{} (user rollcall, schema rollcall_control)", database.name, Server::shared().port())
            }
        }
    }
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("control.db")
}

async fn sqlite(path: &Path, statement: &str) {
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
}

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

pub(crate) fn key(tenant_name: &str, number: u128) -> ApiKey {
    ApiKey {
        id: Uuid::from_u128(number),
        tenant: tenant(tenant_name),
        name: format!("key {number}"),
        key_hash: [number as u8; 32],
        scopes: vec!["events:write".to_owned(), "reports:read".to_owned()],
        created_at: at(number as i64),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
        data_scope: None,
        created_by: None,
    }
}

/// An agent with an account of its own in the source `keycloak`.
pub(crate) fn agent(employee_id: &str) -> Agent {
    Agent {
        employee_id: employee_id.to_owned(),
        agent_name: Some(format!("Agent {employee_id}")),
        hierarchy: Some("EMEA / Stockholm".to_owned()),
        routing_profile: Some("Billing".to_owned()),
        time_zone: Some("Europe/Stockholm".to_owned()),
        tags: BTreeMap::from([("site".to_owned(), "STO".to_owned())]),
        active: true,
        accounts: [account("keycloak", &format!("agent.{employee_id}"))].into(),
    }
}

pub(crate) fn account(source: &str, account: &str) -> Account {
    Account { source: source.to_owned(), account: account.to_owned() }
}

/// A report of the owner `1`, saved by it.
pub(crate) fn report(tenant_name: &str, number: u128, name: &str) -> NewReport {
    NewReport {
        id: Uuid::from_u128(number),
        tenant: tenant(tenant_name),
        owner: "1".to_owned(),
        name: name.to_owned(),
        kind: "login_logout".to_owned(),
        definition: r#"{"report":"login_logout","range":{"preset":"yesterday"}}"#.to_owned(),
        published: false,
        created_by: "1".to_owned(),
        created_at: at(number as i64),
    }
}

pub(crate) fn entry(application: &str, entity: &str, activity: &str) -> Entry {
    let key = EntryKey { application: application.to_owned(), entity: entity.to_owned(), activity: activity.to_owned() };
    Entry { key, effect: Some(Effect::Change), label: Some(format!("{entity} was {}", activity.to_lowercase())) }
}

/// A user with a password and one-time codes.
pub(crate) fn user(tenant_name: &str, number: u128, account: &str) -> NewUser {
    NewUser {
        id: Uuid::from_u128(number),
        tenant: tenant(tenant_name),
        account: account.to_owned(),
        display_name: format!("User {number}"),
        email: Some(format!("{number}@example.com")),
        employee_id: Some(format!("e{number}")),
        profiles: Vec::new(),
        credentials: Credentials {
            password_hash: Some("$argon2id$hash".to_owned()),
            must_change_password: true,
            totp_secret: Some(vec![1, 2, 3]),
            totp_pending: Some(vec![4]),
            recovery_codes: vec!["one".to_owned(), "two".to_owned()],
            openid: Some(("https://id.example.com".to_owned(), format!("subject {number}"))),
        },
        created_at: at(number as i64),
    }
}

/// A session of a user, which began at its number and ends after a hundred seconds.
pub(crate) fn session(user: &NewUser, number: u128) -> UserSession {
    UserSession {
        id: Uuid::from_u128(number),
        tenant: user.tenant.clone(),
        user_id: user.id,
        token_hash: [number as u8; 32],
        created_at: at(number as i64),
        last_seen_at: at(number as i64),
        expires_at: at(number as i64 + 100),
        source_ip: Some("192.0.2.7".to_owned()),
        user_agent: None,
        method: "form".to_owned(),
        openid: None,
        acting: None,
    }
}

pub(crate) fn profile(tenant_name: &str, number: u128, name: &str) -> Profile {
    Profile {
        id: Uuid::from_u128(number),
        tenant: tenant(tenant_name),
        name: name.to_owned(),
        permissions: vec!["login_logout view".to_owned(), "users view".to_owned()],
        scope: r#"{"parts":[{"hierarchies":["North"]}]}"#.to_owned(),
        version: 1,
        created_at: at(number as i64),
        changed_at: at(number as i64),
        changed_by: "operator".to_owned(),
    }
}

pub(crate) fn record(tenant_name: &str, number: u128) -> Record {
    Record {
        tenant: tenant(tenant_name),
        event_id: Uuid::from_u128(number),
        event: format!(r#"{{"category":"activity","activity":"change","instance":"{number}"}}"#),
        created_at: at(number as i64),
    }
}

/// The ids of the events that wait in the outbox, oldest first.
pub(crate) async fn waiting(control: &Control) -> Vec<u128> {
    control.outbox().pending(100).await.unwrap().into_iter().map(|pending| pending.record.event_id.as_u128()).collect()
}
