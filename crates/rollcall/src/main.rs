//! The rollcall binary.
fn main() {}
