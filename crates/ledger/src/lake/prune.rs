//! Which files a query can leave out, by what the catalogue says of their columns.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, Result};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::scalar::ScalarValue;

use super::DataFile;
use crate::schema::Table;

/// The files that can hold rows for a predicate.
pub(crate) fn prune(table: Table, files: &[Arc<DataFile>], predicate: &Arc<dyn PhysicalExpr>) -> Result<Vec<Arc<DataFile>>> {
    let pruning = PruningPredicateBuilder::new().with_file_schema(table.schema()).try_build(Arc::clone(predicate))?;
    let keep = pruning.prune(&Files(files))?;
    Ok(files.iter().zip(keep).filter(|(_, keep)| *keep).map(|(file, _)| Arc::clone(file)).collect())
}

/// Files as containers of the pruning predicate.
struct Files<'a>(&'a [Arc<DataFile>]);

impl Files<'_> {
    fn values(&self, column: &Column, pick: fn(&super::Bounds) -> &ScalarValue) -> Option<ArrayRef> {
        // All files know the same columns; a file that does not makes the column unknown.
        let values: Option<Vec<ScalarValue>> = self.0.iter().map(|file| file.bounds.get(column.name()).map(|b| pick(b).clone())).collect();
        ScalarValue::iter_to_array(values?).ok()
    }
}

impl PruningStatistics for Files<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |bounds| &bounds.min)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.values(column, |bounds| &bounds.max)
    }

    fn num_containers(&self) -> usize {
        self.0.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let nulls: Option<Vec<u64>> = self.0.iter().map(|file| u64::try_from(file.bounds.get(column.name())?.nulls).ok()).collect();
        Some(Arc::new(UInt64Array::from(nulls?)))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(self.0.iter().map(|file| u64::try_from(file.rows).unwrap_or(0)))))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
