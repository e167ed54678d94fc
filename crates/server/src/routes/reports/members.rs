//! The members of a request: some ask the question, the rest are the definition.

use rollcall_delivery::file::{Format, Style};
use rollcall_reports::engine::MAX_PAGE_ROWS;
use rollcall_reports::{InvalidDefinition, Kind, Paging};
use serde_json::{Map, Value};

/// The members of a request.
pub(crate) type Members = Map<String, Value>;

/// How a file is told, whatever its format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Told {
    /// Texts are left as they are, whatever a spreadsheet makes of them (CSV).
    raw: bool,
    /// It begins with a byte order mark (CSV).
    bom: bool,
}

impl Told {
    /// The style of a file of this format.
    pub(super) fn style(self, format: Format) -> Style {
        Style { format, raw: self.raw, bom: self.bom }
    }
}

/// Takes a member out; `null` is the same as none.
pub(super) fn take(members: &mut Members, name: &str) -> Option<Value> {
    members.remove(name).filter(|value| !value.is_null())
}

/// Takes a whole number out.
pub(super) fn take_number(members: &mut Members, name: &str, expected: &str) -> Result<Option<usize>, InvalidDefinition> {
    let Some(stated) = take(members, name) else { return Ok(None) };
    let number = stated.as_u64().and_then(|number| usize::try_from(number).ok());
    number.map(Some).ok_or_else(|| InvalidDefinition::new(name, format!("expected {expected}; got {stated}")))
}

/// Takes out which page is asked for.
pub(super) fn take_paging(members: &mut Members) -> Result<Paging, InvalidDefinition> {
    let limit = take_number(members, "limit", &format!("a whole number from 0 to {MAX_PAGE_ROWS}"))?;
    let cursor = match take(members, "cursor") {
        None => None,
        Some(Value::String(cursor)) => Some(cursor),
        Some(got) => return Err(InvalidDefinition::new("cursor", format!("expected the next_cursor of an earlier answer; got {got}"))),
    };
    Ok(Paging { limit, cursor })
}

/// Takes out how many rows are passed over before the page.
pub(super) fn take_offset(members: &mut Members) -> Result<Option<usize>, InvalidDefinition> {
    take_number(members, "offset", "a whole number, 0 or more")
}

/// Takes out how a file is told.
pub(super) fn take_told(members: &mut Members) -> Result<Told, InvalidDefinition> {
    Ok(Told { raw: take_flag(members, "raw")?, bom: take_flag(members, "bom")? })
}

fn take_flag(members: &mut Members, name: &str) -> Result<bool, InvalidDefinition> {
    match take(members, name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(got) => Err(InvalidDefinition::new(name, format!("expected true or false; got {got}"))),
    }
}

/// The definition of the kind in the address. It may name its kind too, so that one value works everywhere; but not
/// another one.
pub(super) fn with_kind(kind: Kind, mut members: Members) -> Result<Value, InvalidDefinition> {
    let named = members.get("report").and_then(Value::as_str).map(Kind::parse).transpose()?;
    if let Some(named) = named.filter(|named| *named != kind) {
        let reason = format!("the address asks for {}, the definition for {}", kind.name(), named.name());
        return Err(InvalidDefinition::new("report", reason));
    }
    if members.get("report").is_none_or(Value::is_null) {
        members.insert("report".to_owned(), Value::from(kind.name()));
    }
    Ok(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use rollcall_reports::Definition;
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Members {
        let Value::Object(members) = value else { panic!("no object") };
        members
    }

    #[test]
    fn the_kind_stands_in_the_address_and_may_be_repeated() {
        let read = |body: Value| {
            let definition = Definition::parse(with_kind(Kind::LoginLogout, members(body))?)?;
            Ok::<_, InvalidDefinition>(definition.report)
        };
        assert_eq!(read(json!({})).unwrap(), Kind::LoginLogout);
        assert_eq!(read(json!({"report": null})).unwrap(), Kind::LoginLogout);
        assert_eq!(read(json!({"report": "login-logout"})).unwrap(), Kind::LoginLogout);
        assert_eq!(read(json!({"report": "sign_in_log"})).unwrap_err().field, "report");
    }

    #[test]
    fn a_page_is_taken_out_of_what_is_asked() {
        let mut asked = members(json!({"limit": 5, "cursor": "x", "columns": []}));
        let paging = take_paging(&mut asked).unwrap();
        assert_eq!((paging.limit, paging.cursor.as_deref()), (Some(5), Some("x")));
        assert_eq!(asked, members(json!({"columns": []})));
        let told = take_told(&mut members(json!({"raw": true, "bom": null}))).unwrap();
        assert_eq!(told.style(Format::Csv), Style { format: Format::Csv, raw: true, bom: false });
        assert_eq!(take_told(&mut members(json!({"bom": "yes"}))).unwrap_err().field, "bom");
        let wrong = |value: Value| take_paging(&mut members(value)).unwrap_err().field;
        assert_eq!([wrong(json!({"limit": -1})), wrong(json!({"limit": "5"})), wrong(json!({"cursor": 7}))], ["limit", "limit", "cursor"]);
    }
}
