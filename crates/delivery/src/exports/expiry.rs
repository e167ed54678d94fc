//! Archives that have had their time, and what was left behind.

use rollcall_access::record::{self, Actor, Change};
use serde_json::json;

use super::{ENTITY, ExportStatus};
use crate::error::Result;
use crate::service::Delivery;

/// Most tasks that are seen to at once.
const AT_ONCE: u64 = 100;

impl Delivery {
    /// Removes the archives that have had their time.
    pub(super) async fn expire_exports(&self) -> Result<()> {
        let now = self.now();
        loop {
            let outdated = self.control.export_tasks().outdated(now, AT_ONCE).await?;
            for task in &outdated {
                let change = Change {
                    entity: ENTITY,
                    activity: "Expired",
                    instance: task.id.to_string(),
                    summary: format!("Removed the file of an export task of {} after its time", task.report),
                    before: Some(json!({"status": ExportStatus::Successful.as_str(), "owner": task.owner, "expires_at": task.expires_at})),
                    after: Some(json!({"status": ExportStatus::Expired.as_str()})),
                };
                let record = record::change(&task.tenant, &Actor::system(), now, change);
                // Of several nodes, one says so.
                if self.control.export_tasks().expire(&task.tenant, task.id, now, &record).await? {
                    self.recorded.notify_one();
                    if let Some(name) = &task.stored_as {
                        self.remove_archive(&task.tenant, name).await;
                    }
                }
            }
            if (outdated.len() as u64) < AT_ONCE {
                return Ok(());
            }
        }
    }
}
