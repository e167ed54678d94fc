//! `rollcall key`: API keys of a store, also while servers have it open.
//!
//! The control database may be open in several processes. A server sees a new key at once, and a revoked
//! one within ten seconds.

use std::collections::BTreeSet;
use std::io::Write;

use clap::{Args, Subcommand};
use jiff::ToSpan;
use jiff::civil::Date;
use rollcall_access::{Access, KeyId, KeyScope, KeyWish, Principal};
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR};
use rollcall_model::zone::Zone;
use rollcall_model::{Scope, Timestamp};

use crate::cli::{DataArgs, TenantFolderArgs};
use crate::config::Settings;
use crate::place::Place;
use crate::report::table::shown_moment;
use crate::stdout::Stdout;
use crate::store;

/// What to do with keys.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key, and print it: this once, as the last word
    Create(CreateArgs),
    /// List the keys
    List {
        #[command(flatten)]
        folder: TenantFolderArgs,
    },
    /// Revoke a key, for good
    Revoke {
        /// Which key: what stands in it after rk_, up to the next _, as the list shows it
        #[arg(value_name = "ID")]
        id: KeyId,
        #[command(flatten)]
        folder: TenantFolderArgs,
    },
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// What the key allows; repeat it for several
    ///
    /// docs/access-control.md says what each of them allows.
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<KeyScope>,
    /// What the key is for, shown in the list [default: its scopes]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// When it expires: after a time such as 90d or 12h, or after a day such as 2027-03-31 (UTC) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Expiry>,
    #[command(flatten)]
    folder: TenantFolderArgs,
}

impl KeyArgs {
    /// The data folder.
    pub(crate) fn folder(&self) -> &DataArgs {
        &self.tenant_folder().folder
    }

    fn tenant_folder(&self) -> &TenantFolderArgs {
        match &self.command {
            KeyCommand::Create(args) => &args.folder,
            KeyCommand::List { folder } | KeyCommand::Revoke { folder, .. } => folder,
        }
    }
}

pub(crate) async fn run(args: &KeyArgs, settings: &Settings) -> anyhow::Result<()> {
    let place = Place::of(settings)?;
    match &args.command {
        // On a database nothing is left in the folder.
        _ if !place.is_folder() => {}
        KeyCommand::Create(_) => store::make_folder(&settings.data)?,
        KeyCommand::List { .. } | KeyCommand::Revoke { .. } => store::require_folder(&settings.data)?,
    }
    let control = place.open_control().await?;
    let access = Access::new(control.clone());
    let operator = Principal::local_operator(args.tenant_folder().tenant());
    let done = match &args.command {
        KeyCommand::Create(args) => create(&access, &operator, args).await,
        KeyCommand::List { .. } => list(&access, &operator).await,
        KeyCommand::Revoke { id, .. } => revoke(&access, &operator, *id).await,
    };
    control.close().await?;
    done
}

async fn create(access: &Access, by: &Principal, args: &CreateArgs) -> anyhow::Result<()> {
    let scopes: BTreeSet<KeyScope> = args.scopes.iter().copied().collect();
    let name = args.name.clone().unwrap_or_else(|| scope_names(&scopes));
    let expires_at = args.expires.map(|expiry| expiry.after(Timestamp::from(jiff::Timestamp::now())));
    let wish = KeyWish { name: name.clone(), scopes: scopes.clone(), expires_at, data_scope: Scope::All };
    let key = access.create_key(by, &wish).await?;
    let mut out = Stdout::lock();
    let expires = expires_at.map_or("never".to_owned(), |moment| moment.to_string());
    writeln!(out, "id: {}\nname: {}\nscopes: {}\nexpires: {expires}", key.id, name.trim(), scope_names(&scopes))?;
    writeln!(out, "The key, shown this once:\n{}", key.text.reveal())?;
    out.finish()
}

async fn list(access: &Access, by: &Principal) -> anyhow::Result<()> {
    let keys = access.keys(&by.tenant).await?;
    let mut out = Stdout::lock();
    let mut table = crate::report::table::plain(&["ID", "Name", "State", "Scopes", "Made (UTC)", "Expires", "Last used"]);
    for key in &keys {
        let moment = |moment: Option<Timestamp>, none: &str| moment.map_or(none.to_owned(), |moment| shown_moment(moment, &Zone::utc()));
        table.add_row([
            key.id.to_string(),
            key.name.clone(),
            key.state.as_str().to_owned(),
            scope_names(&key.scopes),
            moment(Some(key.created_at), ""),
            moment(key.expires_at, "never"),
            moment(key.last_used_at, "never"),
        ]);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    out.finish()
}

async fn revoke(access: &Access, by: &Principal, id: KeyId) -> anyhow::Result<()> {
    access.revoke_key(by, id).await?;
    let mut out = Stdout::lock();
    writeln!(out, "revoked {id}; a server that has the store open refuses it within ten seconds")?;
    out.finish()
}

fn scope_names(scopes: &BTreeSet<KeyScope>) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

/// When a key expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    /// That many microseconds after it is made.
    After(i64),
    /// At a moment.
    At(Timestamp),
}

impl Expiry {
    fn after(self, now: Timestamp) -> Timestamp {
        match self {
            Expiry::After(micros) => now.plus_micros(micros),
            Expiry::At(moment) => moment,
        }
    }
}

fn expiry(text: &str) -> Result<Expiry, String> {
    let wrong = || format!("expected a time such as 90d or 12h, a day such as 2027-03-31, or an RFC 3339 moment; got {text:?}");
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return Ok(Expiry::At(Zone::utc().first_instant(date.saturating_add(1.day()))));
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(Expiry::At(moment));
    }
    let unit = match text.chars().last() {
        Some('h') => MICROS_PER_HOUR,
        Some('d') => MICROS_PER_DAY,
        _ => return Err(wrong()),
    };
    let number: i64 = text.get(..text.len() - 1).and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
    number.checked_mul(unit).filter(|micros| *micros > 0).map(Expiry::After).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_expires_after_a_time_or_after_a_day() {
        let now: Timestamp = "2026-04-15T12:00:00Z".parse().unwrap();
        let at = |text: &str| expiry(text).map(|expiry| expiry.after(now).to_string());
        assert_eq!(at("90d").unwrap(), "2026-07-14T12:00:00Z");
        assert_eq!(at("12h").unwrap(), "2026-04-16T00:00:00Z");
        assert_eq!(at("2027-03-31").unwrap(), "2027-04-01T00:00:00Z");
        assert_eq!(at("2027-03-31T08:00:00+02:00").unwrap(), "2027-03-31T06:00:00Z");
        for wrong in ["", "d", "0d", "-1d", "90", "soon", "99999999999999d", "ä"] {
            assert!(at(wrong).unwrap_err().contains("90d"), "{wrong}");
        }
    }
}
