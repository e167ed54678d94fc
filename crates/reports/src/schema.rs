//! The JSON Schema of a definition, made from what the parser knows.
//!
//! It refers to nothing outside itself, so it can be put into another document. It says what a definition looks
//! like; that a zone exists, that a bound is a time and that a range is not empty is for the parser to say.

use rollcall_model::range::Preset;
use serde_json::{Map, Value, json};

use crate::bucket::BucketSize;
use crate::definition::{Clock, MAX_COLUMNS, MAX_FILTERS};
use crate::field::{Field, FieldType};
use crate::filter::{MAX_VALUES, Operator};
use crate::group::{self, Measure};
use crate::kind::Kind;
use crate::kinds::Rows;
use crate::sort::MAX_KEYS;

/// The JSON Schema (2020-12) of a report definition.
pub fn definition_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report definition",
        "description": "What is asked: a kind of report with its range, zone, filters, columns and order.",
        "type": "object",
        "required": ["report"],
        "additionalProperties": false,
        "properties": {
            "report": {"description": "The kind of report.", "type": "string"},
            "range": range(),
            "time_zone": {"description": "Name of the zone in which days begin, of the IANA database; UTC if left out.", "type": "string"},
            "filters": {"description": "All of them must hold.", "type": "array", "maxItems": MAX_FILTERS},
            "spanning": {"description": "Of sessions: also those that cover the whole range.", "type": "boolean"},
            "as_of_seq": {"description": "Only what was known when the event of this seq had not come yet.", "type": "integer"},
            "clock": {
                "description": "In which zone times are shown: the report's, UTC, or each agent's own.",
                "enum": Clock::ALL.iter().map(|clock| clock.name()).collect::<Vec<_>>(),
            },
            "columns": {
                "description": "Columns that are shown, in their order.",
                "type": "array", "maxItems": MAX_COLUMNS, "uniqueItems": true,
            },
            // The unique field, which makes the order a total one, may stand after as many keys as are allowed.
            "sort": {"description": "The order; missing values come last. Of groups too, unless `group_sort` says it.", "type": "array", "maxItems": 2 * MAX_KEYS + 1},
            "group_by": {
                "description": "By what rows are grouped, the outermost first: fields, and times by buckets of the report's zone.",
                "type": "array", "maxItems": group::MAX_KEYS, "uniqueItems": true,
            },
            "measures": {"description": "What is told of a group; always with the count.", "type": "array", "uniqueItems": true},
            "group_sort": {"description": "The order of groups, by their keys and measures.", "type": "array"},
        },
        "oneOf": Kind::ALL.iter().map(|kind| of_kind(*kind)).collect::<Vec<_>>(),
    })
}

fn range() -> Value {
    json!({
        "description": "A preset, or bounds: civil times in the report's zone or RFC 3339. A date alone as `to` includes that day.",
        "oneOf": [
            {
                "type": "object", "required": ["preset"], "additionalProperties": false,
                "properties": {"preset": {"enum": Preset::ALL.iter().map(|preset| preset.as_str()).collect::<Vec<_>>()}},
            },
            {
                "type": "object", "additionalProperties": false,
                "properties": {"from": {"type": "string"}, "to": {"type": "string"}},
            },
        ],
    })
}

/// What is special about the definitions of a kind.
fn of_kind(kind: Kind) -> Value {
    let names = |fields: &mut dyn Iterator<Item = &Field>| fields.map(|field| field.name).collect::<Vec<_>>();
    let sortable = names(&mut kind.fields().iter().filter(|field| field.field_type != FieldType::Map));
    let times = names(&mut kind.fields().iter().filter(|field| field.field_type == FieldType::Timestamp));
    let measures: Vec<&str> = Measure::of(kind).map(Measure::name).collect();
    // A bucket's key is named after both.
    let buckets = times.iter().flat_map(|time| BucketSize::names().map(move |size| format!("{time}_{size}")));
    let of_groups: Vec<String> = measures.iter().chain(&sortable).map(|name| (*name).to_owned()).chain(buckets).collect();
    let of_groups = json!({"enum": of_groups});
    let spanning = match kind.description().rows {
        Rows::Sessions => json!({"type": "boolean"}),
        Rows::Events(_) => json!({"const": false}),
    };
    json!({
        "title": kind.title(),
        "properties": {
            "report": {"enum": [kind.name(), kind.name().replace('_', "-")]},
            "filters": {"items": {"anyOf": filters(kind)}},
            "spanning": spanning,
            "columns": {"items": {"enum": names(&mut kind.fields().iter())}},
            "sort": {"items": sort_key(&json!({"anyOf": [{"enum": sortable}, of_groups]}))},
            "group_by": {"items": {"anyOf": [
                group_key(&sortable, None),
                group_key(&times, Some(json!({"enum": BucketSize::names().collect::<Vec<_>>()}))),
            ]}},
            "measures": {"items": {"enum": measures}},
            "group_sort": {"items": sort_key(&of_groups)},
        },
    })
}

