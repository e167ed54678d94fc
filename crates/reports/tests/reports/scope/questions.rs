//! Made-up questions on every surface, and their answers as they are compared.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt;
use proptest::prelude::*;
use rollcall_model::{Catalogue, Timestamp};
use rollcall_reports::bucket::BucketSize;
use rollcall_reports::facets::{FacetAsked, has_facet};
use rollcall_reports::group::answer::GroupPaging;
use rollcall_reports::histogram::HistogramAsked;
use rollcall_reports::rows::Tell;
use rollcall_reports::{Caller, Definition, Error, Kind, Paging, RowStream};
use serde_json::{Value, json};

use super::world::HIERARCHIES;
use crate::fixtures::*;
use crate::generated;

/// What is asked of a definition's rows.
#[derive(Debug, Clone)]
pub(super) enum Question {
    Rows,
    Stream,
    Total,
    Groups { depth: usize },
    GroupStream { depth: usize },
    Facets(Vec<FacetAsked>),
    Histogram(HistogramAsked),
    SignedIn,
    SignedInStream,
    Changes,
    ChangeStream,
}

/// A question, and what it needs to be asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) definition: Value,
    pub(super) question: Question,
    /// Rows of a page.
    pub(super) limit: usize,
    /// How many events are known of, by the share of all.
    pub(super) as_of: Option<prop::sample::Index>,
    /// Since how many events changes are asked for.
    pub(super) since: prop::sample::Index,
}

pub(super) fn noon() -> Timestamp {
    at("2026-04-20T12:00:00Z")
}

/// Any kind; half of the time the one of sessions.
fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![1 => Just(Kind::LoginLogout), 1 => prop::sample::select(Kind::ALL)]
}

pub(super) fn questions() -> impl Strategy<Value = Asked> {
    kinds().prop_flat_map(|kind| {
        let as_of = prop::option::weighted(0.2, any::<prop::sample::Index>());
        let limit = prop::sample::select(vec![5_usize, 11, 1_000]);
        let parts = (definitions_of(kind), question(kind), empty_groups(), as_of, any::<prop::sample::Index>(), limit);
        parts.prop_map(|(mut definition, mut question, empty, as_of, since, limit)| {
            let depth = definition["group_by"].as_array().map_or(0, Vec::len);
            if let Question::Groups { depth: asked } | Question::GroupStream { depth: asked } = &mut question {
                if depth == 0 || *asked == 0 {
                    definition["group_by"] = empty;
                    definition["group_sort"] = json!([]);
                    *asked = 1;
                }
                *asked = (*asked).min(depth.max(1));
            }
            Asked { definition, question, limit, as_of, since }
        })
    })
}

/// Definitions of a kind, over days on which something happened, with conditions that something meets.
pub(super) fn definitions_of(kind: Kind) -> impl Strategy<Value = Value> {
    let ranges = vec![
        json!({"from": "2026-04-11", "to": "2026-04-16"}),
        json!({"from": "2026-04-12", "to": "2026-04-13"}),
        json!({"from": "2026-04-12T06:10:00", "to": "2026-04-14T19:20:00"}),
        json!({"to": "2026-04-14T12:00:00"}),
        json!({"preset": "last_30_days"}),
    ];
    let conditions: Vec<Value> = conditions().into_iter().filter(|on| kind.field(on["field"].as_str().unwrap()).is_some()).collect();
    let conditions = prop_oneof![Just(Vec::new()), prop::sample::subsequence(conditions, 1..3)];
    (generated::of_kind(kind), prop::sample::select(ranges), conditions).prop_map(|(mut definition, range, conditions)| {
        definition["range"] = range;
        definition["filters"] = conditions.into();
        definition.as_object_mut().unwrap().remove("as_of_seq");
        leave_out(&mut definition, &["received_at"], &["columns", "sort", "group_by", "group_sort"]);
        // A ledger with fewer events gives them other numbers, in the same order.
        leave_out(&mut definition, &["seq"], &["columns", "group_by", "group_sort"]);
        definition
    })
}

/// Takes fields out of some members, and members out that have none left. Where there are no groups, they have no order.
pub(super) fn leave_out(definition: &mut Value, fields: &[&str], members: &[&str]) {
    for member in members {
        let Some(list) = definition[*member].as_array_mut() else { continue };
        let name = |item: &Value| item.get("field").unwrap_or(item).as_str().unwrap().to_owned();
        list.retain(|item| !fields.iter().any(|field| name(item).starts_with(field)));
        if list.is_empty() {
            definition.as_object_mut().unwrap().remove(*member);
        }
    }
    if definition.get("group_by").is_none_or(|keys| keys == &json!([])) {
        definition.as_object_mut().unwrap().remove("group_sort");
    }
}

