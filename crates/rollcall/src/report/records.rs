//! Finding the ends of records in a stream of NDJSON or CSV, so that they can be counted and cut off.

/// How records end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// At each line end.
    Lines,
    /// At each line end that is not inside quotes (RFC 4180).
    Csv,
}

impl Shape {
    /// The media type whose records have it.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Shape::Lines => "application/x-ndjson",
            Shape::Csv => "text/csv",
        }
    }
}

/// Counts the records that pass, and cuts them off after the last that is wanted.
#[derive(Debug)]
pub(crate) struct Records {
    shape: Shape,
    in_quotes: bool,
    seen: u64,
    most: u64,
}

impl Records {
    /// At most `most` records.
    pub(crate) fn new(shape: Shape, most: Option<u64>) -> Self {
        Records { shape, in_quotes: false, seen: 0, most: most.unwrap_or(u64::MAX) }
    }

    /// How many records have ended.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Whether no more are wanted.
    pub(crate) fn is_full(&self) -> bool {
        self.seen >= self.most
    }

    /// How many of these bytes, which go on where the ones before ended, belong to wanted records.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> usize {
        if self.is_full() {
            return 0;
        }
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'"' if self.shape == Shape::Csv => self.in_quotes = !self.in_quotes,
                b'\n' if !self.in_quotes => {
                    self.seen += 1;
                    if self.is_full() {
                        return at + 1;
                    }
                }
                _ => {}
            }
        }
        bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_inside_quotes_ends_no_record() {
        let csv = b"a,b\r\n\"x\ny \"\"z\"\"\n\",1\r\n2,3\r\n";
        for cut in 0..csv.len() {
            let (first, second) = csv.split_at(cut);
            let mut records = Records::new(Shape::Csv, Some(2));
            let taken = records.take(first) + records.take(second);
            assert_eq!((&csv[..taken], records.seen(), records.is_full()), (&csv[..csv.len() - 5], 2, true));
        }
    }

    #[test]
    fn lines_are_counted_to_the_end_if_all_are_wanted() {
        let mut records = Records::new(Shape::Lines, None);
        assert_eq!((records.take(b"{\"a\":\"\\\""), records.take(b"\"}\n{}\n")), (8, 6));
        assert_eq!((records.seen(), records.is_full()), (2, false));
        assert_eq!(Records::new(Shape::Lines, Some(0)).take(b"{}\n"), 0);
    }
}
