//! Definitions of every kind, made up.

use proptest::prelude::*;
use rollcall_model::range::Preset;
use rollcall_reports::Kind;
use rollcall_reports::bucket::BucketSize;
use rollcall_reports::field::{Field, FieldType};
use rollcall_reports::filter::Operator;
use rollcall_reports::group::Measure;
use serde_json::{Value, json};

/// Any definition that the parser takes, as somebody may state it.
pub(crate) fn definitions() -> impl Strategy<Value = Value> {
    prop::sample::select(Kind::ALL).prop_flat_map(of_kind)
}

/// Any definition of a kind.
pub(crate) fn of_kind(kind: Kind) -> impl Strategy<Value = Value> {
    let names: Vec<&str> = kind.fields().iter().map(|field| field.name).collect();
    let sortable: Vec<&str> = kind.fields().iter().filter(|field| field.field_type != FieldType::Map).map(|field| field.name).collect();
    let columns = prop::option::of(prop::sample::subsequence(names, 0..6).prop_shuffle());
    let sort = prop::sample::subsequence(sortable, 0..=8).prop_shuffle().prop_flat_map(|fields| {
        let keys = fields
            .into_iter()
            .map(|field| prop::sample::select(vec!["asc", "desc"]).prop_map(move |dir| json!({"field": field, "dir": dir})));
        keys.collect::<Vec<_>>()
    });
    let zones = prop::sample::select(vec!["UTC", "utc", "Europe/Stockholm", "Asia/Kathmandu", "America/New_York"]);
    let clocks = prop::option::of(prop::sample::select(vec!["report", "utc", "agent"]));
    let filters = prop::collection::vec(filter(kind), 0..5);
    let rest = (any::<bool>(), prop::option::of(0_i64..1_000_000), grouping(kind));
    let all = (range(), zones, clocks, columns, sort, filters, rest);
    all.prop_map(move |(range, zone, clock, columns, sort, filters, (spanning, seq, grouping))| {
        let mut definition = json!({
            "report": kind.name(), "range": range, "time_zone": zone, "filters": filters, "sort": sort,
            "spanning": spanning && kind == Kind::LoginLogout,
        });
        let optional = [("clock", clock.map(Value::from)), ("columns", columns.map(Value::from)), ("as_of_seq", seq.map(Value::from))];
        for (member, value) in optional {
            if let Some(value) = value {
                definition[member] = value;
            }
        }
        if let (Some(definition), Value::Object(grouping)) = (definition.as_object_mut(), grouping) {
            definition.extend(grouping);
        }
        definition
    })
}

/// By what rows are grouped, what is told of groups, and in which order they come.
fn grouping(kind: Kind) -> impl Strategy<Value = Value> {
    let keys = kind.fields().iter().filter(|field| field.field_type != FieldType::Map).flat_map(|field| {
        let buckets = BucketSize::ALL.iter().filter(|_| field.field_type == FieldType::Timestamp);
        std::iter::once(json!({"field": field.name})).chain(buckets.map(|size| json!({"field": field.name, "bucket": size.name()})))
    });
    let keys = prop::sample::subsequence(keys.collect::<Vec<_>>(), 0..=8).prop_shuffle();
    let measures = prop::sample::subsequence(Measure::of(kind).map(Measure::name).collect::<Vec<_>>(), 0..4).prop_shuffle();
    (keys, measures, any::<bool>()).prop_map(|(keys, measures, stated)| {
        let name = |key: &Value| match key["bucket"].as_str() {
            Some(bucket) => format!("{}_{bucket}", key["field"].as_str().unwrap()),
            None => key["field"].as_str().unwrap().to_owned(),
        };
        let names = measures.iter().map(|measure| (*measure).to_owned()).chain(keys.iter().map(name));
        let sort: Vec<Value> = names.map(|name| json!({"field": name, "dir": "desc"})).collect();
        let sort = if stated && !keys.is_empty() { sort } else { Vec::new() };
        json!({"group_by": keys, "measures": measures, "group_sort": sort})
    })
}

fn range() -> impl Strategy<Value = Value> {
    let presets = prop::sample::select(Preset::ALL).prop_map(|preset| json!({"preset": preset.as_str()}));
    let dates = (1_u8..29, 1_u8..29).prop_map(|(from, to)| json!({"from": format!("2026-03-{from:02}"), "to": format!("2026-04-{to:02}")}));
    let instants = (0_u8..24).prop_map(|hour| json!({"from": format!("2026-05-01T{hour:02}:30:00+02:00")}));
    prop_oneof![presets, dates, instants, Just(json!({"to": "2026-05-01T08:00"}))]
}

fn filter(kind: Kind) -> impl Strategy<Value = Value> {
    let pairs: Vec<(&'static Field, Operator)> =
        kind.fields().iter().flat_map(|field| Operator::of(field).into_iter().map(move |operator| (field, operator))).collect();
    prop::sample::select(pairs).prop_flat_map(|(field, operator)| {
        let values = match operator {
            Operator::IsNull => prop::collection::vec(value(field, operator), 0..1),
            Operator::Gte | Operator::Lte => prop::collection::vec(value(field, operator), 1..2),
            _ => prop::collection::vec(value(field, operator), 1..4),
        };
        (values, any::<bool>()).prop_map(move |(values, says_in)| match operator {
            Operator::In if !says_in => json!({"field": field.name, "values": values}),
            _ => json!({"field": field.name, "op": operator.name(), "values": values}),
        })
    })
}

fn value(field: &'static Field, operator: Operator) -> BoxedStrategy<Value> {
    let texts = || "[a-zåÅ%_\"\\\\ /0-9:é🙂-]{0,12}".prop_map(Value::from);
    match field.field_type {
        FieldType::Text if operator == Operator::Cidr => {
            prop::sample::select(vec!["203.0.113.0/24", "2001:db8::/32", "198.51.100.9"]).prop_map(Value::from).boxed()
        }
        FieldType::Text if !field.words.is_empty() && matches!(operator, Operator::In | Operator::NotIn) => {
            let words = field.words.iter().flat_map(|(word, read)| [*word, *read]).collect::<Vec<_>>();
            prop::sample::select(words).prop_map(Value::from).boxed()
        }
        FieldType::Text => texts().boxed(),
        FieldType::Timestamp => prop_oneof![Just(json!("2026-05-01T08:00:00Z")), (0_i64..1_800_000_000_000).prop_map(Value::from)].boxed(),
        FieldType::Seconds => (0_i32..400_000).prop_map(|quarters| json!(f64::from(quarters) / 4.0)).boxed(),
        FieldType::Integer => prop_oneof![any::<i64>().prop_map(Value::from), (0_i64..9).prop_map(|n| json!(n.to_string()))].boxed(),
        FieldType::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        FieldType::Uuid => any::<u128>().prop_map(|n| json!(uuid::Uuid::from_u128(n).to_string())).boxed(),
        FieldType::Map => Just(Value::Null).boxed(),
    }
}
