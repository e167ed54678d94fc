//! Buckets, on a real S3 server over a folder.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rollcall_delivery::destinations::Parcel;
use rollcall_model::TenantId;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::host::MultiDomain;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, rustls};
use uuid::Uuid;

use super::{Bench, SCHEDULE, steps};

const KEY: &str = "AKIAROLLCALL";
const SECRET: &str = "a-secret+/of=the-bucket";

/// A request that the server has had.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    path: String,
    host: String,
    headers: BTreeMap<String, String>,
}

/// An S3 server with the bucket `reports`.
struct Server {
    port: u16,
    folder: TempDir,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    async fn start() -> Self {
        Self::with(None).await
    }

    async fn with(tls: Option<TlsAcceptor>) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("reports")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        builder.set_access(Existing(folder.path().to_path_buf()));
        builder.set_host(MultiDomain::new([format!("localhost:{port}")]).unwrap());
        let (service, seen) = (builder.build(), Arc::new(Mutex::new(Vec::new())));
        tokio::spawn(serve(listener, tls, service, Arc::clone(&seen)));
        Server { port, folder, seen }
    }

    fn config(&self, more: &Value) -> Value {
        let mut config = json!({
            "bucket": "reports", "endpoint": format!("http://localhost:{}", self.port), "allow_http": true, "access_key_id": KEY,
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    }

    fn content(&self, key: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join("reports").join(key)).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The keys of all objects.
    fn keys(&self) -> Vec<String> {
        let root = self.folder.path().join("reports");
        let mut keys = Vec::new();
        walk(&root, &root, &mut keys);
        keys.sort();
        keys
    }
}

fn walk(root: &Path, folder: &Path, keys: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            walk(root, &entry, keys);
        } else {
            keys.push(entry.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

/// Knows buckets that are not there, for which the server over a folder would make one.
struct Existing(PathBuf);

#[async_trait::async_trait]
impl S3Access for Existing {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        if request.credentials().is_none() {
            return Err(s3_error!(AccessDenied));
        }
        match request.s3_path().get_bucket_name() {
            Some(bucket) if !self.0.join(bucket).exists() => Err(s3_error!(NoSuchBucket)),
            _ => Ok(()),
        }
    }
}

/// Notes every request before it is answered.
async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, service: S3Service, seen: Arc<Mutex<Vec<Seen>>>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (service, seen) = (service.clone(), Arc::clone(&seen));
        let noting = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let header = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers: BTreeMap<String, String> =
                request.headers().iter().map(|(name, value)| (name.to_string(), header(value))).collect();
            let host = headers.get("host").cloned().unwrap_or_default();
            seen.lock().unwrap().push(Seen { method: request.method().to_string(), path: request.uri().path().to_owned(), host, headers });
            let service = service.clone();
            async move { Ok::<_, Infallible>(hyper::service::Service::call(&service, request).await.unwrap()) }
        });
        let tls = tls.clone();
        tokio::spawn(async move {
            let http = http1::Builder::new();
            let _ = match tls {
                None => http.serve_connection(TokioIo::new(socket), noting).await,
                Some(tls) => match tls.accept(socket).await {
                    Ok(socket) => http.serve_connection(TokioIo::new(socket), noting).await,
                    Err(_) => return,
                },
            };
        });
    }
}

/// TLS for `localhost`, and the certificate of the authority that it is of.
fn tls() -> (TlsAcceptor, String) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut authority = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let (issuer, key) = (rcgen::Issuer::new(authority, authority_key), rcgen::KeyPair::generate().unwrap());
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let private_key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], private_key.into()).unwrap();
    (TlsAcceptor::from(Arc::new(config)), pem)
}

