//! A server in this process, on a store of its own, with a client and a key.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ipnet::IpNet;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use rollcall_access::{Access, KeyId, KeyScope, Vault};
use rollcall_control::Control;
use rollcall_control::api_keys::ApiKey;
use rollcall_delivery::Delivery;
use rollcall_ledger::{Ledger, Options, Postgres, decode_events};
use rollcall_model::time::MICROS_PER_DAY;
use rollcall_model::{Scope, TenantId};
use rollcall_reports::Reports;
use rollcall_server::{App, Limits, Listeners, Parts, SourceSettings, Tls, install_metrics, serve};
use rollcall_test_postgres::Database;
pub(crate) use rollcall_test_postgres::{Engine, on_both_engines};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How a server is started.
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) sources: BTreeMap<String, SourceSettings>,
    pub(crate) max_future_micros: i64,
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// What those who speak HTTPS are answered with.
    pub(crate) tls: Option<Tls>,
    /// Networks into which webhooks may call.
    pub(crate) allowed_networks: Vec<IpNet>,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            limits: Limits::default(),
            sources: BTreeMap::new(),
            max_future_micros: MICROS_PER_DAY,
            trusted_proxies: Vec::new(),
            tls: None,
            allowed_networks: Vec::new(),
        }
    }
}

/// Where a store lies: a folder and, on PostgreSQL, a schema of its own.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    postgres: Option<Postgres>,
}

impl Home {
    pub(crate) fn new(engine: Engine) -> Self {
        static DATABASE: LazyLock<Database> = LazyLock::new(|| rollcall_test_postgres::Server::shared().database());
        let schema = || format!("ledger_{}", Uuid::new_v4().simple());
        let postgres = (engine == Engine::Postgres).then(|| Postgres { url: DATABASE.url.clone(), schema: schema() });
        Home { folder: TempDir::new().unwrap(), postgres }
    }

    /// Options of one of several nodes: each has a folder, all have the database and the lake.
    fn options_of_node(&self, node: &str) -> Options {
        let lake = Some(self.folder.path().join("lake"));
        Options { postgres: self.postgres.clone(), lake, ..Options::new(self.folder.path().join(node)) }
    }
}

/// A store that is open, without a server on it.
pub(crate) struct Unserved {
    pub(crate) app: Arc<App>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) access: Arc<Access>,
    pub(crate) control: Control,
    pub(crate) delivery: Arc<Delivery>,
}

impl Unserved {
    pub(crate) async fn open(home: &Home, node: &str, setup: Setup) -> Self {
        let ledger = Arc::new(Ledger::open(home.options_of_node(node)).await.unwrap());
        let control = Control::open(&home.folder.path().join("control.db")).await.unwrap();
        let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
        let access = Arc::new(Access::new(control.clone()).with_vault(vault));
        let reports = Reports::new(Arc::clone(&ledger), Handle::current());
        let delivery = Delivery::new(
            rollcall_delivery::Parts {
                ledger: Arc::clone(&ledger),
                reports: reports.clone(),
                control: control.clone(),
                access: Arc::clone(&access),
            },
            rollcall_delivery::Options {
                files: home.folder.path().join("exports"),
                node: node.to_owned(),
                public_url: None,
                delivery_folders: vec![home.folder.path().join("deliveries")],
                allowed_networks: setup.allowed_networks,
            },
        );
        let parts = Parts {
            ledger: Arc::clone(&ledger),
            reports,
            delivery: Arc::clone(&delivery),
            control: control.clone(),
            access: Arc::clone(&access),
            sources: setup.sources,
            max_future_micros: setup.max_future_micros,
            trusted_proxies: setup.trusted_proxies,
            metrics: Some(install_metrics()),
        };
        Unserved { app: App::with_limits(parts, setup.limits), ledger, access, control, delivery }
    }

    /// Lets go of the store at once, whatever waits.
    pub(crate) async fn close(self) {
        drop(self.app);
        self.ledger.close().await.unwrap();
        self.control.close().await.unwrap();
    }
}

/// What only the holder of a key or session knows.
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) fn new() -> Self {
        let halves = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()];
        Secret(halves.concat().try_into().unwrap())
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The key or session as its holder has it.
    pub(crate) fn text(&self, prefix: &str, id: Uuid) -> String {
        format!("{prefix}{}_{}", KeyId::from(id), URL_SAFE_NO_PAD.encode(self.0))
    }
}

