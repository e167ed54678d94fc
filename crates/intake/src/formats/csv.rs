//! `csv`: rows whose headers name the columns of an event, or are mapped to them.
//!
//! Fields under other headers are kept in `details` by the name of their header; `tags.region` is the tag
//! `region`. An empty field is missing. `docs/formats/csv.md` has a worked example.

use std::collections::BTreeMap;

use rollcall_model::Timestamp;

use super::columns::{Column, Draft, column, keep_unknown};
use crate::clock::LogClock;
use crate::framing::Framing;
use crate::mapping::{Format, Mapped, Mapper, Reading, Record, RecordId, Rejection};
use crate::options::{CsvOptions, SourceOptions};
use crate::stamp::{self, Stamp};

/// Rows whose headers name the columns of an event.
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn about(&self) -> &'static str {
        "CSV with a row of headers, which are the columns of an event or are mapped to them"
    }

    fn framing(&self, options: &SourceOptions) -> Framing {
        Framing::Csv { delimiter: options.csv.delimiter }
    }

    fn mapper(&self, options: &SourceOptions) -> Box<dyn Mapper + Send> {
        Box::new(CsvMapper { options: options.csv.clone(), clock: LogClock::new(options), header: None })
    }
}

struct CsvMapper {
    options: CsvOptions,
    clock: LogClock,
    /// What each field of a row is, once the headers are read. None of it if they could not be.
    header: Option<Option<Header>>,
}

struct Header {
    fields: Vec<Field>,
    defaults: Vec<(String, Field)>,
}

/// What a field of a row is.
#[derive(Clone)]
enum Field {
    Column(String, Column),
    Tag(String),
    /// No column: kept under `details`.
    Detail(String),
}

impl Mapper for CsvMapper {
    fn map(&mut self, record: &Record<'_>, out: &mut Vec<Mapped>) -> Result<Reading, Rejection> {
        let row = split(record.text()?, self.options.delimiter);
        let Some(header) = &self.header else {
            let header = Header::new(&row, &self.options);
            self.header = Some(None);
            self.header = Some(Some(header?));
            return Ok(Reading::Structure);
        };
        let Some(header) = header else {
            return Err(Rejection::new("the row can't be read, because the row of headers was rejected"));
        };
        out.push(header.read(row, &mut self.clock)?);
        Ok(Reading::Events)
    }

    fn clock(&self) -> Option<&LogClock> {
        Some(&self.clock)
    }
}

impl Header {
    fn new(row: &[String], options: &CsvOptions) -> Result<Self, Rejection> {
        for (column, header) in &options.headers {
            if !row.iter().any(|name| name.trim() == header) {
                return Err(Rejection::of(column, format!("expected a header {header:?}, as configured; got {}", row.join(", "))));
            }
        }
        let fields = row.iter().map(|name| Field::of_header(name.trim(), options)).collect::<Result<_, _>>()?;
        let default = |(name, value): (&String, &String)| Ok((value.clone(), Field::named(name)?));
        Ok(Header { fields, defaults: options.defaults.iter().map(default).collect::<Result<_, Rejection>>()? })
    }

    fn read(&self, row: Vec<String>, clock: &mut LogClock) -> Result<Mapped, Rejection> {
        if row.len() != self.fields.len() {
            return Err(Rejection::new(format!("expected {} fields, as many as there are headers; got {}", self.fields.len(), row.len())));
        }
        let mut cells = Cells { draft: Draft::new(), details: None, unknown: BTreeMap::new(), clock };
        for (value, field) in &self.defaults {
            cells.set(field, value.clone())?;
        }
        for (value, field) in row.into_iter().zip(&self.fields) {
            if !value.trim().is_empty() {
                cells.set(field, value)?;
            }
        }
        cells.finish()
    }
}

impl Field {
    fn of_header(header: &str, options: &CsvOptions) -> Result<Self, Rejection> {
        match options.headers.iter().find(|(_, mapped)| *mapped == header) {
            Some((name, _)) => Field::named(name),
            // A column that is mapped to another header is not read from its own.
            None if options.headers.contains_key(header) => Ok(Field::Detail(header.to_owned())),
            None => Ok(Field::named(header).unwrap_or_else(|_| Field::Detail(header.to_owned()))),
        }
    }

