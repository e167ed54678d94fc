//! Rule 7: after what time a session has expired, where its source reports no sign-outs.

use std::collections::BTreeMap;

use rollcall_model::{Session, Timestamp};

/// The limits of one source. A limit below zero counts as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Longest time without a sign of life, in microseconds.
    pub idle_micros: Option<i64>,
    /// Longest duration, in microseconds.
    pub longest_micros: Option<i64>,
}

impl Limits {
    /// The last moment at which a session still lives; it has expired as soon as that has passed.
    pub(crate) fn bound(self, login: Timestamp, last_sign_of_life: Option<Timestamp>) -> Option<Timestamp> {
        let idle = self.idle_bound(last_sign_of_life.unwrap_or(login));
        let longest = self.longest_bound(login);
        idle.into_iter().chain(longest).min()
    }

    /// The last moment a session may be idle that was last heard of at `heard`.
    pub(crate) fn idle_bound(self, heard: Timestamp) -> Option<Timestamp> {
        self.idle_micros.map(|micros| heard.plus_micros(micros.max(0)))
    }

    /// The last moment of a session that began at `login`, however lively it is.
    pub(crate) fn longest_bound(self, login: Timestamp) -> Option<Timestamp> {
        self.longest_micros.map(|micros| login.plus_micros(micros.max(0)))
    }
}

/// The limits of each source that has any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceLimits(BTreeMap<String, Limits>);

impl SourceLimits {
    /// The limits of a source: none, unless some were given.
    pub fn get(&self, source: &str) -> Limits {
        self.0.get(source).copied().unwrap_or_default()
    }

    /// Whether an open session's row says what follows from these limits. A row from when others applied does not.
    pub fn hold_of(&self, open: &Session) -> bool {
        let bound = open.login_time.and_then(|login| self.get(&open.source).bound(login, open.last_sign_of_life));
        bound == open.ended_no_later_than
    }
}

impl<S: Into<String>> FromIterator<(S, Limits)> for SourceLimits {
    fn from_iter<I: IntoIterator<Item = (S, Limits)>>(limits: I) -> Self {
        SourceLimits(limits.into_iter().map(|(source, limits)| (source.into(), limits)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros).unwrap()
    }

    #[test]
    fn the_nearer_bound_counts() {
        let limits = Limits { idle_micros: Some(10), longest_micros: Some(25) };
        assert_eq!(limits.bound(at(0), None), Some(at(10)));
        assert_eq!(limits.bound(at(0), Some(at(12))), Some(at(22)));
        assert_eq!(limits.bound(at(0), Some(at(20))), Some(at(25)));
        assert_eq!(Limits::default().bound(at(0), Some(at(20))), None);
    }

    #[test]
    fn no_limit_reaches_back_before_the_login_or_beyond_the_calendar() {
        let limits = Limits { idle_micros: Some(-5), longest_micros: Some(i64::MAX) };
        assert_eq!(limits.bound(at(7), None), Some(at(7)));
        assert_eq!(limits.longest_bound(at(7)), Some(Timestamp::MAX));
    }

    #[test]
    fn a_source_without_limits_has_none() {
        let limits: SourceLimits = [("entra", Limits { idle_micros: None, longest_micros: Some(1) })].into_iter().collect();
        assert_eq!(limits.get("entra").longest_micros, Some(1));
        assert_eq!(limits.get("portal"), Limits::default());
    }
}
