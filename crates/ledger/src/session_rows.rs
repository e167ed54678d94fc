//! Sessions as rows, and the same as columns once somebody asks.
//!
//! Of the sessions that are open, most stay as they are from one archive step to the next. Those are shared between
//! versions of the lake, not copied; as columns they are filtered, not made anew.

use std::sync::{Arc, OnceLock};

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use rollcall_model::Session;

use crate::error::Result;
use crate::event_batch::compact;
use crate::schema::Table;
use crate::session_batch;

/// Sessions, in no order.
#[derive(Debug, Default)]
pub(crate) struct SessionRows {
    rows: Vec<Arc<Session>>,
    /// The same rows in the same order, once somebody has asked.
    columns: OnceLock<RecordBatch>,
}

impl SessionRows {
    pub(crate) fn of(sessions: Vec<Session>) -> Self {
        SessionRows { rows: sessions.into_iter().map(Arc::new).collect(), columns: OnceLock::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.rows.iter().map(Arc::as_ref)
    }

    /// Those that are not `affected`, and the others by themselves.
    pub(crate) fn split(&self, affected: impl Fn(&Session) -> bool) -> Result<(Self, Vec<Session>)> {
        let mask: Vec<bool> = self.iter().map(|session| !affected(session)).collect();
        let chosen = |kept: bool| self.rows.iter().zip(&mask).filter(move |(_, keep)| **keep == kept).map(|(row, _)| row);
        let rest = SessionRows { rows: chosen(true).cloned().collect(), columns: OnceLock::new() };
        let taken = chosen(false).map(|row| row.as_ref().clone()).collect();
        if let Some(columns) = self.columns.get() {
            let _ = rest.columns.set(filter_record_batch(columns, &BooleanArray::from(mask))?);
        }
        Ok((rest, taken))
    }

    /// These and others.
    pub(crate) fn with(mut self, others: Vec<Session>) -> Result<Self> {
        let columns = OnceLock::new();
        if let Some(known) = self.columns.take() {
            let parts = [known, session_batch::encode(&others)?];
            let _ = columns.set(compact(&concat_batches(&Table::Sessions.schema(), &parts)?)?);
        }
        self.rows.extend(others.into_iter().map(Arc::new));
        self.columns = columns;
        Ok(self)
    }

    /// As columns; none if there are no rows.
    pub(crate) fn columns(&self) -> Result<Option<RecordBatch>> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        if let Some(columns) = self.columns.get() {
            return Ok(Some(columns.clone()));
        }
        let columns = session_batch::encode(self.rows.iter().map(Arc::as_ref))?;
        Ok(Some(self.columns.get_or_init(|| columns).clone()))
    }
}

#[cfg(test)]
mod tests {
    use rollcall_model::{Category, Event, Outcome, Timestamp};
    use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of};
    use uuid::Uuid;

    use super::*;

    fn sessions(accounts: std::ops::Range<u128>) -> Vec<Session> {
        let sign_in = |number: u128| {
            let at = Timestamp::from_micros(i64::try_from(number).unwrap()).unwrap();
            let mut event = Event::new(Uuid::from_u128(number), at, "portal", Category::Access, "sign_in", Outcome::Success);
            event.account = Some(format!("an.agent.with.a.long.name.{number}"));
            AccessEvent::from_event(&event).unwrap()
        };
        sessions_of(&accounts.map(sign_in).collect::<Vec<_>>(), &SourceLimits::default())
    }

    fn rows(open: &SessionRows) -> Vec<Session> {
        open.iter().cloned().collect()
    }

    #[test]
    fn columns_say_what_rows_say_whether_they_were_known_before_or_not() {
        for known_before in [false, true] {
            let open = SessionRows::of(sessions(0..10));
            if known_before {
                open.columns().unwrap();
            }
            let (rest, taken) = open.split(|session| session.account.as_deref().unwrap().ends_with(['3', '7'])).unwrap();
            assert_eq!((rest.len(), taken.len()), (8, 2));
            let all = rest.with(sessions(20..23)).unwrap();
            assert_eq!(all.columns.get().is_some(), known_before);
            let columns = all.columns().unwrap().unwrap();
            assert_eq!(session_batch::decode(&columns).unwrap(), rows(&all));
            assert_eq!(all.len(), 11);
            assert_eq!(rows(&open), sessions(0..10), "what others share stays");
        }
    }

    #[test]
    fn none_are_no_columns() {
        let open = SessionRows::of(sessions(0..2));
        open.columns().unwrap();
        let (none, taken) = open.split(|_| true).unwrap();
        assert_eq!(none.len(), 0);
        assert!(none.columns().unwrap().is_none());
        assert_eq!(taken, sessions(0..2));
        let again = none.with(taken).unwrap();
        assert_eq!(session_batch::decode(&again.columns().unwrap().unwrap()).unwrap(), rows(&again));
    }
}
