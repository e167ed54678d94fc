//! What a tenant has set about export tasks.

use rollcall_access::{Principal, Versioned};
use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::password::PasswordRule;
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Name of the setting in the store.
const NAME: &str = "exports";
/// For how many hours archives can be kept: up to a year.
const KEEP_HOURS: std::ops::RangeInclusive<u32> = 1..=8_760;

/// Which passwords archives have, and for how long they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExportSettings {
    /// Which passwords are taken.
    pub password_rule: PasswordRule,
    /// After so many hours an archive is removed.
    pub keep_hours: u32,
}

impl Default for ExportSettings {
    fn default() -> Self {
        ExportSettings { password_rule: PasswordRule::default(), keep_hours: 72 }
    }
}

impl ExportSettings {
    /// When an archive is removed that is written now.
    pub(super) fn expiry(&self, now: Timestamp) -> Timestamp {
        now.plus_micros(i64::from(self.keep_hours) * MICROS_PER_HOUR)
    }
}

impl Delivery {
    /// What is set about a tenant's export tasks.
    pub async fn export_settings(&self, tenant: &TenantId) -> Result<Versioned<ExportSettings>> {
        Ok(self.access.setting(tenant, NAME).await?)
    }

    /// Sets it for the caller's tenant, in the version that they have read.
    pub async fn set_export_settings(&self, by: &Principal, from: i64, to: &ExportSettings) -> Result<i64> {
        if !KEEP_HOURS.contains(&to.keep_hours) {
            let reason = format!("expected {} to {}, got {}", KEEP_HOURS.start(), KEEP_HOURS.end(), to.keep_hours);
            return Err(DeliveryError::invalid("keep_hours", reason));
        }
        let before = self.export_settings(&by.tenant).await?.value;
        Ok(self.access.set(by, NAME, "Export tasks", from, to, &json!(before), &json!(to)).await?)
    }
}
