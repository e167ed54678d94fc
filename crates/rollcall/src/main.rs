//! The `rollcall` binary: command line, configuration and wiring.
//!
//! What Rollcall does stands in the crates below; here is decided with which settings, and how it is told.
//!
//! - [`cli`]: the commands and their flags; [`config`]: the file, and which setting counts
//! - [`commands`]: one module for each command
//! - [`place`]: where a store lies; [`store`]: it, opened by this process; [`connection`]: that, or a server
//!   that holds it
//! - [`import`], [`report`]: what these two commands need besides the command itself
//! - [`failure`]: how errors reach the user

mod cli;
mod commands;
mod config;
mod connection;
mod failure;
mod import;
mod logging;
mod place;
mod report;
mod secret_key;
mod socket;
mod stdout;
mod store;

use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::cli::{Cli, Command};
use crate::config::{Given, Settings};

/// Events come and go in many small texts on many threads.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => failure::tell(&error),
    }
}

fn run() -> anyhow::Result<ExitCode> {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli::check_target(&matches)?;
    let settings = settings(&cli)?;
    let level = if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" };
    logging::start(settings.log_format, settings.log_level.as_deref().unwrap_or(level))?;
    if let Command::Generate(args) = cli.command {
        return commands::generate::run(&args).map(|()| ExitCode::SUCCESS);
    }
    let runtimes = Runtimes::new(settings.query_threads)?;
    let done = runtimes.requests.block_on(Box::pin(perform(cli.command, settings, runtimes.queries.handle().clone())));
    runtimes.end();
    done
}

fn settings(cli: &Cli) -> anyhow::Result<Settings> {
    let target = match &cli.command {
        Command::Import(args) => Some(&args.target),
        Command::Report(args) => Some(args.target()),
        Command::Schedule(args) => Some(args.target()),
        Command::Run(args) => Some(args.target()),
        Command::Export(args) => Some(args.target()),
        Command::Directory(args) => Some(args.target()),
        Command::Catalogue(args) => Some(args.target()),
        Command::Webhook(args) => Some(args.target()),
        Command::Archive(args) => Some(&args.target),
        Command::Compact(args) => Some(&args.target),
        Command::Quarantine(args) => Some(args.target()),
        Command::Retention(args) => Some(args.target()),
        Command::Hold(args) => Some(args.target()),
        Command::Destination(args) => Some(args.target()),
        Command::Job(args) => Some(args.target()),
        Command::Tenant(args) => Some(args.target()),
        Command::Serve(_)
        | Command::Fsck(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::User(_)
        | Command::Profile(_)
        | Command::Key(_)
        | Command::Generate(_) => None,
    };
    let given = match &cli.command {
        Command::Serve(args) => Given { store: Some(&args.store), listen: Some(&args.listen), ..Given::default() },
        Command::Fsck(args) => Given { store: Some(&args.store), ..Given::default() },
        Command::Backup(args) => Given { store: Some(&args.store), ..Given::default() },
        Command::Restore(args) => Given { store: Some(&args.store), ..Given::default() },
        Command::User(args) => Given { folder: Some(args.folder()), ..Given::default() },
        Command::Profile(args) => Given { folder: Some(args.folder()), ..Given::default() },
        Command::Key(args) => Given { folder: Some(args.folder()), ..Given::default() },
        Command::Generate(_) => Given { remote: true, ..Given::default() },
        _ => Given {
            store: target.map(|target| &target.store),
            remote: target.is_some_and(|target| target.url.is_some()),
            ..Given::default()
        },
    };
    Settings::resolve(&cli.general, &given)
}

async fn perform(command: Command, settings: Settings, queries: Handle) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => commands::serve::run(&args, settings, queries).await?,
        Command::Import(args) => return commands::import::run(&args, &settings, &queries).await,
        Command::Report(args) => commands::report::run(&args, &settings, &queries).await?,
        Command::Schedule(args) => commands::schedule::run(&args, &settings, &queries).await?,
        Command::Run(args) => commands::schedule_run::run(&args, &settings, &queries).await?,
        Command::Export(args) => commands::export::run(&args, &settings, &queries).await?,
        Command::Directory(args) => commands::directory::run(&args, &settings, &queries).await?,
        Command::Catalogue(args) => commands::catalogue::run(&args, &settings, &queries).await?,
        Command::Webhook(args) => commands::webhook::run(&args, &settings, &queries).await?,
        Command::Archive(args) => commands::archive::run(&args, &settings, &queries).await?,
        Command::Compact(args) => commands::compact::run(&args, &settings, &queries).await?,
        Command::Fsck(args) => return commands::fsck::run(&args, &settings).await,
        Command::Backup(args) => commands::backup::run(&args, &settings).await?,
        Command::Restore(args) => commands::restore::run(&args, &settings).await?,
        Command::Retention(args) => commands::retention::run(&args, &settings, &queries).await?,
        Command::Hold(args) => commands::hold::run(&args, &settings, &queries).await?,
        Command::Destination(args) => return commands::destination::run(&args, &settings, &queries).await,
        Command::Job(args) => commands::job::run(&args, &settings, &queries).await?,
        Command::User(args) => commands::user::run(&args, &settings).await?,
        Command::Profile(args) => commands::profile::run(&args, &settings).await?,
        Command::Key(args) => commands::key::run(&args, &settings).await?,
        Command::Tenant(args) => commands::tenant::run(&args, &settings, &queries).await?,
        Command::Quarantine(args) => commands::quarantine::run(&args, &settings, &queries).await?,
        Command::Generate(args) => commands::generate::run(&args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reports have threads of their own, so that a long one does not hold up the answers to requests.
struct Runtimes {
    requests: Runtime,
    queries: Runtime,
}

impl Runtimes {
    fn new(query_threads: usize) -> anyhow::Result<Self> {
        let build = |builder: &mut Builder| builder.enable_all().build().context("the system gives no threads");
        Ok(Runtimes {
            requests: build(Builder::new_multi_thread().thread_name("requests"))?,
            queries: build(Builder::new_multi_thread().thread_name("queries").worker_threads(query_threads))?,
        })
    }

    /// Ends without waiting for a thread that reads what may never come, such as standard input.
    fn end(self) {
        self.queries.shutdown_background();
        self.requests.shutdown_background();
    }
}
