//! Content encodings: how a body is compressed, and its bytes without that.

use std::io::Read;
use std::ops::ControlFlow;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use crate::parameters::shortened;
use crate::problem::{Kind, Problem};

/// Bytes that are decompressed at once.
const PIECE: usize = 64 * 1024;
/// Largest window of zstd, as a power of two: as much as a decompressed body may have. The format allows
/// for gigabytes, which a small body could ask for.
const ZSTD_WINDOW_LOG: u32 = 24;
/// The encodings, as they are called.
const NAMES: &[&str] = &["gzip", "zstd", "identity"];

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

impl Encoding {
    /// The encoding that the headers name.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut names = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(name) = names.next() else { return Ok(Encoding::Identity) };
        let name = name.to_str().unwrap_or("something unreadable").trim().to_ascii_lowercase();
        match name.as_str() {
            _ if names.next().is_some() => Err(unsupported("several")),
            "gzip" | "x-gzip" => Ok(Encoding::Gzip),
            "zstd" => Ok(Encoding::Zstd),
            "identity" | "" => Ok(Encoding::Identity),
            other => Err(unsupported(&shortened(other))),
        }
    }

    /// Hands the decompressed bytes to `sink`, piece by piece, until it breaks off.
    pub(super) fn walk(self, pieces: &[Bytes], sink: impl FnMut(&[u8]) -> Result<ControlFlow<()>, Problem>) -> Result<(), Problem> {
        let compressed = Pieces { pieces, next: 0, offset: 0 };
        match self {
            Encoding::Identity => read(self, compressed, sink),
            Encoding::Gzip => read(self, flate2::read::MultiGzDecoder::new(compressed), sink),
            Encoding::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(compressed).map_err(|error| self.malformed(&error))?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|error| self.malformed(&error))?;
                read(self, decoder, sink)
            }
        }
    }

    fn malformed(self, error: &std::io::Error) -> Problem {
        let detail = format!("expected a whole body compressed with {self:?}, as the header Content-Encoding says: {error}");
        Problem::new(Kind::MalformedBody, detail)
    }
}

fn unsupported(got: &str) -> Problem {
    let detail = format!("expected one Content-Encoding of {}; got {got}", NAMES.join(", "));
    Problem::new(Kind::UnsupportedMediaType, detail).field("Content-Encoding").allowed(NAMES.iter().copied())
}

fn read(encoding: Encoding, mut source: impl Read, mut sink: impl FnMut(&[u8]) -> Result<ControlFlow<()>, Problem>) -> Result<(), Problem> {
    let mut buffer = vec![0; PIECE];
    loop {
        let read = source.read(&mut buffer).map_err(|error| encoding.malformed(&error))?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() || sink(piece)?.is_break() {
            return Ok(());
        }
    }
}

/// Pieces, read one after the other.
struct Pieces<'a> {
    pieces: &'a [Bytes],
    next: usize,
    /// How far the next piece is read already.
    offset: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let Some(piece) = self.pieces.get(self.next) else { return Ok(0) };
            let mut unread = piece.get(self.offset..).unwrap_or_default();
            if unread.is_empty() {
                (self.next, self.offset) = (self.next + 1, 0);
                continue;
            }
            let read = unread.read(buffer)?;
            self.offset += read;
            return Ok(read);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"one body, in whatever pieces it came";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn walked(encoding: Encoding, compressed: &[u8], piece: usize) -> Result<Vec<u8>, Problem> {
        let pieces: Vec<Bytes> = compressed.chunks(piece).map(Bytes::copy_from_slice).collect();
        let mut text = Vec::new();
        encoding.walk(&pieces, |piece| {
            text.extend_from_slice(piece);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(text)
    }

    #[test]
    fn the_text_is_the_same_whatever_the_pieces() {
        let zstd = zstd::encode_all(TEXT, 3).unwrap();
        for piece in [1, 7, 1_000] {
            assert_eq!(walked(Encoding::Gzip, &gzip(TEXT), piece).unwrap(), TEXT);
            assert_eq!(walked(Encoding::Zstd, &zstd, piece).unwrap(), TEXT);
            assert_eq!(walked(Encoding::Identity, TEXT, piece).unwrap(), TEXT);
        }
    }

    #[test]
    fn several_members_are_one_body() {
        let twice = [gzip(TEXT), gzip(TEXT)].concat();
        assert_eq!(walked(Encoding::Gzip, &twice, 9).unwrap(), [TEXT, TEXT].concat());
        let twice = [zstd::encode_all(TEXT, 3).unwrap(), zstd::encode_all(TEXT, 3).unwrap()].concat();
        assert_eq!(walked(Encoding::Zstd, &twice, 9).unwrap(), [TEXT, TEXT].concat());
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_malformed() {
        let zstd = zstd::encode_all(TEXT, 3).unwrap();
        assert!(walked(Encoding::Gzip, &gzip(TEXT)[..20], 7).is_err());
        assert!(walked(Encoding::Zstd, &zstd[..zstd.len() - 1], 7).is_err());
        assert!(walked(Encoding::Gzip, TEXT, 7).is_err());
        assert!(walked(Encoding::Zstd, TEXT, 7).is_err());
    }

    #[test]
    fn a_window_larger_than_any_body_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(TEXT).unwrap();
        assert!(walked(Encoding::Zstd, &encoder.finish().unwrap(), 100).is_err());
    }
}
