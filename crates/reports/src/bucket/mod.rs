//! Buckets: stretches of time that follow each other without a gap, as the clocks and calendars of a zone have them.
//!
//! A day lasts 23, 24 or 25 hours, an hour begins where the zone's clocks begin one, and an hour that comes
//! twice is two buckets. Days begin where [`Zone::first_instant`] says, as those of a range do.

mod expression;
#[cfg(test)]
mod tests;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use rollcall_model::Timestamp;
use rollcall_model::range::ResolvedRange;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_SECOND};
use rollcall_model::zone::Zone;
use serde::{Deserialize, Serialize};

pub(crate) use expression::time_bucket;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketSize {
    /// A minute.
    Minute,
    /// Five minutes of the zone's clocks.
    FiveMinutes,
    /// A quarter of an hour of the zone's clocks.
    QuarterHour,
    /// An hour of the zone's clocks.
    Hour,
    /// Three hours of a day, from its beginning on.
    ThreeHours,
    /// Six hours of a day, from its beginning on.
    SixHours,
    /// A calendar day.
    Day,
    /// A week from Monday on.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

/// What makes the edges of buckets.
enum Edges {
    /// Every so many microseconds of the clocks.
    Clock(i64),
    /// Every so many hours of a day.
    OfDay(i8),
    Calendar,
}

impl BucketSize {
    /// All sizes, the smallest first.
    pub const ALL: &'static [BucketSize] = &[
        BucketSize::Minute,
        BucketSize::FiveMinutes,
        BucketSize::QuarterHour,
        BucketSize::Hour,
        BucketSize::ThreeHours,
        BucketSize::SixHours,
        BucketSize::Day,
        BucketSize::Week,
        BucketSize::Month,
        BucketSize::Year,
    ];

    /// Its name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            BucketSize::Minute => "minute",
            BucketSize::FiveMinutes => "five_minutes",
            BucketSize::QuarterHour => "quarter_hour",
            BucketSize::Hour => "hour",
            BucketSize::ThreeHours => "three_hours",
            BucketSize::SixHours => "six_hours",
            BucketSize::Day => "day",
            BucketSize::Week => "week",
            BucketSize::Month => "month",
            BucketSize::Year => "year",
        }
    }

    /// The size of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|size| size.name() == name)
    }

    /// The names of all sizes.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|size| size.name())
    }

    /// How long one most often is.
    pub(crate) fn usual_micros(self) -> i64 {
        match self {
            BucketSize::Minute => 60 * MICROS_PER_SECOND,
            BucketSize::FiveMinutes => 300 * MICROS_PER_SECOND,
            BucketSize::QuarterHour => MICROS_PER_HOUR / 4,
            BucketSize::Hour => MICROS_PER_HOUR,
            BucketSize::ThreeHours => 3 * MICROS_PER_HOUR,
            BucketSize::SixHours => 6 * MICROS_PER_HOUR,
            BucketSize::Day => MICROS_PER_DAY,
            BucketSize::Week => 7 * MICROS_PER_DAY,
            BucketSize::Month => 30 * MICROS_PER_DAY,
            BucketSize::Year => 365 * MICROS_PER_DAY,
        }
    }

    fn edges(self) -> Edges {
        match self {
            BucketSize::Minute | BucketSize::FiveMinutes | BucketSize::QuarterHour | BucketSize::Hour => Edges::Clock(self.usual_micros()),
            BucketSize::ThreeHours => Edges::OfDay(3),
            BucketSize::SixHours => Edges::OfDay(6),
            BucketSize::Day | BucketSize::Week | BucketSize::Month | BucketSize::Year => Edges::Calendar,
        }
    }

    /// The bucket in which a moment lies.
    pub fn around(self, moment: Timestamp, zone: &Zone) -> Bucket {
        match self.edges() {
            Edges::Clock(length) => of_clock(moment, zone, length),
            Edges::OfDay(hours) => of_day(moment, zone, hours),
            Edges::Calendar => self.of_calendar(moment, zone),
        }
    }

    /// The buckets that a range touches, in their order.
    pub fn over(self, range: ResolvedRange, zone: &Zone) -> impl Iterator<Item = Bucket> + '_ {
        let first = (range.from < range.to).then(|| self.around(range.from, zone));
        std::iter::successors(first, move |bucket| {
            let next = (bucket.to < range.to).then(|| self.around(bucket.to, zone));
            // The calendar ends somewhere.
            next.filter(|next| next.to > bucket.to)
        })
    }

    /// The smallest size of which a range has no more than so many.
    pub(crate) fn at_most(bars: i64, range: ResolvedRange) -> Self {
        let length = range.to.micros_since(range.from);
        let fits = |size: &BucketSize| size.usual_micros().saturating_mul(bars) >= length;
        Self::ALL.iter().copied().find(fits).unwrap_or(BucketSize::Year)
    }

    /// Whether every edge within a range is one of stretches of this length, counted from the epoch.
    pub(crate) fn is_aligned(self, stretch: i64, range: ResolvedRange, zone: &Zone) -> bool {
        let fits = |micros: i64| micros.rem_euclid(stretch) == 0;
        let offset = |at: jiff::Timestamp| i64::from(zone.tz().to_offset(at).seconds()) * MICROS_PER_SECOND;
        let length = match self.edges() {
            Edges::Calendar => MICROS_PER_DAY,
            Edges::OfDay(_) => MICROS_PER_HOUR,
            Edges::Clock(length) => length,
        };
        let end = range.to.to_jiff();
        let changes = zone.tz().following(range.from.to_jiff()).map(|change| change.timestamp());
        let mut changes = changes.take_while(|change| *change < end);
        fits(length) && fits(offset(range.from.to_jiff())) && changes.all(|change| fits(change.as_microsecond()) && fits(offset(change)))
    }

    fn of_calendar(self, moment: Timestamp, zone: &Zone) -> Bucket {
        let mut first = self.first_date(zone.date(moment));
        let mut bucket = self.beginning(first, zone);
        // Where midnight comes twice, a day begins with the first: what has the old date after it is the new day's.
        for _ in 0..2 {
            if moment >= bucket.to && bucket.to < Timestamp::MAX {
                first = self.next_date(first);
            } else if moment < bucket.from && bucket.from > Timestamp::MIN {
                first = self.first_date(first.saturating_sub(1.day()));
            } else {
                break;
            }
            bucket = self.beginning(first, zone);
        }
        bucket
    }

    fn beginning(self, first: Date, zone: &Zone) -> Bucket {
        Bucket { from: zone.first_instant(first), to: zone.first_instant(self.next_date(first)) }
    }

    fn first_date(self, date: Date) -> Date {
        match self {
            BucketSize::Week => date.saturating_sub(i64::from(date.weekday().since(Weekday::Monday)).days()),
            BucketSize::Month => date.first_of_month(),
            BucketSize::Year => date.first_of_year(),
            _ => date,
        }
    }

    fn next_date(self, first: Date) -> Date {
        first.saturating_add(match self {
            BucketSize::Week => 1.week(),
            BucketSize::Month => 1.month(),
            BucketSize::Year => 1.year(),
            _ => 1.day(),
        })
    }
}

