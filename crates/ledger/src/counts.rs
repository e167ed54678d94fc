//! Counting events: rows of the table `counts` out of events, and out of other counts.
//!
//! A row says how many events with the same values in a few columns happened within a stretch of time.
//! What is counted does not depend on how the events are dealt out: counting them all gives the same rows
//! as merging the counts of their parts. So an archive step adds the counts of what it archives, late
//! events among it, and compaction merges the rows of a day. Which questions the rows answer is
//! `grain`'s to say; when they are written and read is not known here.
//!
//! The values of a row are few and long, the rows many. Each combination of values therefore gets a
//! number, once, and everything else is done with numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray, TimestampMicrosecondArray, UInt64Array, new_null_array};
use arrow::compute::{SortOptions, take};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::HashMap;
use rollcall_model::columns::COUNTS;

use crate::error::{Error, Result};
use crate::grain::Grain;
use crate::schema::Table;

/// The columns by which rows are sorted: all but the number of events.
pub(crate) const SORT_COLUMNS: &[&str] = &[
    "grain",
    "start_time",
    "hierarchy",
    "category",
    "source",
    "channel",
    "application",
    "entity",
    "activity",
    "effect",
    "outcome",
    "failure_type",
    "failure_code",
    "triggered_by_kind",
    "brand",
    "sign_in_method",
    "target_kind",
    "target",
    "routing_profile",
];

/// Rows that are looked at in one go: their keys stay in the processor's cache.
const CHUNK_ROWS: usize = 4_096;

/// Counts events: one row for each combination of values in each grain, sorted by the columns in their
/// order, missing values last. Of the events' columns only those that counts have are needed.
pub(crate) fn count(events: &[RecordBatch]) -> Result<RecordBatch> {
    let mut tally = Tally::new()?;
    for batch in events {
        in_chunks(batch, |chunk| tally.add_events(chunk))?;
    }
    tally.into_rows()
}

/// Adds up the rows of counts that differ in nothing but the number of events; sorted as [`count`] does it.
pub(crate) fn merge(counts: &[RecordBatch]) -> Result<RecordBatch> {
    let mut tally = Tally::new()?;
    for batch in counts {
        in_chunks(batch, |chunk| tally.add_counts(chunk))?;
    }
    tally.into_rows()
}

fn in_chunks(batch: &RecordBatch, mut each: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
    (0..batch.num_rows()).step_by(CHUNK_ROWS).try_for_each(|from| each(&batch.slice(from, CHUNK_ROWS.min(batch.num_rows() - from))))
}

/// What a row counts. Its order is that of the table's columns once numbers are ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    grain: Grain,
    start: i64,
    /// Number of the hierarchy; that of none in a grain that does not tell hierarchies apart.
    hierarchy: usize,
    /// Number of the values of all other columns.
    values: usize,
}

/// How many events have been met of each key.
struct Tally {
    hierarchies: Numbering,
    /// Number of the missing hierarchy.
    no_hierarchy: usize,
    values: Numbering,
    events: HashMap<Key, i64>,
}

impl Tally {
    fn new() -> Result<Self> {
        let mut hierarchies = Numbering::new(1)?;
        let missing = hierarchies.number(&[new_null_array(&DataType::Utf8View, 1)])?;
        Ok(Tally {
            hierarchies,
            no_hierarchy: missing.first().copied().unwrap_or_default(),
            values: Numbering::new(value_columns().count())?,
            events: HashMap::new(),
        })
    }

