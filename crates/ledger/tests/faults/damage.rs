//! Torn, truncated, flipped and missing files: a store either opens with all that was acknowledged, or says
//! that it does not.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rollcall_ledger::{Unfinished, backup};

use crate::child::{Fault, Home, run};
use crate::log::Told;
use crate::oracle::{Shown, block_on, check, fsck, open, show, verdict};
use crate::work::{Draw, Kind, copy, files, options};
use crate::{is_long, tell, times};

/// Of SQLite's write-ahead log: its header, and a frame's header and page.
const WAL_HEADER: u64 = 32;
const FRAME: u64 = 24 + 4_096;

/// A store whose process was killed, so that its write-ahead log is there.
fn killed(seed: u64, kind: Kind) -> Home {
    let home = Home::new();
    let ended = run(&home.place, seed, kind, &Fault::After(16, Duration::ZERO));
    assert!(ended.signal().is_some(), "{ended}: {:#?}", home.told().lines);
    // Nothing of it has been copied into the database and overwritten yet: its length says how much was synced.
    let length = wal(&home).metadata().unwrap().len();
    assert!(length > 10 * FRAME && length < 1_000 * FRAME, "{length}");
    home
}

fn wal(home: &Home) -> PathBuf {
    home.place.data.join("ledger.db-wal")
}

/// The lengths at which a write-ahead log is cut: at every frame, and a little before and after.
fn cuts(length: u64, draw: &mut Draw) -> Vec<u64> {
    let frames = (0..=length / FRAME).map(|frame| WAL_HEADER + frame * FRAME);
    let around = frames.flat_map(|at| [at - 1, at, at + 1, at + 24, at + FRAME / 2]);
    let all: Vec<u64> = [0].into_iter().chain(around).filter(|at| *at <= length).collect();
    if is_long() {
        return all;
    }
    (0..12).map(|_| all[usize::try_from(draw.below(all.len() as u64)).unwrap()]).collect()
}

/// What was acknowledged while the log was no longer than that.
fn acknowledged_within(told: &Told, length: u64) -> BTreeSet<u32> {
    told.acknowledged.iter().filter(|(_, wal)| *wal <= length).flat_map(|(numbers, _)| numbers.clone()).collect()
}

#[test]
fn a_torn_end_of_the_write_ahead_log_loses_only_what_was_not_acknowledged() {
    let mut draw = Draw(9);
    let (mut tried, mut refused) = (0, 0);
    for seed in 0..2 * u64::try_from(times().div_ceil(30)).unwrap() {
        let home = killed(600 + seed, if seed % 2 == 0 { Kind::Keeping } else { Kind::Appending });
        let told = home.told();
        let whole = std::fs::read(wal(&home)).unwrap();
        for at in cuts(whole.len() as u64, &mut draw) {
            let cut = home.copy();
            let mut torn = whole.clone();
            let from = usize::try_from(at).unwrap();
            match draw.below(3) {
                // Cut off, or as long as it was with nothing or anything at its end.
                0 => torn.truncate(from),
                1 => torn[from..].fill(0),
                _ => torn[from..].iter_mut().for_each(|byte| *byte = u8::try_from(draw.below(256)).unwrap()),
            }
            std::fs::write(wal(&cut), torn).unwrap();
            let judged = block_on(verdict(&cut.place, &told, &acknowledged_within(&told, at)));
            if let Err(wrong) = judged {
                // No power cut takes back what was synced. If the lake has it already, that is noticed.
                let taken_back = told.acknowledged.iter().any(|(_, wal)| *wal > at) && wrong.contains("older than the lake");
                assert!(taken_back, "cut at {at}: {wrong}");
                refused += 1;
            }
            tried += 1;
        }
    }
    tell("write-ahead log torn", tried, refused);
}

/// What comes of a damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It did not open, and said why.
    Refused,
    /// It opened, and fsck, or whoever reads, is told.
    Found,
    /// Nothing was lost, and everything is shown as it was.
    Harmless,
}

/// Opens a damaged store. That it shows something else and says nothing is the one thing that may not be.
#[track_caller]
fn outcome(home: &Home, truth: &Shown, what: &str) -> Outcome {
    block_on(async {
        let ledger = match open(&home.place).await {
            Ok(ledger) => ledger,
            Err(error) => {
                assert!(error.to_string().len() > 20, "{what}: what is wrong? {error}");
                return Outcome::Refused;
            }
        };
        let sound = fsck(&ledger).await.is_ok_and(|report| report.is_sound());
        let shown = show(&ledger).await;
        let _ = ledger.close().await;
        if !sound {
            return Outcome::Found;
        }
        let Ok(shown) = shown else { return Outcome::Found };
        assert_eq!(&shown, truth, "{what}: something else is shown, and nobody says so");
        Outcome::Harmless
    })
}

fn flip(path: &Path, at: u64, bit: u64) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[usize::try_from(at).unwrap()] ^= 1 << bit;
    std::fs::write(path, bytes).unwrap();
}

/// Flips a bit anywhere in `ledger.db`, each in a copy of its own. Answers how many were told.
fn flip_bits_of_the_database(home: &Home, truth: &Shown, mut draw: Draw, tried: usize) -> usize {
    let length = home.place.data.join("ledger.db").metadata().unwrap().len();
    let mut told = 0;
    for _ in 0..tried {
        let spoilt = home.copy();
        let (at, bit) = (draw.below(length), draw.below(8));
        flip(&spoilt.place.data.join("ledger.db"), at, bit);
        told += usize::from(outcome(&spoilt, truth, &format!("bit {bit} of byte {at} of ledger.db")) != Outcome::Harmless);
    }
    told
}

