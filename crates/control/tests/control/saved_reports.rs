//! Saved reports: named once, changed by one at a time.

use futures::future::join_all;
use rollcall_control::ControlError;
use rollcall_control::saved_reports::{NewReport, ReportChange, SavedReport};
use rollcall_model::TenantId;
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, report, tenant, waiting};

on_both_engines![
    a_report_comes_back_as_it_was_saved,
    what_is_not_to_be_otherwise_stays_as_it_is,
    a_name_is_unique_per_owner_whatever_its_case,
    a_report_is_renamed_to_a_free_name,
    a_report_is_found_by_its_name,
    the_second_to_change_a_version_is_told_which_is_there,
    of_many_who_change_the_same_version_at_once_exactly_one_does,
    of_many_who_save_the_same_name_at_once_exactly_one_does,
    a_report_is_deleted_in_the_version_that_was_read,
    tenants_see_their_own_reports_alone,
    the_library_lists_ones_own_and_the_published_ones_by_name,
    a_change_and_its_record_are_one,
    a_damaged_report_is_named,
];

fn default() -> TenantId {
    TenantId::default()
}

fn renamed(name: &str) -> ReportChange {
    ReportChange { name: Some(name.to_owned()), ..ReportChange::new("2", at(50)) }
}

fn owned_by(owner: &str, report: NewReport) -> NewReport {
    NewReport { owner: owner.to_owned(), ..report }
}

fn names(reports: Vec<SavedReport>) -> Vec<String> {
    reports.into_iter().map(|report| report.name).collect()
}

async fn a_report_comes_back_as_it_was_saved(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let new = NewReport { published: true, ..report("default", 7, "Yesterday") };
    let saved = control.saved_reports().create(&new, None).await.unwrap();
    let expected = SavedReport {
        id: new.id,
        tenant: new.tenant,
        owner: new.owner,
        name: new.name,
        kind: new.kind,
        definition: new.definition,
        published: true,
        version: 1,
        created_at: at(7),
        changed_at: at(7),
        changed_by: "1".to_owned(),
    };
    assert_eq!(saved, expected);
    control.close().await.unwrap();
    let again = place.open().await.unwrap();
    assert_eq!(again.saved_reports().get(&default(), new.id).await.unwrap(), Some(expected));
    assert_eq!(again.saved_reports().get(&default(), Uuid::from_u128(8)).await.unwrap(), None);
}

async fn what_is_not_to_be_otherwise_stays_as_it_is(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&report("default", 1, "Yesterday"), None).await.unwrap();
    let changes = [
        ReportChange { published: Some(true), ..ReportChange::new("2", at(20)) },
        ReportChange { name: Some(" Today\t".to_owned()), ..ReportChange::new("3", at(30)) },
        ReportChange {
            kind: Some("sign_in_log".to_owned()),
            definition: Some(r#"{"report":"sign_in_log"}"#.to_owned()),
            ..ReportChange::new("4", at(40))
        },
    ];
    for (version, change) in (1..).zip(&changes) {
        let changed = reports.update(&default(), saved.id, version, change, None).await.unwrap();
        assert_eq!(reports.get(&default(), saved.id).await.unwrap(), Some(changed));
    }
    let expected = SavedReport {
        name: "Today".to_owned(),
        kind: "sign_in_log".to_owned(),
        definition: r#"{"report":"sign_in_log"}"#.to_owned(),
        published: true,
        version: 4,
        changed_at: at(40),
        changed_by: "4".to_owned(),
        ..saved.clone()
    };
    assert_eq!(reports.get(&default(), saved.id).await.unwrap(), Some(expected));
}

async fn a_name_is_unique_per_owner_whatever_its_case(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    reports.create(&report("default", 1, "Igår på Östra"), None).await.unwrap();
    for (number, name) in [(2, "Igår på Östra"), (3, "IGÅR PÅ ÖSTRA"), (4, "  igår på östra ")] {
        let error = reports.create(&report("default", number, name), None).await.unwrap_err();
        assert!(matches!(&error, ControlError::NameTaken { name: taken } if taken == name.trim()), "{error}");
        assert_eq!(reports.get(&default(), Uuid::from_u128(number)).await.unwrap(), None);
    }
    reports.create(&owned_by("2", report("default", 5, "Igår på Östra")), None).await.unwrap();
    reports.create(&report("north", 6, "Igår på Östra"), None).await.unwrap();

    let other = reports.create(&report("default", 7, "Another"), None).await.unwrap();
    let error = reports.update(&default(), other.id, 1, &renamed("igår PÅ östra"), None).await.unwrap_err();
    let expected = r#"saved report "igår PÅ östra": its owner has one of that name; choose another name, or overwrite that one"#;
    assert_eq!(error.to_string(), expected);
    assert_eq!(reports.get(&default(), other.id).await.unwrap(), Some(other));
}

