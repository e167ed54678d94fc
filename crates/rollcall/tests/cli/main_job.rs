//! The first example of the README: two logs in, one report out.

use crate::process::Bench;

/// 2025-11-20 is the day of interest. Times are UTC.
const QUEUE_LOG: &str = "\
1763622000|NONE|NONE|NONE|QUEUESTART|
1763625598|1763625598.1|support|SIP/8007|ADDMEMBER|
1763629200|NONE|support|SIP/8007|PAUSE|Coffee
1763629500|NONE|support|SIP/8007|UNPAUSE|
1763640130|1763640130.7|NONE|Agent/1001|AGENTCALLBACKLOGIN|1002@centre
1763654530|NONE|NONE|Agent/1001|AGENTCALLBACKLOGOFF|1002@centre|14400|Autologoff
1763655000|1763655000.2|support|SIP/8007|REMOVEMEMBER|
1763712000|1763712000.3|support|SIP/8007|ADDMEMBER|
";

const KEYCLOAK: &str = r#"{"id":"1f0b8c1e-6f0f-4d7e-9d5b-0a4a6c1d1a01","time":1763625001000,"type":"LOGIN_ERROR","realmId":"centre","clientId":"portal","ipAddress":"203.0.113.7","error":"invalid_user_credentials","details":{"username":"mara.lind"}}
{"id":"1f0b8c1e-6f0f-4d7e-9d5b-0a4a6c1d1a02","time":1763625010120,"type":"LOGIN","realmId":"centre","clientId":"portal","userId":"u-17","sessionId":"s-1","ipAddress":"203.0.113.7","details":{"username":"mara.lind","auth_method":"openid-connect"}}
{"id":"1f0b8c1e-6f0f-4d7e-9d5b-0a4a6c1d1a03","time":1763626000000,"type":"LOGIN","realmId":"centre","clientId":"portal","userId":"u-18","sessionId":"s-2","ipAddress":"203.0.113.8","details":{"username":"rune.berg"}}
{"id":"1f0b8c1e-6f0f-4d7e-9d5b-0a4a6c1d1a04","time":1763655612820,"type":"LOGOUT","realmId":"centre","clientId":"portal","userId":"u-17","sessionId":"s-1","ipAddress":"203.0.113.7"}
"#;

/// A bench with both logs imported.
pub(crate) fn imported() -> Bench {
    let bench = Bench::new();
    let (queue_log, keycloak) = (bench.write("queue_log", QUEUE_LOG), bench.write("keycloak.json", KEYCLOAK));
    let done = bench.run(&["import", "--format", "asterisk-queue-log", &queue_log]).ok();
    assert_eq!((done.count("added"), done.count("skipped"), done.count("rejected")), (7, 1, 0));
    let done = bench.run(&["import", "--format", "keycloak", "--source", "portal", &keycloak]).ok();
    assert_eq!((done.count("added"), done.count("rejected")), (4, 0));
    bench
}

const REPORT: &[&str] =
    &["report", "login-logout", "--from", "2025-11-20", "--to", "2025-11-20", "--time-zone", "Europe/Stockholm", "--sort", "login_time"];

fn report(bench: &Bench, args: &[&str]) -> crate::process::Done {
    bench.run(&[REPORT, args].concat()).ok()
}

#[test]
fn two_logs_become_the_login_logout_report_of_a_day() {
    let bench = imported();
    let done = report(&bench, &[]);
    insta::assert_snapshot!("table", done.stdout);
    // The sources have been silent since, for as long as it is ago: the first lines tell the rest.
    let footer: Vec<&str> = done.stderr.lines().take(3).collect();
    insta::assert_snapshot!("footer", footer.join("\n"));
    insta::assert_snapshot!("csv", report(&bench, &["--format", "csv"]).stdout);
    insta::assert_snapshot!("json", report(&bench, &["--format", "json"]).stdout);
    insta::assert_snapshot!("sign_in_log", bench.run(&["report", "sign-in-log", "--from", "2025-11-20", "--to", "2025-11-20"]).ok().stdout);
}

#[test]
fn archiving_changes_where_rows_lie_and_not_what_they_are() {
    let bench = imported();
    let before = report(&bench, &["--format", "json"]).stdout;
    let done = bench.run(&["archive"]).ok();
    // And that the report was run and written out, which is on record.
    assert!(done.stdout.starts_with("archived 13 events and "), "{}", done.stdout);
    assert_eq!(report(&bench, &["--format", "json"]).stdout, before);
    assert!(bench.run(&["archive"]).ok().stdout.starts_with("nothing to archive"));
}
