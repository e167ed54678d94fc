//! Binary records of one size.

use super::{Cut, Cutter};
use crate::mapping::Rejection;

/// Cuts records of one size.
#[derive(Debug)]
pub(super) struct FixedCutter {
    size: usize,
}

impl FixedCutter {
    pub(super) fn new(size: usize) -> Self {
        FixedCutter { size }
    }
}

impl Cutter for FixedCutter {
    fn cut(&mut self, unread: &[u8], at_end: bool) -> Cut {
        let size = self.size;
        if unread.len() >= size {
            Cut::Record { len: size, next: size }
        } else if at_end && !unread.is_empty() {
            let reason = format!("expected a record of {size} bytes, got {} at the end of the file; it may be cut off", unread.len());
            Cut::Reject { len: unread.len(), next: unread.len(), reason: Rejection::new(reason) }
        } else {
            Cut::More
        }
    }
}
