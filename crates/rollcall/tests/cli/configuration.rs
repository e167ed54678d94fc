//! Settings from the file, the environment and flags, seen from the outside.

use crate::process::Bench;

/// An event that lies a hundred years ahead: whether it is taken tells the limit that counts.
const FAR: &str =
    r#"{"event_time":"2125-11-20T09:00:00Z","category":"access","activity":"sign_in","outcome":"success","account":"mara.lind"}"#;
const FAR_ENOUGH: &str = "876000";

#[test]
fn a_flag_counts_before_the_environment_before_the_file_before_the_default() {
    let bench = Bench::new();
    // Each import has a source of its own: what was taken once stays.
    let rejected = |source: &str, environment: &[(&str, &str)], args: &[&str]| {
        let import = ["import", "--format", "native", "--source", source, "far.ndjson"];
        bench.run_with(environment, &[&import[..], args].concat()).ok().count("rejected")
    };
    bench.write("far.ndjson", FAR);
    bench.write("c.toml", format!("max_future_h = {FAR_ENOUGH}"));
    let (in_environment, in_file) = ([("ROLLCALL_MAX_FUTURE_H", "1")], ["--config", "c.toml"]);
    assert_eq!(rejected("default", &[], &[]), 1);
    assert_eq!(rejected("file", &[], &in_file), 0);
    assert_eq!(rejected("environment", &in_environment, &in_file), 1);
    assert_eq!(rejected("flag", &in_environment, &[&in_file[..], &["--max-future-h", FAR_ENOUGH]].concat()), 0);
    // The file in the data folder is read without being named.
    std::fs::rename(bench.path("c.toml"), bench.path("data/rollcall.toml")).unwrap();
    assert_eq!(rejected("folder", &[], &[]), 0);
}

#[test]
fn the_data_folder_comes_from_the_flag_the_environment_or_the_file() {
    let bench = Bench::new();
    bench.write("far.ndjson", FAR.replace("2125", "2025"));
    bench.write("c.toml", "data = \"by-file\"");
    let import = ["import", "--format", "native", "far.ndjson"];
    bench.run(&import).ok();
    assert!(bench.path("data/ledger.db").exists());
    bench.run(&[&import[..], &["--data", "by-flag"]].concat()).ok();
    assert!(bench.path("by-flag/ledger.db").exists());
    let mut command = bench.command(&[&import[..], &["--config", "c.toml"]].concat());
    assert!(command.env_remove("ROLLCALL_DATA").status().unwrap().success());
    assert!(bench.path("by-file/ledger.db").exists());
    let mut command = bench.command(&import);
    assert!(command.env_remove("ROLLCALL_DATA").status().unwrap().success());
    assert!(bench.path("rollcall-data/ledger.db").exists());
}

#[test]
fn a_source_is_configured_once() {
    let bench = Bench::new();
    bench.write("c.toml", "[sources.pbx]\nformat = \"asterisk-queue-log\"\nlongest_session_hours = 10\n");
    bench.write("queue_log", "1763625598|NONE|support|SIP/1|ADDMEMBER|\n");
    bench.run(&["import", "--config", "c.toml", "--source", "pbx", "queue_log"]).ok();
    let rows = bench.run(&["report", "login-logout", "--config", "c.toml", "--from", "2025-11-20", "--format", "json"]).ok().rows();
    assert_eq!((rows[0]["source"].as_str(), rows[0]["end_reason"].as_str()), (Some("pbx"), Some("expired")));
    assert_eq!(rows[0]["ended_no_later_than"], "2025-11-20T17:59:58Z");
}

#[test]
fn what_is_not_known_is_refused() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("data")).unwrap();
    bench.write("c.toml", "listne = \"127.0.0.1:1\"");
    bench.run(&["archive", "--config", "c.toml"]).failed(2, "expected one of `data`, `database`, `lake`, `listen`");
    bench.run(&["archive", "--config", "missing.toml"]).failed(1, "missing.toml can't be read");
    bench.run(&["archive", "--log-level", "loud!"]).failed(2, "log level: expected error, warn, info");
    bench.run(&["archive", "--query-threads", "0"]).failed(2, "query_threads: expected 1 to");
    bench.run(&["archive", "--data", "x", "--url", "http://127.0.0.1:1/"]).failed(2, "--data");
    bench.run(&["archive", "--key", "rk_x"]).failed(2, "a data folder needs no key");
    bench.run(&["serve", "--listen", "here"]).failed(2, "--listen");
    bench.run(&["dance"]).failed(2, "unrecognized subcommand");
}