async fn a_report_is_renamed_to_a_free_name(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&report("default", 1, "yesterday"), None).await.unwrap();
    let renamed_report = reports.update(&default(), saved.id, 1, &renamed("Yesterday"), None).await.unwrap();
    assert_eq!(renamed_report.name, "Yesterday", "its own name is free");
    reports.update(&default(), saved.id, 2, &renamed("Today"), None).await.unwrap();
    reports.create(&report("default", 2, "Yesterday"), None).await.unwrap();
}

async fn a_report_is_found_by_its_name(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&report("default", 1, "Straße"), None).await.unwrap();
    for name in ["Straße", "STRASSE", " straße "] {
        assert_eq!(reports.find_by_name(&default(), "1", name).await.unwrap().as_ref(), Some(&saved));
    }
    assert_eq!(reports.find_by_name(&default(), "2", "Straße").await.unwrap(), None);
    assert_eq!(reports.find_by_name(&tenant("north"), "1", "Straße").await.unwrap(), None);
    assert_eq!(reports.find_by_name(&default(), "1", "Stra").await.unwrap(), None);
}

async fn the_second_to_change_a_version_is_told_which_is_there(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&report("default", 1, "Yesterday"), None).await.unwrap();
    let first = reports.update(&default(), saved.id, 1, &renamed("First"), None).await.unwrap();
    let refused = [
        reports.update(&default(), saved.id, 1, &renamed("Second"), None).await.map(|_| ()),
        reports.delete(&default(), saved.id, 1, &[], at(9), &[]).await,
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(&error, ControlError::VersionConflict { expected: 1, present: 2, .. }), "{error}");
        let expected = format!("saved report {}: expected version 1, found 2; read it again and repeat the change", saved.id);
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(reports.get(&default(), saved.id).await.unwrap(), Some(first));
    let never = reports.update(&default(), saved.id, i64::MAX, &renamed("Second"), None).await;
    assert!(matches!(never, Err(ControlError::VersionConflict { .. })));
}

async fn of_many_who_change_the_same_version_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let id = nodes[0].saved_reports().create(&report("default", 1, "Yesterday"), None).await.unwrap().id;
    let change = |number: usize| {
        let control = nodes[number % 2].clone();
        async move {
            let record = record("default", number as u128);
            let outcome = control.saved_reports().update(&default(), id, 1, &renamed(&format!("Report {number}")), Some(&record)).await;
            outcome.map(|saved| (saved, record.event_id.as_u128()))
        }
    };
    let mut done = Vec::new();
    for outcome in join_all((1..=8).map(|number| tokio::spawn(change(number)))).await {
        match outcome.unwrap() {
            Ok(change) => done.push(change),
            Err(error) => assert!(matches!(error, ControlError::VersionConflict { expected: 1, present: 2, .. }), "{error}"),
        }
    }
    let [(saved, recorded)] = done.as_slice() else { panic!("{} have changed it", done.len()) };
    assert_eq!(nodes[1].saved_reports().get(&default(), id).await.unwrap().as_ref(), Some(saved));
    assert_eq!(waiting(&nodes[1]).await, [*recorded]);
}

async fn of_many_who_save_the_same_name_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let save = |number: u128| {
        let control = nodes[number as usize % 2].clone();
        async move { control.saved_reports().create(&report("default", number, "Yesterday"), Some(&record("default", number))).await }
    };
    let outcomes = join_all((1..=8).map(save)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(ControlError::NameTaken { .. }))));
    assert_eq!(nodes[0].saved_reports().list(&default(), None, false).await.unwrap().len(), 1);
    assert_eq!(waiting(&nodes[0]).await.len(), 1);
}