    fn add_events(&mut self, batch: &RecordBatch) -> Result<()> {
        let hierarchies = self.hierarchies.number(&[column(batch, "hierarchy")?])?;
        let values = self.values.number(&columns(batch)?)?;
        let times = column(batch, "event_time")?;
        let times = times.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| unexpected("event_time"))?;
        for ((&time, hierarchy), values) in times.values().iter().zip(hierarchies).zip(values) {
            for grain in Grain::ALL {
                let hierarchy = if grain.tells_apart("hierarchy") { hierarchy } else { self.no_hierarchy };
                *self.events.entry(Key { grain, start: grain.start(time), hierarchy, values }).or_default() += 1;
            }
        }
        Ok(())
    }

    fn add_counts(&mut self, batch: &RecordBatch) -> Result<()> {
        let hierarchies = self.hierarchies.number(&[column(batch, "hierarchy")?])?;
        let values = self.values.number(&columns(batch)?)?;
        let [grains, starts, events] = ["grain", "start_time", "events"].map(|name| column(batch, name));
        let (grains, starts, events) = (grains?, starts?, events?);
        let grains = grains.as_string_view_opt().ok_or_else(|| unexpected("grain"))?;
        let starts = starts.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| unexpected("start_time"))?;
        let events = events.as_primitive_opt::<Int64Type>().ok_or_else(|| unexpected("events"))?;
        let rows = grains.iter().zip(starts.values()).zip(events.values()).zip(hierarchies).zip(values);
        for ((((grain, &start), &events), hierarchy), values) in rows {
            let grain = grain.unwrap_or_default();
            let grain = Grain::from_word(grain).ok_or_else(|| Error::Corrupt(format!("a count with grain {grain:?}")))?;
            *self.events.entry(Key { grain, start, hierarchy, values }).or_default() += events;
        }
        Ok(())
    }

    fn into_rows(self) -> Result<RecordBatch> {
        let (hierarchies, hierarchy_ranks) = self.hierarchies.into_sorted()?;
        let (values, value_ranks) = self.values.into_sorted()?;
        let rank = |ranks: &[usize], number: usize| ranks.get(number).copied().unwrap_or_default();
        let mut rows: Vec<(Key, i64)> = self.events.into_iter().collect();
        for (key, _) in &mut rows {
            key.hierarchy = rank(&hierarchy_ranks, key.hierarchy);
            key.values = rank(&value_ranks, key.values);
        }
        rows.sort_unstable();
        let indices = |of: fn(&Key) -> usize| UInt64Array::from_iter_values(rows.iter().map(|(key, _)| of(key) as u64));
        let (hierarchy_rows, value_rows) = (indices(|key| key.hierarchy), indices(|key| key.values));
        let mut values = values.iter();
        let arrays = COUNTS.iter().map(|column| match column.name {
            "grain" => Ok(Arc::new(StringViewArray::from_iter_values(rows.iter().map(|(key, _)| key.grain.as_str()))) as ArrayRef),
            "start_time" => {
                let starts = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|(key, _)| key.start));
                Ok(Arc::new(starts.with_timezone("UTC")) as ArrayRef)
            }
            "events" => Ok(Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, events)| *events))) as ArrayRef),
            "hierarchy" => Ok(take(hierarchies.first().ok_or_else(|| unexpected("hierarchy"))?, &hierarchy_rows, None)?),
            name => Ok(take(values.next().ok_or_else(|| unexpected(name))?, &value_rows, None)?),
        });
        Ok(RecordBatch::try_new(Table::Counts.schema(), arrays.collect::<Result<_>>()?)?)
    }
}

/// The columns whose values are numbered together.
fn value_columns() -> impl Iterator<Item = &'static str> {
    COUNTS.iter().map(|column| column.name).filter(|name| !matches!(*name, "grain" | "start_time" | "hierarchy" | "events"))
}

fn columns(batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    value_columns().map(|name| column(batch, name)).collect()
}

fn column(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    batch.column_by_name(name).cloned().ok_or_else(|| unexpected(name))
}

fn unexpected(column: &str) -> Error {
    Error::Corrupt(format!("rows to be counted have no column {column} of its type"))
}

/// Numbers for combinations of texts: 0, 1, 2, … in the order in which they are first met.
struct Numbering {
    converter: RowConverter,
    /// Where columns become keys, kept for its memory.
    keys: Rows,
    numbers: HashMap<Box<[u8]>, usize>,
}

impl Numbering {
    fn new(columns: usize) -> Result<Self> {
        let missing_last = SortOptions { descending: false, nulls_first: false };
        let converter = RowConverter::new(vec![SortField::new_with_options(DataType::Utf8View, missing_last); columns])?;
        let keys = converter.empty_rows(0, 0);
        Ok(Numbering { converter, keys, numbers: HashMap::new() })
    }

