//! Saved reports, the directory and the catalogue, on a folder, through its socket and by an address.

use serde_json::json;

use crate::main_job::imported;
use crate::process::Bench;

const SAVED: &[&str] = &["report", "save", "Two days", "login-logout", "--from", "2025-11-20", "--to", "2025-11-21", "--columns", "agent"];

#[test]
fn a_report_is_saved_listed_run_overwritten_and_deleted() {
    let bench = imported();
    let saved = bench.run(SAVED).ok();
    assert!(saved.stdout.starts_with("saved: Two days ("), "{}", saved.stdout);
    bench.run(SAVED).failed(1, "choose another name");
    let list = bench.run(&["report", "list", "--format", "json"]).ok().rows();
    assert_eq!((&list[0]["name"], &list[0]["report"], &list[0]["owner"]), (&json!("Two days"), &json!("login_logout"), &json!("operator")));
    let direct =
        bench.run(&["report", "login-logout", "--from", "2025-11-20", "--to", "2025-11-21", "--columns", "agent", "--format", "csv"]);
    let direct = direct.ok().stdout;
    assert!(direct.lines().count() > 1, "{direct}");
    for name in ["two DAYS", list[0]["id"].as_str().unwrap()] {
        assert_eq!(bench.run(&["report", "run", name, "--format", "csv"]).ok().stdout, direct);
    }
    assert_eq!(bench.run(&["report", "run", "Two days", "--limit", "1", "--format", "json"]).ok().rows().len(), 1);

    let overwritten = bench.run(&[SAVED, &["--overwrite", "--publish"]].concat()).ok();
    assert!(overwritten.stdout.starts_with("overwritten: "), "{}", overwritten.stdout);
    let table = bench.run(&["report", "list"]).ok().stdout;
    assert!(table.contains("Two days") && table.contains("yes"), "{table}");
    bench.run(&["report", "save", "x", "login-logout", "--columns", "colour"]).failed(2, "colour");
    bench.run(&["report", "delete", "Two days"]).ok();
    bench.run(&["fsck"]).ok();
    bench.run(&["report", "run", "Two days"]).failed(1, "there is no saved report Two days");
    assert_eq!(bench.run(&["report", "list", "--format", "csv"]).ok().stdout, "name,report,owner,published,changed_at,id\r\n");
}

#[test]
fn a_served_store_is_reached_by_its_socket_and_by_its_address() {
    let bench = imported();
    let key = bench.key(&["reports:read", "reports:write", "directory:read", "directory:write"]);
    let server = bench.serve(&[]);
    bench.run(SAVED).ok();
    let by_address = |args: &[&str]| bench.run_with(&[("ROLLCALL_KEY", &key)], &[args, &["--url", &server.url]].concat());
    // What the operator has not published is the operator's.
    assert!(by_address(&["report", "list", "--format", "json"]).ok().rows().is_empty());
    bench.run(&[SAVED, &["--overwrite", "--publish"]].concat()).ok();
    assert_eq!(by_address(&["report", "list", "--format", "json"]).ok().rows()[0]["mine"], false);
    by_address(&["report", "run", "Two days"]).ok();
    by_address(&["report", "delete", "Two days"]).failed(1, "reports:admin");
    bench.write("agents.csv", "employee_id,agent_name\n1,Mara\n");
    assert_eq!(by_address(&["directory", "import", "agents.csv"]).ok().stdout, "1 agents added, 0 changed, 0 already so\n");
    assert_eq!(bench.run(&["directory", "list", "--format", "json"]).ok().rows()[0]["agent_name"], "Mara");
    by_address(&["catalogue", "list"]).ok();
}

#[test]
fn what_the_directory_lists_can_be_imported() {
    let bench = Bench::new();
    bench.run(&["key", "create", "--scope", "events:write"]).ok();
    let file = "employee_id,agent_name,hierarchy,routing_profile,time_zone,tags,active,accounts\r\n\
                1,\"Lind, Mara\",EMEA / Stockholm,Billing,Europe/Stockholm,site=STO,true,:mara;keycloak:mara\\;1\r\n\
                2,,,,,,false,\r\n";
    bench.write("agents.csv", file);
    assert_eq!(bench.run(&["directory", "import", "agents.csv"]).ok().stdout, "2 agents added, 0 changed, 0 already so\n");
    assert_eq!(bench.run(&["directory", "list", "--format", "csv"]).ok().stdout, file);
    assert_eq!(bench.run_on(file.as_bytes(), &["directory", "import", "-"]).ok().stdout, "0 agents added, 0 changed, 2 already so\n");
    bench.write("agents.json", r#"[{"employee_id": "2", "active": true}]"#);
    assert_eq!(bench.run(&["directory", "import", "agents.json"]).ok().stdout, "0 agents added, 1 changed, 0 already so\n");
    assert_eq!(bench.run(&["directory", "list", "--search", "LIND", "--format", "json"]).ok().rows().len(), 1);
    let agent: serde_json::Value = serde_json::from_str(&bench.run(&["directory", "get", "1"]).ok().stdout).unwrap();
    assert_eq!(agent["routing_profile"], "Billing");
    bench.run(&["directory", "remove", "1"]).ok();
    bench.run(&["directory", "get", "1"]).failed(1, "there is no agent \"1\" in the directory");
}

#[test]
fn what_is_wrong_in_a_file_is_told_line_by_line() {
    let bench = Bench::new();
    bench.run(&["key", "create", "--scope", "events:write"]).ok();
    bench.write("agents.csv", "employee_id,time_zone\n1,Mars\n2,Venus\n");
    let done = bench.run(&["directory", "import", "agents.csv"]).failed(2, "line 2, column time_zone: ");
    assert!(done.stderr.contains("\n  line 3, column time_zone: "), "{}", done.stderr);
    assert!(bench.run(&["directory", "list", "--format", "json"]).ok().rows().is_empty());
}

#[test]
fn the_catalogue_is_listed() {
    let bench = Bench::new();
    bench.run(&["key", "create", "--scope", "events:write"]).ok();
    let rows = bench.run(&["catalogue", "list", "--format", "json"]).ok().rows();
    let published = json!({
        "application": "Rollcall", "entity": "Saved Report", "activity": "Published", "effect": "change", "label": null, "origin": "documented",
    });
    assert!(rows.contains(&published), "{rows:?}");
    assert!(bench.run(&["catalogue", "list"]).ok().stdout.contains("Recording Policies"));
}
