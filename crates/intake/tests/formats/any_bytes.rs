//! Any bytes, and bytes made to do harm.

use proptest::prelude::*;
use rollcall_intake::fuzzing::fuzz_one;
use rollcall_intake::{Item, SourceOptions, format, formats};
use rollcall_model::Timestamp;

use crate::{decode, fixtures};

/// Inputs that are made to cost much: each must be read in time that grows with its length alone.
#[test]
fn hostile_inputs_are_read_in_good_time() {
    const SIZE: usize = 1 << 18;
    let json = ["{", "[", "{\"a\":", "{\"a\":[\n", "[[[\n", "{\"a\":[{},\n", "\"", "{\"a\":\"", ",\n", "{}", "{\"requestId\":\"", "]}"];
    let csv = ["\"", "\"\n", "\"\"\"\n", ",\"\n", "a\n"];
    let lines = ["|", "type=, realmId=", "type=a, realmId=b, c='", "00:00:00 ", "\n", "\0"];
    for (name, _) in formats() {
        for piece in json.iter().chain(&csv).chain(&lines) {
            let bytes = piece.as_bytes().repeat(SIZE / piece.len());
            let (items, summary) = decode(format(name).unwrap(), SourceOptions::new(Timestamp::MAX), &bytes);
            assert_eq!(summary.bytes, bytes.len() as u64, "{name} {piece:?}");
            assert!(items.iter().all(|item| matches!(item, Item::Rejected(r) if r.raw.len() <= 65536)), "{name} {piece:?}");
        }
    }
}

/// Bytes that look like a format here and there: pieces of its fixtures, shuffled, cut and damaged.
fn damaged(format: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let files: Vec<Vec<u8>> = fixtures(format).iter().map(|file| std::fs::read(file).unwrap()).collect();
    let piece = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..400_usize).prop_map(move |(file, from, len)| {
        let file = &files[file.index(files.len())];
        let from = from.index(file.len());
        file[from..file.len().min(from + len)].to_vec()
    });
    let rubbish = prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"{}[]\",:\\\n\r\0|='".to_vec())], 0..8);
    prop::collection::vec((piece, rubbish), 0..6)
        .prop_map(|pieces| pieces.into_iter().flat_map(|(piece, rubbish)| [piece, rubbish].concat()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_bytes_in_any_format_keep_the_rules(bytes in prop::collection::vec(any::<u8>(), 0..1200)) {
        formats().for_each(|(name, _)| fuzz_one(format(name).unwrap(), &bytes));
    }

    #[test]
    fn damaged_files_keep_the_rules(seed in formats().map(|(name, _)| damaged(name).prop_map(move |bytes| (name, bytes)).boxed()).collect::<Vec<_>>()) {
        seed.iter().for_each(|(name, bytes)| fuzz_one(format(name).unwrap(), bytes));
    }
}
