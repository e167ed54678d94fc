//! What a tenant adds to the catalogue: its own applications, entities, activities and words, and what was
//! seen in its events.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::check::path;
use super::{Activity, Application, Catalogue, Entity, Group, InvalidCatalogue, Origin};
use crate::event::Effect;

/// One entry that a tenant adds. Its label is for the last that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The application; missing where an event names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The entity; missing where the entry is about the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// The activity; missing where the entry is about the entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// Whether the activity alters something or only looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Words for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it is known.
    pub origin: Origin,
}

impl Entry {
    /// Checks what every entry must fulfil, apart from others.
    pub fn check(&self) -> Result<(), InvalidCatalogue> {
        let names = [&self.application, &self.entity, &self.activity];
        if names.into_iter().chain([&self.label]).flatten().any(|text| text.trim().is_empty()) {
            return Err(InvalidCatalogue::Empty(self.path()));
        }
        match (&self.application, &self.entity, &self.activity) {
            (None, None, None) => Err(InvalidCatalogue::Nothing),
            (_, None, Some(_)) => Err(InvalidCatalogue::WithoutEntity(self.path())),
            _ => Ok(()),
        }
    }

    fn path(&self) -> String {
        path([&self.application, &self.entity, &self.activity].into_iter().flatten().map(String::as_str))
    }
}

impl Catalogue {
    /// The catalogue with what a tenant adds.
    ///
    /// What it says already stays. An entry that it has adds a label or an effect where there is none, and may
    /// make the origin more certain: what was inferred and is then seen has been observed. Applications are
    /// told apart by name. An entity that is seen in an application also stays in its unassigned group.
    pub fn extended(&self, entries: impl IntoIterator<Item = Entry>) -> Result<Catalogue, InvalidCatalogue> {
        let mut extended = self.clone();
        let mut seen = BTreeSet::new();
        for entry in entries {
            entry.check()?;
            if !seen.insert((entry.application.clone(), entry.entity.clone(), entry.activity.clone())) {
                return Err(InvalidCatalogue::Twice(entry.path()));
            }
            extended.add(entry);
        }
        Ok(extended)
    }

    fn add(&mut self, entry: Entry) {
        let Some(name) = entry.application.clone() else {
            return self.add_unassigned(entry);
        };
        let origin = entry.origin;
        let new = || Application { name: name.clone(), title: None, product: None, origin, group: None, note: None, entities: Vec::new() };
        change(
            &mut self.applications,
            |application| application.name == name,
            new,
            |application| {
                application.origin = application.origin.or(origin);
                if entry.entity.is_none() {
                    fill(&mut application.title, entry.label.clone());
                }
                add_entity(&mut application.entities, entry, true);
            },
        );
    }

    /// An entity of an unknown application is in a group of the tenant's own.
    fn add_unassigned(&mut self, entry: Entry) {
        change(
            &mut self.unassigned,
            |group| group.product.is_none(),
            || Group { product: None, group: None, note: None, entities: Vec::new() },
            |group| add_entity(&mut group.entities, entry, false),
        );
    }
}

fn add_entity(entities: &mut Vec<Entity>, entry: Entry, application_is_known: bool) {
    let Entry { entity, activity, effect, label, origin, .. } = entry;
    let Some(name) = entity else { return };
    let placed = application_is_known.then_some(origin);
    let new = || Entity { name: name.clone(), label: None, origin, placed, note: None, activities: Vec::new() };
    change(
        entities,
        |entity| entity.name == name,
        new,
        |entity| {
            entity.origin = entity.origin.or(origin);
            entity.placed = entity.placed.map(|placed| placed.or(origin));
            match activity {
                Some(activity) => add_activity(&mut entity.activities, activity, effect, label, origin),
                None => fill(&mut entity.label, label),
            }
        },
    );
}

fn add_activity(activities: &mut Vec<Activity>, name: String, effect: Option<Effect>, label: Option<String>, origin: Origin) {
    let new = || Activity { name: name.clone(), label: None, origin, prose: false, effect: None, note: None };
    change(
        activities,
        |activity| activity.name == name,
        new,
        |activity| {
            activity.origin = activity.origin.or(origin);
            // Seen in an event, so this is how it is spelt.
            activity.prose &= origin != Origin::Observed;
            fill(&mut activity.label, label);
            fill(&mut activity.effect, effect);
        },
    );
}

/// Changes the item that is meant, or else a new one, which is then added.
fn change<T>(items: &mut Vec<T>, is_meant: impl Fn(&T) -> bool, new: impl FnOnce() -> T, how: impl FnOnce(&mut T)) {
    match items.iter_mut().find(|item| is_meant(item)) {
        Some(item) => how(item),
        None => {
            let mut item = new();
            how(&mut item);
            items.push(item);
        }
    }
}

/// Adds what is missing; what is there stays.
fn fill<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}
