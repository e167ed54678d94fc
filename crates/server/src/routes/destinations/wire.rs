//! Destinations as they go over the wire.

use rollcall_control::destinations;
use rollcall_delivery::destinations::{DestinationWish, Secret, Step, Tested};
use rollcall_model::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// The destinations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Destinations {
    /// By name.
    pub(super) destinations: Vec<Destination>,
}

/// A destination. Who may not see destinations is told its id, name and kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Destination {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// Its name, which no other has, whatever the case.
    name: String,
    /// `folder`, `s3`, `smtp` or `webhook`.
    kind: String,
    #[serde(flatten)]
    more: Option<Shown>,
}

/// What is told of a destination to those who may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shown {
    /// How it is reached, by its kind.
    #[schema(value_type = Object)]
    config: Value,
    /// Whether a secret is kept. It is never told.
    has_secret: bool,
    /// 1 at first; each change makes it one more. The `ETag` is made of it.
    version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    changed_at: Timestamp,
    /// Who changed it last.
    changed_by: String,
    /// When something was last delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    /// When something last could not be delivered.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_failure_at: Option<Timestamp>,
    /// Why that was.
    last_failure: Option<String>,
}

impl Destination {
    pub(super) fn of(destination: &destinations::Destination, shows_all: bool) -> Self {
        let more = shows_all.then(|| Shown {
            config: serde_json::from_str(&destination.config).unwrap_or_default(),
            has_secret: destination.secret.is_some(),
            version: destination.version,
            created_at: destination.created_at,
            changed_at: destination.changed_at,
            changed_by: destination.changed_by.clone(),
            last_success_at: destination.last_success_at,
            last_failure_at: destination.last_failure_at,
            last_failure: destination.last_failure.clone(),
        });
        Destination { id: destination.id, name: destination.name.clone(), kind: destination.kind.clone(), more }
    }
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestAnswer {
    /// Whether reports can be delivered there.
    ok: bool,
    /// What was tried, in turn, up to what failed.
    steps: Vec<TestStep>,
}

/// One step of a test.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestStep {
    /// What was tried: `allowed`, `folder`, `name`, `connection`, `tls`, `sign-in`, `bucket`, `write`, `delete`, `mail`, `answer` or
    /// `configuration`.
    step: &'static str,
    /// Whether it works, as far as reports need it.
    ok: bool,
    /// In words.
    words: String,
}

impl From<Tested> for TestAnswer {
    fn from(tested: Tested) -> Self {
        let steps = tested.steps.into_iter().map(|Step { step, ok, words }| TestStep { step, ok, words });
        TestAnswer { ok: tested.ok, steps: steps.collect() }
    }
}

/// A destination as somebody wants it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DestinationBody {
    /// Its name: 1 to 200 characters, none of them a control character.
    name: String,
    /// `folder`, `s3`, `smtp` or `webhook`.
    kind: String,
    /// How it is reached, by its kind; docs/destinations.md has them.
    #[schema(value_type = Object)]
    config: Value,
    /// Its secret: that of the access key, the password, or the signing secret; with a session token an object of
    /// `secret_access_key` and `session_token`. Left out it stays; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    secret: Option<Option<Secret>>,
}

/// Tells `null` from what is left out.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Secret>>, D::Error> {
    Option::<Secret>::deserialize(deserializer).map(Some)
}

impl From<DestinationBody> for DestinationWish {
    fn from(body: DestinationBody) -> Self {
        DestinationWish { name: body.name, kind: body.kind, config: body.config, secret: body.secret }
    }
}
