//! Who may do what.
//!
//! For now callers are programs with an API key, and the operator, who may open the data folder and so
//! may do everything. Users, security profiles and signing in come to this floor later.
//!
//! - [`Access`]: makes, lists, revokes and checks API keys
//! - [`Principal`]: who a caller is, what they may do ([`KeyScope`]) and which rows they may see
//!   ([`rollcall_model::Scope`])
//! - [`Permission`], [`allows()`]: the one place where it is decided what somebody may do
//! - [`openid`]: signing in through a tenant's OpenID provider
//! - [`ApiKeyText`]: a key as its holder has it, which is never stored or logged
//!
//! It decides; it knows neither an HTTP server nor SQL. The server maps [`AuthError`] to 401 and [`Denied`] to
//! 403, and the ledger enforces the rows on every snapshot.

mod api_key;
mod error;
mod key_id;
mod key_scope;
pub mod openid;
mod permission;
mod principal;
mod service;
mod verified;

pub use api_key::ApiKeyText;
pub use error::{AccessError, AuthError, Denied};
pub use key_id::{InvalidKeyId, KeyId};
pub use key_scope::{KeyScope, UnknownKeyScope};
pub use permission::{Permission, allows};
pub use principal::Principal;
pub use service::{Access, KeyInfo, KeyState, NewKey};
