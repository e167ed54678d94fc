//! Entities: the tables as SeaORM sees them. Nothing of them leaves this crate; the repositories speak
//! in the types of the domain.

// SeaORM's derive makes public items, whatever the visibility of the module.
#![allow(unreachable_pub)]

pub(crate) mod agent;
pub(crate) mod agent_account;
pub(crate) mod api_key;
pub(crate) mod catalogue_application;
pub(crate) mod catalogue_entry;
pub(crate) mod destination;
pub(crate) mod directory_revision;
pub(crate) mod export_task;
pub(crate) mod job;
pub(crate) mod openid_state;
pub(crate) mod outbox;
pub(crate) mod reading;
pub(crate) mod saved_report;
pub(crate) mod schedule;
pub(crate) mod schedule_run;
pub(crate) mod security_profile;
pub(crate) mod security_revision;
pub(crate) mod setting;
pub(crate) mod sign_in_throttle;
pub(crate) mod user_account;
pub(crate) mod user_profile;
pub(crate) mod user_session;
pub(crate) mod webhook;
pub(crate) mod webhook_undelivered;
