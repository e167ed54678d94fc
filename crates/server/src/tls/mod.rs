//! HTTPS, with a certificate from files.
//!
//! - [`Tls`]: the certificate that holds, and the handshake of a connection
//! - `files`: reading a certificate and its key, and saying what is wrong with them
//! - `renewal`: seeing that the files have changed, and taking what is in them

mod files;
mod renewal;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use crate::tls::files::{TlsError, TlsFiles};
pub(crate) use crate::tls::renewal::Renewal;

/// Within this time a handshake must have come to its end.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// For how long, and how many bytes, a client that can't be understood is listened to before the connection is closed.
const FAREWELL: Duration = Duration::from_secs(1);
const FAREWELL_BYTES: u64 = 64 * 1024;
/// What is spoken inside.
const HTTP_1_1: &[u8] = b"http/1.1";

/// What serving HTTPS needs: TLS 1.2 and 1.3 with the certificate that is in the files, also when they change.
#[derive(Debug)]
pub struct Tls {
    pub(crate) handshakes: Handshakes,
    pub(crate) renewal: Renewal,
}

impl Tls {
    /// Reads the files.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let (renewal, newest) = Renewal::begin(files)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Newest(newest)));
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(Tls { handshakes: Handshakes { acceptor: TlsAcceptor::from(Arc::new(config)), patience: HANDSHAKE }, renewal })
    }
}

/// The certificate that was read last, for every client: whatever name they ask for.
#[derive(Debug)]
struct Newest(watch::Receiver<Arc<CertifiedKey>>);

impl ResolvesServerCert for Newest {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.borrow()))
    }
}

/// How a connection becomes one over TLS.
#[derive(Clone)]
pub(crate) struct Handshakes {
    acceptor: TlsAcceptor,
    patience: Duration,
}

impl std::fmt::Debug for Handshakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handshakes").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Handshakes {
    /// Shakes hands. A client that can't, or takes too long, is let go.
    pub(crate) async fn shake<S>(&self, stream: S) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        match timeout(self.patience, self.acceptor.accept(stream).into_fallible()).await {
            Ok(Ok(stream)) => Some(stream),
            Ok(Err((error, stream))) => {
                tracing::debug!(%error, "a client and this server found no way to talk TLS");
                let _ = timeout(FAREWELL, part(stream)).await;
                None
            }
            Err(_) => {
                tracing::debug!(after_s = self.patience.as_secs(), "a client did not finish its TLS handshake");
                None
            }
        }
    }
}

/// Closes a connection on which something has gone wrong. What the client still sends is read first: a connection
/// with unread bytes is reset, and the client would not see what was wrong.
async fn part(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    stream.shutdown().await?;
    tokio::io::copy(&mut stream.take(FAREWELL_BYTES), &mut tokio::io::sink()).await.map(drop)
}

#[cfg(test)]
mod tests;
