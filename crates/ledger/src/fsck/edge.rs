//! The sessions that were open at the moment before which a tenant's access events are gone, as bytes: one
//! Arrow IPC stream, as a row of the journal is.

use arrow::ipc::reader::StreamReader;
use rollcall_model::{Session, Timestamp};

use crate::error::Result;
use crate::journal;
use crate::session_batch;

/// What retention has left of the access events before a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edge {
    /// From here on the access events are all there.
    pub(crate) moment: Option<Timestamp>,
    /// What was open then: where pairing starts.
    pub(crate) open: Vec<Session>,
}

/// The bytes that are stored of sessions.
// Called by retention.
#[cfg_attr(not(test), expect(dead_code))]
pub(crate) fn encode(open: &[Session]) -> Result<Vec<u8>> {
    journal::encode(&session_batch::encode(open)?)
}

/// The sessions of stored bytes.
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
    use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let mut event = Event::new(Uuid::from_u128(7), Timestamp::default(), "portal", Category::Access, "sign_in", Outcome::Success);
        event.account = Some("mara.lind".to_owned());
        let open = sessions_of(vec![AccessEvent::from_event(&event).unwrap()], &SourceLimits::default());
        assert_eq!(open.len(), 1);
        assert_eq!(decode(&encode(&open).unwrap()).unwrap(), open);
        assert!(decode(&encode(&[]).unwrap()).unwrap().is_empty());
        decode(b"nothing").unwrap_err();
    }
}
