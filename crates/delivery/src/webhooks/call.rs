//! One call: signed, and guarded.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::{Client, Response, StatusCode, redirect};
use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use serde::{Deserialize, Serialize};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
use url::Url;

use super::guard::{Guard, Names, NotCalled, SystemNames};
use super::secret::Secret;

/// How long connecting may take, looking up the name included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call may take, redirects and the answer's last byte included.
const TIMEOUT: Duration = Duration::from_secs(15);
/// So many redirects are followed.
const MAX_REDIRECTS: usize = 3;
/// So much of an answer is read.
const MAX_ANSWER_BYTES: usize = 16 * 1024;
/// So many headers of an answer are kept, and so many characters of each.
const MAX_HEADERS: usize = 32;
const MAX_HEADER_CHARS: usize = 256;

/// What is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// Where to.
    pub(crate) url: &'a Url,
    /// Whether it may go without TLS, to networks that the configuration allows.
    pub(crate) allow_http: bool,
    /// It is signed with each of them.
    pub(crate) secrets: &'a [Secret],
    /// The message's id, which stays the same when it is sent again.
    pub(crate) id: &'a str,
    /// When it is sent.
    pub(crate) timestamp: Timestamp,
    /// JSON.
    pub(crate) body: Bytes,
}

/// What was sent, without its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// Where to, without what in an address may be secret.
    pub(crate) url: String,
    /// Its headers.
    pub(crate) headers: Vec<(String, String)>,
}

/// What came back: all of it but a long body's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Its body, as far as it was read.
    pub(crate) body: String,
}

/// The receiver has taken it.
#[derive(Debug, Clone)]
pub(crate) struct CallAnswer {
    /// What was sent.
    pub(crate) sent: Sent,
    /// What came back.
    pub(crate) answered: Answered,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Why a call was no success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureType {
    /// The name has no address.
    Dns,
    /// The address may not be called.
    RefusedAddress,
    /// No connection.
    Connect,
    /// Whoever answers can't prove that it is the host.
    Tls,
    /// It took too long.
    Timeout,
    /// The status is none of success.
    Status,
    /// A redirect that is not followed.
    Redirect,
}

impl FailureType {
    /// The words for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            FailureType::Dns => "dns",
            FailureType::RefusedAddress => "refused address",
            FailureType::Connect => "connect",
            FailureType::Tls => "tls",
            FailureType::Timeout => "timeout",
            FailureType::Status => "status",
            FailureType::Redirect => "redirect",
        }
    }
}

/// How far a call came, one step after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The name is looked up.
    Name,
    /// The address may be called.
    Address,
    /// There is a connection.
    Connection,
    /// Whoever answers has proved who they are.
    Tls,
    /// The answer is one of success.
    Answer,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Step; 5] = [Step::Name, Step::Address, Step::Connection, Step::Tls, Step::Answer];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Name => "name",
            Step::Address => "address",
            Step::Connection => "connection",
            Step::Tls => "tls",
            Step::Answer => "answer",
        }
    }
}

/// The receiver has not taken it.
#[derive(Debug, Clone)]
pub(crate) struct CallFailure {
    /// Kind of failure.
    pub(crate) failure_type: FailureType,
    /// The step that failed.
    pub(crate) step: Step,
    /// The HTTP status, if there was an answer.
    pub(crate) code: Option<u16>,
    /// What happened, in words.
    pub(crate) reason: String,
    /// How long the receiver wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// What was sent, or would have been.
    pub(crate) sent: Sent,
    /// What came back, if something did.
    pub(crate) answered: Option<Answered>,
}

/// A failure whose call is known elsewhere.
struct Failed {
    failure_type: FailureType,
    step: Step,
    reason: String,
    retry_after: Option<Duration>,
    answered: Option<Answered>,
}

impl Failed {
    fn new(failure_type: FailureType, reason: impl Into<String>) -> Self {
        let step = match failure_type {
            FailureType::Dns => Step::Name,
            FailureType::RefusedAddress => Step::Address,
            FailureType::Connect => Step::Connection,
            FailureType::Tls => Step::Tls,
            FailureType::Timeout | FailureType::Status | FailureType::Redirect => Step::Answer,
        };
        Failed { failure_type, step, reason: reason.into(), retry_after: None, answered: None }
    }
}

/// Calls the receivers of webhooks.
#[derive(Debug)]
pub(crate) struct Caller {
    networks: Arc<[IpNet]>,
    names: Arc<dyn Names>,
    /// Of tests, whose certificates nobody else knows.
    roots: Vec<reqwest::Certificate>,
    timeout: Duration,
    clients: Mutex<Option<Clients>>,
}

