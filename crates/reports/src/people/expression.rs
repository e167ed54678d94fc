//! Looking an agent up, as an expression of the query engine.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray, StringViewBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result as DataFusionResult, exec_datafusion_err};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, col};
use rollcall_model::directory::Agents;

use super::Told;

/// The columns that say whom a row is about.
const COLUMNS: [&str; 3] = ["source", "account", "employee_id"];

/// What the directory tells of a row's agent.
pub(super) fn told(agents: &Arc<Agents>, told: Told) -> Expr {
    let signature = Signature::exact(vec![DataType::Utf8View; COLUMNS.len()], Volatility::Immutable);
    ScalarUDF::from(ToldOf { agents: Arc::clone(agents), told, signature }).call(COLUMNS.map(col).to_vec())
}

/// Whether a row is about one of the agents at these places. It is never missing.
pub(super) fn is_one_of(agents: &Arc<Agents>, places: &[usize]) -> Expr {
    let mut is_meant = vec![false; agents.entries().len()];
    for place in places {
        if let Some(meant) = is_meant.get_mut(*place) {
            *meant = true;
        }
    }
    let signature = Signature::exact(vec![DataType::Utf8View; COLUMNS.len()], Volatility::Immutable);
    ScalarUDF::from(IsOneOf { agents: Arc::clone(agents), is_meant, signature }).call(COLUMNS.map(col).to_vec())
}

#[derive(Debug)]
struct ToldOf {
    agents: Arc<Agents>,
    told: Told,
    signature: Signature,
}

impl PartialEq for ToldOf {
    fn eq(&self, other: &Self) -> bool {
        self.agents.identity() == other.agents.identity() && self.told == other.told
    }
}

impl Eq for ToldOf {}

impl Hash for ToldOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.agents.identity().hash(state);
        self.told.hash(state);
    }
}

impl ScalarUDFImpl for ToldOf {
    fn name(&self) -> &str {
        self.told.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let mut told = StringViewBuilder::new().with_deduplicate_strings();
        for place in Rows::of(&arrays)?.places(&self.agents) {
            told.append_option(place.and_then(|place| match self.told {
                Told::Name => self.agents.name(place),
                Told::EmployeeId => self.agents.entries().get(place).map(|entry| entry.employee_id.as_str()),
                Told::TimeZone => self.agents.entries().get(place)?.time_zone.as_ref().map(|zone| zone.name()),
            }));
        }
        Ok(ColumnarValue::Array(Arc::new(told.finish()) as ArrayRef))
    }
}

#[derive(Debug)]
struct IsOneOf {
    agents: Arc<Agents>,
    /// By the agents' places.
    is_meant: Vec<bool>,
    signature: Signature,
}

impl PartialEq for IsOneOf {
    fn eq(&self, other: &Self) -> bool {
        self.agents.identity() == other.agents.identity() && self.is_meant == other.is_meant
    }
}

impl Eq for IsOneOf {}

impl Hash for IsOneOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.agents.identity().hash(state);
        self.is_meant.hash(state);
    }
}

impl ScalarUDFImpl for IsOneOf {
    fn name(&self) -> &'static str {
        "is_one_of_agents"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let is_meant = |place: Option<usize>| place.and_then(|place| self.is_meant.get(place).copied()).unwrap_or(false);
        let meant: BooleanArray = Rows::of(&arrays)?.places(&self.agents).map(|place| Some(is_meant(place))).collect();
        Ok(ColumnarValue::Array(Arc::new(meant) as ArrayRef))
    }
}

/// The columns of a batch that say whom each row is about.
struct Rows<'a> {
    source: &'a StringViewArray,
    account: &'a StringViewArray,
    employee_id: &'a StringViewArray,
}

impl<'a> Rows<'a> {
    fn of(arrays: &'a [ArrayRef]) -> DataFusionResult<Self> {
        let texts = |at: usize| arrays.get(at).and_then(|array| array.as_string_view_opt());
        match (texts(0), texts(1), texts(2)) {
            (Some(source), Some(account), Some(employee_id)) => Ok(Rows { source, account, employee_id }),
            _ => Err(exec_datafusion_err!("an agent is looked up by three texts")),
        }
    }

    /// The agent of each row. Rows of one agent often follow each other: they are looked up once.
    fn places(self, agents: &'a Agents) -> impl Iterator<Item = Option<usize>> + 'a {
        let text = |array: &'a StringViewArray, row: usize| array.is_valid(row).then(|| array.value(row));
        let mut last = None;
        (0..self.source.len()).map(move |row| {
            let asked = (text(self.source, row), text(self.account, row), text(self.employee_id, row));
            match last {
                Some((before, place)) if before == asked => place,
                _ => {
                    let place = agents.place(asked.0.unwrap_or_default(), asked.1, asked.2);
                    last = Some((asked, place));
                    place
                }
            }
        })
    }
}
