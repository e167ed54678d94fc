//! `rollcall import`: files of a source, straight into the store or to a server.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;
use rollcall_intake::{DateBasis, Format, NativeIds, SourceOptions};
use rollcall_model::Timestamp;
use rollcall_model::event::check_source;
use rollcall_model::zone::Zone;
use tokio::runtime::Handle;

use crate::cli::TargetArgs;
use crate::config::{Settings, SourceConfig};
use crate::connection::Connection;
use crate::failure::usage;
use crate::import::destination::Destination;
use crate::import::input::Input;
use crate::import::tally::Tally;
use crate::import::{FileImport, checkpoint, import_file};
use crate::stdout::Stdout;

/// Folder of checkpoints in a data folder.
const CHECKPOINTS: &str = "imports";

/// What to import.
///
/// A file that is imported twice, or two files that overlap, add nothing. An interrupted import goes on where
/// it stopped if the same command is run again, and so does that of a file that has grown.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Format of the files: native, csv, keycloak, keycloak-admin, asterisk-queue-log, amazon-connect-agent-events
    /// or wtmp [default: that of the source]
    #[arg(long, value_name = "FORMAT", value_parser = known_format)]
    format: Option<&'static str>,
    /// Name of the source [default: that of the format]
    ///
    /// What the configuration says about it counts: its format, time zone and CSV columns.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Time zone of times that bear none [default: that of the source, else UTC]
    #[arg(long, value_name = "ZONE", value_parser = Zone::new)]
    time_zone: Option<Zone>,
    /// Date of the first line of a log that bears only the time of day [default: counted back from the file's
    /// modification]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = str::parse::<Date>)]
    date: Option<Date>,
    /// Exit with 1 if a record was rejected
    #[arg(long)]
    strict: bool,
    /// Files, also compressed with gzip or zstd; - reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

fn known_format(name: &str) -> Result<&'static str, String> {
    rollcall_intake::format(name).map(Format::name).map_err(|error| error.to_string())
}

pub(crate) async fn run(args: &ImportArgs, settings: &Settings, queries: &Handle) -> anyhow::Result<ExitCode> {
    let (source, configured) = source(args, settings)?;
    let name = args.format.or(configured.format.as_deref());
    let name = name.ok_or_else(|| usage(format!("expected --format: the source {source} has none in the configuration")))?;
    let format = rollcall_intake::format(name)?;
    let options = options(args, settings, &source, &configured);
    let connection = Connection::open_or_make(&args.target, settings, queries).await?;
    let url = args.target.url.as_ref().map(reqwest::Url::as_str);
    let checkpoints = if url.is_some() { checkpoint::folder_of_user() } else { Some(settings.data.join(CHECKPOINTS)) };
    let import = FileImport {
        format,
        options: &options,
        destination: Destination { connection: &connection, source: &source, format: format.name() },
        checkpoints: checkpoints.as_deref(),
        url,
    };
    let done = import_all(&import, &args.files).await;
    connection.close().await?;
    let rejected = done?.rejected;
    if rejected > 0 {
        tell_rejected(rejected, args, settings);
    }
    Ok(if args.strict && rejected > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Imports the files one after the other, and tells what became of each.
async fn import_all(import: &FileImport<'_>, files: &[PathBuf]) -> anyhow::Result<Tally> {
    let mut all = Tally::default();
    let mut out = Stdout::lock();
    for file in files {
        let input = Input::named(file);
        let tally = import_file(import, &input).await?;
        tally.tell(&input.name(), &mut out)?;
        out.flush()?;
        all.add(&tally);
    }
    if files.len() > 1 {
        all.tell("all files", &mut out)?;
    }
    out.finish()?;
    Ok(all)
}

/// The source's name, and what is configured about it.
fn source(args: &ImportArgs, settings: &Settings) -> anyhow::Result<(String, SourceConfig)> {
    let name = args.source.as_deref().or(args.format);
    let name =
        name.ok_or_else(|| usage("expected --format, or --source with the name of a source that the configuration gives a format"))?;
    if name.trim().is_empty() {
        return Err(usage("--source: expected the name of a source, got an empty text"));
    }
    check_source(name).map_err(|invalid| usage(format!("--source: {}", invalid.reason)))?;
    Ok((name.to_owned(), settings.source(name)))
}

fn options(args: &ImportArgs, settings: &Settings, source: &str, configured: &SourceConfig) -> SourceOptions {
    SourceOptions {
        source: Some(source.to_owned()),
        max_future_micros: settings.max_future_micros,
        time_zone: args.time_zone.clone().or(configured.time_zone.clone()),
        date_basis: args.date.map(DateBasis::Given),
        // A file may be imported again, so what it holds decides the ids.
        native_ids: NativeIds::FromContent,
        csv: configured.csv.clone(),
        ..SourceOptions::new(Timestamp::from(jiff::Timestamp::now()))
    }
}

/// Says on stderr that records were rejected, and where they are now.
fn tell_rejected(rejected: u64, args: &ImportArgs, settings: &Settings) {
    let store = match &args.target.url {
        Some(url) => format!("--url {url}"),
        None => format!("--data {}", quoted(&settings.data)),
    };
    let records = if rejected == 1 { "1 record was" } else { &format!("{rejected} records were") };
    // Whoever closed stderr does not want to know.
    let _ = writeln!(std::io::stderr().lock(), "rollcall: {records} rejected; see them with: rollcall quarantine list {store}");
}

fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
