//! The bucket of a moment as an expression of the query engine.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::Result as DataFusionResult;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use rollcall_ledger::timestamp_type;
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

use super::BucketSize;

/// The first instant of the bucket in which a moment lies; missing where the moment is.
pub(crate) fn time_bucket(size: BucketSize, zone: &Zone, moment: Expr) -> Expr {
    let signature = Signature::exact(vec![timestamp_type()], Volatility::Immutable);
    let name = format!("{}_bucket", size.name());
    ScalarUDF::from(TimeBucket { name, size, zone: zone.clone(), signature }).call(vec![moment])
}

#[derive(Debug)]
struct TimeBucket {
    name: String,
    size: BucketSize,
    zone: Zone,
    signature: Signature,
}

impl PartialEq for TimeBucket {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.zone.name() == other.zone.name()
    }
}

impl Eq for TimeBucket {}

impl Hash for TimeBucket {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.size.hash(state);
        self.zone.name().hash(state);
    }
}

impl ScalarUDFImpl for TimeBucket {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DataFusionResult<DataType> {
        Ok(timestamp_type())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        let Some(moments) = arrays.first().and_then(|array| array.as_primitive_opt::<TimestampMicrosecondType>()) else {
            return datafusion::common::exec_err!("{} expects moments", self.name);
        };
        let mut starts = Starts { size: self.size, zone: &self.zone, known: BTreeMap::new() };
        let starts: TimestampMicrosecondArray = moments.iter().map(|moment| moment.map(|moment| starts.of(moment))).collect();
        Ok(ColumnarValue::Array(Arc::new(starts.with_timezone("UTC")) as ArrayRef))
    }
}

/// The beginnings of buckets in microseconds. The calendar is asked once for each.
struct Starts<'a> {
    size: BucketSize,
    zone: &'a Zone,
    /// Where buckets end, by where they begin.
    known: BTreeMap<i64, i64>,
}

impl Starts<'_> {
    fn of(&mut self, moment: i64) -> i64 {
        if let Some((from, to)) = self.known.range(..=moment).next_back()
            && moment < *to
        {
            return *from;
        }
        let bucket = self.size.around(Timestamp::from_micros(moment).unwrap_or(Timestamp::MIN), self.zone);
        self.known.insert(bucket.from.as_micros(), bucket.to.as_micros());
        bucket.from.as_micros()
    }
}
