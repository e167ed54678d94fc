//! The secret key: with it secrets are encrypted that the control database holds.
//!
//! It stands in a file of its own, so that a copy of the database alone, or a backup of it, tells none of them.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::Context;
use rollcall_access::Vault;

use crate::config::Settings;
use crate::failure::usage;

/// Name of the file in a data folder.
pub(crate) const FILE_IN_FOLDER: &str = "secret.key";

/// The vault with the configured key. A store in a data folder that has none gets one; nodes that share a database share a
/// key, so there it must be given. None if it is not.
pub(crate) fn vault(settings: &Settings, may_make: bool) -> anyhow::Result<Option<Vault>> {
    let in_folder = settings.data.join(FILE_IN_FOLDER);
    let (path, is_given) = match &settings.secret_key_file {
        Some(path) => (path.as_path(), true),
        None => (in_folder.as_path(), false),
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !is_given => {
            if settings.database.is_some() || !may_make {
                return Ok(None);
            }
            make(path)?
        }
        Err(error) => return Err(error).with_context(|| format!("secret_key_file: {} can't be read", path.display())),
    };
    warn_if_readable_by_others(path);
    let vault = Vault::new(&text).map_err(|wrong| usage(format!("secret_key_file: {}: {wrong}", path.display())))?;
    Ok(Some(vault))
}

/// Makes a key that only its owner may read, durably: what is encrypted with a key that is lost is lost too.
fn make(path: &Path) -> anyhow::Result<String> {
    let key = Vault::new_key()?;
    let write = || -> std::io::Result<()> {
        let mut file = File::options().create_new(true).write(true).mode(0o600).open(path)?;
        writeln!(file, "{key}")?;
        file.sync_all()?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    write().with_context(|| format!("the secret key {} can't be written", path.display()))?;
    tracing::info!(file = %path.display(), "made a secret key; keep a copy of it beside, not in, the backups");
    Ok(key)
}

fn warn_if_readable_by_others(path: &Path) {
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!(file = %path.display(), "the secret key can be read by others than its owner; chmod 600 it");
    }
}
