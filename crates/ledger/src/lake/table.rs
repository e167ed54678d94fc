//! One table of a snapshot for the query engine: the lake's files and the journal's tail.
//!
//! Files come as a plain Parquet scan, the tail as batches in memory: plain nodes prune, push down and
//! travel to other machines best.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result as DataFusionResult};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::expressions::{col, in_list, lit};
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr, create_physical_expr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;
use datafusion::scalar::ScalarValue;
use uuid::Uuid;

use super::DataFile;
use super::early::{Candidates, visible};
use super::prune::prune;
use super::store::Store;
use super::write::Class;
use crate::schema::{Table, position};

/// Bytes at a file's end that are read at once: its metadata is most often in them.
const METADATA_SIZE_HINT: usize = 64 * 1024;

/// A table at a snapshot.
#[derive(Debug, Clone)]
pub(crate) struct LakeTable {
    pub(crate) table: Table,
    /// Path of the tenant's schema below the lake, such as `default`.
    pub(crate) schema_path: String,
    pub(crate) store: Arc<Store>,
    /// Files of the snapshot, all classes that count.
    pub(crate) files: Vec<Arc<DataFile>>,
    /// What is not in files yet.
    pub(crate) tail: Vec<RecordBatch>,
    /// Sessions in files that late events have changed: the tail holds them anew.
    pub(crate) hidden: Arc<HashSet<Uuid>>,
    /// The same, whole, where they are known.
    pub(crate) hidden_rows: Option<RecordBatch>,
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        // Files and row groups are left out by them; the rows themselves are still to be filtered.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        // The filters have been through the optimiser: their types fit already.
        let schema = DFSchema::try_from(self.schema())?;
        let context = PhysicalPlanningContext::default();
        let predicate = conjunction(filters.to_vec())
            .map(|filter| create_physical_expr(&filter, &schema, state.execution_props(), &context))
            .transpose()?;
        let Candidates { files, early } = match &predicate {
            Some(predicate) => self.candidates(predicate, filters).await?,
            None => Candidates { files: self.files.clone(), early: Vec::new() },
        };
        let mut tail = self.tail.clone();
        tail.extend(self.visible(&early)?);
        let mut inputs: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
        if !files.is_empty() {
            inputs.push(self.scan_files(&files, projection, filters, state.config().target_partitions())?);
        }
        if inputs.is_empty() || tail.iter().any(|batch| batch.num_rows() > 0) {
            inputs.push(MemorySourceConfig::try_new_exec(&[tail], self.schema(), projection.cloned())?);
        }
        UnionExec::try_new(inputs)
    }
}

impl LakeTable {
    /// A table of these files and nothing else.
    pub(crate) fn of_files(table: Table, schema_path: &str, store: &Arc<Store>, files: Vec<Arc<DataFile>>) -> Self {
        let (schema_path, store) = (schema_path.to_owned(), Arc::clone(store));
        LakeTable { table, schema_path, store, files, tail: Vec::new(), hidden: Arc::default(), hidden_rows: None }
    }

    /// What of the files can have rows for a predicate, which is that of all filters.
    pub(crate) async fn candidates(&self, predicate: &Arc<dyn PhysicalExpr>, filters: &[Expr]) -> DataFusionResult<Candidates> {
        let files = prune(self.table, &self.files, predicate)?;
        let files = self.store.agents().retain(self.table, &self.schema_path, files, filters).await;
        let files = self.store.instances().retain(self.table, &self.schema_path, files, filters).await;
        match self.table {
            Table::Sessions => self.store.early().part(&self.schema_path, files, predicate).await,
            _ => Ok(Candidates { files, early: Vec::new() }),
        }
    }

    /// Rows of files as they are to be seen.
    pub(crate) fn visible(&self, rows: &[RecordBatch]) -> DataFusionResult<Vec<RecordBatch>> {
        rows.iter().map(|batch| if self.hidden.is_empty() { Ok(batch.clone()) } else { visible(batch, &self.hidden) }).collect()
    }