fn conditions() -> Vec<Value> {
    let on = |field: &str, op: &str, values: Value| json!({"field": field, "op": op, "values": values});
    vec![
        on("hierarchy", "under", json!(["EMEA"])),
        on("hierarchy", "under", json!(["EMEA / Stock", "A\\/B"])),
        on("hierarchy", "in", json!(["EMEA / Stockholm", "EMEA / Stock_olm", "A / B"])),
        on("hierarchy", "not_in", json!(["EMEA", "A / B"])),
        on("hierarchy", "prefix", json!(["EMEA / Stock"])),
        on("hierarchy", "contains", json!(["%"])),
        on("hierarchy", "is_null", json!([])),
        on("routing_profile", "in", json!(["Billing"])),
        on("routing_profile", "not_in", json!(["Billing%", "Bill"])),
        on("account", "in", json!(["ag1"])),
        on("account", "in", json!(["ag0", "ag2", "ag3"])),
        on("account", "not_in", json!(["ag1"])),
        on("employee_id", "in", json!(["17", "1_7"])),
        on("agent", "in", json!(["ag1", "Person 2", "Kim Lee"])),
        on("agent", "in", json!(["ag4"])),
        on("agent", "contains", json!(["agent"])),
        on("agent", "is", json!(["Person 0"])),
        on("agent_id", "in", json!(["17", "ag2"])),
        on("agent_id", "not_in", json!(["170"])),
        on("agent_time_zone", "in", json!(["Asia/Kathmandu"])),
        on("triggered_by", "contains", json!(["actor"])),
        on("triggered_by", "is", json!(["Actor 1"])),
        on("source", "in", json!(["portal", "expiring"])),
        on("source", "not_in", json!(["portal"])),
        on("channel", "in", json!(["phone"])),
        on("instance", "in", json!(["item 1"])),
        on("application", "in", json!(["App 0"])),
        on("outcome", "in", json!(["success"])),
        on("event_time", "gte", json!(["2026-04-12T12:00:00Z"])),
        on("login_time", "lte", json!(["2026-04-13T12:00:00Z"])),
        on("end_reason", "in", json!(["superseded", "still_open", "signed_out"])),
        on("concurrent", "in", json!([true])),
    ]
}

fn question(kind: Kind) -> BoxedStrategy<Question> {
    let depth = || 0_usize..3;
    let facets = facets(kind).prop_map(Question::Facets);
    let of_any = prop_oneof![
        1 => Just(Question::Rows),
        1 => Just(Question::Stream),
        1 => Just(Question::Total),
        2 => depth().prop_map(|depth| Question::Groups { depth }),
        1 => depth().prop_map(|depth| Question::GroupStream { depth }),
        4 => facets,
        2 => histograms(kind).prop_map(Question::Histogram),
        1 => Just(Question::Changes),
        1 => Just(Question::ChangeStream),
    ];
    if kind != Kind::LoginLogout {
        return of_any.boxed();
    }
    prop_oneof![10 => of_any, 1 => Just(Question::SignedIn), 1 => Just(Question::SignedInStream)].boxed()
}

fn facets(kind: Kind) -> impl Strategy<Value = Vec<FacetAsked>> {
    let fields: Vec<&str> = kind.fields().iter().filter(|field| has_facet(field)).map(|field| field.name).collect();
    let search = prop::option::weighted(0.2, prop::sample::select(vec!["a", "kim", "stock", "7"]));
    let under = prop::option::weighted(0.4, prop::sample::select(HIERARCHIES.iter().flatten().collect::<Vec<_>>()));
    let fields = prop::sample::subsequence(fields, 1..5);
    (fields, search, prop::option::of(prop::sample::select(vec![0_usize, 2, 1_000])), under).prop_map(|(fields, search, top, under)| {
        let asked = |field: &&str| FacetAsked {
            field: (*field).to_owned(),
            search: search.map(str::to_owned),
            top,
            under: under.filter(|_| *field == "hierarchy").map(|under| (*under).to_owned()),
        };
        fields.iter().map(asked).collect()
    })
}

fn histograms(kind: Kind) -> impl Strategy<Value = HistogramAsked> {
    let splits: Vec<&str> = kind.fields().iter().filter(|field| has_facet(field)).map(|field| field.name).collect();
    let times = if kind == Kind::LoginLogout { vec!["login_time", "logout_time"] } else { vec!["event_time"] };
    let (field, split) = (prop::sample::select(times), prop::option::of(prop::sample::select(splits)));
    let bucket = prop::sample::select(vec![None, Some(BucketSize::Hour), Some(BucketSize::Day)]);
    (field, split, bucket, prop::option::of(0_usize..4)).prop_map(|(field, split, bucket, top)| HistogramAsked {
        field: Some(field.to_owned()),
        bucket,
        split: split.map(str::to_owned),
        top,
    })
}

/// Keys whose groups may be empty: they stand alone.
fn empty_groups() -> impl Strategy<Value = Value> {
    prop::sample::subsequence(vec!["agent", "agent_id", "agent_time_zone"], 1..3).prop_shuffle().prop_map(|fields| {
        let keys: Vec<Value> = fields.iter().map(|field| json!({"field": field, "empty": true})).collect();
        keys.into()
    })
}

impl Asked {
    /// The definition, with as much as is known of; how many events there are is said for each share.
    fn definition(&self, seq_of: &dyn Fn(prop::sample::Index) -> i64) -> Definition {
        let mut definition = self.definition.clone();
        if let Some(as_of) = self.as_of {
            definition["as_of_seq"] = seq_of(as_of).into();
        }
        Definition::parse(definition).unwrap()
    }

