//! All rows of a report, in order, from one snapshot that stays while they are read.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, col, lit};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{SendableRecordBatchStream, execute_stream};
use futures::{Stream, StreamExt, TryStreamExt};
use rollcall_ledger::{Ledger, Selection, for_stream};
use rollcall_model::Timestamp;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

use crate::cursor::{Cursor, Position};
use crate::definition::Definition;
use crate::engine::{Caller, Planned, Reports};
use crate::error::{Error, Result};
use crate::plan;
use crate::rows::RowWriter;
use crate::sort::Direction;

/// How often the lease of a snapshot is renewed: it lasts for an hour at least.
const RENEWED_EVERY: Duration = Duration::from_secs(20 * 60);
/// So often a newer snapshot is taken where archive steps come between it and its lease.
const ATTEMPTS: usize = 5;
/// Batches that are read before they are told.
const READ_AHEAD: usize = 2;
/// About so many rows are sorted at a time.
pub(crate) const STRETCH_ROWS: u64 = 256 * 1024;
/// Stretches that are read and sorted at once, the one that is told aside.
const SORTED_AT_ONCE: usize = 2;

/// All rows of a report, in order, from one snapshot.
pub struct RowStream<W = RowWriter> {
    /// Tells the rows.
    pub writer: W,
    batches: SendableRecordBatchStream,
    /// Of a snapshot that is still read; none where all was read before.
    lease: Option<Lease>,
    /// The threads that read.
    threads: Handle,
}

impl<W> RowStream<W> {
    /// Called on the threads that run queries.
    pub(crate) fn new(writer: W, batches: SendableRecordBatchStream, lease: Option<Lease>) -> Self {
        RowStream { writer, batches, lease, threads: Handle::current() }
    }

    /// The columns of all batches.
    pub fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }

    /// The rows, batch by batch. The next ones are read and sorted, on the threads that run queries, while one is told.
    pub fn batches(self) -> impl Stream<Item = Result<RecordBatch>> + Send {
        let RowStream { batches, lease, threads, .. } = self;
        read_ahead(batches, &threads).map(move |batch| {
            let _held = &lease;
            Ok(batch?)
        })
    }
}

/// Batches that are read on some threads before they are asked for.
fn read_ahead(
    mut batches: SendableRecordBatchStream,
    threads: &Handle,
) -> impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send + use<> {
    let (sender, receiver) = tokio::sync::mpsc::channel(READ_AHEAD);
    let reading = Task(threads.spawn(async move {
        while let Some(batch) = batches.next().await {
            if sender.send(batch).await.is_err() {
                break;
            }
        }
    }));
    futures::stream::unfold(Some((receiver, reading)), |reader| async move {
        let (mut receiver, mut reading) = reader?;
        match receiver.recv().await {
            Some(batch) => Some((batch, Some((receiver, reading)))),
            // What ends early is not all of it.
            None => (&mut reading.0).await.err().map(|error| (Err(DataFusionError::External(error.into())), None)),
        }
    })
}

/// Rows in the order of a definition, from a position on.
///
/// Where the catalogue says how they lie in the order's first column, they are sorted a stretch at a time, one while the one
/// before is told: neither memory nor the disk that sorts spill to grows with the rows.
pub(crate) async fn in_order(
    rows: DataFrame,
    definition: &Definition,
    after: Option<&Position>,
    stretch_rows: u64,
) -> Result<SendableRecordBatchStream> {
    let whole = plan::sorted(rows.clone(), definition, after, None)?;
    let stretches = stretches(&whole, definition, stretch_rows).await?;
    let (state, _) = whole.clone().into_parts();
    let context = for_stream(&state)?;
    if stretches.len() < 2 {
        return Ok(execute(whole, context).await?);
    }
    let parts = stretches.into_iter().map(|stretch| plan::sorted(rows.clone().filter(stretch)?, definition, after, None));
    let parts = parts.collect::<Result<Vec<DataFrame>>>()?;
    let threads = Handle::current();
    let begun = futures::stream::iter(parts).map(move |part| {
        let mut task = Task(threads.spawn(execute(part, Arc::clone(&context))));
        let threads = threads.clone();
        async move {
            let batches = (&mut task.0).await.map_err(|error| DataFusionError::External(error.into()))??;
            Ok::<_, DataFusionError>(read_ahead(batches, &threads))
        }
    });
    let schema = Arc::new(whole.schema().as_arrow().clone());
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, begun.buffered(SORTED_AT_ONCE).try_flatten())))
}

