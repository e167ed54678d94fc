//! The command line: commands, and the groups of flags that several of them share.
//!
//! What stands in the help of a flag is what `docs/configuration.md` says; a test holds the two together.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgMatches, Args, Parser, Subcommand, parser::ValueSource};
use rollcall_model::TenantId;

use crate::commands::{
    archive, backup, catalogue, compact, destination, directory, export, fsck, generate, hold, import, job, key, profile, quarantine,
    report, restore, retention, schedule, schedule_run, serve, tenant, user, webhook,
};
use crate::config::LogFormat;
use crate::config::database::DatabaseUrl;
use crate::config::network::Network;
use crate::failure::usage;

/// The sign-in, session and activity record of a contact centre.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, max_term_width = 110, after_help = "docs/command-line.md describes each command with an example.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) general: GeneralArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API and the page
    Serve(serve::ServeArgs),
    /// Import files of a source
    Import(import::ImportArgs),
    /// Run a report and print its rows, or what can be said of them; save, list and delete reports
    Report(Box<report::ReportArgs>),
    /// Have saved reports delivered daily or weekly, pause and delete that
    Schedule(schedule::ScheduleArgs),
    /// Show what schedules have delivered, tell it anew, and fetch it
    Run(schedule_run::RunArgs),
    /// Have reports written into archives with a password, and fetch them
    Export(export::ExportArgs),
    /// List, import and remove the agents of the organisation
    Directory(directory::DirectoryArgs),
    /// Show what applications can report
    Catalogue(catalogue::CatalogueArgs),
    /// Make, list, test and delete webhooks, which tell other systems of events
    Webhook(webhook::WebhookArgs),
    /// Move what the journal holds into the lake now
    Archive(archive::ArchiveArgs),
    /// Merge the small files of each day of the lake now
    Compact(compact::CompactArgs),
    /// Prove the whole store, and mend what is derived in it
    Fsck(fsck::FsckArgs),
    /// Copy the whole store while it is used
    Backup(backup::BackupArgs),
    /// Make a store out of a backup
    Restore(restore::RestoreArgs),
    /// Say how long events are kept, and remove those that no longer are
    Retention(retention::RetentionArgs),
    /// Place, list and release legal holds
    Hold(hold::HoldArgs),
    /// Make, list and change users, also when nobody can sign in any more
    User(user::UserArgs),
    /// List, make and delete security profiles
    Profile(profile::ProfileArgs),
    /// Make, list and revoke API keys
    Key(key::KeyArgs),
    /// Make and list tenants: organisations that share a server
    Tenant(tenant::TenantArgs),
    /// Make, list, try and delete destinations: where reports are delivered to
    Destination(destination::DestinationArgs),
    /// See what is done in the background
    Job(job::JobArgs),
    /// See to records that were rejected
    Quarantine(quarantine::QuarantineArgs),
    /// Write the events of an invented contact centre
    Generate(generate::GenerateArgs),
}

/// Flags that every command takes.
#[derive(Debug, Args, Default)]
#[command(next_help_heading = "General")]
pub(crate) struct GeneralArgs {
    /// Configuration file
    ///
    /// Without it, rollcall.toml in the data folder is read, if it is there. docs/configuration.md lists what
    /// can stand in it. A flag counts before the environment, that before the file, that before the default.
    #[arg(long, global = true, value_name = "FILE", env = "ROLLCALL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// How logs are written to stderr [default: text]
    ///
    /// File key: log_format.
    #[arg(long, global = true, value_name = "FORMAT", env = "ROLLCALL_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// What is logged [default: info for serve, warn otherwise]
    ///
    /// One of error, warn, info, debug and trace, or directives for parts of Rollcall, such as
    /// info,rollcall_ledger=debug. File key: log_level.
    #[arg(long, global = true, value_name = "LEVEL", env = "ROLLCALL_LOG_LEVEL")]
    pub(crate) log_level: Option<String>,
}

/// Where the store is.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct DataArgs {
    /// Data folder [default: ./rollcall-data]
    ///
    /// serve, import and key create make it if it is missing. If a server holds the folder, the command talks to
    /// that server. File key: data.
    #[arg(long, value_name = "DIR", env = "ROLLCALL_DATA", help_heading = "Store")]
    pub(crate) data: Option<PathBuf>,
    /// URL of a PostgreSQL database, if the store is there rather than in the data folder
    ///
    /// postgres://USER:PASSWORD@HOST:PORT/DATABASE. Better given by the environment: what stands on a command line
    /// can be seen by others on the machine. docs/postgresql.md has it all. File key: database.
    #[arg(long, value_name = "URL", env = "ROLLCALL_DATABASE", hide_env_values = true, help_heading = "Store")]
    pub(crate) database: Option<DatabaseUrl>,
}

