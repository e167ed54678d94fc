//! What goes wrong with signing in and with accounts, as problems.

use rollcall_access::{AccessError, AuthError, Denied, KeyScope, SignInError};
use rollcall_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DATABASE_BACK_S, Kind, Problem};

/// Where an account is signed in already.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SignedInElsewhere)]
pub(crate) struct ElsewhereTold {
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// When it was last used, to the half minute.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// From which address.
    source_ip: Option<String>,
    /// With which program.
    user_agent: Option<String>,
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        if error.is_unavailable() {
            return Problem::new(Kind::KeysUnavailable, error.to_string()).retry_after(DATABASE_BACK_S);
        }
        Problem::new(Kind::Unauthenticated, error.to_string())
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let kind = if denied.restriction.is_some() { Kind::FirstThingsFirst } else { Kind::Forbidden };
        let mut problem = Problem::new(kind, denied.to_string());
        problem.document.needed_scope = denied.needed_scope.map(KeyScope::as_str);
        problem.document.needed_permissions = denied.needed;
        problem
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        use AccessError as E;
        let told = error.to_string();
        match error {
            E::Control(error) => error.into(),
            E::Denied(denied) => denied.into(),
            E::Name { .. } => Problem::new(Kind::InvalidBody, told).field("name"),
            E::NoScopes => Problem::new(Kind::InvalidBody, told).field("scopes"),
            E::ExpiryPassed(_) => Problem::new(Kind::InvalidBody, told).field("expires_at"),
            E::Invalid { field, .. } => Problem::new(Kind::InvalidBody, told).field(field),
            E::WeakPassword(_) => Problem::new(Kind::InvalidBody, told).field("new_password"),
            E::UnknownKey { .. } | E::Unknown { .. } => Problem::new(Kind::NotFound, told),
            E::MoreThanOwn(_) => Problem::new(Kind::Forbidden, told),
            E::WrongProof => Problem::new(Kind::Forbidden, told),
            E::Conflict(_) => Problem::new(Kind::Conflict, told),
            E::NoVault => Problem::new(Kind::NoSecretKey, told),
            E::TooMany(seconds) => too_many(told, seconds),
            _ => Problem::internal("seeing to accounts", &told),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        use SignInError as E;
        let told = error.to_string();
        match error {
            E::Refused => Problem::new(Kind::SignInRefused, told),
            E::SecondFactorNeeded => Problem::new(Kind::SecondFactorNeeded, told).field("code"),
            E::TooMany(seconds) => too_many(told, seconds),
            E::Elsewhere(elsewhere) => {
                let mut problem = Problem::new(Kind::SignedInElsewhere, told).field("force");
                problem.document.elsewhere = Some(ElsewhereTold {
                    since: elsewhere.since,
                    last_seen_at: elsewhere.last_seen_at,
                    source_ip: elsewhere.place.source_ip,
                    user_agent: elsewhere.place.user_agent,
                });
                problem
            }
            E::Access(error) => error.into(),
            _ => Problem::internal("signing in", &told),
        }
    }
}

fn too_many(told: String, seconds: i64) -> Problem {
    Problem::new(Kind::TooManyAttempts, told).retry_after(u64::try_from(seconds).unwrap_or(1))
}
