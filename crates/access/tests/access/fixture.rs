//! The service on a database of its own, with a clock that the test moves and users who all have the same password.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall_access::record::Place;
use rollcall_access::{Access, Attempt, AuthError, Enrolment, NewSession, Principal, ProfileWish, SignInError, SignInSettings, Vault};
use rollcall_control::users::{Credentials, NewUser, User};
use rollcall_control::{Control, PostgresSchema};
use rollcall_model::scope::ScopePart;
use rollcall_model::{Scope, TenantId, Timestamp};
use rollcall_test_postgres::{Database, Engine, Server};
use serde_json::Value;
use tempfile::TempDir;
use totp_rs::{Builder, Secret};
use uuid::Uuid;

/// The password of every user that a fixture makes.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// Its hash, so that no test waits for one.
pub(crate) const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$9F39XOs3Fy6gF3/10iFYpA$6/wUPfWgLouTb6FSqQ3NVt00uD+K+iC9LfjjCOzbCLk";
/// From where people sign in, unless a test says otherwise.
pub(crate) const ADDRESS: &str = "192.0.2.7";

/// A clock that tests set, in seconds.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn access(&self, control: &Control) -> Access {
        let clock = self.clone();
        Access::with_clock(control.clone(), move || clock.now())
    }
}

/// So many seconds after the clock's beginning, which is the beginning of a step of one-time codes.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_790_000_010 + seconds).unwrap()
}

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

/// Where a database is. It goes with its value.
enum Home {
    File(TempDir),
    Postgres(Database),
}

impl Home {
    async fn open(&self) -> Control {
        match self {
            Home::File(folder) => Control::open(&folder.path().join("control.db")).await.unwrap(),
            Home::Postgres(database) => Control::connect(&PostgresSchema::new(&database.url).unwrap()).await.unwrap(),
        }
    }
}

/// The service on a control database of its own.
pub(crate) struct Fixture {
    pub(crate) control: Control,
    pub(crate) clock: Clock,
    pub(crate) access: Access,
    vault: Vault,
    /// Last: it goes after who uses it.
    home: Home,
}

impl Fixture {
    pub(crate) async fn new(engine: Engine) -> Fixture {
        let home = match engine {
            Engine::Sqlite => Home::File(tempfile::tempdir().unwrap()),
            Engine::Postgres => Home::Postgres(Server::shared().database()),
        };
        let (control, clock) = (home.open().await, Clock::default());
        let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
        Fixture { access: clock.access(&control).with_vault(vault.clone()), control, clock, vault, home }
    }

    /// Another process on the same database.
    pub(crate) async fn another_node(&self) -> Access {
        self.clock.access(&self.home.open().await).with_vault(self.vault.clone())
    }

    /// Makes a user of the tenant `default`.
    pub(crate) async fn user(&self, account: &str, profiles: &[&str]) -> User {
        self.user_of(&TenantId::default(), account, profiles).await
    }

    /// Makes a user who has chosen a password.
    pub(crate) async fn user_of(&self, tenant: &TenantId, account: &str, profiles: &[&str]) -> User {
        let credentials = Credentials { password_hash: Some(HASH.to_owned()), ..Credentials::default() };
        let new = NewUser {
            id: Uuid::now_v7(),
            tenant: tenant.clone(),
            account: account.to_owned(),
            display_name: account.to_uppercase(),
            email: None,
            employee_id: Some(format!("e-{account}")),
            profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
            credentials,
            created_at: self.clock.now(),
        };
        self.control.users().create(&new, &[]).await.unwrap()
    }

    /// The user as they are now.
    pub(crate) async fn read(&self, user: &User) -> User {
        self.access.user(&user.tenant, user.id).await.unwrap()
    }

    /// Makes a security profile, and answers its id.
    pub(crate) async fn profile(&self, name: &str, permissions: &[rollcall_access::Permission], scope: Scope) -> String {
        let wish = ProfileWish { name: name.to_owned(), permissions: permissions.iter().copied().collect(), scope };
        self.access.create_profile(&operator(), &wish).await.unwrap().id
    }

    /// Changes how people sign in.
    pub(crate) async fn set(&self, settings: SignInSettings) {
        let version = self.access.sign_in_settings(&TenantId::default()).await.unwrap().version;
        self.access.set_sign_in_settings(&operator(), version, &settings).await.unwrap();
    }

