//! What docs/generator.md promises about the data, counted.

#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use rollcall_generator::{Options, generate};
use rollcall_model::event::DEFAULT_MAX_FUTURE_MICROS;
use rollcall_model::time::{MICROS_PER_DAY, MICROS_PER_HOUR};
use rollcall_model::zone::Zone;
use rollcall_model::{AccessActivity, Category, EndReason, Event, Outcome, Session, SessionKind, Timestamp};
use rollcall_sessions::{AccessEvent, SourceLimits, sessions_of};
use sha2::{Digest, Sha256};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn options(agents: u32, days: u32) -> Options {
    let zone = Zone::new("Europe/Stockholm").unwrap();
    Options { zone, ..Options::new(1, agents, days, at("2026-11-21T12:00:00Z")) }
}

/// People sign in and out, and do nothing else: enough for what is asked about sessions.
fn signing_in_only(agents: u32, days: u32) -> Options {
    Options { events: Some(1), ..options(agents, days) }
}

/// Every event once, in order of arrival.
fn once(options: &Options) -> Vec<Event> {
    let mut seen = BTreeSet::new();
    generate(options).filter(|event| seen.insert(event.event_id)).collect()
}

fn sessions(events: &[Event]) -> Vec<Session> {
    sessions_of(&events.iter().filter_map(AccessEvent::from_event).collect::<Vec<_>>(), &SourceLimits::default())
}

/// Parts of the whole in per mille.
fn per_mille(part: usize, whole: usize) -> usize {
    part * 1_000 / whole
}

#[test]
fn the_first_events_of_seed_1_never_change() {
    let mut digest = Sha256::new();
    for event in generate(&options(300, 30)).take(10_000) {
        digest.update(serde_json::to_vec(&event).unwrap());
        digest.update(b"\n");
    }
    let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex, "96dde373530462fdf8e0fc66096edc84d49f0333aafaf9eca6b0942eb108679a",
        "the data of a seed has changed: say so in the changelog, then pin it anew"
    );
}

#[test]
fn the_same_options_give_the_same_events_and_another_seed_others() {
    let all = |seed| generate(&Options { seed, ..options(40, 5) });
    assert!(all(7).eq(all(7)));
    assert!(all(7).take(100).ne(all(8).take(100)));
}

#[test]
fn every_event_is_acceptable_and_in_its_normal_form() {
    let options = options(300, 14);
    for event in generate(&options) {
        event.validate(options.end, DEFAULT_MAX_FUTURE_MICROS).unwrap();
        let mut normal = event.clone();
        normal.normalize();
        assert_eq!(normal, event);
        assert!(event.event_time < options.end && options.end.micros_since(event.event_time) <= 14 * MICROS_PER_DAY);
        assert_eq!(event.event_id.get_version_num(), 7);
        if let Some(ip) = &event.source_ip {
            assert!(ip.parse::<std::net::IpAddr>().is_ok(), "{ip}");
        }
    }
}

#[test]
fn a_person_makes_33_events_a_day_of_450_bytes_and_one_in_ten_is_an_access_event() {
    let (mut events, mut bytes) = (0, 0);
    let mut categories: BTreeMap<Category, usize> = BTreeMap::new();
    let mut applications = BTreeSet::new();
    for event in generate(&options(500, 14)) {
        events += 1;
        bytes += serde_json::to_string(&event).unwrap().len() + 1;
        *categories.entry(event.category).or_default() += 1;
        if event.category == Category::Activity {
            applications.insert(event.application.unwrap());
        }
    }
    assert!((31..=36).contains(&(events / 7_000)), "{events} events");
    assert!((440..=470).contains(&(bytes / events)), "{} bytes", bytes / events);
    assert!((90..=112).contains(&per_mille(categories[&Category::Access], events)), "{categories:?} of {events}");
    assert!((3..=6).contains(&per_mille(categories[&Category::WebhookFailure], events)), "{categories:?}");
    assert!(categories[&Category::IntegrationFailure] > 0);
    assert_eq!(applications.len(), 16);
}

#[test]
fn a_wanted_number_of_events_is_nearly_met() {
    for wanted in [60_000_u64, 100_000, 400_000] {
        let made = generate(&Options { events: Some(wanted), ..options(200, 10) }).count() as u64;
        assert!(made.abs_diff(wanted) * 100 < wanted * 3, "wanted {wanted}, made {made}");
    }
    // Signing in and out goes on, however few are wanted.
    let fewest = generate(&Options { events: Some(1), ..options(200, 10) });
    assert!(fewest.filter(|event| event.category == Category::Access).count() > 5_000);
}

#[test]
fn one_in_200_comes_late_but_none_later_than_a_day() {
    let mut now = Timestamp::MIN;
    let (mut events, mut late) = (0, 0);
    let mut last_of_all = None;
    for event in generate(&options(300, 14)) {
        let behind = now.micros_since(event.event_time);
        // The telephone system tells whole seconds, so its events are a little behind the others.
        late += usize::from(now != Timestamp::MIN && behind >= MICROS_PER_HOUR / 60);
        assert!(now == Timestamp::MIN || behind <= MICROS_PER_DAY);
        now = now.max(event.event_time);
        events += 1;
        last_of_all = Some(event);
    }
    // Those that come twice come late the second time.
    assert!((4..=8).contains(&per_mille(late, events)), "{late} of {events}");
    assert!(last_of_all.is_some());
}

