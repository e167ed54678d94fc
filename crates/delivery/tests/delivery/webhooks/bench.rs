//! A store with webhooks, and receivers that a test has in its hand.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall_access::{Access, Principal, Vault};
use rollcall_control::Control;
use rollcall_control::outbox::Pending;
use rollcall_delivery::webhooks::{Filter, Made, Webhook, Wish};
use rollcall_delivery::{Delivery, Options, Parts};
use rollcall_ledger::{Ledger, Options as LedgerOptions, Submission};
use rollcall_model::event::OWN_SOURCE;
use rollcall_model::{Category, Event, Outcome, TenantId, Timestamp};
use rollcall_reports::Reports;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

/// A clock that tests set, in seconds since the morning of 15 April 2026.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        let morning: Timestamp = "2026-04-15T08:00:00Z".parse().unwrap();
        morning.plus_micros(self.0.load(Ordering::Relaxed) * 1_000_000)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, now: Timestamp) {
        let morning: Timestamp = "2026-04-15T08:00:00Z".parse().unwrap();
        self.0.store(now.micros_since(morning).div_euclid(1_000_000) + 1, Ordering::Relaxed);
    }
}

/// A store, and its deliveries.
pub(crate) struct Bench {
    pub(crate) clock: Clock,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) control: Control,
    pub(crate) access: Arc<Access>,
    pub(crate) delivery: Arc<Delivery>,
    folder: TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::allowing(&["127.0.0.0/8"]).await
    }

    /// One on which webhooks may call into these networks.
    pub(crate) async fn allowing(networks: &[&str]) -> Self {
        let (folder, clock) = (TempDir::new().unwrap(), Clock::default());
        let options = LedgerOptions { archive_interval: Duration::from_secs(3_600), ..LedgerOptions::new(folder.path()) };
        let ledger = Arc::new(Ledger::open(options).await.unwrap());
        let control = Control::open(&folder.path().join("control.db")).await.unwrap();
        let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
        let access = Arc::new(
            Access::with_clock(control.clone(), {
                let clock = clock.clone();
                move || clock.now()
            })
            .with_vault(vault),
        );
        let delivery = deliveries(&ledger, &control, &access, "a", networks, &folder);
        Bench { clock, ledger, control, access, delivery, folder }
    }

    /// The deliveries of another node on the same store.
    pub(crate) fn node(&self, name: &str) -> Arc<Delivery> {
        deliveries(&self.ledger, &self.control, &self.access, name, &["127.0.0.0/8"], &self.folder)
    }

    pub(crate) fn operator() -> Principal {
        Principal::local_operator(TenantId::default())
    }

    /// A webhook that is told of these categories.
    pub(crate) async fn webhook(&self, name: &str, url: &str, categories: &[&str]) -> Made {
        let filter = Filter { categories: texts(categories), ..Filter::default() };
        self.webhook_of(&Self::operator(), name, url, filter).await
    }

    pub(crate) async fn webhook_of(&self, by: &Principal, name: &str, url: &str, filter: Filter) -> Made {
        let wish = Wish { name: name.to_owned(), url: url.to_owned(), allow_http: true, filter };
        self.delivery.make_webhook(by, &wish).await.unwrap()
    }

    /// The webhook as it is now.
    pub(crate) async fn present(&self, webhook: &Webhook) -> Webhook {
        self.delivery.webhook(&Self::operator(), webhook.id).await.unwrap()
    }

    pub(crate) async fn append(&self, events: Vec<Event>) {
        self.ledger.append(&TenantId::default(), Submission { events, ..Submission::default() }).await.unwrap();
    }

    /// Does all that is due, also what is due later, up to the end of some attempts.
    pub(crate) async fn run_until_next_attempts(&self, webhook: &Webhook, attempts: usize) {
        for _ in 0..attempts {
            self.delivery.run_due().await.unwrap();
            let Some(retry) = self.present(webhook).await.retry else { return };
            self.clock.set(retry.next_at);
        }
        self.delivery.run_due().await.unwrap();
    }

    /// The webhook failures on Rollcall's own record that wait for the ledger.
    pub(crate) async fn failures(&self) -> Vec<Value> {
        let events = self.pending().await.into_iter().map(|pending| serde_json::from_str::<Value>(&pending.record.event).unwrap());
        events.filter(|event| event["category"] == "webhook_failure").collect()
    }

    /// Brings the webhook failures of the record into the ledger.
    pub(crate) async fn drain(&self) -> usize {
        let pending = self.pending().await;
        let events = pending.iter().filter_map(|pending| {
            let told: Value = serde_json::from_str(&pending.record.event).unwrap();
            let text = |name: &str| told[name].as_str().map(str::to_owned);
            (told["category"] == "webhook_failure").then(|| Event {
                target: text("target"),
                target_kind: text("target_kind"),
                instance: text("instance"),
                failure_type: text("failure_type"),
                details: Some(told["details"].to_string()),
                ..Event::new(
                    pending.record.event_id,
                    pending.record.created_at,
                    OWN_SOURCE,
                    Category::WebhookFailure,
                    "delivery",
                    Outcome::Failure,
                )
            })
        });
        let events: Vec<Event> = events.collect();
        let count = events.len();
        self.append(events).await;
        self.control.outbox().drained(&pending.iter().map(|pending| pending.id).collect::<Vec<_>>()).await.unwrap();
        count
    }

    async fn pending(&self) -> Vec<Pending> {
        self.control.outbox().pending(10_000).await.unwrap()
    }
}

