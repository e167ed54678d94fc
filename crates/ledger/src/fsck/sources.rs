//! What is noted of each source against the events that came through it.

use super::evidence::{Evidence, Through};
use super::finding::{FindingKind, Place};
use super::view::View;

/// Checks the counters of all sources. Where retention has removed events, they may say more than there is.
pub(super) fn check(view: &View, evidence: &Evidence) {
    let has_removed = view.removals.iter().any(|removal| removal.events > 0);
    let met = evidence.sources();
    let names: std::collections::BTreeSet<&String> = met.keys().chain(view.sources.keys()).collect();
    for name in names {
        let found = met.get(name).copied().unwrap_or_default();
        let status = view.sources.get(name);
        let noted = Through {
            events: status.map_or(0, |status| status.events),
            newest: status.filter(|status| status.events > 0).map(|status| status.newest_event_time.as_micros()),
        };
        let is_right = if has_removed { noted.events >= found.events && noted.newest >= found.newest } else { noted == found };
        if !is_right {
            let what = format!(
                "its events are {}, the newest at {:?}; noted are {} and {:?}",
                found.events, found.newest, noted.events, noted.newest
            );
            let place = Place { source: Some(name.clone()), ..Place::table("rollcall_source") };
            evidence.find(FindingKind::SourceWrong, place, what);
            evidence.plan().sources.insert(name.clone(), found);
        }
    }
}
