//! Rows of CSV (RFC 4180), each with the line that it begins on.

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The line that it begins on, from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

/// Text that is no CSV: on which line, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Torn {
    pub(super) line: u64,
    pub(super) reason: &'static str,
}

/// Where in a cell the next character is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// After a quote inside a quoted cell: its end, or the first of two that stand for one.
    QuoteInQuoted,
}

/// Reads all rows. Empty lines are none.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, Torn> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rows: Vec::new(), cells: Vec::new(), cell: String::new(), place: Place::Start, line: 1, begin: 1 };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        // A carriage return that ends a line belongs to its end.
        let ends_line = character == '\r' && characters.peek() == Some(&'\n') && reader.place != Place::Quoted;
        if !ends_line {
            reader.read(character)?;
        }
    }
    reader.finish()
}

struct Reader {
    rows: Vec<Row>,
    cells: Vec<String>,
    cell: String,
    place: Place,
    line: u64,
    /// The line on which the row begins.
    begin: u64,
}

impl Reader {
    fn read(&mut self, character: char) -> Result<(), Torn> {
        match (self.place, character) {
            (Place::Quoted, '"') => self.place = Place::QuoteInQuoted,
            (Place::Quoted, character) => {
                self.line += u64::from(character == '\n');
                self.cell.push(character);
            }
            (_, ',') => self.end_cell(),
            (_, '\n') => self.end_row(),
            (Place::Start, '"') => self.place = Place::Quoted,
            (Place::QuoteInQuoted, '"') => {
                self.place = Place::Quoted;
                self.cell.push('"');
            }
            (Place::QuoteInQuoted, _) => return Err(self.torn("expected a comma or the end of the line after a closing quote")),
            (Place::Plain, '"') => return Err(self.torn("expected no quote inside a cell that does not begin with one")),
            (Place::Start | Place::Plain, character) => {
                self.place = Place::Plain;
                self.cell.push(character);
            }
        }
        Ok(())
    }

    fn torn(&self, reason: &'static str) -> Torn {
        Torn { line: self.line, reason }
    }

    fn end_cell(&mut self) {
        self.cells.push(std::mem::take(&mut self.cell));
        self.place = Place::Start;
    }

    fn end_row(&mut self) {
        let is_empty = self.cells.is_empty() && self.place == Place::Start;
        if !is_empty {
            self.end_cell();
            self.rows.push(Row { line: self.begin, cells: std::mem::take(&mut self.cells) });
        }
        self.line += 1;
        self.begin = self.line;
    }

    fn finish(mut self) -> Result<Vec<Row>, Torn> {
        if self.place == Place::Quoted {
            return Err(Torn { line: self.begin, reason: "expected a closing quote before the end; the row begins here" });
        }
        self.end_row();
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(u64, Vec<String>)> {
        rows(text).unwrap().into_iter().map(|row| (row.line, row.cells)).collect()
    }

    fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn rows_have_cells_and_the_line_on_which_they_begin() {
        let text = "\u{feff}a,b\r\n\n\"x, \"\"y\"\"\nz\",\r\n,2";
        assert_eq!(told(text), [(1, cells(["a", "b"])), (3, cells(["x, \"y\"\nz", ""])), (5, cells(["", "2"]))]);
        assert_eq!(told("\"\"\n"), [(1, cells([""]))]);
        assert_eq!(told("a\rb"), [(1, cells(["a\rb"]))]);
        assert!(told("").is_empty());
    }

    #[test]
    fn what_is_no_csv_is_told_by_its_line() {
        for (text, line) in [("a\n\"b", 2), ("a\n\"b\"c", 2), ("a\nb\"c", 2), ("\"a\n\nb", 1)] {
            assert_eq!(rows(text).unwrap_err().line, line, "{text}");
        }
    }
}
