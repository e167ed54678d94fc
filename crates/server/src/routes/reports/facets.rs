//! `POST /reports/{kind}/facets`: the values that fields have, to pick filters from.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_reports::facets::{FacetAsked, has_facet};
use rollcall_reports::{Definition, InvalidDefinition, Kind};
use serde_json::Value;

use super::answer::FacetsAnswer;
use super::form::Form;
use super::members::{Members, take};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::FacetsQuery;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};
use crate::routes::catalogue;

/// Which values have these fields?
pub(crate) struct Facets(Vec<FacetAsked>);

/// Show the values of fields
///
/// Each with how many rows of the definition have it, the most frequent first; then what is known and did not occur. A
/// field is restricted by the filters on all other fields, not by its own.
#[utoipa::path(
    post, path = "/reports/{kind}/facets", tag = "reports",
    params(("kind" = String, Path, description = "The kind of report")),
    request_body(content = FacetsQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The values", body = FacetsAnswer),
        (status = 422, description = "The definition is wrong, or a field has no such values", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn facets_of_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(kind): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_kind::<Facets>(&app, &caller, &kind, &headers, body).await
}

impl Question for Facets {
    const NAME: &'static str = "facets";
    const MEMBERS: &'static [&'static str] = &["facets"];
    const FORMS: &'static [Form] = &[Form::Page];

    fn take(kind: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        let facets = match take(members, "facets") {
            None => first(kind),
            Some(Value::Array(stated)) => stated.into_iter().enumerate().map(facet).collect::<Result<_, _>>()?,
            Some(got) => return Err(InvalidDefinition::new("facets", format!("expected a list of fields; got {got}"))),
        };
        Ok(Facets(facets))
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let Facets(asked) = self;
        // What is known beside what occurred.
        let catalogue = Arc::new(catalogue::of_tenant(asker.app, asker.caller).await?);
        let answer = asker.app.reports.facets(&asker.of_reports(), &definition, &asked, &catalogue, now()).await?;
        asker.reads::<Facets>(&definition, answer.total).await?;
        let values = answer.facets.iter().map(|facet| facet.values.len()).sum();
        as_json(FacetsAnswer::new(answer, definition.report), values).await
    }
}

/// The fields whose filters a kind offers first.
fn first(kind: Kind) -> Vec<FacetAsked> {
    let offered = kind.first_filters().iter().filter(|name| kind.field(name).is_some_and(has_facet));
    offered.map(|name| FacetAsked { field: (*name).to_owned(), ..FacetAsked::default() }).collect()
}

/// A field, by its name alone or with which of its values.
fn facet((at, stated): (usize, Value)) -> Result<FacetAsked, InvalidDefinition> {
    if let Value::String(field) = stated {
        return Ok(FacetAsked { field, ..FacetAsked::default() });
    }
    let expected = r#"expected the name of a field or {"field":…,"search":…,"top":…,"under":…}"#;
    serde_json::from_value(stated).map_err(|error| InvalidDefinition::new(format!("facets[{at}]"), format!("{expected}: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(value: Value) -> Result<Vec<FacetAsked>, InvalidDefinition> {
        let Value::Object(mut members) = value else { panic!("no object") };
        Facets::take(Kind::LoginLogout, &mut members).map(|Facets(asked)| asked)
    }

    #[test]
    fn a_name_alone_is_a_field_too_and_none_are_those_of_the_kind() {
        let asked = taken(json!({"facets": ["agent", {"field": "hierarchy", "top": 3, "under": "EMEA"}]})).unwrap();
        let hierarchy = FacetAsked { top: Some(3), under: Some("EMEA".to_owned()), field: "hierarchy".to_owned(), search: None };
        assert_eq!(asked, [FacetAsked { field: "agent".to_owned(), ..FacetAsked::default() }, hierarchy]);
        let names = |asked: Vec<FacetAsked>| asked.into_iter().map(|facet| facet.field).collect::<Vec<_>>();
        assert_eq!(names(taken(json!({})).unwrap()), ["agent", "hierarchy", "routing_profile"]);
        assert_eq!(taken(json!({"facets": [{"field": "agent", "most": 3}]})).unwrap_err().field, "facets[0]");
        assert_eq!(taken(json!({"facets": "agent"})).unwrap_err().field, "facets");
    }

    #[test]
    fn every_kind_has_a_field_to_begin_with() {
        assert!(Kind::ALL.iter().all(|kind| !first(*kind).is_empty()));
    }
}
