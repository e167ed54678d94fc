//! The tail: acknowledged events that are not in the lake yet, in memory as readers need them.
//!
//! The journal has one row a commit. Here neighbouring rows grow together, so that a reader meets a
//! handful of batches also after thousands of small commits.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use rollcall_model::{Event, TenantId};
use rollcall_sessions::AccessEvent;

use crate::database::Queries;
use crate::error::Result;
use crate::event_batch;
use crate::journal;
use crate::schema::Table;

/// Segments are joined up to that many rows: as many as the query engine takes at once.
const SEGMENT_ROWS: usize = 8_192;

/// A run of events that follow each other.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) first_seq: i64,
    pub(crate) batch: RecordBatch,
    /// The access events among them, with their seq.
    pub(crate) access: Vec<(i64, Arc<AccessEvent>)>,
    /// Memory that the batch holds.
    bytes: usize,
}

impl Segment {
    /// A segment of a batch as the journal has it.
    pub(crate) fn decode(first_seq: i64, batch: RecordBatch) -> Result<Self> {
        let events = event_batch::decode(&batch)?;
        let access = events.iter().filter_map(|stored| Some((stored.seq, Arc::new(AccessEvent::from_event(&stored.event)?)))).collect();
        Ok(Segment { bytes: bytes_of(&batch), first_seq, batch, access })
    }

    /// A segment of events and the columns made of them.
    pub(crate) fn of(first_seq: i64, batch: RecordBatch, events: &[&Event]) -> Result<Self> {
        let access = (first_seq..).zip(events);
        let access = access.filter_map(|(seq, event)| Some((seq, Arc::new(AccessEvent::from_event(event)?)))).collect();
        Ok(Segment { bytes: bytes_of(&batch), first_seq, batch, access })
    }

    fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn next_seq(&self) -> i64 {
        self.first_seq + i64::try_from(self.rows()).unwrap_or(0)
    }

    fn followed_by(&self, next: &Segment) -> Result<Segment> {
        let batch = compact(&concat_batches(&Table::Events.schema(), [&self.batch, &next.batch])?)?;
        let access = self.access.iter().chain(&next.access).cloned().collect();
        Ok(Segment { first_seq: self.first_seq, bytes: bytes_of(&batch), batch, access })
    }

    /// What of it lies at `from` or after, and before `to`.
    fn cut(&self, from: i64, to: i64) -> Result<Segment> {
        let first_seq = from.max(self.first_seq);
        let place = |seq: i64| usize::try_from(seq - self.first_seq).unwrap_or(0).min(self.rows());
        let (begin, end) = (place(first_seq), place(to));
        let batch = compact(&self.batch.slice(begin, end.saturating_sub(begin)))?;
        let access = self.access.iter().filter(|(at, _)| from <= *at && *at < to).cloned().collect();
        Ok(Segment { first_seq, bytes: bytes_of(&batch), batch, access })
    }
}

/// Memory of a batch. Columns without any text share theirs.
fn bytes_of(batch: &RecordBatch) -> usize {
    let of_column = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) if texts.null_count() == texts.len() => 0,
        Some(texts) => texts.len() * 16 + texts.data_buffers().iter().map(|buffer| buffer.len()).sum::<usize>(),
        None => column.get_array_memory_size(),
    };
    batch.columns().iter().map(of_column).sum()
}

/// The same rows, holding no more memory than they need: joined and cut string views keep the texts of
/// rows that are gone.
fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let compact = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(views) => Arc::new(views.gc()) as ArrayRef,
        None => Arc::clone(column),
    };
    Ok(RecordBatch::try_new(batch.schema(), batch.columns().iter().map(compact).collect())?)
}

/// Segments that follow each other, the newest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail {
    segments: Vec<Arc<Segment>>,
}

impl Tail {
    /// The tail with one more segment at its end.
    ///
    /// A segment is joined with the one before it while that is not more than twice as long: each event
    /// is copied a logarithmic number of times, and a logarithmic number of segments remains. One that is
    /// long enough to be worked on by itself is left as it is.
    pub(crate) fn push(&self, segment: Segment) -> Result<Tail> {
        let mut segments = self.segments.clone();
        let mut last = segment;
        let small = |before: &Segment, last: &Segment| before.rows() <= 2 * last.rows() && before.rows() + last.rows() <= SEGMENT_ROWS;
        while let Some(before) = segments.pop_if(|before| small(before, &last)) {
            last = before.followed_by(&last)?;
        }
        segments.push(Arc::new(last));
        Ok(Tail { segments })
    }

    /// The first seq at or after another at which a commit ended, as far as that is still known.
    pub(crate) fn boundary_after(&self, seq: i64) -> i64 {
        let ends = self.segments.iter().map(|segment| segment.next_seq());
        let last = self.segments.last().map_or(seq, |segment| segment.next_seq());
        ends.into_iter().find(|&end| end >= seq).unwrap_or(last)
    }

    /// The tail with the journal's rows between two positions at its end.
    pub(crate) async fn follow(&self, reading: &impl Queries, tenant: &TenantId, from: i64, to: i64) -> Result<Tail> {
        let mut tail = self.clone();
        if from < to {
            for (first_seq, batch) in journal::read(reading, tenant, from, to).await? {
                tail = tail.push(Segment::decode(first_seq, batch)?)?;
            }
        }
        Ok(tail)
    }

    /// What of it lies at `from` or after, and before `to`.
    pub(crate) fn cut(&self, from: i64, to: i64) -> Result<Tail> {
        let touched = self.segments.iter().filter(|segment| segment.next_seq() > from && segment.first_seq < to);
        let cut = |segment: &Arc<Segment>| {
            let whole = from <= segment.first_seq && segment.next_seq() <= to;
            if whole { Ok(Arc::clone(segment)) } else { segment.cut(from, to).map(Arc::new) }
        };
        Ok(Tail { segments: touched.map(cut).collect::<Result<_>>()? })
    }

    /// Memory that its rows hold, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    pub(crate) fn rows(&self) -> usize {
        self.segments.iter().map(|segment| segment.rows()).sum()
    }

    pub(crate) fn batches(&self) -> Vec<RecordBatch> {
        self.segments.iter().map(|segment| segment.batch.clone()).collect()
    }

    /// Its access events.
    pub(crate) fn access(&self) -> impl Iterator<Item = &AccessEvent> {
        self.segments.iter().flat_map(|segment| segment.access.iter().map(|(_, event)| event.as_ref()))
    }
}
