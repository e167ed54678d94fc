//! `rollcall generate`: writes the events of an invented contact centre as NDJSON.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use rollcall_generator::Options;
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

use crate::stdout::Stdout;

/// What to generate. The same options make the same bytes, on every machine.
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    /// How many people sign in
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    agents: u32,
    /// How many days of 24 hours to cover
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_660))]
    days: u32,
    /// About how many events to make [default: about 33 for each person and day]
    ///
    /// People do more or less between signing in and signing out; the access events stay as many as they are.
    #[arg(long, value_name = "N")]
    events: Option<u64>,
    /// Another seed makes other people and other days
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// First moment after the data [default: the start of today, UTC]
    #[arg(long, value_name = "TIME", value_parser = str::parse::<Timestamp>)]
    end: Option<Timestamp>,
    /// Time zone of the head office
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::new)]
    time_zone: Zone,
    /// File to write, compressed if its name ends in .zst or .gz [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &GenerateArgs) -> anyhow::Result<()> {
    let today = || Zone::utc().first_instant(Timestamp::from(jiff::Timestamp::now()).utc_date());
    let options = Options {
        events: args.events,
        zone: args.time_zone.clone(),
        ..Options::new(args.seed, args.agents, args.days, args.end.unwrap_or_else(today))
    };
    let Some(path) = &args.out else {
        let mut out = Stdout::lock();
        write_events(&options, &mut out)?;
        return out.finish();
    };
    let told = || format!("{} can't be written", path.display());
    let mut file = BufWriter::with_capacity(256 * 1024, File::create(path).with_context(told)?);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("zst") => {
            let mut out = zstd::Encoder::new(&mut file, zstd::DEFAULT_COMPRESSION_LEVEL).with_context(told)?;
            write_events(&options, &mut out).with_context(told)?;
            out.finish().with_context(told)?;
        }
        Some("gz") => {
            let mut out = GzEncoder::new(&mut file, Compression::default());
            write_events(&options, &mut out).with_context(told)?;
            out.finish().with_context(told)?;
        }
        _ => write_events(&options, &mut file).with_context(told)?,
    }
    file.flush().with_context(told)
}

fn write_events(options: &Options, out: &mut impl Write) -> anyhow::Result<()> {
    let mut line = Vec::with_capacity(1_024);
    for event in rollcall_generator::generate(options) {
        line.clear();
        serde_json::to_writer(&mut line, &event)?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}
