//! The archive: a ZIP of one file, encrypted with AES-256 (WinZip AE-2), written from the beginning to its end.
//!
//! It is never gone back in: what is written is digested on its way, and the archive can go anywhere. It has the sizes
//! of Zip64 in any case, for how large it becomes is known at the end.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rollcall_model::Timestamp;
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{AesMode, CompressionMethod, DateTime, ZipWriter};

use super::password::Password;
use crate::error::{DeliveryError, Result};
use crate::file::{FileWish, Progress, Written};
use crate::service::Delivery;

/// Level of compression: rows of reports become about as small with higher ones, at several times the work.
const LEVEL: i64 = 1;
/// Bytes that are gathered before they are written.
const PIECE: usize = 256 * 1024;
/// Rights of the file when it is unpacked.
const MODE: u32 = 0o600;

/// An archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}

/// Takes the file that is to be in an archive. Unless it is finished, it writes nothing more that would make what is
/// there look whole.
struct ArchiveWriter<W: Write> {
    zip: Option<ZipWriter<StreamWriter<BufWriter<Outlet<W>>>>>,
    given_up: Arc<AtomicBool>,
}

/// Where the archive's bytes go.
struct Outlet<W> {
    sink: W,
    digest: Sha256,
    bytes: u64,
    given_up: Arc<AtomicBool>,
}

impl<W: Write> Write for Outlet<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.given_up.load(Ordering::Relaxed) {
            return Ok(piece.len());
        }
        let written = self.sink.write(piece)?;
        self.digest.update(piece.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.given_up.load(Ordering::Relaxed) { Ok(()) } else { self.sink.flush() }
    }
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive with one file of that name and date. Deriving the key from the password takes its time.
    fn new(sink: W, name: &str, modified: DateTime, password: &Password) -> Result<Self> {
        let given_up = Arc::new(AtomicBool::new(false));
        let outlet = Outlet { sink, digest: Sha256::new(), bytes: 0, given_up: Arc::clone(&given_up) };
        let mut zip = ZipWriter::new_stream(BufWriter::with_capacity(PIECE, outlet));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .large_file(true)
            .last_modified_time(modified)
            .unix_permissions(MODE)
            .with_aes_encryption_bytes(AesMode::Aes256, password.expose().as_bytes());
        zip.start_file(name, options).map_err(failed)?;
        Ok(ArchiveWriter { zip: Some(zip), given_up })
    }

    /// Ends the archive, and gives the sink back.
    fn finish(mut self) -> Result<(Archived, W)> {
        let zip = self.zip.take().ok_or_else(|| DeliveryError::Write("the archive has ended already".to_owned()))?;
        let gathered = zip.finish().map_err(failed)?.into_inner();
        let outlet = gathered.into_inner().map_err(|error| DeliveryError::Write(error.to_string()))?;
        let sha256 = outlet.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((Archived { bytes: outlet.bytes, sha256 }, outlet.sink))
    }
}

impl<W: Write> Write for ArchiveWriter<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match &mut self.zip {
            Some(zip) => zip.write(piece),
            None => Err(io::Error::other("the archive has ended already")),
        }
    }

    /// What is gathered goes on when there is enough of it, or at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Drop for ArchiveWriter<W> {
    fn drop(&mut self) {
        // A ZIP writer that is dropped writes the directory of what it has.
        self.given_up.store(true, Ordering::Relaxed);
    }
}

impl Delivery {
    /// Writes all rows of a report, as somebody may see them, into an archive that the password opens. Gives the sink back.
    pub async fn write_archive<W: Write + Send + 'static>(
        &self,
        caller: &rollcall_reports::Caller,
        wish: &FileWish,
        now: Timestamp,
        password: &Password,
        sink: W,
        progress: &Progress,
    ) -> Result<(Written, Archived, W)> {
        let (name, modified, password) = (wish.name(), date(wish, now), password.clone());
        let writer = off_async_threads(move || ArchiveWriter::new(sink, &name, modified, &password)).await?;
        let (written, writer) = self.write_file(caller, wish, now, writer, progress).await?;
        let (archived, sink) = off_async_threads(move || writer.finish()).await?;
        Ok((written, archived, sink))
    }
}

/// Does what takes its time, or reads and writes files.
pub(super) async fn off_async_threads<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|error| DeliveryError::Write(format!("the work ended early: {error}")))?
}

fn failed(error: zip::result::ZipError) -> DeliveryError {
    DeliveryError::Write(match error {
        zip::result::ZipError::Io(error) => error.to_string(),
        other => other.to_string(),
    })
}

/// The moment as an archive tells it, which knows no zones: in the report's.
fn date(wish: &FileWish, now: Timestamp) -> DateTime {
    let civil = wish.definition.zone.civil(now);
    let small = |number: i8| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(civil.year()).unwrap_or_default();
    DateTime::from_date_and_time(
        year,
        small(civil.month()),
        small(civil.day()),
        small(civil.hour()),
        small(civil.minute()),
        small(civil.second()),
    )
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn archive(text: &[u8]) -> (Archived, Vec<u8>) {
        let mut writer = ArchiveWriter::new(Vec::new(), "rows.csv", DateTime::default(), &Password::new("a1_".to_owned())).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn it_opens_with_its_password_alone_and_says_that_it_is_ae_2() {
        let text = b"agent,at\r\n".repeat(10_000);
        let (archived, bytes) = archive(&text);
        assert_eq!(archived.bytes, bytes.len() as u64);
        assert_eq!(archived.sha256, Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let mut zip = zip::ZipArchive::new(io::Cursor::new(&bytes)).unwrap();
        assert!(zip.by_index_decrypt(0, b"a1@").is_err());
        let mut file = zip.by_index_decrypt(0, b"a1_").unwrap();
        let mut unpacked = Vec::new();
        file.read_to_end(&mut unpacked).unwrap();
        assert_eq!((file.name().unwrap().as_ref(), unpacked), ("rows.csv", text));
        // The extra field of AES: 7 bytes, version 2, vendor AE, strength 3 (256 bits), deflated. Once in the header of the
        // file, once in the directory.
        let field = [0x01, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 8, 0];
        assert_eq!(bytes.windows(field.len()).filter(|window| *window == field).count(), 2);
    }

    #[test]
    fn one_that_is_given_up_does_not_look_whole() {
        let place = tempfile::NamedTempFile::new().unwrap();
        let sink = place.reopen().unwrap();
        let mut writer = ArchiveWriter::new(sink, "rows.csv", DateTime::default(), &Password::new("a1_".to_owned())).unwrap();
        writer.write_all(&b"agent,at\r\n".repeat(100_000)).unwrap();
        drop(writer);
        let bytes = std::fs::read(place.path()).unwrap();
        assert!(zip::ZipArchive::new(io::Cursor::new(&bytes)).is_err());
    }
}
