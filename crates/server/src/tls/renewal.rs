//! A certificate is renewed by writing its files anew: nobody has to restart anything.

use std::sync::Arc;
use std::time::Duration;

use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::tls::files::{Fingerprint, TlsError, TlsFiles};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// What a look at the files has seen: what is in them, or why they can't be read.
type Seen = Result<Fingerprint, String>;

/// Looks at the files, and takes what is new in them.
#[derive(Debug)]
pub(crate) struct Renewal {
    files: TlsFiles,
    newest: watch::Sender<Arc<CertifiedKey>>,
    /// What the last look has seen. A change is taken at the next look: by then both files are written.
    last: Seen,
    /// What was taken last, or found to be of no use.
    settled: Seen,
}

impl Renewal {
    /// Reads the files for the first time.
    pub(crate) fn begin(files: TlsFiles) -> Result<(Self, watch::Receiver<Arc<CertifiedKey>>), TlsError> {
        let contents = files.read()?;
        let (newest, receiver) = watch::channel(contents.certified_key(&files)?);
        warn_of_readers(&files);
        let seen = Ok(contents.fingerprint());
        Ok((Renewal { files, newest, last: seen.clone(), settled: seen }, receiver))
    }

    /// Goes on looking, for as long as this is waited for.
    pub(crate) async fn keep_up(mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let looked = spawn_blocking(move || {
                self.look();
                self
            });
            match looked.await {
                Ok(renewal) => self = renewal,
                Err(error) => {
                    tracing::error!(%error, "the files of the certificate are not looked at any more; restart to renew it");
                    return;
                }
            }
        }
    }

    /// Takes what is in the files, if it is new, the same as at the last look, and of use.
    pub(super) fn look(&mut self) {
        let read = self.files.read();
        let seen = match &read {
            Ok(contents) => Ok(contents.fingerprint()),
            Err(error) => Err(error.to_string()),
        };
        let is_steady = seen == self.last;
        self.last.clone_from(&seen);
        if !is_steady || seen == self.settled {
            return;
        }
        self.settled = seen;
        match read.and_then(|contents| contents.certified_key(&self.files)) {
            Ok(certified) => {
                self.newest.send_replace(certified);
                warn_of_readers(&self.files);
                tracing::info!(file = %self.files.certificate.display(), "the certificate is renewed");
            }
            Err(error) => tracing::warn!(%error, "the certificate is not renewed; the one before stays"),
        }
    }
}

fn warn_of_readers(files: &TlsFiles) {
    if files.key_is_open_to_all() {
        let file = files.key.display();
        tracing::warn!(%file, "everybody on this machine can read the private key; take that right away with chmod o-rwx");
    }
}
