//! How many rows of a file match some filters: files never change, so it is found once and remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;

/// Sets of filters that are remembered; the one not asked for longest goes first.
const MAX_SETS: usize = 512;
/// Sets of filters with more parts than this are not remembered: they would fill the memory.
const MAX_PARTS: usize = 1_000;

/// Filters that must all hold, over the columns of a table.
pub(crate) type Filters = Arc<[Expr]>;

/// Numbers of matching rows by filters and file.
#[derive(Debug, Default)]
pub(crate) struct MatchCounts {
    sets: Mutex<Sets>,
}

#[derive(Debug, Default)]
struct Sets {
    by_filters: HashMap<Filters, Set>,
    clock: u64,
}

#[derive(Debug, Default)]
struct Set {
    /// By the id of the file.
    rows: HashMap<i64, u64>,
    used: u64,
}

impl MatchCounts {
    /// What is known of these filters: rows by the id of the file.
    pub(crate) fn known(&self, filters: &Filters) -> HashMap<i64, u64> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.clock += 1;
        let now = sets.clock;
        match sets.by_filters.get_mut(filters) {
            Some(set) => {
                set.used = now;
                set.rows.clone()
            }
            None => HashMap::new(),
        }
    }

    /// Remembers what was found.
    pub(crate) fn remember(&self, filters: &Filters, found: impl IntoIterator<Item = (i64, u64)>) {
        if parts(filters) > MAX_PARTS {
            return;
        }
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        let now = sets.clock;
        let set = sets.by_filters.entry(Arc::clone(filters)).or_default();
        set.used = now;
        set.rows.extend(found);
        while sets.by_filters.len() > MAX_SETS {
            let oldest = sets.by_filters.iter().min_by_key(|(_, set)| set.used).map(|(filters, _)| Arc::clone(filters));
            let Some(oldest) = oldest else { break };
            sets.by_filters.remove(&oldest);
        }
    }
}

/// Of how many expressions filters are made.
fn parts(filters: &[Expr]) -> usize {
    let mut parts = 0;
    for filter in filters {
        // The closure never fails, so neither does the walk.
        let _ = filter.apply(|_| {
            parts += 1;
            Ok(TreeNodeRecursion::Continue)
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    fn filters(value: i64) -> Filters {
        Arc::from([col("seq").gt(lit(value))])
    }

    #[test]
    fn what_was_found_is_known_for_the_same_filters_alone() {
        let counts = MatchCounts::default();
        counts.remember(&filters(1), [(7, 100)]);
        counts.remember(&filters(1), [(8, 0)]);
        assert_eq!(counts.known(&filters(1)), HashMap::from([(7, 100), (8, 0)]));
        assert!(counts.known(&filters(2)).is_empty());
    }

    #[test]
    fn the_filters_not_asked_for_longest_are_forgotten_first() {
        let counts = MatchCounts::default();
        for value in 0..=i64::try_from(MAX_SETS).unwrap() {
            counts.remember(&filters(value), [(1, 1)]);
            assert!(!counts.known(&filters(0)).is_empty(), "asked for all the time");
        }
        assert!(counts.known(&filters(1)).is_empty());
        assert!(!counts.known(&filters(2)).is_empty());
    }

    #[test]
    fn long_lists_of_values_are_not_kept() {
        let counts = MatchCounts::default();
        let long: Filters = Arc::from([col("account").in_list((0..1_001).map(|n| lit(n.to_string())).collect(), false)]);
        counts.remember(&long, [(1, 1)]);
        assert!(counts.known(&long).is_empty());
    }
}
