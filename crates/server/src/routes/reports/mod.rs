//! Reports: what can be asked of a definition, each question in a file of its own.
//!
//! The definition is read and checked by the reports floor; here only the members beside it are taken out, and
//! the form of the answer is chosen by what the caller accepts. A saved report is asked the same questions
//! ([`saved_reports`](super::saved_reports)).
//!
//! - [`question`]: what all questions have in common: from a request to a definition, and who asks
//! - [`rows`], [`groups`], [`facets`], [`histogram`], [`signed_in`], [`changes`]: the questions
//! - [`kinds`], [`shipped`], [`compact`]: what can be asked at all, and a definition for an address
//! - [`answer`]: answers as they go over the wire; [`stream`]: those of any length; [`schema`]: what requests look like

pub(super) mod answer;
pub(crate) mod changes;
pub(crate) mod compact;
pub(crate) mod facets;
mod form;
pub(crate) mod groups;
pub(crate) mod histogram;
pub(crate) mod kinds;
mod members;
mod question;
pub(crate) mod rows;
pub(super) mod schema;
pub(crate) mod shipped;
pub(crate) mod signed_in;
mod stream;

pub(super) use form::Form;
pub(super) use members::Members;
pub(super) use question::{Question, ask};
