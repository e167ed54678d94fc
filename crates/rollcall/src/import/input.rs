//! Files and standard input as a stream of bytes. What is compressed with gzip or zstd is told by its
//! first bytes, not by its name.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use rollcall_model::Timestamp;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const BUFFER_BYTES: usize = 256 * 1024;

/// What is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Input {
    /// The input that an argument names: `-` is standard input.
    pub(crate) fn named(argument: &Path) -> Self {
        if argument == Path::new("-") { Input::Stdin } else { Input::File(argument.to_path_buf()) }
    }

    /// Its name for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Input::File(path) => path.display().to_string(),
            Input::Stdin => "standard input".to_owned(),
        }
    }

    /// Opens it at its beginning.
    pub(crate) fn open(&self) -> anyhow::Result<OpenInput> {
        let read = Arc::new(AtomicU64::new(0));
        let (raw, bytes, modified): (Box<dyn Read + Send>, _, _) = match self {
            Input::Stdin => (Box::new(io::stdin()), None, None),
            Input::File(path) => {
                let told = || format!("{} can't be read", path.display());
                let file = File::open(path).with_context(told)?;
                let metadata = file.metadata().with_context(told)?;
                anyhow::ensure!(!metadata.is_dir(), "{} is a folder; give the files in it", path.display());
                let modified = metadata.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok()).map(Timestamp::from);
                (Box::new(file), metadata.is_file().then_some(metadata.len()), modified)
            }
        };
        let counted = Counted { inner: raw, read: Arc::clone(&read) };
        let reader = decompressed(counted).with_context(|| format!("{} can't be read", self.name()))?;
        Ok(OpenInput { reader, read, bytes, modified })
    }
}

/// An input that was opened.
pub(crate) struct OpenInput {
    /// Its bytes, decompressed.
    pub(crate) reader: Box<dyn Read + Send>,
    /// How many bytes of the file itself were read so far.
    pub(crate) read: Arc<AtomicU64>,
    /// How many it has, if that is known.
    pub(crate) bytes: Option<u64>,
    /// When it was last modified, if that is known.
    pub(crate) modified: Option<Timestamp>,
}

/// Counts what is read.
struct Counted {
    inner: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

fn decompressed(mut raw: Counted) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::with_capacity(ZSTD.len());
    raw.by_ref().take(ZSTD.len() as u64).read_to_end(&mut head)?;
    let (is_gzip, is_zstd) = (head.starts_with(GZIP), head.starts_with(ZSTD));
    let whole = Cursor::new(head).chain(raw);
    if is_gzip {
        Ok(Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, whole))))
    } else if is_zstd {
        Ok(Box::new(zstd::Decoder::new(whole)?))
    } else {
        Ok(Box::new(whole))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn compressed_files_are_told_by_their_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let text = b"one\ntwo\n".repeat(1_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        // Two members, as when a compressed log is appended to.
        let gzip = gzip.finish().unwrap().repeat(2);
        let zstd = zstd::encode_all(&text[..], 1).unwrap().repeat(2);
        for (name, bytes, times) in
            [("plain.gz", text.clone(), 1), ("a", gzip, 2), ("b", zstd, 2), ("short", b"x".to_vec(), 0), ("empty", Vec::new(), 0)]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, &bytes).unwrap();
            let mut opened = Input::named(&path).open().unwrap();
            let mut read = Vec::new();
            opened.reader.read_to_end(&mut read).unwrap();
            assert_eq!(read, if times > 0 { text.repeat(times) } else { bytes.clone() }, "{name}");
            assert_eq!((opened.read.load(Ordering::Relaxed), opened.bytes), (bytes.len() as u64, Some(bytes.len() as u64)));
            assert!(opened.modified.is_some());
        }
        assert!(Input::File(folder.path().to_path_buf()).open().is_err());
    }
}
