//! `asterisk-queue-log`: Asterisk's `queue_log`, lines of `epoch|callid|queue|agent|event|data…`.
//!
//! Signing in and out becomes access events; what else names an agent becomes activity, in the log's own
//! word; what concerns a caller alone is skipped. The agent is taken as it is written (`SIP/8007`,
//! `Agent/1001`, a member's name), because the log always writes the same one. `docs/formats/asterisk-queue-log.md` has a
//! worked example.

use rollcall_model::{AccessActivity, Event, Outcome, Timestamp, TriggeredByKind};

use crate::framing::Framing;
use crate::json::ObjectWriter;
use crate::mapping::{Format, Mapped, Mapper, Reading, Record, RecordId, Rejection, access, activity};
use crate::options::SourceOptions;

/// The channel of an agent who signs in without a queue.
const PHONE: &str = "phone";

/// Asterisk's queue log.
pub struct AsteriskQueueLog;

impl Format for AsteriskQueueLog {
    fn name(&self) -> &'static str {
        "asterisk-queue-log"
    }

    fn about(&self) -> &'static str {
        "Asterisk queue_log: lines of epoch|callid|queue|agent|event|data"
    }

    fn framing(&self, _: &SourceOptions) -> Framing {
        Framing::Lines
    }

    fn mapper(&self, _: &SourceOptions) -> Box<dyn Mapper + Send> {
        Box::new(AsteriskMapper)
    }
}

struct AsteriskMapper;

impl Mapper for AsteriskMapper {
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection> {
        let text = record.text()?;
        let entry = Entry::parse(text)?;
        let Some(mut event) = entry.event() else { return Ok(Reading::NoEvent) };
        event.details = Some(entry.details(text));
        out.push(Mapped { event, id: RecordId::Content });
        Ok(Reading::Events)
    }
}

/// A line, in its fields. What the log writes as `NONE` or leaves empty is missing.
struct Entry<'a> {
    time: Timestamp,
    queue: Option<&'a str>,
    agent: Option<&'a str>,
    event: &'a str,
    data: [Option<&'a str>; 3],
}

impl<'a> Entry<'a> {
    fn parse(text: &'a str) -> Result<Self, Rejection> {
        let mut fields = text.split('|');
        let mut field = || fields.next();
        let (Some(epoch), Some(_callid), Some(queue), Some(agent), Some(event)) = (field(), field(), field(), field(), field()) else {
            let got = text.split('|').count();
            return Err(Rejection::new(format!("expected at least 5 fields, epoch|callid|queue|agent|event; got {got}")));
        };
        if event.trim().is_empty() {
            return Err(Rejection::missing("event", "the name of an event"));
        }
        let present = |field: &'a str| Some(field.trim()).filter(|field| !field.is_empty() && *field != "NONE");
        let data = [field().and_then(present), field().and_then(present), field().and_then(present)];
        Ok(Entry { time: moment(epoch.trim())?, queue: present(queue), agent: present(agent), event: event.trim(), data })
    }

    /// What it means, or nothing if it is about a caller alone.
    fn event(&self) -> Option<Event> {
        let operation = match self.event {
            "ADDMEMBER" | "AGENTLOGIN" | "AGENTCALLBACKLOGIN" => Some(AccessActivity::SignIn),
            "REMOVEMEMBER" | "AGENTLOGOFF" | "AGENTCALLBACKLOGOFF" => Some(AccessActivity::SignOut),
            _ => None,
        };
        let mut event = match operation {
            Some(operation) => access(self.time, operation, Outcome::Success),
            None if self.agent.is_some() => activity(self.time, self.event, Outcome::Success),
            None => return None,
        };
        event.account = self.agent.map(str::to_owned);
        event.channel = Some(self.queue.map_or_else(|| PHONE.to_owned(), |queue| format!("queue/{queue}")));
        if self.signed_out_by_the_system() {
            event.triggered_by_kind = Some(TriggeredByKind::System);
        }
        Some(event)
    }

    /// Whether Asterisk itself signed the agent out: unanswered calls, or a phone that is gone.
    fn signed_out_by_the_system(&self) -> bool {
        let [_, _, reason] = self.data;
        self.event == "AGENTCALLBACKLOGOFF"
            && reason.is_some_and(|reason| reason.eq_ignore_ascii_case("Autologoff") || reason.eq_ignore_ascii_case("Chanunavail"))
    }

    /// The line, and by name what its data mean.
    fn details(&self, text: &str) -> String {
        let names = match self.event {
            "AGENTLOGIN" => ["phone", "", ""],
            "AGENTLOGOFF" => ["phone", "signed_in_seconds", ""],
            "AGENTCALLBACKLOGIN" => ["phone", "", ""],
            "AGENTCALLBACKLOGOFF" => ["phone", "signed_in_seconds", "reason"],
            "PAUSE" | "UNPAUSE" | "PAUSEALL" | "UNPAUSEALL" => ["reason", "", ""],
            _ => ["", "", ""],
        };
        let record = ObjectWriter::with_capacity(text.len() + 64).text("record", text);
        let named = names.into_iter().zip(self.data).filter(|(name, _)| !name.is_empty());
        named.fold(record, |writer, (name, value)| writer.optional(name, value)).finish()
    }
}

/// Seconds since the epoch, with a fraction if there is one.
fn moment(epoch: &str) -> Result<Timestamp, Rejection> {
    let read = || {
        let (seconds, fraction) = epoch.split_once('.').unwrap_or((epoch, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(seconds) || !digits(fraction) {
            return None;
        }
        let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
        let moment = Timestamp::from_seconds(seconds.parse().ok()?)?;
        Some(moment.plus_micros(micros))
    };
    read().ok_or_else(|| Rejection::of("epoch", format!("expected seconds since 1970, such as 1366720340; got {:?}", clip(epoch))))
}

fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}
