//! `keycloak-admin`: Keycloak admin events, as JSON or as lines of the server's log.
//!
//! `docs/formats/keycloak-admin.md` has a worked example.

use rollcall_model::{Effect, Event, Outcome, Timestamp, TriggeredByKind};
use serde::Deserialize;

use super::keycloak::realm_tags;
use super::keycloak_events::{self, KeycloakEvent, KeycloakMapper, Sort};
use crate::framing::Framing;
use crate::json::{LenientText, Moment};
use crate::mapping::{Dating, Format, Mapped, Mapper, Record, RecordId, activity};
use crate::options::SourceOptions;

/// Keycloak admin events.
pub struct KeycloakAdmin;

impl Format for KeycloakAdmin {
    fn name(&self) -> &'static str {
        "keycloak-admin"
    }

    fn about(&self) -> &'static str {
        "Keycloak admin events: JSON, or the lines of the jboss-logging listener in a server log"
    }

    fn framing(&self, _: &SourceOptions) -> Framing {
        Framing::JsonOrLines
    }

    fn mapper(&self, options: &SourceOptions) -> Box<dyn Mapper + Send> {
        Box::new(KeycloakMapper::<AdminEvent>::new(options))
    }

    fn lacks_dates(&self) -> bool {
        true
    }

    fn dating(&self, record: &Record<'_>) -> Dating {
        keycloak_events::dating(record)
    }
}

/// What an admin event says. A member that a user event has instead tells the two apart.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct AdminEvent {
    id: LenientText,
    time: Option<Moment>,
    #[serde(rename = "type")]
    kind: LenientText,
    operation_type: LenientText,
    resource_type: LenientText,
    resource_path: LenientText,
    realm_id: LenientText,
    realm_name: LenientText,
    error: LenientText,
    auth_details: Option<AuthDetails>,
}

/// Who did it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
struct AuthDetails {
    client_id: LenientText,
    user_id: LenientText,
    ip_address: LenientText,
}

impl KeycloakEvent for AdminEvent {
    const BEGINNING: &'static str = "operationType=";

    fn sort(&self) -> Sort {
        match (&self.operation_type.0, &self.kind.0) {
            (Some(_), _) => Sort::This,
            (None, Some(_)) => Sort::Other,
            (None, None) => Sort::Neither,
        }
    }

    fn time(&self) -> Option<Timestamp> {
        self.time.map(|moment| moment.0)
    }

    /// In a line, the realm is the one that the admin signed in to.
    fn slot(&mut self, key: &str) -> Option<&mut LenientText> {
        let who = self.auth_details.get_or_insert_default();
        Some(match key {
            "operationType" => &mut self.operation_type,
            "realmId" => &mut self.realm_id,
            "realmName" => &mut self.realm_name,
            "clientId" => &mut who.client_id,
            "userId" => &mut who.user_id,
            "ipAddress" => &mut who.ip_address,
            "resourceType" => &mut self.resource_type,
            "resourcePath" => &mut self.resource_path,
            "error" => &mut self.error,
            _ => return None,
        })
    }

    fn into_mapped(self, time: Timestamp, record: String) -> Mapped {
        let operation = self.operation_type.0.unwrap_or_default();
        let who = self.auth_details.unwrap_or_default();
        let outcome = if self.error.0.is_some() { Outcome::Failure } else { Outcome::Success };
        let changes = outcome == Outcome::Success && matches!(operation.as_str(), "CREATE" | "UPDATE" | "DELETE");
        let event = Event {
            effect: changes.then_some(Effect::Change),
            // The model's own word for people, because it decides what counts as personal.
            entity: self.resource_type.0.map(|kind| if kind == "USER" { "User".to_owned() } else { kind }),
            instance: self.resource_path.0,
            triggered_by_kind: who.user_id.0.is_some().then_some(TriggeredByKind::User),
            triggered_by_id: who.user_id.0.clone(),
            employee_id: who.user_id.0,
            source_ip: who.ip_address.0,
            application: who.client_id.0,
            failure_code: self.error.0,
            tags: realm_tags(self.realm_id.0, self.realm_name.0),
            details: Some(record),
            ..activity(time, operation, outcome)
        };
        Mapped { event, id: RecordId::own_or_content(self.id.0) }
    }
}
