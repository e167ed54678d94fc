//! How many rows there are over time, as a table with bars, as CSV, or as JSON with one bar a line.

use std::io::Write;

use anyhow::Context;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::footer::{Answer, counted};
use super::table::{self, printable, shown_moment};
use super::told::Told;
use crate::commands::listing::csv_line;
use crate::commands::report::{ReportFormat, rows_alone};
use crate::stdout::Stdout;

/// How many characters the longest bar has.
const WIDEST: u64 = 40;
/// A bar of one to eight eighths of a character.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

#[derive(Deserialize)]
struct Histogram {
    bucket: String,
    split: Option<Split>,
    bars: Vec<Bar>,
    outside: u64,
}

#[derive(Deserialize)]
struct Split {
    values: Vec<Part>,
    others: Others,
}

/// A value by which bars are split.
#[derive(Deserialize)]
struct Part {
    value: Value,
    label: Option<String>,
}

#[derive(Deserialize)]
struct Others {
    values: u64,
}

#[derive(Deserialize)]
struct Bar {
    from: String,
    to: String,
    rows: u64,
    #[serde(default)]
    parts: Vec<u64>,
    others: u64,
}

/// Prints the histogram that the API tells.
pub(crate) fn print(told: Value, format: ReportFormat, in_utc: bool) -> anyhow::Result<()> {
    let unread = "the answer is not one that this version of Rollcall reads; use the same version as the server";
    let histogram = Histogram::deserialize(&told).context(unread)?;
    let mut out = Stdout::lock();
    match format {
        ReportFormat::Table => {
            let answer = Answer::deserialize(&told).context(unread)?;
            let zone = if in_utc { Zone::utc() } else { answer.zone() };
            writeln!(out, "{}", histogram.table(&zone))?;
            out.finish()?;
            let mut footer = answer.footer_of_all(Told::Rows);
            if histogram.outside > 0 {
                footer.push_str(&format!(
                    "in no bar: {}, without such a time or with one outside the range\n",
                    counted(histogram.outside, ("row", "rows"))
                ));
            }
            // Whoever closed stderr does not want to know.
            let _ = std::io::stderr().lock().write_all(footer.as_bytes());
            Ok(())
        }
        ReportFormat::Csv => {
            let names = histogram.parts().map(|part| part.value.as_str().map_or_else(|| part.value.to_string(), str::to_owned));
            let header: Vec<String> =
                ["from", "to", "rows"].map(str::to_owned).into_iter().chain(names).chain(histogram.others()).collect();
            write!(out, "{}", csv_line(header.iter().map(String::as_str), true))?;
            for bar in &histogram.bars {
                let numbers = [bar.rows].into_iter().chain(histogram.counts(bar)).map(|number| number.to_string());
                let cells: Vec<String> = [bar.from.clone(), bar.to.clone()].into_iter().chain(numbers).collect();
                write!(out, "{}", csv_line(cells.iter().map(String::as_str), true))?;
            }
            out.finish()
        }
        ReportFormat::Json | ReportFormat::Ndjson => {
            for bar in &histogram.bars {
                writeln!(out, "{}", histogram.object(bar))?;
            }
            out.finish()
        }
        ReportFormat::Xlsx | ReportFormat::Parquet => Err(rows_alone()),
    }
}

