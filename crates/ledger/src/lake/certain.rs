//! What is certain of all rows of a file, by what the catalogue says of its columns.
//!
//! Of a condition that all rows of a file meet, the file needn't be asked. So a question about a week is, for each
//! file but the first and the last, the same question as that about a month, and has been answered before.

use std::cmp::Ordering;

use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::scalar::ScalarValue;

use super::{Bounds, DataFile};

/// Whether every row of a file meets a condition. No means that it isn't known.
pub(crate) fn is_met(condition: &Expr, file: &DataFile) -> bool {
    match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => is_met(left, file) && is_met(right, file),
        // Where one side is true, the other may even be unknown.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            is_met(left, file) || is_met(right, file) || is_met_or_missing(left, right, file) || is_met_or_missing(right, left, file)
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value, _)) => whole(file, &column.name).is_some_and(|bounds| compares(bounds, *op, value)),
            _ => false,
        },
        Expr::IsNotNull(value) => match value.as_ref() {
            Expr::Column(column) => file.bounds.get(column.name.as_str()).is_some_and(|bounds| bounds.nulls == 0),
            _ => false,
        },
        Expr::IsNull(value) => match value.as_ref() {
            Expr::Column(column) => file.bounds.get(column.name.as_str()).is_some_and(|bounds| bounds.nulls == file.rows),
            _ => false,
        },
        _ => false,
    }
}

/// Whether rows with a value in a column meet a comparison of it, and those without one another condition.
fn is_met_or_missing(compared: &Expr, otherwise: &Expr, file: &DataFile) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = compared else { return false };
    let (Expr::Column(column), Expr::Literal(value, _)) = (left.as_ref(), right.as_ref()) else { return false };
    let is_missing = |part: &Expr| matches!(part, Expr::IsNull(of) if matches!(of.as_ref(), Expr::Column(of) if of.name == column.name));
    let parts = split_conjunction(otherwise);
    let all_with_a_value = |bounds: &Bounds| !bounds.min.is_null() && !bounds.max.is_null() && compares(bounds, *op, value);
    file.bounds.get(column.name.as_str()).is_some_and(all_with_a_value)
        && parts.iter().any(|part| is_missing(part))
        && parts.iter().all(|part| is_missing(part) || is_met(part, file))
}

/// The bounds of a column that has a value in every row.
fn whole<'a>(file: &'a DataFile, column: &str) -> Option<&'a Bounds> {
    file.bounds.get(column).filter(|bounds| bounds.nulls == 0 && !bounds.min.is_null() && !bounds.max.is_null())
}

