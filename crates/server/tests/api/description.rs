//! The description of the API in OpenAPI.

use serde_json::Value;

/// Every reference in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
        _ => {}
    }
}

#[test]
fn it_is_complete_in_itself() {
    let description = serde_json::to_value(rollcall_server::openapi()).unwrap();
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(found.len() > 30, "{found:?}");
    for reference in found {
        let target = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} lies elsewhere"));
        assert!(description.pointer(target).is_some(), "{reference} is not there");
    }
}

#[test]
fn every_operation_says_what_it_does_and_how_it_fails() {
    let description = serde_json::to_value(rollcall_server::openapi()).unwrap();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{method} {path}");
            if operation["security"].as_array().is_some_and(|needed| !needed.is_empty()) {
                for status in ["401", "403", "default"] {
                    let schema = &operation["responses"][status]["content"]["application/problem+json"]["schema"]["$ref"];
                    assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
                }
            }
        }
    }
}
