//! Any bytes as `amazon-connect-agent-events`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcall_intake::{format, fuzzing::fuzz_one};

fuzz_target!(|bytes: &[u8]| fuzz_one(format("amazon-connect-agent-events").expect("a format"), bytes));
