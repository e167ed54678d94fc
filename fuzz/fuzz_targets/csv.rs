//! Any bytes as `csv`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcall_intake::{format, fuzzing::fuzz_one};

fuzz_target!(|bytes: &[u8]| fuzz_one(format("csv").expect("a format"), bytes));
