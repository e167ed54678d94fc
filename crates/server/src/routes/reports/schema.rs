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
}

/// Which groups.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct GroupMembers {
    /// How many keys of `group_by` make the groups, from the first on; 1 if left out.
    #[schema(nullable = false, minimum = 1)]
    depth: Option<usize>,
    /// Most groups of the page, 0 to 10,000; 100 if left out. Not for streams.
    #[schema(nullable = false)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[schema(nullable = false)]
    cursor: Option<String>,
}

/// Whose values.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FacetMembers {
    /// The fields, at most 24; those whose filters the kind offers first if left out.
    #[schema(required = false)]
    facets: Vec<FacetMember>,
}

/// A field whose values are asked for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is what the description says, not what the handler reads")]
pub(crate) enum FacetMember {
    /// The field alone.
    Field(String),
    /// The field, and which of its values.
    Asked(FacetAsked),
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
