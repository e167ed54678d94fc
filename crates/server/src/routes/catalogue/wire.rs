//! The activity catalogue as it goes over the wire.

use rollcall_control::tenant_catalogue;
use rollcall_model::catalogue::{Activity, Application, Catalogue, Entity, Entry, Group, Origin};
use rollcall_model::{Effect, event::InvalidEvent};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Parameters of `GET /catalogue`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CatalogueParameters {
    /// Also the applications that are not switched on.
    #[param(value_type = Option<bool>)]
    pub(super) all: Option<String>,
}

/// What applications can report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueAnswer {
    /// The applications with their entities and activities.
    applications: Vec<CatalogueApplication>,
    /// Entities whose application is not certain.
    unassigned: Vec<CatalogueGroup>,
    /// The applications that are switched on, by name.
    pub(super) switched_on: Vec<String>,
    /// What the tenant has added.
    pub(super) entries: Vec<CatalogueEntry>,
}

/// An application.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueApplication {
    /// Its name, as events have it.
    name: String,
    /// Its other name.
    title: Option<String>,
    /// The product that it is part of; null where the tenant has added it.
    product: Option<String>,
    /// How it is known: `documented`, `inferred` or `observed`.
    origin: &'static str,
    /// What else is to be said.
    note: Option<String>,
    /// What it reports on.
    entities: Vec<CatalogueEntity>,
}

/// Entities that belong together, of an application that is not certain.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueGroup {
    /// The product to which they belong; null where the tenant has added them.
    product: Option<String>,
    /// What else is to be said.
    note: Option<String>,
    /// The entities.
    entities: Vec<CatalogueEntity>,
}

/// A kind of item that experiences events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueEntity {
    /// Its name, as events have it.
    name: String,
    /// Words for it.
    label: Option<String>,
    /// How it is known.
    origin: &'static str,
    /// How it is known that it is this application's; null where the application is not certain.
    placed: Option<&'static str>,
    /// What else is to be said.
    note: Option<String>,
    /// What can happen to it.
    activities: Vec<CatalogueActivity>,
}

/// What can happen to an entity.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueActivity {
    /// Its name, as events have it.
    name: String,
    /// Words for it.
    label: Option<String>,
    /// How it is known.
    origin: &'static str,
    /// `change`, `read`, or null where that is not certain.
    effect: Option<&'static str>,
    /// Whether events may spell it in another way.
    prose: bool,
    /// What else is to be said.
    note: Option<String>,
}

/// An entry that a tenant adds: about an application, an entity, or an activity of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CatalogueEntry {
    /// The application; null where events name none.
    #[serde(default)]
    application: Option<String>,
    /// The entity; null where it is about the application.
    #[serde(default)]
    entity: Option<String>,
    /// The activity; null where it is about the entity.
    #[serde(default)]
    activity: Option<String>,
    /// `change` or `read`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    effect: Option<Effect>,
    /// Words for the last of those three that is named.
    #[serde(default)]
    label: Option<String>,
}

/// Which entry. The parameters of `DELETE /catalogue/entries`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntryParameters {
    /// Its application, if it has one.
    application: Option<String>,
    /// Its entity, if it has one.
    entity: Option<String>,
    /// Its activity, if it has one.
    activity: Option<String>,
}

/// Whether an application is switched on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SwitchedApplication {
    /// Its name.
    pub(super) application: String,
    /// Whether it is.
    pub(super) switched_on: bool,
}

impl CatalogueAnswer {
    pub(super) fn new(catalogue: &Catalogue, switched_on: Vec<String>, entries: Vec<CatalogueEntry>) -> Self {
        CatalogueAnswer {
            applications: catalogue.applications().iter().map(CatalogueApplication::from).collect(),
            unassigned: catalogue.unassigned().iter().map(CatalogueGroup::from).collect(),
            switched_on,
            entries,
        }
    }
}

impl From<&Application> for CatalogueApplication {
    fn from(application: &Application) -> Self {
        CatalogueApplication {
            name: application.name.clone(),
            title: application.title.clone(),
            product: application.product.clone(),
            origin: application.origin.as_str(),
            note: application.note.clone(),
            entities: application.entities.iter().map(CatalogueEntity::from).collect(),
        }
    }
}

impl From<&Group> for CatalogueGroup {
    fn from(group: &Group) -> Self {
        let entities = group.entities.iter().map(CatalogueEntity::from).collect();
        CatalogueGroup { product: group.product.clone(), note: group.note.clone(), entities }
    }
}

impl From<&Entity> for CatalogueEntity {
    fn from(entity: &Entity) -> Self {
        CatalogueEntity {
            name: entity.name.clone(),
            label: entity.label.clone(),
            origin: entity.origin.as_str(),
            placed: entity.placed.map(Origin::as_str),
            note: entity.note.clone(),
            activities: entity.activities.iter().map(CatalogueActivity::from).collect(),
        }
    }
}

impl From<&Activity> for CatalogueActivity {
    fn from(activity: &Activity) -> Self {
        CatalogueActivity {
            name: activity.name.clone(),
            label: activity.label.clone(),
            origin: activity.origin.as_str(),
            effect: activity.effect.map(Effect::as_str),
            prose: activity.prose,
            note: activity.note.clone(),
        }
    }
}

impl CatalogueEntry {
    /// The entry as the catalogue takes it. What a tenant adds, it has seen.
    pub(super) fn for_catalogue(&self) -> Entry {
        let CatalogueEntry { application, entity, activity, effect, label } = self.clone();
        Entry { application, entity, activity, effect, label, origin: Origin::Observed }
    }

    /// The entry as it is stored.
    pub(super) fn for_storing(&self) -> tenant_catalogue::Entry {
        let CatalogueEntry { application, entity, activity, effect, label } = self.clone();
        tenant_catalogue::Entry { key: key(application, entity, activity), effect, label }
    }

    /// Checks its texts, and cuts off the white space around them.
    pub(super) fn trimmed(mut self) -> Result<Self, InvalidEvent> {
        let texts = [
            ("application", &mut self.application),
            ("entity", &mut self.entity),
            ("activity", &mut self.activity),
            ("label", &mut self.label),
        ];
        for (field, text) in texts {
            let Some(text) = text else { continue };
            let trimmed = text.trim();
            let length = trimmed.chars().count();
            if !(1..=MAX_CHARS).contains(&length) || trimmed.contains(char::is_control) {
                let reason =
                    format!("expected null or 1 to {MAX_CHARS} characters, none of them a control character; got {length} of them");
                return Err(InvalidEvent::new(field, reason));
            }
            *text = trimmed.to_owned();
        }
        Ok(self)
    }
}

/// Most characters of a name or a label.
const MAX_CHARS: usize = 200;

impl From<tenant_catalogue::Entry> for CatalogueEntry {
    fn from(entry: tenant_catalogue::Entry) -> Self {
        let named = |text: String| Some(text).filter(|text| !text.is_empty());
        let tenant_catalogue::Entry { key, effect, label } = entry;
        CatalogueEntry { application: named(key.application), entity: named(key.entity), activity: named(key.activity), effect, label }
    }
}

impl From<EntryParameters> for CatalogueEntry {
    fn from(parameters: EntryParameters) -> Self {
        let EntryParameters { application, entity, activity } = parameters;
        CatalogueEntry { application, entity, activity, effect: None, label: None }
    }
}

fn key(application: Option<String>, entity: Option<String>, activity: Option<String>) -> tenant_catalogue::EntryKey {
    tenant_catalogue::EntryKey {
        application: application.unwrap_or_default(),
        entity: entity.unwrap_or_default(),
        activity: activity.unwrap_or_default(),
    }
}
