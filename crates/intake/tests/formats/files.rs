//! Files and what comes out of them.
//!
//! A fixture is a file in `tests/fixtures/<format>/`; what comes out of it is its snapshot in
//! `tests/formats/snapshots/`. `INSTA_UPDATE=always cargo test -p rollcall-intake` writes them anew.

use std::fmt::Write as _;

use rollcall_intake::fuzzing::fuzz_one;
use rollcall_intake::{Decoder, Item, NativeIds, SourceOptions, Summary, format, formats};
use rollcall_model::{Event, Timestamp};

use crate::{at, decode, events, fixtures, options_of_a_file};

/// What came out, one item a line and the columns of an event below it.
fn listing((items, summary): &(Vec<Item>, Summary)) -> String {
    let mut text = String::new();
    for item in items {
        match item {
            Item::Event { position, event } => {
                writeln!(text, "event at {position}").unwrap();
                for (column, value) in serde_json::to_value(event).unwrap().as_object().unwrap() {
                    writeln!(text, "    {column}: {value}").unwrap();
                }
            }
            Item::Rejected(rejected) => {
                let field = rejected.field.as_deref().map(|field| format!("{field}: ")).unwrap_or_default();
                writeln!(text, "rejected at {}\n    {field}{}", rejected.position, rejected.reason).unwrap();
                writeln!(text, "    raw: {:?}", String::from_utf8_lossy(&rejected.raw[..rejected.raw.len().min(60)])).unwrap();
            }
        }
    }
    let Summary { bytes, records, events, rejected, skipped, .. } = summary;
    writeln!(text, "{bytes} bytes, {records} records: {events} events, {rejected} rejected, {skipped} skipped").unwrap();
    summary.warnings.iter().for_each(|warning| writeln!(text, "warning: {warning}").unwrap());
    text
}

#[test]
fn fixtures_come_out_as_their_snapshots_say() {
    for (name, _) in formats() {
        let format = format(name).unwrap();
        for file in fixtures(name) {
            let bytes = std::fs::read(&file).unwrap();
            let mut options = options_of_a_file(format, &bytes);
            if file.ends_with("mapped.csv") {
                options.csv.delimiter = b';';
                options.csv.headers =
                    [("event_time", "When"), ("account", "Who"), ("activity", "What")].map(|(c, h)| (c.into(), h.into())).into();
                options.csv.defaults = [("category", "access"), ("outcome", "success")].map(|(c, v)| (c.into(), v.into())).into();
            }
            let snapshot = format!("{name}-{}", file.file_name().unwrap().to_str().unwrap());
            insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
                insta::assert_snapshot!(snapshot, listing(&decode(format, options, &bytes)));
            });
            fuzz_one(format, &bytes);
        }
    }
}

#[test]
fn a_file_that_is_imported_twice_or_overlaps_another_adds_nothing() {
    for (name, _) in formats() {
        let format = format(name).unwrap();
        for file in fixtures(name) {
            let bytes = std::fs::read(&file).unwrap();
            let import = |bytes: &[u8]| events(decode(format, options_of_a_file(format, bytes), bytes).0);
            let ids = |events: &[Event]| events.iter().map(|event| (event.event_id, event.event_time)).collect::<Vec<_>>();
            let first = ids(&import(&bytes));
            assert_eq!(ids(&import(&bytes)), first, "{}", file.display());
            let distinct: std::collections::HashSet<_> = first.iter().collect();
            assert_eq!(distinct.len(), first.len(), "{}: two events have the same id", file.display());
        }
    }
    let log = std::fs::read(fixtures("asterisk-queue-log").pop().unwrap()).unwrap();
    let half = log.len() / 2 + log[log.len() / 2..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let format = format("asterisk-queue-log").unwrap();
    let import = |bytes: &[u8]| events(decode(format, options_of_a_file(format, bytes), bytes).0);
    let (whole, end) = (import(&log), import(&log[half..]));
    assert!(!end.is_empty() && end.len() < whole.len());
    assert_eq!(end, whole[whole.len() - end.len()..]);
}

#[test]
fn a_request_gets_random_ids_and_a_file_gets_them_from_its_content() {
    let event = br#"{"event_time":0,"category":"activity","activity":"x","outcome":"success"}"#;
    let id = |ids: NativeIds| {
        let mut options = SourceOptions::new(Timestamp::MAX);
        options.native_ids = ids;
        events(decode(format("native").unwrap(), options, event).0)[0].event_id
    };
    assert_ne!(id(NativeIds::Random), id(NativeIds::Random));
    assert_eq!(id(NativeIds::FromContent), id(NativeIds::FromContent));
}

#[test]
fn ends_of_lines_and_the_name_of_the_source_are_no_part_of_a_line() {
    let format = format("asterisk-queue-log").unwrap();
    let import = |bytes: &[u8], source: Option<&str>| {
        let mut options = SourceOptions::new(Timestamp::MAX);
        options.source = source.map(str::to_owned);
        events(decode(format, options, bytes).0).remove(0)
    };
    let unix = import(b"1366720340|NONE|q|SIP/1|ADDMEMBER|\n", None);
    assert_eq!(import(b"1366720340|NONE|q|SIP/1|ADDMEMBER|\r\n", None), unix);
    assert_eq!(import(b"\xef\xbb\xbf1366720340|NONE|q|SIP/1|ADDMEMBER|", None), unix);
    assert_eq!(unix.source, "asterisk-queue-log");
    let other = import(b"1366720340|NONE|q|SIP/1|ADDMEMBER|", Some("pbx-2"));
    assert_eq!(other.source, "pbx-2");
    assert_ne!(other.event_id, unix.event_id);
}

#[test]
fn the_zone_of_a_source_moves_times_that_bear_none() {
    let bytes = std::fs::read(&fixtures("keycloak")[1]).unwrap();
    let format = format("keycloak").unwrap();
    let mut options = options_of_a_file(format, &bytes);
    options.time_zone = Some(rollcall_model::zone::Zone::new("Europe/Stockholm").unwrap());
    let (items, summary) = decode(format, options, &bytes);
    let events = events(items);
    assert_eq!(events[0].event_time, at("2026-04-15T06:43:38.199Z"));
    assert_eq!(events.last().unwrap().event_time, at("2026-04-15T11:58:00Z"), "a time with an offset stays");
    assert_eq!(summary.warnings, []);
}

#[test]
fn a_decoder_can_be_sent_to_another_thread() {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    let mut decoder = sent(Decoder::new(format("keycloak").unwrap(), SourceOptions::new(Timestamp::MAX)));
    let mut items = Vec::new();
    decoder.finish(&mut items);
    assert_eq!((items.len(), decoder.summary()), (0, Summary::default()));
}