pub(crate) struct Server {
    pub(crate) client: Client,
    pub(crate) app: Arc<App>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) access: Arc<Access>,
    pub(crate) control: Control,
    pub(crate) delivery: Arc<Delivery>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) home: Arc<Home>,
    socket: PathBuf,
    key: String,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// A server on a new folder.
    pub(crate) async fn start() -> Self {
        Self::on(Engine::Sqlite).await
    }

    /// A server on a new store.
    pub(crate) async fn on(engine: Engine) -> Self {
        Self::start_on(Arc::new(Home::new(engine)), Setup::default()).await
    }

    pub(crate) async fn start_with(setup: Setup) -> Self {
        Self::start_on(Arc::new(Home::new(Engine::Sqlite)), setup).await
    }

    /// A server on a store that may have been used before.
    pub(crate) async fn start_on(home: Arc<Home>, setup: Setup) -> Self {
        Self::start_node(home, "", setup).await
    }

    /// One of several servers on a store.
    pub(crate) async fn start_node(home: Arc<Home>, node: &str, mut setup: Setup) -> Self {
        let tls = setup.tls.take();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let Unserved { app, ledger, access, control, delivery } = Unserved::open(&home, node, setup).await;
        let network = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = network.local_addr().unwrap();
        let socket = home.folder.path().join(node).join("test.sock");
        let listeners = Listeners { network, tls, socket: Some(UnixListener::bind(&socket).unwrap()) };
        let shutdown = CancellationToken::new();
        let serving = tokio::spawn(serve(Arc::clone(&app), listeners, shutdown.clone()));
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
        let mut server =
            Server { client, app, ledger, access, control, delivery, shutdown, address, home, socket, key: String::new(), serving };
        server.key = server.key_with(KeyScope::ALL).await;
        server
    }

    /// A new key with these scopes.
    pub(crate) async fn key_with(&self, scopes: &[KeyScope]) -> String {
        self.key_of(&TenantId::default(), scopes, Scope::All).await
    }

    /// A new key of a tenant with these scopes, for these rows. It is put into the store as it is, so that the record
    /// begins with what a test does.
    pub(crate) async fn key_of(&self, tenant: &TenantId, scopes: &[KeyScope], data_scope: Scope) -> String {
        let (id, secret) = (Uuid::new_v4(), Secret::new());
        let stored = ApiKey {
            id,
            tenant: tenant.clone(),
            name: "test".to_owned(),
            key_hash: secret.hash(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            created_at: self.access.now(),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
            data_scope: (data_scope != Scope::All).then(|| json!(data_scope).to_string()),
            created_by: None,
        };
        self.control.api_keys().create(&stored, &[]).await.unwrap();
        secret.text("rk_", id)
    }

    /// Stops the server and closes its ledger. What is left is the store.
    pub(crate) async fn stop(self) -> Arc<Home> {
        self.shutdown.cancel();
        self.serving.await.unwrap().unwrap();
        self.ledger.close().await.unwrap();
        let _ = std::fs::remove_file(self.socket);
        self.home
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    /// A client that reaches the server through its socket, as the operator, who is the same after a restart.
    pub(crate) fn operator(&self) -> Client {
        Client::builder().no_proxy().unix_socket(self.socket()).build().unwrap()
    }

    /// A request without a key.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    /// A request with a key that may do everything.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer_auth(&self.key)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Sends native events; answers what became of them.
    pub(crate) async fn send(&self, events: &Value) -> Value {
        ok(self.post("/api/v1/events").json(events)).await
    }

    /// One page of a report.
    pub(crate) async fn page(&self, kind: &str, query: &Value) -> Value {
        ok(self.post(&format!("/api/v1/reports/{kind}/query")).json(query)).await
    }

    /// The events of Rollcall's own record, oldest first, once all of it has come into the ledger.
    pub(crate) async fn own_record(&self) -> Vec<Value> {
        self.app.drain_outbox().await.unwrap();
        let snapshot = self.ledger.snapshot(&TenantId::default(), Scope::All).await.unwrap();
        let mut events = Vec::new();
        for batch in snapshot.events().unwrap().collect().await.unwrap() {
            events.extend(decode_events(&batch).unwrap());
        }
        events.sort_by_key(|stored| stored.seq);
        let own = events.iter().filter(|stored| stored.event.source == "rollcall");
        own.map(|stored| serde_json::to_value(&stored.event).unwrap()).collect()
    }

    /// How many events the ledger has.
    pub(crate) fn events(&self) -> i64 {
        self.ledger.next_seq(&TenantId::default()).unwrap()
    }
}

/// The JSON of an answer that has to be a success.
pub(crate) async fn ok(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// The problem that an answer has to be, with this status.
pub(crate) async fn problem(request: RequestBuilder, status: u16) -> Value {
    problem_of(request.send().await.unwrap(), status).await
}

pub(crate) async fn problem_of(response: Response, status: u16) -> Value {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    problem
}

/// An id that is the same in every run.
pub(crate) fn id(number: usize) -> String {
    format!("018f3e1c-7a52-7c31-9d1e-{number:012x}")
}

/// A sign-in in an hour of 15 April 2026.
pub(crate) fn sign_in(number: usize, account: &str) -> Value {
    json!({
        "event_id": id(number), "event_time": moment(number), "category": "access", "activity": "sign_in",
        "outcome": "success", "account": account, "channel": "agent_portal",
    })
}

/// The `number`th second of 15 April 2026.
pub(crate) fn moment(number: usize) -> String {
    format!("2026-04-15T{:02}:{:02}:{:02}Z", number / 3600, number / 60 % 60, number % 60)
}

/// A range that holds all of these sign-ins.
pub(crate) fn that_day() -> Value {
    json!({"from": "2026-04-15", "to": "2026-04-15"})
}
