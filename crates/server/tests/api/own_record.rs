//! Rollcall's own record: a day on which people sign in and change things, in the ledger and in the reports.

use reqwest::Method;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::harness::{Server, ok, problem};
use crate::people::{Browser, PASSWORD, Wanted};

const SESSION: &str = "/api/v1/session";
/// The password that somebody chooses.
const CHOSEN: &str = "a boat under the bridge";

/// What must be written down nowhere.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn of(&mut self, value: &Value) -> String {
        let text = value.as_str().unwrap().to_owned();
        self.0.push(text.clone());
        text
    }

    fn of_browser(&mut self, browser: &Browser<'_>) {
        // The id of a session is no secret.
        self.0.extend([browser.cookie[3 + 22 + 1..].to_owned(), browser.csrf_token.clone()]);
    }
}

async fn made(by: &Browser<'_>, path: &str, body: &Value) -> Value {
    let response = by.post(path, body).send().await.unwrap();
    assert_eq!(response.status(), 201, "{path}");
    response.json().await.unwrap()
}

async fn done(request: reqwest::RequestBuilder) {
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.text().await.unwrap());
}

async fn signed_in<'a>(server: &'a Server, account: &str, password: &str, force: bool) -> Browser<'a> {
    let wish = json!({"account": account, "password": password, "force": force});
    Browser::from(server, server.sign_in(&wish).send().await.unwrap()).await
}

/// An administrator makes a user, who signs in.
async fn begin<'a>(server: &'a Server, secrets: &mut Secrets) -> (Browser<'a>, Browser<'a>) {
    server.user(Wanted { account: "rune", profiles: &["admin"], employee_id: Some("12"), ..Wanted::default() }).await;
    problem(server.sign_in(&json!({"account": "rune", "password": "a wrong password"})), 401).await;
    problem(server.sign_in(&json!({"account": "nobody", "password": "a wrong password"})), 401).await;
    let rune = signed_in(server, "rune", PASSWORD, false).await;
    let wish = json!({"account": "mara", "display_name": "Mara Lind", "email": "mara@example.com", "employee_id": "4711", "profiles": ["supervisor"]});
    let first = secrets.of(&made(&rune, "/api/v1/users", &wish).await["password"]);
    let mara = signed_in(server, "mara", &first, false).await;
    done(mara.post("/api/v1/account/password", &json!({"password": first, "new_password": CHOSEN}))).await;
    secrets.0.extend([PASSWORD, CHOSEN, "a wrong password"].map(str::to_owned));
    secrets.of_browser(&rune);
    secrets.of_browser(&mara);
    (rune, mara)
}

/// Profiles, keys and settings come, change and go.
async fn change_rights(rune: &Browser<'_>, secrets: &mut Secrets) {
    let profile = made(rune, "/api/v1/profiles", &json!({"name": "Night shift", "permissions": ["login_logout view"]})).await;
    let address = format!("/api/v1/profiles/{}", profile["id"].as_str().unwrap());
    let other = json!({"name": "Night shift", "permissions": ["login_logout export"]});
    done(rune.request(Method::PUT, &address).header("if-match", "*").json(&other)).await;
    done(rune.delete(&address).header("if-match", "*")).await;
    let key = made(rune, "/api/v1/keys", &json!({"name": "loader", "scopes": ["events:write"]})).await;
    secrets.0.push(secrets_of_key(&key));
    done(rune.delete(&format!("/api/v1/keys/{}", key["id"].as_str().unwrap()))).await;
    let settings = json!({"single_sign_in": true, "idle_minutes": 60, "absolute_hours": 12, "require_second_factor": false});
    done(rune.request(Method::PUT, "/api/v1/settings/sign-in").header("if-match", "*").json(&settings)).await;
}

fn secrets_of_key(key: &Value) -> String {
    key["key"].as_str().unwrap()[3 + 22 + 1..].to_owned()
}

