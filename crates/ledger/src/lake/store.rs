//! Where the query engine reads the lake's files from, and what all queries share.

use std::path::Path;
use std::sync::Arc;

use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::optimizer::common_subexpr_eliminate::CommonSubexprEliminate;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::agents::AgentFilters;
use super::early::EarlySessions;
use super::instances::InstanceFilters;
use super::matches::MatchCounts;
use super::read::LocalFiles;
use super::values::KnownValues;
use crate::error::{Error, Result};

/// Under this address every query finds the lake's folder.
const LAKE: &str = "lake://files";

/// Memory that queries may use together, in bytes; sorts beyond it spill to disk.
const QUERY_MEMORY_BYTES: usize = 512 * 1024 * 1024;

/// Room on the disk that spilled sorts may take together, in bytes. A query that would need more fails.
const SPILL_BYTES: u64 = 32 * 1024 * 1024 * 1024;

/// Spilled runs that a sort merges at once. Each that is open holds some 4 MiB that no bound counts; a sort of more runs merges
/// them in several passes.
const RUNS_MERGED_AT_ONCE: usize = 32;

/// Memory for the metadata of files that were read before, in bytes.
const METADATA_BYTES: usize = 48 * 1024 * 1024;

/// Readers of the lake's files, with caches and memory that all queries share.
#[derive(Debug)]
pub(crate) struct Store {
    url: ObjectStoreUrl,
    readers: Arc<dyn ParquetFileReaderFactory>,
    matches: MatchCounts,
    values: KnownValues,
    agents: AgentFilters,
    instances: InstanceFilters,
    early: EarlySessions,
    planner: SessionState,
}

impl Store {
    /// Queries on the files below `lake`, each split into so many parts.
    pub(crate) fn new(lake: &Path, partitions: usize) -> Result<Self> {
        let url = ObjectStoreUrl::parse(LAKE)?;
        let files: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(lake).map_err(|e| Error::file(lake, &e))?);
        let caches = CacheManagerConfig::default().with_metadata_cache_limit(METADATA_BYTES);
        let memory = Arc::new(FairSpillPool::new(QUERY_MEMORY_BYTES));
        let spills =
            DiskManagerBuilder::default().with_max_temp_directory_size(SPILL_BYTES).with_max_spill_merge_fan_in(RUNS_MERGED_AT_ONCE);
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(memory).with_disk_manager_builder(spills).with_cache_manager(caches);
        let runtime = runtime.build_arc()?;
        runtime.register_object_store(url.as_ref(), Arc::clone(&files));
        let metadata = CachedParquetFileReaderFactory::new(files, runtime.cache_manager.get_file_metadata_cache());
        let readers = Arc::new(LocalFiles::new(lake, metadata));
        Ok(Store {
            url,
            readers,
            matches: MatchCounts::default(),
            values: KnownValues::default(),
            agents: AgentFilters::new(lake),
            instances: InstanceFilters::new(lake),
            early: EarlySessions::new(lake),
            planner: planner(partitions.max(1), runtime),
        })
    }

    pub(crate) fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }

    /// Readers of files.
    pub(crate) fn readers(&self) -> Arc<dyn ParquetFileReaderFactory> {
        Arc::clone(&self.readers)
    }

    /// How many rows of files match filters, as far as that is known.
    pub(crate) fn matches(&self) -> &MatchCounts {
        &self.matches
    }

    /// How many rows of files have which values, as far as that is known.
    pub(crate) fn values(&self) -> &KnownValues {
        &self.values
    }

    /// Of whom files have rows.
    pub(crate) fn agents(&self) -> &AgentFilters {
        &self.agents
    }

    /// About which items files have rows.
    pub(crate) fn instances(&self) -> &InstanceFilters {
        &self.instances
    }

    /// Sessions that began long before they ended.
    pub(crate) fn early(&self) -> &EarlySessions {
        &self.early
    }

    /// A context that reads so many files side by side, with few rows of each in memory.
    pub(crate) fn context_for_merge(&self, files: usize, batch_rows: usize) -> SessionContext {
        let mut config = SessionConfig::new().with_target_partitions(files).with_batch_size(batch_rows);
        config.options_mut().execution.collect_statistics = false;
        SessionContext::new_with_config_rt(config, Arc::clone(self.planner.runtime_env()))
    }

    /// A context to plan and run one query in.
    pub(crate) fn context(&self) -> SessionContext {
        SessionContext::new_with_state(self.planner.clone())
    }
}

/// What queries are planned with. To make it takes longer than to plan a query, so it is made once. It knows
/// no function by name: nothing here is written in SQL.
fn planner(partitions: usize, runtime: Arc<RuntimeEnv>) -> SessionState {
    let mut config = SessionConfig::new().with_target_partitions(partitions);
    let parquet = &mut config.options_mut().execution.parquet;
    // Rows are filtered while they are decoded: columns of rows that fall away are never read.
    parquet.pushdown_filters = true;
    parquet.reorder_filters = true;
    config.options_mut().execution.collect_statistics = false;
    // Of a column whose first rows have no value, the engine would leave out rows that have the smallest one.
    config.options_mut().optimizer.enable_aggregate_dynamic_filter_pushdown = false;
    // What filters have in common stays in them: a table is to be told of the very filters of its plan.
    let mut rules = Optimizer::new().rules;
    rules.retain(|rule| rule.name() != CommonSubexprEliminate::new().name());
    SessionStateBuilder::new().with_config(config).with_runtime_env(runtime).with_optimizer_rules(rules).build()
}
