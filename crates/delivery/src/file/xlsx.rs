//! Excel workbooks, row by row.
//!
//! A sheet has room for 1,048,576 rows, one of which is the header; what is beyond goes on in the next sheet. Its rows lie
//! in a file of the files' folder until the workbook is put together, so memory does not grow with them.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use arrow::array::RecordBatch;
use rollcall_model::Timestamp;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};
use rollcall_reports::rows::{Cell, RowWriter};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use super::write::{Encode, Sink, failed};
use crate::error::{DeliveryError, Result};

/// Most rows of a sheet beside its header.
pub(super) const MAX_ROWS: u32 = 1_048_575;
/// Most characters of a cell.
const MAX_CHARS: usize = 32_767;
/// Larger whole numbers are written as texts: a spreadsheet would round them.
const MAX_WHOLE: u64 = 1 << 53;
/// 1970-01-01 as a spreadsheet counts days.
const EPOCH_DAYS: i64 = 25_569;
/// The days that a spreadsheet knows as dates: 1900-03-01 to 9999-12-31. Before, programs differ.
const DATES: std::ops::Range<i64> = 61..2_958_466;

/// A workbook.
pub(super) struct Xlsx<W> {
    table: RowWriter,
    workbook: Workbook,
    formats: Formats,
    /// Most rows of a sheet beside its header.
    max_rows: u32,
    /// Rows of the last sheet, beside its header; none before the first sheet.
    rows: Option<u32>,
    sink: Sink<W>,
}

struct Formats {
    moment: rust_xlsxwriter::Format,
    moment_with_fraction: rust_xlsxwriter::Format,
    date: rust_xlsxwriter::Format,
    header: rust_xlsxwriter::Format,
}

impl<W: Write + Send> Xlsx<W> {
    pub(super) fn begin(table: RowWriter, folder: &Path, now: Timestamp, max_rows: u32, sink: Sink<W>) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|source| DeliveryError::File {
            doing: "making the folder",
            path: folder.to_owned(),
            source,
        })?;
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(failed)?;
        let made_at = ExcelDateTime::from_timestamp(now.as_micros() / MICROS_PER_SECOND).map_err(failed)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made_at));
        let shown = |format: &str| rust_xlsxwriter::Format::new().set_num_format(format);
        let formats = Formats {
            moment: shown("yyyy-mm-dd hh:mm:ss"),
            moment_with_fraction: shown("yyyy-mm-dd hh:mm:ss.000"),
            date: shown("yyyy-mm-dd"),
            header: rust_xlsxwriter::Format::new().set_bold(),
        };
        let mut xlsx = Xlsx { table, workbook, formats, max_rows, rows: None, sink };
        xlsx.next_sheet()?;
        Ok(xlsx)
    }

    fn next_sheet(&mut self) -> Result<()> {
        let sheet = self.workbook.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, name) in (0..).zip(self.table.names()) {
            sheet.set_column_width(column, 20).map_err(failed)?;
            sheet.write_string_with_format(0, column, name, &self.formats.header).map_err(failed)?;
        }
        self.rows = Some(0);
        Ok(())
    }

    fn rows(&mut self, batch: &RecordBatch, before: u32) -> Result<()> {
        let last = self.workbook.worksheets_mut().last_mut();
        let sheet = last.ok_or_else(|| failed("the workbook has no sheet"))?;
        let mut wrong = None;
        self.table.each_cell(batch, |row, column, cell| {
            let (row, column) = (u32::try_from(row).unwrap_or(u32::MAX), u16::try_from(column).unwrap_or(u16::MAX));
            if let Err(error) = write(sheet, before.saturating_add(row).saturating_add(1), column, &cell, &self.formats) {
                wrong.get_or_insert(error);
            }
            Ok(())
        })?;
        wrong.map_or(Ok(()), |error| Err(failed(error)))
    }
}

impl<W: Write + Send> Encode<W> for Xlsx<W> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut begin = 0;
        while begin < batch.num_rows() {
            let before = match self.rows {
                Some(rows) if rows < self.max_rows => rows,
                _ => {
                    self.next_sheet()?;
                    0
                }
            };
            let room = (self.max_rows - before) as usize;
            let part = batch.slice(begin, room.min(batch.num_rows() - begin));
            self.rows(&part, before)?;
            self.rows = Some(before + u32::try_from(part.num_rows()).unwrap_or(u32::MAX));
            begin += part.num_rows();
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Sink<W>> {
        let Xlsx { mut workbook, mut sink, .. } = *self;
        workbook.save_to_writer(&mut sink).map_err(failed)?;
        Ok(sink)
    }
}

