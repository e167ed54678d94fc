//! What the repositories of things with a name and a version share: values that stay or change, and why a change is refused.

use sea_orm::{ActiveValue, DbErr, SqlErr, Value};
use uuid::Uuid;

use crate::error::ControlError;

/// A value that is to be otherwise, or stays.
pub(crate) fn set<V: Into<Value>>(value: Option<V>) -> ActiveValue<V> {
    value.map_or(ActiveValue::NotSet, ActiveValue::Set)
}

/// Somebody has changed it since its version was read.
pub(crate) fn conflict(what: &'static str, id: Uuid, expected: i64, present: i64) -> ControlError {
    ControlError::VersionConflict { what, id: id.to_string(), expected, present }
}

/// Why something can't have a name, of which `taken` tells: its name is all of it that is unique and changes.
pub(crate) fn refusal_of_name(error: DbErr, taken: impl FnOnce() -> ControlError) -> ControlError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => taken(),
        _ => error.into(),
    }
}
