//! Destinations, as those see and change them who may.

use rollcall_access::Principal;
use rollcall_access::record::{self, Actor, Change};
use rollcall_control::destinations::{Destination, DestinationChange, NewDestination};
use rollcall_control::outbox::Record;
use serde_json::{Value, json};
use uuid::Uuid;

use super::config::{Config, Kind, Secret};
use super::folder;
use crate::error::{DeliveryError, Result};
use crate::service::Delivery;

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 200;
/// What the record calls one.
pub(super) const ENTITY: &str = "Destination";

/// A destination as somebody wants it.
#[derive(Debug, Clone)]
pub struct DestinationWish {
    /// Its name.
    pub name: String,
    /// Its kind, by name.
    pub kind: String,
    /// How it is reached.
    pub config: Value,
    /// Its secret: none if there is to be none, and nothing said if it is to stay as it is.
    pub secret: Option<Option<Secret>>,
}

impl Delivery {
    /// The caller's tenant's destinations, by name.
    pub async fn destinations(&self, by: &Principal) -> Result<Vec<Destination>> {
        Ok(self.control.destinations().list(&by.tenant).await?)
    }

    /// One of them.
    pub async fn destination(&self, by: &Principal, id: Uuid) -> Result<Destination> {
        self.control.destinations().get(&by.tenant, id).await?.ok_or_else(|| DeliveryError::unknown("destination", id))
    }

    /// Makes a destination.
    pub async fn create_destination(&self, by: &Principal, wish: DestinationWish) -> Result<Destination> {
        let (now, id) = (self.now(), Uuid::now_v7());
        let (name, config) = (name(&wish.name)?, self.checked(&wish)?);
        let secret = wish.secret.flatten();
        config.check_secret(secret.is_some())?;
        let new = NewDestination {
            id,
            tenant: by.tenant.clone(),
            kind: config.kind().as_str().to_owned(),
            config: config.to_json().to_string(),
            secret: secret.map(|secret| self.seal_secret(&by.tenant, id, &secret)).transpose()?,
            created_by: by.id(),
            created_at: now,
            name,
        };
        let after = told(&new.name, &new.kind, &config.to_json(), new.secret.as_ref().map(|_| "set"));
        let summary = format!("Made the destination {:?}", new.name);
        let record = self.changed(by, "Created", id, summary, None, Some(after));
        let made = self.control.destinations().create(&new, &[record]).await?;
        self.recorded.notify_one();
        Ok(made)
    }

    /// Changes the version of a destination that the caller has read.
    pub async fn update_destination(&self, by: &Principal, present: &Destination, wish: DestinationWish) -> Result<Destination> {
        let (name, config) = (name(&wish.name)?, self.checked(&wish)?);
        if config.kind().as_str() != present.kind {
            let reason = format!("expected {}, as it is; make another destination for another kind", present.kind);
            return Err(DeliveryError::invalid("kind", reason));
        }
        let has_secret = wish.secret.as_ref().map_or(present.secret.is_some(), Option::is_some);
        config.check_secret(has_secret)?;
        if wish.secret.is_none() && leads_elsewhere(present, &config) {
            let reason = "expected anew, for the destination leads elsewhere: the stored secret is not handed to another server";
            return Err(DeliveryError::invalid("secret", reason));
        }
        let secret_before = present.secret.as_ref().map(|_| "set");
        let secret_after = match &wish.secret {
            None => secret_before,
            Some(secret) => secret.as_ref().map(|_| "set anew"),
        };
        let sealed = wish.secret.map(|secret| secret.map(|secret| self.seal_secret(&by.tenant, present.id, &secret)).transpose());
        let to = DestinationChange {
            config: Some(config.to_json().to_string()),
            secret: sealed.transpose()?,
            changed_by: by.id(),
            changed_at: self.now(),
            name: Some(name.clone()),
        };
        let before = told(&present.name, &present.kind, &stored(present), secret_before);
        let after = told(&name, &present.kind, &config.to_json(), secret_after);
        if before == after {
            return Ok(present.clone());
        }
        let summary = format!("Changed the destination {name:?}");
        let record = self.changed(by, "Updated", present.id, summary, Some(before), Some(after));
        let changed = self.control.destinations().update(&by.tenant, present.id, present.version, &to, &[record]).await?;
        self.recorded.notify_one();
        Ok(changed)
    }

    /// Deletes the version of a destination that the caller has read. What was delivered there stays.
    pub async fn delete_destination(&self, by: &Principal, present: &Destination) -> Result<()> {
        let before = told(&present.name, &present.kind, &stored(present), present.secret.as_ref().map(|_| "set"));
        let summary = format!("Deleted the destination {:?}", present.name);
        let record = self.changed(by, "Deleted", present.id, summary, Some(before), None);
        self.control.destinations().delete(&by.tenant, present.id, present.version, &[record]).await?;
        self.recorded.notify_one();
        Ok(())
    }

    /// A configuration that can be right.
    pub(super) fn checked(&self, wish: &DestinationWish) -> Result<Config> {
        let config = Config::parse(Kind::parse(&wish.kind)?, wish.config.clone())?;
        if let Config::Folder(folder) = &config {
            let refused = |failure: super::DeliveryFailure| DeliveryError::invalid("config.path", failure.reason);
            folder::check_allowed(&self.options.delivery_folders, folder.path.as_ref()).map_err(refused)?;
        }
        if let Some(Some(secret)) = &wish.secret {
            secret.check(config.kind())?;
        }
        Ok(config)
    }

    fn changed(
        &self,
        by: &Principal,
        activity: &'static str,
        id: Uuid,
        summary: String,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Record {
        let change = Change { entity: ENTITY, activity, instance: id.to_string(), summary, before, after };
        record::change(&by.tenant, &Actor::of(by), self.now(), change)
    }
}

/// Whether a secret would be shown to another server than the one that it was given for.
fn leads_elsewhere(present: &Destination, to: &Config) -> bool {
    if present.secret.is_none() {
        return false;
    }
    match (Config::stored(&present.kind, &present.config), to) {
        (Ok(Config::Smtp(from)), Config::Smtp(to)) => {
            (&from.host, from.port(), from.security, &from.ca_certificate) != (&to.host, to.port(), to.security, &to.ca_certificate)
        }
        // A secret of a bucket or webhook only signs; it is not sent.
        (Ok(_), _) => false,
        (Err(_), _) => true,
    }
}

/// Checks a name; white space around it is cut off.
fn name(text: &str) -> Result<String> {
    let name = text.trim();
    let length = name.chars().count();
    if (1..=MAX_NAME_CHARS).contains(&length) && !name.contains(char::is_control) {
        return Ok(name.to_owned());
    }
    let reason = format!("expected 1 to {MAX_NAME_CHARS} characters, none of them a control character; got {length} of them");
    Err(DeliveryError::invalid("name", reason))
}

fn stored(destination: &Destination) -> Value {
    serde_json::from_str(&destination.config).unwrap_or_default()
}

/// What the record says of one. Of a secret it says that there is one.
fn told(name: &str, kind: &str, config: &Value, secret: Option<&str>) -> Value {
    json!({"name": name, "kind": kind, "config": config, "secret": secret})
}
