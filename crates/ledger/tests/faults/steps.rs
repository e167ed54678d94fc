//! Stopped, or failing, at every named step.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::Mutex;

use rollcall_ledger::{STEPS, Severity};

use crate::child::{Fault, Home, run};
use crate::oracle::{block_on, check, open};
use crate::work::{Draw, Kind, copy, files};
use crate::{tell, times};

/// How often a step is passed at most, as far as is tried.
const PASSES: u64 = 12;

/// Steps that the usual work doesn't pass.
const RARE: [&str; 2] = ["upgrade.tables", "repair.files_written"];

#[test]
fn stopped_at_any_step_any_number_of_times_loses_and_doubles_nothing() {
    let mut draw = Draw(1);
    let mut struck: BTreeMap<&str, usize> = BTreeMap::new();
    let usual: Vec<&str> = STEPS.iter().copied().filter(|step| !RARE.contains(step)).collect();
    let mut tried = 0;
    let mut home = Home::lived_in(1, Kind::Everything);
    for round in 0..1 + times() {
        for step in &usual {
            // In the first round the first time, so that each is met; later any.
            let at = if round == 0 { 1 } else { 1 + draw.below(PASSES) };
            for attempt in 0..20 {
                let ended = run(&home.place, draw.below(u64::MAX), Kind::Everything, &Fault::Step(format!("kill:{step}:{at}")));
                tried += 1;
                check(&home.place);
                if ended.signal().is_some() {
                    *struck.entry(step).or_default() += 1;
                    break;
                }
                assert!(ended.success(), "{ended}: {:#?}", home.told().lines);
                if round > 0 && attempt == 1 {
                    break;
                }
            }
        }
        if round % 2 == 1 {
            // A store grows; small ones are quicker.
            home = Home::lived_in(draw.below(1_000), Kind::Everything);
        }
    }
    tell("kill at a named step", tried, struck.values().sum());
    let met: BTreeSet<&str> = struck.into_keys().collect();
    assert_eq!(met, usual.into_iter().collect(), "every step was met");
}

#[test]
fn a_step_that_fails_is_told_and_loses_nothing() {
    let (tried, struck) = (Mutex::new(0), Mutex::new(0));
    let mut draw = Draw(2);
    let home = Home::lived_in(2, Kind::Everything);
    for _ in 0..times().div_ceil(3) {
        for step in STEPS.iter().filter(|step| !RARE.contains(step)) {
            let home = home.copy();
            let at = 1 + draw.below(3);
            let ended = run(&home.place, draw.below(u64::MAX), Kind::Everything, &Fault::Step(format!("fail:{step}:{at}")));
            assert!(ended.success(), "{step}: {ended}: {:#?}", home.told().lines);
            let told = home.told();
            let failed = told.lines.iter().position(|line| line.contains("on purpose"));
            if let Some(at) = told.lines.iter().position(|line| line.starts_with("poisoned")) {
                let after = &told.lines[at..];
                assert!(!after.iter().any(|line| line.starts_with("acknowledged")), "{step}: {after:#?}");
            }
            *tried.lock().unwrap() += 1;
            *struck.lock().unwrap() += usize::from(failed.is_some());
            check(&home.place);
        }
    }
    let (tried, struck) = (tried.into_inner().unwrap(), struck.into_inner().unwrap());
    tell("fail at a named step", tried, struck);
    assert!(struck * 3 > tried, "only {struck} of {tried} failed");
}

#[test]
fn stopped_while_it_is_mended_it_can_be_mended() {
    let sound = Home::lived_in(3, Kind::Keeping);
    let truth = check(&sound.place);
    for at in 1..=3 {
        let home = sound.copy();
        let derived = |path: &&std::path::PathBuf| path.to_str().unwrap().contains("/counts-");
        std::fs::remove_file(files(&home.place.data.join("lake")).iter().find(derived).unwrap()).unwrap();
        let ended = run(&home.place, 0, Kind::Repair, &Fault::Step(format!("kill:repair.files_written:{at}")));
        assert_eq!(ended.signal().is_some(), at == 1, "{ended}");
        assert!(run(&home.place, 0, Kind::Repair, &Fault::None).success());
        assert_eq!(check(&home.place), truth);
    }
    tell("kill while fsck mends", 3, 1);
}

#[test]
fn stopped_while_a_store_is_brought_up_to_date_it_still_opens() {
    let home = Home::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/format-1/store");
    copy(&fixture, &home.place.data);
    let ended = run(&home.place, 0, Kind::Keeping, &Fault::Step("kill:upgrade.tables:1".to_owned()));
    assert!(ended.signal().is_some(), "{ended}");
    tell("kill while a store is brought up to date", 1, 1);
    // Its events are not ours, so only fsck judges; its sessions have limits that are not known here.
    block_on(async {
        let ledger = open(&home.place).await.unwrap();
        let report = crate::oracle::fsck(&ledger).await.unwrap();
        let worst = report.findings.iter().map(|finding| finding.severity).max();
        assert!(worst < Some(Severity::Loss) && report.events > 0, "{:#?}", report.findings);
        ledger.close().await.unwrap();
    });
}
