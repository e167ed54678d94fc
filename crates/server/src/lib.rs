//! The HTTP API, and the page that is embedded in the binary.
//!
//! This is the only floor that knows HTTP. It turns requests into calls of the floors below and their
//! answers into JSON; what an event, a report or a right is, is decided there.
//!
//! - [`App`]: what the handlers need; [`Limits`]: how much is held at once
//! - [`router`], [`local_router`]: the same routes for callers with an API key, and for whoever may open
//!   the data folder
//! - [`serve()`]: accepting connections, and stopping without losing anything; [`Tls`]: HTTPS
//! - [`openapi`]: the description of the API, made from the handlers
//!
//! A request passes, from the outside to the inside:
//!
//! 1. `serve`: its connection, over `tls` or not, and whose it is (`client_address`)
//! 2. `telemetry`: its id, one line in the log, the metrics
//! 3. compression of the answer, the headers of `headers`, panics caught
//! 4. `auth`: the guard of its route, which the table in `api` gives a key scope
//! 5. `body`: reading under limits of size, time and memory
//! 6. its handler in `routes`; `intake` is shared by those that take events, `idempotency` by those whose
//!    requests may come again, `agents` completes what events say, `preconditions` by those that change what others may change too
//!
//! What a handler changes in the control database is recorded (`record`), and the record brought into the ledger
//! (`outbox`).
//!
//! Everything that goes wrong on the way is a `problem` (RFC 9457). `docs/api.md` is for users.

mod agents;
mod api;
mod app;
mod auth;
mod body;
mod client_address;
mod headers;
mod idempotency;
mod intake;
mod outbox;
mod page;
mod parameters;
mod preconditions;
mod probe;
mod problem;
mod reading;
mod record;
mod rights;
mod routes;
mod serve;
mod telemetry;
mod tls;

pub use api::{local_router, openapi, router};
pub use app::{App, Limits, Parts, SourceSettings};
pub use client_address::{ClientAddress, ClientScheme};
pub use outbox::DrainError;
pub use serve::{Listeners, serve};
pub use telemetry::install_metrics;
pub use tls::{Tls, TlsError, TlsFiles};
