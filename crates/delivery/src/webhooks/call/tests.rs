//! Calls to receivers that the test starts, on this machine.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A receiver that gives these answers, the last one for ever, and keeps what came.
struct Receiver {
    at: SocketAddr,
    came: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    async fn answering(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, came) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&came);
        tokio::spawn(async move {
            let mut answers = answers.into_iter().peekable();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !is_whole(&request) {
                    if stream.read_buf(&mut request).await.unwrap() == 0 {
                        break;
                    }
                }
                kept.lock().unwrap().push(String::from_utf8(request).unwrap());
                let answer = answers.next().unwrap();
                if answers.peek().is_none() {
                    answers = vec![answer.clone()].into_iter().peekable();
                }
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Receiver { at, came }
    }

    fn url(&self) -> Url {
        Url::parse(&format!("http://{}/hook", self.at)).unwrap()
    }

    fn came(&self) -> Vec<String> {
        self.came.lock().unwrap().clone()
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}

fn answer(status: &str, headers: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\nconnection: close\r\n\r\n")
}

fn loopback() -> Vec<IpNet> {
    vec!["127.0.0.0/8".parse().unwrap()]
}

async fn send(caller: &Caller, url: &Url, allow_http: bool) -> Result<CallAnswer, CallFailure> {
    let secrets = [secret(), Secret::generate().unwrap()];
    let timestamp = "2026-04-15T08:00:00.9Z".parse().unwrap();
    caller.call(&Call { url, allow_http, secrets: &secrets, id: "msg_1", timestamp, body: Bytes::from_static(b"{\"a\": 1}") }).await
}

fn secret() -> Secret {
    Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

/// Answers with other addresses each time.
#[derive(Debug)]
struct Turning(Vec<Vec<IpAddr>>, AtomicUsize);

impl Turning {
    fn names(answers: &[&[&str]]) -> Arc<dyn Names> {
        let answers = answers.iter().map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect()).collect();
        Arc::new(Turning(answers, AtomicUsize::new(0)))
    }
}

#[async_trait]
impl Names for Turning {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let turn = self.1.fetch_add(1, Ordering::Relaxed);
        Ok(self.0[turn.min(self.0.len() - 1)].clone())
    }
}

#[tokio::test]
async fn a_call_is_signed_with_each_secret_and_its_signature_is_kept_nowhere() {
    let receiver = Receiver::answering(vec![answer("204 No Content", "set-cookie: a=b\r\nx-seen: yes\r\n")]).await;
    let answer = send(&Caller::new(&loopback()), &receiver.url(), true).await.unwrap();
    assert_eq!(answer.answered.status, 204);
    assert!(answer.answered.headers.contains(&("x-seen".to_owned(), "yes".to_owned())));
    assert!(!answer.answered.headers.iter().any(|(name, _)| name == "set-cookie"));
    let came = receiver.came().remove(0);
    assert!(came.starts_with("POST /hook HTTP/1.1\r\n") && came.ends_with("\r\n\r\n{\"a\": 1}"), "{came}");
    let header = |name: &str| came.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap();
    assert_eq!((header("webhook-id"), header("webhook-timestamp"), header("content-type")), ("msg_1", "1776240000", "application/json"));
    let signatures: Vec<&str> = header("webhook-signature").split(' ').collect();
    assert_eq!(signatures.len(), 2);
    assert_eq!(signatures[0], secret().sign("msg_1", 1_776_240_000, b"{\"a\": 1}").unwrap());
    let kept = format!("{:?}", answer.sent);
    assert!(kept.contains("msg_1") && !kept.contains("v1,"), "{kept}");
}