/// Somebody sets up a second factor, and is signed in elsewhere by force with a recovery code.
async fn second_factor<'a>(server: &'a Server, mara: &Browser<'_>, secrets: &mut Secrets) -> Browser<'a> {
    let enrolment = ok(mara.post("/api/v1/account/second-factor", &Value::Null)).await;
    let secret = secrets.of(&enrolment["secret"]);
    let device = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).with_account_name("mara").build().unwrap();
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap();
    let codes = ok(mara.post("/api/v1/account/second-factor/confirm", &json!({"code": device.generate(now).to_string()}))).await;
    let codes: Vec<String> = codes["recovery_codes"].as_array().unwrap().iter().map(|code| secrets.of(code)).collect();
    let wish = |code: &str, force: bool| json!({"account": "mara", "password": CHOSEN, "code": code, "force": force});
    problem(server.sign_in(&wish("no code", true)), 401).await;
    let elsewhere = Browser::from(server, server.sign_in(&wish(&codes[1], true)).send().await.unwrap()).await;
    secrets.of_browser(&elsewhere);
    elsewhere
}

/// Everything that there is to record, from the first attempt to the last sign-out.
async fn day(server: &Server) -> Secrets {
    let mut secrets = Secrets::default();
    let (rune, mara) = begin(server, &mut secrets).await;
    change_rights(&rune, &mut secrets).await;
    let mara = second_factor(server, &mara, &mut secrets).await;

    ok(rune.post("/api/v1/session/impersonation", &json!({"user_id": mara.user_id}))).await;
    let definition = json!({"report": "login_logout", "range": {"preset": "yesterday"}});
    made(&rune, "/api/v1/saved-reports", &json!({"name": "Yesterday", "definition": definition})).await;
    ok(rune.delete("/api/v1/session/impersonation")).await;

    done(rune.delete(&format!("/api/v1/sessions/{}", mara.session_id))).await;
    let address = format!("/api/v1/users/{}", mara.user_id);
    ok(rune.post(&format!("{address}/second-factor-reset"), &Value::Null)).await;
    secrets.of(&ok(rune.post(&format!("{address}/password-reset"), &Value::Null)).await["password"]);
    let disable = rune.request(Method::PATCH, &address).header("if-match", "*").json(&json!({"active": false, "email": null}));
    ok(disable).await;
    done(rune.delete(SESSION)).await;
    secrets
}

