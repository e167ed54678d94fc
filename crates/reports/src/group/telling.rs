//! Groups as JSON objects, and as lines of a table: the keys and then the measures.

use arrow::array::RecordBatch;
use rollcall_model::zone::Zone;
use serde_json::{Map, Value};

use super::answer::Group;
use super::{GroupKey, drill_down};
use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::rows::{RowWriter, Tell};

/// Tells the groups of a definition.
#[derive(Debug, Clone)]
pub struct GroupWriter {
    kind: Kind,
    keys: Vec<GroupKey>,
    /// The zone of the buckets.
    zone: Zone,
    of_keys: RowWriter,
    of_measures: RowWriter,
    table: RowWriter,
}

impl GroupWriter {
    pub(super) fn of(definition: &Definition, keys: &[GroupKey]) -> Self {
        let names: Vec<String> = keys.iter().map(GroupKey::name).collect();
        let measures: Vec<String> = definition.measures.iter().map(|measure| measure.name().to_owned()).collect();
        // A bucket is one of the report's zone, whichever clock is shown.
        let is_bucket = |name: &str| keys.iter().any(|key| key.bucket.is_some() && key.name() == name);
        let writer = |names: Vec<String>| RowWriter::new(names, definition.shown_zone()).with_own_zone(&definition.zone, is_bucket);
        GroupWriter {
            kind: definition.report,
            keys: keys.to_vec(),
            zone: definition.zone.clone(),
            of_keys: writer(names.clone()),
            of_measures: writer(measures.clone()),
            table: writer([names, measures].concat()),
        }
    }

    /// The groups of a batch.
    pub fn groups(&self, batch: &RecordBatch) -> Result<Vec<Group>> {
        let (keys, measures) = (self.of_keys.json(batch)?, self.of_measures.json(batch)?);
        let mut groups = Vec::with_capacity(keys.len());
        for (keys, measures) in keys.iter().zip(&measures) {
            let (keys, measures) = (object(keys.get())?, object(measures.get())?);
            let drill_down = drill_down::filters(self.kind, &self.keys, &keys, &self.zone);
            groups.push(Group { keys, measures, drill_down });
        }
        Ok(groups)
    }
}

impl Tell for GroupWriter {
    /// With the keys, the measures, and the filters that lead to the rows.
    fn ndjson(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        for group in self.groups(batch)? {
            serde_json::to_writer(&mut *out, &group).map_err(|e| Error::Query(e.to_string()))?;
            out.push(b'\n');
        }
        Ok(())
    }

    fn csv_header(&self, out: &mut Vec<u8>) -> Result<()> {
        self.table.csv_header(out)
    }

    fn csv(&self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        self.table.csv(batch, out)
    }

    fn with_raw(self, raw: bool) -> Self {
        GroupWriter { table: self.table.with_raw(raw), ..self }
    }

    fn table(&self) -> Option<&RowWriter> {
        Some(&self.table)
    }
}

fn object(text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|error| Error::Query(error.to_string()))
}
