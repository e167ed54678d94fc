//! What requests look like, in the description of the API.
//!
//! The schema of a definition is the one that the reports floor makes from what its parser knows. In a body the
//! definition's members stand beside those that ask the question, and the kind may be left to the address.

use rollcall_reports::definition_schema;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Where the description has its schemas.
const PLACE: &str = "#/components/schemas/";

/// What is put into the description as it is.
fn schema_of(value: Value) -> RefOr<Schema> {
    let Value::Object(members) = value else { return RefOr::default() };
    let as_it_is = Extensions::from_iter(members);
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).extensions(Some(as_it_is)).build().into()
}

fn reference<T: ToSchema>() -> Value {
    json!({"$ref": format!("{PLACE}{}", T::name())})
}

/// The members of a definition, in whatever company.
pub(crate) struct DefinitionMembers;

impl PartialSchema for DefinitionMembers {
    fn schema() -> RefOr<Schema> {
        let mut schema = definition_schema();
        if let Value::Object(members) = &mut schema {
            for alone in ["$schema", "title", "description", "required", "additionalProperties"] {
                members.shift_remove(alone);
            }
            // Without the kind's name they can be those of several kinds.
            if let Some(kinds) = members.shift_remove("oneOf") {
                members.insert("anyOf".to_owned(), kinds);
            }
        }
        schema_of(schema)
    }
}

impl ToSchema for DefinitionMembers {}

/// A report definition.
pub(crate) struct ReportDefinition;

impl PartialSchema for ReportDefinition {
    fn schema() -> RefOr<Schema> {
        let schema = definition_schema();
        schema_of(json!({
            "title": schema.get("title"), "description": schema.get("description"), "type": "object",
            "allOf": [reference::<DefinitionMembers>()], "required": ["report"], "unevaluatedProperties": false,
        }))
    }
}

impl ToSchema for ReportDefinition {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((DefinitionMembers::name().into_owned(), DefinitionMembers::schema()));
    }
}

/// Declares bodies: the members of a definition, and those of a question.
macro_rules! bodies {
    ($($(#[$about:meta])* $body:ident asks $question:ident: $description:literal;)+) => {$(
        $(#[$about])*
        pub(crate) struct $body;

        impl PartialSchema for $body {
            fn schema() -> RefOr<Schema> {
                schema_of(json!({
                    "description": $description, "type": "object",
                    "allOf": [reference::<DefinitionMembers>(), reference::<$question>()], "unevaluatedProperties": false,
                }))
            }
        }

        impl ToSchema for $body {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push((DefinitionMembers::name().into_owned(), DefinitionMembers::schema()));
                schemas.push((<$question as ToSchema>::name().into_owned(), <$question as PartialSchema>::schema()));
                <$question as ToSchema>::schemas(schemas);
            }
        }
    )+};
}

bodies! {
    /// Body of `POST /reports/{kind}/query` and of signed-in time.
    ReportQuery asks PageMembers: "A report definition, and which page of it. Every member may be left out.";
    /// Body of `POST /reports/{kind}/groups`.
    GroupsQuery asks GroupMembers: "A report definition with `group_by`, and which groups of it.";
    /// Body of `POST /reports/{kind}/facets`.
    FacetsQuery asks FacetMembers: "A report definition, and the fields whose values are asked for. Every member may be left out.";
    /// Body of `POST /reports/{kind}/changes`.
    ChangesQuery asks ChangesMembers: "A report definition, since when its rows are compared, and which page of the changes.";
    /// Body of `POST /reports/{kind}/histogram`.
    HistogramQuery asks HistogramMembers: "A report definition, and which histogram of it. Every member may be left out.";
}

/// Which page.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct PageMembers {
    /// Most rows of the page, 0 to 10,000; 100 if left out. Not for streams.
    #[schema(nullable = false)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[schema(nullable = false)]
    cursor: Option<String>,
    /// So many rows are passed over: the page begins as much further down, from the beginning or from the cursor on. Not
    /// for streams.
    #[schema(nullable = false)]
    offset: Option<usize>,
    /// Of CSV: leave texts as they are, whatever a spreadsheet makes of them; `false` if left out.
    #[schema(nullable = false)]
    raw: Option<bool>,
    /// Of CSV: begin with a byte order mark, by which older spreadsheets know UTF-8; `false` if left out.
    #[schema(nullable = false)]
    bom: Option<bool>,
}

/// Since when.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct ChangesMembers {
    /// Rows as they were known when the event of this seq had not come yet are compared with those that are known now, or
    /// at `as_of_seq`: the `watermark.seq` of an earlier answer.
    since_seq: i64,
    /// Most changes of the page, 0 to 10,000; 100 if left out. Not for streams.
    #[schema(nullable = false)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[schema(nullable = false)]
    cursor: Option<String>,
    /// Of CSV: leave texts as they are, whatever a spreadsheet makes of them; `false` if left out.
    #[schema(nullable = false)]
    raw: Option<bool>,
    /// Of CSV: begin with a byte order mark, by which older spreadsheets know UTF-8; `false` if left out.
    #[schema(nullable = false)]
    bom: Option<bool>,
}

