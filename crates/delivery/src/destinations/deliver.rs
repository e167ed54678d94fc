//! Brings a parcel to a destination, and notes what became of it.

use rollcall_control::destinations::Destination;
use rollcall_model::TenantId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::config::{Config, Secret};
use super::parcel::{Delivered, DeliveryFailure, Parcel};
use super::{folder, s3, smtp, webhook};
use crate::error::DeliveryError;
use crate::record::{IntegrationFailure, integration_failure};
use crate::service::Delivery;

impl Delivery {
    /// Brings a parcel to a destination. A failure is recorded, under the name of the destination.
    pub async fn deliver(&self, tenant: &TenantId, destination: Uuid, parcel: &Parcel) -> Result<Delivered, DeliveryFailure> {
        let found = self.found(tenant, destination).await?;
        let outcome = self.bring(&found, parcel).await;
        self.note(&found, outcome.as_ref().err(), about(parcel)).await;
        outcome
    }

    /// The destination, which must be there.
    async fn found(&self, tenant: &TenantId, id: Uuid) -> Result<Destination, DeliveryFailure> {
        match self.control.destinations().get(tenant, id).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => {
                Err(DeliveryFailure::permanent("no destination", format!("the destination {id} has been deleted; choose another one")))
            }
            Err(error) => Err(DeliveryFailure::transient("database", error.to_string())),
        }
    }

    async fn bring(&self, destination: &Destination, parcel: &Parcel) -> Result<Delivered, DeliveryFailure> {
        match Config::stored(&destination.kind, &destination.config)? {
            Config::Folder(config) => {
                let (allowed, parcel) = (self.options.delivery_folders.clone(), parcel.clone());
                off_async_threads(move || folder::put(&allowed, &config, &parcel)).await
            }
            Config::S3(config) => s3::put(&config, &self.secret(destination)?, parcel).await,
            Config::Smtp(config) => smtp::put(&config, self.secret_if_any(destination)?.as_ref(), parcel).await,
            Config::Webhook(config) => {
                let id = webhook::id_of(parcel, destination.id);
                webhook::put(&self.caller, self.now(), &config, &self.secret(destination)?, (parcel, id)).await
            }
        }
    }

    /// Sends a text, such as an alert, by mail or webhook. A failure is recorded, under the name of the destination.
    pub async fn send_text(&self, tenant: &TenantId, destination: Uuid, subject: &str, text: &str) -> Result<Delivered, DeliveryFailure> {
        let found = self.found(tenant, destination).await?;
        let outcome = self.bring_text(&found, subject, text).await;
        self.note(&found, outcome.as_ref().err(), json!({"subject": subject})).await;
        outcome
    }

    async fn bring_text(&self, destination: &Destination, subject: &str, text: &str) -> Result<Delivered, DeliveryFailure> {
        let id = Uuid::now_v7();
        match Config::stored(&destination.kind, &destination.config)? {
            Config::Smtp(config) => {
                let mail = smtp::Mail { subject: subject.to_owned(), text: format!("{text}\r\n"), id: id.to_string(), attachment: None };
                smtp::send(&config, self.secret_if_any(destination)?.as_ref(), mail).await
            }
            Config::Webhook(config) => {
                let data = json!({"subject": subject, "text": text});
                let message = webhook::Message { kind: "alert", id: format!("alert_{}", id.simple()), data };
                webhook::send(&self.caller, self.now(), &config, &self.secret(destination)?, message).await
            }
            Config::Folder(_) | Config::S3(_) => {
                let reason = format!("{:?} takes files; texts go by smtp and webhook", destination.name);
                Err(DeliveryFailure::permanent("configuration", reason))
            }
        }
    }

    fn secret_if_any(&self, destination: &Destination) -> Result<Option<Secret>, DeliveryFailure> {
        Ok(self.open_secret(&destination.tenant, destination.id, destination.secret.as_deref())?)
    }

    fn secret(&self, destination: &Destination) -> Result<Secret, DeliveryFailure> {
        let none = || DeliveryFailure::permanent("configuration", "the destination has no secret; give it one");
        self.secret_if_any(destination)?.ok_or_else(none)
    }

    /// Notes how it went; a failure on Rollcall's own record.
    async fn note(&self, destination: &Destination, failure: Option<&DeliveryFailure>, about: Value) {
        let Destination { tenant, id, name, kind, .. } = destination;
        let (now, destinations) = (self.now(), self.control.destinations());
        let noted = match failure {
            None => destinations.note_success(tenant, *id, now).await,
            Some(failure) => {
                let mut details = about;
                if let Some(details) = details.as_object_mut() {
                    details.insert("destination_id".to_owned(), json!(id));
                    details.insert("is_permanent".to_owned(), json!(failure.is_permanent));
                }
                let failed = IntegrationFailure {
                    name,
                    kind,
                    failure_type: &failure.failure_type,
                    failure_code: failure.code.as_deref(),
                    reason: &failure.reason,
                    details,
                };
                tracing::warn!(destination = %name, kind = %kind, reason = %failure.reason, "a delivery failed");
                destinations.note_failure(tenant, *id, now, &failure.reason, &integration_failure(tenant, now, &failed)).await
            }
        };
        self.recorded.notify_one();
        if let Err(error) = noted {
            tracing::warn!(%error, destination = %name, "how a delivery went can't be noted");
        }
    }
}

/// What the record says of a parcel.
fn about(parcel: &Parcel) -> Value {
    json!({
        "report": parcel.report_name, "range": parcel.range_words, "run_id": parcel.run_id, "schedule_id": parcel.schedule_id,
        "rows": parcel.rows, "bytes": parcel.bytes,
    })
}

/// Does what takes its time on a thread for that.
pub(super) async fn off_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeliveryFailure> + Send + 'static,
) -> Result<T, DeliveryFailure> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| Err(DeliveryFailure::transient("write failed", format!("the thread that writes ended early: {error}"))))
}

impl From<DeliveryError> for DeliveryFailure {
    fn from(error: DeliveryError) -> Self {
        DeliveryFailure::permanent("configuration", error.to_string())
    }
}
