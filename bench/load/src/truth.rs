//! What reports must say, worked out from the generator's events without the ledger.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use rollcall_generator::{Options, generate};
use rollcall_model::time::MICROS_PER_DAY;
use rollcall_model::{AccessActivity, Event, Timestamp};
use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of};

/// A range in microseconds, without its end.
pub(crate) type Micros = Range<i64>;

/// The sign-in log and the sessions of some data, as far as counting their rows needs them.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// Times of all rows of the sign-in log, in order.
    log: Vec<i64>,
    /// The same of each account.
    log_of: HashMap<String, Vec<i64>>,
    sessions: Vec<Stay>,
    /// How many events there are.
    events: u64,
    /// Of one application, by day.
    of_application: HashMap<i64, u64>,
    /// Of some instances.
    of_instance: HashMap<String, u64>,
}

/// The application whose events are counted.
pub(crate) const APPLICATION: &str = "Analytics";
/// Of so many instances one is counted.
const INSTANCES: u64 = 20_011;

#[derive(Debug)]
struct Stay {
    account: Option<String>,
    login: Option<i64>,
    end: Option<i64>,
}

impl Truth {
    pub(crate) fn of(options: &Options) -> Self {
        let mut truth = Truth::default();
        let mut seen = HashSet::new();
        let mut events = Vec::new();
        let mut ids = HashSet::new();
        for event in generate(options) {
            // A digest of the id: millions of them lie in memory.
            if ids.insert(digest(&event.event_id)) {
                truth.count(&event);
            }
            let Some(access) = AccessEvent::from_event(&event).filter(|access| seen.insert(access.event_id)) else { continue };
            if access.activity != AccessActivity::SignOfLife {
                let time = access.event_time.as_micros();
                truth.log.push(time);
                if let Some(account) = &access.account {
                    truth.log_of.entry(account.clone()).or_default().push(time);
                }
            }
            events.push(only_what_decides(access));
        }
        truth.log.sort_unstable();
        truth.log_of.values_mut().for_each(|times| times.sort_unstable());
        let micros = |time: Option<Timestamp>| time.map(Timestamp::as_micros);
        let sessions = sessions_of(&events, &SourceLimits::default()).into_iter();
        truth.sessions = sessions
            .map(|session| Stay { login: micros(session.login_time), end: micros(session.end_time()), account: session.account })
            .collect();
        truth
    }

    fn count(&mut self, event: &Event) {
        self.events += 1;
        if event.application.as_deref() == Some(APPLICATION) {
            *self.of_application.entry(event.event_time.as_micros().div_euclid(MICROS_PER_DAY)).or_default() += 1;
        }
        if let Some(instance) = event.instance.as_ref().filter(|instance| digest(instance).is_multiple_of(INSTANCES)) {
            *self.of_instance.entry(instance.clone()).or_default() += 1;
        }
    }

    /// How many events there are.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// Events of the application on days of UTC.
    pub(crate) fn of_application(&self, range: &Micros) -> u64 {
        let days = range.start.div_euclid(MICROS_PER_DAY)..range.end.div_euclid(MICROS_PER_DAY);
        days.filter_map(|day| self.of_application.get(&day)).sum()
    }

    /// Instances that were counted, with how many events each has.
    pub(crate) fn instances(&self) -> Vec<(&str, u64)> {
        let mut instances: Vec<(&str, u64)> = self.of_instance.iter().map(|(name, events)| (name.as_str(), *events)).collect();
        instances.sort_unstable();
        instances
    }

    /// Accounts with something in the sign-in log, in alphabetical order.
    pub(crate) fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<&str> = self.log_of.keys().map(String::as_str).collect();
        accounts.sort_unstable();
        accounts
    }

    /// Rows of the sign-in log in a range, of one account or all.
    pub(crate) fn log_rows(&self, range: &Micros, account: Option<&str>) -> u64 {
        let times = match account {
            Some(account) => self.log_of.get(account).map_or(&[][..], Vec::as_slice),
            None => &self.log,
        };
        let before = |moment: i64| times.partition_point(|time| *time < moment);
        (before(range.end) - before(range.start)) as u64
    }

    /// Rows of the login/logout report for a range: sessions whose login or end lies in it.
    pub(crate) fn session_rows(&self, range: &Micros, account: Option<&str>) -> u64 {
        let within = |moment: Option<i64>| moment.is_some_and(|moment| range.contains(&moment));
        let of_account = |stay: &&Stay| account.is_none() || stay.account.as_deref() == account;
        self.sessions.iter().filter(of_account).filter(|stay| within(stay.login) || within(stay.end)).count() as u64
    }
}

fn digest(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Without the columns that pairing copies and nothing here asks for: there are millions of events.
fn only_what_decides(event: AccessEvent) -> AccessEvent {
    AccessEvent {
        agent_name: None,
        routing_profile: None,
        hierarchy: None,
        brand: None,
        sign_in_method: None,
        source_ip: None,
        tags: Default::default(),
        ..event
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{end, options};

    #[test]
    fn rows_of_days_add_up_for_the_log_and_overlap_for_sessions() {
        let options = options(60, 3, 1_000);
        let truth = Truth::of(&options);
        let end = end().as_micros();
        let day = |number: i64| end - number * MICROS_PER_DAY..end - (number - 1) * MICROS_PER_DAY;
        let whole = end - 3 * MICROS_PER_DAY..end;
        let days = [day(1), day(2), day(3)];
        let log: u64 = days.iter().map(|day| truth.log_rows(day, None)).sum();
        assert_eq!(log, truth.log_rows(&whole, None));
        let sessions: u64 = days.iter().map(|day| truth.session_rows(day, None)).sum();
        assert!(sessions > truth.session_rows(&whole, None), "sessions over midnight are rows of two days");
        assert_eq!(truth.session_rows(&(end..end + 1), None), 0);
    }

    #[test]
    fn an_application_has_a_part_of_the_events_and_an_instance_few() {
        let truth = Truth::of(&options(60, 3, 30_000));
        let end = end().as_micros();
        let of_application = truth.of_application(&(end - 3 * MICROS_PER_DAY..end));
        assert!(of_application > 0 && of_application < truth.events());
        assert!(truth.instances().iter().all(|(_, events)| *events > 0));
    }

    #[test]
    fn accounts_have_their_own_rows() {
        let truth = Truth::of(&options(60, 3, 1_000));
        let end = end().as_micros();
        let whole = end - 3 * MICROS_PER_DAY..end;
        let of_accounts: u64 = truth.accounts().iter().map(|account| truth.log_rows(&whole, Some(account))).sum();
        assert!(of_accounts > 0 && of_accounts < truth.log_rows(&whole, None), "restarts are of no account");
        assert!(truth.accounts().iter().any(|account| truth.session_rows(&whole, Some(account)) > 0));
        assert_eq!(truth.log_rows(&whole, Some("nobody")) + truth.session_rows(&whole, Some("nobody")), 0);
    }
}