/// Runs a query up to its first rows. Rows that are too wide for the memory of a stream are sorted in that of all queries:
/// nothing of them has been told yet.
async fn execute(rows: DataFrame, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream, DataFusionError> {
    let in_all_memory = Arc::new(rows.task_ctx());
    let plan = rows.create_physical_plan().await?;
    let mut batches = execute_stream(Arc::clone(&plan), context)?;
    let first = match batches.next().await {
        Some(Err(error)) if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) => {
            return execute_stream(plan.reset_state()?, in_all_memory);
        }
        first => first,
    };
    let schema = batches.schema();
    Ok(Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(first).chain(batches))))
}

/// The stretches of the first column of an order, in that order.
async fn stretches(sorted: &DataFrame, definition: &Definition, rows: u64) -> Result<Vec<Expr>> {
    let Some(key) = definition.sort.first().filter(|key| definition.report.is_stored(&key.field)) else { return Ok(Vec::new()) };
    let (state, plan) = sorted.clone().into_parts();
    let Some(selection) = Selection::of(&state.optimize(&plan)?) else { return Ok(Vec::new()) };
    let cuts = selection.stretches(&state, &key.field, rows).await?;
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { return Ok(Vec::new()) };
    let column = || col(key.field.as_str());
    let within = cuts.iter().zip(cuts.iter().skip(1));
    let within = within.map(|(from, to)| column().gt_eq(lit(from.clone())).and(column().lt(lit(to.clone()))));
    let mut stretches: Vec<Expr> = std::iter::once(column().lt(lit(first.clone()))).chain(within).collect();
    stretches.push(column().gt_eq(lit(last.clone())));
    if key.dir == Direction::Desc {
        stretches.reverse();
    }
    // Rows without a value come last in either direction.
    stretches.push(column().is_null());
    Ok(stretches)
}

/// A task that ends with whoever waits for it.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A lease on a snapshot that is renewed for as long as it is read.
pub(crate) struct Lease(AbortHandle);

impl Lease {
    fn of(ledger: &Arc<Ledger>, planned: &Planned) -> Self {
        let (ledger, snapshot) = (Arc::clone(ledger), planned.snapshot.clone());
        let renewing = tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEWED_EVERY).await;
                if let Err(error) = ledger.hold(&snapshot).await {
                    tracing::warn!(%error, "the lease of a snapshot that is read can't be renewed; it is tried again");
                }
            }
        });
        Lease(renewing.abort_handle())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Reports {
    /// A definition at a snapshot that stays while its rows are read: neither archiving nor compaction nor expiry, on
    /// whichever node, takes anything from under a reader.
    pub(crate) async fn open_held(
        &self,
        caller: &Caller,
        definition: &Definition,
        cursor: Option<Cursor>,
        now: Timestamp,
    ) -> Result<(Planned, Lease)> {
        let is_first = cursor.is_none();
        let planned = self.open(caller, definition, cursor, now).await?;
        self.held(planned, is_first, caller, definition, now).await
    }

    /// Holds the snapshot of what was opened; a newer one where it is gone already and no cursor names it.
    pub(crate) async fn held(
        &self,
        mut planned: Planned,
        is_first: bool,
        caller: &Caller,
        definition: &Definition,
        now: Timestamp,
    ) -> Result<(Planned, Lease)> {
        for _ in 0..ATTEMPTS {
            match self.hold(&planned).await {
                Err(Error::Ledger(error)) if error.is_snapshot_gone() && is_first => {
                    planned = self.open(caller, definition, None, now).await?;
                }
                held => {
                    held?;
                    break;
                }
            }
        }
        let lease = Lease::of(self.ledger(), &planned);
        Ok((planned, lease))
    }
}
