//! Accepting connections, and stopping.
//!
//! Stopping loses nothing: no connection is accepted any more, what is under way is finished, and only
//! then is control given back. What takes longer than [`FINISH`] is broken off: an append that was not
//! answered then may or may not be in the ledger, and its sender, who has no answer, sends it again.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::routers;
use crate::app::App;
use crate::client_address::{Peer, TrustedProxies};
use crate::outbox;
use crate::tls::{Handshakes, Tls};

/// For how long requests may be finished after the server was told to stop.
const FINISH: Duration = Duration::from_secs(30);
/// Within this time the head of a request must have come; an idle connection is closed after it.
const HEAD: Duration = Duration::from_secs(60);
/// Most connections at once. Further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;
/// How often sessions that have ended by themselves are looked for.
const TIDY: Duration = Duration::from_secs(20);
/// How often samples of histograms are put into their buckets, so that they do not pile up unread.
const UPKEEP: Duration = Duration::from_secs(5);

/// Where requests come in.
#[derive(Debug)]
pub struct Listeners {
    /// For callers with an API key.
    pub network: TcpListener,
    /// How they speak TLS. Without it they speak plain HTTP.
    pub tls: Option<Tls>,
    /// For whoever may open the data folder.
    pub socket: Option<UnixListener>,
}

/// Serves the API and the page until `shutdown`. Comes back when everything under way is finished.
pub async fn serve(app: Arc<App>, listeners: Listeners, shutdown: CancellationToken) -> io::Result<()> {
    let Listeners { network, tls, socket } = listeners;
    let connections = Connections::new(shutdown.clone());
    tracing::info!(address = %network.local_addr()?, tls = tls.is_some(), "listening");
    // Answers are small and complete: waiting for more to send would only make them late.
    let network = network.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let (handshakes, renewal) = tls.map(|tls| (tls.handshakes, tls.renewal)).unzip();
    let proxies = Arc::clone(&app.trusted_proxies);
    let (for_callers, for_operator) = routers(Arc::clone(&app));
    let from_network = Entrance { router: for_callers, handshakes, proxies: Arc::clone(&proxies) };
    let from_folder = Entrance { router: for_operator, handshakes: None, proxies };
    let over_network = connections.accept(network, |peer: SocketAddr| Some(peer.ip()), from_network);
    let over_socket = async {
        if let Some(socket) = socket {
            connections.accept(socket, |_| None, from_folder).await;
        }
    };
    let closing = async {
        shutdown.cancelled().await;
        app.begin_closing();
    };
    let upkeep = tokio::spawn(keep_up(Arc::clone(&app)));
    let recording = tokio::spawn(outbox::keep_drained(Arc::clone(&app)));
    let tidying = tokio::spawn(keep_tidy(Arc::clone(&app)));
    let working = tokio::spawn(Arc::clone(&app.delivery).run_jobs(shutdown.clone()));
    let renewing = renewal.map(|renewal| tokio::spawn(renewal.keep_up()));
    tokio::join!(over_network, over_socket, closing);
    connections.finish().await;
    let _ = working.await;
    for task in [upkeep, recording, tidying].into_iter().chain(renewing) {
        task.abort();
        // Once they have ended, nobody here holds the ledger any more: the folder can be opened anew.
        let _ = task.await;
    }
    Ok(())
}

async fn keep_up(app: Arc<App>) {
    let Some(metrics) = &app.metrics else { return };
    loop {
        tokio::time::sleep(UPKEEP).await;
        metrics.run_upkeep();
    }
}

/// What connections of a listener are let into.
#[derive(Clone)]
struct Entrance {
    router: Router,
    handshakes: Option<Handshakes>,
    proxies: Arc<TrustedProxies>,
}

/// Ends sessions that have ended by themselves, and forgets what is of no use any more.
async fn keep_tidy(app: Arc<App>) {
    loop {
        tokio::time::sleep(TIDY).await;
        if let Err(error) = app.tidy().await {
            tracing::warn!(%error, "sessions that have ended can't be seen to now; it is tried again");
        }
    }
}

/// The connections of both listeners.
struct Connections {
    tasks: TaskTracker,
    room: Arc<Semaphore>,
    ending: Ending,
}

/// When connections end.
#[derive(Clone)]
struct Ending {
    /// Finish what is under way.
    shutdown: CancellationToken,
    /// Break off.
    overdue: CancellationToken,
}

impl Connections {
    fn new(shutdown: CancellationToken) -> Self {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Connections { tasks: TaskTracker::new(), room, ending: Ending { shutdown, overdue: CancellationToken::new() } }
    }

    /// Accepts connections until shutdown.
    async fn accept<L: Listener>(&self, mut listener: L, address_of: impl Fn(L::Addr) -> Option<IpAddr>, entrance: Entrance) {
        loop {
            let accepted = async {
                let place = Arc::clone(&self.room).acquire_owned().await.ok()?;
                Some((place, listener.accept().await))
            };
            let accepted = tokio::select! {
                () = self.ending.shutdown.cancelled() => return,
                accepted = accepted => accepted,
            };
            let Some((place, (stream, address))) = accepted else { return };
            self.spawn(stream, address_of(address), place, entrance.clone());
        }
    }

    fn spawn<S>(&self, stream: S, address: Option<IpAddr>, place: OwnedSemaphorePermit, entrance: Entrance)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let ending = self.ending.clone();
        self.tasks.spawn(async move {
            let _place = place;
            let peer = Peer { address, over_tls: entrance.handshakes.is_some() };
            let Some(handshakes) = &entrance.handshakes else {
                return ending.converse(stream, peer, entrance).await;
            };
            let secured = tokio::select! {
                secured = handshakes.shake(stream) => secured,
                // Nothing was asked yet.
                () = ending.shutdown.cancelled() => None,
            };
            if let Some(stream) = secured {
                ending.converse(stream, peer, entrance).await;
            }
        });
    }

    /// Waits until every connection has ended, but not for ever.
    async fn finish(&self) {
        self.tasks.close();
        if tokio::time::timeout(FINISH, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                connections = self.tasks.len(),
                after_s = FINISH.as_secs(),
                "requests are broken off, since they take too long to finish"
            );
            self.ending.overdue.cancel();
            self.tasks.wait().await;
        }
    }
}

impl Ending {
    /// Answers the requests of a connection until it ends.
    async fn converse<S>(&self, stream: S, peer: Peer, entrance: Entrance)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Entrance { router, proxies, .. } = entrance;
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let (address, scheme) = proxies.client(peer, request.headers());
            request.extensions_mut().insert(address);
            request.extensions_mut().insert(scheme);
            router.call(request)
        });
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD).serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.shutdown.cancelled() => None,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.overdue.cancelled() => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

#[cfg(test)]
mod tests;
