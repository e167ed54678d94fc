//! Problems: what every request that fails is answered with (RFC 9457).
//!
//! A [`Kind`] is what a program can rely on: its slug and status never change. The detail is for people
//! and may. What failed inside the server is written to the log and told to nobody else.

mod accounts;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_control::ControlError;
use rollcall_delivery::DeliveryError;
use rollcall_reports::InvalidDefinition;
use serde::Serialize;
use utoipa::ToSchema;

use self::accounts::ElsewhereTold;
use crate::intake::RejectedRecord;

/// Media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";
/// A good moment to try again when a database was away, in seconds.
const DATABASE_BACK_S: u64 = 5;

/// Declares the kinds: slug, status and title, in the order of the documentation.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $slug:literal, $status:ident, $title:literal;)+) => {
        /// What went wrong, as far as a program can tell it apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Kind { $($(#[$meta])* $kind),+ }

        impl Kind {
            #[cfg(test)]
            const ALL: &'static [Kind] = &[$(Kind::$kind),+];

            const fn facts(self) -> (&'static str, StatusCode, &'static str) {
                match self { $(Kind::$kind => (concat!("/problems/", $slug), StatusCode::$status, $title)),+ }
            }
        }
    };
}

kinds! {
    /// The body is not what its headers say.
    MalformedBody = "malformed-body", BAD_REQUEST, "The body can't be read";
    /// A parameter of the address is wrong.
    InvalidParameter = "invalid-parameter", BAD_REQUEST, "A parameter is wrong";
    /// Neither a session nor a valid key.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "Signing in or an API key is needed";
    /// Account, password or code is wrong.
    SignInRefused = "sign-in-refused", UNAUTHORIZED, "Account, password or code is wrong";
    /// The password is right, and a code is needed.
    SecondFactorNeeded = "second-factor-needed", UNAUTHORIZED, "A one-time code is needed";
    /// The permission or scope is missing.
    Forbidden = "forbidden", FORBIDDEN, "This may not be done";
    /// Something must be done first.
    FirstThingsFirst = "first-things-first", FORBIDDEN, "Something must be done first";
    /// The request may come from another page.
    CsrfToken = "csrf-token", FORBIDDEN, "The request may come from another site's page";
    /// Nothing is there.
    NotFound = "not-found", NOT_FOUND, "There is nothing here";
    /// The method is not for this route.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "This method is not for this address";
    /// None of the media types can be answered with.
    NotAcceptable = "not-acceptable", NOT_ACCEPTABLE, "The answer has none of the accepted media types";
    /// The body came too slowly.
    BodyTimeout = "body-timeout", REQUEST_TIMEOUT, "The body came too slowly";
    /// It is taken.
    Conflict = "conflict", CONFLICT, "It is taken already";
    /// Somebody is signed in elsewhere.
    SignedInElsewhere = "signed-in-elsewhere", CONFLICT, "This account is signed in elsewhere";
    /// The snapshot of a cursor is no longer kept.
    SnapshotGone = "snapshot-gone", GONE, "The cursor has expired";
    /// Another version than the one that was read.
    Stale = "precondition-failed", PRECONDITION_FAILED, "Somebody has changed it meanwhile";
    /// The body or a part of it is too large.
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body has too many records.
    TooManyRecords = "too-many-records", PAYLOAD_TOO_LARGE, "The batch has too many records";
    /// The body is of another media type or encoding.
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is of a kind that is not read here";
    /// JSON, but not what was expected.
    InvalidBody = "invalid-body", UNPROCESSABLE_ENTITY, "The body is not what is expected here";
    /// The report definition is wrong.
    InvalidDefinition = "invalid-definition", UNPROCESSABLE_ENTITY, "The report definition is wrong";
    /// The cursor is none of this report.
    InvalidCursor = "invalid-cursor", UNPROCESSABLE_ENTITY, "The cursor is not one of this report";
    /// All or nothing was asked for, and something was rejected.
    RecordsRejected = "records-rejected", UNPROCESSABLE_ENTITY, "Records were rejected, so nothing was taken";
    /// The Idempotency-Key was used for another request.
    KeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for another request";
    /// A change that does not say what it is for.
    PreconditionRequired = "precondition-required", PRECONDITION_REQUIRED, "The version that was read must be named";
    /// Too many attempts have failed.
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts have failed";
    /// Too much is going on.
    Busy = "busy", TOO_MANY_REQUESTS, "The server is busy";
    /// The server failed.
    Internal = "internal", INTERNAL_SERVER_ERROR, "The server failed";
    /// The ledger takes nothing any more.
    Poisoned = "poisoned", SERVICE_UNAVAILABLE, "The ledger takes no more events";
    /// The server is stopping.
    Closing = "closing", SERVICE_UNAVAILABLE, "The server is stopping";
    /// The database's server is away.
    DatabaseUnavailable = "database-unavailable", SERVICE_UNAVAILABLE, "The database can't be reached";
    /// Keys and sessions can't be checked.
    KeysUnavailable = "keys-unavailable", SERVICE_UNAVAILABLE, "API keys and sessions can't be checked";
    /// Secrets can't be kept.
    NoSecretKey = "no-secret-key", SERVICE_UNAVAILABLE, "The server has no secret key";
    /// The OpenID provider does not answer, or not as it should.
    ProviderFailed = "provider-failed", BAD_GATEWAY, "The OpenID provider failed";
}

