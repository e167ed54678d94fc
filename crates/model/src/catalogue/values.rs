//! What a reader can pick in a field, given what is picked already.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry as Place};

use serde::{Deserialize, Serialize};

use super::{Application, Catalogue, Entity, Origin};
use crate::event::words;

words! {
    /// The columns whose values are in the catalogue; the words are the columns' names.
    Field {
        /// The application in which it occurred.
        Application = "application",
        /// Kind of the item that experienced it.
        Entity = "entity",
        /// What occurred.
        Activity = "activity",
    }
}

/// What is picked already. Nothing picked means anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// The applications, by either of their names.
    pub applications: BTreeSet<String>,
    /// The entities.
    pub entities: BTreeSet<String>,
}

/// A value that is known, whether it occurs or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// The value, as events have it.
    pub value: String,
    /// Words for it, where it is a code or has another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it is known.
    pub origin: Origin,
}

impl Catalogue {
    /// The known values of a field, each once, sorted as people sort.
    ///
    /// Applications are all offered, whatever is given. Where an application is given, its own entities and their
    /// activities are offered; where none is, those of all, and those of the unassigned groups too. A value that
    /// is known in several ways has the most certain of them.
    pub fn values(&self, field: Field, given: &Given) -> Vec<Known> {
        let mut known = Gathered::default();
        match field {
            Field::Application => {
                for application in &self.applications {
                    known.add(&application.name, application.title.as_deref(), application.origin);
                }
            }
            Field::Entity => {
                for offered in self.offered(given) {
                    let entity = offered.entity;
                    known.add(&entity.name, entity.label.as_deref(), offered.known(entity.origin));
                }
            }
            Field::Activity => {
                let is_given = |entity: &Entity| given.entities.is_empty() || given.entities.contains(&entity.name);
                for offered in self.offered(given).filter(|offered| is_given(offered.entity)) {
                    for activity in &offered.entity.activities {
                        known.add(&activity.name, activity.label.as_deref(), offered.known(activity.origin));
                    }
                }
            }
        }
        known.sorted()
    }

    /// The entities of what is given, or all.
    fn offered<'a>(&'a self, given: &'a Given) -> impl Iterator<Item = Offered<'a>> {
        let any = given.applications.is_empty();
        let is_given = move |application: &&Application| any || given.applications.iter().any(|name| application.is_called(name));
        let of_applications = self.applications.iter().filter(is_given).flat_map(|application| &application.entities);
        let of_groups = self.unassigned.iter().filter(move |_| any).flat_map(|group| &group.entities);
        of_applications.chain(of_groups).map(move |entity| Offered { entity, placed: if any { None } else { entity.placed } })
    }
}

/// An entity that is offered.
struct Offered<'a> {
    entity: &'a Entity,
    /// How it is known that it is the application's, where an application is asked for.
    placed: Option<Origin>,
}

impl Offered<'_> {
    /// How its name or one of its activities is known, as one of the application.
    fn known(&self, origin: Origin) -> Origin {
        self.placed.map_or(origin, |placed| origin.and(placed))
    }
}

/// Values by how people sort them: small and capital letters alike.
#[derive(Default)]
struct Gathered<'a>(BTreeMap<(String, &'a str), (Option<&'a str>, Origin)>);

impl<'a> Gathered<'a> {
    fn add(&mut self, value: &'a str, label: Option<&'a str>, origin: Origin) {
        match self.0.entry((value.to_lowercase(), value)) {
            Place::Vacant(place) => {
                place.insert((label, origin));
            }
            Place::Occupied(mut place) => {
                let (known_label, known_origin) = place.get_mut();
                *known_label = known_label.or(label);
                *known_origin = known_origin.or(origin);
            }
        }
    }

    fn sorted(self) -> Vec<Known> {
        let known = self.0.into_iter();
        known.map(|((_, value), (label, origin))| Known { value: value.to_owned(), label: label.map(str::to_owned), origin }).collect()
    }
}
