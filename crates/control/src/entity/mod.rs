//! Entities: the tables as SeaORM sees them. Nothing of them leaves this crate; the repositories speak
//! in the types of the domain.

// SeaORM's derive makes public items, whatever the visibility of the module.
#![allow(unreachable_pub)]

pub(crate) mod agent;
pub(crate) mod agent_account;
pub(crate) mod api_key;
pub(crate) mod catalogue_application;
pub(crate) mod catalogue_entry;
pub(crate) mod directory_revision;
pub(crate) mod outbox;
pub(crate) mod saved_report;
