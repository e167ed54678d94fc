//! Webhooks, from an event in the ledger to a receiver.

mod bench;
mod failing;
mod feeding;
mod rights;
