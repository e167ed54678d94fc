//! Standard output: buffered, and a reader that has gone away is told apart from a failure.

use std::io::{self, BufWriter, StdoutLock, Write};

use crate::failure::ReaderGone;

/// Standard output, locked and buffered. Call [`Stdout::finish`]: what is only dropped may be lost.
pub(crate) struct Stdout(BufWriter<StdoutLock<'static>>);

impl Stdout {
    /// Takes standard output.
    pub(crate) fn lock() -> Self {
        Stdout(BufWriter::with_capacity(64 * 1024, io::stdout().lock()))
    }

    /// Writes what is buffered.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        self.flush()?;
        Ok(())
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(closed)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(closed)
    }
}

/// Prints a text and ends its line.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    writeln!(out, "{text}")?;
    out.finish()
}

fn closed(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::BrokenPipe { io::Error::other(ReaderGone) } else { error }
}
