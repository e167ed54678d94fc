//! What must hold of a catalogue, whether it comes from a file or from a tenant.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Application, Catalogue, Entity, Group, Product};

/// Why something can't be a catalogue, or part of one. Each names the entry: application, entity and activity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCatalogue {
    /// The same entry again.
    #[error("{0:?} is there twice; expected each entry once")]
    Twice(String),
    /// A name, or a label, without a letter.
    #[error("{0:?} has an empty text; expected a name, or nothing at all")]
    Empty(String),
    /// An entry that says nothing.
    #[error("expected an entry that names an application or an entity; got neither")]
    Nothing,
    /// An activity without what it happens to.
    #[error("{0:?} names an activity without an entity; expected the entity to which it happens")]
    WithoutEntity(String),
    /// An entity of an application that does not say how that is known, or one without an application that does.
    #[error("{0:?}: expected `placed` where the application is known, and only there")]
    Placed(String),
    /// An application or a group of a product that is not in the list.
    #[error("{0:?} is of the product {1:?}, which is not among the products")]
    Product(String, String),
}

/// A catalogue as it is read, before it is looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unchecked {
    #[serde(default)]
    products: Vec<Product>,
    #[serde(default)]
    applications: Vec<Application>,
    #[serde(default)]
    unassigned: Vec<Group>,
}

impl Unchecked {
    /// Takes what another has.
    pub(super) fn append(&mut self, other: Unchecked) {
        self.products.extend(other.products);
        self.applications.extend(other.applications);
        self.unassigned.extend(other.unassigned);
    }
}

impl TryFrom<Unchecked> for Catalogue {
    type Error = InvalidCatalogue;

    fn try_from(unchecked: Unchecked) -> Result<Self, InvalidCatalogue> {
        let Unchecked { products, applications, unassigned } = unchecked;
        each_once("", products.iter().map(|product| product.name.as_str()))?;
        each_once("", applications.iter().map(|application| application.name.as_str()))?;
        let product_is_known = |whose: &str, product: &Option<String>| match product {
            Some(name) if !products.iter().any(|known| known.name == *name) => {
                Err(InvalidCatalogue::Product(whose.to_owned(), name.clone()))
            }
            _ => Ok(()),
        };
        for application in &applications {
            product_is_known(&application.name, &application.product)?;
            check_entities(&application.name, &application.entities, true)?;
        }
        for group in &unassigned {
            let name = group_name(group);
            product_is_known(&name, &group.product)?;
            check_entities(&name, &group.entities, false)?;
        }
        check_groups(&applications, &unassigned)?;
        Ok(Catalogue { products, applications, unassigned })
    }
}

fn group_name(group: &Group) -> String {
    match group.group {
        Some(number) => format!("group {number}"),
        None => "unassigned".to_owned(),
    }
}

/// Checks that each group of a product's page is in one place.
fn check_groups(applications: &[Application], unassigned: &[Group]) -> Result<(), InvalidCatalogue> {
    let assigned = applications.iter().filter_map(|application| Some((&application.product, application.group?)));
    let others = unassigned.iter().filter_map(|group| Some((&group.product, group.group?)));
    let mut seen = BTreeSet::new();
    for (product, number) in assigned.chain(others) {
        if !seen.insert((product, number)) {
            return Err(InvalidCatalogue::Twice(format!("group {number}")));
        }
    }
    Ok(())
}

fn check_entities(whose: &str, entities: &[Entity], application_is_known: bool) -> Result<(), InvalidCatalogue> {
    each_once(whose, entities.iter().map(|entity| entity.name.as_str()))?;
    for entity in entities {
        let whose = path([whose, entity.name.as_str()]);
        if entity.placed.is_some() != application_is_known {
            return Err(InvalidCatalogue::Placed(whose));
        }
        each_once(&whose, entity.activities.iter().map(|activity| activity.name.as_str()))?;
    }
    Ok(())
}

/// Checks that names are names, and that none is there twice.
fn each_once<'a>(whose: &str, names: impl Iterator<Item = &'a str>) -> Result<(), InvalidCatalogue> {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.trim().is_empty() {
            return Err(InvalidCatalogue::Empty(path([whose, name])));
        }
        if !seen.insert(name) {
            return Err(InvalidCatalogue::Twice(path([whose, name])));
        }
    }
    Ok(())
}

/// What an entry is called in a message.
pub(super) fn path<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    names.join(" / ")
}
