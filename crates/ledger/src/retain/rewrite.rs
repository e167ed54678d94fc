//! Files without the rows that go: what is found in them, and what is left.
//!
//! A file is read twice if only some of its rows go, and never held in memory: a day can be large.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch, StringViewArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rollcall_model::Category;

use super::plan::Day;
use crate::error::{Error, Result};
use crate::lake::write::{Class, Effort, NewFile};
use crate::lake::{DataFile, WrittenFile};
use crate::schema::{Table, position};

/// Rows that are read at once.
const BATCH_ROWS: usize = 8_192;

/// What becomes of the files of some days.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    /// Seqs of the events that go, in no order.
    pub(super) seqs: BTreeMap<Category, Vec<i64>>,
    /// Files that go.
    pub(super) removed: Vec<(Table, Arc<DataFile>)>,
    /// What is left of them, where anything is.
    pub(super) added: Vec<(Table, WrittenFile)>,
}

/// What is found in a file.
#[derive(Debug, Default)]
pub(super) struct Sifted {
    /// Rows that go.
    pub(super) gone: i64,
    /// Rows that stay.
    pub(super) stay: i64,
    /// Seqs of the rows that go, if the file is one of events.
    pub(super) seqs: BTreeMap<Category, Vec<i64>>,
}

impl Rewritten {
    /// Takes what is no longer kept out of a day's files. `folder` is the tenant's.
    pub(super) fn add(&mut self, folder: &Path, day: &Day) -> Result<()> {
        for file in &day.files {
            let (class, table_folder) = class_and_folder(folder, file)?;
            let sifted = sift(&table_folder, class, file, &day.expired)?;
            if sifted.gone == 0 {
                continue;
            }
            if sifted.stay > 0 {
                self.added.push((class.table(), rewrite(&table_folder, class, file, &day.expired, sifted.stay)?));
            }
            for (category, mut seqs) in sifted.seqs {
                self.seqs.entry(category).or_default().append(&mut seqs);
            }
            self.removed.push((class.table(), Arc::clone(file)));
        }
        Ok(())
    }

    /// Whether access events go.
    pub(super) fn has_access(&self) -> bool {
        self.seqs.contains_key(&Category::Access)
    }
}

/// The class of a file of events or counts, and the folder of its table.
pub(super) fn class_and_folder(folder: &Path, file: &DataFile) -> Result<(Class, PathBuf)> {
    let class = Class::of_path(&file.path).ok_or_else(|| Error::Corrupt(format!("a file of no known class: {}", file.path)))?;
    Ok((class, folder.join(class.table().name())))
}

/// Looks at the category of each row.
pub(super) fn sift(table_folder: &Path, class: Class, file: &DataFile, expired: &BTreeSet<Category>) -> Result<Sifted> {
    let builder = open(&table_folder.join(&file.path))?;
    let has_seqs = class.table() == Table::Events;
    let columns = ["category", "seq"].into_iter().take(if has_seqs { 2 } else { 1 });
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.map(|name| position(class.table(), name)));
    let mut sifted = Sifted::default();
    for batch in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
        let batch = batch?;
        let goes = goes(&batch, expired)?;
        let gone = goes.iter().flatten().count();
        sifted.gone += i64::try_from(gone).unwrap_or(i64::MAX);
        sifted.stay += i64::try_from(batch.num_rows() - gone).unwrap_or(i64::MAX);
        let seqs = batch.column_by_name("seq").and_then(|seqs| seqs.as_primitive_opt::<Int64Type>()).filter(|_| has_seqs);
        for (category, seq) in goes.iter().zip(seqs.into_iter().flat_map(|seqs| seqs.values())) {
            if let Some(category) = category {
                sifted.seqs.entry(*category).or_default().push(*seq);
            }
        }
    }
    Ok(sifted)
}

/// Writes the rows of a file that stay as a file of their own, in their order.
fn rewrite(table_folder: &Path, class: Class, file: &DataFile, expired: &BTreeSet<Category>, expected: i64) -> Result<WrittenFile> {
    // Days that are that old have settled: the file is packed once more, for good.
    let mut left = NewFile::create(table_folder, class, file.day(), Effort::Compact)?;
    for batch in open(&table_folder.join(&file.path))?.with_batch_size(BATCH_ROWS).build()? {
        let batch = batch?;
        let stays: BooleanArray = goes(&batch, expired)?.iter().map(|category| Some(category.is_none())).collect();
        left.write(&filter_record_batch(&batch, &stays)?)?;
    }
    let written = left.finish()?;
    if written.rows == expected {
        return Ok(written);
    }
    Err(Error::Corrupt(format!("{} rows of {} were to stay, {} did", expected, file.path, written.rows)))
}

/// Of each row its category, if it goes.
fn goes(batch: &RecordBatch, expired: &BTreeSet<Category>) -> Result<Vec<Option<Category>>> {
    let categories = batch.column_by_name("category").and_then(|array| array.as_string_view_opt());
    let categories: &StringViewArray = categories.ok_or_else(|| Error::Corrupt("a file without categories".to_owned()))?;
    let category = |word: Option<&str>| {
        let category = Category::from_word(word.unwrap_or_default());
        let category = category.ok_or_else(|| Error::Corrupt(format!("a row of the category {:?}", word.unwrap_or_default())))?;
        Ok(Some(category).filter(|category| expired.contains(category)))
    };
    categories.iter().map(category).collect()
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|e| Error::file(path, &e))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| Error::file(path, &e))
}