impl Histogram {
    /// The values by which bars are split, told one by one.
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.split.iter().flat_map(|split| &split.values)
    }

    /// The name of the rest, if there is one.
    fn others(&self) -> Option<String> {
        self.split.as_ref().filter(|split| split.others.values > 0).map(|_| "others".to_owned())
    }

    /// The rows of a bar's parts, and of the rest if there is one.
    fn counts(&self, bar: &Bar) -> impl Iterator<Item = u64> {
        bar.parts.clone().into_iter().chain(self.others().map(|_| bar.others))
    }

    fn object(&self, bar: &Bar) -> Value {
        let mut told = json!({"from": bar.from, "to": bar.to, "rows": bar.rows});
        if let (Some(_), Some(members)) = (&self.split, told.as_object_mut()) {
            let part = |(part, rows): (&Part, &u64)| json!({"value": part.value, "rows": rows});
            members.insert("parts".to_owned(), self.parts().zip(&bar.parts).map(part).collect());
            members.insert("others".to_owned(), bar.others.into());
        }
        told
    }

    fn table(&self, zone: &Zone) -> String {
        let names = self.parts().map(Part::shown).chain(self.others());
        let header: Vec<String> =
            ["From", "Rows"].map(str::to_owned).into_iter().chain(names).chain([String::new()]).map(|name| printable(&name)).collect();
        let mut table = table::plain(&header.iter().map(String::as_str).collect::<Vec<_>>());
        (1..header.len() - 1).for_each(|column| table::align_right(&mut table, column));
        let most = self.bars.iter().map(|bar| bar.rows).max().unwrap_or(0);
        for bar in &self.bars {
            let numbers = [bar.rows].into_iter().chain(self.counts(bar)).map(|number| number.to_string());
            let cells: Vec<String> = [self.when(&bar.from, zone)].into_iter().chain(numbers).chain([drawn(bar.rows, most)]).collect();
            table.add_row(cells);
        }
        table.trim_fmt()
    }

    /// When a bar begins: of a day its date, of less than that the time of day too.
    fn when(&self, from: &str, zone: &Zone) -> String {
        let Ok(moment) = from.parse() else { return printable(from) };
        let shown = shown_moment(moment, zone);
        let is_of_calendar = matches!(self.bucket.as_str(), "day" | "week" | "month" | "year");
        let midnight = shown.strip_suffix(" 00:00:00").filter(|_| is_of_calendar);
        midnight.or_else(|| shown.strip_suffix(":00").filter(|rest| rest.len() == "2026-04-15 08:30".len())).unwrap_or(&shown).to_owned()
    }
}

impl Part {
    fn shown(&self) -> String {
        match (&self.label, &self.value) {
            (Some(label), _) => label.clone(),
            (None, Value::Null) => "(no value)".to_owned(),
            (None, Value::String(text)) => text.clone(),
            (None, other) => other.to_string(),
        }
    }
}

/// A bar of so many rows, where the longest has `most`. What there is at all is seen.
fn drawn(rows: u64, most: u64) -> String {
    if rows == 0 || most == 0 {
        return String::new();
    }
    let eighths = u128::from(rows) * u128::from(WIDEST) * 8 / u128::from(most);
    let eighths = usize::try_from(eighths.max(1)).unwrap_or(0);
    let end = eighths.checked_rem(8).and_then(|rest| EIGHTHS.get(rest.checked_sub(1)?));
    std::iter::repeat_n('█', eighths / 8).chain(end.copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_rows_are_many() {
        assert_eq!((drawn(0, 10), drawn(0, 0)), (String::new(), String::new()));
        assert_eq!(drawn(10, 10), "█".repeat(40));
        assert_eq!(drawn(5, 10), "█".repeat(20));
        assert_eq!(drawn(1, 320), "▏");
        assert_eq!(drawn(1, 1_000_000), "▏");
        assert_eq!(drawn(319, 320), format!("{}▉", "█".repeat(39)));
        assert_eq!(drawn(u64::MAX, u64::MAX).chars().count(), 40);
    }

    #[test]
    fn parts_stand_beside_the_rows() {
        let told = json!({
            "bucket": "day", "outside": 0,
            "split": {"values": [{"value": "pbx"}, {"value": null}], "others": {"values": 2, "rows": 1, "not_occurred": 0}},
            "bars": [
                {"from": "2026-03-28T00:00:00+01:00", "to": "2026-03-29T00:00:00+01:00", "rows": 4, "parts": [2, 1], "others": 1},
                {"from": "2026-03-29T00:00:00+01:00", "to": "2026-03-30T00:00:00+02:00", "rows": 0, "parts": [0, 0], "others": 0},
            ],
        });
        let histogram: Histogram = serde_json::from_value(told).unwrap();
        insta::assert_snapshot!(histogram.table(&Zone::new("Europe/Stockholm").unwrap()));
        let first = json!({"from": "2026-03-28T00:00:00+01:00", "to": "2026-03-29T00:00:00+01:00", "rows": 4,
            "parts": [{"value": "pbx", "rows": 2}, {"value": null, "rows": 1}], "others": 1});
        assert_eq!(histogram.object(&histogram.bars[0]), first);
    }
}