/// Whether whatever lies between the bounds compares so to a value.
fn compares(bounds: &Bounds, op: Operator, value: &ScalarValue) -> bool {
    let (min, max) = (bounds.min.partial_cmp(value), bounds.max.partial_cmp(value));
    let (Some(min), Some(max)) = (min, max) else { return false };
    match op {
        Operator::Lt => max == Ordering::Less,
        Operator::LtEq => max != Ordering::Greater,
        Operator::Gt => min == Ordering::Greater,
        Operator::GtEq => min != Ordering::Less,
        Operator::Eq => min == Ordering::Equal && max == Ordering::Equal,
        Operator::NotEq => max == Ordering::Less || min == Ordering::Greater,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use datafusion::logical_expr::{col, lit};
    use proptest::prelude::*;

    use super::*;

    /// A file with a column `a` that has these values, and a column `b` without any.
    fn file(values: &[Option<i64>]) -> DataFile {
        let nulls = i64::try_from(values.iter().filter(|value| value.is_none()).count()).unwrap();
        let bound = |value: Option<i64>| ScalarValue::Int64(value);
        let known = || values.iter().copied().flatten();
        let rows = i64::try_from(values.len()).unwrap();
        let a = Bounds { min: bound(known().min()), max: bound(known().max()), nulls };
        let b = Bounds { min: bound(None), max: bound(None), nulls: rows };
        DataFile { data_file_id: 1, path: String::new(), rows, bytes: 0, footer_bytes: 0, bounds: HashMap::from([("a", a), ("b", b)]) }
    }

    /// What SQL says of a row; none for unknown.
    fn of_row(condition: &Expr, a: Option<i64>) -> Option<bool> {
        match condition {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
                Operator::And => match (of_row(left, a), of_row(right, a)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
                Operator::Or => match (of_row(left, a), of_row(right, a)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
                _ => {
                    let Expr::Literal(ScalarValue::Int64(Some(value)), _) = right.as_ref() else { panic!("{right}") };
                    let order = value_of(left, a)?.cmp(value);
                    Some(match op {
                        Operator::Lt => order.is_lt(),
                        Operator::LtEq => order.is_le(),
                        Operator::Gt => order.is_gt(),
                        Operator::GtEq => order.is_ge(),
                        Operator::Eq => order.is_eq(),
                        _ => order.is_ne(),
                    })
                }
            },
            Expr::IsNull(value) => Some(value_of(value, a).is_none()),
            Expr::IsNotNull(value) => Some(value_of(value, a).is_some()),
            other => panic!("{other}"),
        }
    }

    fn value_of(column: &Expr, a: Option<i64>) -> Option<i64> {
        let Expr::Column(column) = column else { panic!("{column}") };
        a.filter(|_| column.name == "a")
    }

    fn conditions() -> impl Strategy<Value = Expr> {
        let column = || prop_oneof![3 => Just(col("a")), 1 => Just(col("b"))];
        let compared = (column(), 0..6, -3..4_i64).prop_map(|(column, op, value)| match op {
            0 => column.lt(lit(value)),
            1 => column.lt_eq(lit(value)),
            2 => column.gt(lit(value)),
            3 => column.gt_eq(lit(value)),
            4 => column.eq(lit(value)),
            _ => column.not_eq(lit(value)),
        });
        let or_missing = (compared.clone(), column()).prop_map(|(compared, column)| compared.or(column.is_null()));
        let leaf =
            prop_oneof![4 => compared, 2 => or_missing, 1 => column().prop_map(Expr::is_null), 1 => column().prop_map(Expr::is_not_null)];
        leaf.prop_recursive(3, 8, 2, |inner| {
            (inner.clone(), inner, any::<bool>()).prop_map(|(left, right, both)| if both { left.and(right) } else { left.or(right) })
        })
    }

    proptest! {
        #[test]
        fn what_is_certain_is_true_of_every_row(
            values in prop::collection::vec(prop::option::weighted(0.9, -3..4_i64), 1..6), condition in conditions(),
        ) {
            if is_met(&condition, &file(&values)) {
                for value in values {
                    prop_assert_eq!(of_row(&condition, value), Some(true), "{} of {:?}", condition, value);
                }
            }
        }
    }

    #[test]
    fn what_is_missing_may_meet_another_condition() {
        let file = file(&[Some(3), None, Some(5)]);
        let or_missing = |value: i64, also: Expr| col("a").lt(lit(value)).or(col("a").is_null().and(also));
        assert!(is_met(&or_missing(6, col("b").is_null()), &file));
        assert!(is_met(&col("a").is_null().or(col("a").lt(lit(6_i64))), &file));
        assert!(!is_met(&or_missing(5, col("b").is_null()), &file));
        assert!(!is_met(&or_missing(6, col("b").is_not_null()), &file));
        assert!(!is_met(&col("a").lt(lit(6_i64)).or(col("b").is_null().and(col("a").gt(lit(3_i64)))), &file));
    }

    #[test]
    fn a_range_around_the_file_is_certain() {
        let file = file(&[Some(3), Some(5)]);
        assert!(is_met(&col("a").gt_eq(lit(3_i64)).and(col("a").lt(lit(6_i64))), &file));
        assert!(!is_met(&col("a").lt(lit(5_i64)), &file));
        assert!(is_met(&col("a").not_eq(lit(7_i64)), &file) && is_met(&col("b").is_null(), &file));
        assert!(!is_met(&col("a").lt(lit("6")), &file), "of another type nothing is known");
    }
}
