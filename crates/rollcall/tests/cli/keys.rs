//! API keys from the command line.

use crate::process::Bench;

#[test]
fn a_new_key_is_the_last_word_and_is_in_the_list_until_it_is_revoked() {
    let bench = Bench::new();
    let done =
        bench.run(&["key", "create", "--scope", "events:write", "--scope", "reports:read", "--name", "importer", "--expires", "90d"]).ok();
    let key = done.stdout.split_whitespace().next_back().unwrap();
    assert!(key.starts_with("rk_") && done.stdout.ends_with(&format!("{key}\n")), "{}", done.stdout);
    let id = &key[3..25];
    let listed = bench.run(&["key", "list"]).ok().stdout;
    let row = listed.lines().find(|line| line.starts_with(id)).unwrap();
    assert!(row.contains("importer") && row.contains("active") && row.contains("events:write, reports:read"), "{row}");
    assert!(!listed.contains(key), "{listed}");
    bench.run(&["key", "revoke", id]).ok();
    assert!(bench.run(&["key", "list"]).ok().stdout.contains("revoked"));
    let unnamed = bench.run(&["key", "create", "--scope", "store:archive"]).ok();
    assert!(unnamed.stdout.contains("name: store:archive") && unnamed.stdout.contains("expires: never"), "{}", unnamed.stdout);
}

#[test]
fn what_is_no_key_is_refused() {
    let bench = Bench::new();
    bench.run(&["key", "create"]).failed(2, "--scope");
    bench.run(&["key", "create", "--scope", "events:wirte"]).failed(2, "expected a key scope, one of events:write");
    bench.run(&["key", "create", "--scope", "events:write", "--expires", "soon"]).failed(2, "90d");
    bench.run(&["key", "create", "--scope", "events:write", "--expires", "2020-01-01"]).failed(1, "expected a time in the future");
    bench.run(&["key", "create", "--scope", "events:write", "--name", " "]).failed(1, "key name: expected 1 to");
    bench.run(&["key", "revoke", "rk_x"]).failed(2, "expected the id of an API key");
    bench.run(&["key", "revoke", "0000000000000000000000"]).failed(1, "the list of keys shows which there are");
}

#[test]
fn the_folder_of_a_new_key_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.key(&["events:write"]);
    let mode = |name: &str| std::fs::metadata(bench.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data"), mode("data/control.db")), (0o700, 0o600));
}
