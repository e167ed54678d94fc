//! What is synced before what, by the system calls themselves: a file and the folders on the way to it before
//! the catalogue names it, and a commit before it is acknowledged.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::child::{Fault, Home, can_trace, run};
use crate::oracle::check;
use crate::tell;
use crate::work::Kind;

/// What a system call did that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Call {
    Made(PathBuf),
    Written(PathBuf),
    Synced(PathBuf),
    Removed(PathBuf),
    /// A line of the child's log.
    Told(String),
}

/// Reads what strace has written. A call that was interrupted by another thread's counts where it ended; a
/// write counts where it began.
fn calls(trace: &str) -> Vec<Call> {
    let mut begun: Vec<(&str, Call)> = Vec::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if rest.starts_with("<...") {
            let at = begun.iter().position(|(of, _)| *of == thread);
            let Some(at) = at else { continue };
            let (_, call) = begun.remove(at);
            if !rest.contains("= -1") {
                calls.push(call);
            }
            continue;
        }
        let Some(call) = parse(rest) else { continue };
        let unfinished = rest.ends_with("<unfinished ...>");
        if unfinished && !matches!(call, Call::Written(_)) {
            begun.push((thread, call));
        } else if unfinished || !rest.contains("= -1") {
            calls.push(call);
        }
    }
    calls
}

fn parse(line: &str) -> Option<Call> {
    let (name, arguments) = line.split_once('(')?;
    // `7</folder/file>`: strace names the file behind a number.
    let of_number = || Some(PathBuf::from(arguments.split_once('<')?.1.split_once('>')?.0));
    let quoted = || Some(PathBuf::from(arguments.split('"').nth(1)?));
    match name {
        "mkdir" | "mkdirat" => Some(Call::Made(quoted()?)),
        "openat" | "open" if arguments.contains("O_CREAT") => Some(Call::Made(quoted()?)),
        "write" | "pwrite64" => Some(Call::Written(of_number()?)),
        "writev" => Some(Call::Told(arguments.split("iov_base=\"").nth(1)?.split("\\n\"").next()?.to_owned())),
        "fsync" | "fdatasync" => Some(Call::Synced(of_number()?)),
        "unlink" | "unlinkat" => Some(Call::Removed(quoted()?)),
        _ => None,
    }
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "parquet")
}

/// The system calls of a child's work, and its folder.
fn trace(kind: Kind, seed: u64) -> (Vec<Call>, PathBuf) {
    let home = Home::new();
    let written = home.path().join("trace");
    let arguments = [
        "--trace=?open,openat,?mkdir,mkdirat,write,pwrite64,writev,fsync,fdatasync,?unlink,unlinkat".to_owned(),
        "--decode-fds=path".to_owned(),
        "--string-limit=200".to_owned(),
        format!("--output={}", written.display()),
    ];
    let ended = run(&home.place, seed, kind, &Fault::Calls(arguments.into()));
    assert!(ended.success(), "{ended}: {:#?}", home.told().lines);
    check(&home.place);
    (calls(&std::fs::read_to_string(written).unwrap()), home.place.data.clone())
}

#[test]
fn files_and_folders_are_synced_before_the_catalogue_names_them_and_commits_before_they_are_acknowledged() {
    if !can_trace() {
        return;
    }
    let (mut files, mut acknowledged) = (0, 0);
    for seed in 0..6 {
        let (calls, data) = trace(Kind::Everything, 500 + seed);
        files += files_before_names(&calls, &data);
        acknowledged += commits_before_answers(&calls, &data);
        forgotten_before_removed(&calls, &data);
    }
    tell("files and acknowledgements followed through system calls", files + acknowledged, 0);
    assert!(files > 10 && acknowledged > 20, "{files} files, {acknowledged} acknowledgements");
}

/// Each file: its last write, then its sync, then that of its folder and of every new one, then the commit.
fn files_before_names(calls: &[Call], data: &Path) -> usize {
    let (wal, lake) = (data.join("ledger.db-wal"), data.join("lake"));
    let made: Vec<&PathBuf> = calls.iter().filter_map(|call| if let Call::Made(path) = call { Some(path) } else { None }).collect();
    let files: BTreeSet<&PathBuf> = made.iter().copied().filter(|path| is_parquet(path)).collect();
    let first = |from: usize, wanted: &Call| calls[from..].iter().position(|call| call == wanted).map(|at| from + at);
    for file in &files {
        let written = calls.iter().rposition(|call| *call == Call::Written((*file).clone())).unwrap();
        let synced = first(written, &Call::Synced((*file).clone())).unwrap_or_else(|| panic!("{} is never synced", file.display()));
        let committed = first(written, &Call::Synced(wal.clone())).unwrap_or_else(|| panic!("{} is never committed", file.display()));
        assert!(synced < committed, "{} is synced after the commit", file.display());
        // From the file's folder up to the lake's: the new ones, whose names lie in the one above, and the file's own.
        let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(&lake));
        for folder in folders.filter(|folder| is_parquet_folder(folder, file) || made.iter().any(|made| made.parent() == Some(folder))) {
            let synced = first(synced, &Call::Synced(folder.to_owned()));
            assert!(synced.is_some_and(|synced| synced < committed), "{} is not synced before the commit", folder.display());
        }
    }
    files.len()
}

