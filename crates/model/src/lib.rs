//! The words Rollcall is built from: events, sessions, tenants, scopes, moments, zones and ranges.
//!
//! This floor does no input or output and knows no database, no HTTP and no async runtime. Every
//! other crate speaks in these types, so a column has one name from the wire to the page.
//!
//! - [`event`]: what happened, and what makes an event acceptable
//! - [`session`]: one stay of an agent in one channel, with an explained end
//! - [`columns`]: the columns of the tables, in their order, with what they mean
//! - [`catalogue`]: which entities and activities an application can report, as data
//! - [`canonical`]: the one byte encoding of an event
//! - [`time`]: moments; [`zone`]: civil time; [`range`]: presets and custom ranges
//! - [`directory`]: what is known of agents, for events that do not say it
//! - [`hierarchy`]: levels of an organisation as one text
//! - [`tenant`]: whose data it is; [`scope`]: which part of it somebody may see

pub mod canonical;
pub mod catalogue;
pub mod columns;
pub mod directory;
pub mod event;
pub mod hierarchy;
pub mod range;
pub mod scope;
pub mod session;
pub mod tenant;
pub mod time;
pub mod zone;

pub use catalogue::Catalogue;
pub use event::{AccessActivity, Category, Effect, Event, Outcome, StoredEvent, TriggeredByKind};
pub use scope::Scope;
pub use session::{EndReason, Session, SessionKind};
pub use tenant::TenantId;
pub use time::Timestamp;
