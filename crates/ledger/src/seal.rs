//! Seals: the digest of each file of the lake, so that a bit that has flipped is found wherever it lies.
//!
//! Parquet has room for a checksum of each page, but the writer leaves it empty, and most flips inside a
//! compressed page unpack to other values without complaint. A file never changes, so one digest of all its
//! bytes says whether it is what was written. It is noted in the commit that brings the file. One of an
//! earlier format has none until `fsck --repair` has found everything else about it right.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};

/// Table of this module. `BLOB` is what PostgreSQL calls `BYTEA`.
pub(crate) const TABLE: &str = "rollcall_digest(data_file_id BIGINT PRIMARY KEY, sha256 BLOB NOT NULL)";

/// SHA-256 of a file.
pub(crate) type Seal = [u8; 32];

/// The digest of a file as it is on the disk.
pub(crate) fn of_file(path: &Path) -> Result<Seal> {
    let mut file = File::open(path).map_err(|e| Error::file(path, &e))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 256 * 1024];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer).map_err(|e| Error::file(path, &e))?;
        if read == 0 {
            return Ok(hasher.finalize().into());
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

/// Seals a file.
pub(crate) async fn store(write: &Write<'_>, data_file_id: i64, seal: &Seal) -> Result<()> {
    let row = [data_file_id.into(), seal.to_vec().into()];
    let sql = "INSERT INTO rollcall_digest VALUES ($1, $2) ON CONFLICT(data_file_id) DO UPDATE SET sha256 = $2";
    write.run(sql, row).await?;
    Ok(())
}

/// The seals of all files that have one.
pub(crate) async fn load(reading: &impl Queries) -> Result<HashMap<i64, Seal>> {
    let mut seals = HashMap::new();
    for row in reading.all("SELECT data_file_id, sha256 FROM rollcall_digest", []).await? {
        let bytes: Vec<u8> = get(&row, 1)?;
        // One of another length can't be right either: it is held against the file and differs.
        let mut seal = Seal::default();
        seal.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        seals.insert(get(&row, 0)?, seal);
    }
    Ok(seals)
}
