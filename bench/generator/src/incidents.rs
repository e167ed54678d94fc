//! What happens to systems rather than to people at work: failed webhooks and integrations, strangers
//! who try to sign in, restarts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rollcall_model::{AccessActivity, Category, Event, Outcome, TriggeredByKind};
use uuid::Uuid;

use crate::draw::{Draw, MILLION};
use crate::moment::{self, HOUR, MINUTE, SECOND};
use crate::restarts::Restart;
use crate::surface::{INTEGRATION_SOURCE, Surface};

/// Something to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Incident {
    Stop,
    Start,
    /// An attempt to deliver something to a webhook fails.
    Webhook {
        hook: u8,
        attempt: u8,
        delivery: u32,
    },
    /// A delivery to a webhook begins to fail.
    NewWebhook,
    Integration,
    Stranger,
}

/// How many incidents there are for every million things that people do.
mod shares {
    /// Deliveries that fail at least once; with the repeated attempts, about 1.8 times as many events.
    pub(super) const WEBHOOKS: i64 = 3_000;
    pub(super) const INTEGRATIONS: i64 = 1_000;
    pub(super) const STRANGERS: i64 = 600;
}

/// About how many events of incidents there are for every million things that people do.
pub(crate) const PER_MILLION_DOINGS: u32 = (shares::WEBHOOKS * 18 / 10 + shares::INTEGRATIONS + shares::STRANGERS) as u32;

/// In a million failed attempts, how many are followed by another failed one.
const FAILS_AGAIN: u32 = 450_000;
/// How long a webhook waits before it tries again; after the last, it gives up.
const RETRIES: &[i64] = &[MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR];

const WEBHOOKS: &[&str] = &["crm-contact-sync", "survey-trigger", "callback-queue", "ticket-updates", "fraud-alerts", "data-lake-feed"];
/// Kind, code and words of a failed attempt.
const WEBHOOK_FAILURES: &[(&str, Option<&str>, &str)] = &[
    ("http_status", Some("503"), "The receiver answered 503 Service Unavailable."),
    ("http_status", Some("500"), "The receiver answered 500 Internal Server Error."),
    ("http_status", Some("429"), "The receiver answered 429 Too Many Requests."),
    ("http_status", Some("410"), "The receiver answered 410 Gone."),
    ("timeout", None, "The receiver did not answer within 10 seconds."),
    ("tls", None, "The receiver's certificate has expired."),
    ("connection_refused", None, "The receiver refused the connection."),
];
/// Name and type.
const INTEGRATIONS: &[(&str, &str)] = &[
    ("hr-directory", "ldap"),
    ("payroll-export", "sftp"),
    ("call-recorder", "https"),
    ("crm-lookup", "https"),
    ("workforce-feed", "kafka"),
];
const INTEGRATION_FAILURES: &[(&str, &str)] = &[
    ("authentication", "The credentials were refused."),
    ("timeout", "No answer within 30 seconds."),
    ("schema", "A required column is missing from the file."),
    ("quota", "The daily quota is used up."),
];
const GUESSED_ACCOUNTS: &[&str] = &["admin", "administrator", "root", "test", "support", "info", "backup", "service", "guest", "demo"];

/// The incidents to come, nearest first.
pub(crate) struct Incidents {
    queue: BinaryHeap<Reverse<(i64, Incident)>>,
    webhook_gap: i64,
    integration_gap: i64,
    stranger_gap: i64,
}

impl Incidents {
    /// Incidents from `start` on, for `doings` things that people do until `end`.
    pub(crate) fn new(start: i64, end: i64, doings: i128, restarts: &[Restart], draw: &mut Draw) -> Self {
        let gap = |share: i64| {
            let mean = i128::from(end - start) * i128::from(MILLION) / (doings * i128::from(share)).max(1);
            mean.clamp(1, i128::from(i64::MAX)) as i64
        };
        let mut incidents = Incidents {
            queue: BinaryHeap::new(),
            webhook_gap: gap(shares::WEBHOOKS),
            integration_gap: gap(shares::INTEGRATIONS),
            stranger_gap: gap(shares::STRANGERS),
        };
        incidents.follow(start, incidents.webhook_gap, Incident::NewWebhook, draw);
        incidents.follow(start, incidents.integration_gap, Incident::Integration, draw);
        incidents.follow(start, incidents.stranger_gap, Incident::Stranger, draw);
        for restart in restarts.iter().filter(|restart| restart.down_from() >= start) {
            if let Some(stop) = restart.stop {
                incidents.queue.push(Reverse((stop, Incident::Stop)));
            }
            incidents.queue.push(Reverse((restart.start, Incident::Start)));
        }
        incidents
    }

    /// When the next one happens.
    pub(crate) fn due(&self) -> Option<i64> {
        self.queue.peek().map(|Reverse((at, _))| *at)
    }

