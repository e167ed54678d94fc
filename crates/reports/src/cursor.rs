//! Cursors: where a reader stopped, on which snapshot, in which report.
//!
//! A cursor carries everything that is needed to go on, so any node can answer it, also after a
//! restart: the snapshot, the moment that presets meant, the exact total, and the sort keys of the last
//! row. It is not secret and gives no rights: tenant and scope are the reader's own at every page, and who
//! may see other rows than the first page was of begins anew, for neither its total nor its place is theirs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use datafusion::scalar::ScalarValue;
use rollcall_ledger::SnapshotId;
use rollcall_model::{Scope, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::definition::Definition;
use crate::error::{Error, Result};
use crate::field::FieldType;
use crate::people::People;

/// The sort keys of a row; a missing value is `None`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Position {
    pub(crate) values: Vec<Option<ScalarValue>>,
}

/// Where a reader stopped.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) snapshot: SnapshotId,
    /// Of which rows the total is: see [`rows_of`].
    pub(crate) rows: String,
    /// The revision of the directory by which agents were told apart.
    pub(crate) directory: i64,
    /// What "now" was on the first page.
    pub(crate) now: Timestamp,
    pub(crate) total: u64,
    /// The last row that was seen; none before the first.
    pub(crate) position: Option<Position>,
}

/// A cursor as it travels.
#[derive(Serialize, Deserialize)]
struct Token {
    /// Digest of the definition.
    d: String,
    /// Digest of the tenant and the scope.
    r: String,
    s: i64,
    e: i64,
    /// Revision of the directory; 0 where nobody was in it.
    #[serde(default, skip_serializing_if = "is_zero")]
    a: i64,
    n: i64,
    t: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k: Option<Vec<Value>>,
}

/// What is asked, in few characters: a cursor of one report does not go on in another.
fn digest(asked: &impl Serialize) -> String {
    let json = serde_json::to_vec(asked).unwrap_or_default();
    let digest: [u8; 32] = Sha256::digest(json).into();
    URL_SAFE_NO_PAD.encode(digest.first_chunk::<9>().copied().unwrap_or_default())
}

/// The rows of a tenant that a scope admits, in few characters: in whichever order its parts are found.
pub(crate) fn rows_of(tenant: &TenantId, scope: &Scope) -> String {
    let parts = match scope {
        Scope::Nothing => Some(Vec::new()),
        Scope::All => None,
        Scope::Parts(parts) => {
            let mut parts: Vec<String> = parts.iter().map(digest).collect();
            parts.sort_unstable();
            Some(parts)
        }
    };
    digest(&(tenant.as_str(), parts))
}

impl Cursor {
    /// The cursor of a definition's rows as text.
    pub(crate) fn encode(&self, definition: &Definition) -> String {
        self.encode_of(definition)
    }

    /// Reads a cursor of this definition's rows.
    pub(crate) fn decode(text: &str, definition: &Definition) -> Result<Self> {
        let types = definition.sort.iter().map(|key| definition.report.field(&key.field).map(|field| field.field_type));
        Self::decode_of(text, definition, &types.collect::<Option<Vec<_>>>().unwrap_or_default())
    }

    /// Refuses to go on for somebody who may see other rows.
    pub(crate) fn check_rows(&self, tenant: &TenantId, scope: &Scope) -> Result<()> {
        if self.rows == rows_of(tenant, scope) {
            return Ok(());
        }
        Err(Error::Cursor("it was made for somebody who may see other rows".to_owned()))
    }

    /// Refuses to go on where agents are no longer told apart as they were.
    pub(crate) fn check_directory(&self, people: &People) -> Result<()> {
        if self.directory == people.revision() {
            return Ok(());
        }
        Err(Error::Cursor("the directory of agents has changed since, and with it which rows are whose".to_owned()))
    }

    /// The cursor as text, of whatever is asked.
    pub(crate) fn encode_of(&self, asked: &impl Serialize) -> String {
        let values = self.position.as_ref().map(|position| position.values.iter().map(to_json).collect());
        let token = Token {
            d: digest(asked),
            r: self.rows.clone(),
            s: self.snapshot.snapshot_id,
            e: self.snapshot.next_seq,
            a: self.directory,
            n: self.now.as_micros(),
            t: self.total,
            k: values,
        };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }

    /// Reads a cursor of what is asked, whose keys have these types.
    pub(crate) fn decode_of(text: &str, asked: &impl Serialize, types: &[FieldType]) -> Result<Self> {
        let invalid = || Error::Cursor("expected the next_cursor of an earlier answer".to_owned());
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| invalid())?;
        let token: Token = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        if token.d != digest(asked) {
            return Err(Error::Cursor("it belongs to another definition".to_owned()));
        }
        let position = token.k.map(|values| read_position(types, &values).ok_or_else(invalid)).transpose()?;
        Ok(Cursor {
            snapshot: SnapshotId { snapshot_id: token.s, next_seq: token.e },
            rows: token.r,
            directory: token.a,
            now: Timestamp::from_micros(token.n).ok_or_else(invalid)?,
            total: token.t,
            position,
        })
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn read_position(types: &[FieldType], values: &[Value]) -> Option<Position> {
    if values.len() != types.len() {
        return None;
    }
    let values = types.iter().zip(values).map(|(of, value)| if value.is_null() { Some(None) } else { from_json(*of, value).map(Some) });
    Some(Position { values: values.collect::<Option<_>>()? })
}

fn to_json(value: &Option<ScalarValue>) -> Value {
    match value {
        Some(ScalarValue::Utf8View(Some(text)) | ScalarValue::Utf8(Some(text))) => Value::from(text.clone()),
        Some(ScalarValue::TimestampMicrosecond(Some(micros), _)) => Value::from(*micros),
        Some(ScalarValue::Int64(Some(number))) => Value::from(*number),
        Some(ScalarValue::Int32(Some(number))) => Value::from(*number),
        Some(ScalarValue::Float64(Some(number))) => Value::from(number.to_bits()),
        Some(ScalarValue::Boolean(Some(flag))) => Value::from(*flag),
        Some(ScalarValue::FixedSizeBinary(_, Some(bytes))) => Value::from(URL_SAFE_NO_PAD.encode(bytes)),
        _ => Value::Null,
    }
}

fn from_json(field_type: FieldType, value: &Value) -> Option<ScalarValue> {
    Some(match field_type {
        FieldType::Text => ScalarValue::Utf8View(Some(value.as_str()?.to_owned())),
        FieldType::Timestamp => ScalarValue::TimestampMicrosecond(Some(value.as_i64()?), Some("UTC".into())),
        FieldType::Integer => ScalarValue::Int64(Some(value.as_i64()?)),
        FieldType::Seconds => ScalarValue::Float64(Some(f64::from_bits(value.as_u64()?))),
        FieldType::Boolean => ScalarValue::Boolean(Some(value.as_bool()?)),
        FieldType::Uuid => {
            ScalarValue::FixedSizeBinary(16, Some(URL_SAFE_NO_PAD.decode(value.as_str()?).ok().filter(|bytes| bytes.len() == 16)?))
        }
        FieldType::Map => return None,
    })
}
