//! A look at SQLite's write-ahead log before SQLite opens it.
//!
//! SQLite reads its log up to the first frame whose checksum is wrong and takes that for the end. After a power
//! cut that is right: what was not synced may be torn. But each commit is synced before the next begins, so a
//! bad frame with whole later transactions behind it was durable once: the disk has damaged it since, and SQLite
//! would go on without the events that were acknowledged from there on. That is refused here.
//!
//! What can't be told: damage to the last transaction looks like one that was never finished.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use crate::error::{Error, Result};
use crate::lock::FolderLock;

/// First bytes of a log; the last bit says that checksums are big-endian.
const MAGIC: u32 = 0x377f_0682;
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGES: std::ops::RangeInclusive<usize> = 512..=65_536;

/// Refuses a log in which acknowledged commits can't be read any more.
pub(super) fn check(database: &Path) -> Result<()> {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    let path = Path::new(&name);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::file(path, &error)),
    };
    let damage = damage(&mut BufReader::with_capacity(256 * 1024, file)).map_err(|e| Error::file(path, &e))?;
    damage.map_or(Ok(()), |at| {
        Err(Error::Corrupt(format!(
            "{} is damaged at byte {at}, and acknowledged events lie behind that; nothing was changed: keep a copy of the folder and \
             restore a backup",
            path.display()
        )))
    })
}

/// The same where another process may be writing: to it the log is whole, whatever half of a frame is read here.
pub(super) fn check_beside(database: &Path) -> Result<()> {
    let Err(damaged) = check(database) else { return Ok(()) };
    let Some(folder) = database.parent() else { return Err(damaged) };
    match FolderLock::take(folder) {
        // Nobody writes now.
        Ok(_lock) => check(database),
        Err(Error::Locked(_)) => Ok(()),
        Err(_) => Err(damaged),
    }
}

/// A frame's header.
struct Frame {
    salt: [u8; 8],
    checksum: (u32, u32),
    is_commit: bool,
}

/// Where a log is damaged that has whole transactions behind the damage.
fn damage(log: &mut impl Read) -> std::io::Result<Option<u64>> {
    let mut header = [0; HEADER];
    if !fill(log, &mut header)? {
        return Ok(None);
    }
    let magic = number(&header, 0);
    let page = usize::try_from(number(&header, 8)).unwrap_or(0);
    let big_endian = magic & 1 == 1;
    let sum = checksum(big_endian, (0, 0), header.get(..24).unwrap_or_default());
    let is_whole = magic & !1 == MAGIC && PAGES.contains(&page) && sum == (number(&header, 24), number(&header, 28));
    if !is_whole {
        // Written in one piece and synced before the first frame: damaged, if frames of ours follow.
        return Ok(followed_by_frames(log, if PAGES.contains(&page) { page } else { 4_096 })?.then_some(0));
    }
    let salt: [u8; 8] = header.get(16..24).and_then(|salt| salt.try_into().ok()).unwrap_or_default();
    let mut sum = Some(sum);
    let (mut at, mut bad, mut commits_behind) = (HEADER as u64, 0, 0);
    let mut bytes = vec![0; FRAME_HEADER + page];
    while fill(log, &mut bytes)? {
        let frame = Frame::of(&bytes);
        // A frame of an earlier round of the log is no part of it.
        let is_ours = frame.salt == salt;
        sum = sum.map(|sum| frame_checksum(big_endian, sum, &bytes)).filter(|sum| is_ours && *sum == frame.checksum);
        if sum.is_none() {
            if bad == 0 {
                bad = at;
            } else if is_ours && commits_behind > 0 {
                // The transaction after the damaged one had begun, so the damaged one had been synced.
                return Ok(Some(bad));
            }
            commits_behind += u32::from(is_ours && frame.is_commit);
        }
        at += bytes.len() as u64;
    }
    Ok(None)
}

/// Whether two transactions with the same salt follow a header that can't be read.
fn followed_by_frames(log: &mut impl Read, page: usize) -> std::io::Result<bool> {
    let mut bytes = vec![0; FRAME_HEADER + page];
    let (mut first, mut commits) = (None, 0);
    while fill(log, &mut bytes)? {
        let frame = Frame::of(&bytes);
        let salt = *first.get_or_insert(frame.salt);
        commits += u32::from(frame.salt == salt && salt != [0; 8] && frame.is_commit);
    }
    Ok(commits > 1)
}

impl Frame {
    fn of(bytes: &[u8]) -> Self {
        let salt = bytes.get(8..16).and_then(|salt| salt.try_into().ok()).unwrap_or_default();
        Frame { salt, checksum: (number(bytes, 16), number(bytes, 20)), is_commit: number(bytes, 4) > 0 }
    }
}

/// A frame's checksum goes over the start of its header and its page, and over all frames before.
fn frame_checksum(big_endian: bool, sum: (u32, u32), frame: &[u8]) -> (u32, u32) {
    let sum = checksum(big_endian, sum, frame.get(..8).unwrap_or_default());
    checksum(big_endian, sum, frame.get(FRAME_HEADER..).unwrap_or_default())
}

/// SQLite's checksum: two sums over pairs of 32-bit words.
fn checksum(big_endian: bool, sum: (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let word = |word: [u8; 4]| if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) };
    bytes.chunks_exact(8).fold(sum, |(first, second), pair| {
        let (Some(&low), Some(&high)) = (pair.first_chunk(), pair.last_chunk()) else { return (first, second) };
        let first = first.wrapping_add(word(low)).wrapping_add(second);
        (first, second.wrapping_add(word(high)).wrapping_add(first))
    })
}

/// Fills a buffer. Answers whether there was enough.
fn fill(log: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match log.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// A big-endian number, as all of the log's own are.
fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}
