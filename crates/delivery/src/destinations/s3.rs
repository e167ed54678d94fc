//! A bucket that speaks S3.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::BodyExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, ClientOptions, Error, GetOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode,
    PutMultipartOptions, PutOptions, PutPayload, RetryConfig, StaticCredentialProvider,
};
use reqwest::Client;
use tokio::io::AsyncReadExt;
use url::Url;
use uuid::Uuid;

use super::config::{Addressing, Encryption, S3Config, Secret};
use super::folder::{MAX_NAMES, lost};
use super::names;
use super::parcel::{Delivered, DeliveryFailure, Parcel};
use super::reach::{self, CONNECT, NotReached, Resolver, causes, of_tls};
use super::steps::Steps;

/// Bytes of a part of a large file, which are in memory at once. S3 takes no part of less than 5 MiB but the last.
const PART: u64 = 8 * 1024 * 1024;
/// Most parts of a file.
const MAX_PARTS: u64 = 9_000;
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(120);
/// So often a request is repeated that a server did not answer, or with 5xx.
const RETRIES: usize = 3;
/// Repeats end after so long.
const RETRY_FOR: Duration = Duration::from_secs(60);
/// What says of an object which content it has.
const DIGEST: &str = "rollcall-sha256";

/// A bucket.
pub(super) struct Bucket<'a> {
    config: &'a S3Config,
    store: AmazonS3,
    /// The address that requests go to.
    endpoint: Url,
}

/// How an object stands that was to be there.
enum There {
    /// There is none.
    No,
    /// It has this content.
    Same,
    /// It is another.
    Other,
    /// That is not told to us.
    Unknown,
}

impl<'a> Bucket<'a> {
    /// A bucket, of which nobody has asked anything yet.
    pub(super) fn new(config: &'a S3Config, secret: &Secret, retries: usize) -> Result<Self, DeliveryFailure> {
        let wrong = |reason: String| DeliveryFailure::permanent("configuration", reason);
        let endpoint = endpoint(config).ok_or_else(|| wrong("the endpoint is no address of a server".to_owned()))?;
        let connector = Connector { client: client(config).map_err(|error| wrong(format!("no client for it: {error}")))? };
        let credential = object_store::aws::AwsCredential {
            key_id: config.access_key_id.clone(),
            secret_key: secret.text.to_string(),
            token: secret.session_token.as_ref().map(|token| token.to_string()),
        };
        let is_plain = endpoint.scheme() == "http";
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&config.bucket)
            .with_region(&config.region)
            .with_endpoint(endpoint.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(config.addressing() == Addressing::VirtualHost)
            .with_credentials(Arc::new(StaticCredentialProvider::new(credential)))
            .with_client_options(ClientOptions::new().with_allow_http(is_plain))
            // TLS sees to it that the bytes arrive as they are.
            .with_unsigned_payload(!is_plain)
            .with_retry(RetryConfig { backoff: backoff(), max_retries: retries, retry_timeout: RETRY_FOR })
            .with_http_connector(connector);
        if let Some(encryption) = config.server_side_encryption {
            // The library keeps the type of this key to itself.
            let how: AmazonS3ConfigKey =
                "aws_server_side_encryption".parse().map_err(|error| wrong(format!("the bucket can't be used: {error}")))?;
            builder = match (encryption, &config.kms_key_id) {
                (Encryption::Aes256, _) => builder.with_config(how, "AES256"),
                (Encryption::Kms, Some(key)) => builder.with_sse_kms_encryption(key),
                (Encryption::Kms, None) => builder.with_config(how, "aws:kms"),
            };
        }
        let store = builder.build().map_err(|error| wrong(format!("the bucket can't be used: {error}")))?;
        Ok(Bucket { config, store, endpoint })
    }

    /// Puts a parcel there. It takes nothing's place.
    pub(super) async fn put(&self, parcel: &Parcel) -> Result<Delivered, DeliveryFailure> {
        for number in 1..=MAX_NAMES {
            let path = self.path(&names::folders(&parcel.prefix), &names::file_name(parcel, number))?;
            match self.there(&path, parcel).await? {
                There::No | There::Unknown => {}
                There::Same => return Ok(self.delivered(&path)),
                There::Other => continue,
            }
            match self.write(&path, parcel).await {
                Ok(()) => return Ok(self.delivered(&path)),
                // Somebody was quicker, or an answer to us was lost.
                Err(Error::AlreadyExists { .. }) => match self.there(&path, parcel).await? {
                    There::Same => return Ok(self.delivered(&path)),
                    _ => continue,
                },
                Err(error) => return Err(self.failed(&error)),
            }
        }
        let reason = format!("s3://{}: {MAX_NAMES} objects of that name and date are there already; move some away", self.config.bucket);
        Err(DeliveryFailure::permanent("too many files", reason))
    }