/// Which groups.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct GroupMembers {
    /// How many keys of `group_by` make the groups, from the first on; 1 if left out. Of 0, all rows are one group.
    #[schema(nullable = false, minimum = 0)]
    depth: Option<usize>,
    /// Most groups of the page, 0 to 10,000; 100 if left out. Not for streams.
    #[schema(nullable = false)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[schema(nullable = false)]
    cursor: Option<String>,
    /// Of CSV: leave texts as they are, whatever a spreadsheet makes of them; `false` if left out.
    #[schema(nullable = false)]
    raw: Option<bool>,
    /// Of CSV: begin with a byte order mark, by which older spreadsheets know UTF-8; `false` if left out.
    #[schema(nullable = false)]
    bom: Option<bool>,
}

/// Whose values.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FacetMembers {
    /// The fields, at most 24; those whose filters the kind offers first if left out.
    #[schema(required = false, value_type = Vec<FacetMember>)]
    facets: Vec<FacetAsked>,
}

/// A field whose values are asked for, by its name alone or with which of its values.
pub(crate) struct FacetMember;

impl PartialSchema for FacetMember {
    fn schema() -> RefOr<Schema> {
        schema_of(json!({
            "description": "A field whose values are asked for, by its name alone or with which of its values.",
            "oneOf": [{"type": "string"}, reference::<FacetAsked>()],
        }))
    }
}

impl ToSchema for FacetMember {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((FacetAsked::name().into_owned(), FacetAsked::schema()));
    }
}

/// Which values of a field.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FacetAsked {
    /// The field.
    field: String,
    /// Only values that contain this, upper and lower case alike.
    #[schema(nullable = false)]
    search: Option<String>,
    /// Most values that are told one by one, at most 1,000; 20 if left out.
    #[schema(nullable = false)]
    top: Option<usize>,
    /// Of the hierarchy: the branch whose next level is asked for; the outermost level if left out.
    #[schema(nullable = false)]
    under: Option<String>,
}

/// Which histogram.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct HistogramMembers {
    /// How it is made.
    #[schema(required = false)]
    histogram: HistogramAsked,
}

/// How a histogram is made.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct HistogramAsked {
    /// The time that is looked at: when it happened, or the login, if left out.
    #[schema(nullable = false)]
    field: Option<String>,
    /// How long a bar is, one of the `buckets` of `GET /reports`; what makes at most 120 of them if left out.
    #[schema(nullable = false)]
    bucket: Option<String>,
    /// The field by which bars are split.
    #[schema(nullable = false)]
    split: Option<String>,
    /// Most values of the split that are told one by one, at most 50; 5 if left out.
    #[schema(nullable = false)]
    top: Option<usize>,
}

#[cfg(test)]
mod tests {
    use rollcall_reports::{Definition, Kind};

    use super::*;
    use crate::routes::reports::Question;
    use crate::routes::reports::changes::Changes;
    use crate::routes::reports::facets::Facets;
    use crate::routes::reports::groups::Groups;
    use crate::routes::reports::histogram::Histogram;
    use crate::routes::reports::rows::Rows;

    /// The members of a described request are all taken out, and are those that the question says.
    fn is_taken<Q: Question>(described: &impl Serialize) {
        let Value::Object(mut members) = serde_json::to_value(described).unwrap() else { panic!("no object") };
        assert_eq!(members.keys().collect::<Vec<_>>(), Q::MEMBERS);
        Q::take(Kind::LoginLogout, &mut members).unwrap();
        assert!(members.is_empty(), "{members:?}");
    }

    #[test]
    fn what_is_described_is_read() {
        is_taken::<Rows>(&PageMembers { limit: Some(5), cursor: Some("x".to_owned()), offset: Some(7), raw: Some(true), bom: Some(true) });
        let asked = GroupMembers { depth: Some(2), limit: Some(5), cursor: Some("x".to_owned()), raw: Some(true), bom: Some(true) };
        is_taken::<Groups>(&asked);
        let asked = ChangesMembers { since_seq: 7, limit: Some(5), cursor: Some("x".to_owned()), raw: Some(true), bom: Some(true) };
        is_taken::<Changes>(&asked);
        let text = || Some("x".to_owned());
        let facet = FacetAsked { field: "agent".to_owned(), search: text(), top: Some(3), under: text() };
        is_taken::<Facets>(&FacetMembers { facets: vec![facet] });
        let bucket = Some("quarter_hour".to_owned());
        let histogram = HistogramAsked { field: text(), bucket, split: text(), top: Some(3) };
        is_taken::<Histogram>(&HistogramMembers { histogram });
    }

    #[test]
    fn the_described_members_are_those_of_a_definition() {
        let described = serde_json::to_value(DefinitionMembers::schema()).unwrap();
        let definition = Definition::parse(json!({"report": "login_logout"})).unwrap();
        let Value::Object(members) = serde_json::to_value(definition).unwrap() else { panic!("no object") };
        assert!(members.keys().all(|member| described["properties"].get(member).is_some()), "{described}");
        assert_eq!(described["properties"], definition_schema()["properties"]);
        assert_eq!(described["anyOf"], definition_schema()["oneOf"]);
    }
}
