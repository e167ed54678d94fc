//! What a task is to write, as it is stored.

use rollcall_control::export_tasks::ExportTask;
use rollcall_model::Timestamp;
use rollcall_model::range::Range;
use rollcall_reports::Definition;

use crate::error::{DeliveryError, Result};
use crate::file::{Asked, FileWish};

/// The file that a task is to write. A preset means what it meant when the task was made.
pub(super) fn wish_of(task: &ExportTask) -> Result<FileWish> {
    let unreadable =
        |error: serde_json::Error| DeliveryError::invalid("task", format!("it can't be read: {error}; a newer version may have made it"));
    let asked: Asked = serde_json::from_str(&task.wish).map_err(unreadable)?;
    let mut definition = Definition::parse(serde_json::from_str(&task.definition).map_err(unreadable)?)?;
    definition.range = fixed(&definition, task.created_at)?;
    asked.of(definition)
}

fn fixed(definition: &Definition, now: Timestamp) -> Result<Range> {
    let Range::Preset { .. } = definition.range else { return Ok(definition.range.clone()) };
    let range = definition.resolve(now)?;
    Ok(Range::Custom { from: Some(range.from.to_string()), to: Some(range.to.to_string()) })
}
