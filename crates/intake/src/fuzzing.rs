//! The oracle of fuzzing and of property tests: what must hold for any bytes in any format.

use rollcall_model::Timestamp;

use crate::mapping::Format;
use crate::options::{NativeIds, SourceOptions};
use crate::{Decoder, Item, Prescan, Summary};

/// Decodes `bytes` as `format` and asserts what must hold for any bytes:
///
/// - it ends, without a panic;
/// - where the pieces are cut that are pushed changes nothing, and neither does a second run;
/// - every event is valid and normalised;
/// - every record became events, was rejected or was skipped, and is counted.
///
/// # Panics
///
/// If one of them does not hold. That is what fuzzing looks for.
pub fn fuzz_one(format: &'static dyn Format, bytes: &[u8]) {
    let options = options(format, bytes);
    let (items, summary) = decode(format, &options, bytes.chunks(bytes.len().max(1)));
    let in_pieces = decode(format, &options, uneven(bytes));
    assert_eq!((&items, &summary), (&in_pieces.0, &in_pieces.1), "it matters where the pieces are cut");
    assert_eq!(summary.bytes, bytes.len() as u64, "bytes that were not looked at");
    let rejected = items.iter().filter(|item| matches!(item, Item::Rejected(_))).count() as u64;
    assert_eq!((summary.events, summary.rejected), (items.len() as u64 - rejected, rejected));
    assert!(summary.records <= summary.events + rejected + summary.skipped, "a record that is not accounted for");
    for item in &items {
        if let Item::Event { event, .. } = item {
            assert_eq!(event.validate(options.now, options.max_future_micros), Ok(()));
            let mut again = event.clone();
            again.normalize();
            assert_eq!(&again, event, "not normalised");
        }
    }
}

/// Options that reach everything: no fresh ids, and a date for logs that have none.
fn options(format: &'static dyn Format, bytes: &[u8]) -> SourceOptions {
    let mut options = SourceOptions::new(Timestamp::MAX);
    options.native_ids = NativeIds::FromContent;
    let modified = "2026-04-15T12:00:00Z".parse().unwrap_or_default();
    let mut prescan = Prescan::new(format, &options, modified);
    uneven(bytes).for_each(|piece| prescan.push(piece));
    options.date_basis = prescan.finish();
    options
}

fn decode<'a>(format: &dyn Format, options: &SourceOptions, pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Item>, Summary) {
    let mut decoder = Decoder::new(format, options.clone());
    let mut items = Vec::new();
    pieces.for_each(|piece| decoder.push(piece, &mut items));
    decoder.finish(&mut items);
    (items, decoder.summary())
}

/// The bytes in pieces of 1, 2, 4, 8, … bytes, and from the beginning again after 4096.
fn uneven(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut size = 1;
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        bytes = rest;
        size = if size == 4096 { 1 } else { size * 2 };
        Some(piece)
    })
}
