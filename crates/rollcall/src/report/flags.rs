//! The texts of flags that stand for parts of a definition. What a definition may hold is checked where it is planned.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::failure::usage;

/// A filter as a flag states it: `FIELD=VALUE`, `FIELD:OP=VALUE`, or `FIELD:is_null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterArg {
    field: String,
    op: String,
    value: Option<String>,
}

/// Operators that compare with one value: two flags are two conditions.
const WITH_ONE_VALUE: &[&str] = &["gte", "lte"];

/// Reads a filter.
pub(crate) fn filter(text: &str) -> Result<FilterArg, String> {
    let wrong = || format!("expected FIELD=VALUE, FIELD:OP=VALUE or FIELD:is_null; got {text:?}");
    let (subject, value) = match text.split_once('=') {
        Some((subject, value)) => (subject, Some(value.to_owned())),
        None => (text, None),
    };
    let (field, op) = subject.trim().split_once(':').unwrap_or((subject.trim(), "in"));
    if field.is_empty() || op.is_empty() || (value.is_none() && op != "is_null") || (value.is_some() && op == "is_null") {
        return Err(wrong());
    }
    Ok(FilterArg { field: field.to_owned(), op: op.to_owned(), value })
}

/// Conditions that must all hold. Values for the same field and operator are alternatives.
pub(crate) fn filters(args: &[FilterArg]) -> Vec<Value> {
    let mut filters: Vec<(&FilterArg, Vec<&str>)> = Vec::new();
    for arg in args {
        let alternatives = !WITH_ONE_VALUE.contains(&arg.op.as_str());
        let value = arg.value.as_deref();
        match filters.iter_mut().find(|(first, _)| alternatives && first.field == arg.field && first.op == arg.op) {
            Some((_, values)) => values.extend(value),
            None => filters.push((arg, value.into_iter().collect())),
        }
    }
    filters.iter().map(|(arg, values)| json!({"field": arg.field, "op": arg.op, "values": values})).collect()
}

/// The range of a definition: a preset, bounds, or none, which is the kind's own.
pub(crate) fn range(preset: Option<&str>, from: Option<&str>, to: Option<&str>) -> Option<Value> {
    if let Some(preset) = preset {
        return Some(json!({"preset": preset.replace('-', "_")}));
    }
    let bounds = [("from", from), ("to", to)].into_iter().filter_map(|(name, bound)| Some((name.to_owned(), bound?.into())));
    let bounds: Map<String, Value> = bounds.collect();
    (!bounds.is_empty()).then_some(Value::Object(bounds))
}

/// A sort key: `FIELD`, `FIELD:asc` or `FIELD:desc`.
pub(crate) fn sort_key(flag: &str, text: &str) -> Result<Value> {
    match text.split_once(':').unwrap_or((text, "asc")) {
        (field, dir @ ("asc" | "desc")) if !field.is_empty() => Ok(json!({"field": field, "dir": dir})),
        _ => Err(usage(format!("{flag}: expected FIELD, FIELD:asc or FIELD:desc; got {text:?}"))),
    }
}

/// By what rows are grouped: `FIELD`, or `FIELD:BUCKET` for a time.
pub(crate) fn group_key(text: &str) -> Result<Value> {
    match text.trim().split_once(':') {
        None if !text.trim().is_empty() => Ok(json!({"field": text.trim()})),
        Some((field, bucket)) if !field.is_empty() && !bucket.is_empty() => Ok(json!({"field": field, "bucket": bucket.replace('-', "_")})),
        _ => Err(usage(format!("--group-by: expected FIELD or FIELD:BUCKET; got {text:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_a_field_an_operator_and_a_literal_value() {
        let told = |texts: &[&str]| Value::from(filters(&texts.iter().map(|text| filter(text).unwrap()).collect::<Vec<_>>()));
        assert_eq!(
            told(&["agent=Lind, Mara=x", "hierarchy:under=EMEA / Stockholm", "failure_code:is_null"]),
            json!([
                {"field": "agent", "op": "in", "values": ["Lind, Mara=x"]},
                {"field": "hierarchy", "op": "under", "values": ["EMEA / Stockholm"]},
                {"field": "failure_code", "op": "is_null", "values": []},
            ])
        );
        assert_eq!(
            told(&["routing_profile=Billing", "duration:gte=60", "routing_profile=Tech", "duration:gte=90"]),
            json!([
                {"field": "routing_profile", "op": "in", "values": ["Billing", "Tech"]},
                {"field": "duration", "op": "gte", "values": ["60"]},
                {"field": "duration", "op": "gte", "values": ["90"]},
            ])
        );
        assert_eq!(told(&["account="]), json!([{"field": "account", "op": "in", "values": [""]}]));
        for wrong in ["agent", "=x", ":in=x", "agent:=x", "agent:is_null=x", "agent:contains"] {
            assert!(filter(wrong).unwrap_err().contains("FIELD:OP=VALUE"), "{wrong}");
        }
    }

    #[test]
    fn a_range_is_a_preset_or_bounds_or_left_to_the_kind() {
        assert_eq!(range(Some("last-7-days"), None, None), Some(json!({"preset": "last_7_days"})));
        assert_eq!(range(None, Some("2026-05-01"), None), Some(json!({"from": "2026-05-01"})));
        assert_eq!(range(None, None, None), None);
    }

    #[test]
    fn a_sort_key_has_a_direction() {
        assert_eq!(sort_key("--sort", "login_time:desc").unwrap(), json!({"field": "login_time", "dir": "desc"}));
        assert_eq!(sort_key("--sort", "agent").unwrap(), json!({"field": "agent", "dir": "asc"}));
        assert!(sort_key("--sort", "agent:up").unwrap_err().to_string().contains("--sort: expected FIELD, FIELD:asc or FIELD:desc"));
    }

    #[test]
    fn a_time_is_grouped_by_buckets() {
        assert_eq!(group_key("agent").unwrap(), json!({"field": "agent"}));
        assert_eq!(group_key(" login_time:quarter-hour").unwrap(), json!({"field": "login_time", "bucket": "quarter_hour"}));
        for wrong in ["", " ", ":day", "login_time:"] {
            assert!(group_key(wrong).unwrap_err().to_string().contains("FIELD:BUCKET"), "{wrong}");
        }
    }
}