    fn scan_files(
        &self,
        files: &[Arc<DataFile>],
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        target_partitions: usize,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema().fields().len()).collect());
        let mut read = wanted.clone();
        let key = position(self.table, "session_key");
        if !self.hidden.is_empty() && !read.contains(&key) {
            read.push(key);
        }
        let scan = self.scan_parts(files, Some(read), filters, target_partitions)?;
        if self.hidden.is_empty() { Ok(scan) } else { self.without_hidden(scan, wanted.len()) }
    }

    /// Files in so many parts, or in one each where there are fewer; with the rows that are hidden.
    ///
    /// The filters reach them when the plan is optimised, through what lies between.
    pub(crate) fn scan_parts(
        &self,
        files: &[Arc<DataFile>],
        projection: Option<Vec<usize>>,
        filters: &[Expr],
        parts: usize,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let source = ParquetSource::new(self.schema())
            .with_metadata_size_hint(METADATA_SIZE_HINT)
            .with_bloom_filter_on_read(self.asks_bloom_filters(filters))
            .with_parquet_file_reader_factory(self.store.readers());
        let config = FileScanConfigBuilder::new(self.store.url().clone(), Arc::new(source))
            .with_file_groups(self.groups(files, parts))
            .with_output_ordering(self.ordering(files)?)
            .with_projection_indices(projection)?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// Whether filters look at a column that files have Bloom filters of: to ask those takes a while, file by file.
    fn asks_bloom_filters(&self, filters: &[Expr]) -> bool {
        let classes = || Class::ALL.into_iter().filter(|class| class.table() == self.table);
        let has_filter = |name: &str| classes().any(|class| class.bloom_columns().contains(&name));
        filters.iter().any(|filter| filter.column_refs().iter().any(|column| has_filter(&column.name)))
    }

    /// Files spread over as many groups as are read side by side.
    fn groups(&self, files: &[Arc<DataFile>], target_partitions: usize) -> Vec<FileGroup> {
        let mut groups: Vec<Vec<PartitionedFile>> = vec![Vec::new(); target_partitions.clamp(1, files.len().max(1))];
        let count = groups.len();
        for (at, file) in files.iter().enumerate() {
            let path = format!("{}/{}/{}", self.schema_path, self.table.name(), file.path);
            let entry = PartitionedFile::new(path, u64::try_from(file.bytes).unwrap_or(0));
            if let Some(group) = groups.get_mut(at % count) {
                group.push(entry);
            }
        }
        groups.into_iter().map(FileGroup::new).collect()
    }

    /// The order of the rows in each file, where all files have the same.
    fn ordering(&self, files: &[Arc<DataFile>]) -> DataFusionResult<Vec<LexOrdering>> {
        let mut classes = files.iter().map(|file| Class::of_path(&file.path));
        let first = classes.next().flatten();
        let Some(class) = first.filter(|_| classes.all(|class| class == first)) else {
            return Ok(Vec::new());
        };
        let options = arrow::compute::SortOptions { descending: false, nulls_first: false };
        let schema = self.schema();
        let keys = class.sort_columns().iter().map(|name| Ok(PhysicalSortExpr::new(col(name, &schema)?, options)));
        Ok(LexOrdering::new(keys.collect::<DataFusionResult<Vec<_>>>()?).into_iter().collect())
    }

    /// Leaves out the hidden sessions, and the column that was only read to know them by.
    fn without_hidden(&self, scan: Arc<dyn ExecutionPlan>, wanted: usize) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let schema = scan.schema();
        let key = col("session_key", &schema)?;
        let hidden = self.hidden.iter().map(|uuid| lit(ScalarValue::FixedSizeBinary(16, Some(uuid.as_bytes().to_vec())))).collect();
        let visible = FilterExec::try_new(in_list(key, hidden, &true, &schema)?, scan)?;
        let kept = schema
            .fields()
            .iter()
            .take(wanted)
            .map(|field| Ok(ProjectionExpr { expr: col(field.name(), &schema)?, alias: field.name().clone() }));
        Ok(Arc::new(ProjectionExec::try_new(kept.collect::<DataFusionResult<Vec<_>>>()?, Arc::new(visible))?))
    }
}
