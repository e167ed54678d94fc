//! The activity catalogue: which entities and activities an application can report.
//!
//! It lets a reader pick what has *not* happened too, and it has words for codes. It is data: two files that
//! the binary embeds, one made from a vendor's page and one of Rollcall's own, and what a tenant adds. Every
//! entry says how it is known, so that nothing concluded passes for something a vendor says.
//!
//! - [`values`](Catalogue::values): what a reader can pick, given what is picked already (`values.rs`)
//! - [`extended`](Catalogue::extended): with what a tenant adds (`extension.rs`)
//! - [`restricted_to`](Catalogue::restricted_to): with the applications that a tenant has

mod check;
mod extension;
mod values;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use check::InvalidCatalogue;
pub use extension::Entry;
pub use values::{Field, Given, Known};

use crate::event::{Effect, words};

/// What the vendor's page says, in the shape of a [`Catalogue`].
const VENDORS: &str = include_str!("../../data/catalogue.json");
/// What Rollcall itself reports, in the same shape.
const OWN: &str = include_str!("../../data/rollcall.json");

/// The product whose events are about Rollcall itself. Every tenant has it.
pub const OWN_PRODUCT: &str = "Rollcall";

words! {
    /// How it is known.
    Origin {
        /// Its maker's documentation says so.
        Documented = "documented",
        /// Its maker's documentation suggests it, by position for example.
        Inferred = "inferred",
        /// It was seen in this tenant's events.
        Observed = "observed",
    }
}

impl Origin {
    /// What is concluded is the least certain.
    const fn certainty(self) -> u8 {
        match self {
            Origin::Documented => 2,
            Origin::Observed => 1,
            Origin::Inferred => 0,
        }
    }

    /// Of two ways in which the same is known, the more certain.
    pub(crate) fn or(self, other: Origin) -> Origin {
        if other.certainty() > self.certainty() { other } else { self }
    }

    /// How something is known that holds only if both do: as the less certain of them.
    pub(crate) fn and(self, other: Origin) -> Origin {
        if other.certainty() < self.certainty() { other } else { self }
    }
}

/// Applications with their entities and activities, each entry once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "check::Unchecked")]
pub struct Catalogue {
    products: Vec<Product>,
    applications: Vec<Application>,
    unassigned: Vec<Group>,
}

/// A product whose applications are in the catalogue, and in which version of that data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name.
    pub name: String,
    /// Version of what the catalogue says of it: grows with every change.
    pub version: u32,
    /// Where that is from.
    pub source: String,
}

/// An application that reports events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Its other name, or words for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The product that it is part of; missing where a tenant has added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How it is known that there is this application.
    pub origin: Origin,
    /// The group of the vendor's page in which its entities are, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// What else is to be said, for example why a group is taken to be this application's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What it reports on. Empty where none of the groups is certain to be its own.
    #[serde(default)]
    pub entities: Vec<Entity>,
}

/// Entities that belong together, of an application that is not certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The product to which they belong; missing where a tenant has added them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Which group of the vendor's page they are, counted from 1; missing where they are in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// What else is to be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The entities.
    #[serde(default)]
    pub entities: Vec<Entity>,
}

/// A kind of item that experiences events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Its name, spelt as in its source.
    pub name: String,
    /// Words for a name that is a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it is known that there is an entity of this name.
    pub origin: Origin,
    /// How it is known that it is this application's; missing where the application is not certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed: Option<Origin>,
    /// What else is to be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What can happen to it, as far as that is known.
    #[serde(default)]
    pub activities: Vec<Activity>,
}

/// What can happen to an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Its name, spelt as in its source.
    pub name: String,
    /// Words for a name that is a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it is known that it can happen to this entity.
    pub origin: Origin,
    /// Whether the page names it in running text alone: in events it may be spelt in another way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prose: bool,
    /// Whether it alters something or only looks; missing where that is not certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// What else is to be said, for example what it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Application {
    /// Whether it is called so: by its name, or by its other one.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.title.as_deref() == Some(name)
    }

    /// Its entity of this name.
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.name == name)
    }
}

impl Entity {
    /// Its activity of this name.
    pub fn activity(&self, name: &str) -> Option<&Activity> {
        self.activities.iter().find(|activity| activity.name == name)
    }
}

impl Catalogue {
    /// What every tenant has: the vendor's applications, and Rollcall's own.
    pub fn embedded() -> &'static Catalogue {
        // That the data is sound is a test's business. Without it a reader could pick only what has occurred.
        static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| built_in().unwrap_or_default());
        &EMBEDDED
    }

    /// The products whose applications are in it.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// The applications.
    pub fn applications(&self) -> &[Application] {
        &self.applications
    }

    /// The application of this name, or else the first that has it as its other one.
    pub fn application(&self, name: &str) -> Option<&Application> {
        let by_name = self.applications.iter().find(|application| application.name == name);
        by_name.or_else(|| self.applications.iter().find(|application| application.is_called(name)))
    }

    /// Entities of which the application is not certain, in groups.
    pub fn unassigned(&self) -> &[Group] {
        &self.unassigned
    }

    /// What is left for a tenant that has switched on these applications, by either of their names.
    ///
    /// Rollcall's own application stays: whoever has Rollcall has it. Groups without a certain application stay
    /// as long as one application of their product does.
    pub fn restricted_to(&self, switched_on: &BTreeSet<String>) -> Catalogue {
        let is_on = |application: &&Application| {
            application.product.as_deref() == Some(OWN_PRODUCT) || switched_on.iter().any(|name| application.is_called(name))
        };
        let applications: Vec<Application> = self.applications.iter().filter(is_on).cloned().collect();
        let has = |product: &str| applications.iter().any(|application| application.product.as_deref() == Some(product));
        Catalogue {
            products: self.products.iter().filter(|product| has(&product.name)).cloned().collect(),
            unassigned: self.unassigned.iter().filter(|group| group.product.as_deref().is_none_or(has)).cloned().collect(),
            applications,
        }
    }
}

/// Both embedded files as one.
fn built_in() -> serde_json::Result<Catalogue> {
    let mut catalogue: check::Unchecked = serde_json::from_str(VENDORS)?;
    catalogue.append(serde_json::from_str(OWN)?);
    Catalogue::try_from(catalogue).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_data_is_sound() {
        assert_eq!(built_in().unwrap(), *Catalogue::embedded());
    }

    #[test]
    fn what_is_concluded_is_the_least_certain() {
        use Origin::{Documented, Inferred, Observed};
        assert_eq!(Inferred.or(Observed), Observed);
        assert_eq!(Observed.or(Documented), Documented);
        assert_eq!(Documented.and(Inferred), Inferred);
        assert_eq!(Documented.and(Observed), Observed);
    }
}
