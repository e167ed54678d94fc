//! Texts and numbers as bytes of CSV and JSON, written where they go.

use serde::Serialize;

use crate::error::{Error, Result};

/// Whether a spreadsheet would run a text as a formula (OWASP, CSV injection).
pub(super) fn is_formula(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

/// Writes a text as a cell of CSV (RFC 4180): in quotes if it needs them.
pub(super) fn csv_text(text: &[u8], out: &mut Vec<u8>) {
    quoted(b"", text, out);
}

/// The same; what a spreadsheet would run as a formula begins with a `'`.
pub(super) fn harmless_csv_text(text: &[u8], out: &mut Vec<u8>) {
    quoted(if is_formula(text) { b"'" } else { b"" }, text, out);
}

fn quoted(before: &[u8], text: &[u8], out: &mut Vec<u8>) {
    // Without a branch for each byte, so that many are looked at at once.
    let needs_quotes = text.iter().fold(false, |needs, &byte| needs | matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if !needs_quotes {
        out.extend_from_slice(before);
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(before);
    for part in text.split_inclusive(|&byte| byte == b'"') {
        out.extend_from_slice(part);
        if part.last() == Some(&b'"') {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

/// Writes a text as JSON.
pub(super) fn json_text(text: &str, out: &mut Vec<u8>) -> Result<()> {
    let needs_escapes = text.bytes().fold(false, |needs, byte| needs | matches!(byte, b'"' | b'\\' | 0..=0x1f));
    if needs_escapes {
        return json(text, out);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// Writes anything as JSON.
pub(super) fn json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Error::Query(e.to_string()))
}

/// Writes a whole number.
pub(super) fn integer(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    whole(number.unsigned_abs(), 1, out);
}

/// Writes a number with at least so many digits.
fn whole(mut number: u64, least: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        if number == 0 && used >= least {
            break;
        }
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        used += 1;
    }
    out.extend(digits.iter().skip(digits.len() - used));
}

/// Writes a number of seconds as [`number`] tells it.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::float_cmp)]
pub(super) fn seconds(seconds: f64, out: &mut Vec<u8>) -> Result<()> {
    let whole_seconds = seconds as i64;
    if (whole_seconds as f64).to_bits() == seconds.to_bits() {
        integer(whole_seconds, out);
        return Ok(());
    }
    // Seconds are most often whole microseconds. Up to fifteen digits no shorter number stands for the same; very small
    // ones are told with an exponent.
    let micros = (seconds * 1e6).round();
    if micros / 1e6 != seconds || !(1e3..1e15).contains(&micros.abs()) {
        return json(&number(seconds), out);
    }
    let micros = micros as i64;
    if micros < 0 {
        out.push(b'-');
    }
    let micros = micros.unsigned_abs();
    whole(micros / 1_000_000, 1, out);
    out.push(b'.');
    whole(micros % 1_000_000, 6, out);
    while out.last() == Some(&b'0') {
        out.pop();
    }
    Ok(())
}

/// A number of seconds without a needless `.0`.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
pub(crate) fn number(seconds: f64) -> serde_json::Number {
    let whole = seconds as i64;
    if (whole as f64).to_bits() == seconds.to_bits() {
        return whole.into();
    }
    serde_json::Number::from_f64(seconds).unwrap_or_else(|| 0.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn cells_are_those_of_the_csv_library(cells in prop::collection::vec("[a-c,\"\r\n =+@é-]{0,6}", 2..5)) {
            let mut expected = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            expected.write_record(&cells).unwrap();
            let expected = String::from_utf8(expected.into_inner().unwrap()).unwrap();
            let line = cells.iter().map(|cell| told(|out| csv_text(cell.as_bytes(), out))).collect::<Vec<_>>().join(",");
            prop_assert_eq!(format!("{line}\r\n"), expected);
        }

        #[test]
        fn json_is_that_of_the_json_library(text in any::<String>(), number in any::<i64>()) {
            prop_assert_eq!(told(|out| json_text(&text, out).unwrap()), serde_json::to_string(&text).unwrap());
            prop_assert_eq!(told(|out| integer(number, out)), number.to_string());
        }

        #[test]
        fn seconds_are_the_shortest_number_that_stands_for_them(
            micros in prop_oneof![-10_000_i64..10_000, any::<i32>().prop_map(i64::from), -4_000_000_000_000_000..4_000_000_000_000_000_i64],
            other in any::<f64>(),
        ) {
            #[allow(clippy::cast_precision_loss)]
            for value in [micros as f64 / 1e6, other] {
                prop_assert_eq!(told(|out| seconds(value, out).unwrap()), number(value).to_string());
            }
        }
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_made_harmless() {
        for (text, cell) in [("=1+1", "'=1+1"), ("-5", "'-5"), ("@x,y", "\"'@x,y\""), ("\tx", "'\tx"), ("a=b", "a=b"), ("", "")] {
            assert_eq!(told(|out| harmless_csv_text(text.as_bytes(), out)), cell);
        }
        assert_eq!(told(|out| csv_text(b"=1+1", out)), "=1+1");
    }
}