    /// The number of each row of some columns.
    fn number(&mut self, columns: &[ArrayRef]) -> Result<Vec<usize>> {
        self.keys.clear();
        self.converter.append(&mut self.keys, columns)?;
        let mut found = Vec::with_capacity(self.keys.num_rows());
        for key in &self.keys {
            let number = match self.numbers.get(key.data()) {
                Some(number) => *number,
                None => {
                    let number = self.numbers.len();
                    self.numbers.insert(key.data().into(), number);
                    number
                }
            };
            found.push(number);
        }
        Ok(found)
    }

    /// The combinations as columns in their order, and the rank of each number in it.
    fn into_sorted(self) -> Result<(Vec<ArrayRef>, Vec<usize>)> {
        let mut keys: Vec<(Box<[u8]>, usize)> = self.numbers.into_iter().collect();
        keys.sort_unstable();
        let parser = self.converter.parser();
        let columns = self.converter.convert_rows(keys.iter().map(|(key, _)| parser.parse(key)))?;
        let mut by_number: Vec<(usize, usize)> = keys.iter().zip(0..).map(|((_, number), rank)| (*number, rank)).collect();
        by_number.sort_unstable();
        Ok((columns, by_number.into_iter().map(|(_, rank)| rank).collect()))
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BTreeMap;
    use std::ops::Range;

    use arrow::array::Array;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;
    use rollcall_model::{Category, Effect, Event, Outcome, Timestamp, TriggeredByKind};
    use uuid::Uuid;

    use super::*;
    use crate::event_batch;
    use crate::grain::Split;

    /// The texts of a row of counts, missing ones last.
    type Texts = Vec<Reverse<Option<Reverse<String>>>>;

    fn texts<const N: usize>(values: [Option<&str>; N]) -> Texts {
        values.map(|value| Reverse(value.map(|text| Reverse(text.to_owned())))).into()
    }

    fn value_of(event: &Event, column: &str) -> Option<String> {
        let value = match column {
            "hierarchy" => event.hierarchy.as_deref(),
            "routing_profile" => event.routing_profile.as_deref(),
            "category" => Some(event.category.as_str()),
            "source" => Some(&*event.source),
            "channel" => event.channel.as_deref(),
            "application" => event.application.as_deref(),
            "entity" => event.entity.as_deref(),
            "activity" => Some(&*event.activity),
            "effect" => event.effect.map(Effect::as_str),
            "outcome" => Some(event.outcome.as_str()),
            "failure_type" => event.failure_type.as_deref(),
            "failure_code" => event.failure_code.as_deref(),
            "triggered_by_kind" => event.triggered_by_kind.map(TriggeredByKind::as_str),
            "brand" => event.brand.as_deref(),
            "sign_in_method" => event.sign_in_method.as_deref(),
            "target_kind" => event.target_kind.as_deref(),
            "target" => event.target.as_deref(),
            other => unreachable!("{other} is no value of a count"),
        };
        value.map(str::to_owned)
    }

    fn columns_of_texts() -> impl Iterator<Item = &'static str> {
        COUNTS.iter().map(|column| column.name).filter(|name| !matches!(*name, "grain" | "start_time" | "events"))
    }

    /// The rows that events give, counted one by one.
    fn counted_naively(events: &[Event]) -> Vec<(&'static str, i64, Texts, i64)> {
        let mut rows = BTreeMap::new();
        for event in events {
            for (grain, micros) in [("quarter_hour", 900_000_000), ("day", 86_400_000_000)] {
                let start = event.event_time.as_micros().div_euclid(micros) * micros;
                let told = |name: &&str| grain == "day" || *name != "hierarchy";
                let values = columns_of_texts().map(|name| Some(name).filter(told).and_then(|name| value_of(event, name)));
                let values: Texts = values.map(|value| Reverse(value.map(Reverse))).collect();
                *rows.entry((grain, start, values)).or_insert(0) += 1;
            }
        }
        rows.into_iter().map(|((grain, start, values), events)| (grain, start, values, events)).collect()
    }