/// Writes a cell with its type: numbers as numbers, moments as times on the shown clock.
#[allow(clippy::cast_precision_loss)]
fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell<'_>, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Missing => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, fitting(text))?,
        Cell::Whole(number) if number.unsigned_abs() > MAX_WHOLE => sheet.write_string(row, column, number.to_string())?,
        Cell::Whole(number) => sheet.write_number(row, column, *number as f64)?,
        Cell::Number(number) => sheet.write_number(row, column, *number)?,
        Cell::Flag(flag) => sheet.write_boolean(row, column, *flag)?,
        Cell::Date(days) => match serial(i64::from(*days) * MICROS_PER_DAY) {
            Some(serial) => sheet.write_number_with_format(row, column, serial, &formats.date)?,
            None => sheet.write_string(row, column, days.to_string())?,
        },
        Cell::Moment(micros) => match serial(*micros) {
            Some(serial) if micros % MICROS_PER_SECOND == 0 => sheet.write_number_with_format(row, column, serial, &formats.moment)?,
            Some(serial) => sheet.write_number_with_format(row, column, serial, &formats.moment_with_fraction)?,
            None => sheet.write_string(row, column, clock_text(*micros))?,
        },
    };
    Ok(())
}

/// A text that a cell has room for: one that is longer ends with `…`.
fn fitting(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_CHARS || text.chars().count() <= MAX_CHARS {
        return Cow::Borrowed(text);
    }
    text.chars().take(MAX_CHARS - 1).chain(['…']).collect::<String>().into()
}

/// What a clock shows as a spreadsheet counts: days since the end of 1899.
#[allow(clippy::cast_precision_loss)]
fn serial(micros: i64) -> Option<f64> {
    let days = micros.div_euclid(MICROS_PER_DAY) + EPOCH_DAYS;
    let part = micros.rem_euclid(MICROS_PER_DAY) as f64 / MICROS_PER_DAY as f64;
    DATES.contains(&days).then_some(days as f64 + part)
}

/// What a clock shows, as text.
fn clock_text(micros: i64) -> String {
    let shown = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    jiff::tz::TimeZone::UTC.to_datetime(shown).to_string().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::write::{inner, sink};

    #[test]
    fn a_moment_is_a_date_and_time_of_the_spreadsheet() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
        assert_eq!(serial(at("1970-01-01T00:00:00Z")), Some(25_569.0));
        assert_eq!(serial(at("2026-04-15T12:00:00Z")), Some(46_127.5));
        assert_eq!(serial(at("1900-02-28T00:00:00Z")), None);
        assert_eq!(clock_text(at("1900-02-28T01:02:03Z")), "1900-02-28 01:02:03");
    }

    #[test]
    fn what_a_sheet_has_no_room_for_goes_on_in_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let table = RowWriter::new(vec!["n".to_owned()], rollcall_model::zone::Zone::utc());
        let column = |range: std::ops::Range<i64>| -> arrow::array::ArrayRef {
            std::sync::Arc::new(arrow::array::Int64Array::from_iter_values(range))
        };
        let mut xlsx = Box::new(Xlsx::begin(table, folder.path(), Timestamp::from_seconds(0).unwrap(), 3, sink(Vec::new())).unwrap());
        for range in [0..2, 2..7] {
            xlsx.batch(&RecordBatch::try_from_iter([("n", column(range))]).unwrap()).unwrap();
        }
        let book = inner(xlsx.finish().unwrap());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
        let mut sheet = |number: u32| {
            let mut text = String::new();
            let mut entry = archive.by_name(&format!("xl/worksheets/sheet{number}.xml")).ok()?;
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            let values = text.split("<v>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
            Some((text.contains("<t>n</t>"), values.collect::<Vec<_>>()))
        };
        let told = [sheet(1), sheet(2), sheet(3), sheet(4)].map(|sheet| sheet.map(|(header, values)| (header, values.join(" "))));
        assert_eq!(told, [Some((true, "0 1 2".into())), Some((true, "3 4 5".into())), Some((true, "6".into())), None]);
    }

    #[test]
    fn a_text_that_no_cell_has_room_for_is_cut_and_says_so() {
        assert_eq!(fitting(&"é".repeat(MAX_CHARS)).chars().count(), MAX_CHARS);
        let cut = fitting(&"é".repeat(MAX_CHARS + 1)).into_owned();
        assert!(cut.ends_with("é…") && cut.chars().count() == MAX_CHARS);
    }
}
