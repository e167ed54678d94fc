//! Groups, as they go over the wire.

use rollcall_reports::Definition;
use rollcall_reports::filter::Filter;
use rollcall_reports::group::answer;
use rollcall_reports::group::{GroupKey, Measure};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{ColumnAnswer, RangeAnswer, WatermarkAnswer};

/// One page of groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupsAnswer {
    /// The kind of report.
    report: &'static str,
    /// What the range meant.
    range: RangeAnswer,
    /// The keys that make the groups.
    group_by: Vec<GroupKeyAnswer>,
    /// How many keys follow, by which each group can be parted further.
    deeper: usize,
    /// The keys and then the measures, as columns.
    columns: Vec<ColumnAnswer>,
    /// The names of the measures that are not exact here.
    approximate: Vec<&'static str>,
    /// The groups.
    groups: Vec<GroupAnswer>,
    /// How many groups there are on all pages.
    total: u64,
    /// Where the next page begins, on the same snapshot, for at least an hour; missing after the last.
    next_cursor: Option<String>,
    /// Up to which moment the answer is complete.
    watermark: WatermarkAnswer,
}

/// A key that makes groups.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupKeyAnswer {
    /// Its name: the field's, with the bucket's where it has one.
    name: String,
    /// The field.
    field: String,
    /// For a time: how long the buckets are.
    bucket: Option<&'static str>,
}

/// A group of rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupAnswer {
    /// The values that its rows share, by the names of the keys. A bucket is told by its first instant.
    #[schema(value_type = Object)]
    keys: Map<String, Value>,
    /// What is told of it, by the names of the measures.
    #[schema(value_type = Object)]
    measures: Map<String, Value>,
    /// With these filters in addition, the definition's rows are those of the group.
    drill_down: Vec<FilterAnswer>,
}

/// A condition on one field, as definitions have it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilterAnswer {
    /// The field.
    field: String,
    /// How it is compared.
    op: &'static str,
    /// With what.
    values: Vec<Value>,
}

impl GroupsAnswer {
    pub(in crate::routes::reports) fn new(answer: answer::GroupsAnswer, definition: &Definition) -> Self {
        let answer::GroupsAnswer { report, range, group_by, deeper, measures, approximate, groups, total, next_cursor, watermark } = answer;
        let keys = group_by.iter().filter_map(|key| ColumnAnswer::of_key(key, definition));
        GroupsAnswer {
            report: report.name(),
            range: range.into(),
            columns: keys.chain(measures.iter().copied().map(ColumnAnswer::of_measure)).collect(),
            group_by: group_by.into_iter().map(GroupKeyAnswer::from).collect(),
            deeper,
            approximate: approximate.into_iter().map(Measure::name).collect(),
            groups: groups.into_iter().map(GroupAnswer::from).collect(),
            total,
            next_cursor,
            watermark: watermark.into(),
        }
    }
}

impl From<GroupKey> for GroupKeyAnswer {
    fn from(key: GroupKey) -> Self {
        GroupKeyAnswer { name: key.name(), bucket: key.bucket.map(|bucket| bucket.name()), field: key.field }
    }
}

impl From<answer::Group> for GroupAnswer {
    fn from(group: answer::Group) -> Self {
        let answer::Group { keys, measures, drill_down } = group;
        GroupAnswer { keys, measures, drill_down: drill_down.into_iter().map(FilterAnswer::from).collect() }
    }
}

impl From<Filter> for FilterAnswer {
    fn from(filter: Filter) -> Self {
        let Filter { field, op, values } = filter;
        FilterAnswer { field, op: op.name(), values }
    }
}