    /// The rows of a batch of counts.
    fn rows(batch: &RecordBatch) -> Vec<(&'static str, i64, Texts, i64)> {
        assert_eq!(batch.schema(), Table::Counts.schema());
        let (starts, events) = (column(batch, "start_time").unwrap(), column(batch, "events").unwrap());
        let text = |name: &str, row: usize| {
            let texts = column(batch, name).unwrap();
            let texts = texts.as_string_view();
            texts.is_valid(row).then(|| texts.value(row).to_owned())
        };
        let row = |row: usize| {
            let grain = Grain::from_word(&text("grain", row).unwrap()).unwrap().as_str();
            let values = columns_of_texts().map(|name| Reverse(text(name, row).map(Reverse))).collect();
            (grain, starts.as_primitive::<TimestampMicrosecondType>().value(row), values, events.as_primitive::<Int64Type>().value(row))
        };
        (0..batch.num_rows()).map(row).collect()
    }

    fn batch(events: &[Event]) -> RecordBatch {
        let all: Vec<&Event> = events.iter().collect();
        let batches = event_batch::encode(&all, 0, Timestamp::from_micros(0).unwrap()).unwrap();
        arrow::compute::concat_batches(&Table::Events.schema(), &batches).unwrap()
    }

    fn word() -> impl Strategy<Value = Option<String>> {
        // One that fits into a view itself, one that does not, and one that begins like another.
        option::of(select(vec!["a", "a text of more than twelve bytes", "a text", "ünïcödé"]).prop_map(str::to_owned))
    }

    fn event() -> impl Strategy<Value = Event> {
        let around_an_edge = (-2..3_i64, -1..2_i64).prop_map(|(quarter, off)| quarter * 900_000_000 + off);
        let times = prop_oneof![around_an_edge, -200_000_000_000..200_000_000_000_i64];
        let required = (times, select(Category::ALL.to_vec()), any::<bool>(), select(vec!["sign_in", "sign_out"]));
        (required, vec(word(), 12), option::of(select(Effect::ALL.to_vec())), option::of(select(TriggeredByKind::ALL.to_vec()))).prop_map(
            |((time, category, fails, activity), words, effect, kind)| {
                let outcome = if fails { Outcome::Failure } else { Outcome::Success };
                let time = Timestamp::from_micros(time).unwrap();
                let mut event = Event::new(Uuid::nil(), time, "portal", category, activity, outcome);
                event.effect = effect;
                event.triggered_by_kind = kind;
                let columns = [
                    &mut event.hierarchy,
                    &mut event.routing_profile,
                    &mut event.channel,
                    &mut event.application,
                    &mut event.entity,
                    &mut event.failure_type,
                    &mut event.failure_code,
                    &mut event.brand,
                    &mut event.sign_in_method,
                    &mut event.target_kind,
                    &mut event.target,
                    // Not counted: must not matter.
                    &mut event.account,
                ];
                for (column, word) in columns.into_iter().zip(words) {
                    *column = word;
                }
                event
            },
        )
    }

    /// Events of which many are alike.
    fn events() -> impl Strategy<Value = Vec<Event>> {
        vec(event(), 1..12).prop_flat_map(|kinds| vec(select(kinds), 0..60))
    }

    #[test]
    fn each_event_is_counted_once_in_each_grain() {
        let mut one = Event::new(
            Uuid::nil(),
            "2026-04-15T08:59:59.999999Z".parse().unwrap(),
            "portal",
            Category::Access,
            "sign_in",
            Outcome::Success,
        );
        one.hierarchy = Some("EMEA / Stockholm".to_owned());
        let mut other = one.clone();
        other.hierarchy = None;
        let [midnight, quarter] = ["2026-04-15T00:00:00Z", "2026-04-15T08:45:00Z"].map(|at| at.parse::<Timestamp>().unwrap().as_micros());
        let values = |hierarchy| {
            let mut values = texts([hierarchy]);
            values.extend(texts([Some("access"), Some("portal"), None, None, None, Some("sign_in"), None, Some("success")]));
            values.extend(texts([None; 8]));
            values
        };
        let expected = [
            ("day", midnight, values(Some("EMEA / Stockholm")), 2),
            ("day", midnight, values(None), 1),
            ("quarter_hour", quarter, values(None), 3),
        ];
        assert_eq!(rows(&count(&[batch(&[one.clone(), other]), batch(&[one])]).unwrap()), expected);
    }

