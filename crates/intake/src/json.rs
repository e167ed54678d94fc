//! Reading JSON leniently or strictly, saying what was wrong with it, and writing small objects.

use std::borrow::Cow;
use std::fmt;

use rollcall_model::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::error::Category;

use crate::mapping::Rejection;

/// What is wrong with a JSON text, in words. `field` is the member that was being read, if that is known;
/// otherwise the place in the record is told.
pub(crate) fn rejection(error: &serde_json::Error, field: Option<String>) -> Rejection {
    let text = error.to_string();
    if error.classify() != Category::Data {
        return Rejection::new(format!("expected JSON, got a text that breaks off or goes wrong: {text}"));
    }
    let (said, place) = text.rfind(" at line ").and_then(|at| text.split_at_checked(at)).unwrap_or((&text, ""));
    let place = if field.is_some() { "" } else { place };
    let mismatch = said.strip_prefix("invalid type: ").or(said.strip_prefix("invalid value: "));
    let reason = match mismatch.and_then(|said| said.split_once(", expected ")) {
        Some((got, expected)) => format!("expected {expected}, got {got}{place}"),
        None => format!("{said}{place}"),
    };
    Rejection { field, reason }
}

/// A text that may be borrowed from the record.
pub(crate) struct Borrowed<'a>(pub(crate) Cow<'a, str>);

impl<'de> Deserialize<'de> for Borrowed<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Borrowed<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Borrowed(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Borrowed(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Texts)
    }
}

/// Text or null, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct StrictText(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for StrictText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl Visitor<'_> for Texts {
            type Value = StrictText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_str<E>(self, text: &str) -> Result<StrictText, E> {
                Ok(StrictText(Some(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<StrictText, E> {
                Ok(StrictText(Some(text)))
            }
            fn visit_unit<E>(self) -> Result<StrictText, E> {
                Ok(StrictText(None))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// Text in whatever way another system writes it: a number or a truth value is its text; null, an object or
/// an array is none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct LenientText(pub(crate) Option<String>);

impl<'de> Deserialize<'de> for LenientText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = LenientText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_str<E>(self, text: &str) -> Result<LenientText, E> {
                Ok(LenientText(Some(text.to_owned())))
            }
            fn visit_bool<E>(self, truth: bool) -> Result<LenientText, E> {
                Ok(LenientText(Some(truth.to_string())))
            }
            fn visit_i64<E>(self, number: i64) -> Result<LenientText, E> {
                Ok(LenientText(Some(number.to_string())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<LenientText, E> {
                Ok(LenientText(Some(number.to_string())))
            }
            fn visit_f64<E>(self, number: f64) -> Result<LenientText, E> {
                Ok(LenientText(Some(number.to_string())))
            }
            fn visit_unit<E>(self) -> Result<LenientText, E> {
                Ok(LenientText(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<LenientText, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(LenientText(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<LenientText, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(LenientText(None))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// A moment: RFC 3339 text or integer milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Moments;
        impl Visitor<'_> for Moments {
            type Value = Moment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time or integer milliseconds")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Moment, E> {
                text.parse().map(Moment).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, millis: i64) -> Result<Moment, E> {
                let moment = Timestamp::from_millis(millis).map(Moment);
                moment.ok_or_else(|| E::custom(rollcall_model::time::InvalidTimestamp(millis.to_string())))
            }
            fn visit_u64<E: Error>(self, millis: u64) -> Result<Moment, E> {
                self.visit_i64(i64::try_from(millis).unwrap_or(i64::MAX))
            }
        }
        deserializer.deserialize_any(Moments)
    }
}

/// A whole number of 32 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeNumber(pub(crate) i32);

impl<'de> Deserialize<'de> for WholeNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl Visitor<'_> for Numbers {
            type Value = WholeNumber;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number of at most 32 bits")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<WholeNumber, E> {
                i32::try_from(number).map(WholeNumber).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<WholeNumber, E> {
                i32::try_from(number).map(WholeNumber).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
            }
        }
        deserializer.deserialize_any(Numbers)
    }
}

/// Writes a JSON object, member by member.
pub(crate) struct ObjectWriter(String);

impl ObjectWriter {
    /// An empty object that has room for `capacity` bytes.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        let mut json = String::with_capacity(capacity + 2);
        json.push('{');
        ObjectWriter(json)
    }

    /// Continues an object that has members already; `None` if `json` is no object.
    pub(crate) fn extending(json: &str) -> Option<Self> {
        let members = json.trim().strip_prefix('{')?.strip_suffix('}')?.trim_end();
        Some(ObjectWriter(format!("{{{members}")))
    }

    /// Adds a member that is a text.
    pub(crate) fn text(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        self.quoted(text);
        self
    }

    /// Adds a member that is a text, if it is not missing.
    pub(crate) fn optional(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Adds a member whose value is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    /// The object as text.
    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.trim_end() != "{" {
            self.0.push(',');
        }
        self.quoted(name);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        // A text always has a JSON form, so the fallback is never taken.
        self.0.push_str(&serde_json::to_string(text).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_and_extended() {
        let written = ObjectWriter::with_capacity(0).text("a", "x\"y").optional("b", None).raw("c", "[1]").finish();
        assert_eq!(written, r#"{"a":"x\"y","c":[1]}"#);
        assert_eq!(ObjectWriter::extending(" {\"a\":1 } ").unwrap().text("b", "2").finish(), r#"{"a":1,"b":"2"}"#);
        assert_eq!(ObjectWriter::extending("{ }").unwrap().raw("b", "2").finish(), r#"{ "b":2}"#.replace("{ ", "{"));
        assert!(ObjectWriter::extending("[1]").is_none());
    }

    #[test]
    fn errors_say_what_was_expected_and_what_came() {
        let error = serde_json::from_str::<StrictText>("5").unwrap_err();
        assert_eq!(rejection(&error, Some("account".into())).to_string(), "account: expected text, got integer `5`");
        assert_eq!(rejection(&error, None).to_string(), "expected text, got integer `5` at line 1 column 1");
        let error = serde_json::from_str::<StrictText>("\"x").unwrap_err();
        assert!(rejection(&error, Some("account".into())).to_string().starts_with("expected JSON, got a text that breaks off"));
    }
}
