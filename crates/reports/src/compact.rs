//! A definition in few characters, as an address carries it.
//!
//! It is the definition's JSON, deflated and as base64url, after a letter that names this form. Whatever a
//! definition can say comes back as it was. What is too long for an address belongs into a saved report.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::definition::Definition;
use crate::error::InvalidDefinition;

/// Longest compact form, in characters: what browsers, proxies and mail programs leave whole.
pub const MAX_CHARS: usize = 2_000;
/// Longest JSON of a definition that is put into an address: few characters can stand for very many.
const MAX_JSON_BYTES: u64 = 64 * 1024;
/// The letter of this form.
const FORM: char = 'a';

impl Definition {
    /// The definition in letters, digits, `-` and `_` alone.
    pub fn to_compact(&self) -> Result<String, InvalidDefinition> {
        let failed = |error: &dyn std::fmt::Display| InvalidDefinition::new("definition", format!("writing its compact form: {error}"));
        let json = serde_json::to_vec(self).map_err(|error| failed(&error))?;
        if json.len() as u64 > MAX_JSON_BYTES {
            return Err(too_long(&format!("{} bytes of JSON where at most {MAX_JSON_BYTES} fit", json.len())));
        }
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
        let deflated = deflated.write_all(&json).and_then(|()| deflated.finish()).map_err(|error| failed(&error))?;
        let compact = format!("{FORM}{}", URL_SAFE_NO_PAD.encode(deflated));
        if compact.len() > MAX_CHARS {
            return Err(too_long(&format!("{} characters where at most {MAX_CHARS} fit", compact.len())));
        }
        Ok(compact)
    }

    /// Reads the compact form, and checks the definition like any other.
    pub fn from_compact(text: &str) -> Result<Self, InvalidDefinition> {
        let unreadable =
            |reason: &str| InvalidDefinition::new("definition", format!("expected the compact form of a definition: {reason}"));
        if text.len() > MAX_CHARS {
            return Err(unreadable(&format!("it has at most {MAX_CHARS} characters; got {}", text.len())));
        }
        let Some(encoded) = text.strip_prefix(FORM) else {
            let got: String = text.chars().take(1).collect();
            return Err(unreadable(&format!("it begins with {FORM:?}; got {got:?}")));
        };
        let cut = || unreadable("it was cut off or altered");
        let deflated = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| cut())?;
        let mut json = Vec::new();
        let mut inflating = DeflateDecoder::new(deflated.as_slice()).take(MAX_JSON_BYTES + 1);
        inflating.read_to_end(&mut json).map_err(|_| cut())?;
        if json.len() as u64 > MAX_JSON_BYTES {
            return Err(unreadable(&format!("it stands for at most {MAX_JSON_BYTES} bytes")));
        }
        Definition::parse(serde_json::from_slice(&json).map_err(|_| cut())?)
    }
}

fn too_long(how_long: &str) -> InvalidDefinition {
    InvalidDefinition::new("definition", format!("it is too long for an address: {how_long}. Save the report and use its id"))
}
