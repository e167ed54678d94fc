//! The tail: acknowledged events that are not in the lake yet, in memory as readers need them.
//!
//! The journal has one row a commit. Here neighbouring rows grow together, so that a reader meets a
//! handful of batches also after thousands of small commits.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use rollcall_model::{Category, Event, TenantId};
use rollcall_sessions::AccessEvent;

use crate::database::Queries;
use crate::error::Result;
use crate::event_batch::{self, compact};
use crate::journal;
use crate::schema::{Table, position};

/// Segments are joined up to that many rows: as many as the query engine takes at once.
const SEGMENT_ROWS: usize = 8_192;

/// A run of events that follow each other.
///
/// Access events and others are batches of their own, each in the order of seq: they fill different columns,
/// and a column without any value takes no memory.
#[derive(Debug)]
pub(crate) struct Segment {
    first_seq: i64,
    next_seq: i64,
    batches: Vec<RecordBatch>,
    /// The access events among them, with their seq.
    access: Vec<(i64, Arc<AccessEvent>)>,
    /// Memory that the batches hold.
    bytes: usize,
}

impl Segment {
    /// A segment of batches as the journal has them.
    pub(crate) fn decode(first_seq: i64, batches: Vec<RecordBatch>) -> Result<Self> {
        let mut access = Vec::new();
        for batch in batches.iter().filter(|batch| is_of_access(batch)) {
            let events = event_batch::decode(batch)?;
            access.extend(events.iter().filter_map(|stored| Some((stored.seq, Arc::new(AccessEvent::from_event(&stored.event)?)))));
        }
        Ok(Self::new(first_seq, batches, access))
    }

    /// A segment of events and the columns made of them.
    pub(crate) fn of(first_seq: i64, batches: Vec<RecordBatch>, events: &[&Event]) -> Self {
        let access = (first_seq..).zip(events);
        let access = access.filter_map(|(seq, event)| Some((seq, Arc::new(AccessEvent::from_event(event)?)))).collect();
        Self::new(first_seq, batches, access)
    }

    fn new(first_seq: i64, batches: Vec<RecordBatch>, access: Vec<(i64, Arc<AccessEvent>)>) -> Self {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let bytes = batches.iter().map(bytes_of).sum();
        Segment { first_seq, next_seq: first_seq + i64::try_from(rows).unwrap_or(0), batches, access, bytes }
    }

    pub(crate) fn rows(&self) -> usize {
        usize::try_from(self.next_seq - self.first_seq).unwrap_or(0)
    }

    fn followed_by(&self, next: &Segment) -> Result<Segment> {
        let (of_access, others): (Vec<_>, Vec<_>) = self.batches.iter().chain(&next.batches).partition(|batch| is_of_access(batch));
        let mut batches = Vec::new();
        for parts in [of_access, others].into_iter().filter(|parts| !parts.is_empty()) {
            batches.push(compact(&concat_batches(&Table::Events.schema(), parts)?)?);
        }
        Ok(Self::new(self.first_seq, batches, self.access.iter().chain(&next.access).cloned().collect()))
    }

    /// What of it lies at `from` or after, and before `to`.
    fn cut(&self, from: i64, to: i64) -> Result<Segment> {
        let mut batches = Vec::new();
        for batch in &self.batches {
            let seqs = batch.column(position(Table::Events, "seq")).as_primitive::<Int64Type>().values();
            let begin = seqs.partition_point(|&seq| seq < from);
            let end = seqs.partition_point(|&seq| seq < to);
            if begin < end {
                batches.push(compact(&batch.slice(begin, end - begin))?);
            }
        }
        let access = self.access.iter().filter(|(at, _)| from <= *at && *at < to).cloned().collect();
        Ok(Self::new(from.max(self.first_seq), batches, access))
    }
}

/// Whether a batch is one of access events: such batches hold nothing else.
fn is_of_access(batch: &RecordBatch) -> bool {
    let categories = batch.column(position(Table::Events, "category")).as_string_view();
    !categories.is_empty() && categories.value(0) == Category::Access.as_str()
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
        let ends = self.segments.iter().map(|segment| segment.next_seq);
        let last = self.segments.last().map_or(seq, |segment| segment.next_seq);
        ends.into_iter().find(|&end| end >= seq).unwrap_or(last)
    }

    /// The tail with the journal's rows between two positions at its end.
    pub(crate) async fn follow(&self, reading: &impl Queries, tenant: &TenantId, from: i64, to: i64) -> Result<Tail> {
        let mut tail = self.clone();
        if from < to {
            for (first_seq, batches) in journal::read(reading, tenant, from, to).await? {
                tail = tail.push(Segment::decode(first_seq, batches)?)?;
            }
        }
        Ok(tail)
    }

    /// What of it lies at `from` or after, and before `to`.
    pub(crate) fn cut(&self, from: i64, to: i64) -> Result<Tail> {
        let touched = self.segments.iter().filter(|segment| segment.next_seq > from && segment.first_seq < to);
        let cut = |segment: &Arc<Segment>| {
            let whole = from <= segment.first_seq && segment.next_seq <= to;
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
        self.segments.iter().flat_map(|segment| segment.batches.iter().cloned()).collect()
    }

    /// Its access events, to be kept.
    pub(crate) fn shared_access(&self) -> impl Iterator<Item = Arc<AccessEvent>> {
        self.segments.iter().flat_map(|segment| segment.access.iter().map(|(_, event)| Arc::clone(event)))
    }

    /// Its access events.
    pub(crate) fn access(&self) -> impl Iterator<Item = &AccessEvent> {
        self.segments.iter().flat_map(|segment| segment.access.iter().map(|(_, event)| event.as_ref()))
    }
}