fn key(more: &str) -> String {
    format!("daily/Reports/team/Nattskift Öst-2026-04-15T000000-{SCHEDULE}{more}.csv")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_lies_under_its_key_and_takes_nothings_place() {
    let (server, bench, tenant) = (Server::start().await, Bench::new().await, TenantId::default());
    let id = bench.destination("s3", &server.config(&json!({"prefix": "daily"})), Some(SECRET)).await;
    let put = async |content: &[u8], number, restates| {
        let parcel = Parcel { number, restates, ..bench.parcel(content) };
        bench.delivery.deliver(&tenant, id, &parcel).await.unwrap().place
    };
    let first = put(b"one", 0, None).await;
    assert_eq!(first, format!("s3://reports/{}", key("")));
    assert_eq!(put(b"one", 0, None).await, first, "begun again, it finds its own");
    let second = put(b"two", 0, None).await;
    assert_eq!(second, format!("s3://reports/{}", key("-2")));
    assert_eq!(put(b"two", 0, None).await, second);
    put(b"three", 1, Some(Uuid::from_u128(1))).await;
    put(b"four", 2, None).await;
    assert_eq!((server.content(&key("")), server.content(&key("-2"))), (b"one".to_vec(), b"two".to_vec()));
    assert_eq!(server.content(&key("-restated-1")), b"three");
    assert_eq!(server.content(&key("-run-2")), b"four", "asked for, not restated");
    assert_eq!(server.keys().len(), 4);
    let puts: Vec<Seen> = server.seen().into_iter().filter(|seen| seen.method == "PUT").collect();
    assert_eq!(puts.len(), 4);
    assert!(puts.iter().all(|put| put.headers["if-none-match"] == "*"));
    assert!(puts.iter().all(|put| put.host == format!("localhost:{}", server.port) && put.path.starts_with("/reports/daily/")));
    assert!(puts.iter().all(|put| !put.headers.contains_key("x-amz-server-side-encryption")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_in_parts_and_is_the_same_there() {
    let (server, bench, tenant) = (Server::start().await, Bench::new().await, TenantId::default());
    let id = bench.destination("s3", &server.config(&json!({"prefix": "daily", "server_side_encryption": "AES256"})), Some(SECRET)).await;
    let content: Vec<u8> = (0..20_000_000_u32).map(|byte| (byte.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let parcel = bench.parcel(&content);
    let place = bench.delivery.deliver(&tenant, id, &parcel).await.unwrap().place;
    assert!(server.content(&key("")) == content);
    let parts = server.seen().into_iter().filter(|seen| seen.method == "PUT").count();
    assert_eq!(parts, 3, "20 MB in parts of 8 MiB");
    let begun = server.seen().into_iter().find(|seen| seen.method == "POST").unwrap();
    assert_eq!(begun.headers["x-amz-server-side-encryption"], "AES256");
    assert_eq!(bench.delivery.deliver(&tenant, id, &parcel).await.unwrap().place, place);
    // Another content of the same size is not taken for it.
    let other = Parcel { sha256: "0".repeat(64), ..parcel };
    assert_eq!(bench.delivery.deliver(&tenant, id, &other).await.unwrap().place, format!("s3://reports/{}", key("-2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_can_stand_in_the_host_and_the_server_be_asked_to_encrypt() {
    let (server, bench, tenant) = (Server::start().await, Bench::new().await, TenantId::default());
    let more = json!({"addressing": "virtual_host", "prefix": "daily", "server_side_encryption": "aws:kms", "kms_key_id": "key-1"});
    let id = bench.destination("s3", &server.config(&more), Some(SECRET)).await;
    bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap();
    assert_eq!(server.content(&key("")), b"one");
    let put = server.seen().into_iter().find(|seen| seen.method == "PUT").unwrap();
    assert_eq!(put.host, format!("reports.localhost:{}", server.port));
    assert!(put.path.starts_with("/daily/"), "{}", put.path);
    assert_eq!(put.headers["x-amz-server-side-encryption"], "aws:kms");
    assert_eq!(put.headers["x-amz-server-side-encryption-aws-kms-key-id"], "key-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_server_proves_that_it_is_the_host() {
    let (acceptor, authority) = tls();
    let (server, bench, tenant) = (Server::with(Some(acceptor)).await, Bench::new().await, TenantId::default());
    let endpoint = |host: &str| json!({"endpoint": format!("https://{host}:{}", server.port), "prefix": "daily"});
    let config = |host: &str, authority: Option<&str>| {
        let mut config = server.config(&endpoint(host));
        config["allow_http"] = json!(false);
        config["ca_certificate"] = json!(authority);
        config
    };
    let id = bench.destination("s3", &config("localhost", Some(&authority)), Some(SECRET)).await;
    bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap();
    assert_eq!(server.content(&key("")), b"one");
    let put = server.seen().into_iter().find(|seen| seen.method == "PUT").unwrap();
    assert_eq!(put.headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
    for (config, words) in [
        (config("localhost", None), "an authority that is not known here"),
        (config("127.0.0.1", Some(&authority)), "the certificate is for another host"),
    ] {
        let tested = bench.tested("s3", &config, Some(SECRET)).await;
        let (tried, failed) = steps(&tested);
        assert_eq!(tried, ["name", "connection", "tls"], "{tested:?}");
        assert!(failed.unwrap().contains(words), "{failed:?}");
        let id = bench.destination("s3", &config, Some(SECRET)).await;
        let failure = bench.delivery.deliver(&tenant, id, &bench.parcel(b"two")).await.unwrap_err();
        assert_eq!((failure.failure_type.as_str(), failure.is_permanent), ("tls", true));
    }
    assert_eq!(server.keys().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_bucket_is_told_in_words_and_recorded() {
    let (server, bench, tenant) = (Server::start().await, Bench::new().await, TenantId::default());
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let cases = [
        (json!({}), "wrong", "not signed in", true),
        (json!({"access_key_id": "AKIASOMEBODY"}), SECRET, "not signed in", true),
        (json!({"bucket": "nothing-here"}), SECRET, "no bucket", true),
        (json!({"endpoint": format!("http://127.0.0.1:{closed}")}), SECRET, "connect", false),
        (json!({"endpoint": "http://169.254.169.254"}), SECRET, "refused address", true),
    ];
    for (more, secret, failure_type, is_permanent) in &cases {
        let id = bench.destination("s3", &server.config(more), Some(secret)).await;
        let failure = bench.delivery.deliver(&tenant, id, &bench.parcel(b"one")).await.unwrap_err();
        assert_eq!((failure.failure_type.as_str(), failure.is_permanent), (*failure_type, *is_permanent), "{more}: {failure:?}");
        assert!(!format!("{failure:?}").contains(SECRET));
    }
    let recorded = bench.recorded().await;
    let failures: Vec<&Value> = recorded.iter().filter(|event| event["category"] == "integration_failure").collect();
    assert_eq!(failures.len(), cases.len());
    assert_eq!((&failures[2]["target_kind"], &failures[2]["failure_type"]), (&json!("s3"), &json!("no bucket")));
    assert_eq!(failures[2]["failure_code"], "NoSuchBucket");
    assert!(!serde_json::to_string(&recorded).unwrap().contains(SECRET));
    assert!(server.keys().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_of_a_bucket_says_what_works_and_leaves_nothing() {
    let (server, bench) = (Server::start().await, Bench::new().await);
    let works = bench.tested("s3", &server.config(&json!({})), Some(SECRET)).await;
    let all = vec!["name", "connection", "tls", "sign-in", "bucket", "write", "delete"];
    assert_eq!(steps(&works), (all, None), "{works:?}");
    assert!(server.keys().iter().all(|key| !key.contains("test")), "{:?}", server.keys());
    let no_bucket = bench.tested("s3", &server.config(&json!({"bucket": "nothing-here"})), Some(SECRET)).await;
    let (tried, failed) = steps(&no_bucket);
    assert_eq!(tried, ["name", "connection", "tls", "sign-in", "bucket"]);
    assert!(failed.unwrap().contains("has no bucket nothing-here"), "{failed:?}");
    let wrong_key = bench.tested("s3", &server.config(&json!({})), Some("wrong")).await;
    let (tried, failed) = steps(&wrong_key);
    assert_eq!(tried, ["name", "connection", "tls", "sign-in"]);
    assert!(failed.unwrap().contains("does not know the access key, or its secret is wrong"), "{failed:?}");
    // Where no TLS is spoken, none can be had.
    let tls = bench.tested("s3", &server.config(&json!({"endpoint": format!("https://localhost:{}", server.port)})), Some(SECRET)).await;
    let (tried, failed) = steps(&tls);
    assert_eq!((tried.as_slice(), failed.is_some()), (["name", "connection", "tls"].as_slice(), true), "{failed:?}");
    let tested: Vec<Value> = bench.recorded().await.into_iter().filter(|event| event["activity"] == "Tested").collect();
    assert_eq!((tested.len(), &tested[0]["effect"], &tested[0]["details"]["ok"]), (4, &json!("read"), &json!(true)));
}
