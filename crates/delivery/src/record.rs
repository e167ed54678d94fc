//! What the background does, on Rollcall's own record: failures of what is integrated.

use rollcall_access::record::APPLICATION;
use rollcall_control::outbox::Record;
use rollcall_model::{TenantId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::Result;
use crate::service::Delivery;

/// A source or destination that failed.
#[derive(Debug, Clone)]
pub struct IntegrationFailure<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type, such as `s3` or `smtp`.
    pub kind: &'a str,
    /// Kind of failure, in a word or two, such as `access denied`.
    pub failure_type: &'a str,
    /// Code that the other side gave.
    pub failure_code: Option<&'a str>,
    /// What happened, in words.
    pub reason: &'a str,
    /// Everything else that helps. No secrets.
    pub details: Value,
}

/// The record of it.
pub fn integration_failure(tenant: &TenantId, now: Timestamp, failure: &IntegrationFailure<'_>) -> Record {
    let event_id = Uuid::now_v7();
    let IntegrationFailure { name, kind, failure_type, failure_code, reason, details } = failure;
    let mut event = json!({
        "event_id": event_id, "event_time": now, "category": "integration_failure", "activity": "delivery", "outcome": "failure",
        "application": APPLICATION, "target": name, "target_kind": kind, "failure_type": failure_type, "failure_reason": reason,
        "details": details,
    });
    if let (Some(event), Some(code)) = (event.as_object_mut(), failure_code) {
        event.insert("failure_code".to_owned(), (*code).into());
    }
    Record { tenant: tenant.clone(), event_id, event: event.to_string(), created_at: now }
}

impl Delivery {
    /// Records something that has no change of its own, and has it brought into the ledger.
    pub(crate) async fn record(&self, record: &Record) -> Result<()> {
        self.control.outbox().add(record).await?;
        self.recorded.notify_one();
        Ok(())
    }
}