/// The clients, each of which looks up names by its own guard.
#[derive(Debug, Clone)]
struct Clients {
    tls: (Client, Guard),
    plain: (Client, Guard),
}

impl Caller {
    /// Calls public addresses, and those in these networks.
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self::with_names(networks, Arc::new(SystemNames))
    }

    fn with_names(networks: &[IpNet], names: Arc<dyn Names>) -> Self {
        Caller { networks: networks.into(), names, roots: Vec::new(), timeout: TIMEOUT, clients: Mutex::new(None) }
    }

    /// Refuses an address that is never called, as far as it is spelt out, in words.
    pub(crate) fn check(&self, url: &Url, allow_http: bool) -> Result<(), String> {
        self.client_for(url, allow_http).map(drop).map_err(|failed| failed.reason)
    }

    /// Sends a message. Only a status of success (2xx) is one.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<CallAnswer, CallFailure> {
        let started = tokio::time::Instant::now();
        let headers = headers(call);
        let mut sent = Sent { url: masked(call.url), headers: told(&headers) };
        let calling = async {
            let signed = sign(call, headers)?;
            self.follow(call, signed, &mut sent).await
        };
        let ended = tokio::time::timeout(self.timeout, calling).await;
        let ended = ended.unwrap_or_else(|_| {
            Err(Failed::new(FailureType::Timeout, format!("it did not answer within {} s", self.timeout.as_secs_f32())))
        });
        match ended {
            Ok(answered) => Ok(CallAnswer { sent, answered, took: started.elapsed() }),
            Err(Failed { failure_type, step, reason, retry_after, answered }) => {
                let code = answered.as_ref().map(|answered| answered.status);
                Err(CallFailure { failure_type, step, code, reason, retry_after, sent, answered })
            }
        }
    }

    async fn follow(&self, call: &Call<'_>, headers: HeaderMap, sent: &mut Sent) -> Result<Answered, Failed> {
        let mut url = call.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            sent.url = masked(&url);
            let client = self.client_for(&url, call.allow_http)?;
            let request = client.post(url.clone()).headers(headers.clone()).body(call.body.clone());
            let response = request.send().await.map_err(|error| failed(&error))?;
            let (status, location) = (response.status(), response.headers().get(LOCATION).cloned());
            let retry_after = retry_after(response.headers(), call.timestamp);
            let answered = read(response).await;
            if status.is_success() {
                return Ok(answered);
            }
            let failed =
                |failure_type, reason: String| Err(Failed { retry_after, answered: Some(answered), ..Failed::new(failure_type, reason) });
            if !status.is_redirection() {
                return failed(FailureType::Status, format!("it answered {status}"));
            }
            match redirected(&url, status, location.as_ref()) {
                Ok(next) => url = next,
                Err(reason) => return failed(FailureType::Redirect, reason),
            }
        }
        Err(Failed::new(FailureType::Redirect, format!("it redirects more than {MAX_REDIRECTS} times")))
    }

    /// The client for an address that may be called as far as it is spelt out.
    fn client_for(&self, url: &Url, allow_http: bool) -> Result<Client, Failed> {
        let refused = |reason: &str| Err(Failed::new(FailureType::RefusedAddress, reason));
        let clients = self.clients().map_err(|error| Failed::new(FailureType::Tls, format!("no calls can be made: {error}")))?;
        let (client, guard) = match url.scheme() {
            "https" => clients.tls,
            "http" if allow_http => clients.plain,
            "http" => return refused("the address begins with http; expected https"),
            _ => return refused("expected an address that begins with https"),
        };
        guard.check_literal(url).map_err(|error| Failed::new(FailureType::RefusedAddress, error.to_string()))?;
        Ok(client)
    }

    /// The clients: made when the first call is, and the same from then on, for they keep connections.
    fn clients(&self) -> Result<Clients, reqwest::Error> {
        let mut made = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(clients) = &*made {
            return Ok(clients.clone());
        }
        // Only the first call in a process can set it; any later one finds the same provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = |public| {
            let guard = Guard { public, networks: Arc::clone(&self.networks), names: Arc::clone(&self.names) };
            let builder = Client::builder()
                .user_agent(concat!("Rollcall/", env!("CARGO_PKG_VERSION")))
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .no_zstd()
                .connect_timeout(CONNECT_TIMEOUT.min(self.timeout))
                .tls_certs_merge(self.roots.iter().cloned())
                .dns_resolver(Arc::new(guard.clone()));
            Ok((builder.build()?, guard))
        };
        Ok(made.insert(Clients { tls: client(true)?, plain: client(false)? }).clone())
    }
}