    /// Tries to sign in to the tenant `default`, with any password.
    pub(crate) async fn attempt(&self, account: &str, password: &str) -> Result<NewSession, SignInError> {
        self.attempt_with(account, password, None, false).await
    }

    pub(crate) async fn attempt_with(
        &self,
        account: &str,
        password: &str,
        code: Option<&str>,
        force: bool,
    ) -> Result<NewSession, SignInError> {
        let (tenant, place) = (TenantId::default(), place(ADDRESS));
        self.access.sign_in(&Attempt { tenant: &tenant, account, password, code, force, own_session: None, place: &place }).await
    }

    /// Signs a user in.
    pub(crate) async fn sign_in(&self, user: &User) -> NewSession {
        let place = place(ADDRESS);
        let attempt = Attempt {
            tenant: &user.tenant,
            account: &user.account,
            password: PASSWORD,
            code: None,
            force: false,
            own_session: None,
            place: &place,
        };
        self.access.sign_in(&attempt).await.unwrap()
    }

    /// Who has a session.
    pub(crate) async fn who(&self, session: &NewSession) -> Result<Principal, AuthError> {
        Ok(self.access.session(session.text.reveal()).await?.principal)
    }

    /// Makes a user and signs them in.
    pub(crate) async fn signed_in(&self, account: &str, profiles: &[&str]) -> (User, Principal) {
        let user = self.user(account, profiles).await;
        let session = self.sign_in(&user).await;
        let principal = self.who(&session).await.unwrap();
        (user, principal)
    }

    /// Sets up one-time codes for somebody. Answers what makes them, and the recovery codes.
    pub(crate) async fn enrol(&self, by: &Principal) -> (Codes, Vec<String>) {
        let codes = Codes::of(&self.access.set_up_second_factor(by).await.unwrap());
        let recovery = self.access.confirm_second_factor(by, &codes.at(self.clock.now())).await.unwrap();
        (codes, recovery)
    }

    /// What was recorded since the last time, oldest first.
    pub(crate) async fn records(&self) -> Vec<Value> {
        let pending = self.control.outbox().pending(10_000).await.unwrap();
        let ids: Vec<i64> = pending.iter().map(|pending| pending.id).collect();
        self.control.outbox().drained(&ids).await.unwrap();
        pending.iter().map(|pending| serde_json::from_str(&pending.record.event).unwrap()).collect()
    }

    /// The activities that were recorded since the last time.
    pub(crate) async fn activities(&self) -> Vec<String> {
        self.records().await.iter().map(|event| event["activity"].as_str().unwrap().to_owned()).collect()
    }

    /// All that lies in the files of the database, if it is one on SQLite.
    pub(crate) async fn files(self) -> Vec<u8> {
        self.control.close().await.unwrap();
        let Home::File(folder) = &self.home else { panic!("the database is no file") };
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.collect::<Vec<_>>().concat()
    }
}

/// Somebody's app of one-time codes.
pub(crate) struct Codes(totp_rs::Totp);

impl Codes {
    pub(crate) fn of(enrolment: &Enrolment) -> Codes {
        Codes(Builder::new().with_secret(Secret::try_from_base32(&enrolment.secret).unwrap()).build().unwrap())
    }

    pub(crate) fn at(&self, moment: Timestamp) -> String {
        self.0.generate(u64::try_from(moment.as_micros() / 1_000_000).unwrap()).to_string()
    }
}

pub(crate) fn operator() -> Principal {
    operator_of(&TenantId::default())
}

pub(crate) fn operator_of(tenant: &TenantId) -> Principal {
    Principal::local_operator(tenant.clone())
}

pub(crate) fn place(address: &str) -> Place {
    Place { source_ip: Some(address.to_owned()), user_agent: Some("Firefox".to_owned()) }
}

/// A branch of the organisation.
pub(crate) fn branch(name: &str) -> Scope {
    Scope::Parts(vec![ScopePart { hierarchies: vec![name.to_owned()], ..ScopePart::default() }])
}

/// Members of an event, or nulls.
pub(crate) fn members<'a, const N: usize>(event: &'a Value, names: [&str; N]) -> [&'a str; N] {
    names.map(|name| event.get(name).and_then(Value::as_str).unwrap_or("-"))
}