/// An event in a line: what was done to what, by whom, and as whom.
fn line(event: &Value) -> String {
    let text = |member: &str| event[member].as_str().unwrap_or("-").to_owned();
    let subject = match event["category"].as_str().unwrap() {
        "access" => format!("of {}", text("account")),
        _ => format!("{} {}", text("entity"), event["details"]["after"]["name"].as_str().map_or_else(|| text("instance"), str::to_owned)),
    };
    let acting = event["details"]["acting_as"]["account"].as_str().map(|account| format!(" as {account}")).unwrap_or_default();
    let why = event["failure_reason"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} {} {subject}{why} ({}{acting})", text("outcome"), text("activity"), text("triggered_by_id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_recorded_with_both_people_and_without_a_secret() {
    let server = Server::start().await;
    let Secrets(secrets) = day(&server).await;
    let record = server.own_record().await;
    let mut lines: Vec<String> = record.iter().map(line).collect();
    for line in &mut lines {
        // A profile that is deleted is named by its id.
        for word in line.clone().split(' ').filter(|word| word.parse::<uuid::Uuid>().is_ok() || word.len() == 22) {
            *line = line.replace(word, "[id]");
        }
    }
    insta::assert_snapshot!("the_record_of_a_day", lines.join("\n"));

    let whole = serde_json::to_string(&record).unwrap();
    assert!(secrets.len() > 20);
    for secret in secrets {
        assert!(!whole.contains(&secret), "{secret}");
    }
    assert!(!whole.contains("argon2") && !whole.contains("otpauth"), "{whole}");
    let details = |activity: &str| record.iter().find(|event| event["activity"] == activity).unwrap()["details"].clone();
    assert_eq!(details("Password Reset"), json!({"before": {"password": "(masked)"}, "after": {"password": "(masked)"}}));
    let disabled = details("Disabled");
    assert_eq!((&disabled["before"]["active"], &disabled["after"]["active"]), (&json!(true), &json!(false)));
    assert_eq!((&disabled["before"]["email"], &disabled["after"]["email"]), (&json!("mara@example.com"), &Value::Null));
}

/// The rows of a report on what has just been, oldest first.
async fn rows(server: &Server, kind: &str, columns: &[&str]) -> Vec<Value> {
    let time = if kind == "login_logout" { "login_time" } else { "event_time" };
    let mut filters = vec![json!({"field": "source", "op": "in", "values": ["rollcall"]})];
    if kind.starts_with("activity") {
        // These questions themselves are on record, too.
        filters.push(json!({"field": "entity", "op": "not_in", "values": ["Report"]}));
    }
    let query = json!({
        "range": {"preset": "last_24_hours"}, "columns": columns, "sort": [{"field": time, "dir": "asc"}], "limit": 1_000,
        "filters": filters,
    });
    server.page(kind, &query).await["rows"].as_array().unwrap().clone()
}

fn told(rows: &[Value], columns: &[&str]) -> Vec<String> {
    let cell = |row: &Value, column: &&str| row[*column].as_str().unwrap_or("-").to_owned();
    rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect::<Vec<_>>().join(" | ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_in_the_logs_as_what_everybody_else_does() {
    let server = Server::start().await;
    day(&server).await;
    let record = server.own_record().await;
    let of = |category: &str| record.iter().filter(|event| event["category"] == category).count();
    for archived in [false, true] {
        let columns = ["account", "employee_id", "activity", "outcome", "failure_reason", "triggered_by_id"];
        let sign_ins = told(&rows(&server, "sign_in_log", &columns).await, &columns);
        let columns = ["user_name", "activity", "channel", "triggered_by_name"];
        let access = told(&rows(&server, "access_log", &columns).await, &columns);
        let columns = ["user_name", "entity", "activity", "summary"];
        let activity = told(&rows(&server, "activity_log", &columns).await, &columns);
        assert_eq!((sign_ins.len(), access.len(), activity.len()), (of("access"), of("access"), of("activity")));
        assert_eq!(rows(&server, "activity_audit", &["entity"]).await.len(), record.len());
        if !archived {
            let told = [("sign-in log", sign_ins), ("access log", access), ("activity log", activity)];
            let told: Vec<String> = told.iter().map(|(name, lines)| format!("{name}\n{}", lines.join("\n"))).collect();
            let ids = ids_in(&record);
            let told = ids.iter().fold(told.join("\n\n"), |told, id| told.replace(id.as_str(), "[id]"));
            insta::assert_snapshot!("the_logs_of_a_day", told);
        }
        ok(server.post("/api/v1/archive")).await;
    }
}

/// The ids that occur in summaries.
fn ids_in(record: &[Value]) -> Vec<String> {
    record.iter().filter_map(|event| event["instance"].as_str()).filter(|id| id.len() > 20).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_pair_into_sessions_where_somebody_asks_for_them() {
    let server = Server::start().await;
    day(&server).await;
    server.own_record().await;
    let columns = ["account", "session_id", "end_reason", "ended_by", "logout_time"];
    let sessions = rows(&server, "login_logout", &columns).await;
    let columns = ["account", "end_reason", "ended_by"];
    insta::assert_snapshot!("the_sessions_of_a_day", told(&sessions, &columns).join("\n"));
    assert!(sessions.iter().all(|session| session["logout_time"].is_string()), "{sessions:?}");
    // Nobody asks for them by accident: they are no work at the desk.
    let query = json!({"range": {"preset": "last_24_hours"}});
    assert_eq!(server.page("login_logout", &query).await["total"], 0);
}
