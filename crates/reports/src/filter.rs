//! Filters: conditions on fields, checked against the kind's fields and turned into expressions.
//!
//! Missing values: `not_in` keeps rows that have no value (a row without a routing profile is not in
//! "Billing"); every other operator but `is_null` leaves them out.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::Result as DataFusionResult;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, col, lit};
use datafusion::scalar::ScalarValue;
use ipnet::IpNet;
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::InvalidDefinition;
use crate::field::{Field, FieldType};
use crate::kind::Kind;
use crate::kinds::derived;
use crate::people::{OnAgent, People};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal to one of the values.
    In,
    /// Equal to none of the values, or missing.
    NotIn,
    /// Contains one of the values, upper and lower case alike.
    Contains,
    /// Begins with one of the values.
    Prefix,
    /// Is one of the branches of the hierarchy, or lies under it; whole levels.
    Under,
    /// Is missing.
    IsNull,
    /// Not less than the value.
    Gte,
    /// Not more than the value.
    Lte,
    /// An address in one of the networks.
    Cidr,
    /// Of what is made of several columns: the very text that is shown.
    Is,
}

impl Operator {
    /// All operators.
    pub const ALL: &'static [Operator] = &[
        Operator::In,
        Operator::NotIn,
        Operator::Contains,
        Operator::Prefix,
        Operator::Under,
        Operator::IsNull,
        Operator::Gte,
        Operator::Lte,
        Operator::Cidr,
        Operator::Is,
    ];

    /// Its name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Operator::In => "in",
            Operator::NotIn => "not_in",
            Operator::Contains => "contains",
            Operator::Prefix => "prefix",
            Operator::Under => "under",
            Operator::IsNull => "is_null",
            Operator::Gte => "gte",
            Operator::Lte => "lte",
            Operator::Cidr => "cidr",
            Operator::Is => "is",
        }
    }

    /// The operators that make sense for a field.
    pub fn of(field: &Field) -> Vec<Operator> {
        use Operator as O;
        match field.field_type {
            FieldType::Text => {
                let mut operators = vec![O::In, O::NotIn, O::Contains, O::Prefix, O::IsNull];
                match field.name {
                    "hierarchy" => operators.push(O::Under),
                    "source_ip" => operators.push(O::Cidr),
                    _ if !field.made_of.is_empty() => operators.push(O::Is),
                    _ => {}
                }
                operators
            }
            FieldType::Uuid | FieldType::Boolean => vec![O::In, O::NotIn, O::IsNull],
            FieldType::Timestamp | FieldType::Seconds | FieldType::Integer => vec![O::In, O::NotIn, O::Gte, O::Lte, O::IsNull],
            FieldType::Map => vec![O::IsNull],
        }
    }
}

/// Fields of which one value names one person or thing.
const NAMING: &[&str] =
    &["account", "agent", "agent_id", "employee_id", "event_id", "instance", "session_id", "session_key", "source_event_id", "user_name"];

/// Most values of one filter.
pub(crate) const MAX_VALUES: usize = 10_000;

/// A condition on one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// The field.
    pub field: String,
    /// How it is compared; `in` unless said otherwise.
    #[serde(default = "equal")]
    pub op: Operator,
    /// With what: texts, numbers or truth values.
    #[serde(default)]
    pub values: Vec<Value>,
}

fn equal() -> Operator {
    Operator::In
}

impl Filter {
    /// Whether it leaves the rows of one person or thing.
    pub(crate) fn names_one(&self) -> bool {
        matches!(self.op, Operator::In | Operator::Is) && self.values.len() == 1 && NAMING.contains(&self.field.as_str())
    }

    /// Whether all rows that it leaves show the same value of its field.
    pub(crate) fn holds_to_one(&self, kind: Kind) -> bool {
        let is_one = self.values.first().is_some_and(|first| self.values.iter().all(|value| value == first));
        // What is made of several columns shows one of them, and is found by any.
        let shows = |field: &Field| self.op == Operator::Is || (self.op == Operator::In && field.made_of.is_empty());
        is_one && kind.field(&self.field).is_some_and(shows)
    }

