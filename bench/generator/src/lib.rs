//! Demo and benchmark data: the events of an invented contact centre.
//!
//! The same [`Options`] give the same events on every machine and in every build: randomness is the
//! key stream of a cipher, arithmetic is in integers, zones are those of the bundled database, and no
//! clock is read. Events come one by one in the order of their arrival, and only what is about to
//! happen lies in memory, so the number of people bounds it, not the number of events.
//!
//! What is in the data, and in which shares, stands in `docs/generator.md`.
//!
//! ```
//! use rollcall_generator::{Options, generate};
//!
//! let end = "2026-11-21T12:00:00Z".parse().unwrap();
//! let events = generate(&Options::new(1, 50, 7, end));
//! assert!(events.count() > 5_000);
//! ```
//!
//! From the outside in: `stream` merges everybody's events by time; `worker` follows one person from
//! day to day; `day` plans one person's day, by the `roster`; `access` and `activities` write events;
//! `incidents` are what happens to systems, among it `restarts`; `delivery` makes events late and
//! double; `organisation`, `teams`, `person`, `names` and `applications` are the people and what they
//! can do; `colleagues` are the people as a directory lists them.

mod access;
mod activities;
mod applications;
mod colleagues;
mod day;
mod delivery;
mod draw;
mod incidents;
mod moment;
mod names;
mod organisation;
mod person;
mod restarts;
mod roster;
mod stream;
mod surface;
mod teams;
mod worker;

use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

pub use colleagues::{Colleague, colleagues};
pub use stream::{Generator, generate};

/// What to generate.
#[derive(Debug, Clone)]
pub struct Options {
    /// The seed. Another one makes other people and other days.
    pub seed: u64,
    /// How many people sign in: agents, supervisors and administrators.
    pub agents: u32,
    /// How many times 24 hours the data covers.
    pub days: u32,
    /// The first moment after the data.
    pub end: Timestamp,
    /// About how many events to make, by making people do more or less between signing in and out.
    /// Access events stay as many as they are, so a small number can't be reached. `None`: about 33
    /// for each person and day, one in ten an access event.
    pub events: Option<u64>,
    /// Where the head office is, and three in ten teams work. The systems restart by its clock.
    pub zone: Zone,
}

impl Options {
    /// Options with as many events as come by themselves and a head office in UTC.
    pub fn new(seed: u64, agents: u32, days: u32, end: Timestamp) -> Self {
        Options { seed, agents, days, end, events: None, zone: Zone::utc() }
    }
}
