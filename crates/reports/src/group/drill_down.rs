//! From a group to its rows: the filters that leave these and no others.

use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde_json::{Map, Value};

use super::GroupKey;
use crate::bucket::Bucket;
use crate::filter::{Filter, Operator};
use crate::kind::Kind;

/// The filters of a group's rows, by the values of its keys.
pub(crate) fn filters(kind: Kind, keys: &[GroupKey], values: &Map<String, Value>, zone: &Zone) -> Vec<Filter> {
    keys.iter().flat_map(|key| of_key(kind, key, values.get(&key.name()).unwrap_or(&Value::Null), zone)).collect()
}

fn of_key(kind: Kind, key: &GroupKey, value: &Value, zone: &Zone) -> Vec<Filter> {
    let is_derived = kind.field(&key.field).is_some_and(|field| !field.made_of.is_empty());
    let filter = |op: Operator, values: Vec<Value>| Filter { field: key.field.clone(), op, values };
    let start = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    match (value, key.bucket, start) {
        (Value::Null, _, _) => vec![filter(Operator::IsNull, Vec::new())],
        (_, Some(size), Some(start)) => within(&key.field, size.around(start, zone)).into(),
        // A filter on an agent looks into all of their names; the group has the rows that are shown under this one.
        (value, _, _) if is_derived => vec![filter(Operator::Is, vec![value.clone()])],
        (value, _, _) => vec![filter(Operator::In, vec![value.clone()])],
    }
}

/// The filters of the rows whose time lies in a stretch.
pub(crate) fn within(field: &str, bucket: Bucket) -> [Filter; 2] {
    let filter = |op: Operator, moment: Timestamp| Filter { field: field.to_owned(), op, values: vec![moment.to_string().into()] };
    [filter(Operator::Gte, bucket.from), filter(Operator::Lte, bucket.to.plus_micros(-1))]
}
