//! A kind of report, and what its description says.

use rollcall_model::range::Preset;
use serde::{Deserialize, Serialize};

use crate::definition::Clock;
use crate::error::InvalidDefinition;
use crate::field::{self, Field};
use crate::kinds::{self, Description};
use crate::sort::{Direction, SortKey};

/// A kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Every access event: who signed in or out, when, from where, with which result.
    SignInLog,
    /// Every session: from when to when, how long, and how it ended.
    LoginLogout,
    /// Every access event by portal, brand and source of login, impersonation included.
    AccessLog,
    /// Every change: who made it, of what, from which value to which.
    ActivityLog,
    /// Every event in every application, with its outcome.
    ActivityAudit,
    /// Every failed attempt to deliver a webhook.
    WebhookFailures,
    /// Every failure of an integration.
    IntegrationFailures,
}

impl Kind {
    /// All kinds.
    pub const ALL: &'static [Kind] = &[
        Kind::SignInLog,
        Kind::LoginLogout,
        Kind::AccessLog,
        Kind::ActivityLog,
        Kind::ActivityAudit,
        Kind::WebhookFailures,
        Kind::IntegrationFailures,
    ];

    /// What makes it.
    pub(crate) fn description(self) -> &'static Description {
        match self {
            Kind::SignInLog => &kinds::sign_in_log::DESCRIPTION,
            Kind::LoginLogout => &kinds::login_logout::DESCRIPTION,
            Kind::AccessLog => &kinds::access_log::DESCRIPTION,
            Kind::ActivityLog => &kinds::activity_log::DESCRIPTION,
            Kind::ActivityAudit => &kinds::activity_audit::DESCRIPTION,
            Kind::WebhookFailures => &kinds::failures::WEBHOOKS,
            Kind::IntegrationFailures => &kinds::failures::INTEGRATIONS,
        }
    }

    /// Its name in definitions and addresses.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        self.description().title
    }

    /// The kind of that name; `sign-in-log` is the same as `sign_in_log`.
    pub fn parse(name: &str) -> Result<Self, InvalidDefinition> {
        let name = name.replace('-', "_");
        let found = Kind::ALL.iter().copied().find(|kind| kind.name() == name);
        found.ok_or_else(|| InvalidDefinition::unknown("report", &name, Kind::ALL.iter().map(|kind| kind.name())))
    }

    /// Everything that can be shown, filtered and sorted.
    pub fn fields(self) -> &'static [Field] {
        field::of(self)
    }

    /// One of its fields.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The columns that are shown unless others are asked for.
    pub fn default_columns(self) -> &'static [&'static str] {
        self.description().columns
    }

    /// The filters that are offered first.
    pub fn first_filters(self) -> &'static [&'static str] {
        self.description().filters
    }

    /// The presets that are offered first; the first of them is the range of a definition without one.
    pub fn first_presets(self) -> &'static [Preset] {
        self.description().presets
    }

    /// The clock of a definition without one.
    pub fn default_clock(self) -> Clock {
        self.description().clock
    }

    /// The order of a definition without one: the newest first.
    pub fn default_sort(self) -> Vec<SortKey> {
        vec![SortKey { field: self.description().rows.time().to_owned(), dir: Direction::Desc }]
    }

    /// Whether rows show a field as files have it, whatever the range: by its bounds files are put in order.
    pub(crate) fn is_stored(self, field: &str) -> bool {
        self.description().rows.stored().contains(&field)
    }

    /// The field that no two rows share: it makes every order a total one.
    pub(crate) fn unique_field(self) -> &'static str {
        self.description().rows.unique()
    }
}
