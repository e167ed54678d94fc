//! `wtmp`: the binary record of logins of Unix, as glibc writes it on 64-bit Linux.
//!
//! A terminal line is the stream and the channel, because a process that dies names no user: its line tells
//! whose session ends. What a record is follows `last`, which forgives programs that fill in `ut_type`
//! wrongly. `docs/formats/wtmp.md` has a worked example.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rollcall_model::{AccessActivity, Event, Outcome, Timestamp};

use crate::framing::Framing;
use crate::json::ObjectWriter;
use crate::mapping::{Format, Mapped, Mapper, Reading, Record, RecordId, Rejection, access};
use crate::options::SourceOptions;

/// Size of a record, little-endian with the padding of a 64-bit machine.
pub const RECORD_BYTES: usize = 384;

/// The binary record of logins.
pub struct Wtmp;

impl Format for Wtmp {
    fn name(&self) -> &'static str {
        "wtmp"
    }

    fn about(&self) -> &'static str {
        "Unix wtmp: binary records of logins, as Linux writes them on 64-bit machines"
    }

    fn framing(&self, _: &SourceOptions) -> Framing {
        Framing::Fixed(RECORD_BYTES)
    }

    fn mapper(&self, _: &SourceOptions) -> Box<dyn Mapper + Send> {
        Box::new(WtmpMapper)
    }
}

struct WtmpMapper;

impl Mapper for WtmpMapper {
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection> {
        let utmp = Utmp::read(record.bytes)?;
        let Some(event) = utmp.event()? else { return Ok(Reading::NoEvent) };
        out.push(Mapped { event, id: RecordId::Content });
        Ok(Reading::Events)
    }
}

/// The fields of a record, by the names that utmp(5) gives them.
#[derive(Debug)]
struct Utmp<'a> {
    kind: i16,
    pid: i32,
    line: &'a str,
    id: String,
    user: &'a str,
    host: &'a str,
    exit_termination: i16,
    exit_status: i16,
    session: i32,
    seconds: u32,
    micros: i32,
    address: [u8; 16],
}

/// What a record is, once wrong types are put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    SystemStart,
    SystemStop,
    SignIn,
    SignOut,
    Other,
}

