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
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path} is called as another is");
            if operation["security"].as_array().is_some_and(|needed| !needed.is_empty()) {
                for status in ["401", "403", "default"] {
                    let schema = &operation["responses"][status]["content"]["application/problem+json"]["schema"]["$ref"];
                    assert_eq!(schema, "#/components/schemas/Problem", "{method} {path} {status}");
                }
            }
        }
    }
}

/// The page's client is made of this file.
const OF_THE_PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");

#[test]
fn the_page_is_made_of_this_description() {
    let mut description = serde_json::to_value(rollcall_server::openapi()).unwrap();
    // Members of a schema that is built by hand come in any order.
    description.sort_all_objects();
    let description = format!("{description:#}\n");
    if std::env::var_os("ROLLCALL_UPDATE_OPENAPI").is_some() {
        std::fs::write(OF_THE_PAGE, &description).unwrap();
    }
    let made_of = std::fs::read_to_string(OF_THE_PAGE).unwrap_or_default();
    assert!(made_of == description, "web/openapi.json is not what the server says of itself: run `make openapi`, and mend the page");
}
