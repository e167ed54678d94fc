//! `keycloak`: Keycloak user events, as JSON or as lines of the server's log.
//!
//! The employee id is the user's id, which every event of a user carries; the account is the user name,
//! which a logout mostly lacks. The channel is `sso` for all of them: one session may be begun and ended
//! through different clients, so the client is the application and no part of the channel.
//! `docs/formats/keycloak.md` has a worked example.

use rollcall_model::{AccessActivity, Effect, Event, Outcome, Timestamp, TriggeredByKind};
use serde::Deserialize;

use super::keycloak_events::{self, KeycloakEvent, KeycloakMapper, Sort};
use crate::framing::Framing;
use crate::json::{LenientText, Moment};
use crate::mapping::{Dating, Format, Mapped, Mapper, Record, RecordId, access, activity};
use crate::options::SourceOptions;

/// The channel of every Keycloak session.
const CHANNEL: &str = "sso";

/// Keycloak user events.
pub struct Keycloak;

impl Format for Keycloak {
    fn name(&self) -> &'static str {
        "keycloak"
    }

    fn about(&self) -> &'static str {
        "Keycloak user events: JSON, or the lines of the jboss-logging listener in a server log"
    }

    fn framing(&self, _: &SourceOptions) -> Framing {
        Framing::JsonOrLines
    }

    fn mapper(&self, options: &SourceOptions) -> Box<dyn Mapper + Send> {
        Box::new(KeycloakMapper::<UserEvent>::new(options))
    }

    fn lacks_dates(&self) -> bool {
        true
    }

    fn dating(&self, record: &Record<'_>) -> Dating {
        keycloak_events::dating(record)
    }
}

/// What a user event says. A member that an admin event has instead tells the two apart.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct UserEvent {
    id: LenientText,
    time: Option<Moment>,
    #[serde(rename = "type")]
    kind: LenientText,
    operation_type: LenientText,
    realm_id: LenientText,
    realm_name: LenientText,
    client_id: LenientText,
    user_id: LenientText,
    session_id: LenientText,
    ip_address: LenientText,
    error: LenientText,
    details: Option<Details>,
}

/// What is read of its details.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct Details {
    username: LenientText,
    auth_method: LenientText,
    identity_provider: LenientText,
    impersonator: LenientText,
    reason: LenientText,
}

impl KeycloakEvent for UserEvent {
    const BEGINNING: &'static str = "type=";

    fn sort(&self) -> Sort {
        match (&self.kind.0, &self.operation_type.0) {
            (Some(_), _) => Sort::This,
            (None, Some(_)) => Sort::Other,
            (None, None) => Sort::Neither,
        }
    }

    fn time(&self) -> Option<Timestamp> {
        self.time.map(|moment| moment.0)
    }

    fn slot(&mut self, key: &str) -> Option<&mut LenientText> {
        let details = self.details.get_or_insert_default();
        Some(match key {
            "type" => &mut self.kind,
            "realmId" => &mut self.realm_id,
            "realmName" => &mut self.realm_name,
            "clientId" => &mut self.client_id,
            "userId" => &mut self.user_id,
            "sessionId" => &mut self.session_id,
            "ipAddress" => &mut self.ip_address,
            "error" => &mut self.error,
            "username" => &mut details.username,
            "auth_method" => &mut details.auth_method,
            "identity_provider" => &mut details.identity_provider,
            "impersonator" => &mut details.impersonator,
            "reason" => &mut details.reason,
            _ => return None,
        })
    }

    fn into_mapped(self, time: Timestamp, record: String) -> Mapped {
        let kind = self.kind.0.unwrap_or_default();
        let user = self.details.unwrap_or_default();
        let failed = kind.ends_with("_ERROR") || self.error.0.is_some();
        let outcome = if failed { Outcome::Failure } else { Outcome::Success };
        let mut event = match access_activity(&kind) {
            Some(operation) => Event {
                channel: Some(CHANNEL.to_owned()),
                sign_in_method: sign_in_method(user.identity_provider.0, user.auth_method.0),
                ..access(time, operation, outcome)
            },
            None => {
                let effect = (!failed && changes(&kind)).then_some(Effect::Change);
                Event { effect, ..activity(time, kind, outcome) }
            }
        };
        if let Some(impersonator) = user.impersonator.0 {
            event.triggered_by_kind = Some(TriggeredByKind::User);
            event.triggered_by_name = Some(impersonator);
        }
        event.account = user.username.0;
        event.employee_id = self.user_id.0;
        event.session_id = self.session_id.0;
        event.source_ip = self.ip_address.0;
        event.application = self.client_id.0;
        event.failure_code = self.error.0;
        event.failure_reason = if failed { user.reason.0 } else { None };
        event.tags = realm_tags(self.realm_id.0, self.realm_name.0);
        event.details = Some(record);
        Mapped { event, id: RecordId::own_or_content(self.id.0) }
    }
}

/// The realm as tags, so that reports and access control can tell realms apart.
pub(super) fn realm_tags(id: Option<String>, name: Option<String>) -> std::collections::BTreeMap<String, String> {
    [("realm_id", id), ("realm", name)].into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn access_activity(kind: &str) -> Option<AccessActivity> {
    match kind {
        "LOGIN" | "LOGIN_ERROR" => Some(AccessActivity::SignIn),
        "LOGOUT" | "LOGOUT_ERROR" => Some(AccessActivity::SignOut),
        "IMPERSONATE" | "IMPERSONATE_ERROR" => Some(AccessActivity::ImpersonationStart),
        _ => None,
    }
}

/// The provider that the user came from, else the protocol.
fn sign_in_method(identity_provider: Option<String>, auth_method: Option<String>) -> Option<String> {
    identity_provider.or_else(|| auth_method.map(|method| if method == "openid-connect" { "oidc".to_owned() } else { method }))
}

/// Whether an event of this type says that something was altered.
fn changes(kind: &str) -> bool {
    const CHANGES: [&str; 13] = [
        "REGISTER",
        "DELETE_ACCOUNT",
        "RESET_PASSWORD",
        "VERIFY_EMAIL",
        "GRANT_CONSENT",
        "REVOKE_GRANT",
        "FEDERATED_IDENTITY_LINK",
        "IDENTITY_PROVIDER_LINK_ACCOUNT",
        "CLIENT_REGISTER",
        "CLIENT_UPDATE",
        "CLIENT_DELETE",
        "USER_DISABLED_BY_PERMANENT_LOCKOUT",
        "USER_DISABLED_BY_TEMPORARY_LOCKOUT",
    ];
    kind.starts_with("UPDATE_") || kind.starts_with("REMOVE_") || CHANGES.contains(&kind)
}
