//! The handlers, one file for each subject. Which route needs which permission stands in [`crate::api`].

pub(crate) mod account;
pub(crate) mod archive;
pub(crate) mod catalogue;
pub(crate) mod compact;
pub(crate) mod directory;
pub(crate) mod events;
pub(crate) mod formats;
pub(crate) mod health;
pub(crate) mod holds;
pub(crate) mod keys;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod openid_sign_in;
pub(crate) mod profiles;
pub(crate) mod quarantine;
pub(crate) mod records;
pub(crate) mod replay;
pub(crate) mod reports;
pub(crate) mod retention;
pub(crate) mod saved_reports;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod tenants;
pub(crate) mod users;