    /// The next one; `new_id` makes an id for its moment.
    pub(crate) fn happen(&mut self, draw: &mut Draw, new_id: impl FnOnce(i64, &mut Draw) -> Uuid) -> Option<Event> {
        let Reverse((at, incident)) = self.queue.pop()?;
        let id = new_id(at, draw);
        Some(match incident {
            Incident::Stop => restart(id, at, AccessActivity::SystemStop),
            Incident::Start => restart(id, at, AccessActivity::SystemStart),
            Incident::NewWebhook => {
                self.follow(at, self.webhook_gap, Incident::NewWebhook, draw);
                let hook = draw.below(WEBHOOKS.len() as u64) as u8;
                let delivery = draw.bits() as u32;
                self.webhook(id, at, (hook, 1, delivery), draw)
            }
            Incident::Webhook { hook, attempt, delivery } => self.webhook(id, at, (hook, attempt, delivery), draw),
            Incident::Integration => {
                self.follow(at, self.integration_gap, Incident::Integration, draw);
                integration(id, at, draw)
            }
            Incident::Stranger => {
                self.follow(at, self.stranger_gap, Incident::Stranger, draw);
                stranger(id, at, draw)
            }
        })
    }

    fn follow(&mut self, at: i64, mean: i64, incident: Incident, draw: &mut Draw) {
        self.queue.push(Reverse((at.saturating_add(draw.gap(mean)), incident)));
    }

    fn webhook(&mut self, id: Uuid, at: i64, (hook, attempt, delivery): (u8, u8, u32), draw: &mut Draw) -> Event {
        if let Some(wait) = RETRIES.get(usize::from(attempt) - 1)
            && draw.chance(FAILS_AGAIN)
        {
            let again = at + wait + draw.between(0, 10 * SECOND);
            self.queue.push(Reverse((again, Incident::Webhook { hook, attempt: attempt + 1, delivery })));
        }
        let name = WEBHOOKS.get(usize::from(hook)).copied().unwrap_or_default();
        let (kind, code, reason) = draw.one_of(WEBHOOK_FAILURES);
        let mut event = system_event(id, at, Category::WebhookFailure, "Delivery failed");
        event.entity = Some("Webhook".to_owned());
        event.instance = Some(format!("{delivery:08x}"));
        event.attempt = Some(i32::from(attempt));
        event.target = Some(name.to_owned());
        event.target_kind = Some("http".to_owned());
        event.failure_type = Some(kind.to_owned());
        event.failure_code = code.map(str::to_owned);
        event.failure_reason = Some(reason.to_owned());
        let response = code.map_or_else(|| "null".to_owned(), |code| format!(r#"{{"status":{code}}}"#));
        event.details = Some(format!(
            r#"{{"request":{{"method":"POST","url":"https://hooks.example/{name}","delivery":"{delivery:08x}"}},"response":{response}}}"#
        ));
        event
    }
}

fn system_event(id: Uuid, at: i64, category: Category, activity: &str) -> Event {
    let at = moment::to_the_millisecond(at);
    let mut event = Event::new(id, at, INTEGRATION_SOURCE, category, activity, Outcome::Failure);
    event.triggered_by_kind = Some(TriggeredByKind::System);
    event
}

fn integration(id: Uuid, at: i64, draw: &mut Draw) -> Event {
    let (name, target_kind) = draw.one_of(INTEGRATIONS);
    let (kind, reason) = draw.one_of(INTEGRATION_FAILURES);
    let mut event = system_event(id, at, Category::IntegrationFailure, "Run failed");
    event.entity = Some("Integration".to_owned());
    event.instance = Some(name.to_owned());
    event.target = Some(name.to_owned());
    event.target_kind = Some(target_kind.to_owned());
    event.failure_type = Some(kind.to_owned());
    event.failure_reason = Some(reason.to_owned());
    event
}

/// Somebody from outside tries an account that does not exist.
fn stranger(id: Uuid, at: i64, draw: &mut Draw) -> Event {
    let at = moment::to_the_millisecond(at);
    let mut event = Event::new(id, at, Surface::Portal.source(), Category::Access, AccessActivity::SignIn.as_str(), Outcome::Failure);
    let account = draw.one_of(GUESSED_ACCOUNTS).to_string();
    event.application = Some("UserHub".to_owned());
    event.entity = Some("User".to_owned());
    event.instance = Some(account.clone());
    event.account = Some(account);
    event.channel = Some("agent_portal".to_owned());
    event.sign_in_method = Some("form".to_owned());
    event.source_ip = Some(format!("2001:db8:ffff:{:x}::{:x}", draw.below(0xffff) + 1, draw.below(0xffff) + 1));
    event.failure_type = Some("unknown_account".to_owned());
    event.failure_code = Some("1002".to_owned());
    event.failure_reason = Some("There is no such account.".to_owned());
    event
}

fn restart(id: Uuid, at: i64, activity: AccessActivity) -> Event {
    let at = moment::to_the_second(at);
    let mut event = Event::new(id, at, Surface::Phone.source(), Category::Access, activity.as_str(), Outcome::Success);
    event.triggered_by_kind = Some(TriggeredByKind::System);
    event
}
