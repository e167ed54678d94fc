//! Telling people that something failed that runs by itself.

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Change};
use rollcall_control::settings::Setting;
use rollcall_model::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Name of the setting.
const SETTING: &str = "alerts";
/// Most destinations that are told.
const MAX_DESTINATIONS: usize = 20;

/// The kinds of destinations that take texts.
const TAKE_TEXTS: [&str; 2] = ["smtp", "webhook"];

/// Who is told when a run fails for good, or a schedule is suspended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Destinations for messages.
    pub destinations: Vec<Uuid>,
}

impl Delivery {
    /// Who is told, and in which version; 0 if that was never set.
    pub async fn alerts(&self, tenant: &TenantId) -> Result<(Alerts, i64)> {
        let Some(setting) = self.control.settings().get(tenant, SETTING).await? else { return Ok((Alerts::default(), 0)) };
        let read = serde_json::from_str(&setting.content);
        let alerts = read.map_err(|error| DeliveryError::Conflict(format!("the setting {SETTING} can't be read: {error}; set it anew")))?;
        Ok((alerts, setting.version))
    }

    /// Sets who is told, in the place of the version that was read. Answers the new version.
    pub async fn set_alerts(&self, by: &Principal, version_read: i64, to: &Alerts) -> Result<i64> {
        let distinct: std::collections::BTreeSet<&Uuid> = to.destinations.iter().collect();
        if to.destinations.len() > MAX_DESTINATIONS || distinct.len() < to.destinations.len() {
            let reason = format!("expected at most {MAX_DESTINATIONS} different destinations; got {}", to.destinations.len());
            return Err(DeliveryError::invalid("destinations", reason));
        }
        for destination in &to.destinations {
            let kind = self.control.destinations().get(&by.tenant, *destination).await?.map(|found| found.kind);
            if !kind.as_deref().is_some_and(|kind| TAKE_TEXTS.contains(&kind)) {
                let got = kind.map_or("none of that id".to_owned(), |kind| format!("one of the kind {kind}"));
                let reason = format!("{destination}: expected a destination of the kind {}; got {got}", TAKE_TEXTS.join(" or "));
                return Err(DeliveryError::invalid("destinations", reason));
            }
        }
        let (before, now) = (self.alerts(&by.tenant).await?.0, self.now());
        let setting =
            Setting { content: json!(to).to_string(), version: version_read.saturating_add(1), changed_at: now, changed_by: by.id() };
        let change = Change {
            entity: "Settings",
            activity: "Updated",
            instance: SETTING.to_owned(),
            summary: "Changed who is told when a delivery fails".to_owned(),
            before: Some(json!(before)),
            after: Some(json!(to)),
        };
        let record = record::change(&by.tenant, &Actor::of(by), now, change);
        self.control.settings().put(&by.tenant, SETTING, &setting, &[record]).await?;
        self.recorded.notify_one();
        Ok(setting.version)
    }

    /// Tells people that something failed. That it can't be told is logged.
    pub(crate) async fn alert(&self, tenant: &TenantId, subject: &str, text: &str) {
        let destinations = match self.alerts(tenant).await {
            Ok((alerts, _)) => alerts.destinations,
            Err(error) => return tracing::warn!(%error, subject, "an alert can't be sent"),
        };
        for destination in destinations {
            if let Err(failure) = self.send_text(tenant, destination, subject, text).await {
                tracing::warn!(%destination, reason = failure.reason, subject, "an alert can't be sent");
            }
        }
    }
}