/// By the clocks. Where they are changed by less than the length, the bucket is cut.
fn of_clock(moment: Timestamp, zone: &Zone, length: i64) -> Bucket {
    let (tz, at) = (zone.tz(), moment.to_jiff());
    let offset = i64::from(tz.to_offset(at).seconds()) * MICROS_PER_SECOND;
    let local = moment.as_micros().saturating_add(offset);
    let into = local.rem_euclid(length);
    let whole = Bucket { from: moment.plus_micros(-into), to: moment.plus_micros(length - into) };
    let changed = tz.preceding(moment.plus_micros(1).to_jiff()).next().map(|change| Timestamp::from(change.timestamp()));
    let changes = tz.following(at).next().map(|change| Timestamp::from(change.timestamp()));
    Bucket {
        from: changed.map_or(whole.from, |changed| whole.from.max(changed)),
        to: changes.map_or(whole.to, |changes| whole.to.min(changes)),
    }
}

/// By hours of a day, counted on its clocks: the day itself begins and ends the first and the last.
fn of_day(moment: Timestamp, zone: &Zone, hours: i8) -> Bucket {
    let day = BucketSize::Day.around(moment, zone);
    let date = zone.date(day.from);
    let marks = (1..24 / hours).map(|number| zone.earlier(date.at(number * hours, 0, 0, 0)));
    let mut edges: Vec<Timestamp> = marks.filter(|mark| day.from < *mark && *mark < day.to).chain([day.from, day.to]).collect();
    edges.sort_unstable();
    Bucket {
        from: edges.iter().copied().rfind(|edge| *edge <= moment).unwrap_or(day.from),
        to: edges.iter().copied().find(|edge| *edge > moment).unwrap_or(day.to),
    }
}
