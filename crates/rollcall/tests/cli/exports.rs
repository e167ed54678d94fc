//! Export tasks on the command line, and through a kill of the server.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Bench, Done, files, wait_until};

/// In no other word of a store.
const PASSWORD: &str = "Zebra_17%";
const CREATE: &[&str] = &["export", "create", "activity-audit", "--from", "2026-11-01", "--to", "2026-11-30"];

/// A bench with so many events that a file of them is not written in a moment.
fn filled() -> Bench {
    let bench = Bench::new();
    let generate =
        ["generate", "--agents", "150", "--days", "20", "--seed", "7", "--end", "2026-11-21T00:00:00Z", "--out", "events.ndjson"];
    bench.run(&generate).ok();
    bench.run(&["import", "--format", "native", "events.ndjson"]).ok();
    bench.write("password", format!("{PASSWORD}\n"));
    bench
}

/// A line of what a command has told of a task.
fn told(done: &Done, name: &str) -> String {
    let line = done.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {}", done.stdout)).to_owned()
}

fn archives(bench: &Bench, end: &str) -> Vec<PathBuf> {
    let all = files(&bench.path("data/exports/default/exports")).into_iter();
    all.filter(|path| path.extension().is_some_and(|extension| extension == end)).collect()
}

fn opens_with(archive: &Path, password: &str) -> bool {
    let found = ["7zz", "7z", "7za"].into_iter().find(|program| Command::new(program).arg("i").output().is_ok());
    let program = found.expect("7-Zip is missing: scripts/install-tools.sh");
    Command::new(program).args(["t", &format!("-p{password}")]).arg(archive).output().unwrap().status.success()
}

/// The files below a folder that hold a text.
fn holding(folder: &Path, text: &str) -> Vec<PathBuf> {
    let below = files(folder).into_iter().flat_map(|path| {
        if path.is_dir() {
            return holding(&path, text);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        if bytes.windows(text.len()).any(|window| window == text.as_bytes()) { vec![path] } else { Vec::new() }
    });
    below.collect()
}

#[test]
fn a_task_survives_kill_9_and_leaves_no_half_file_and_no_password() {
    let bench = filled();
    let mut server = bench.serve_with_log("first.log", &[("ROLLCALL_LOG_LEVEL", "debug")], &[]);
    let made = bench.run(&[CREATE, &["--password-file", "password"]].concat()).ok();
    let id = told(&made, "id");
    wait_until("the file is being written", || !archives(&bench, "part").is_empty());
    server.kill();
    assert!(archives(&bench, "zip").is_empty(), "what is not whole does not look so");
    assert_eq!(archives(&bench, "part").len(), 1);

    let mut server = bench.serve_with_log("second.log", &[("ROLLCALL_LOG_LEVEL", "debug")], &[]);
    wait_until("the task is successful", || told(&bench.run(&["export", "show", &id]).ok(), "status") == "successful");
    let done = bench.run(&["export", "show", &id]).ok();
    bench.run(&["export", "download", &id, "--output", "rows.zip"]).ok();
    bench.run(&["export", "download", &id, "--output", "rows.zip"]).failed(1, "rows.zip can't be made");
    let archive = bench.path("rows.zip");
    assert_eq!(std::fs::metadata(&archive).unwrap().len().to_string(), told(&done, "bytes"));
    assert!(opens_with(&archive, PASSWORD) && !opens_with(&archive, "Zebra_18%"));
    assert_eq!(archives(&bench, "zip").len(), 1);
    assert_eq!(server.stop(), 0);

    std::fs::remove_file(bench.path("password")).unwrap();
    let root = bench.path("data").parent().unwrap().to_owned();
    assert_eq!(holding(&root, PASSWORD), Vec::<PathBuf>::new());
    assert!(!holding(&root, &id).is_empty(), "the search finds what is there");
}

#[test]
fn where_no_server_is_the_command_writes_the_archive() {
    let bench = Bench::new();
    bench.run(&["import", "--format", "native", &bench.write("none.ndjson", "")]).ok();
    let create = ["export", "create", "login-logout", "--preset", "yesterday"];
    bench.run_on(PASSWORD.as_bytes(), &create).failed(1, "secrets can't be stored");
    // The first start makes the secret key.
    assert_eq!(bench.serve(&[]).stop(), 0);
    bench.run_on(b"geheim\n", &create).failed(2, "expected at least one digit");
    let made = bench.run_on(format!("{PASSWORD}\r\n").as_bytes(), &create).ok();
    assert_eq!((told(&made, "status"), told(&made, "rows")), ("successful".to_owned(), "0".to_owned()));
    assert_eq!(told(&made, "file"), "Login_Logout report.csv");
    let id = told(&made, "id");
    let listed = bench.run(&["export", "list", "--format", "json"]).ok().rows();
    assert_eq!((listed.len(), listed[0]["id"].as_str()), (1, Some(id.as_str())));
    bench.run(&["export", "download", &id]).ok();
    assert!(opens_with(&bench.path("Login_Logout report.zip"), PASSWORD));
    bench.run(&["export", "cancel", &id]).failed(1, "the task is successful");
    bench.run(&["export", "delete", &id]).ok();
    assert!(archives(&bench, "zip").is_empty());
    bench.run(&["export", "show", &id]).failed(1, "there is no export task");
}
