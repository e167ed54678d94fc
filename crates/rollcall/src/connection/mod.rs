//! One way of asking, three ways of getting there: a server by its address, the server that holds a data
//! folder by the socket in it, or the data folder itself, opened by this process.
//!
//! All three speak the API and answer alike, so a command is written once.

mod problem;

use std::path::Path;

use anyhow::Context;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};
use reqwest::{Body, Client, Method, Request, Response, Url};
use rollcall_model::TenantId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tower::ServiceExt;

pub(crate) use self::problem::Refused;
use crate::cli::TargetArgs;
use crate::config::Settings;
use crate::failure::usage;
use crate::socket::SocketPath;
use crate::store::{self, Opened, Purpose, Store};

/// Says for which tenant a command of the operator is.
const TENANT: HeaderName = HeaderName::from_static("rollcall-tenant");

/// A store that can be asked.
pub(crate) struct Connection {
    base: Url,
    way: Way,
    /// Whose data it is about, where no key says it.
    tenant: TenantId,
}

enum Way {
    /// A server by its address.
    Server { client: Client, key: Option<String> },
    /// The server that holds a data folder.
    Socket { client: Client, _path: SocketPath },
    /// The data folder itself.
    Here(Box<Store>),
}

impl Connection {
    /// The store that the command line names. A data folder must be there: a name that was misspelt should not
    /// become an empty store. The folder of a node is made like its lock.
    pub(crate) async fn open(target: &TargetArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<Self> {
        if target.url.is_none() && settings.database.is_none() {
            store::require_folder(&settings.data)?;
        }
        Self::open_or_make(target, settings, queries).await
    }

    /// The store that the command line names; a data folder that is missing is made.
    pub(crate) async fn open_or_make(target: &TargetArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<Self> {
        let tenant = target.tenant.clone().unwrap_or_default();
        if let Some(url) = &target.url {
            return Self::to_server(url, target.key.clone(), tenant);
        }
        match Store::open(settings, queries.clone(), Purpose::Command).await? {
            Opened::Here(store) => Ok(Connection { base: local_base()?, way: Way::Here(store), tenant }),
            Opened::Elsewhere => Self::to_holder(&settings.data, tenant).await,
        }
    }

    fn to_server(url: &Url, key: Option<String>, tenant: TenantId) -> anyhow::Result<Self> {
        if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
            return Err(usage(format!("expected the address of a server, such as https://rollcall.example/; got {url}")));
        }
        // Only the first call in a process can set it; any later one finds the same provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder().user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")));
        if is_loopback(url) {
            // A proxy would look for the server on its own machine.
            builder = builder.no_proxy();
        }
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let client = builder.build().context("the HTTP client can't be made")?;
        Ok(Connection { base, way: Way::Server { client, key }, tenant })
    }

    async fn to_holder(folder: &Path, tenant: TenantId) -> anyhow::Result<Self> {
        let silent = || {
            format!(
                "the data folder {} is in use by another Rollcall that does not answer on its socket; if it is an import or another \
                 command, wait until it ends, if it is a server, give its address with --url",
                folder.display()
            )
        };
        let path = SocketPath::in_folder(folder).with_context(silent)?;
        path.answers().await.with_context(silent)?;
        // The certificates of a TLS connection are none of a socket's business, but the client asks for a provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().unix_socket(path.as_path()).build().context("the HTTP client can't be made")?;
        Ok(Connection { base: local_base()?, way: Way::Socket { client, _path: path }, tenant })
    }

    /// The store, if this process has opened it.
    pub(crate) fn store(&self) -> Option<&Store> {
        match &self.way {
            Way::Here(store) => Some(store),
            Way::Server { .. } | Way::Socket { .. } => None,
        }
    }

    /// Whose data it is about, where no key says it.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Whether what is sent crosses a network.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.way, Way::Server { .. })
    }

    /// A question: the segments of a path below `/api/v1/`.
    pub(crate) fn get(&self, path: &[&str]) -> Call {
        self.call(Method::GET, path)
    }

    /// A request that does something: the segments of a path below `/api/v1/`.
    pub(crate) fn post(&self, path: &[&str]) -> Call {
        self.call(Method::POST, path)
    }

    /// A request that puts something there: the segments of a path below `/api/v1/`.
    pub(crate) fn put(&self, path: &[&str]) -> Call {
        self.call(Method::PUT, path)
    }

    /// A request that removes something: the segments of a path below `/api/v1/`.
    pub(crate) fn delete(&self, path: &[&str]) -> Call {
        self.call(Method::DELETE, path)
    }

    fn call(&self, method: Method, path: &[&str]) -> Call {
        Call::below(self.base.clone(), method, path)
    }

