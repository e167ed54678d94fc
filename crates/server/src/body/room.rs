//! Room in memory for the bodies of all requests together.
//!
//! It is counted in granules: a small request takes one, so that many of them find room beside a few large
//! ones. What finds none is refused at once, never queued: a queue of bodies would be the memory that is
//! to be bounded.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// Bytes of a granule.
const GRANULE: usize = 64 * 1024;

/// The room there is.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    granules: Arc<Semaphore>,
}

/// Room that a request has taken; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    granules: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        Room { granules: Arc::new(Semaphore::new((bytes / GRANULE).max(1))) }
    }

    /// A reservation of nothing yet.
    pub(crate) fn reserve(&self) -> Reservation {
        Reservation { granules: Arc::clone(&self.granules), held: None }
    }
}

impl Reservation {
    /// Makes it hold at least that many bytes, if there is room for them.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = bytes.div_ceil(GRANULE).saturating_sub(held);
        if missing == 0 {
            return Ok(());
        }
        let busy = || Problem::busy("other requests take all the memory there is for bodies", 1);
        let missing = u32::try_from(missing).map_err(|_| busy())?;
        let more = Arc::clone(&self.granules).try_acquire_many_owned(missing).map_err(|_| busy())?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_by_granules_and_given_back() {
        let room = Room::new(3 * GRANULE);
        let (mut large, mut small) = (room.reserve(), room.reserve());
        large.grow_to(1).unwrap();
        large.grow_to(GRANULE).unwrap();
        large.grow_to(GRANULE + 1).unwrap();
        small.grow_to(GRANULE).unwrap();
        assert!(small.grow_to(GRANULE + 1).is_err(), "there are three granules, and three are taken");
        drop(large);
        small.grow_to(3 * GRANULE).unwrap();
    }
}
