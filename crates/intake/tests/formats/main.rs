//! Every format against files, against the pages that describe it, and against any bytes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod any_bytes;
mod files;
mod pages;
mod round_trip;

use std::path::{Path, PathBuf};

use rollcall_intake::{Decoder, Format, Item, NativeIds, Prescan, SourceOptions, Summary, needs_prescan};
use rollcall_model::{Event, Timestamp};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn fixtures(format: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Options of a file that was last modified at noon of 15 April 2026, as an import has them.
pub(crate) fn options_of_a_file(format: &'static dyn Format, bytes: &[u8]) -> SourceOptions {
    let mut options = SourceOptions::new(at("2026-04-20T00:00:00Z"));
    options.native_ids = NativeIds::FromContent;
    if needs_prescan(format, &options) {
        let mut prescan = Prescan::new(format, &options, at("2026-04-15T12:00:00Z"));
        prescan.push(bytes);
        options.date_basis = prescan.finish();
    }
    options
}

pub(crate) fn decode(format: &dyn Format, options: SourceOptions, bytes: &[u8]) -> (Vec<Item>, Summary) {
    let mut decoder = Decoder::new(format, options);
    let mut items = Vec::new();
    decoder.push(bytes, &mut items);
    decoder.finish(&mut items);
    (items, decoder.summary())
}

pub(crate) fn events(items: Vec<Item>) -> Vec<Event> {
    items.into_iter().filter_map(|item| if let Item::Event { event, .. } = item { Some(event) } else { None }).collect()
}
