//! Signing in through an OpenID provider: against a real one (`bench/openid`), and against one that signs what it should not.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod back_channel_logout;
mod code_flow;
mod discovery;
mod forger;
mod id_token;
mod keys;
mod listener;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall_access::openid::{OpenId, Provider};
use rollcall_model::Timestamp;

/// Where the browser comes back to. Nobody listens there: the tests read the address.
const REDIRECT: &str = "http://127.0.0.1:9/api/v1/sign-in/openid/callback";

/// Rollcall as a client of an issuer.
fn provider(issuer: &str) -> Provider {
    Provider {
        issuer: issuer.to_owned(),
        client_id: "rollcall".to_owned(),
        client_secret: Some(rollcall_test_openid::SECRET.to_owned()),
        scopes: ["profile", "email", "groups"].map(str::to_owned).to_vec(),
        account_claim: "preferred_username".to_owned(),
        groups_claim: "groups".to_owned(),
    }
}

/// The time of the machine, and what a test adds to it.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    fn open_id(&self) -> OpenId {
        let clock = self.clone();
        OpenId::with_clock(move || now().plus_micros(clock.0.load(Ordering::Relaxed) * 1_000_000)).unwrap()
    }
}

fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}
