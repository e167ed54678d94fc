//! The kinds of report: their rows, columns and presets.

use rollcall_model::range::Preset;
use serde::{Deserialize, Serialize};

use crate::error::InvalidDefinition;
use crate::field::{self, Field};
use crate::sort::{Direction, SortKey};

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Every access event: who signed in or out, when, from where, with which result.
    SignInLog,
    /// Every session: from when to when, how long, and how it ended.
    LoginLogout,
}

impl Kind {
    /// All kinds.
    pub const ALL: &'static [Kind] = &[Kind::SignInLog, Kind::LoginLogout];

    /// Its name in definitions and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Kind::SignInLog => "sign_in_log",
            Kind::LoginLogout => "login_logout",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Kind::SignInLog => "Sign-in log",
            Kind::LoginLogout => "Login/Logout report",
        }
    }

    /// The kind of that name; `sign-in-log` is the same as `sign_in_log`.
    pub fn parse(name: &str) -> Result<Self, InvalidDefinition> {
        let name = name.replace('-', "_");
        let found = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
        found.ok_or_else(|| InvalidDefinition::unknown("report", &name, Kind::ALL.iter().map(|kind| kind.name())))
    }

    /// Everything that can be shown, filtered and sorted.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Kind::SignInLog => field::sign_in_log(),
            Kind::LoginLogout => field::login_logout(),
        }
    }

    /// One of its fields.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The columns that are shown unless others are asked for.
    pub fn default_columns(self) -> &'static [&'static str] {
        match self {
            Kind::SignInLog => &["account", "employee_id", "activity", "event_time", "outcome", "source_ip", "failure_code"],
            Kind::LoginLogout => {
                &["agent", "login_time", "logout_time", "duration", "end_reason", "ended_by", "channel", "routing_profile", "hierarchy"]
            }
        }
    }

    /// The filters that are offered first.
    pub fn first_filters(self) -> &'static [&'static str] {
        match self {
            Kind::SignInLog => &["account", "employee_id", "activity", "outcome"],
            Kind::LoginLogout => &["agent", "hierarchy", "routing_profile"],
        }
    }

    /// The presets that are offered first; the first of them is the range of a definition without one.
    pub fn first_presets(self) -> &'static [Preset] {
        match self {
            Kind::SignInLog => &[Preset::OneDay, Preset::ThreeDays, Preset::SevenDays],
            Kind::LoginLogout => {
                &[Preset::Today, Preset::Last24Hours, Preset::Yesterday, Preset::Last2Days, Preset::Last3Days, Preset::Last7Days]
            }
        }
    }

    /// The order of a definition without one: the newest first.
    pub fn default_sort(self) -> Vec<SortKey> {
        let field = match self {
            Kind::SignInLog => "event_time",
            Kind::LoginLogout => "login_time",
        };
        vec![SortKey { field: field.to_owned(), dir: Direction::Desc }]
    }

    /// Whether rows show a field as files have it, whatever the range: by its bounds files are put in order.
    pub(crate) fn is_stored(self, field: &str) -> bool {
        match self {
            Kind::SignInLog => matches!(field, "event_time" | "received_at" | "seq"),
            Kind::LoginLogout => field == "login_time",
        }
    }

    /// The field that no two rows share: it makes every order a total one.
    pub(crate) fn unique_field(self) -> &'static str {
        match self {
            Kind::SignInLog => "seq",
            Kind::LoginLogout => "session_key",
        }
    }
}