impl<'a> Utmp<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Rejection> {
        let array = |at: usize| -> [u8; 4] { bytes.get(at..at + 4).and_then(|field| field.try_into().ok()).unwrap_or_default() };
        let short = |at: usize| -> i16 { bytes.get(at..at + 2).and_then(|field| field.try_into().ok()).map_or(0, i16::from_le_bytes) };
        Ok(Utmp {
            kind: short(0),
            pid: i32::from_le_bytes(array(4)),
            line: text(bytes, "ut_line", 8, 32)?,
            id: String::from_utf8_lossy(field(bytes, 40, 4)).into_owned(),
            user: text(bytes, "ut_user", 44, 32)?,
            host: text(bytes, "ut_host", 76, 256)?,
            exit_termination: short(332),
            exit_status: short(334),
            session: i32::from_le_bytes(array(336)),
            // Unsigned, as newer versions of glibc read it: it lasts until 2106.
            seconds: u32::from_le_bytes(array(340)),
            micros: i32::from_le_bytes(array(344)),
            address: bytes.get(348..364).and_then(|field| field.try_into().ok()).unwrap_or_default(),
        })
    }

    /// What `last` takes it for. It takes any type for a login that has a user and a line; here a type that
    /// utmp(5) does not know is refused, so that another file becomes no logins.
    fn kind(&self) -> Result<Kind, Rejection> {
        if self.line.starts_with('~') {
            if self.user.starts_with("shutdown") {
                return Ok(Kind::SystemStop);
            }
            if self.user.starts_with("reboot") {
                return Ok(Kind::SystemStart);
            }
            if self.user.starts_with("runlevel") {
                return Ok(self.run_level());
            }
        }
        if !(0..=ACCOUNTING).contains(&self.kind) {
            let reason = format!("expected 0 to {ACCOUNTING}, got {}; is this a wtmp file?", self.kind);
            return Err(Rejection::of("ut_type", reason));
        }
        let names_a_line = !self.line.is_empty() && !self.line.starts_with('~');
        let kind = match self.kind {
            _ if self.user.is_empty() && !self.line.starts_with('~') => self.sign_out(),
            _ if self.user.starts_with("date") && self.line.starts_with(['|', '{']) => Kind::Other,
            DEAD_PROCESS => self.sign_out(),
            USER_PROCESS => Kind::SignIn,
            _ if names_a_line && !self.user.starts_with("LOGIN") => Kind::SignIn,
            RUN_LVL => self.run_level(),
            BOOT_TIME => Kind::SystemStart,
            _ => Kind::Other,
        };
        Ok(kind)
    }

    /// Run levels 0 and 6 stop the system; the level is a character in the process id.
    fn run_level(&self) -> Kind {
        let [level, ..] = self.pid.to_le_bytes();
        if matches!(level, b'0' | b'6') { Kind::SystemStop } else { Kind::Other }
    }

    /// A process that had no line ended no session.
    fn sign_out(&self) -> Kind {
        if self.line.is_empty() { Kind::Other } else { Kind::SignOut }
    }

    fn event(&self) -> Result<Option<Event>, Rejection> {
        let operation = match self.kind()? {
            Kind::SystemStart => AccessActivity::SystemStart,
            Kind::SystemStop => AccessActivity::SystemStop,
            Kind::SignIn => AccessActivity::SignIn,
            Kind::SignOut => AccessActivity::SignOut,
            Kind::Other => return Ok(None),
        };
        let mut event = access(self.time(), operation, Outcome::Success);
        if matches!(operation, AccessActivity::SignIn | AccessActivity::SignOut) {
            event.stream = Some(self.line.to_owned());
            event.channel = Some(self.line.to_owned());
            event.account = Some(self.user.to_owned());
            event.source_ip = self.address().map(|address| address.to_string()).or_else(|| self.host_name());
        }
        event.details = Some(self.details());
        Ok(Some(event))
    }

    fn time(&self) -> Timestamp {
        let moment = Timestamp::from_seconds(i64::from(self.seconds)).unwrap_or(Timestamp::MAX);
        // Some programs leave the microseconds unset; `last` reads only the seconds.
        if (0..1_000_000).contains(&self.micros) { moment.plus_micros(i64::from(self.micros)) } else { moment }
    }

    /// The address, if one is set: the first of four words is an IPv4 address if the others are empty.
    fn address(&self) -> Option<IpAddr> {
        let [a, b, c, d, rest @ ..] = self.address;
        if self.address == [0; 16] {
            return None;
        }
        if rest == [0; 12] {
            return Some(Ipv4Addr::new(a, b, c, d).into());
        }
        Some(Ipv6Addr::from(self.address).to_canonical())
    }

    /// The host, if it is one: a display (`:0`) or what a terminal multiplexer writes there is none.
    fn host_name(&self) -> Option<String> {
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%');
        let host = !self.host.starts_with(':') && self.host.bytes().all(is_host);
        host.then(|| self.host.to_owned())
    }

    fn details(&self) -> String {
        let present = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        ObjectWriter::with_capacity(256)
            .raw("ut_type", &self.kind.to_string())
            .raw("ut_pid", &self.pid.to_string())
            .optional("ut_line", present(self.line))
            .optional("ut_id", Some(self.id.as_str()).filter(|id| !id.is_empty()))
            .optional("ut_user", present(self.user))
            .optional("ut_host", present(self.host))
            .raw("ut_exit", &format!("[{},{}]", self.exit_termination, self.exit_status))
            .raw("ut_session", &self.session.to_string())
            .raw("ut_tv", &format!("[{},{}]", self.seconds, self.micros))
            .optional("ut_addr_v6", self.address().map(|address| address.to_string()).as_deref())
            .finish()
    }
}

const RUN_LVL: i16 = 1;
const BOOT_TIME: i16 = 2;
const USER_PROCESS: i16 = 7;
const DEAD_PROCESS: i16 = 8;
const ACCOUNTING: i16 = 9;

/// A text field up to its first NUL byte.
fn field(bytes: &[u8], at: usize, size: usize) -> &[u8] {
    let field = bytes.get(at..at + size).unwrap_or_default();
    memchr::memchr(0, field).and_then(|end| field.get(..end)).unwrap_or(field)
}

