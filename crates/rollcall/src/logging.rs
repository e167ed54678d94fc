//! Structured logs on stderr.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::LogFormat;
use crate::failure::usage;

/// Starts logging. `level` is a level, or the directives of a filter such as `info,rollcall_ledger=debug`.
pub(crate) fn start(format: LogFormat, level: &str) -> anyhow::Result<()> {
    let wrong = || {
        usage(format!(
            "log level: expected error, warn, info, debug, trace or directives such as info,rollcall_ledger=debug; got {level:?}"
        ))
    };
    // A word that is no level would be taken for a part of the program, and all of its logs shown.
    let is_directive = |directive: &str| directive.contains('=') || directive.trim().parse::<LevelFilter>().is_ok();
    let filter = EnvFilter::try_new(level).ok().filter(|_| level.split(',').all(is_directive)).ok_or_else(wrong)?;
    let logs = fmt::Subscriber::builder().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => {
            let on_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
            logs.with_ansi(on_terminal).init();
        }
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}
