//! Columns: of rows, and of groups.

use std::collections::BTreeMap;

use rollcall_model::zone::Zone;
use rollcall_reports::Definition;
use rollcall_reports::bucket::BucketSize;
use rollcall_reports::field::{Field, FieldType};
use rollcall_reports::group::{GroupKey, Measure};
use serde::Serialize;
use utoipa::ToSchema;

/// A column.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ColumnAnswer {
    /// Its name.
    name: String,
    /// Its name for people.
    label: String,
    /// Type of its values.
    #[serde(rename = "type")]
    column_type: ColumnType,
    /// What it means.
    meaning: &'static str,
    /// How people read its values, where they come from a closed vocabulary.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    words: BTreeMap<&'static str, &'static str>,
}

/// Type of a column's values.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnType {
    /// Text.
    Text,
    /// A moment, as RFC 3339.
    Timestamp,
    /// Seconds, with their fraction.
    Seconds,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A UUID.
    Uuid,
    /// Text to text.
    Map,
}

impl From<&Field> for ColumnAnswer {
    fn from(field: &Field) -> Self {
        let Field { name, label, field_type, meaning, words, .. } = field;
        ColumnAnswer {
            name: (*name).to_owned(),
            label: label.clone(),
            column_type: (*field_type).into(),
            meaning,
            words: words.iter().copied().collect(),
        }
    }
}

impl From<FieldType> for ColumnType {
    fn from(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Text => ColumnType::Text,
            FieldType::Timestamp => ColumnType::Timestamp,
            FieldType::Seconds => ColumnType::Seconds,
            FieldType::Integer => ColumnType::Integer,
            FieldType::Boolean => ColumnType::Boolean,
            FieldType::Uuid => ColumnType::Uuid,
            FieldType::Map => ColumnType::Map,
        }
    }
}

impl ColumnAnswer {
    /// The column of a key of groups.
    pub(super) fn of_key(key: &GroupKey, definition: &Definition) -> Option<Self> {
        let field = ColumnAnswer::from(definition.report.field(&key.field)?);
        // A label that says UTC says so of times in UTC alone; buckets are always those of the report's zone.
        let zone = if key.bucket.is_some() { definition.zone.clone() } else { definition.shown_zone() };
        let label = field.label.strip_suffix(" (UTC)").filter(|_| zone != Zone::utc()).unwrap_or(&field.label);
        let label = key.bucket.map_or_else(|| label.to_owned(), |bucket| format!("{label} by {}", spoken(bucket)));
        Some(ColumnAnswer { name: key.name(), label, ..field })
    }

    /// The column of a measure.
    pub(in crate::routes::reports) fn of_measure(measure: Measure) -> Self {
        let (label, meaning) = told(measure);
        let (name, column_type) = (measure.name().to_owned(), measure.field_type().into());
        ColumnAnswer { name, label: label.to_owned(), column_type, meaning, words: BTreeMap::new() }
    }
}

/// A length of time as people say it.
fn spoken(bucket: BucketSize) -> String {
    bucket.name().replace('_', " ")
}

/// A measure's name for people, and what it means.
fn told(measure: Measure) -> (&'static str, &'static str) {
    match measure {
        Measure::Count => ("Rows", "How many rows"),
        Measure::Agents => ("Agents", "How many agents; an agent is the employee id, else the account"),
        Measure::First => ("First", "The earliest time: of the event, or of the login"),
        Measure::Last => ("Last", "The latest time: of the event, or of the login"),
        Measure::DurationSum => ("Total duration", "Seconds of all durations that are known"),
        Measure::DurationMean => ("Mean duration", "The mean of the durations that are known"),
        Measure::DurationMedian => ("Median duration", "The median of the durations that are known"),
        Measure::DurationMax => ("Longest duration", "The longest of the durations that are known"),
    }
}
