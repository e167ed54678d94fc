//! The lines that Keycloak's `jboss-logging` event listener writes into the server's log.
//!
//! A line is `<time> <level> [org.keycloak.events] (<thread>) type="LOGIN", realmId="…", …`; an admin event
//! begins with `operationType=`. Values are quoted in new versions (a quote inside is written `\"`), bare in
//! old ones, where a value with a space stands in `'`. The literal `null` is null.

use std::borrow::Cow;

use memchr::memmem;

use crate::stamp::{self, Stamp};

/// How the lines of user events and of admin events begin.
const BEGINNINGS: [&str; 2] = ["type=", "operationType="];
/// The pair that every such line has.
const REALM: &str = ", realmId=";

/// What a line of the server's log is.
pub(super) enum Line<'a> {
    /// It says an event: what stands before it, and its key-value pairs.
    Event { prefix: &'a str, pairs: Pairs<'a> },
    /// It is something else.
    Other,
}

/// Finds the event in a line, if its pairs begin with `beginning`.
pub(super) fn line<'a>(text: &'a str, beginning: &str) -> Line<'a> {
    let Some(realm) = text.rfind(REALM) else { return Line::Other };
    for at in memmem::find_iter(text.as_bytes(), beginning.as_bytes()).take_while(|at| *at < realm) {
        let Some((prefix, body)) = text.split_at_checked(at) else { continue };
        if prefix.chars().next_back().is_none_or(char::is_whitespace) {
            return Line::Event { prefix, pairs: Pairs(Some(body)) };
        }
    }
    Line::Other
}

/// The time that a line bears.
pub(super) fn stamp_of(text: &str) -> Option<Stamp> {
    for beginning in BEGINNINGS {
        if let Line::Event { prefix, .. } = line(text, beginning) {
            return stamp::within(prefix);
        }
    }
    stamp::leading(text)
}

/// A line without the colours that a console gives it: escape, bracket, numbers, letter.
pub(super) fn without_colours(text: &str) -> Cow<'_, str> {
    let Some((mut plain, coloured)) = text.split_once('\u{1b}').map(|(before, rest)| (before.to_owned(), rest)) else {
        return Cow::Borrowed(text);
    };
    for piece in coloured.split('\u{1b}') {
        let code = piece.find(|c: char| c.is_ascii_alphabetic()).filter(|_| piece.starts_with('['));
        plain.push_str(code.and_then(|at| piece.get(at + 1..)).unwrap_or(piece));
    }
    Cow::Owned(plain)
}

/// The key-value pairs of a line.
pub(super) struct Pairs<'a>(Option<&'a str>);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, Option<Cow<'a, str>>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, rest) = self.0.take()?.split_once('=')?;
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (value, after) = match quote.and_then(|quote| quoted(rest, quote)) {
            Some((value, after)) => (value, after),
            None => bare(rest),
        };
        self.0 = after.strip_prefix(", ").filter(|after| !after.is_empty());
        Some((key.trim(), Some(value).filter(|value| value != "null")))
    }
}

/// A value in quotes: it ends at a quote that no backslash stands before and that ends the line or the pair.
fn quoted(text: &str, quote: char) -> Option<(Cow<'_, str>, &str)> {
    let inner = text.strip_prefix(quote)?;
    let mut escaped = false;
    for (at, _) in inner.match_indices(quote) {
        let (value, after) = (inner.get(..at)?, inner.get(at + 1..)?);
        if value.ends_with('\\') {
            escaped = true;
        } else if after.is_empty() || after.starts_with(", ") {
            let value = if escaped { Cow::Owned(value.replace(&format!("\\{quote}"), &quote.to_string())) } else { Cow::Borrowed(value) };
            return Some((value, after));
        }
    }
    None
}

/// A value without quotes: it ends before a comma that another pair follows.
fn bare(text: &str) -> (Cow<'_, str>, &str) {
    for (at, _) in text.match_indices(", ") {
        let (Some(value), Some(after)) = (text.get(..at), text.get(at..)) else { continue };
        let next = after.strip_prefix(", ").and_then(|next| next.split_once('=')).map(|(key, _)| key);
        if next.is_some_and(is_key) {
            return (Cow::Borrowed(value), after);
        }
    }
    (Cow::Borrowed(text), "")
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, Option<String>)> {
        let Line::Event { pairs, .. } = line(text, "type=") else { panic!("no event in {text:?}") };
        pairs.map(|(key, value)| (key.to_owned(), value.map(Cow::into_owned))).collect()
    }

    fn expect(text: &str, expected: &[(&str, Option<&str>)]) {
        let expected: Vec<_> = expected.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect();
        assert_eq!(pairs(text), expected);
    }

    #[test]
    fn values_in_quotes_of_either_sort_and_without() {
        expect(
            r#"INFO (t) type="LOGIN", realmId="r", userId="null", username="a \"b\", c=d", x="""#,
            &[("type", Some("LOGIN")), ("realmId", Some("r")), ("userId", None), ("username", Some("a \"b\", c=d")), ("x", Some(""))],
        );
        expect(
            "type=LOGIN_ERROR, realmId=r, userId=null, reason='it's, well', list=a, b, username=x=y",
            &[
                ("type", Some("LOGIN_ERROR")),
                ("realmId", Some("r")),
                ("userId", None),
                ("reason", Some("it's, well")),
                ("list", Some("a, b")),
                ("username", Some("x=y")),
            ],
        );
    }

    #[test]
    fn colours_of_a_console_are_no_part_of_a_line() {
        let line = "\u{1b}[0m\u{1b}[33m21:01:45,403 WARN (t) type=LOGIN, realmId=r, username=mara\u{1b}[0m";
        assert_eq!(without_colours(line), "21:01:45,403 WARN (t) type=LOGIN, realmId=r, username=mara");
        assert!(matches!(without_colours("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn a_line_that_only_mentions_a_type_is_no_event() {
        assert!(matches!(line("INFO grant_type=password, realmId=r", "type="), Line::Other));
        assert!(matches!(line("INFO type=x", "type="), Line::Other));
        assert!(matches!(line("operationType=CREATE, realmId=r", "type="), Line::Other));
    }
}
