//! Where the query engine reads the lake's files from, and what all queries share.

use std::path::Path;
use std::sync::Arc;

use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::error::{Error, Result};

/// Under this address every query finds the lake's folder.
const LAKE: &str = "lake://files";

/// Memory that queries may use together, in bytes; sorts beyond it spill to disk.
const QUERY_MEMORY_BYTES: usize = 512 * 1024 * 1024;

/// Readers of the lake's files, with caches and memory that all queries share.
#[derive(Debug)]
pub(crate) struct Store {
    url: ObjectStoreUrl,
    files: Arc<dyn ObjectStore>,
    runtime: Arc<RuntimeEnv>,
    /// Into how many parts a query is split.
    partitions: usize,
}

impl Store {
    pub(crate) fn new(lake: &Path, partitions: usize) -> Result<Self> {
        let url = ObjectStoreUrl::parse(LAKE)?;
        let files: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(lake).map_err(|e| Error::file(lake, &e))?);
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(QUERY_MEMORY_BYTES))).build_arc()?;
        runtime.register_object_store(url.as_ref(), Arc::clone(&files));
        Ok(Store { url, files, runtime, partitions: partitions.max(1) })
    }

    pub(crate) fn url(&self) -> &ObjectStoreUrl {
        &self.url
    }

    pub(crate) fn files(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.files)
    }

    /// Metadata of files that were read before.
    pub(crate) fn metadata_cache(&self) -> Arc<FileMetadataCache> {
        self.runtime.cache_manager.get_file_metadata_cache()
    }

    /// A context that reads so many files side by side, with few rows of each in memory.
    pub(crate) fn context_for_merge(&self, files: usize, batch_rows: usize) -> SessionContext {
        let mut config = SessionConfig::new().with_target_partitions(files).with_batch_size(batch_rows);
        config.options_mut().execution.collect_statistics = false;
        SessionContext::new_with_config_rt(config, Arc::clone(&self.runtime))
    }

    /// A context to plan and run one query in.
    pub(crate) fn context(&self) -> SessionContext {
        let mut config = SessionConfig::new().with_target_partitions(self.partitions);
        let parquet = &mut config.options_mut().execution.parquet;
        // Rows are filtered while they are decoded: columns of rows that fall away are never read.
        parquet.pushdown_filters = true;
        parquet.reorder_filters = true;
        config.options_mut().execution.collect_statistics = false;
        SessionContext::new_with_config_rt(config, Arc::clone(&self.runtime))
    }
}