/// A data folder, and how its store is run by the process that opens it.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Store")]
pub(crate) struct StoreArgs {
    #[command(flatten)]
    pub(crate) folder: DataArgs,
    /// Folder of the lake that all nodes on a PostgreSQL database share
    ///
    /// Needed with --database, and only then. File key: lake.
    #[arg(long, value_name = "DIR", env = "ROLLCALL_LAKE")]
    pub(crate) lake: Option<PathBuf>,
    /// Events that may gather in the journal before they are archived [default: 100000]
    ///
    /// File key: archive_events.
    #[arg(long, value_name = "N", env = "ROLLCALL_ARCHIVE_EVENTS")]
    pub(crate) archive_events: Option<u64>,
    /// Seconds that events may stay in the journal before they are archived [default: 300]
    ///
    /// File key: archive_interval_s.
    #[arg(long, value_name = "SECONDS", env = "ROLLCALL_ARCHIVE_INTERVAL_S")]
    pub(crate) archive_interval_s: Option<u64>,
    /// Hours that an event's time may lie in the future before it is rejected [default: 24]
    ///
    /// File key: max_future_h.
    #[arg(long, value_name = "HOURS", env = "ROLLCALL_MAX_FUTURE_H")]
    pub(crate) max_future_h: Option<u64>,
    /// Threads that reports run on [default: the number of cores]
    ///
    /// File key: query_threads.
    #[arg(long, value_name = "N", env = "ROLLCALL_QUERY_THREADS")]
    pub(crate) query_threads: Option<u64>,
}

/// A store: a data folder, or a server.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "Store")]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Address of a server, instead of a data folder
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<reqwest::Url>,
    /// Which organisation's data, where several share a store [default: default]
    ///
    /// Not with --url: there the API key says it.
    #[arg(long, value_name = "NAME", env = "ROLLCALL_TENANT", value_parser = tenant_name)]
    pub(crate) tenant: Option<TenantId>,
    /// API key for that server
    ///
    /// Better given by the environment: what stands on a command line can be seen by others on the machine.
    #[arg(long, value_name = "KEY", env = "ROLLCALL_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
}

/// A data folder, and one of the organisations in it.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Store")]
pub(crate) struct TenantFolderArgs {
    #[command(flatten)]
    pub(crate) folder: DataArgs,
    /// Which organisation's, where several share a store [default: default]
    #[arg(long, value_name = "NAME", env = "ROLLCALL_TENANT", value_parser = tenant_name)]
    tenant: Option<TenantId>,
}

impl TenantFolderArgs {
    /// Which organisation's.
    pub(crate) fn tenant(&self) -> TenantId {
        self.tenant.clone().unwrap_or_default()
    }
}

fn tenant_name(name: &str) -> Result<TenantId, String> {
    TenantId::new(name).map_err(|wrong| wrong.to_string())
}

/// Where a server is reached, and how.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct ListenArgs {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:7270]
    ///
    /// File key: listen.
    #[arg(long, value_name = "ADDR", env = "ROLLCALL_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Certificate to serve HTTPS with, in PEM, followed by its chain
    ///
    /// Read anew when it changes. Needs --tls-key. docs/tls.md has it all. File key: tls_cert.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_TLS_CERT")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key of that certificate, in PEM
    ///
    /// PKCS#8, PKCS#1 or SEC1, unencrypted. Needs --tls-cert. File key: tls_key.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_TLS_KEY")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Address or network of a proxy that is believed when it names its client; can be repeated
    ///
    /// Such as 192.0.2.1 or 10.0.0.0/8. The headers X-Forwarded-For, X-Forwarded-Proto and Forwarded count when they
    /// come from there, and only then. File key: trusted_proxies.
    #[arg(long = "trusted-proxy", value_name = "NETWORK", env = "ROLLCALL_TRUSTED_PROXIES", value_delimiter = ',')]
    pub(crate) trusted_proxies: Vec<Network>,
    /// File with the key that secrets are encrypted with where they are stored [default: secret.key in the data folder]
    ///
    /// 32 random bytes in base64. A data folder gets one at the first start; nodes on a PostgreSQL database share one.
    /// File key: secret_key_file.
    #[arg(long, value_name = "FILE", env = "ROLLCALL_SECRET_KEY_FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
    /// Address under which people reach this server, such as https://rollcall.example; links in mails begin with it
    ///
    /// File key: public_url.
    #[arg(long, value_name = "URL", env = "ROLLCALL_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Folder beneath which destinations of the kind folder may write; can be repeated [default: none]
    ///
    /// Absolute. Whoever may change destinations writes nowhere else on this machine. File key: delivery_folders.
    #[arg(long = "delivery-folder", value_name = "DIR", env = "ROLLCALL_DELIVERY_FOLDERS", value_delimiter = ',')]
    pub(crate) delivery_folders: Vec<PathBuf>,
}

/// Refuses a folder and a server at once. Clap's own conflicts would count the environment too, which sets
/// a folder for all commands.
pub(crate) fn check_target(matches: &ArgMatches) -> anyhow::Result<()> {
    let mut level = matches;
    while let Some((_, below)) = level.subcommand() {
        level = below;
    }
    let on_command_line = |name: &str| {
        let known = level.try_contains_id(name).unwrap_or(false);
        known && level.value_source(name) == Some(ValueSource::CommandLine)
    };
    if on_command_line("data") && on_command_line("url") {
        return Err(usage("expected a data folder (--data) or a server (--url), got both; leave one out"));
    }
    if on_command_line("key") && !on_command_line("url") {
        return Err(usage("expected --url with --key: a data folder needs no key"));
    }
    Ok(())
}