#[tokio::test]
async fn whatever_is_no_success_is_a_failure_that_says_what_came() {
    let busy = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 120\r\nconnection: close\r\n\r\n";
    let receiver = Receiver::answering(vec![format!("{busy}{}", "x".repeat(50_000))]).await;
    let failure = send(&Caller::new(&loopback()), &receiver.url(), true).await.unwrap_err();
    assert_eq!((failure.failure_type, failure.code, failure.retry_after), (FailureType::Status, Some(503), Some(Duration::from_secs(120))));
    assert_eq!(failure.answered.unwrap().body.len(), MAX_ANSWER_BYTES);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = send(&Caller::new(&loopback()), &Url::parse(&format!("http://{closed}/")).unwrap(), true).await.unwrap_err();
    assert_eq!((failure.failure_type, failure.code), (FailureType::Connect, None), "{}", failure.reason);
    let nowhere = Caller::with_names(&loopback(), Turning::names(&[&[]]));
    let failure = send(&nowhere, &Url::parse("https://hooks.example/").unwrap(), true).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::Dns, "{}", failure.reason);
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let caller = Caller { timeout: Duration::from_millis(200), ..Caller::new(&loopback()) };
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let failure = send(&caller, &url, true).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::Timeout, "{}", failure.reason);
}

#[tokio::test]
async fn the_inner_network_is_refused_in_every_spelling() {
    let receiver = Receiver::answering(vec![answer("200 OK", "")]).await;
    let port = receiver.at.port();
    let closed = Caller::new(&[]);
    for host in
        ["127.0.0.1", "127.0.0.1.", "0x7f.1", "0177.0.0.1", "2130706433", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "LOCALHOST"]
    {
        for scheme in ["http", "https"] {
            let url = Url::parse(&format!("{scheme}://{host}:{port}/")).unwrap();
            let failure = send(&closed, &url, true).await.unwrap_err();
            assert_eq!(failure.failure_type, FailureType::RefusedAddress, "{url}: {}", failure.reason);
        }
    }
    // What is allowed is allowed without TLS only where the webhook says so.
    let failure = send(&Caller::new(&loopback()), &receiver.url(), false).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::RefusedAddress);
    for url in ["ftp://example.com/", "file:///etc/passwd", "unix:/run/x.sock"] {
        let failure = send(&Caller::new(&loopback()), &Url::parse(url).unwrap(), true).await.unwrap_err();
        assert_eq!(failure.failure_type, FailureType::RefusedAddress, "{url}");
    }
    assert!(receiver.came().is_empty());
}

#[tokio::test]
async fn a_name_that_means_an_inner_address_is_refused_and_so_is_one_that_does_so_the_second_time() {
    let receiver = Receiver::answering(vec![answer("200 OK", "")]).await;
    let url = Url::parse(&format!("http://hooks.example:{}/", receiver.at.port())).unwrap();
    for inner in ["10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:192.168.0.1", "64:ff9b::a00:1"] {
        let caller = Caller::with_names(&loopback(), Turning::names(&[&[inner]]));
        let failure = send(&caller, &url, true).await.unwrap_err();
        assert_eq!(failure.failure_type, FailureType::RefusedAddress, "{inner}: {}", failure.reason);
        assert!(failure.reason.contains("hooks.example is "), "{}", failure.reason);
    }
    // The name is looked up once for a connection, which goes to what was looked up then.
    let names = Turning::names(&[&["10.0.0.1", "127.0.0.1"], &["10.0.0.1"]]);
    let caller = Caller::with_names(&loopback(), names);
    assert_eq!(send(&caller, &url, true).await.unwrap().answered.status, 200, "what is refused of several addresses is dropped");
    let failure = send(&caller, &url, true).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::RefusedAddress, "{}", failure.reason);
    assert_eq!(receiver.came().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_followed_thrice_and_each_place_is_judged_anew() {
    let end = Receiver::answering(vec![answer("200 OK", "")]).await;
    let caller = Caller::new(&["127.0.0.1/32".parse().unwrap()]);
    let to = |url: &str| answer("307 Temporary Redirect", &format!("location: {url}\r\n"));
    let first = Receiver::answering(vec![to("/elsewhere"), to(end.url().as_str())]).await;
    let done = send(&caller, &first.url(), true).await.unwrap();
    assert_eq!(done.sent.url, end.url().as_str());
    assert!(first.came()[1].starts_with("POST /elsewhere "));
    assert!(end.came()[0].ends_with("{\"a\": 1}"));

    let inner = Receiver::answering(vec![to(&format!("http://127.0.0.2:{}/", end.at.port()))]).await;
    let failure = send(&caller, &inner.url(), true).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::RefusedAddress, "{}", failure.reason);
    let named = Receiver::answering(vec![to("http://localhost.example:1/")]).await;
    let names = Turning::names(&[&["169.254.169.254"]]);
    let failure = send(&Caller::with_names(&loopback(), names), &named.url(), true).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::RefusedAddress, "{}", failure.reason);

    let round = Receiver::answering(vec![to("/again")]).await;
    let failure = send(&caller, &round.url(), true).await.unwrap_err();
    assert_eq!((failure.failure_type, round.came().len()), (FailureType::Redirect, 1 + MAX_REDIRECTS));
    let moved = Receiver::answering(vec![answer("302 Found", &format!("location: {}\r\n", end.url()))]).await;
    let failure = send(&caller, &moved.url(), true).await.unwrap_err();
    assert_eq!((failure.failure_type, failure.code), (FailureType::Redirect, Some(302)));
    assert_eq!(end.came().len(), 1);
}

