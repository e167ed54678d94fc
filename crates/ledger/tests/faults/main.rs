//! Faults, with fsck as the oracle: a child process works on a store and writes down what was acknowledged; it
//! is stopped, or its disk fails; then the store must have everything that was acknowledged, once, and nothing
//! that was never sent.
//!
//! - `work`: what the child does; `log`: what it writes down
//! - `child`: starting it, with a fault; `oracle`: what must be true afterwards
//! - `steps`, `kills`: stopped at a named step, at any moment, at any system call that writes
//! - `failures`: a disk that fails, is full, or can't be written
//! - `damage`: torn, truncated, flipped and missing files
//! - `clock`: a clock that jumps
//! - `order`: what is synced before what, by the system calls themselves
//! - `servers`: PostgreSQL stopped and started in the middle
//!
//! Each test tries a few dozen faults. `ROLLCALL_FAULTS=100` makes that a hundred times as many (`make faults`);
//! docs/reliability.md says what came of it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod child;
mod clock;
mod damage;
mod failures;
mod kills;
mod log;
mod oracle;
mod order;
mod servers;
mod steps;
mod work;

/// So many times what a test usually tries.
fn times() -> usize {
    std::env::var("ROLLCALL_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Whether this is the long run.
fn is_long() -> bool {
    times() > 1
}

/// Says how many faults a test has tried, for the table of docs/reliability.md.
fn tell(what: &str, tried: usize, struck: usize) {
    eprintln!("faults: {what}: {tried} tried, {struck} struck");
}