fn text<'a>(bytes: &'a [u8], name: &str, at: usize, size: usize) -> Result<&'a str, Rejection> {
    std::str::from_utf8(field(bytes, at, size)).map_err(|_| Rejection::of(name, "expected UTF-8, got other bytes; is this a wtmp file?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::Position;

    /// A record as glibc lays it out.
    fn encode(kind: i16, line: &str, user: &str, host: &str, pid: i32, address: [u8; 16]) -> Vec<u8> {
        let mut bytes = vec![0; RECORD_BYTES];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, &kind.to_le_bytes());
        put(4, &pid.to_le_bytes());
        put(8, line.as_bytes());
        put(44, user.as_bytes());
        put(76, host.as_bytes());
        put(340, &1_776_236_400_u32.to_le_bytes());
        put(344, &250_000_i32.to_le_bytes());
        put(348, &address);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Option<Event>, Rejection> {
        let mut out = Vec::new();
        WtmpMapper.map(&Record { bytes, position: Position::default() }, &mut out)?;
        Ok(out.pop().map(|mapped| mapped.event))
    }

    fn activity(kind: i16, line: &str, user: &str, pid: i32) -> String {
        match read(&encode(kind, line, user, "", pid, [0; 16])) {
            Ok(Some(event)) => event.activity,
            Ok(None) => "skipped".to_owned(),
            Err(rejection) => rejection.to_string(),
        }
    }

    #[test]
    fn a_record_is_what_last_takes_it_for() {
        let (zero, six, five) = (i32::from(b'0'), i32::from(b'6'), i32::from(b'5'));
        for (kind, line, user, pid, expected) in [
            (7, "pts/0", "mara", 1, "sign_in"),
            (8, "pts/0", "", 1, "sign_out"),
            (8, "pts/0", "mara", 1, "sign_out"),
            (8, "", "mara", 1, "skipped"),
            (7, "pts/0", "", 1, "sign_out"),
            (7, "", "", 1, "skipped"),
            (7, "", "mara", 1, "sign_in"),
            (0, "pts/0", "mara", 1, "sign_in"),
            (6, "tty1", "LOGIN", 1, "skipped"),
            (5, "tty1", "", 1, "sign_out"),
            (0, "", "", 0, "skipped"),
            (2, "~", "reboot", 0, "system_start"),
            (0, "~", "reboot", 0, "system_start"),
            (1, "~", "shutdown", 0, "system_stop"),
            (254, "~", "shutdown", 0, "system_stop"),
            (1, "~", "runlevel", zero, "system_stop"),
            (1, "~", "runlevel", six, "system_stop"),
            (1, "~", "runlevel", five, "skipped"),
            (3, "{", "date", 0, "skipped"),
            (4, "|", "date", 0, "skipped"),
            (9, "", "mara", 0, "skipped"),
            (31611, "pts/0", "mara", 0, "ut_type: expected 0 to 9, got 31611; is this a wtmp file?"),
        ] {
            assert_eq!(activity(kind, line, user, pid), expected, "{kind} {line:?} {user:?}");
        }
    }

    #[test]
    fn an_address_is_preferred_to_a_host_and_a_display_is_neither() {
        let ip = |host: &str, address: [u8; 16]| read(&encode(7, "pts/0", "mara", host, 1, address)).unwrap().unwrap().source_ip;
        let v6: Ipv6Addr = "2001:db8::7".parse().unwrap();
        let mapped = Ipv4Addr::new(203, 0, 113, 9).to_ipv6_mapped();
        let mut v4 = [0; 16];
        v4[..4].copy_from_slice(&[203, 0, 113, 7]);
        assert_eq!(ip("host", v4).as_deref(), Some("203.0.113.7"));
        assert_eq!(ip("host", v6.octets()).as_deref(), Some("2001:db8::7"));
        assert_eq!(ip("host", mapped.octets()).as_deref(), Some("203.0.113.9"));
        assert_eq!(ip("host.example.com", [0; 16]).as_deref(), Some("host.example.com"));
        assert_eq!(ip(":0", [0; 16]), None);
        assert_eq!(ip("tmux(814).%0", [0; 16]), None);
    }

    #[test]
    fn fields_that_fill_their_space_have_no_end_and_microseconds_count() {
        let line = "x".repeat(32);
        let event = read(&encode(7, &line, "mara", "", 1, [0; 16])).unwrap().unwrap();
        assert_eq!(event.stream, Some(line));
        assert_eq!(event.event_time.to_string(), "2026-04-15T07:00:00.25Z");
    }
}
