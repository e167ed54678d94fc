//! Reading parts of files, for the query engine.
//!
//! A query reads dozens of small parts, one after the other. Handed to a pool of threads for blocking work, as
//! the object store's local reader does, each would wait for two changes of thread, which takes longer than
//! the read: most parts are in the operating system's cache. Queries run on threads of their own, so they
//! may wait for the disk themselves.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures::future::{BoxFuture, FutureExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;

/// Makes readers of the files below a folder.
#[derive(Debug)]
pub(crate) struct LocalFiles {
    folder: PathBuf,
    /// Reads metadata, and keeps it.
    metadata: CachedParquetFileReaderFactory,
}

impl LocalFiles {
    pub(crate) fn new(folder: &Path, metadata: CachedParquetFileReaderFactory) -> Self {
        LocalFiles { folder: folder.to_path_buf(), metadata }
    }
}

impl ParquetFileReaderFactory for LocalFiles {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> DataFusionResult<Box<dyn AsyncFileReader + Send>> {
        let path = self.folder.join(file.object_meta.location.as_ref());
        let metadata = self.metadata.create_reader(partition, file, metadata_size_hint, metrics)?;
        Ok(Box::new(LocalReader { path, file: None, metadata }))
    }
}

/// A reader of one file.
struct LocalReader {
    path: PathBuf,
    /// Opened by the first read: often a file's metadata tells that it needn't be read.
    file: Option<Arc<File>>,
    metadata: Box<dyn AsyncFileReader + Send>,
}

impl LocalReader {
    fn read(&mut self, range: &Range<u64>) -> ParquetResult<Bytes> {
        let failed = |error| ParquetError::External(format!("{}: {error}", self.path.display()).into());
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(self.file.insert(Arc::new(File::open(&self.path).map_err(failed)?))),
        };
        let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, range.start).map_err(failed)?;
        Ok(bytes.into())
    }
}

impl AsyncFileReader for LocalReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        let read = self.read(&range);
        async move { read }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        let read = ranges.iter().map(|range| self.read(range)).collect();
        async move { read }.boxed()
    }

    fn get_metadata<'a>(&'a mut self, options: Option<&'a ArrowReaderOptions>) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        self.metadata.get_metadata(options)
    }
}
