//! Nobody sees a row or a value outside their scope, whatever they ask and in whichever order.
//!
//! Events, people, directories, scopes and questions are made up. Two oracles say what a scoped reader may be told: the
//! rows of an unscoped reader, as far as the scope admits each of them, and a second ledger that never had any other
//! events.
//!
//! - [`world`]: people and what they do; [`scopes`]: who may see it
//! - [`questions`]: what can be asked, and the answer as it is compared
//! - [`rows`], [`twins`], [`tallies`], [`cursors`]: the properties

mod cursors;
mod questions;
mod rows;
mod scopes;
mod tallies;
mod twins;
mod world;