#[test]
fn one_in_1000_comes_twice_and_says_the_same() {
    let mut seen: BTreeMap<_, Event> = BTreeMap::new();
    let mut repeated = 0;
    for event in generate(&options(1_000, 7)) {
        match seen.get(&event.event_id) {
            Some(first) => {
                assert_eq!(first, &event);
                repeated += 1;
            }
            None => {
                seen.insert(event.event_id, event);
            }
        }
    }
    let in_100_000 = repeated * 100_000 / seen.len();
    assert!((75..=125).contains(&in_100_000), "{repeated} of {}", seen.len());
}

#[test]
fn sessions_end_in_every_way_in_the_promised_shares() {
    let events = once(&signing_in_only(1_000, 28));
    let sessions = sessions(&events);
    let (impersonations, sign_ins): (Vec<&Session>, Vec<&Session>) = sessions.iter().partition(|s| s.kind == SessionKind::Impersonation);
    let share = |reason| sign_ins.iter().filter(|s| s.end_reason == reason).count() * 10_000 / sign_ins.len();
    // In 10,000 sessions.
    let promised = [
        (EndReason::SignedOut, 8_900..=9_400),
        (EndReason::ForcedOut, 70..=130),
        (EndReason::SystemSignedOut, 150..=260),
        (EndReason::Superseded, 130..=240),
        (EndReason::SupersededByForce, 25..=70),
        (EndReason::SystemRestart, 60..=250),
        (EndReason::StillOpen, 50..=250),
        (EndReason::UnknownLogin, 20..=120),
    ];
    for (reason, allowed) in promised {
        assert!(allowed.contains(&share(reason)), "{reason}: {} of 10,000", share(reason));
    }
    // Expired is what a limit of the source makes of an open session; the data sets none.
    assert_eq!(share(EndReason::Expired), 0);
    assert!(impersonations.iter().any(|s| s.end_reason == EndReason::SignedOut));
    assert!(impersonations.iter().all(|s| s.impersonator.is_some() && s.impersonator != s.agent_name));
    assert!(sign_ins.iter().filter(|s| s.end_reason == EndReason::ForcedOut).all(|s| s.ended_by.is_some()));
}

#[test]
fn a_night_over_a_change_of_clocks_lasts_an_hour_more() {
    // Clocks in Stockholm went back on 25 October 2026 at 1 h UTC; those in Lagos never do.
    let events = once(&Options { end: at("2026-10-26T00:00:00Z"), ..signing_in_only(2_000, 3) });
    let (before, after) = (at("2026-10-24T23:30:00Z"), at("2026-10-25T02:30:00Z"));
    let nights = |city: &str| -> Vec<f64> {
        let mut hours: Vec<f64> = sessions(&events)
            .iter()
            .filter(|s| s.end_reason == EndReason::SignedOut && s.channel.as_deref() == Some("agent_portal"))
            .filter(|s| s.hierarchy.as_deref().is_some_and(|h| h.contains(city)))
            .filter(|s| s.login_time < Some(before) && s.logout_time > Some(after))
            .filter_map(|s| s.duration().map(|seconds| seconds / 3_600.0))
            .collect();
        hours.sort_by(f64::total_cmp);
        hours
    };
    let stockholm = nights("Stockholm");
    assert!(stockholm.len() > 10, "{stockholm:?}");
    assert!(stockholm.iter().all(|hours| (9.2..9.8).contains(hours)), "{stockholm:?}");
    let lagos = nights("Lagos");
    assert!(!lagos.is_empty() && lagos.iter().all(|hours| (8.2..8.8).contains(hours)), "{lagos:?}");
}

#[test]
fn sources_differ_as_sources_do() {
    let events = once(&options(500, 14));
    let of = |source: &str| events.iter().filter(|e| e.source == source && e.category == Category::Access).collect::<Vec<_>>();
    let (desktop, phone, portal) = (of("desktop"), of("phone-system"), of("agent-portal"));
    assert!(desktop.iter().all(|e| e.session_id.is_some()));
    assert!(desktop.iter().any(|e| e.access_activity() == Some(AccessActivity::SignOfLife)));
    assert!(portal.iter().chain(&phone).all(|e| e.session_id.is_none()));
    assert!(phone.iter().all(|e| e.event_time.as_micros() % 1_000_000 == 0));
    assert!(phone.iter().any(|e| e.channel.as_deref().is_some_and(|c| c.starts_with("queue/"))));
    let starts = phone.iter().filter(|e| e.access_activity() == Some(AccessActivity::SystemStart)).count();
    let stops = phone.iter().filter(|e| e.access_activity() == Some(AccessActivity::SystemStop)).count();
    assert_eq!((starts, stops), (2, 1));
    let codes: BTreeSet<&str> = portal.iter().filter_map(|e| e.failure_code.as_deref()).collect();
    assert_eq!(codes, BTreeSet::from(["1001", "1002", "1003", "1005"]));
    assert!(portal.iter().all(|e| e.failure_code.is_some() == (e.outcome == Outcome::Failure)));
    assert!(events.iter().any(|e| e.attempt == Some(3)));
}

#[test]
fn nobody_and_no_time_give_no_events() {
    assert_eq!(generate(&options(0, 14)).count(), 0);
    assert_eq!(generate(&options(50, 0)).count(), 0);
    // One person alone has no supervisor and no colleague, and works all the same.
    assert!(generate(&options(1, 14)).count() > 50);
    // More days than the calendar has reach back to its beginning.
    assert!(generate(&Options { end: at("0000-01-20T00:00:00Z"), ..options(5, u32::MAX) }).count() > 100);
}
