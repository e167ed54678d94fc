//! `rollcall profile`: security profiles of a store, also while servers have it open.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use clap::{Args, Subcommand};
use rollcall_access::{Access, Permission, Principal, ProfileWish};
use rollcall_model::Scope;
use rollcall_model::scope::ScopePart;

use crate::cli::{DataArgs, TenantFolderArgs};
use crate::config::Settings;
use crate::place::Place;
use crate::report::table::{plain, printable};
use crate::stdout::Stdout;
use crate::store;

/// What to do with security profiles.
#[derive(Debug, Args)]
pub(crate) struct ProfileArgs {
    #[command(subcommand)]
    command: ProfileCommand,
}

#[derive(Debug, Subcommand)]
enum ProfileCommand {
    /// List the profiles, with what they allow
    List {
        #[command(flatten)]
        folder: TenantFolderArgs,
    },
    /// List the permissions that a profile can have
    Permissions,
    /// Make a profile
    Create(CreateArgs),
    /// Delete a profile that nobody has
    Delete {
        /// Which, as the list shows it
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        folder: TenantFolderArgs,
    },
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// What it allows, such as "login_logout view"; repeat it for several
    #[arg(long = "permission", value_name = "PERMISSION", required = true)]
    permissions: Vec<Permission>,
    /// For rows under this branch of the hierarchy alone; repeat it for several
    #[arg(long = "hierarchy", value_name = "BRANCH")]
    hierarchies: Vec<String>,
    /// For rows with this routing profile alone; repeat it for several
    #[arg(long = "routing-profile", value_name = "NAME")]
    routing_profiles: Vec<String>,
    /// For rows with this tag alone; repeat it for several, all of which must be there
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    #[command(flatten)]
    folder: TenantFolderArgs,
}

fn tag(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or_else(|| format!("expected KEY=VALUE, got {text:?}"))?;
    Ok((key.to_owned(), value.to_owned()))
}

impl ProfileArgs {
    /// The data folder.
    pub(crate) fn folder(&self) -> &DataArgs {
        static NONE: DataArgs = DataArgs { data: None, database: None };
        self.tenant_folder().map_or(&NONE, |folder| &folder.folder)
    }

    fn tenant_folder(&self) -> Option<&TenantFolderArgs> {
        match &self.command {
            ProfileCommand::List { folder } | ProfileCommand::Delete { folder, .. } => Some(folder),
            ProfileCommand::Create(args) => Some(&args.folder),
            ProfileCommand::Permissions => None,
        }
    }
}

pub(crate) async fn run(args: &ProfileArgs, settings: &Settings) -> anyhow::Result<()> {
    let Some(folder) = args.tenant_folder() else { return list_permissions() };
    let place = Place::of(settings)?;
    if place.is_folder() {
        store::require_folder(&settings.data)?;
    }
    let control = place.open_control().await?;
    let access = Access::new(control.clone());
    let done = perform(&access, &Principal::local_operator(folder.tenant()), &args.command).await;
    control.close().await?;
    done
}

async fn perform(access: &Access, by: &Principal, command: &ProfileCommand) -> anyhow::Result<()> {
    match command {
        ProfileCommand::List { .. } => list(access, by).await,
        ProfileCommand::Permissions => list_permissions(),
        ProfileCommand::Create(args) => {
            let permissions: BTreeSet<Permission> = args.permissions.iter().copied().collect();
            let made = access.create_profile(by, &ProfileWish { name: args.name.clone(), permissions, scope: scope(args) }).await?;
            told(&format!("made {}", made.id))
        }
        ProfileCommand::Delete { id, .. } => {
            let profile = access.profile(&by.tenant, id).await?;
            access.delete_profile(by, id, profile.version).await?;
            told(&format!("deleted {}", printable(&profile.name)))
        }
    }
}

fn scope(args: &CreateArgs) -> Scope {
    let part = ScopePart {
        hierarchies: args.hierarchies.clone(),
        routing_profiles: args.routing_profiles.clone(),
        tags: args.tags.iter().cloned().collect::<BTreeMap<_, _>>(),
        employee_ids: Vec::new(),
    };
    if part == ScopePart::default() { Scope::All } else { Scope::Parts(vec![part]) }
}

async fn list(access: &Access, by: &Principal) -> anyhow::Result<()> {
    let mut table = plain(&["ID", "Name", "Permissions", "Scope"]);
    for profile in access.profiles(&by.tenant).await? {
        // A lower level that comes with a higher one needs no mention.
        let included: BTreeSet<Permission> = profile.permissions.iter().filter_map(|permission| permission.includes()).collect();
        let permissions: Vec<&str> =
            profile.permissions.iter().filter(|permission| !included.contains(permission)).map(|permission| permission.as_str()).collect();
        let scope = serde_json::to_string(&profile.scope)?;
        table.add_row([profile.id, printable(&profile.name).to_string(), permissions.join(", "), scope.trim_matches('"').to_owned()]);
    }
    told(&table.trim_fmt())
}

fn list_permissions() -> anyhow::Result<()> {
    let mut table = plain(&["Permission", "Allows", "Includes"]);
    for permission in Permission::ALL {
        table.add_row([permission.as_str(), permission.about(), permission.includes().map_or("", Permission::as_str)]);
    }
    told(&table.trim_fmt())
}

fn told(text: &str) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    writeln!(out, "{text}")?;
    out.finish()
}
