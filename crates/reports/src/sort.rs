//! The order of rows.

use datafusion::logical_expr::{SortExpr, col};
use serde::{Deserialize, Serialize};

use crate::error::InvalidDefinition;
use crate::field::FieldType;
use crate::kind::Kind;

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

/// One key of an order. Missing values come last in either direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SortKey {
    /// The field.
    pub field: String,
    /// Its direction.
    #[serde(default)]
    pub dir: Direction,
}

/// Most keys of one order, beside the unique field.
pub(crate) const MAX_KEYS: usize = 8;

/// Checks an order and makes it a total one: the kind's unique field comes last.
pub(crate) fn total_order(kind: Kind, keys: &[SortKey]) -> Result<Vec<SortKey>, InvalidDefinition> {
    let unique = kind.unique_field();
    let stated = keys.iter().filter(|key| key.field != unique).count();
    if stated > MAX_KEYS {
        return Err(InvalidDefinition::new("sort", format!("expected at most {MAX_KEYS} keys; got {stated}")));
    }
    for (at, key) in keys.iter().enumerate() {
        let name = format!("sort[{at}].field");
        let sortable = || kind.fields().iter().filter(|field| field.field_type != FieldType::Map).map(|field| field.name);
        if !sortable().any(|field| field == key.field) {
            return Err(InvalidDefinition::unknown(name, &key.field, sortable()));
        }
        if keys.iter().take(at).any(|before| before.field == key.field) {
            return Err(InvalidDefinition::new(name, format!("{:?} is a key already", key.field)));
        }
    }
    let mut total = if keys.is_empty() { kind.default_sort() } else { keys.to_vec() };
    if !total.iter().any(|key| key.field == unique) {
        let dir = total.first().map_or(Direction::Asc, |key| key.dir);
        total.push(SortKey { field: unique.to_owned(), dir });
    }
    Ok(total)
}

impl SortKey {
    pub(crate) fn expression(&self) -> SortExpr {
        col(self.field.as_str()).sort(self.dir == Direction::Asc, false)
    }
}
