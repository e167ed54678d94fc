use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The beginnings of the buckets of a range, as the zone's clocks tell them.
fn told(size: BucketSize, zone: &str, from: &str, to: &str) -> Vec<String> {
    let zone = Zone::new(zone).unwrap();
    size.over(ResolvedRange { from: at(from), to: at(to) }, &zone).map(|bucket| zone.rfc3339(bucket.from)).collect()
}

fn hours(bucket: Bucket) -> i64 {
    bucket.to.micros_since(bucket.from) / MICROS_PER_HOUR
}

#[test]
fn days_last_23_24_or_25_hours() {
    let zone = Zone::new("Europe/Stockholm").unwrap();
    let lengths = ["2026-03-29T12:00:00Z", "2026-03-30T12:00:00Z", "2026-10-25T12:00:00Z"];
    assert_eq!(lengths.map(|noon| hours(BucketSize::Day.around(at(noon), &zone))), [23, 24, 25]);
}

#[test]
fn an_hour_that_comes_twice_is_two_buckets() {
    let hours = told(BucketSize::Hour, "Europe/Stockholm", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z");
    assert_eq!(hours, ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]);
}

#[test]
fn hours_begin_where_the_zones_clocks_begin_them() {
    let hours = told(BucketSize::Hour, "Asia/Kolkata", "2026-04-15T00:00:00Z", "2026-04-15T02:00:00Z");
    assert_eq!(hours, ["2026-04-15T05:00:00+05:30", "2026-04-15T06:00:00+05:30", "2026-04-15T07:00:00+05:30"]);
}

#[test]
fn clocks_that_are_put_back_by_half_an_hour_cut_an_hour() {
    let hours = told(BucketSize::Hour, "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:00:00Z");
    assert_eq!(hours, ["2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T02:00:00+10:30"]);
}

#[test]
fn six_hours_of_a_day_begin_at_its_beginning() {
    let parts = told(BucketSize::SixHours, "America/Santiago", "2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z");
    let expected = ["2026-09-06T01:00:00-03:00", "2026-09-06T06:00:00-03:00", "2026-09-06T12:00:00-03:00", "2026-09-06T18:00:00-03:00"];
    assert_eq!(parts, expected);
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    let weeks = told(BucketSize::Week, "UTC", "2026-04-15T08:00:00Z", "2026-04-21T00:00:00Z");
    assert_eq!(weeks, ["2026-04-13T00:00:00Z", "2026-04-20T00:00:00Z"]);
    let months = told(BucketSize::Month, "UTC", "2026-01-31T23:00:00Z", "2026-03-01T00:00:00Z");
    assert_eq!(months, ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]);
}

#[test]
fn a_range_gets_between_24_and_120_buckets() {
    let of = |hours: i64| {
        let from = at("2026-04-01T00:00:00Z");
        BucketSize::at_most(120, ResolvedRange { from, to: from.plus_micros(hours * MICROS_PER_HOUR) })
    };
    use BucketSize as B;
    let chosen = [1, 2, 24, 48, 7 * 24, 30 * 24, 90 * 24, 365 * 24].map(of);
    assert_eq!(chosen, [B::Minute, B::Minute, B::QuarterHour, B::Hour, B::ThreeHours, B::SixHours, B::Day, B::Week]);
}

#[test]
fn only_edges_that_counts_have_are_aligned() {
    let range = ResolvedRange { from: at("2026-01-01T00:00:00Z"), to: at("2027-01-01T00:00:00Z") };
    let aligned = |size: BucketSize, stretch: i64, zone: &str| size.is_aligned(stretch, range, &Zone::new(zone).unwrap());
    let (quarter, day) = (MICROS_PER_HOUR / 4, MICROS_PER_DAY);
    assert!(aligned(BucketSize::Hour, quarter, "Asia/Kathmandu") && aligned(BucketSize::Day, quarter, "Europe/Stockholm"));
    assert!(!aligned(BucketSize::Minute, quarter, "UTC"));
    assert!(aligned(BucketSize::Month, day, "UTC") && !aligned(BucketSize::Month, day, "Europe/London"));
    assert!(!aligned(BucketSize::SixHours, day, "UTC"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every moment lies in its bucket, and all moments of a bucket have that bucket.
    #[test]
    fn buckets_part_time_without_gaps(
        second in 0_i64..2_500_000_000,
        size in prop::sample::select(BucketSize::ALL.to_vec()),
        zone in prop::sample::select(vec!["UTC", "Europe/Stockholm", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "America/St_Johns", "Pacific/Apia", "Africa/Monrovia"]),
        share in 0.0_f64..1.0,
    ) {
        let zone = Zone::new(zone).unwrap();
        let moment = Timestamp::from_seconds(second).unwrap();
        let bucket = size.around(moment, &zone);
        prop_assert!(bucket.from <= moment && moment < bucket.to, "{moment} is not in {bucket:?}");
        let length = bucket.to.micros_since(bucket.from);
        let inside = bucket.from.plus_micros(((length as f64 * share) as i64).min(length - 1));
        prop_assert_eq!(size.around(inside, &zone), bucket);
        prop_assert_eq!(size.around(bucket.to, &zone).from, bucket.to);
    }
}