/// The headers of a call but for its signature.
fn headers(call: &Call<'_>) -> HeaderMap {
    let seconds = seconds(call.timestamp).to_string();
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    for (name, value) in [(HEADER_WEBHOOK_ID, call.id), (HEADER_WEBHOOK_TIMESTAMP, &seconds)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

fn sign(call: &Call<'_>, mut headers: HeaderMap) -> Result<HeaderMap, Failed> {
    let unsigned = |reason: String| Failed::new(FailureType::Connect, reason);
    let signatures: Result<Vec<String>, _> =
        call.secrets.iter().map(|secret| secret.sign(call.id, seconds(call.timestamp), &call.body)).collect();
    let signatures = signatures.map_err(|error| unsigned(error.to_string()))?.join(" ");
    let mut value = HeaderValue::from_str(&signatures).map_err(|error| unsigned(error.to_string()))?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_static(HEADER_WEBHOOK_SIGNATURE), value);
    Ok(headers)
}

fn seconds(time: Timestamp) -> i64 {
    time.as_micros().div_euclid(MICROS_PER_SECOND)
}

/// Where a redirect leads, if it is followed: one that keeps method and body, and that keeps TLS.
fn redirected(from: &Url, status: StatusCode, location: Option<&HeaderValue>) -> Result<Url, String> {
    if !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) {
        return Err(format!("it answered {status}; only 307 and 308 are followed, which keep the body"));
    }
    let location = location.and_then(|location| location.to_str().ok()).ok_or_else(|| format!("it answered {status} without a place"))?;
    let to = from.join(location).map_err(|error| format!("it redirects to something that is no address: {error}"))?;
    if from.scheme() == "https" && to.scheme() != "https" {
        return Err(format!("it redirects to an address without TLS: {}", masked(&to)));
    }
    Ok(to)
}

/// Reads an answer, as far as it is of interest. That its body breaks off changes nothing of its status.
async fn read(mut response: Response) -> Answered {
    let (status, headers) = (response.status().as_u16(), told(response.headers()));
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_ANSWER_BYTES - body.len();
        body.extend(chunk.iter().take(room));
        if body.len() == MAX_ANSWER_BYTES {
            break;
        }
    }
    Answered { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Headers as they are recorded.
fn told(headers: &HeaderMap) -> Vec<(String, String)> {
    let told = headers.iter().filter(|(name, _)| *name != SET_COOKIE).take(MAX_HEADERS);
    told.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.chars().take(MAX_HEADER_CHARS).collect())
    })
    .collect()
}

/// An address without what in it may be secret: user and password, and the values of its query.
pub(crate) fn masked(url: &Url) -> String {
    let mut url = url.clone();
    if !url.username().is_empty() || url.password().is_some() {
        // Neither fails for an address that has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    url.set_fragment(None);
    if url.query().is_some() {
        let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        url.query_pairs_mut().clear().extend_pairs(names.iter().map(|name| (name, "...")));
    }
    url.to_string()
}

/// The same of an address as a text; nothing of what is no address.
pub fn masked_url(text: &str) -> String {
    Url::parse(text).map_or_else(|_| String::new(), |url| masked(&url))
}

/// For how long the receiver wants to be left alone.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at: Timestamp = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().into();
    u64::try_from(at.micros_since(now)).ok().map(Duration::from_micros)
}

/// What an error of the client means.
fn failed(error: &reqwest::Error) -> Failed {
    let mut reason = String::new();
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(at) = source {
        if let Some(guarded) = at.downcast_ref::<NotCalled>() {
            return match guarded {
                NotCalled::Refused(reason) => Failed::new(FailureType::RefusedAddress, reason),
                NotCalled::NoAddress(reason) => Failed::new(FailureType::Dns, reason),
            };
        }
        if let Some(tls) = at.downcast_ref::<rustls::Error>() {
            return Failed::new(FailureType::Tls, format!("no TLS with it: {tls}"));
        }
        // What went wrong is said by the innermost error alone.
        reason = at.to_string();
        // An input error hides the one that it is made of.
        source = at.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref()).map_or_else(|| at.source(), |inner| Some(inner));
    }
    if error.is_timeout() {
        let told = format!("no connection within {} s", CONNECT_TIMEOUT.as_secs());
        return Failed { step: Step::Connection, ..Failed::new(FailureType::Timeout, told) };
    }
    if error.is_connect() {
        return Failed::new(FailureType::Connect, format!("no connection: {reason}"));
    }
    Failed { step: Step::Answer, ..Failed::new(FailureType::Connect, format!("the connection broke off: {reason}")) }
}

#[cfg(test)]
mod tests;
