//! Parquet, with the types that values have.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rollcall_reports::rows::RowWriter;

use super::write::{Encode, Sink, failed};
use crate::error::Result;

/// Rows in a row group: what is held in memory.
const ROW_GROUP_ROWS: usize = 131_072;

/// A Parquet file.
pub(super) struct Parquet<W: Write + Send> {
    table: RowWriter,
    schema: SchemaRef,
    writer: ArrowWriter<Sink<W>>,
}

impl<W: Write + Send> Parquet<W> {
    pub(super) fn begin(table: RowWriter, batches: &Schema, sink: Sink<W>) -> Result<Self> {
        let fields = table.names().map(|name| Ok(field(name, batches.field_with_name(name).map_err(failed)?.data_type())));
        let schema = Arc::new(Schema::new(fields.collect::<Result<Vec<Field>>>()?));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).map_err(failed)?))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_created_by(concat!("rollcall ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties)).map_err(failed)?;
        Ok(Parquet { table, schema, writer })
    }
}

impl<W: Write + Send> Encode<W> for Parquet<W> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns: Vec<ArrayRef> = self.table.arrays(batch)?.into_iter().cloned().collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(failed)?;
        self.writer.write(&batch).map_err(failed)
    }

    fn finish(self: Box<Self>) -> Result<Sink<W>> {
        self.writer.into_inner().map_err(failed)
    }
}

/// A column. Any value may be missing.
fn field(name: &str, data_type: &DataType) -> Field {
    let field = Field::new(name, data_type.clone(), true);
    match data_type {
        // The canonical extension type makes the Parquet writer mark the column as a UUID.
        DataType::FixedSizeBinary(16) => field.with_metadata([("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())].into()),
        _ => field,
    }
}
