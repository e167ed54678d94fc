//! Tries a destination, and says in words what works and what does not.

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Reading};
use rollcall_control::destinations::Destination;
use serde::Serialize;
use serde_json::json;

use super::config::{Config, Secret};
use super::manage::{DestinationWish, ENTITY};
use super::parcel::DeliveryFailure;
use super::steps::{Step, Steps};
use super::{folder, s3, smtp, webhook};
use crate::error::Result;
use crate::service::Delivery;

/// What came of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// Whether reports can be delivered there.
    pub ok: bool,
    /// What was tried, in turn, up to what failed.
    pub steps: Vec<Step>,
}

impl Delivery {
    /// Tries a destination: it really writes and removes a small object, or sends a mail or message that says that it is a
    /// test.
    pub async fn test_destination(&self, by: &Principal, destination: &Destination) -> Result<Tested> {
        let config = Config::stored(&destination.kind, &destination.config)?;
        let secret = self.open_secret(&by.tenant, destination.id, destination.secret.as_deref())?;
        self.tested(by, (Some(destination.id.to_string()), &destination.name), &config, secret.as_ref()).await
    }

    /// The same of one that is not made yet.
    pub async fn test_new_destination(&self, by: &Principal, wish: DestinationWish) -> Result<Tested> {
        let (config, secret) = (self.checked(&wish)?, wish.secret.flatten());
        config.check_secret(secret.is_some())?;
        self.tested(by, (None, &wish.name), &config, secret.as_ref()).await
    }

    async fn tested(
        &self,
        by: &Principal,
        (instance, name): (Option<String>, &str),
        config: &Config,
        secret: Option<&Secret>,
    ) -> Result<Tested> {
        let mut steps = Steps::default();
        let outcome = self.try_out(name, config, secret, &mut steps).await;
        let mut steps = steps.into_inner();
        if let Err(failure) = &outcome
            && steps.iter().all(|step| step.ok)
        {
            steps.push(Step { step: "configuration", ok: false, words: failure.reason.clone() });
        }
        let tested = Tested { ok: outcome.is_ok(), steps };
        let how = if tested.ok { "it works" } else { "it does not work" };
        let reading = Reading {
            entity: ENTITY,
            activity: "Tested",
            instance,
            summary: format!("Tested the destination {name:?}: {how}"),
            details: json!({"kind": config.kind().as_str(), "config": config.to_json(), "ok": tested.ok, "steps": tested.steps}),
        };
        self.record(&record::reading(&by.tenant, &Actor::of(by), self.now(), reading)).await?;
        Ok(tested)
    }

    async fn try_out(&self, name: &str, config: &Config, secret: Option<&Secret>, steps: &mut Steps) -> Result<(), DeliveryFailure> {
        let needed = || secret.ok_or_else(|| DeliveryFailure::permanent("configuration", "the destination has no secret; give it one"));
        match config {
            Config::Folder(config) => {
                let (allowed, config) = (self.options.delivery_folders.clone(), config.clone());
                let trying = tokio::task::spawn_blocking(move || {
                    let mut steps = Steps::default();
                    let outcome = folder::test(&allowed, &config, &mut steps);
                    (steps, outcome)
                });
                let ended_early =
                    |error| DeliveryFailure::transient("write failed", format!("the thread that writes ended early: {error}"));
                let (tried, outcome) = trying.await.map_err(ended_early)?;
                *steps = tried;
                outcome
            }
            Config::S3(config) => s3::test(config, needed()?, steps).await,
            Config::Smtp(config) => smtp::test(config, secret, name, steps).await.map(|_| ()),
            Config::Webhook(config) => webhook::test(&self.caller, self.now(), config, needed()?, steps).await.map(|_| ()),
        }
    }
}