async fn a_report_is_deleted_in_the_version_that_was_read(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&report("default", 1, "Yesterday"), None).await.unwrap();
    reports.delete(&default(), saved.id, 1, &[], at(9), &[]).await.unwrap();
    assert_eq!(reports.get(&default(), saved.id).await.unwrap(), None);
    let gone = [
        reports.delete(&default(), saved.id, 1, &[], at(9), &[]).await,
        reports.update(&default(), saved.id, 1, &renamed("Today"), None).await.map(|_| ()),
    ];
    for error in gone.map(Result::unwrap_err) {
        assert_eq!(error.to_string(), format!("saved report {}: there is none; somebody may have deleted it", saved.id));
    }
    reports.create(&report("default", 2, "Yesterday"), None).await.unwrap();
}

async fn tenants_see_their_own_reports_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&NewReport { published: true, ..report("default", 1, "Yesterday") }, None).await.unwrap();
    let north = tenant("north");
    assert_eq!(reports.get(&north, saved.id).await.unwrap(), None);
    assert!(reports.list(&north, None, true).await.unwrap().is_empty());
    assert!(matches!(reports.delete(&north, saved.id, 1, &[], at(9), &[]).await, Err(ControlError::NotFound { .. })));
    assert!(matches!(reports.update(&north, saved.id, 1, &renamed("Mine"), None).await, Err(ControlError::NotFound { .. })));
    assert_eq!(reports.get(&default(), saved.id).await.unwrap(), Some(saved));
}

async fn the_library_lists_ones_own_and_the_published_ones_by_name(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    for new in [
        report("default", 1, "beta"),
        report("default", 2, "Alpha"),
        NewReport { published: true, ..report("default", 3, "Delta") },
        owned_by("2", NewReport { published: true, ..report("default", 4, "Gamma") }),
        owned_by("2", report("default", 5, "Epsilon")),
    ] {
        reports.create(&new, None).await.unwrap();
    }
    let list = |owner, published| async move { names(reports.list(&default(), owner, published).await.unwrap()) };
    assert_eq!(list(Some("1"), false).await, ["Alpha", "beta", "Delta"]);
    assert_eq!(list(Some("1"), true).await, ["Alpha", "beta", "Delta", "Gamma"]);
    assert_eq!(list(Some("3"), true).await, ["Delta", "Gamma"]);
    assert_eq!(list(None, false).await, ["Alpha", "beta", "Delta", "Epsilon", "Gamma"]);
    assert_eq!(list(None, true).await, ["Alpha", "beta", "Delta", "Epsilon", "Gamma"]);
}

async fn a_change_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let reports = control.saved_reports();
    let saved = reports.create(&report("default", 1, "Yesterday"), Some(&record("default", 1))).await.unwrap();
    let changed = reports.update(&default(), saved.id, 1, &renamed("Today"), Some(&record("default", 2))).await.unwrap();
    let other = reports.create(&report("default", 2, "Yesterday"), Some(&record("default", 3))).await.unwrap();
    reports.delete(&default(), other.id, 1, &[], at(9), &[record("default", 4)]).await.unwrap();
    assert_eq!(waiting(&control).await, [1, 2, 3, 4]);

    // Without its record, a change is none.
    let twice = record("default", 4);
    let refused = [
        reports.create(&report("default", 3, "Another"), Some(&twice)).await.map(|_| ()),
        reports.update(&default(), saved.id, 2, &renamed("Another"), Some(&twice)).await.map(|_| ()),
        reports.delete(&default(), saved.id, 2, &[], at(9), std::slice::from_ref(&twice)).await,
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    }
    assert_eq!(reports.list(&default(), None, false).await.unwrap(), [changed]);

    // And of a change that is refused nothing is recorded.
    reports.create(&report("default", 4, "Today"), Some(&record("default", 5))).await.unwrap_err();
    reports.update(&default(), saved.id, 1, &renamed("Another"), Some(&record("default", 5))).await.unwrap_err();
    reports.delete(&default(), saved.id, 1, &[], at(9), &[record("default", 5)]).await.unwrap_err();
    assert_eq!(waiting(&control).await, [1, 2, 3, 4]);
}

async fn a_damaged_report_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let saved = control.saved_reports().create(&report("default", 1, "Yesterday"), None).await.unwrap();
    place.sql("UPDATE saved_report SET changed_at = 9223372036854775807").await;
    let error = control.saved_reports().get(&default(), saved.id).await.unwrap_err();
    let expected = format!("saved_report {}: changed_at: expected UTC microseconds, got 9223372036854775807", saved.id);
    assert!(error.to_string().contains(&expected), "{error}");
}
