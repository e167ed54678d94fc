//! Accepting connections, and stopping.
//!
//! Stopping loses nothing: no connection is accepted any more, what is under way is finished, and only
//! then is control given back. What takes longer than [`FINISH`] is broken off: an append that was not
//! answered then may or may not be in the ledger, and its sender, who has no answer, sends it again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::{Listener, ListenerExt};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api::{local_router, router};
use crate::app::App;
use crate::outbox;

/// For how long requests may be finished after the server was told to stop.
const FINISH: Duration = Duration::from_secs(30);
/// Within this time the head of a request must have come; an idle connection is closed after it.
const HEAD: Duration = Duration::from_secs(60);
/// Most connections at once. Further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 4_096;
/// How often samples of histograms are put into their buckets, so that they do not pile up unread.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves the API and the page until `shutdown`: on `listener` for callers with an API key, on `socket` for
/// whoever may open the data folder. Comes back when everything under way is finished.
pub async fn serve(app: Arc<App>, listener: TcpListener, socket: Option<UnixListener>, shutdown: CancellationToken) -> io::Result<()> {
    let connections = Connections::new(shutdown.clone());
    tracing::info!(address = %listener.local_addr()?, "listening");
    // Answers are small and complete: waiting for more to send would only make them late.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let over_network = connections.accept(listener, router(Arc::clone(&app)));
    let over_socket = async {
        if let Some(socket) = socket {
            connections.accept(socket, local_router(Arc::clone(&app))).await;
        }
    };
    let closing = async {
        shutdown.cancelled().await;
        app.begin_closing();
    };
    let upkeep = tokio::spawn(keep_up(Arc::clone(&app)));
    let recording = tokio::spawn(outbox::keep_drained(Arc::clone(&app)));
    tokio::join!(over_network, over_socket, closing);
    connections.finish().await;
    for task in [upkeep, recording] {
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

/// The connections of both listeners.
struct Connections {
    tasks: TaskTracker,
    room: Arc<Semaphore>,
    /// Finish what is under way.
    shutdown: CancellationToken,
    /// Break off.
    overdue: CancellationToken,
}

impl Connections {
    fn new(shutdown: CancellationToken) -> Self {
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Connections { tasks: TaskTracker::new(), room, shutdown, overdue: CancellationToken::new() }
    }

    /// Accepts connections until shutdown.
    async fn accept<L: Listener>(&self, mut listener: L, router: Router) {
        loop {
            let accepted = async {
                let place = Arc::clone(&self.room).acquire_owned().await.ok()?;
                Some((place, listener.accept().await.0))
            };
            let accepted = tokio::select! {
                () = self.shutdown.cancelled() => return,
                accepted = accepted => accepted,
            };
            let Some((place, stream)) = accepted else { return };
            self.spawn(stream, place, router.clone());
        }
    }

    fn spawn<S>(&self, stream: S, place: OwnedSemaphorePermit, router: Router)
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (shutdown, overdue) = (self.shutdown.clone(), self.overdue.clone());
        self.tasks.spawn(async move {
            let _place = place;
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => Some(ended),
                () = shutdown.cancelled() => None,
            };
            let ended = match ended {
                Some(ended) => ended,
                None => {
                    connection.as_mut().graceful_shutdown();
                    tokio::select! {
                        ended = connection => ended,
                        () = overdue.cancelled() => return,
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
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
            self.overdue.cancel();
            self.tasks.wait().await;
        }
    }
}