#[test]
fn a_redirect_never_leaves_tls() {
    let (from, status) = (Url::parse("https://a.example/x").unwrap(), StatusCode::PERMANENT_REDIRECT);
    let to = |location: &'static str| redirected(&from, status, Some(&HeaderValue::from_static(location)));
    assert_eq!(to("/y").unwrap().as_str(), "https://a.example/y");
    assert_eq!(to("//b.example/").unwrap().as_str(), "https://b.example/");
    for wrong in ["http://a.example/x", "file:///etc/passwd", "https://["] {
        assert!(to(wrong).is_err(), "{wrong}");
    }
    assert!(redirected(&from, status, None).is_err());
}

#[test]
fn an_address_is_told_without_what_may_be_secret() {
    let url = Url::parse("https://user:pass@hooks.example/a?token=abc&x=1#part").unwrap();
    assert_eq!(masked(&url), "https://hooks.example/a?token=...&x=...");
    assert_eq!(masked(&Url::parse("https://hooks.example/").unwrap()), "https://hooks.example/");
}

#[tokio::test]
async fn a_receiver_must_prove_who_it_is() {
    let made = rcgen::generate_simple_self_signed(vec!["hooks.example".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut session) = (stream.unwrap(), rustls::ServerConnection::new(Arc::clone(&config)).unwrap());
            let mut tls = rustls::Stream::new(&mut session, &mut stream);
            let (mut request, mut piece) = (Vec::new(), [0; 4096]);
            while !is_whole(&request) {
                match std::io::Read::read(&mut tls, &mut piece) {
                    Ok(read) if read > 0 => request.extend(&piece[..read]),
                    _ => break,
                }
            }
            let _ = std::io::Write::write_all(&mut tls, answer("200 OK", "").as_bytes());
        }
    });
    let names = || Turning::names(&[&["127.0.0.1"]]);
    let url = Url::parse(&format!("https://hooks.example:{port}/")).unwrap();
    let failure = send(&Caller::with_names(&loopback(), names()), &url, false).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::Tls, "{}", failure.reason);
    let root = reqwest::Certificate::from_der(made.cert.der()).unwrap();
    let trusting = Caller { roots: vec![root], ..Caller::with_names(&loopback(), names()) };
    assert_eq!(send(&trusting, &url, false).await.unwrap().answered.status, 200);
    let other = Url::parse(&format!("https://other.example:{port}/")).unwrap();
    let failure = send(&trusting, &other, false).await.unwrap_err();
    assert_eq!(failure.failure_type, FailureType::Tls, "{}", failure.reason);
}
