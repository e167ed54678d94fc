//! The memory in which a report sorts that streams all of its rows.
//!
//! A stream goes on for as long as somebody reads, and nobody waits for its first row as for that of a page: it sorts in a
//! small part of what queries share, and on the disk beyond. Ten million rows in any order take no more than ten thousand.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionState;

/// Memory that one stream may sort in, in bytes. What it takes beside that, to put sorted rows together and write them to the
/// disk, is a few times as much.
const STREAM_BYTES: usize = 32 * 1024 * 1024;
/// Rows that a stream handles at once: fewer than a page, so that wide ones fit too.
const STREAM_BATCH_ROWS: usize = 2_048;

/// A part of a pool: a bound of its own for what can go on on the disk, within the bound of all.
///
/// What can't, such as the merge of sorted rows, needs little and has to have it: it counts for the bound of all alone.
#[derive(Debug)]
struct PartOf {
    own: FairSpillPool,
    all: Arc<dyn MemoryPool>,
}

impl fmt::Display for PartOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.own, self.all)
    }
}

impl MemoryPool for PartOf {
    fn name(&self) -> &str {
        "stream"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.own.register(consumer);
        self.all.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.own.unregister(consumer);
        self.all.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        if reservation.consumer().can_spill() {
            self.own.grow(reservation, additional);
        }
        self.all.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        if reservation.consumer().can_spill() {
            self.own.shrink(reservation, shrink);
        }
        self.all.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        if !reservation.consumer().can_spill() {
            return self.all.try_grow(reservation, additional);
        }
        self.own.try_grow(reservation, additional)?;
        self.all.try_grow(reservation, additional).inspect_err(|_| self.own.shrink(reservation, additional))
    }

    fn reserved(&self) -> usize {
        self.own.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.own.memory_limit()
    }
}

/// What a query runs in that streams all of its rows.
pub fn for_stream(state: &SessionState) -> Result<Arc<TaskContext>> {
    let runtime = state.runtime_env();
    let part = PartOf { own: FairSpillPool::new(STREAM_BYTES), all: Arc::clone(&runtime.memory_pool) };
    let runtime = RuntimeEnvBuilder::from_runtime_env(runtime).with_memory_pool(Arc::new(part)).build_arc()?;
    Ok(Arc::new(TaskContext::new(
        None,
        state.session_id().to_owned(),
        state.config().clone().with_batch_size(STREAM_BATCH_ROWS),
        state.scalar_functions().clone(),
        state.higher_order_functions().clone(),
        state.aggregate_functions().clone(),
        state.window_functions().clone(),
        runtime,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(own: usize, all: &Arc<dyn MemoryPool>) -> Arc<dyn MemoryPool> {
        Arc::new(PartOf { own: FairSpillPool::new(own), all: Arc::clone(all) })
    }

    #[test]
    fn a_part_has_a_bound_of_its_own_within_that_of_all() {
        let all: Arc<dyn MemoryPool> = Arc::new(FairSpillPool::new(1_000));
        let (one, other) = (part(600, &all), part(600, &all));
        let reserve = |pool: &Arc<dyn MemoryPool>| MemoryConsumer::new("sort").with_can_spill(true).register(pool);
        let (of_one, of_other) = (reserve(&one), reserve(&other));
        of_one.try_grow(400).unwrap();
        assert!(of_one.try_grow(300).is_err(), "beyond its own");
        assert!(of_other.try_grow(550).is_err(), "beyond its share of all");
        assert_eq!((one.reserved(), other.reserved(), all.reserved()), (400, 0, 400));
        // A merge has what it needs beside a sort that has all it may have.
        of_one.try_grow(100).unwrap();
        let merge = MemoryConsumer::new("merge").register(&one);
        merge.try_grow(200).unwrap();
        assert!(merge.try_grow(400).is_err(), "beyond that of all");
        drop((of_one, of_other, merge));
        assert_eq!((one.reserved(), other.reserved(), all.reserved()), (0, 0, 0));
    }
}