    #[test]
    fn nothing_counts_to_nothing() {
        assert_eq!(count(&[]).unwrap().num_rows(), 0);
        assert_eq!(merge(&[count(&[batch(&[])]).unwrap()]).unwrap().schema(), Table::Counts.schema());
    }

    #[test]
    fn rows_that_are_no_events_are_refused() {
        let events = batch(&[Event::new(Uuid::nil(), Timestamp::MIN, "s", Category::Activity, "a", Outcome::Success)]);
        let without_hierarchy: Vec<usize> =
            (0..events.num_columns()).filter(|at| events.schema().field(*at).name() != "hierarchy").collect();
        let error = count(&[events.project(&without_hierarchy).unwrap()]).unwrap_err();
        assert!(error.to_string().contains("hierarchy"), "{error}");
        assert!(merge(&[events]).is_err());
    }

    #[test]
    fn many_rows_are_counted_chunk_by_chunk() {
        let times = (0..3 * CHUNK_ROWS as i64 + 5).map(|at| Timestamp::from_micros(at * 1_000_000).unwrap());
        let events: Vec<Event> = times.map(|at| Event::new(Uuid::nil(), at, "s", Category::Activity, "a", Outcome::Success)).collect();
        assert_eq!(rows(&count(&[batch(&events)]).unwrap()), counted_naively(&events));
    }

    /// How many events of some rows have a value, by their counts in a stretch of time.
    fn sum(counts: &RecordBatch, grain: Grain, times: &Range<i64>, at: usize, value: &Option<String>) -> i64 {
        let asked = |row: &&(&str, i64, Texts, i64)| row.0 == grain.as_str() && times.contains(&row.1) && is(&row.2, at, value);
        rows(counts).iter().filter(asked).map(|row| row.3).sum()
    }

    fn is(texts: &Texts, at: usize, value: &Option<String>) -> bool {
        texts[at] == Reverse(value.clone().map(Reverse))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn counts_are_what_counting_one_by_one_gives(events in events()) {
            prop_assert_eq!(rows(&count(&[batch(&events)]).unwrap()), counted_naively(&events));
        }

        #[test]
        fn parts_counted_and_merged_are_the_whole(parts in vec(events(), 0..5)) {
            let whole: Vec<RecordBatch> = parts.iter().map(|part| batch(part)).collect();
            let whole = count(&whole).unwrap();
            let counted: Vec<RecordBatch> = parts.iter().map(|part| count(&[batch(part)]).unwrap()).collect();
            prop_assert_eq!(rows(&merge(&counted).unwrap()), rows(&whole));
            let (first, rest) = counted.split_at(counted.len() / 2);
            let in_steps = merge(&[merge(rest).unwrap(), merge(first).unwrap()]).unwrap();
            prop_assert_eq!(rows(&in_steps), rows(&whole));
        }

        /// What the rule of `grain` promises: edges from events and whole stretches from counts are the answer.
        #[test]
        fn a_question_that_a_grain_answers_is_answered_exactly(
            events in events(),
            from in -100_000_000_000..100_000_000_000_i64,
            length in 0..200_000_000_000_i64,
            at in 0..columns_of_texts().count(),
            wanted in word(),
        ) {
            let name = columns_of_texts().nth(at).unwrap();
            let grain = Grain::answering(&[name]).unwrap();
            let in_range = |range: &Range<i64>| {
                let asked = |event: &&Event| range.contains(&event.event_time.as_micros()) && value_of(event, name) == wanted;
                events.iter().filter(asked).count() as i64
            };
            let Split { before, whole, after } = grain.split(from..from + length);
            let from_counts = sum(&count(&[batch(&events)]).unwrap(), grain, &whole, at, &wanted);
            prop_assert_eq!(in_range(&before) + from_counts + in_range(&after), in_range(&(from..from + length)));
        }
    }
}
