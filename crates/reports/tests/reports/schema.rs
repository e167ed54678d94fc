//! The JSON Schema of a definition, held against the parser.

use proptest::prelude::*;
use rollcall_model::range::Preset;
use rollcall_reports::field::FieldType;
use rollcall_reports::filter::Operator;
use rollcall_reports::{Definition, Kind, definition_schema};
use serde_json::{Value, json};

use crate::fixtures::cases;
use crate::generated;

/// Whether a value is what a schema says, as far as this schema's words go.
fn fits(schema: &Value, value: &Value) -> bool {
    let Value::Object(words) = schema else { return schema == &json!(true) };
    words.iter().all(|(word, said)| match word.as_str() {
        "type" => of_type(said, value),
        "enum" => said.as_array().unwrap().contains(value),
        "const" => said == value,
        "oneOf" => said.as_array().unwrap().iter().filter(|schema| fits(schema, value)).count() == 1,
        "anyOf" => said.as_array().unwrap().iter().any(|schema| fits(schema, value)),
        "required" => value.as_object().is_none_or(|members| strings(said).iter().all(|name| members.contains_key(*name))),
        "properties" => {
            let fits_member = |(name, schema): (&String, &Value)| value.get(name).is_none_or(|member| fits(schema, member));
            said.as_object().unwrap().iter().all(fits_member)
        }
        "additionalProperties" => {
            let known = words["properties"].as_object().unwrap();
            value.as_object().is_none_or(|members| members.keys().all(|name| known.contains_key(name)))
        }
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(said, item))),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= said.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= said.as_u64().unwrap()),
        "uniqueItems" => value.as_array().is_none_or(|items| items.iter().enumerate().all(|(at, item)| !items[..at].contains(item))),
        "$schema" | "title" | "description" | "format" => true,
        other => panic!("the schema says {other:?}, of which this test knows nothing"),
    })
}

fn of_type(said: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("no type {other:?}"),
    };
    match said {
        Value::Array(_) => strings(said).into_iter().any(is),
        said => is(said.as_str().unwrap()),
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_definition_that_is_read_fits_the_schema(stated in generated::definitions()) {
        let schema = definition_schema();
        prop_assert!(fits(&schema, &stated), "{}", stated);
        let written = serde_json::to_value(Definition::parse(stated).unwrap()).unwrap();
        prop_assert!(fits(&schema, &written), "{}", written);
    }
}

#[test]
fn every_kind_field_operator_and_preset_is_in_the_schema() {
    let schema = definition_schema();
    let presets = &schema["properties"]["range"]["oneOf"][0]["properties"]["preset"]["enum"];
    assert_eq!(strings(presets), Preset::ALL.iter().map(|preset| preset.as_str()).collect::<Vec<_>>());
    let kinds = schema["oneOf"].as_array().unwrap();
    assert_eq!(kinds.len(), Kind::ALL.len());
    for (kind, described) in Kind::ALL.iter().zip(kinds) {
        let members = &described["properties"];
        assert_eq!(members["report"]["enum"][0], kind.name());
        assert_eq!(strings(&members["columns"]["items"]["enum"]), kind.fields().iter().map(|field| field.name).collect::<Vec<_>>());
        let filters = members["filters"]["items"]["anyOf"].as_array().unwrap();
        for field in kind.fields() {
            let sortable = strings(&members["sort"]["items"]["properties"]["field"]["anyOf"][0]["enum"]).contains(&field.name);
            assert_eq!(sortable, field.field_type != FieldType::Map, "{}", field.name);
            let of_field = filters.iter().filter(|filter| strings(&filter["properties"]["field"]["enum"]).contains(&field.name));
            let mut described: Vec<&str> = of_field.flat_map(|filter| strings(&filter["properties"]["op"]["enum"])).collect();
            let mut known: Vec<&str> = Operator::of(field).into_iter().map(Operator::name).collect();
            described.sort_unstable();
            known.sort_unstable();
            assert_eq!(described, known, "{} of {}", field.name, kind.name());
        }
    }
}

#[test]
fn what_no_definition_looks_like_does_not_fit() {
    let schema = definition_schema();
    for wrong in [
        json!([]),
        json!({}),
        json!({"report": "logins"}),
        json!({"report": "login_logout", "colour": "red"}),
        json!({"report": "login_logout", "range": {"preset": "tomorrow"}}),
        json!({"report": "login_logout", "range": {"preset": "today", "from": "2026-05-01"}}),
        json!({"report": "login_logout", "range": 7}),
        json!({"report": "login_logout", "columns": ["agent", "mood"]}),
        json!({"report": "login_logout", "columns": ["agent", "agent"]}),
        json!({"report": "login_logout", "columns": ["application"]}),
        json!({"report": "login_logout", "sort": [{"field": "tags"}]}),
        json!({"report": "login_logout", "sort": [{"field": "agent", "dir": "sideways"}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "like", "values": ["x"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "under", "values": ["x"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "in", "values": []}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "in"}]}),
        json!({"report": "login_logout", "filters": [{"field": "agent", "op": "is_null", "values": ["x"]}]}),
        json!({"report": "login_logout", "filters": [{"field": "duration", "values": ["x", true]}]}),
        json!({"report": "login_logout", "filters": [{"field": "duration", "op": "gte", "values": [1, 2]}]}),
        json!({"report": "sign_in_log", "filters": [{"field": "outcome", "values": ["bad"]}]}),
        json!({"report": "activity_audit", "spanning": true}),
        json!({"report": "activity_audit", "group_by": [{"field": "tags"}]}),
        json!({"report": "activity_audit", "group_by": [{"field": "entity", "bucket": "day"}]}),
        json!({"report": "activity_audit", "group_by": [{"field": "event_time", "bucket": "decade"}]}),
        json!({"report": "activity_audit", "group_by": [{"field": "entity"}], "measures": ["duration_sum"]}),
    ] {
        assert!(!fits(&schema, &wrong), "{wrong}");
        assert!(Definition::parse(wrong.clone()).is_err(), "{wrong}");
    }
}
