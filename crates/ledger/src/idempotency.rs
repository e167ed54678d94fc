//! Idempotency-Key: a request that comes again is answered as it was the first time, and changes nothing.
//!
//! The answer is kept in the commit that holds the request's events, so there is no moment at which one is
//! there without the other; on a shared database it holds on every node.

use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{TenantId, Timestamp};

use crate::append::Receipt;
use crate::database::{Queries, Write, get};
use crate::error::{Error, Result};

/// How long an answer is kept, at least.
pub const ANSWER_LIFE_MICROS: i64 = 24 * MICROS_PER_HOUR;

/// What makes a request a repeated one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Digest of who asks, of the route, and of the key that they gave.
    pub key: [u8; 32],
    /// Digest of the request: another one with the same key is refused.
    pub fingerprint: [u8; 32],
    /// What else the caller needs in order to give the same answer again.
    pub note: String,
}

/// The answer to a request that came before; an error if it was another one.
pub(crate) async fn find(write: &Write<'_>, tenant: &TenantId, request: &Idempotency) -> Result<Option<Result<Receipt>>> {
    let sql = "SELECT fingerprint, receipt, note FROM rollcall_idempotency WHERE tenant = $1 AND request_key = $2";
    let Some(row) = write.one(sql, [tenant.as_str().into(), request.key.to_vec().into()]).await? else {
        return Ok(None);
    };
    let fingerprint: Vec<u8> = get(&row, 0)?;
    if fingerprint != request.fingerprint {
        return Ok(Some(Err(Error::KeyReused)));
    }
    let receipt: String = get(&row, 1)?;
    let receipt: Receipt = serde_json::from_str(&receipt).map_err(|e| Error::Corrupt(format!("the receipt of a request: {e}")))?;
    Ok(Some(Ok(Receipt { repeated: Some(get(&row, 2)?), ..receipt })))
}

/// Keeps the answer to a request.
pub(crate) async fn remember(write: &Write<'_>, tenant: &TenantId, request: &Idempotency, receipt: &Receipt, now: Timestamp) -> Result<()> {
    let receipt = serde_json::to_string(receipt).map_err(|e| Error::Corrupt(format!("the receipt of a request: {e}")))?;
    let row = [
        tenant.as_str().into(),
        request.key.to_vec().into(),
        request.fingerprint.to_vec().into(),
        receipt.into(),
        request.note.as_str().into(),
        now.as_micros().into(),
    ];
    write.run("INSERT INTO rollcall_idempotency VALUES ($1, $2, $3, $4, $5, $6)", row).await?;
    Ok(())
}

/// Forgets the answers that are older than they are kept.
pub(crate) async fn forget(write: &Write<'_>, now: Timestamp) -> Result<()> {
    let before = now.as_micros() - ANSWER_LIFE_MICROS;
    write.run("DELETE FROM rollcall_idempotency WHERE created_at < $1", [before.into()]).await?;
    Ok(())
}