fn sort_key(field: &Value) -> Value {
    json!({
        "type": "object", "required": ["field"], "additionalProperties": false,
        "properties": {"field": field, "dir": {"enum": ["asc", "desc"]}},
    })
}

fn group_key(fields: &[&str], bucket: Option<Value>) -> Value {
    let field = ("field".to_owned(), json!({"enum": fields}));
    let empty = fields.iter().any(|field| group::has_empty(field)).then(|| ("empty".to_owned(), json!({"type": "boolean"})));
    let members: Map<String, Value> = [field].into_iter().chain(empty).chain(bucket.map(|bucket| ("bucket".to_owned(), bucket))).collect();
    json!({"type": "object", "required": ["field"], "additionalProperties": false, "properties": members})
}

/// Filters of the same shape: the fields and operators whose values look alike.
struct Shape {
    operators: Vec<&'static str>,
    values: Value,
    fields: Vec<&'static str>,
}

fn filters(kind: Kind) -> Vec<Value> {
    let mut shapes: Vec<Shape> = Vec::new();
    for field in kind.fields() {
        let mut of_field: Vec<Shape> = Vec::new();
        for operator in Operator::of(field) {
            let values = values(field, operator);
            match of_field.iter_mut().find(|shape| shape.values == values) {
                Some(shape) => shape.operators.push(operator.name()),
                None => of_field.push(Shape { operators: vec![operator.name()], values, fields: vec![field.name] }),
            }
        }
        for of_field in of_field {
            match shapes.iter_mut().find(|shape| shape.operators == of_field.operators && shape.values == of_field.values) {
                Some(shape) => shape.fields.push(field.name),
                None => shapes.push(of_field),
            }
        }
    }
    shapes.into_iter().map(Shape::schema).collect()
}

impl Shape {
    fn schema(self) -> Value {
        let mut required = vec!["field"];
        // Without an operator, `in` is meant.
        if !self.operators.contains(&Operator::In.name()) {
            required.push("op");
        }
        if self.values.get("maxItems") != Some(&json!(0)) {
            required.push("values");
        }
        json!({
            "type": "object", "required": required, "additionalProperties": false,
            "properties": {"field": {"enum": self.fields}, "op": {"enum": self.operators}, "values": self.values},
        })
    }
}

/// The values of a filter.
fn values(field: &Field, operator: Operator) -> Value {
    let list = |least: usize, most: usize, of: Value| json!({"type": "array", "minItems": least, "maxItems": most, "items": of});
    match operator {
        Operator::IsNull => json!({"type": "array", "maxItems": 0}),
        Operator::Gte | Operator::Lte => list(1, 1, value(field)),
        Operator::In | Operator::NotIn | Operator::Is => list(1, MAX_VALUES, value(field)),
        Operator::Contains | Operator::Prefix | Operator::Under | Operator::Cidr => list(1, MAX_VALUES, json!({"type": "string"})),
    }
}

/// One value of a field. Numbers and truth values may come as text, as a command line has them.
fn value(field: &Field) -> Value {
    match field.field_type {
        FieldType::Text if field.words.is_empty() => json!({"type": "string"}),
        FieldType::Text => {
            let words = field.words.iter().map(|(word, _)| word);
            json!({"enum": words.chain(field.words.iter().map(|(_, read)| read)).collect::<Vec<_>>()})
        }
        FieldType::Timestamp => json!({"type": ["string", "integer"], "format": "date-time"}),
        FieldType::Seconds => json!({"type": ["number", "string"]}),
        FieldType::Integer => json!({"type": ["integer", "string"]}),
        FieldType::Boolean => json!({"type": ["boolean", "string"]}),
        FieldType::Uuid => json!({"type": "string", "format": "uuid"}),
        FieldType::Map => json!(false),
    }
}

#[cfg(test)]
mod tests {
    use crate::definition::MEMBERS;

    #[test]
    fn the_schema_has_the_members_that_are_read() {
        let schema = super::definition_schema();
        let described: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, MEMBERS);
    }
}