    fn since(&self, seq_of: &dyn Fn(prop::sample::Index) -> i64) -> i64 {
        let since = seq_of(self.since);
        self.as_of.map_or(since, |as_of| since.min(seq_of(as_of)))
    }

    /// The whole answer, over all pages. What is said of sources, and where a reader goes on, is left out.
    pub(super) async fn ask(&self, store: &Store, caller: &Caller, seq_of: &dyn Fn(prop::sample::Index) -> i64) -> Value {
        let (reports, definition, now) = (&store.reports, &self.definition(seq_of), noon());
        let paging = |cursor| Paging { limit: Some(self.limit), cursor };
        let depth = |depth: usize, cursor| GroupPaging { depth: Some(depth), limit: Some(self.limit), cursor };
        match &self.question {
            Question::Rows => pages("rows", async |cursor| value(reports.page(caller, definition, &paging(cursor), now).await)).await,
            Question::Stream => streamed(store, caller, definition).await.into(),
            Question::Total => {
                let none = Paging { limit: Some(0), cursor: None };
                reports.page(caller, definition, &none, now).await.unwrap().total.into()
            }
            Question::Groups { depth: keys } => {
                pages("groups", async |cursor| value(reports.groups(caller, definition, &depth(*keys, cursor), now).await)).await
            }
            Question::GroupStream { depth: keys } => {
                let stream = reports.group_stream(caller, definition, &depth(*keys, None), now).await.unwrap();
                lines(stream).await.into()
            }
            Question::Facets(facets) => {
                let catalogue = Arc::new(Catalogue::embedded().clone());
                compared(value(reports.facets(caller, definition, facets, &catalogue, now).await).unwrap())
            }
            Question::Histogram(histogram) => compared(value(reports.histogram(caller, definition, histogram, now).await).unwrap()),
            Question::SignedIn => {
                pages("days", async |cursor| value(reports.signed_in(caller, definition, &paging(cursor), now).await)).await
            }
            Question::SignedInStream => {
                let days = reports.signed_in_stream(caller, definition, None, now).await.unwrap();
                lines(days).await.into()
            }
            Question::Changes => {
                let since = self.since(seq_of);
                pages("changes", async |cursor| value(reports.changes(caller, definition, since, &paging(cursor), now).await)).await
            }
            Question::ChangeStream => changes(store, caller, definition, self.since(seq_of)).await.into(),
        }
    }
}

/// What a stream tells as lines of JSON.
async fn lines<W: Tell + Clone>(stream: RowStream<W>) -> Vec<Value> {
    let (writer, mut text) = (stream.writer.clone(), Vec::new());
    let batches: Vec<_> = stream.batches().collect().await;
    batches.into_iter().for_each(|batch| writer.ndjson(&batch.unwrap(), &mut text).unwrap());
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// All rows of a stream.
pub(super) async fn streamed(store: &Store, caller: &Caller, definition: &Definition) -> Vec<Value> {
    let stream = store.reports.stream(caller, definition, None, noon()).await.unwrap();
    let writer = stream.writer.clone();
    let batches: Vec<_> = stream.batches().collect().await;
    let rows = batches.into_iter().flat_map(|batch| writer.json(&batch.unwrap()).unwrap());
    rows.map(|row| serde_json::from_str(row.get()).unwrap()).collect()
}

/// All changes of a stream, without the number that an event has.
pub(super) async fn changes(store: &Store, caller: &Caller, definition: &Definition, since: i64) -> Vec<Value> {
    let stream = store.reports.change_stream(caller, definition, since, None, noon()).await.unwrap();
    let writer = stream.writer.clone();
    let batches: Vec<_> = stream.batches().collect().await;
    let changes = batches.into_iter().flat_map(|batch| writer.changes(&batch.unwrap()).unwrap());
    changes.map(|change| compared(serde_json::to_value(change).unwrap())).collect()
}

/// The answers of all pages as one.
pub(super) async fn pages(list: &str, page: impl AsyncFn(Option<String>) -> Result<Value, Error>) -> Value {
    let (mut whole, mut cursor) = (Vec::new(), None);
    loop {
        let mut answer = page(cursor).await.unwrap();
        whole.append(answer[list].as_array_mut().unwrap());
        cursor = answer["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            answer[list] = whole.into_iter().map(compared).collect::<Vec<_>>().into();
            return compared(answer);
        }
    }
}

pub(super) fn value(answer: Result<impl serde::Serialize, Error>) -> Result<Value, Error> {
    answer.map(|answer| serde_json::to_value(answer).unwrap())
}

/// An answer without what is not of its rows alone.
fn compared(mut answer: Value) -> Value {
    let left_out: BTreeSet<&str> = BTreeSet::from(["watermark", "next_cursor", "since_seq"]);
    let members = answer.as_object_mut().unwrap();
    members.retain(|name, _| !left_out.contains(name.as_str()));
    if members.get("key").is_some_and(Value::is_number) {
        members.remove("key");
    }
    answer
}
