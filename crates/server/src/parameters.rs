//! Parameters of an address: read strictly, and named in the problem when they are wrong.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use rollcall_model::event::check_source;
use serde::de::DeserializeOwned;

use crate::problem::{Kind, Problem};

/// The parameters after the `?`. A name that the route does not know is refused.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        let Query(parameters) = read.map_err(|rejection| Problem::new(Kind::InvalidParameter, rejection.body_text()))?;
        Ok(Parameters(parameters))
    }
}

/// The one variable part of a path.
pub(crate) struct PathPart(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathPart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        let Path(part) = read.map_err(|rejection| Problem::new(Kind::InvalidParameter, rejection.body_text()))?;
        Ok(PathPart(part))
    }
}

/// Checks the name of a source, by the rule that its events are held to.
pub(crate) fn source_name(name: String) -> Result<String, Problem> {
    match check_source(&name) {
        Ok(()) => Ok(name),
        Err(invalid) => Err(Problem::parameter(&invalid.field, invalid.reason)),
    }
}

/// A whole number between bounds.
pub(crate) fn number(field: &str, text: Option<&str>, default: i64, bounds: std::ops::RangeInclusive<i64>) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(default) };
    let wrong = || {
        let detail = format!("expected a whole number from {} to {}; got {:?}", bounds.start(), bounds.end(), shortened(text));
        Problem::parameter(field, detail)
    };
    text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(wrong)
}

/// `true` or `false`; a name without a value is `true`.
pub(crate) fn flag(field: &str, text: Option<&str>) -> Result<bool, Problem> {
    match text {
        None | Some("false") => Ok(false),
        Some("true" | "") => Ok(true),
        Some(other) => {
            let detail = format!("expected true or false; got {:?}", shortened(other));
            Err(Problem::parameter(field, detail).allowed(["true", "false"]))
        }
    }
}

/// As much of what a caller sent as is repeated to them.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
