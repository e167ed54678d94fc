//! Users, security profiles and tenants on the command line, also for operators who have locked themselves out.

use serde_json::Value;

use crate::process::{Bench, client};

fn last_word(stdout: &str) -> String {
    stdout.split_whitespace().next_back().unwrap().to_owned()
}

/// The status of signing in over HTTP.
async fn sign_in(url: &str, tenant: &str, account: &str, password: &str) -> (u16, Value) {
    let body = serde_json::json!({"tenant": tenant, "account": account, "password": password});
    let response = client().post(format!("{url}api/v1/session")).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_first_start_prints_one_administrator_once() {
    let bench = Bench::new();
    let mut server = bench.serve(&[]);
    assert_eq!(server.line(), "account: admin");
    let password = server.line().strip_prefix("password: ").unwrap().to_owned();
    let (status, session) = sign_in(&server.url, "default", "admin", &password).await;
    assert_eq!((status, &session["user"]["account"], &session["restriction"]), (201, &"admin".into(), &Value::Null));
    assert_eq!((server.stop(), server.rest()), (0, String::new()));
    let mut server = bench.serve(&[]);
    assert_eq!(sign_in(&server.url, "default", "admin", &password).await.0, 201, "it goes on counting");
    assert_eq!((server.stop(), server.rest()), (0, String::new()), "it is printed once");
    let folder = std::fs::read_dir(bench.path("data")).unwrap();
    for entry in folder.filter_map(Result::ok).filter(|entry| entry.metadata().unwrap().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(password.len()).any(|window| window == password.as_bytes()), "{:?}", entry.path());
    }
}

#[tokio::test]
async fn an_operator_who_is_locked_out_gets_in_again_while_the_server_runs() {
    let bench = Bench::new();
    let server = bench.serve(&[]);
    let password = last_word(&bench.run(&["user", "reset-password", "admin"]).ok().stdout);
    let (status, session) = sign_in(&server.url, "default", "Admin", &password).await;
    assert_eq!((status, &session["restriction"]), (201, &"change_password".into()));
    bench.run(&["user", "disable", "admin"]).failed(1, "the last active user with the profile admin");
    let made =
        bench.run(&["user", "add", "mara.lind", "--name", "Mara Lind", "--profile", "supervisor", "--employee-id", "4711"]).ok().stdout;
    assert_eq!(sign_in(&server.url, "default", "mara.lind", &last_word(&made)).await.0, 201);
    bench.run(&["user", "disable", "mara.lind"]).ok();
    assert_eq!(sign_in(&server.url, "default", "mara.lind", &last_word(&made)).await.0, 401);
    bench.run(&["user", "set-profiles", "mara.lind", "--profile", "admin"]).ok();
    bench.run(&["user", "enable", "mara.lind"]).ok();
    bench.run(&["user", "disable", "admin"]).ok();
    let listed = bench.run(&["user", "list"]).ok().stdout;
    assert!(listed.contains("disabled") && listed.contains("Mara Lind") && listed.contains("4711"), "{listed}");
    bench.run(&["user", "add", "MARA.LIND"]).failed(1, "there is one of that account");
    bench.run(&["user", "disable", "nobody"]).failed(1, "no such user nobody");
    bench.run(&["user", "add", "x", "--profile", "superviser"]).failed(1, "there is none \"superviser\"");
    bench.run(&["user", "reset-second-factor", "mara.lind"]).ok();
}

#[test]
fn profiles_are_made_listed_and_deleted() {
    let bench = Bench::new();
    bench.run(&["archive"]).failed(2, "there is no data folder");
    bench.run(&["key", "create", "--scope", "reports:read"]).ok();
    let made =
        bench.run(&["profile", "create", "Leads of Stockholm", "--permission", "login_logout all", "--hierarchy", "EMEA / Stockholm"]);
    let id = last_word(&made.ok().stdout);
    let listed = bench.run(&["profile", "list"]).ok().stdout;
    assert!(listed.contains("Leads of Stockholm") && listed.contains("EMEA / Stockholm") && listed.contains("supervisor"), "{listed}");
    bench.run(&["user", "add", "mara", "--profile", &id]).ok();
    bench.run(&["profile", "delete", &id]).failed(1, "1 users have it");
    bench.run(&["profile", "delete", "admin"]).failed(1, "comes with Rollcall");
    bench.run(&["user", "set-profiles", "mara", "--profile", "agent"]).ok();
    bench.run(&["profile", "delete", &id]).ok();
    bench.run(&["profile", "create", "x", "--permission", "login_logout everything"]).failed(2, "expected a permission");
    assert!(bench.run(&["profile", "permissions"]).ok().stdout.contains("impersonate use"));
}

#[tokio::test]
async fn a_tenant_has_users_and_data_of_its_own() {
    let bench = Bench::new();
    let server = bench.serve(&[]);
    let made = bench.run(&["tenant", "create", "emea"]).ok().stdout;
    assert_eq!(sign_in(&server.url, "emea", "admin", &last_word(&made)).await.0, 201);
    assert_eq!(sign_in(&server.url, "default", "admin", &last_word(&made)).await.0, 401);
    bench.run(&["tenant", "create", "emea"]).failed(1, "there is a tenant emea already");
    bench.run(&["tenant", "create", "EMEA"]).failed(1, "expected a tenant name");
    assert_eq!(bench.run(&["tenant", "list"]).ok().stdout, "default\nemea\n");
    let file = bench.write(
        "events.json",
        r#"{"event_id":"018f3e1c-7a52-7c31-9d1e-000000000001","event_time":"2026-04-15T08:00:00Z","category":"access","activity":"sign_in","outcome":"success","account":"rune"}"#,
    );
    bench.run(&["import", "--format", "native", "--tenant", "emea", &file]).ok();
    let report = |tenant: &str| {
        let range =
            ["report", "sign-in-log", "--from", "2026-04-15", "--to", "2026-04-15", "--format", "csv", "--columns", "account", "--tenant"];
        bench.run(&[&range[..], &[tenant]].concat()).ok().stdout
    };
    assert_eq!((report("emea").as_str(), report("default").as_str()), ("account\r\nrune\r\n", "account\r\n"));
    assert!(bench.run(&["user", "list", "--tenant", "emea"]).ok().stdout.contains("admin"));
    // A key of the one says nothing of the other, whatever it asks for.
    let key = last_word(&bench.run(&["key", "create", "--scope", "reports:read", "--tenant", "emea"]).ok().stdout);
    let over_http = ["report", "sign-in-log", "--from", "2026-04-15", "--to", "2026-04-15", "--format", "csv", "--columns", "account"];
    let asked = bench.run(&[&over_http[..], &["--url", &server.url, "--key", &key, "--tenant", "default"]].concat()).ok().stdout;
    assert_eq!(asked, "account\r\nrune\r\n");
}
