//! What can go wrong, as the user is told: one sentence on stderr and an exit code.
//!
//! | exit code | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | it could not be done |
//! | 2 | what was asked can't be: a flag, a setting, or a report's definition |

use std::fmt;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Error;

/// What was asked can't be. What was expected and what came stands in the text.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Nobody reads what is written to stdout any more, as with `| head`: a quiet end.
#[derive(Debug)]
pub(crate) struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for ReaderGone {}

/// Shorthand for an error of usage.
pub(crate) fn usage(text: impl Into<String>) -> Error {
    Error::new(Usage(text.into()))
}

/// Tells the user what went wrong, and the shell by the exit code.
pub(crate) fn tell(error: &Error) -> ExitCode {
    if is_reader_gone(error) {
        return ExitCode::SUCCESS;
    }
    // If stderr is gone too, nobody is left to be told.
    let _ = writeln!(io::stderr().lock(), "rollcall: {}", sentence(error));
    if error.chain().any(|cause| cause.is::<Usage>()) { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// The error and its causes, without a cause that the text before it repeats.
fn sentence(error: &Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

fn is_reader_gone(error: &Error) -> bool {
    error.chain().any(|cause| {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause.is::<ReaderGone>() || inner.is_some_and(|inner| inner.is::<ReaderGone>())
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let inner = io::Error::other("disk full");
        let error = Error::new(inner).context("writing x: disk full").context("importing");
        assert_eq!(sentence(&error), "importing: writing x: disk full");
    }

    #[test]
    fn a_reader_that_is_gone_is_found_inside_an_io_error() {
        let error = Err::<(), _>(io::Error::other(ReaderGone)).context("writing rows").unwrap_err();
        assert!(is_reader_gone(&error));
        assert!(!is_reader_gone(&Error::new(io::Error::from(io::ErrorKind::BrokenPipe))));
    }
}
