//! A row as it is stored: what it holds becomes values of the domain, or the row is named as damaged.

use rollcall_model::{TenantId, Timestamp};
use uuid::Uuid;

use crate::error::ControlError;

/// Most characters of a row's key in a message.
const MAX_KEY_CHARS: usize = 64;

/// The row that is being read, by its table and its key.
pub(crate) struct StoredRow<'a, const N: usize> {
    table: &'static str,
    key: [&'a str; N],
}

impl<'a, const N: usize> StoredRow<'a, N> {
    pub(crate) fn new(table: &'static str, key: [&'a str; N]) -> Self {
        StoredRow { table, key }
    }

    /// What is wrong with a column.
    pub(crate) fn damaged(&self, column: &'static str, reason: impl Into<String>) -> ControlError {
        let id = self.key.join(", ").chars().take(MAX_KEY_CHARS).collect();
        ControlError::Damaged { table: self.table, id, column, reason: reason.into() }
    }

    /// The column `tenant`.
    pub(crate) fn tenant(&self, text: &str) -> Result<TenantId, ControlError> {
        TenantId::new(text).map_err(|error| self.damaged("tenant", error.to_string()))
    }

    pub(crate) fn uuid(&self, column: &'static str, text: &str) -> Result<Uuid, ControlError> {
        text.parse().map_err(|_| self.damaged(column, "expected a UUID"))
    }

    pub(crate) fn time(&self, column: &'static str, micros: i64) -> Result<Timestamp, ControlError> {
        Timestamp::from_micros(micros).ok_or_else(|| self.damaged(column, format!("expected UTC microseconds, got {micros}")))
    }

    pub(crate) fn optional_time(&self, column: &'static str, micros: Option<i64>) -> Result<Option<Timestamp>, ControlError> {
        micros.map(|micros| self.time(column, micros)).transpose()
    }

    /// What was parsed from a column of JSON text.
    pub(crate) fn json<T>(&self, column: &'static str, parsed: serde_json::Result<T>, expected: &str) -> Result<T, ControlError> {
        parsed.map_err(|error| self.damaged(column, format!("expected {expected}: {error}")))
    }
}