#[test]
fn a_flipped_bit_of_the_database_is_told_or_changes_nothing() {
    let home = Home::lived_in(41, Kind::Keeping);
    // Something that only the journal has.
    run(&home.place, 7, Kind::Keeping, &Fault::None);
    let truth = check(&home.place);
    let tried = 20 * times();
    let told = flip_bits_of_the_database(&home, &truth, Draw(10), tried);
    tell("bit flipped in ledger.db", tried, told);
}

#[test]
fn a_flipped_bit_of_the_journal_is_told() {
    // Much in the journal, so that most bits are an event's.
    let home = Home::new();
    run(&home.place, 8, Kind::Appending, &Fault::After(120, Duration::ZERO));
    let truth = check(&home.place);
    let tried = 30 * times();
    let told = flip_bits_of_the_database(&home, &truth, Draw(11), tried);
    tell("bit flipped in a journal", tried, told);
    assert!(told > 0);
}

#[test]
fn a_flipped_bit_amid_the_write_ahead_log_is_told() {
    let home = killed(700, Kind::Keeping);
    let truth = check(&home.copy().place);
    let told = home.told();
    // The last transaction can't be told from one that was never finished.
    let synced = told.acknowledged.iter().rev().map(|(_, wal)| *wal).nth(1).unwrap();
    let mut draw = Draw(12);
    let tried = 20 * times();
    let mut refused = 0;
    for _ in 0..tried {
        let spoilt = home.copy();
        let (at, bit) = (draw.below(synced), draw.below(8));
        flip(&wal(&spoilt), at, bit);
        refused += usize::from(outcome(&spoilt, &truth, &format!("bit {bit} of byte {at} of the write-ahead log")) == Outcome::Refused);
    }
    tell("bit flipped in the write-ahead log", tried, refused);
    assert!(refused > 0);
}

/// What a backup reads beside a server may be half written at that moment. Only when nobody runs the store does it say
/// that the log is damaged.
#[test]
fn a_backup_looks_for_damage_only_where_nobody_writes() {
    let spoilt = killed(700, Kind::Keeping);
    flip(&wal(&spoilt), WAL_HEADER + 2 * FRAME + 100, 3);
    let back_up = |name: &str| {
        let folder = Unfinished::begin(&spoilt.place.data.join(name), "A backup").unwrap();
        block_on(backup(&options(&spoilt.place), &folder, None))
    };
    let refused = back_up("alone").unwrap_err().to_string();
    assert!(refused.contains("ledger.db-wal is damaged"), "{refused}");
    let owner = std::fs::File::create(spoilt.place.data.join("rollcall.lock")).unwrap();
    owner.lock().unwrap();
    // Here nobody really runs, so SQLite takes what is before the damage for all there is.
    let told = back_up("beside").unwrap_err().to_string();
    assert!(told.contains("holds no ledger"), "{told}");
}

#[test]
fn files_that_are_missing_or_cut_short_are_told() {
    let home = Home::lived_in(42, Kind::Keeping);
    let truth = check(&home.place);
    let database = home.place.data.join("ledger.db");
    let lake = files(&home.place.data.join("lake"));
    let of_class = |class: &str| lake.iter().rfind(|path| path.file_name().unwrap().to_str().unwrap().starts_with(class)).unwrap();
    let victims = [&database, of_class("access"), of_class("other"), of_class("ended"), of_class("open"), of_class("counts")];
    let mut tried = 0;
    for victim in victims {
        let length = victim.metadata().unwrap().len();
        for left in [None, Some(0), Some(1), Some(length / 2), Some(length - 1)] {
            let spoilt = home.copy();
            let path = spoilt.place.data.join(victim.strip_prefix(&home.place.data).unwrap());
            match left {
                None => std::fs::remove_file(&path).unwrap(),
                Some(left) => std::fs::File::options().write(true).open(&path).unwrap().set_len(left).unwrap(),
            }
            let what = format!("{} of {length} bytes cut to {left:?}", path.display());
            assert_ne!(outcome(&spoilt, &truth, &what), Outcome::Harmless, "{what}");
            tried += 1;
            if *victim == database {
                // Nothing has been cleared away meanwhile: with its database the store is what it was.
                let restored = home.copy();
                std::fs::remove_dir_all(restored.place.data.join("lake")).unwrap();
                copy(&spoilt.place.data.join("lake"), &restored.place.data.join("lake"));
                assert_eq!(check(&restored.place), truth, "{what}");
            }
        }
    }
    let without = home.copy();
    std::fs::remove_dir_all(without.place.data.join("lake")).unwrap();
    assert_ne!(outcome(&without, &truth, "no lake"), Outcome::Harmless);
    tell("file missing or cut short", tried + 1, tried + 1);
}

#[test]
fn a_database_that_is_older_than_its_lake_is_refused_and_nothing_is_cleared_away() {
    let home = Home::lived_in(43, Kind::Keeping);
    let earlier = home.copy();
    // Until something new has been archived.
    for seed in 0..20 {
        run(&home.place, 800 + seed, Kind::Keeping, &Fault::None);
    }
    let truth = check(&home.place);
    let spoilt = home.copy();
    std::fs::copy(earlier.place.data.join("ledger.db"), spoilt.place.data.join("ledger.db")).unwrap();
    let before = files(&spoilt.place.data.join("lake"));
    assert_eq!(outcome(&spoilt, &truth, "an older database"), Outcome::Refused);
    assert_eq!(files(&spoilt.place.data.join("lake")), before);
    tell("database older than its lake", 1, 1);
}
