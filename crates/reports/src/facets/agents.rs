//! Agents who have not signed in: a filter offers them too.

use std::collections::HashSet;

use rollcall_model::directory::Entry;

use super::FacetValue;
use crate::definition::Definition;
use crate::field::Field;
use crate::people::{People, Told, may_meet};

/// Those of the directory whom the caller may see, who are at work and of whom there is no row, as far as they can meet the definition's
/// filters on their place in the organisation.
pub(super) fn not_occurred(field: &Field, occurred: &[FacetValue], definition: &Definition, people: &People) -> Vec<FacetValue> {
    let told = field.told.filter(|told| *told != Told::TimeZone);
    let (Some(told), Some(agents)) = (told, people.agents()) else { return Vec::new() };
    let occurred: HashSet<&str> = occurred.iter().filter_map(|value| value.value.as_str()).collect();
    let is_asked_for = |entry: &Entry| definition.filters.iter().all(|filter| may_meet(entry, filter));
    let all = people.at_work().filter(|(_, entry)| is_asked_for(entry));
    let value = |(place, entry): (usize, &Entry)| {
        let name = agents.name(place)?;
        let (value, label) = match told {
            Told::EmployeeId => (entry.employee_id.as_str(), Some(name.to_owned())),
            _ => (name, None),
        };
        let value = (!occurred.contains(value)).then(|| value.into())?;
        Some(FacetValue { value, label, rows: 0, occurred: false, origin: None, has_children: None })
    };
    all.filter_map(value).collect()
}