    fn path(&self, folders: &[String], name: &str) -> Result<Path, DeliveryFailure> {
        let prefix = self.config.prefix.split('/').filter(|part| !part.is_empty());
        let parts: Vec<&str> = prefix.chain(folders.iter().map(String::as_str)).chain([name]).collect();
        Path::parse(parts.join("/")).map_err(|error| DeliveryFailure::permanent("configuration", format!("the key of the object: {error}")))
    }

    fn delivered(&self, path: &Path) -> Delivered {
        Delivered { place: format!("s3://{}/{path}", self.config.bucket) }
    }

    async fn there(&self, path: &Path, parcel: &Parcel) -> Result<There, DeliveryFailure> {
        match self.store.get_opts(path, GetOptions { head: true, ..GetOptions::default() }).await {
            Ok(found) => {
                let digest = found.attributes.get(&Attribute::Metadata(DIGEST.into()));
                let is_same = found.meta.size == parcel.bytes && digest.is_some_and(|digest| **digest == *parcel.sha256);
                Ok(if is_same { There::Same } else { There::Other })
            }
            // Whether the object or the bucket is missing is told by writing.
            Err(Error::NotFound { .. }) => Ok(There::No),
            // A key that may write may not need to read.
            Err(Error::PermissionDenied { .. }) => Ok(There::Unknown),
            Err(error) => Err(self.failed(&error)),
        }
    }

    async fn write(&self, path: &Path, parcel: &Parcel) -> Result<(), Error> {
        let attributes = Attributes::from_iter([
            (Attribute::ContentType, parcel.media_type.to_owned()),
            (Attribute::Metadata(DIGEST.into()), parcel.sha256.clone()),
        ]);
        let mut file = tokio::fs::File::open(&parcel.file).await.map_err(|error| unreadable(&error))?;
        if parcel.bytes > PART {
            return self.write_parts(path, attributes, &mut file, parcel.bytes).await;
        }
        let content = read(&mut file, PART).await?;
        self.create(path, attributes, content).await
    }

    /// Makes a small object, where none is.
    async fn create(&self, path: &Path, attributes: Attributes, content: Bytes) -> Result<(), Error> {
        let options = |mode| PutOptions { mode, attributes: attributes.clone(), ..PutOptions::default() };
        match self.store.put_opts(path, PutPayload::from_bytes(content.clone()), options(PutMode::Create)).await {
            // A server that does not know the condition: it was looked whether there is one.
            Err(error) if status(&error) == Some(501) => {
                self.store.put_opts(path, PutPayload::from_bytes(content), options(PutMode::Overwrite)).await.map(|_| ())
            }
            put => put.map(|_| ()),
        }
    }

    async fn write_parts(&self, path: &Path, attributes: Attributes, file: &mut tokio::fs::File, bytes: u64) -> Result<(), Error> {
        let part = PART.max(bytes.div_ceil(MAX_PARTS));
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let mut upload = Upload(Some(self.store.put_multipart_opts(path, options).await?));
        loop {
            let content = read(file, part).await?;
            if content.is_empty() {
                break;
            }
            upload.part(content).await?;
        }
        upload.complete().await
    }

