//! A real OpenID provider for tests, and as much of a browser as signs in there.
//!
//! The provider is `provider.mjs` on the Node library `oidc-provider`, on this machine's loopback. It ends with the value that
//! stands for it.

// What fails here fails the test that uses it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod browser;
mod provider;

pub use browser::{Browser, rotate_keys};
pub use provider::{RealProvider, SECRET};
