//! `rollcall user`: users of a store, also while servers have it open, and when nobody can sign in any more.

use std::io::Write;

use clap::{Args, Subcommand};
use rollcall_access::{Access, Principal, User, UserUpdate, UserWish};
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

use crate::cli::{DataArgs, TenantFolderArgs};
use crate::config::Settings;
use crate::place::Place;
use crate::report::table::{plain, printable, shown_moment};
use crate::stdout::Stdout;
use crate::store;

/// What to do with users.
#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Make a user, and print their first password: this once, as the last word
    Add(AddArgs),
    /// List the users
    List {
        #[command(flatten)]
        folder: TenantFolderArgs,
    },
    /// Let a user sign in no more, and sign them out
    Disable {
        #[command(flatten)]
        who: WhoArgs,
    },
    /// Let a user sign in again
    Enable {
        #[command(flatten)]
        who: WhoArgs,
    },
    /// Give a user other security profiles
    SetProfiles {
        #[command(flatten)]
        who: WhoArgs,
        /// Id of a profile, such as supervisor; repeat it for several
        #[arg(long = "profile", value_name = "ID", required = true)]
        profiles: Vec<String>,
    },
    /// Give a user another password, and print it: this once, as the last word
    ResetPassword {
        #[command(flatten)]
        who: WhoArgs,
    },
    /// Take a user's one-time codes away, for one who has lost them
    ResetSecondFactor {
        #[command(flatten)]
        who: WhoArgs,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    /// What they sign in with
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// What they are called [default: the account]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Their address for mail
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Which agent of the organisation they are
    #[arg(long, value_name = "ID")]
    employee_id: Option<String>,
    /// Id of a security profile, such as supervisor; repeat it for several. rollcall profile list shows them
    #[arg(long = "profile", value_name = "ID")]
    profiles: Vec<String>,
    /// They sign in through the OpenID provider alone
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    folder: TenantFolderArgs,
}

#[derive(Debug, Args)]
struct WhoArgs {
    /// What they sign in with
    #[arg(value_name = "ACCOUNT")]
    account: String,
    #[command(flatten)]
    folder: TenantFolderArgs,
}

impl UserArgs {
    fn tenant_folder(&self) -> &TenantFolderArgs {
        match &self.command {
            UserCommand::Add(args) => &args.folder,
            UserCommand::List { folder } => folder,
            UserCommand::Disable { who }
            | UserCommand::Enable { who }
            | UserCommand::SetProfiles { who, .. }
            | UserCommand::ResetPassword { who }
            | UserCommand::ResetSecondFactor { who } => &who.folder,
        }
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &DataArgs {
        &self.tenant_folder().folder
    }
}

pub(crate) async fn run(args: &UserArgs, settings: &Settings) -> anyhow::Result<()> {
    let place = Place::of(settings)?;
    if place.is_folder() {
        store::require_folder(&settings.data)?;
    }
    let control = place.open_control().await?;
    let access = Access::new(control.clone());
    let operator = Principal::local_operator(args.tenant_folder().tenant());
    let done = perform(&access, &operator, &args.command).await;
    control.close().await?;
    done
}

async fn perform(access: &Access, by: &Principal, command: &UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add(args) => add(access, by, args).await,
        UserCommand::List { .. } => list(access, by).await,
        UserCommand::Disable { who } => {
            change(access, by, who, UserUpdate { active: Some(false), ..UserUpdate::default() }, "disabled").await
        }
        UserCommand::Enable { who } => change(access, by, who, UserUpdate { active: Some(true), ..UserUpdate::default() }, "enabled").await,
        UserCommand::SetProfiles { who, profiles } => {
            let update = UserUpdate { profiles: Some(profiles.clone()), ..UserUpdate::default() };
            change(access, by, who, update, "changed").await
        }
        UserCommand::ResetPassword { who } => {
            let user = access.user_of_account(&by.tenant, &who.account).await?;
            let password = access.reset_password(by, &user).await?;
            told(&format!(
                "{} must choose another password when they next sign in. This one is shown this once:\n{password}",
                printable(&user.account)
            ))
        }
        UserCommand::ResetSecondFactor { who } => {
            let user = access.user_of_account(&by.tenant, &who.account).await?;
            access.reset_second_factor(by, &user).await?;
            told(&format!("{} has no one-time codes any more", printable(&user.account)))
        }
    }
}

async fn add(access: &Access, by: &Principal, args: &AddArgs) -> anyhow::Result<()> {
    let wish = UserWish {
        account: args.account.clone(),
        display_name: args.name.clone(),
        email: args.email.clone(),
        employee_id: args.employee_id.clone(),
        profiles: args.profiles.clone(),
        with_password: !args.no_password,
    };
    let (user, password) = access.create_user(by, &wish).await?;
    let mut out = Stdout::lock();
    writeln!(out, "id: {}\naccount: {}\nprofiles: {}", user.id, printable(&user.account), user.profiles.join(", "))?;
    if let Some(password) = password {
        writeln!(out, "The first password, shown this once; another must be chosen at the first sign-in:\n{password}")?;
    }
    out.finish()
}

async fn change(access: &Access, by: &Principal, who: &WhoArgs, update: UserUpdate, word: &str) -> anyhow::Result<()> {
    let user = access.user_of_account(&by.tenant, &who.account).await?;
    access.update_user(by, &user, &update).await?;
    told(&format!("{word} {}", printable(&user.account)))
}

async fn list(access: &Access, by: &Principal) -> anyhow::Result<()> {
    let mut table = plain(&["Account", "Name", "State", "Profiles", "Employee id", "Second factor", "Last sign-in (UTC)"]);
    for user in access.users(&by.tenant).await? {
        table.add_row(row(&user));
    }
    told(&table.trim_fmt())
}

fn row(user: &User) -> [String; 7] {
    let moment = |moment: Option<Timestamp>| moment.map_or("never".to_owned(), |moment| shown_moment(moment, &Zone::utc()));
    [
        printable(&user.account).to_string(),
        printable(&user.display_name).to_string(),
        if user.active { "active" } else { "disabled" }.to_owned(),
        user.profiles.join(", "),
        user.employee_id.as_deref().map_or_else(String::new, |id| printable(id).to_string()),
        if user.credentials.totp_secret.is_some() { "yes" } else { "no" }.to_owned(),
        moment(user.last_sign_in_at),
    ]
}

fn told(text: &str) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    writeln!(out, "{text}")?;
    out.finish()
}