    /// What an error means.
    fn failed(&self, error: &Error) -> DeliveryFailure {
        let (bucket, host) = (&self.config.bucket, self.host());
        if let Some(refused) = causes(error).find_map(|cause| cause.downcast_ref::<NotReached>()) {
            return refused.clone().into();
        }
        if let Some(wrong) = of_tls(error) {
            return DeliveryFailure::permanent("tls", format!("no TLS with {host}: {wrong}"));
        }
        if let Some(error) = causes(error).find_map(|cause| cause.downcast_ref::<std::io::Error>()).filter(|_| is_unreadable(error)) {
            return lost(std::path::Path::new("(spooled)"), error);
        }
        let (code, message) = told(&error.to_string());
        let said = message.map(|message| format!(": {message}")).unwrap_or_default();
        let status = status(error);
        let failure = match (code.as_deref(), status) {
            (Some("NoSuchBucket"), _) => DeliveryFailure::permanent("no bucket", format!("{host} has no bucket {bucket}")),
            (Some("InvalidAccessKeyId" | "NotSignedUp" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken"), _)
            | (_, Some(401)) => {
                DeliveryFailure::permanent("not signed in", format!("{host} does not know the access key, or its secret is wrong{said}"))
            }
            (Some("RequestTimeTooSkewed"), _) => {
                DeliveryFailure::transient("clock", format!("{host} says that the time of this machine is wrong{said}"))
            }
            (Some("AccessDenied"), _) | (_, Some(403)) => {
                DeliveryFailure::permanent("access denied", format!("the access key may not do this in the bucket {bucket}{said}"))
            }
            (Some("PermanentRedirect" | "AuthorizationHeaderMalformed"), _) | (_, Some(301 | 307)) => {
                DeliveryFailure::permanent("region", format!("the bucket {bucket} is in another region than {}{said}", self.config.region))
            }
            (_, Some(404)) => DeliveryFailure::permanent("no bucket", format!("{host} has no bucket {bucket}{said}")),
            (_, Some(status)) if status < 500 && status != 408 && status != 409 && status != 429 => {
                DeliveryFailure::permanent("refused", format!("{host} answered {status}{said}"))
            }
            (_, Some(status)) => DeliveryFailure::transient("server failed", format!("{host} answered {status}{said}")),
            (_, None) => return self.not_connected(error),
        };
        failure.with_code(code.or(status.map(|status| status.to_string())))
    }

    fn not_connected(&self, error: &Error) -> DeliveryFailure {
        let kind = causes(error).find_map(|cause| cause.downcast_ref::<HttpError>()).map(HttpError::kind);
        let innermost = causes(error).last().map(ToString::to_string).unwrap_or_default();
        let host = self.host();
        match kind {
            Some(HttpErrorKind::Timeout) => DeliveryFailure::transient("timeout", format!("{host} did not answer in time")),
            Some(HttpErrorKind::Connect) => DeliveryFailure::transient("connect", format!("no connection to {host}: {innermost}")),
            _ => DeliveryFailure::transient("connect", format!("the connection to {host} broke off: {innermost}")),
        }
    }

    fn host(&self) -> String {
        let port = self.endpoint.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.endpoint.host_str().unwrap_or_default())
    }
}

/// Where requests go.
fn endpoint(config: &S3Config) -> Option<Url> {
    let given = match &config.endpoint {
        Some(endpoint) => endpoint.clone(),
        None => format!("https://s3.{}.amazonaws.com", config.region),
    };
    let mut url = Url::parse(&given).ok()?;
    if config.addressing() == Addressing::VirtualHost {
        let host = format!("{}.{}", config.bucket, url.host_str()?);
        url.set_host(Some(&host)).ok()?;
    }
    Some(url)
}

/// Puts a parcel into a bucket.
pub(super) async fn put(config: &S3Config, secret: &Secret, parcel: &Parcel) -> Result<Delivered, DeliveryFailure> {
    Bucket::new(config, secret, RETRIES)?.put(parcel).await
}

/// Tries a bucket, step by step.
pub(super) async fn test(config: &S3Config, secret: &Secret, steps: &mut Steps) -> Result<(), DeliveryFailure> {
    let bucket = steps.quietly("configuration", Bucket::new(config, secret, 0))?;
    let host = bucket.endpoint.host_str().unwrap_or_default().to_owned();
    let found = reach::look_up(&host).await.map_err(DeliveryFailure::from);
    steps.step("name", found, |found| resolved(&host, found))?;
    let name = format!(".rollcall-test-{}", Uuid::now_v7().simple());
    let path = steps.quietly("write", bucket.path(&names::folders(""), &name))?;
    let content = Bytes::from_static(b"A test of Rollcall. It can be deleted.\n");
    let written = bucket.create(&path, Attributes::new(), content).await.map_err(|error| bucket.failed(&error));
    let step = written.as_ref().err().map_or("write", |failure| step_of(&failure.failure_type));
    for passed in ["connection", "tls", "sign-in", "bucket"].into_iter().take_while(|passed| *passed != step) {
        passed_step(steps, &bucket, passed);
    }
    steps.step(step, written, |()| format!("may write: {path}{}", encrypted(config)))?;
    match bucket.store.delete(&path).await {
        Ok(()) => steps.ok("delete", "may delete: the test object is removed again"),
        Err(error) => {
            let reason = bucket.failed(&error).reason;
            steps.ok("delete", format!("may not delete, which reports don't need; remove {path} yourself ({reason})"));
        }
    }
    Ok(())
}

/// The step in which something failed.
fn step_of(failure_type: &str) -> &'static str {
    match failure_type {
        "connect" | "timeout" | "dns" | "refused address" => "connection",
        "tls" => "tls",
        "not signed in" | "clock" => "sign-in",
        "no bucket" | "region" => "bucket",
        _ => "write",
    }
}

fn encrypted(config: &S3Config) -> String {
    match (config.server_side_encryption, &config.kms_key_id) {
        (None, _) => String::new(),
        (Some(Encryption::Aes256), _) => ", encrypted by the server (AES256)".to_owned(),
        (Some(Encryption::Kms), None) => ", encrypted by the server (aws:kms)".to_owned(),
        (Some(Encryption::Kms), Some(key)) => format!(", encrypted by the server (aws:kms, key {key})"),
    }
}

