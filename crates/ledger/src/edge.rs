//! The edge: where a tenant's sessions begin, once retention has removed the access events before it.
//!
//! Sessions are paired from the sessions that were open at the edge, with the access events at or after
//! it. An event before the edge takes no part, be it that it comes after the edge was drawn and waits for
//! the next retention run: the tenant no longer keeps what it belonged to.
//!
//! Each change of the edge belongs to a snapshot, so that a cursor on an earlier one still sees the
//! earlier edge. Without a row the edge lies before everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::ipc::reader::StreamReader;
use jiff::civil::Date;
use rollcall_model::{Session, TenantId, Timestamp};
use rollcall_sessions::{AccessEvent, SourceLimits, pair};

use crate::database::{Queries, Write, get};
use crate::derive;
use crate::error::{Error, Result};
use crate::journal;
use crate::lake::DataFile;
use crate::lake::store::Store;
use crate::lake::table::LakeTable;
use crate::lake::write::Class;
use crate::schema::Table;
use crate::session_batch;
use crate::state::LakeVersion;

/// Where a tenant's sessions begin.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Edge {
    /// Since which snapshot it is so.
    pub(crate) snapshot_id: i64,
    /// Nothing before it takes part; none if everything does.
    pub(crate) moment: Option<Timestamp>,
    /// The sessions that were open at that moment.
    pub(crate) open: Vec<Session>,
}

impl Edge {
    /// Whether a moment lies before the edge.
    pub(crate) fn is_after(&self, moment: Timestamp) -> bool {
        self.moment.is_some_and(|edge| moment < edge)
    }

    /// The first moment at or after another that does not lie before the edge.
    pub(crate) fn reach(&self, moment: Timestamp) -> Timestamp {
        self.moment.map_or(moment, |edge| edge.max(moment))
    }

    /// Reads the edge as of a snapshot. One that is `known` isn't read again.
    pub(crate) async fn load(reading: &impl Queries, tenant: &TenantId, snapshot_id: i64, known: Option<&Arc<Edge>>) -> Result<Arc<Edge>> {
        let sql = "SELECT snapshot_id, moment FROM rollcall_edge WHERE tenant = $1 AND snapshot_id <= $2 ORDER BY snapshot_id DESC LIMIT 1";
        let Some(row) = reading.one(sql, [tenant.as_str().into(), snapshot_id.into()]).await? else {
            return Ok(Arc::default());
        };
        let (snapshot_id, micros): (i64, i64) = (get(&row, 0)?, get(&row, 1)?);
        if let Some(known) = known.filter(|known| known.moment.is_some() && known.snapshot_id == snapshot_id) {
            return Ok(Arc::clone(known));
        }
        let sql = "SELECT sessions FROM rollcall_edge WHERE tenant = $1 AND snapshot_id = $2";
        let row = reading.one(sql, [tenant.as_str().into(), snapshot_id.into()]).await?;
        let bytes: Vec<u8> = row.map_or_else(|| Ok(Vec::new()), |row| get(&row, 0))?;
        let moment = Timestamp::from_micros(micros).ok_or_else(|| Error::Corrupt(format!("an edge at {micros} µs, which is no moment")))?;
        Ok(Arc::new(Edge { snapshot_id, moment: Some(moment), open: decode(&bytes)? }))
    }

    /// Writes the edge, for its snapshot and those after it.
    pub(crate) async fn store(&self, write: &Write<'_>, tenant: &TenantId) -> Result<()> {
        let Some(moment) = self.moment else { return Ok(()) };
        let row = [tenant.as_str().into(), self.snapshot_id.into(), moment.as_micros().into(), encode(&self.open)?.into()];
        write.run("INSERT INTO rollcall_edge(tenant, snapshot_id, moment, sessions) VALUES ($1, $2, $3, $4)", row).await?;
        Ok(())
    }
}

/// The sessions that are open at the first moment of a day, by the lake alone: what is left of them once the
/// events before it are gone. One whose limit has passed by then has ended.
///
/// Events are paired a day at a time, so memory doesn't grow with the history.
pub(crate) async fn open_at(
    store: &Arc<Store>,
    schema_path: &str,
    limits: &SourceLimits,
    lake: &LakeVersion,
    first_moment: Timestamp,
) -> Result<Vec<Session>> {
    // Files before the edge hold late events, which no longer count.
    let (from, until) = (lake.edge.moment.map(Timestamp::utc_date), first_moment.utc_date());
    let mut days: BTreeMap<Date, Vec<Arc<DataFile>>> = BTreeMap::new();
    for file in lake.events.iter().filter(|file| Class::of_path(&file.path) == Some(Class::Access)) {
        if let Some(day) = file.day().filter(|day| from.is_none_or(|from| from <= *day) && *day < until) {
            days.entry(day).or_default().push(Arc::clone(file));
        }
    }
    let mut open = lake.edge.open.clone();
    for files in days.into_values() {
        let table = Arc::new(LakeTable::of_files(Table::Events, schema_path, store, files));
        let found = store.context().read_table(table)?.select_columns(derive::COLUMNS)?.collect().await?;
        open = pair(open, &derive::access_events_of(&found)?, limits).open;
    }
    Ok(still_open(open, limits, first_moment))
}

/// The open sessions whose limit, by the limits of today, has not passed before a moment.
pub(crate) fn still_open(open: Vec<Session>, limits: &SourceLimits, moment: Timestamp) -> Vec<Session> {
    let mut open = pair::<AccessEvent>(open, &[], limits).open;
    open.retain(|session| session.end_time().is_none_or(|bound| bound >= moment));
    open
}

/// Sessions as bytes: one Arrow IPC stream, as a row of the journal is.
fn encode(open: &[Session]) -> Result<Vec<u8>> {
    journal::encode(&[session_batch::encode(open)?])
}

/// The sessions of such bytes.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Session>> {
    let mut open = Vec::new();
    for batch in StreamReader::try_new(bytes, None)? {
        open.extend(session_batch::decode(&batch?)?);
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use rollcall_model::{Category, Event, Outcome};
    use rollcall_sessions::sessions_of;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut event = Event::new(Uuid::from_u128(7), Timestamp::default(), "portal", Category::Access, "sign_in", Outcome::Success);
        event.account = Some("mara.lind".to_owned());
        let open = sessions_of(&[AccessEvent::from_event(&event).unwrap()], &SourceLimits::default());
        assert_eq!(open.len(), 1);
        assert_eq!(decode(&encode(&open).unwrap()).unwrap(), open);
        assert!(decode(&encode(&[]).unwrap()).unwrap().is_empty());
        decode(b"nothing").unwrap_err();
    }

    #[test]
    fn without_a_moment_everything_is_at_the_edge_or_after_it() {
        let edge = Edge::default();
        assert!(!edge.is_after(Timestamp::MIN));
        assert_eq!(edge.reach(Timestamp::MIN), Timestamp::MIN);
        let edge = Edge { moment: Some(Timestamp::default()), ..edge };
        assert!(edge.is_after(Timestamp::MIN) && !edge.is_after(Timestamp::default()));
        assert_eq!(edge.reach(Timestamp::MIN), Timestamp::default());
    }
}
