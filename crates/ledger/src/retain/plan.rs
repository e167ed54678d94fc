//! What a run concerns, as far as the catalogue alone knows: which files of which days may hold events that
//! are no longer kept.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use datafusion::scalar::ScalarValue;
use jiff::Span;
use jiff::civil::Date;
use rollcall_model::Category;

use crate::lake::DataFile;

/// The first day that is kept of each category that is not kept for ever.
pub(super) type KeptFrom = BTreeMap<Category, Date>;

/// A day of which something may go.
#[derive(Debug, Default)]
pub(super) struct Day {
    /// The categories that are no longer kept of it.
    pub(super) expired: BTreeSet<Category>,
    /// Files of events and of counts that may hold them.
    pub(super) files: Vec<Arc<DataFile>>,
    /// Rows of the files of events among them.
    rows: i64,
}

/// What one step does: some days, and everything of them that is no longer kept.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) days: Vec<Day>,
    /// As far as the step goes: the policy, cut off at the first day that a later step is for.
    pub(super) kept_from: KeptFrom,
}

/// The first day that is kept of each category.
pub(super) fn kept_from(policy: &BTreeMap<Category, NonZeroU32>, today: Date) -> KeptFrom {
    let first = |days: &NonZeroU32| today.checked_sub(Span::new().try_days(days.get()).ok()?).ok();
    policy.iter().filter_map(|(category, days)| Some((*category, first(days)?))).collect()
}

/// The days of which something may go, the oldest first.
pub(super) fn days(events: &[Arc<DataFile>], counts: &[Arc<DataFile>], kept_from: &KeptFrom) -> BTreeMap<Date, Day> {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    let with_events = events.iter().map(|file| (file, file.rows));
    for (file, rows) in with_events.chain(counts.iter().map(|file| (file, 0))) {
        let Some(date) = file.day() else { continue };
        let expired: BTreeSet<Category> = kept_from.iter().filter(|(_, first)| date < **first).map(|(category, _)| *category).collect();
        if may_hold(file, &expired) {
            let day = days.entry(date).or_default();
            day.expired = expired;
            day.files.push(Arc::clone(file));
            day.rows += rows;
        }
    }
    days
}

/// Some days as the steps of a run, of about as many events each, or of a single day. The last goes as far as the
/// policy does, even if it concerns no file.
pub(super) fn chunks(days: BTreeMap<Date, Day>, kept_from: &KeptFrom, events: i64) -> Vec<Chunk> {
    let (mut chunks, mut days_of_step, mut rows) = (Vec::new(), Vec::new(), 0);
    for (date, day) in days {
        if rows > 0 && rows + day.rows > events {
            let until = kept_from.iter().map(|(&category, &first)| (category, first.min(date))).collect();
            chunks.push(Chunk { days: std::mem::take(&mut days_of_step), kept_from: until });
            rows = 0;
        }
        rows += day.rows;
        days_of_step.push(day);
    }
    chunks.push(Chunk { days: days_of_step, kept_from: kept_from.clone() });
    chunks
}

/// Whether a file may hold rows of some categories: by the smallest and largest that it has.
fn may_hold(file: &DataFile, categories: &BTreeSet<Category>) -> bool {
    let bounds = file.bounds.get("category").map(|bounds| (&bounds.min, &bounds.max));
    match bounds {
        Some((ScalarValue::Utf8View(Some(min)), ScalarValue::Utf8View(Some(max)))) => {
            categories.iter().any(|category| (min.as_str()..=max.as_str()).contains(&category.as_str()))
        }
        _ => !categories.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::lake::FileStatistics;
    use crate::schema::{Table, position};

    fn file(id: i64, path: &str, rows: i64, categories: (&str, &str)) -> Arc<DataFile> {
        let column_id = i64::try_from(position(Table::Events, "category")).unwrap() + 1;
        let (min, max) = (Some(categories.0.to_owned()), Some(categories.1.to_owned()));
        let statistics = [FileStatistics { column_id, bytes: 1, values: rows, nulls: 0, min, max }];
        Arc::new(DataFile::new(Table::Events, id, path.to_owned(), rows, 1, 1, &statistics))
    }

    fn of_day(day: i64, rows: i64) -> Arc<DataFile> {
        file(day, &format!("year=2026/month=4/day={day}/other-x.parquet"), rows, ("activity", "webhook_failure"))
    }

    #[test]
    fn the_first_day_that_is_kept_lies_that_many_days_back() {
        let policy =
            [(Category::Access, 30), (Category::Activity, u32::MAX)].map(|(category, days)| (category, NonZeroU32::new(days).unwrap()));
        let kept = kept_from(&policy.into(), date(2026, 4, 15));
        assert_eq!(kept, [(Category::Access, date(2026, 3, 16))].into(), "more days than there are is for ever");
    }

    #[test]
    fn only_files_before_the_first_day_that_may_hold_the_category_are_looked_at() {
        let events = [
            of_day(1, 10),
            file(2, "year=2026/month=4/day=1/access-x.parquet", 10, ("access", "access")),
            file(3, "year=2026/month=4/day=2/other-x.parquet", 10, ("activity", "activity")),
            of_day(3, 10),
        ];
        let kept = KeptFrom::from([(Category::WebhookFailure, date(2026, 4, 3)), (Category::IntegrationFailure, date(2026, 4, 1))]);
        let found = days(&events, &[], &kept);
        assert_eq!(found.len(), 1);
        let day = &found[&date(2026, 4, 1)];
        assert_eq!(day.expired, [Category::WebhookFailure].into());
        assert_eq!(day.files.iter().map(|file| file.data_file_id).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_step_ends_before_a_day_that_is_too_much_and_the_last_goes_all_the_way() {
        let events: Vec<_> = (1..=4).map(|day| of_day(day, 500)).collect();
        let kept = KeptFrom::from([(Category::Activity, date(2026, 4, 20)), (Category::WebhookFailure, date(2026, 4, 2))]);
        let steps = chunks(days(&events, &[], &kept), &kept, 1_000);
        assert_eq!(steps.iter().map(|step| step.days.len()).collect::<Vec<_>>(), [2, 2]);
        let until = KeptFrom::from([(Category::Activity, date(2026, 4, 3)), (Category::WebhookFailure, date(2026, 4, 2))]);
        assert_eq!((&steps[0].kept_from, &steps[1].kept_from), (&until, &kept));
        assert_eq!(chunks(BTreeMap::new(), &kept, 1_000).len(), 1, "sessions may have to go where no event does");
    }
}