fn passed_step(steps: &mut Steps, bucket: &Bucket<'_>, step: &'static str) {
    let host = bucket.host();
    match step {
        "connection" => steps.ok(step, format!("connected to {host}")),
        "tls" if bucket.endpoint.scheme() == "http" => steps.ok(step, "no TLS: what is sent goes unprotected"),
        "tls" => steps.ok(step, format!("TLS: the certificate is that of {host}")),
        "sign-in" => steps.ok(step, "the access key and its secret are right"),
        _ => steps.ok(step, format!("the bucket {} is there", bucket.config.bucket)),
    }
}

/// What is said of a name that was looked up.
pub(super) fn resolved(host: &str, found: &[std::net::IpAddr]) -> String {
    let told: Vec<String> = found.iter().take(4).map(ToString::to_string).collect();
    if told == [host] { format!("{host} is an address") } else { format!("the name {host} is {}", told.join(", ")) }
}

/// A file that goes in parts; they are given up if it does not come to its end.
struct Upload(Option<Box<dyn MultipartUpload>>);

impl Upload {
    async fn part(&mut self, content: Bytes) -> Result<(), Error> {
        match &mut self.0 {
            Some(upload) => upload.put_part(PutPayload::from_bytes(content)).await,
            None => Ok(()),
        }
    }

    async fn complete(mut self) -> Result<(), Error> {
        if let Some(upload) = &mut self.0 {
            upload.complete().await?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let (Some(mut upload), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current()) else { return };
        runtime.spawn(async move {
            if let Err(error) = upload.abort().await {
                tracing::warn!(%error, "parts of a file that was not delivered stay in a bucket; it should forget them by a rule");
            }
        });
    }
}

/// Reads as much as there is, up to a bound.
async fn read(file: &mut tokio::fs::File, most: u64) -> Result<Bytes, Error> {
    let mut content = Vec::with_capacity(usize::try_from(most).unwrap_or_default().min(64 * 1024 * 1024));
    file.take(most).read_to_end(&mut content).await.map_err(|error| unreadable(&error))?;
    Ok(content.into())
}

/// The file that was to be delivered can't be read.
fn unreadable(error: &std::io::Error) -> Error {
    Error::Generic { store: UNREADABLE, source: std::io::Error::new(error.kind(), error.to_string()).into() }
}

/// What such an error names as its store.
const UNREADABLE: &str = "file";

fn is_unreadable(error: &Error) -> bool {
    matches!(error, Error::Generic { store: UNREADABLE, .. })
}

fn backoff() -> BackoffConfig {
    BackoffConfig { init_backoff: Duration::from_millis(200), max_backoff: Duration::from_secs(5), base: 2.0 }
}

/// Code and message of an answer, which is XML.
fn told(error: &str) -> (Option<String>, Option<String>) {
    let member = |name: &str| {
        let (_, rest) = error.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        let text: String = text.chars().filter(|char| !char.is_control()).take(200).collect();
        Some(text).filter(|text| !text.is_empty())
    };
    (member("Code"), member("Message"))
}

/// The HTTP status of the answer that an error tells of.
fn status(error: &Error) -> Option<u16> {
    let text = error.to_string();
    if let Some((_, rest)) = text.split_once("non-2xx status code: ") {
        return rest.get(..3)?.parse().ok();
    }
    match error {
        Error::NotFound { .. } => Some(404),
        Error::PermissionDenied { .. } => Some(403),
        Error::Unauthenticated { .. } => Some(401),
        Error::AlreadyExists { .. } => Some(409),
        Error::Precondition { .. } => Some(412),
        _ if text.contains("redirect without LOCATION") => Some(301),
        // An answer of success that tells of a failure.
        _ if text.contains("Server returned error response") => Some(500),
        _ => None,
    }
}

fn client(config: &S3Config) -> Result<Client, reqwest::Error> {
    // Only the first in a process can set it; any later one finds the same provider there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("Rollcall/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_zstd()
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .dns_resolver(Arc::new(Resolver));
    if let Some(pem) = &config.ca_certificate {
        builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem.as_bytes())?);
    }
    builder.build()
}

/// Sends requests by our own client: it looks names up itself, and has the TLS of everything else.
#[derive(Debug, Clone)]
struct Connector {
    client: Client,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connector {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url: Url = parts.uri.to_string().parse().map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        // One that is spelt out is looked up by nobody else.
        reach::look_up_literal(&url).map_err(|refused| HttpError::new(HttpErrorKind::Unknown, refused))?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let response = self.client.execute(request).await.map_err(http_error)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = reqwest::Body::from(response).map_err(http_error);
        let mut response = HttpResponse::new(HttpResponseBody::new(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

fn http_error(error: reqwest::Error) -> HttpError {
    let kind = if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else {
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error)
}
