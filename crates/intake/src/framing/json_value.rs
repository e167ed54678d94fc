//! The structure of one JSON value, checked token by token as the bytes come.
//!
//! The content of numbers and words is left to the parser; so is whether names repeat.

/// How deep objects and arrays may be nested.
pub(super) const MAX_DEPTH: u32 = 64;

/// Follows the structure of one value, over as many pieces as it takes.
#[derive(Debug, Default)]
pub(super) struct ValueScan {
    /// How far it has looked.
    pub(super) at: usize,
    depth: u32,
    /// One bit for each level, the innermost lowest: set for an object, clear for an array.
    objects: u64,
    expect: Expect,
}

/// What may come next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Expect {
    #[default]
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    /// More of a text, which is a key or a value.
    Text {
        key: bool,
    },
    /// What a backslash stands before.
    Escaped {
        key: bool,
    },
    /// More of a number or a word.
    Scalar,
}

/// How far a scan came.
pub(super) enum Scanned {
    Open,
    /// The value has so many bytes.
    Closed(usize),
    /// It is no JSON from here on.
    Broken(String),
}

impl ValueScan {
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Scanned {
        while let Some(&byte) = bytes.get(self.at) {
            let step = match self.expect {
                Expect::Text { key } => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let plain = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1f));
                    let Some(plain) = plain else {
                        self.at = bytes.len();
                        return Scanned::Open;
                    };
                    self.at += plain;
                    self.text(rest.get(plain).copied().unwrap_or_default(), key)
                }
                Expect::Escaped { key } => {
                    self.expect = Expect::Text { key };
                    if byte < 0x20 { Err("a line break inside a text") } else { Ok(()) }
                }
                Expect::Scalar if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') => Ok(()),
                Expect::Scalar => {
                    self.expect = Expect::CommaOrEnd;
                    continue;
                }
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => Ok(()),
                _ => self.token(byte),
            };
            if let Err(what) = step {
                return Scanned::Broken(format!("{what} at its byte {}", self.at));
            }
            self.at += 1;
            if self.depth == 0 {
                return Scanned::Closed(self.at);
            }
        }
        Scanned::Open
    }

    /// The end of a run of plain text.
    fn text(&mut self, byte: u8, key: bool) -> Result<(), &'static str> {
        match byte {
            b'"' => self.expect = if key { Expect::Colon } else { Expect::CommaOrEnd },
            b'\\' => self.expect = Expect::Escaped { key },
            _ => return Err("a line break or control character inside a text"),
        }
        Ok(())
    }

    /// One byte outside of texts and scalars that is no white space.
    fn token(&mut self, byte: u8) -> Result<(), &'static str> {
        let in_object = self.objects & 1 == 1;
        match (self.expect, byte) {
            (Expect::Value | Expect::ValueOrEnd, b'{') => self.open(true)?,
            (Expect::Value | Expect::ValueOrEnd, b'[') => self.open(false)?,
            (Expect::Value | Expect::ValueOrEnd, b'"') => self.expect = Expect::Text { key: false },
            (Expect::Value | Expect::ValueOrEnd, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => self.expect = Expect::Scalar,
            (Expect::Key | Expect::KeyOrEnd, b'"') => self.expect = Expect::Text { key: true },
            (Expect::Colon, b':') => self.expect = Expect::Value,
            (Expect::CommaOrEnd, b',') => self.expect = if in_object { Expect::Key } else { Expect::Value },
            (Expect::KeyOrEnd | Expect::CommaOrEnd, b'}') if in_object => self.close(),
            (Expect::ValueOrEnd | Expect::CommaOrEnd, b']') if !in_object => self.close(),
            (Expect::Value | Expect::ValueOrEnd, _) => return Err("no value"),
            (Expect::Key | Expect::KeyOrEnd, _) => return Err("no name of a member"),
            (Expect::Colon, _) => return Err("no colon after a name"),
            _ => return Err("neither a comma nor the end"),
        }
        Ok(())
    }

    fn open(&mut self, object: bool) -> Result<(), &'static str> {
        if self.depth == MAX_DEPTH {
            return Err("more than 64 levels of nesting");
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u64::from(object);
        self.expect = if object { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
        self.objects >>= 1;
        self.expect = Expect::CommaOrEnd;
    }
}