    fn named(name: &str) -> Result<Self, Rejection> {
        match (name.strip_prefix("tags."), column(name)) {
            (Some(key), _) if !key.is_empty() => Ok(Field::Tag(key.to_owned())),
            (_, Some(column)) => Ok(Field::Column(name.to_owned(), column)),
            _ => Err(Rejection::of(name, "expected the name of a column of an event, or tags.<key>, in the configuration")),
        }
    }
}

/// A row whose fields are taken one after the other.
struct Cells<'a> {
    draft: Draft,
    details: Option<String>,
    unknown: BTreeMap<String, String>,
    clock: &'a mut LogClock,
}

impl Cells<'_> {
    fn set(&mut self, field: &Field, value: String) -> Result<(), Rejection> {
        match field {
            Field::Tag(key) => drop(self.draft.event.tags.insert(key.clone(), value)),
            Field::Detail(header) => drop(self.unknown.insert(header.clone(), value)),
            Field::Column(name, column) => self.set_column(*column, value).map_err(|reason| Rejection::of(name, reason))?,
        }
        Ok(())
    }

    fn set_column(&mut self, column: Column, value: String) -> Result<(), String> {
        match column {
            Column::EventTime => self.draft.event_time = Some(self.moment(value.trim())?),
            Column::Attempt => {
                self.draft.event.attempt = Some(value.trim().parse().map_err(|_| format!("expected a whole number, got {value:?}"))?);
            }
            Column::Details => self.details = Some(as_json(value)),
            Column::Tags => {
                let tags: BTreeMap<String, String> =
                    serde_json::from_str(&value).map_err(|_| format!("expected a JSON object of texts, got {value:?}"))?;
                self.draft.event.tags.extend(tags);
            }
            column => self.draft.set_text(column, Some(value))?,
        }
        Ok(())
    }

    /// RFC 3339, integer milliseconds, or a civil time in the source's zone.
    fn moment(&mut self, value: &str) -> Result<Timestamp, String> {
        if let Some(moment) = value.parse().ok().and_then(Timestamp::from_millis) {
            return Ok(moment);
        }
        match value.parse::<Timestamp>() {
            Ok(moment) => Ok(moment),
            Err(error) => match stamp::leading(value) {
                Some(Stamp::Civil(civil)) => Ok(self.clock.unordered(civil)),
                _ => Err(error.to_string()),
            },
        }
    }

    fn finish(mut self) -> Result<Mapped, Rejection> {
        let unknown = self.unknown.iter().map(|(header, value)| (header.as_str(), quoted(value).into()));
        self.draft.event.details = keep_unknown(self.details.as_deref(), unknown);
        self.draft.finish(RecordId::Content)
    }
}

/// A value as JSON: itself if it is JSON, else as a text.
fn as_json(value: String) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(&value).is_ok() { value } else { quoted(&value) }
}

fn quoted(value: &str) -> String {
    // A text always has a JSON form, so the fallback is never taken.
    serde_json::to_string(value).unwrap_or_default()
}

/// The fields of a row, by RFC 4180. A quote that does not begin a field is a character like others.
fn split(row: &str, delimiter: u8) -> Vec<String> {
    let delimiter = char::from(delimiter);
    let mut fields = Vec::new();
    let mut rest = row;
    loop {
        let (mut field, after_quotes) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => (String::new(), rest),
        };
        match after_quotes.split_once(delimiter) {
            Some((text, after)) => {
                field.push_str(text);
                fields.push(field);
                rest = after;
            }
            None => {
                field.push_str(after_quotes);
                fields.push(field);
                return fields;
            }
        }
    }
}

/// What stands in quotes, of which the first is passed already, and what comes after them.
fn unquote(mut quoted: &str) -> (String, &str) {
    let mut field = String::new();
    while let Some((text, after)) = quoted.split_once('"') {
        field.push_str(text);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                quoted = after;
            }
            None => return (field, after),
        }
    }
    field.push_str(quoted);
    (field, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_split_as_the_csv_crate_splits_them(row in "([ab\"' ]{0,4}|\"([ab, \n]|\"\"){0,4}\"|,){1,6}") {
            let mut oracle = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row.as_bytes());
            let mut records = oracle.records();
            if let (Some(Ok(expected)), None) = (records.next(), records.next()) {
                prop_assert_eq!(split(&row, b','), expected.iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn quotes_delimiters_and_line_ends_inside_quotes_belong_to_the_field() {
        assert_eq!(split("a,\"b,\"\"c\"\"\n\",,d", b','), ["a", "b,\"c\"\n", "", "d"]);
        assert_eq!(split("a;b,c;", b';'), ["a", "b,c", ""]);
    }
}
