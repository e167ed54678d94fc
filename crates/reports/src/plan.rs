//! From a definition to a plan: rows of the range, filters, order, and where a cursor goes on.

use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, SortExpr, col, lit};
use datafusion::scalar::ScalarValue;
use rollcall_model::Timestamp;
use rollcall_model::event::OWN_SOURCE;
use rollcall_model::range::ResolvedRange;

use crate::cursor::Position;
use crate::definition::{Clock, Definition};
use crate::engine::Planned;
use crate::error::Result;
use crate::kind::Kind;
use crate::kinds::Rows;
use crate::sort::{Direction, SortKey};
use crate::{concurrent, login_logout};

/// A moment as a literal.
pub(crate) fn moment(moment: Timestamp) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(moment.as_micros()), Some("UTC".into())))
}

/// The rows of a definition, neither sorted nor cut to its columns.
pub(crate) async fn rows(planned: &Planned, definition: &Definition) -> Result<DataFrame> {
    let Planned { snapshot, people, range, now, .. } = planned;
    let kind = definition.report.description();
    let mut rows = match &kind.rows {
        Rows::Events(events) => events.of_range(snapshot, *range)?,
        Rows::Sessions if definition.names(concurrent::FIELD) => concurrent::rows(planned, definition).await?,
        Rows::Sessions => login_logout::rows(snapshot, *range, as_of(*range, *now), definition.spanning).await?,
    };
    for derived in kind.derived {
        rows = rows.with_column(derived.name, derived.expression(people, &definition.zone))?;
    }
    if definition.report == Kind::LoginLogout && !definition.filters.iter().any(|filter| filter.field == "source") {
        rows = rows.filter(col("source").not_eq(lit(OWN_SOURCE)))?;
    }
    for filter in &definition.filters {
        rows = rows.filter(filter.expression(definition.report, people))?;
    }
    Ok(rows)
}

/// The moment whose knowledge a report shows: the range's end, or now if that is earlier.
pub(crate) fn as_of(range: ResolvedRange, now: Timestamp) -> Timestamp {
    range.to.min(now)
}

/// Rows in order, from a position on, with the columns that are shown and those that the order needs.
pub(crate) fn sorted(rows: DataFrame, definition: &Definition, after: Option<&Position>, limit: Option<usize>) -> Result<DataFrame> {
    let rows = match after {
        Some(position) => rows.filter(beyond(&definition.sort, position))?,
        None => rows,
    };
    let mut names: Vec<&str> = definition.columns.iter().map(String::as_str).collect();
    let keys = definition.sort.iter().map(|key| key.field.as_str());
    let by_row = (definition.clock == Clock::Agent).then_some(Clock::BY_ROW);
    for key in keys.chain(by_row) {
        if !names.contains(&key) {
            names.push(key);
        }
    }
    let sorted = rows.select_columns(&names)?.sort(order(definition))?;
    Ok(if limit.is_some() { sorted.limit(0, limit)? } else { sorted })
}

/// The order of rows. A key that a filter holds to one value is left out: it tells no rows apart, and the query engine
/// leaves it out of some parts of a plan alone.
pub(crate) fn order(definition: &Definition) -> Vec<SortExpr> {
    let is_held =
        |key: &SortKey| definition.filters.iter().any(|filter| filter.field == key.field && filter.holds_to_one(definition.report));
    let telling: Vec<SortExpr> = definition.sort.iter().filter(|key| !is_held(key)).map(SortKey::expression).collect();
    // An order without any key is none.
    if telling.is_empty() { definition.sort.iter().map(SortKey::expression).collect() } else { telling }
}

/// What comes after a position in an order, missing values last: beyond it in the first key, or equal in
/// the first and beyond it in the second, and so on.
pub(crate) fn beyond(keys: &[SortKey], position: &Position) -> Expr {
    let mut equal_so_far: Option<Expr> = None;
    let mut any: Option<Expr> = None;
    for (key, value) in keys.iter().zip(&position.values) {
        let column = || col(key.field.as_str());
        let beyond_key = match value {
            // Nothing comes after a missing value.
            None => None,
            Some(value) if key.dir == Direction::Asc => Some(column().gt(lit(value.clone())).or(column().is_null())),
            Some(value) => Some(column().lt(lit(value.clone())).or(column().is_null())),
        };
        if let Some(beyond_key) = beyond_key {
            let step = equal_so_far.clone().map_or(beyond_key.clone(), |equal| equal.and(beyond_key));
            any = Some(any.map_or(step.clone(), |any: Expr| any.or(step)));
        }
        let equal = match value {
            None => column().is_null(),
            Some(value) => column().eq(lit(value.clone())),
        };
        equal_so_far = Some(equal_so_far.map_or(equal.clone(), |so_far| so_far.and(equal)));
    }
    any.unwrap_or_else(|| lit(false))
}
