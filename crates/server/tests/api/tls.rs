//! HTTPS: who is served, who does not hold up others, a certificate that changes, and stopping.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Client, Response, tls::Version};
use rollcall_access::KeyScope;
use rollcall_server::{Tls, TlsFiles};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::harness::{Server, Setup, sign_in};

/// A certificate for this machine whose key is in a file beside it, and which a client can know as a root.
struct Issued {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Issued {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
        Issued { certificate, key }
    }

    fn write(&self, files: &TlsFiles) {
        fs::write(&files.certificate, self.certificate.pem()).unwrap();
        fs::write(&files.key, self.key.serialize_pem()).unwrap();
    }

    fn client(&self) -> Client {
        client_of(&self.certificate)
    }
}

fn files_in(folder: &TempDir) -> TlsFiles {
    TlsFiles { certificate: folder.path().join("tls.crt"), key: folder.path().join("tls.key") }
}

fn client_of(root: &rcgen::Certificate) -> Client {
    let root = Certificate::from_der(root.der()).unwrap();
    Client::builder().no_proxy().tls_certs_only([root]).timeout(Duration::from_secs(60)).build().unwrap()
}

async fn start(files: &TlsFiles) -> Server {
    Server::start_with(Setup { tls: Some(Tls::open(files.clone()).unwrap()), ..Setup::default() }).await
}

async fn health(server: &Server, client: &Client) -> reqwest::Result<Response> {
    client.get(format!("https://{}/healthz", server.address)).send().await
}

/// A connection over TLS, to speak HTTP by hand.
async fn connect(server: &Server, root: &CertificateDer<'static>) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::from(server.address.ip());
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_tls_are_served_and_http_1_1_inside() {
    let (folder, issued) = (TempDir::new().unwrap(), Issued::new());
    issued.write(&files_in(&folder));
    let server = start(&files_in(&folder)).await;
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let root = Certificate::from_der(issued.certificate.der()).unwrap();
        let builder = Client::builder().no_proxy().tls_certs_only([root]).tls_version_min(version).tls_version_max(version);
        assert_eq!(health(&server, &builder.build().unwrap()).await.unwrap().status(), 200, "{version:?}");
    }
    let stream = connect(&server, issued.certificate.der()).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    // Who does not know the root does not speak to it.
    assert!(health(&server, &Issued::new().client()).await.unwrap_err().is_connect());
    // The folder's socket needs no TLS.
    assert_eq!(server.operator().get("http://folder/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_leads_to_a_root_that_is_not_in_the_file() {
    let folder = TempDir::new().unwrap();
    let authority = || {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params, KeyPair::generate().unwrap())
    };
    let (root, root_key) = authority();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let (mut intermediate, intermediate_key) = authority();
    intermediate.distinguished_name.push(rcgen::DnType::CommonName, "intermediate");
    let intermediate_certificate = intermediate.signed_by(&intermediate_key, &Issuer::new(root, root_key)).unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let own = own.signed_by(&key, &Issuer::new(intermediate, intermediate_key)).unwrap();
    let files = files_in(&folder);
    fs::write(&files.certificate, own.pem() + &intermediate_certificate.pem()).unwrap();
    fs::write(&files.key, key.serialize_pem()).unwrap();
    let server = start(&files).await;
    assert_eq!(health(&server, &client_of(&root_certificate)).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_say_nothing_hold_up_nobody() {
    let (folder, issued) = (TempDir::new().unwrap(), Issued::new());
    issued.write(&files_in(&folder));
    let server = start(&files_in(&folder)).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    // One that begins and goes no further.
    silent[0].write_all(&[0x16, 0x03]).await.unwrap();
    let asked = Instant::now();
    assert_eq!(health(&server, &issued.client()).await.unwrap().status(), 200);
    // They are let go after ten seconds: by then it would be no wonder.
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    // Nor does the end of the server wait for them.
    let stopping = Instant::now();
    server.stop().await;
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_closed_without_an_answer() {
    let (folder, issued) = (TempDir::new().unwrap(), Issued::new());
    issued.write(&files_in(&folder));
    let server = start(&files_in(&folder)).await;
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    let long = "x".repeat(30_000);
    plain.write_all(format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {long}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset is an error.
    plain.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert_eq!(health(&server, &issued.client()).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_counts_without_a_restart_and_a_broken_one_does_not() {
    let (folder, old, new) = (TempDir::new().unwrap(), Issued::new(), Issued::new());
    let files = files_in(&folder);
    old.write(&files);
    let server = start(&files).await;
    let open = old.client();
    assert_eq!(health(&server, &open).await.unwrap().status(), 200);
    fs::write(&files.certificate, "not yet").unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(health(&server, &old.client()).await.unwrap().status(), 200);
    new.write(&files);
    let written = Instant::now();
    while health(&server, &new.client()).await.is_err() {
        assert!(written.elapsed() < Duration::from_secs(60), "the certificate is not renewed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(health(&server, &old.client()).await.unwrap_err().is_connect());
    // A connection that is open stays so.
    assert_eq!(health(&server, &open).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_way_is_finished_before_the_server_stops() {
    let (folder, issued) = (TempDir::new().unwrap(), Issued::new());
    issued.write(&files_in(&folder));
    let server = start(&files_in(&folder)).await;
    let key = server.key_with(&[KeyScope::EventsWrite]).await;
    let mut slow = connect(&server, issued.certificate.der()).await;
    let body = sign_in(1, "mara").to_string();
    let (first, second) = body.split_at(body.len() / 2);
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut told_to_go_on = [0; 25];
    slow.read_exact(&mut told_to_go_on).await.unwrap();
    slow.write_all(first.as_bytes()).await.unwrap();
    server.shutdown.cancel();
    let address = server.address;
    let stopped = tokio::spawn(server.stop());
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    slow.write_all(second.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // To the end, which TLS tells apart from a connection that broke.
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"accepted\":1"), "{answer}");
    let again = Server::start_on(stopped.await.unwrap(), Setup::default()).await;
    assert_eq!(again.events(), 1);
}