/// A failed request's answer as it goes over the wire.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// Which kind of problem: `/problems/<slug>`.
    #[serde(rename = "type")]
    problem_type: &'static str,
    /// The same for people.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What was expected, what came, what to do.
    detail: String,
    /// The member, parameter or column that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    /// What it can be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    allowed: Vec<String>,
    /// The key scope that is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    needed_scope: Option<&'static str>,
    /// The permissions of which one is needed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    needed_permissions: Vec<&'static str>,
    /// Where an account is signed in already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    elsewhere: Option<ElsewhereTold>,
    /// The limit that was passed, in bytes or records.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    limit: Option<usize>,
    /// When to try again. The same as the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_seconds: Option<u64>,
    /// The version that is there; 0 if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    present_version: Option<i64>,
    /// The first of the records that were rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    rejected: Vec<RejectedRecord>,
    /// How many records were rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rejected_total: Option<usize>,
}

/// Why a request failed.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    kind: Kind,
    document: Box<Document>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (problem_type, status, title) = kind.facts();
        let document = Document { problem_type, title, status: status.as_u16(), detail: detail.into(), ..Document::default() };
        Problem { kind, document: Box::new(document) }
    }

    /// The server failed: `error` goes to the log, not to the caller.
    pub(crate) fn internal(doing: &'static str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, doing, "a request failed");
        Problem::new(Kind::Internal, "what happened stands in the server's log, under the id of this request (X-Request-Id)")
    }

    pub(crate) fn busy(why: &str, retry_after_seconds: u64) -> Self {
        Problem::new(Kind::Busy, format!("{why}; try again in {retry_after_seconds} s")).retry_after(retry_after_seconds)
    }

    /// The database's server is away: why stands in the log.
    pub(crate) fn database_unavailable() -> Self {
        let detail = format!(
            "the database can't be reached; send the request again in {DATABASE_BACK_S} s: events with an id, and requests with an \
             Idempotency-Key, are not taken twice"
        );
        Problem::new(Kind::DatabaseUnavailable, detail).retry_after(DATABASE_BACK_S)
    }

    /// Somebody has changed it since its version was read. Version 0 is that of what is not there.
    pub(crate) fn stale(present: i64) -> Self {
        let detail = match present {
            0 => "expected a version that is there; there is none (any more)".to_owned(),
            _ => format!("the present version is {present}; read it again and repeat the change"),
        };
        let mut problem = Problem::new(Kind::Stale, detail);
        problem.document.present_version = Some(present);
        problem
    }

    #[must_use]
    fn retry_after(mut self, seconds: u64) -> Self {
        self.document.retry_after_seconds = Some(seconds);
        self
    }

    pub(crate) fn parameter(field: &str, detail: impl Into<String>) -> Self {
        Problem::new(Kind::InvalidParameter, detail).field(field)
    }

    #[must_use]
    pub(crate) fn field(mut self, field: impl Into<String>) -> Self {
        self.document.field = Some(field.into());
        self
    }

    #[must_use]
    pub(crate) fn allowed<S: Into<String>>(mut self, allowed: impl IntoIterator<Item = S>) -> Self {
        self.document.allowed = allowed.into_iter().map(Into::into).collect();
        self
    }

    #[must_use]
    pub(crate) fn limit(mut self, limit: usize) -> Self {
        self.document.limit = Some(limit);
        self
    }

    #[must_use]
    pub(crate) fn rejected(mut self, first: Vec<RejectedRecord>, total: usize) -> Self {
        self.document.rejected = first;
        self.document.rejected_total = Some(total);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, status, _) = self.kind.facts();
        let retry_after = self.document.retry_after_seconds.map(HeaderValue::from);
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], Json(self.document)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if self.kind == Kind::Unauthenticated {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<rollcall_ledger::Error> for Problem {
    fn from(error: rollcall_ledger::Error) -> Self {
        use rollcall_ledger::Error as E;
        match &error {
            E::Busy { retry_after_s, waiting } => {
                Problem::busy(&format!("{waiting} events are waiting to be written or archived"), *retry_after_s)
            }
            E::Poisoned(_) => Problem::new(Kind::Poisoned, error.to_string()),
            E::Closed => Problem::new(Kind::Closing, error.to_string()),
            E::SnapshotGone(_) => Problem::new(Kind::SnapshotGone, error.to_string()),
            E::KeyReused => Problem::new(Kind::KeyReused, error.to_string()).field("Idempotency-Key"),
            // A key of a tenant that was made on another node, which this one does not know yet.
            E::UnknownTenant(_) => Problem::new(Kind::NotFound, error.to_string()),
            E::Unavailable(_) => {
                tracing::error!(%error, "the ledger's database can't be reached");
                Problem::database_unavailable()
            }
            E::BatchTooLarge { limit, .. } => Problem::new(Kind::TooManyRecords, error.to_string()).limit(*limit),
            _ => Problem::internal("using the ledger", &error),
        }
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        use ControlError as E;
        match &error {
            E::NotFound { .. } => Problem::new(Kind::NotFound, error.to_string()),
            E::VersionConflict { present, .. } => Problem::stale(*present),
            E::NameTaken { .. } | E::ProfileTaken { .. } | E::DestinationTaken { .. } | E::WebhookTaken { .. } => {
                Problem::new(Kind::Conflict, error.to_string()).field("name")
            }
            E::UserTaken { .. } => Problem::new(Kind::Conflict, error.to_string()).field("account"),
            E::ProfileInUse { .. } | E::DestinationInUse { .. } | E::LastHolder { .. } | E::OpenIdTaken => {
                Problem::new(Kind::Conflict, error.to_string())
            }
            E::AccountTaken { .. } => Problem::new(Kind::Conflict, error.to_string()).field("accounts"),
            E::RevisionConflict { .. } | E::ReportScheduled { .. } => Problem::new(Kind::Conflict, error.to_string()),
            E::AgentTwice { .. } => Problem::new(Kind::InvalidBody, error.to_string()).field("employee_id"),
            _ => Problem::internal("using the control database", &error),
        }
    }
}

impl From<rollcall_reports::Error> for Problem {
    fn from(error: rollcall_reports::Error) -> Self {
        use rollcall_reports::Error as E;
        match error {
            E::Definition(invalid) => invalid.into(),
            E::Cursor(_) => Problem::new(Kind::InvalidCursor, error.to_string()).field("cursor"),
            E::Ledger(error) => error.into(),
            error => Problem::internal("running a report", &error),
        }
    }
}

impl From<DeliveryError> for Problem {
    fn from(error: DeliveryError) -> Self {
        use DeliveryError as E;
        match error {
            E::Control(error) => error.into(),
            E::Access(error) => error.into(),
            E::Denied(error) => error.into(),
            E::NoRows(error) => error.into(),
            E::Report(error) => error.into(),
            E::Ledger(error) => error.into(),
            E::Invalid { ref field, .. } => Problem::new(Kind::InvalidBody, error.to_string()).field(field.clone()),
            E::Unknown { .. } => Problem::new(Kind::NotFound, error.to_string()),
            E::Conflict(_) => Problem::new(Kind::Conflict, error.to_string()),
            E::OtherRows => Problem::new(Kind::Forbidden, error.to_string()),
            E::Forbidden(_) => Problem::new(Kind::Forbidden, error.to_string()),
            error => Problem::internal("delivering", &error),
        }
    }
}

impl From<InvalidDefinition> for Problem {
    fn from(invalid: InvalidDefinition) -> Self {
        Problem::new(Kind::InvalidDefinition, invalid.reason).field(invalid.field).allowed(invalid.allowed)
    }
}

/// What a request to an unknown address is answered with.
pub(crate) async fn not_found() -> Problem {
    Problem::new(Kind::NotFound, "the address is none of Rollcall's; GET /api/v1/openapi.json lists all of the API")
}

/// What a request with a method that is not for its address is answered with.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "the header Allow names the methods that are for this address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_documented_with_its_status() {
        let docs = include_str!("../../../docs/api.md");
        for kind in Kind::ALL {
            let (slug, status, _) = kind.facts();
            let row = format!("| `{slug}` | {} |", status.as_u16());
            assert!(docs.contains(&row), "docs/api.md lacks the row {row}");
        }
    }

    #[test]
    fn a_failed_commit_tells_what_to_do_and_an_inner_failure_nothing() {
        let poisoned = Problem::from(rollcall_ledger::Error::Poisoned("disk full".to_owned()));
        assert!(poisoned.document.detail.contains("mend the disk"), "{poisoned:?}");
        let inner = Problem::from(rollcall_ledger::Error::Database("no such table: secrets".to_owned()));
        assert!(!format!("{inner:?}").contains("secrets"));
    }

    #[test]
    fn a_database_that_is_away_is_waited_for_and_its_address_told_to_nobody() {
        let problem = Problem::from(rollcall_ledger::Error::Unavailable("no route to 192.0.2.7".to_owned()));
        assert!(!format!("{problem:?}").contains("192.0.2.7"));
        let response = problem.into_response();
        assert_eq!((response.status().as_u16(), &response.headers()[header::RETRY_AFTER]), (503, &HeaderValue::from_static("5")));
    }

    #[test]
    fn what_the_caller_has_wrong_is_no_failure_of_the_server() {
        use rollcall_ledger::Error as E;
        let facts = |error: E| Problem::from(error).kind.facts().1.as_u16();
        assert_eq!((facts(E::KeyReused), facts(E::UnknownTenant("emea".to_owned()))), (422, 404));
    }
}