    /// Sends a request. Whatever is no success is an error, [`Refused`] if the server says why.
    pub(crate) async fn send(&self, call: Call) -> anyhow::Result<Response> {
        let response = match &self.way {
            Way::Server { client, key } => {
                client.execute(call.with_key(key.as_deref())?.0).await.map_err(|error| self.unreachable(error))?
            }
            Way::Socket { client, .. } => client.execute(call.of_tenant(&self.tenant)?.0).await.map_err(|error| self.unreachable(error))?,
            Way::Here(store) => return ask_here(store, &self.tenant, call).await,
        };
        accepted(response).await
    }

    fn unreachable(&self, error: reqwest::Error) -> anyhow::Error {
        let what = match &self.way {
            Way::Server { .. } => format!("the server at {} can't be reached", self.base),
            Way::Socket { .. } | Way::Here(_) => "the server that holds the data folder can't be reached".to_owned(),
        };
        anyhow::Error::new(error.without_url()).context(what)
    }

    /// Lets go of the data folder, if this process has opened it.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match self.way {
            Way::Here(store) => store.close().await,
            Way::Server { .. } | Way::Socket { .. } => Ok(()),
        }
    }
}

/// A request on its way.
pub(crate) struct Call(Request);

impl Call {
    /// A request to a store that this process has opened, that does something: the segments of a path below `/api/v1/`.
    pub(crate) fn post_here(path: &[&str]) -> anyhow::Result<Self> {
        Ok(Call::below(local_base()?, Method::POST, path))
    }

    fn below(mut base: Url, method: Method, path: &[&str]) -> Self {
        // Addresses without a path have been refused already.
        if let Ok(mut segments) = base.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        Call(Request::new(method, base))
    }

    /// Adds a member to the query, if there is a value.
    pub(crate) fn query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.0.url_mut().query_pairs_mut().append_pair(name, &value.to_string());
        }
        self
    }

    /// The type of answer that is wanted.
    pub(crate) fn accept(self, media_type: &'static str) -> Self {
        self.header(ACCEPT, HeaderValue::from_static(media_type))
    }

    /// A body of JSON.
    pub(crate) fn json<T: Serialize>(self, value: &T) -> anyhow::Result<Self> {
        let body = serde_json::to_vec(value).context("writing a request as JSON")?;
        Ok(self.body("application/json", body))
    }

    /// A body of any type.
    pub(crate) fn body(mut self, media_type: &'static str, body: Vec<u8>) -> Self {
        *self.0.body_mut() = Some(body.into());
        self.header(CONTENT_TYPE, HeaderValue::from_static(media_type))
    }

    /// Says how the body is compressed.
    pub(crate) fn encoding(self, encoding: &'static str) -> Self {
        self.header(CONTENT_ENCODING, HeaderValue::from_static(encoding))
    }

    /// Only of the version whose tag was read.
    pub(crate) fn if_match(self, tag: HeaderValue) -> Self {
        self.header(IF_MATCH, tag)
    }

    fn of_tenant(self, tenant: &TenantId) -> anyhow::Result<Self> {
        let name = HeaderValue::try_from(tenant.as_str()).context("the name of a tenant")?;
        Ok(self.header(TENANT, name))
    }

    fn with_key(self, key: Option<&str>) -> anyhow::Result<Self> {
        let Some(key) = key else { return Ok(self) };
        let mut bearer = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| usage("the API key: expected the text that rollcall key create printed, got characters that no key has"))?;
        bearer.set_sensitive(true);
        Ok(self.header(AUTHORIZATION, bearer))
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers_mut().insert(name, value);
        self
    }
}

/// Reads an answer as JSON.
pub(crate) async fn json<T: DeserializeOwned>(response: Response) -> anyhow::Result<T> {
    let body = response.bytes().await.map_err(reqwest::Error::without_url).context("the answer was cut off")?;
    serde_json::from_slice(&body).context("the answer is not one that this version of Rollcall reads; use the same version as the server")
}

/// Calls the API of a store that this process has opened. Whatever is no success is an error.
pub(crate) async fn ask_here(store: &Store, tenant: &TenantId, call: Call) -> anyhow::Result<Response> {
    let request = hyper::Request::<Body>::try_from(call.of_tenant(tenant)?.0).context("the request can't be put together")?;
    let Ok(response) = rollcall_server::local_router(std::sync::Arc::clone(&store.app)).oneshot(request).await;
    accepted(Response::from(response.map(|body| Body::wrap_stream(body.into_data_stream())))).await
}

async fn accepted(response: Response) -> anyhow::Result<Response> {
    if response.status().is_success() { Ok(response) } else { Err(Refused::read(response).await.into()) }
}

/// Base of addresses where no network is in between: the host is never looked up.
fn local_base() -> anyhow::Result<Url> {
    Url::parse("http://rollcall.local/").context("the local address")
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}
