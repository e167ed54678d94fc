//! Outgoing webhooks: calls into other systems, signed as Standard Webhooks has it.
//!
//! - [`Filter`], [`Wish`]: what is set up; `subscription` sets it up
//! - `feed`: brings the events behind a webhook's position to its receiver, one after the other
//! - `retry`, `failures`: what becomes of those that the receiver did not take
//! - `by_hand`: a test, and sending again
//! - `call`, `guard`, `address`, `secret`: one call, signed, and never into the inner network
//! - `message`: what is sent

mod address;
mod by_hand;
pub(crate) mod call;
mod failures;
pub(crate) mod feed;
mod filter;
mod guard;
mod message;
mod retry;
pub(crate) mod secret;
mod subscription;

pub use by_hand::{Resent, StepTold, Tested, Wanted};
pub use call::{Step, masked_url};
pub(crate) use feed::FeedWebhook;
pub use filter::Filter;
pub use rollcall_control::webhooks::{Retry, Undelivered, Webhook, WebhookState};
pub use secret::Secret;
pub use subscription::{Made, Wish};

/// The report whose rows may be sent: those of its permission are events of every category.
const REPORT: &str = "access_log";