fn deliveries(
    ledger: &Arc<Ledger>,
    control: &Control,
    access: &Arc<Access>,
    node: &str,
    networks: &[&str],
    folder: &TempDir,
) -> Arc<Delivery> {
    let reports = Reports::new(Arc::clone(ledger), tokio::runtime::Handle::current());
    let parts = Parts { ledger: Arc::clone(ledger), reports, control: control.clone(), access: Arc::clone(access) };
    let options = Options {
        files: folder.path().join("exports"),
        node: node.to_owned(),
        public_url: None,
        delivery_folders: Vec::new(),
        allowed_networks: networks.iter().map(|network| network.parse().unwrap()).collect(),
    };
    Delivery::new(parts, options)
}

pub(crate) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A sign-in in the `number`th second of a day.
pub(crate) fn sign_in(number: u32) -> Event {
    let time: Timestamp = "2026-04-15T06:00:00Z".parse().unwrap();
    let id = Uuid::from_u128(0x018f_3e1c_7a52_7c31_9d1e_0000_0000_0000 + u128::from(number));
    let time = time.plus_micros(i64::from(number) * 1_000_000);
    let mut event = Event::new(id, time, "portal", Category::Access, "sign_in", Outcome::Success);
    event.account = Some(format!("agent{number}"));
    event.channel = Some("agent_portal".to_owned());
    event.normalize();
    event
}

/// A message as a receiver got it.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(header, _)| header == name).unwrap().1
    }

    /// Whether one of its signatures is the one of that secret, by the book.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.text);
        let expected = format!("v1,{}", STANDARD.encode(hmac(&key, signed.as_bytes())));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }

    pub(crate) fn account(&self) -> &str {
        self.body["data"]["account"].as_str().unwrap()
    }
}

/// RFC 2104, with keys of at most a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ byte).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36).as_slice(), message].concat());
    Sha256::digest([pad(0x5c).as_slice(), &inner].concat()).to_vec()
}

/// How a receiver answers.
type Answer = Box<dyn FnMut(&Came) -> (u16, Duration) + Send>;

/// A receiver.
pub(crate) struct Receiver {
    pub(crate) at: SocketAddr,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    /// One that takes everything.
    pub(crate) async fn new() -> Self {
        Self::answering(|_| (204, Duration::ZERO)).await
    }

    /// One that answers with these statuses, and with 200 from then on.
    pub(crate) async fn saying(statuses: &[u16]) -> Self {
        let mut statuses = VecDeque::from(statuses.to_vec());
        Self::answering(move |_| (statuses.pop_front().unwrap_or(200), Duration::ZERO)).await
    }

    /// One that answers as it is told: a status, after a while.
    pub(crate) async fn answering(answer: impl FnMut(&Came) -> (u16, Duration) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (at, came) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (kept, answer): (_, Arc<Mutex<Answer>>) = (Arc::clone(&came), Arc::new(Mutex::new(Box::new(answer))));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let came = loop {
                        if let Some(came) = read(&request) {
                            break came;
                        }
                        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                            return;
                        }
                    };
                    let (status, wait) = (answer.lock().unwrap())(&came);
                    kept.lock().unwrap().push(came);
                    tokio::time::sleep(wait).await;
                    let told = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
                    let told = if status == 204 { "HTTP/1.1 204 X\r\nconnection: close\r\n\r\n".to_owned() } else { told };
                    let _ = stream.write_all(told.as_bytes()).await;
                });
            }
        });
        Receiver { at, came }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?token=4711", self.at)
    }

    pub(crate) fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    pub(crate) fn accounts(&self) -> Vec<String> {
        self.came().iter().map(|came| came.account().to_owned()).collect()
    }

    /// Waits until so many messages have come.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Came> {
        for _ in 0..800 {
            let came = self.came();
            if came.len() >= count {
                return came;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("expected {count} messages, got {}", self.came().len());
    }
}

/// A request, once all of it is there.
fn read(request: &[u8]) -> Option<Came> {
    let text = std::str::from_utf8(request).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let headers: Vec<(String, String)> =
        head.lines().skip(1).filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().unwrap();
    (body.len() >= length).then(|| Came { headers, text: body.to_owned(), body: serde_json::from_str(body).unwrap() })
}
