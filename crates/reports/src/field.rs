//! Fields: what a report can show, filter and sort by, with a label and words for people.

use std::collections::HashMap;
use std::sync::LazyLock;

use rollcall_model::columns::{Column, ColumnType};
use serde::Serialize;

use crate::kind::Kind;
use crate::kinds::Description;
use crate::people::Told;

/// Type of a field's values in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
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

/// A word of a closed vocabulary and how people read it.
pub type Word = (&'static str, &'static str);

/// One field of a report.
#[derive(Debug, Clone, Serialize)]
pub struct Field {
    /// Its name: the column's name.
    pub name: &'static str,
    /// Its name for people.
    pub label: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What it means.
    pub meaning: &'static str,
    /// How its values are read by people, where they come from a closed vocabulary.
    #[serde(skip_serializing_if = "<[Word]>::is_empty", serialize_with = "words_as_map")]
    pub words: &'static [Word],
    /// The columns that it is made of, where it is none itself: it shows the first of them that has a value.
    #[serde(skip)]
    pub(crate) made_of: &'static [&'static str],
    /// What the directory tells of the row's agent, which comes before what it is made of.
    #[serde(skip)]
    pub(crate) told: Option<Told>,
}

/// The fields of a kind: what is made of several columns, every column, and what is worked out over many rows.
pub(crate) fn of(kind: Kind) -> &'static [Field] {
    static FIELDS: LazyLock<HashMap<Kind, Vec<Field>>> =
        LazyLock::new(|| Kind::ALL.iter().map(|kind| (*kind, described(kind.description()))).collect());
    FIELDS.get(&kind).map_or(&[], Vec::as_slice)
}

fn described(kind: &'static Description) -> Vec<Field> {
    let derived = kind.derived.iter().map(|derived| Field {
        name: derived.name,
        label: derived.label.to_owned(),
        field_type: FieldType::Text,
        meaning: derived.meaning,
        words: &[],
        made_of: derived.columns,
        told: derived.told,
    });
    let column = |column: &'static Column| Field {
        name: column.name,
        label: named(kind.labels, column.name).map_or_else(|| spoken(column.name), str::to_owned),
        field_type: field_type(column.name, column.column_type),
        meaning: column.meaning,
        words: named(kind.words, column.name).unwrap_or(&[]),
        made_of: &[],
        told: None,
    };
    let computed = kind.computed.iter().map(|computed| Field {
        name: computed.name,
        label: computed.label.to_owned(),
        field_type: computed.field_type,
        meaning: computed.meaning,
        words: &[],
        made_of: &[],
        told: None,
    });
    derived.chain(kind.rows.columns().map(column)).chain(computed).collect()
}

/// What a list says under a name.
fn named<T: Copy>(list: &[(&str, T)], name: &str) -> Option<T> {
    list.iter().find(|(known, _)| *known == name).map(|(_, said)| *said)
}

fn field_type(name: &str, column_type: ColumnType) -> FieldType {
    match column_type {
        ColumnType::Int64 | ColumnType::Int32 => FieldType::Integer,
        ColumnType::Float64 if name == "duration" => FieldType::Seconds,
        ColumnType::Float64 | ColumnType::Text => FieldType::Text,
        ColumnType::Boolean => FieldType::Boolean,
        ColumnType::Uuid => FieldType::Uuid,
        ColumnType::Timestamp => FieldType::Timestamp,
        ColumnType::Map => FieldType::Map,
    }
}

/// A column's name as words: `employee_id` becomes `Employee ID`.
fn spoken(name: &str) -> String {
    let mut label = String::with_capacity(name.len());
    for (at, word) in name.split('_').enumerate() {
        if at > 0 {
            label.push(' ');
        }
        match word {
            "id" | "ip" => label.push_str(&word.to_uppercase()),
            _ if at == 0 => {
                let mut letters = word.chars();
                label.extend(letters.next().into_iter().flat_map(char::to_uppercase).chain(letters));
            }
            _ => label.push_str(word),
        }
    }
    label
}

fn words_as_map<S: serde::Serializer>(words: &&'static [Word], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(words.iter().copied())
}