fn is_parquet_folder(folder: &Path, file: &Path) -> bool {
    file.parent() == Some(folder)
}

/// Each acknowledgement: the write-ahead log is synced after the last write to it.
fn commits_before_answers(calls: &[Call], data: &Path) -> usize {
    let wal = data.join("ledger.db-wal");
    let mut acknowledged = 0;
    for (at, call) in calls.iter().enumerate() {
        let Call::Told(line) = call else { continue };
        if !line.starts_with("acknowledged") {
            continue;
        }
        let before = |wanted: &Call| calls[..at].iter().rposition(|call| call == wanted);
        let (written, synced) = (before(&Call::Written(wal.clone())), before(&Call::Synced(wal.clone())));
        assert!(synced.is_some() && written < synced, "acknowledged before its commit was synced: {line}");
        // Of a new store, the names on the way to its database too.
        let made = calls[..at].iter().position(|call| *call == Call::Made(wal.clone()));
        assert!(made.is_some() && made < before(&Call::Synced(data.to_owned())), "the folder's names are not synced");
        assert!(before(&Call::Synced(data.parent().unwrap().to_owned())).is_some(), "the new folder's own name is not synced");
        acknowledged += 1;
    }
    acknowledged
}

/// A file of the lake is removed only once a commit has been synced since the last write of the write-ahead log.
fn forgotten_before_removed(calls: &[Call], data: &Path) {
    let wal = data.join("ledger.db-wal");
    for (at, call) in calls.iter().enumerate() {
        let Call::Removed(path) = call else { continue };
        if is_parquet(path) {
            let before = |wanted: &Call| calls[..at].iter().rposition(|call| call == wanted);
            assert!(before(&Call::Written(wal.clone())) < before(&Call::Synced(wal.clone())), "{} is removed too early", path.display());
        }
    }
}

#[test]
fn what_strace_writes_is_understood() {
    let text = "12 openat(AT_FDCWD</>, \"/d/a.parquet\", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0666) = 7</d/a.parquet>\n\
                12 write(7</d/a.parquet>, \"PAR1\"..., 4) = 4\n\
                13 fdatasync(9</d/ledger.db-wal> <unfinished ...>\n\
                12 fsync(7</d/a.parquet>) = -1 EIO (Input/output error)\n\
                13 <... fdatasync resumed>) = 0\n\
                12 writev(3</log>, [{iov_base=\"acknowledged 0 3 900\\n\", iov_len=21}], 1) = 21\n";
    let (parquet, wal) = (PathBuf::from("/d/a.parquet"), PathBuf::from("/d/ledger.db-wal"));
    let expected = [Call::Made(parquet.clone()), Call::Written(parquet), Call::Synced(wal), Call::Told("acknowledged 0 3 900".to_owned())];
    assert_eq!(calls(text), expected);
}

#[test]
fn without_any_one_of_the_syncs_the_order_is_refused() {
    let data = PathBuf::from("/d/data");
    let (lake, folder) = (data.join("lake"), data.join("lake/t"));
    let (file, wal) = (folder.join("f.parquet"), data.join("ledger.db-wal"));
    let whole = [
        Call::Synced(PathBuf::from("/d")),
        Call::Made(wal.clone()),
        Call::Made(folder.clone()),
        Call::Made(file.clone()),
        Call::Written(file.clone()),
        Call::Synced(file),
        Call::Synced(folder),
        Call::Synced(lake),
        Call::Written(wal.clone()),
        Call::Synced(data.clone()),
        Call::Synced(wal),
        Call::Told("acknowledged 0 1 900".to_owned()),
    ];
    let holds = |calls: &[Call]| {
        let check = || files_before_names(calls, &data) + commits_before_answers(calls, &data);
        std::panic::catch_unwind(check).is_ok_and(|checked| checked == 2)
    };
    assert!(holds(&whole));
    for (at, call) in whole.iter().enumerate().filter(|(_, call)| matches!(call, Call::Synced(_))) {
        let mut without = whole.to_vec();
        without.remove(at);
        assert!(!holds(&without), "{call:?} is not missed");
    }
}
