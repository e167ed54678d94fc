//! Groups without rows: agents of the directory who have none in the range.
//!
//! Each of them is a row that weighs nothing: it makes a group, and changes no measure of one that is there.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewArray};
use datafusion::dataframe::DataFrame;
use datafusion::prelude::SessionContext;
use rollcall_model::directory::Entry;

use crate::definition::Definition;
use crate::engine::Planned;
use crate::error::Result;
use crate::people::may_meet;

/// The fields that the directory tells of an agent.
pub(super) const FIELDS: &[&str] = &["agent", "agent_id", "agent_time_zone"];

/// The agents whom the caller may see, who are at work and who can meet the filters on their place in the
/// organisation; with the fields that the directory tells of them.
pub(super) fn agents(planned: &Planned, definition: &Definition, context: &SessionContext) -> Result<DataFrame> {
    let meets = |entry: &Entry| definition.filters.iter().all(|filter| may_meet(entry, filter));
    let known: Vec<(usize, &Entry)> = planned.people.at_work().filter(|(_, entry)| meets(entry)).collect();
    let names = known.iter().map(|(place, _)| planned.people.agents()?.name(*place));
    let ids = known.iter().map(|(_, entry)| Some(entry.employee_id.as_str()));
    let zones = known.iter().map(|(_, entry)| Some(entry.time_zone.as_ref().unwrap_or(&definition.zone).name()));
    let columns: [ArrayRef; 3] = [
        Arc::new(StringViewArray::from_iter(names)),
        Arc::new(StringViewArray::from_iter(ids)),
        Arc::new(StringViewArray::from_iter(zones)),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(FIELDS.iter().zip(columns).map(|(name, column)| (*name, column, true)))?;
    Ok(context.read_batch(batch)?)
}