    /// Checks it against a kind's fields. `at` is its place in the definition.
    pub(crate) fn check(&self, kind: Kind, at: usize) -> Result<(), InvalidDefinition> {
        let place = |member: &str| format!("filters[{at}].{member}");
        let Some(field) = kind.field(&self.field) else {
            return Err(InvalidDefinition::unknown(place("field"), &self.field, kind.fields().iter().map(|field| field.name)));
        };
        let operators = Operator::of(field);
        if !operators.contains(&self.op) {
            return Err(InvalidDefinition::unknown(place("op"), self.op.name(), operators.iter().map(|operator| operator.name())));
        }
        let expected = match self.op {
            Operator::IsNull => 0..=0,
            Operator::Gte | Operator::Lte => 1..=1,
            _ => 1..=MAX_VALUES,
        };
        if !expected.contains(&self.values.len()) {
            let reason = format!("{} takes {} to {} values; got {}", self.op.name(), expected.start(), expected.end(), self.values.len());
            return Err(InvalidDefinition::new(place("values"), reason));
        }
        for value in &self.values {
            self.scalar(field, value).map_err(|reason| InvalidDefinition::new(place("values"), reason))?;
        }
        Ok(())
    }

    /// A value as the field's type.
    fn scalar(&self, field: &Field, value: &Value) -> Result<ScalarValue, String> {
        let wrong = |expected: &str| Err(format!("expected {expected}; got {value}"));
        match field.field_type {
            FieldType::Text => match value.as_str() {
                Some(text) if self.op == Operator::Cidr && network(text).is_none() => {
                    wrong("a network such as 203.0.113.0/24 or an address")
                }
                Some(text) => Ok(ScalarValue::Utf8View(Some(self.word(field, text)?.to_owned()))),
                None => wrong("a text"),
            },
            FieldType::Timestamp => match serde_json::from_value::<Timestamp>(value.clone()) {
                Ok(moment) => Ok(ScalarValue::TimestampMicrosecond(Some(moment.as_micros()), Some("UTC".into()))),
                Err(_) => wrong("an RFC 3339 time"),
            },
            FieldType::Seconds => match value.as_f64().or_else(|| value.as_str()?.parse().ok()) {
                Some(seconds) => Ok(ScalarValue::Float64(Some(seconds))),
                None => wrong("a number of seconds"),
            },
            FieldType::Integer => match value.as_i64().or_else(|| value.as_str()?.parse().ok()) {
                Some(number) => Ok(ScalarValue::Int64(Some(number))),
                None => wrong("a whole number"),
            },
            FieldType::Boolean => match value.as_bool().or_else(|| value.as_str()?.parse().ok()) {
                Some(flag) => Ok(ScalarValue::Boolean(Some(flag))),
                None => wrong("true or false"),
            },
            FieldType::Uuid => match value.as_str().and_then(|text| text.parse::<uuid::Uuid>().ok()) {
                Some(uuid) => Ok(ScalarValue::FixedSizeBinary(16, Some(uuid.as_bytes().to_vec()))),
                None => wrong("a UUID"),
            },
            FieldType::Map => wrong("nothing"),
        }
    }

