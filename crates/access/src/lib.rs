//! Who may do what.
//!
//! Callers are people who have signed in, programs with an API key, and the operator, who may open the data folder and
//! so may do everything.
//!
//! - [`Access`]: the service; what it does stands in a file for each subject
//! - [`Principal`]: who a caller is, and what they may do ([`Grant`]: permissions, each with its scope)
//! - [`Permission`], [`allows()`]: the one place where it is decided what somebody may do; [`KeyScope`]: what API keys
//!   name instead
//! - [`report_rights`]: which permission a report needs, and which of its rows somebody may see
//! - [`Owner`]: whose rights something has that runs by itself
//! - [`Profile`]: named sets of permissions
//! - [`openid`]: the client side of OpenID Connect
//! - [`record`]: the events that tell who did what here
//! - [`password`], [`Vault`]: how secrets are kept
//! - [`ApiKeyText`]: a key or session as its holder has it, which is never stored or logged
//!
//! It decides; it knows neither an HTTP server nor SQL. The server maps [`AuthError`] to 401 and [`Denied`] to
//! 403, and the ledger enforces the rows on every snapshot.

mod account;
mod api_key;
mod code;
mod error;
mod impersonation;
mod key_id;
mod key_scope;
mod keys;
mod one_time;
pub mod openid;
mod openid_sign_in;
mod owners;
pub mod password;
mod permission;
mod principal;
mod profile;
mod profiles;
mod random;
pub mod record;
pub mod report_rights;
mod service;
mod sessions;
mod settings;
mod sign_in;
mod single_sign_on;
mod throttle;
mod users;
mod vault;
mod verified;

pub use api_key::ApiKeyText;
pub use error::{AccessError, AuthError, Denied};
pub use key_id::{InvalidKeyId, KeyId};
pub use key_scope::{KeyScope, UnknownKeyScope};
pub use keys::{KeyInfo, KeyState, KeyWish, NewKey};
pub use one_time::Enrolment;
pub use openid_sign_in::{OpenIdBegun, OpenIdSignInError};
pub use owners::Owner;
pub use permission::{Permission, UnknownPermission, allows, allows_any};
pub use principal::{Grant, Impersonator, Person, Principal, Restriction, SignedIn, Who};
pub use profile::{ADMIN, Profile};
pub use profiles::{ProfileWish, check_scope};
pub use rollcall_control::users::User;
pub use service::Access;
pub use sessions::{SessionInfo, WithSession};
pub use settings::{SignInSettings, Versioned};
pub use sign_in::{Attempt, Elsewhere, NewSession, SignInError};
pub use single_sign_on::{SecretChange, SingleSignOn};
pub use users::{UserUpdate, UserWish};
pub use vault::{InvalidSecretKey, Vault};