    /// A word of the field's vocabulary, if it has one. How people read it is understood too.
    fn word<'a>(&self, field: &Field, text: &'a str) -> Result<&'a str, String> {
        if field.words.is_empty() || !matches!(self.op, Operator::In | Operator::NotIn) {
            return Ok(text);
        }
        match field.words.iter().find(|(word, label)| *word == text || label.eq_ignore_ascii_case(text)) {
            Some((word, _)) => Ok(word),
            None => {
                let words: Vec<&str> = field.words.iter().map(|(word, _)| *word).collect();
                Err(format!("expected one of {}; got {text:?}", words.join(", ")))
            }
        }
    }

    /// The condition as an expression over the kind's columns. The filter has been checked.
    pub(crate) fn expression(&self, kind: Kind, people: &People) -> Expr {
        let Some(field) = kind.field(&self.field) else { return lit(false) };
        let values: Vec<Expr> = self.values.iter().filter_map(|value| self.scalar(field, value).ok()).map(lit).collect();
        if field.made_of.is_empty() {
            return self.on_column(field.name, &values);
        }
        if let Some(told) = field.told {
            let texts = self.values.iter().filter_map(Value::as_str).collect();
            let op = if matches!(self.op, Operator::NotIn | Operator::Is) { Operator::In } else { self.op };
            let said = Filter { op, ..self.clone() }.on_any(kind, field, &values);
            let on = OnAgent { op: self.op, texts, told, columns: field.made_of, said };
            if let Some(condition) = people.condition(on) {
                return condition;
            }
        }
        self.on_any(kind, field, &values)
    }

    /// The condition on what is made of several columns: an agent, or whoever caused something, is known by any of
    /// several names.
    fn on_any(&self, kind: Kind, field: &Field, values: &[Expr]) -> Expr {
        let columns = kind.description().rows.columns().filter(|column| field.made_of.contains(&column.name));
        let all = matches!(self.op, Operator::NotIn | Operator::IsNull);
        let named = columns
            .map(|column| self.on_column(column.name, values))
            .reduce(|a, b| if all { a.and(b) } else { a.or(b) })
            .unwrap_or_else(|| lit(false));
        if self.op == Operator::Is { named.and(derived::expression(field.made_of).in_list(values.to_vec(), false)) } else { named }
    }

    fn on_column(&self, column: &str, values: &[Expr]) -> Expr {
        let any = |condition: &dyn Fn(&str) -> Expr| {
            let texts = self.values.iter().filter_map(Value::as_str);
            texts.map(condition).reduce(Expr::or).unwrap_or_else(|| lit(false))
        };
        match (self.op, values.first()) {
            (Operator::In | Operator::Is, _) => col(column).in_list(values.to_vec(), false),
            (Operator::NotIn, _) => col(column).in_list(values.to_vec(), true).or(col(column).is_null()),
            (Operator::Contains, _) => {
                any(&|text| col(column).ilike(lit(ScalarValue::Utf8View(Some(format!("%{}%", rollcall_ledger::literally(text)))))))
            }
            (Operator::Prefix, _) => any(&|text| rollcall_ledger::starts_with(column, text)),
            (Operator::Under, _) => any(&|branch| rollcall_ledger::under(column, branch)),
            (Operator::IsNull, _) => col(column).is_null(),
            (Operator::Gte, Some(value)) => col(column).gt_eq(value.clone()),
            (Operator::Lte, Some(value)) => col(column).lt_eq(value.clone()),
            (Operator::Gte | Operator::Lte, None) => lit(false),
            (Operator::Cidr, _) => {
                in_networks(self.values.iter().filter_map(Value::as_str).filter_map(network).collect()).call(vec![col(column)])
            }
        }
    }
}

/// A network, or an address as the network of itself.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn in_networks(networks: Vec<IpNet>) -> ScalarUDF {
    ScalarUDF::from(InNetworks { networks, signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) })
}

/// Whether an address as text lies in one of some networks. What is no address lies in none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct InNetworks {
    networks: Vec<IpNet>,
    signature: Signature,
}

impl ScalarUDFImpl for InNetworks {
    fn name(&self) -> &str {
        "in_networks"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let Some(addresses) = arrays.first().and_then(|array| array.as_string_view_opt()) else {
            return datafusion::common::exec_err!("in_networks expects texts");
        };
        let inside =
            |text: &str| text.parse::<IpAddr>().is_ok_and(|address| self.networks.iter().any(|network| network.contains(&address)));
        let found: BooleanArray = addresses.iter().map(|address| address.map(inside)).collect();
        Ok(ColumnarValue::Array(Arc::new(found) as ArrayRef))
    }
}
