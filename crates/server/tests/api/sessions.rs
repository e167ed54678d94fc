//! Signing in and out over HTTP: the cookie, what it needs beside itself, and what an attempt tells.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use rollcall_access::KeyScope;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::harness::{Server, ok, problem, problem_of};
use crate::people::{Browser, PASSWORD, Wanted, set_cookie};

const SESSION: &str = "/api/v1/session";
const SETTINGS: &str = "/api/v1/settings/sign-in";

/// An attempt with account and password.
fn attempt(server: &Server, account: &str, password: &str) -> RequestBuilder {
    server.sign_in(&json!({"account": account, "password": password}))
}

async fn agent(server: &Server, account: &str) {
    server.user(Wanted { account, profiles: &["agent"], ..Wanted::default() }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_sets_a_cookie_that_no_script_no_plain_connection_and_no_other_site_gets() {
    let server = Server::start().await;
    agent(&server, "mara").await;
    let response = attempt(&server, " MARA ", PASSWORD).send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let cookie = set_cookie(&response);
    assert_eq!(cookie.name(), "rollcall_session");
    assert!(cookie.value().starts_with("rs_"));
    assert_eq!((cookie.http_only(), cookie.secure(), cookie.path()), (Some(true), Some(true), Some("/")));
    assert_eq!((cookie.same_site(), cookie.domain()), (Some(cookie::SameSite::Lax), None));
    // As long as the session at most: 12 hours, unless set otherwise.
    let max_age = cookie.max_age().unwrap().whole_seconds();
    assert!((12 * 3_600 - 60..=12 * 3_600).contains(&max_age), "{max_age}");
    let mara = Browser::from(&server, response).await;
    insta::assert_json_snapshot!("who_one_is", mara.who().await, {
        ".id" => "[id]", ".user.id" => "[id]", ".session_id" => "[id]", ".csrf_token" => "[token]",
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_alone_changes_nothing_and_a_key_needs_no_token() {
    let server = Server::start().await;
    let mara = server.person_with("mara", &["admin"]).await;
    let body = json!({"name": "North", "permissions": ["login_logout view"]});
    let profiles = "/api/v1/profiles";
    let refused = problem(mara.without_token(Method::POST, profiles).json(&body), 403).await;
    assert_eq!(refused["type"], "/problems/csrf-token");
    assert_eq!(mara.post(profiles, &body).send().await.unwrap().status(), 201);
    // A program that sends both means its key.
    let key = server.key_with(KeyScope::ALL).await;
    let body = json!({"name": "South", "permissions": ["login_logout view"]});
    let both = mara.without_token(Method::POST, profiles).bearer_auth(&key).json(&body).send().await.unwrap();
    assert_eq!(both.status(), 201);
    assert_eq!(ok(mara.without_token(Method::GET, SESSION).bearer_auth(&key)).await["kind"], "api_key");
    // A wrong key is no key, whatever comes beside it.
    problem(mara.get(SESSION).bearer_auth("rk_x"), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_signs_nobody_in() {
    let server = Server::start().await;
    agent(&server, "mara").await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://rollcall.example")] {
        let refused = problem(attempt(&server, "mara", PASSWORD).header(name, value), 403).await;
        assert_eq!(refused["type"], "/problems/csrf-token", "{name}: {value}");
    }
    let own = format!("http://{}", server.address);
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", own.as_str())] {
        assert_eq!(attempt(&server, "mara", PASSWORD).header(name, value).send().await.unwrap().status(), 201, "{name}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_is_out_at_once() {
    let server = Server::start().await;
    agent(&server, "mara").await;
    let (mara, elsewhere) = (server.signed_in("mara").await, server.signed_in("mara").await);
    let response = mara.delete(SESSION).send().await.unwrap();
    assert_eq!(response.status(), 204);
    let cookie = set_cookie(&response);
    assert_eq!((cookie.name(), cookie.value()), ("rollcall_session", ""));
    assert_eq!((cookie.path(), cookie.max_age().unwrap().whole_seconds()), (Some("/"), 0));
    assert_eq!(problem(mara.get(SESSION), 401).await["detail"], "the session has ended; sign in again");
    problem(mara.delete(SESSION), 401).await;
    assert_eq!(elsewhere.who().await["session_id"], json!(elsewhere.session_id), "another session is another one");
    // Who signs in anew in the same browser leaves the session that was there.
    let again = attempt(&server, "mara", PASSWORD).header("cookie", format!("rollcall_session={}", elsewhere.cookie));
    let again = Browser::from(&server, again.send().await.unwrap()).await;
    problem(elsewhere.get(SESSION), 401).await;
    again.who().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_that_was_tampered_with_is_none() {
    let server = Server::start().await;
    let (mara, rune) = (server.person_with("mara", &["admin"]).await, server.person_with("rune", &["admin"]).await);
    let id_and_secret = |cookie: &str| (cookie[..3 + 22].to_owned(), cookie[3 + 22..].to_owned());
    let ((id, secret), (_, of_rune)) = (id_and_secret(&mara.cookie), id_and_secret(&rune.cookie));
    let flipped = if secret.starts_with("_A") { secret.replacen("_A", "_B", 1) } else { format!("_A{}", &secret[2..]) };
    let key = server.key_with(KeyScope::ALL).await;
    let tampered =
        [format!("{id}{of_rune}"), format!("{id}{flipped}"), id.clone(), format!("{}x", mara.cookie), String::new(), key.clone()];
    for cookie in &tampered {
        let browser = server.bare(Method::GET, SESSION).header("cookie", format!("rollcall_session={cookie}"));
        assert_eq!(problem(browser, 401).await["type"], "/problems/unauthenticated", "{cookie}");
    }
    // A session is no key.
    problem(server.bare(Method::GET, SESSION).bearer_auth(&mara.cookie), 401).await;
    mara.who().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_belongs_to_one_tenant() {
    let server = Server::start().await;
    server.tenant("emea").await;
    agent(&server, "mara").await;
    server.user(Wanted { account: "rune", profiles: &["admin"], tenant: Some("emea"), ..Wanted::default() }).await;
    let of = |tenant: &str, account: &str| server.sign_in(&json!({"tenant": tenant, "account": account, "password": PASSWORD}));
    let refused = problem(of("emea", "mara"), 401).await;
    let nowhere = problem(of("nowhere", "mara"), 401).await;
    assert_eq!((&refused["type"], &refused), (&json!("/problems/sign-in-refused"), &nowhere));
    problem(attempt(&server, "rune", PASSWORD), 401).await;
    let rune = Browser::from(&server, of("emea", "rune").send().await.unwrap()).await;
    assert_eq!(rune.who().await["tenant"], "emea");
    // No header makes it another one: that is for the operator.
    assert_eq!(ok(rune.get(SESSION).header("rollcall-tenant", "default")).await["tenant"], "emea");
}

/// The whole answer of an attempt, but for what is an id or a moment.
async fn whole(request: RequestBuilder) -> (u16, Vec<(String, String)>, String) {
    let response = request.send().await.unwrap();
    let is_told = |name: &str| !matches!(name, "x-request-id" | "date");
    let headers = response.headers().iter().filter(|(name, _)| is_told(name.as_str()));
    let mut headers: Vec<(String, String)> = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort();
    (response.status().as_u16(), headers, response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_learns_neither_from_the_answer_nor_from_its_time_which_accounts_there_are() {
    let server = Server::start().await;
    for account in ["mara", "rune"] {
        agent(&server, account).await;
    }
    let disabled = server.user(Wanted { account: "disabled", profiles: &["agent"], ..Wanted::default() }).await;
    let user = server.person_with("admin", &["admin"]).await;
    let change = user.request(Method::PATCH, &format!("/api/v1/users/{disabled}")).header("if-match", "*");
    ok(change.json(&json!({"active": false}))).await;

    let wrong = whole(attempt(&server, "mara", "not the password")).await;
    assert_eq!(wrong.0, 401);
    assert_eq!(whole(attempt(&server, "nobody", "not the password")).await, wrong);
    assert_eq!(whole(attempt(&server, "disabled", PASSWORD)).await, wrong, "with the right password too");
    assert_eq!(whole(attempt(&server, "", "")).await, wrong);

    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let timed = async |account: &str| {
        let begun = Instant::now();
        problem(attempt(&server, account, "not the password"), 401).await;
        begun.elapsed()
    };
    for number in 0..4 {
        // Few enough of each account that nobody has to wait.
        for account in ["rune", "mara"].into_iter().take(if number < 3 { 2 } else { 1 }) {
            known.push(timed(account).await);
            unknown.push(timed(&format!("{account}-{number}")).await);
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    };
    let (known, unknown) = (median(known), median(unknown));
    println!("median of an attempt: {known:.3} s with a wrong password, {unknown:.3} s with an unknown account");
    assert!(known < unknown * 3.0 && unknown < known * 3.0, "{known} {unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_fails_again_and_again_has_to_wait_also_with_the_right_password() {
    let server = Server::start().await;
    for account in ["mara", "rune"] {
        agent(&server, account).await;
    }
    for account in ["mara", "nobody"] {
        for _ in 0..5 {
            problem(attempt(&server, account, "not the password"), 401).await;
        }
        let response = attempt(&server, account, PASSWORD).send().await.unwrap();
        let retry_after: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=2).contains(&retry_after), "{retry_after}");
        let told = problem_of(response, 429).await;
        assert_eq!((&told["type"], &told["retry_after_seconds"]), (&json!("/problems/too-many-attempts"), &json!(retry_after)));
    }
    // It costs nobody else anything.
    server.signed_in("rune").await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    server.signed_in("mara").await;
    problem(attempt(&server, "mara", "not the password"), 401).await;
}

fn device(secret: &str) -> Totp {
    let secret = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).with_account_name("mara").with_issuer(Some("Rollcall")).build().unwrap()
}

fn seconds() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_second()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_asked_for_once_it_is_set_up() {
    let server = Server::start().await;
    agent(&server, "mara").await;
    let mara = server.signed_in("mara").await;
    let (begin, confirm) = ("/api/v1/account/second-factor", "/api/v1/account/second-factor/confirm");
    problem(mara.post(confirm, &json!({"code": "123456"})), 409).await;
    let enrolment = ok(mara.post(begin, &Value::Null)).await;
    assert!(enrolment["address"].as_str().unwrap().starts_with("otpauth://totp/Rollcall:mara?"), "{enrolment}");
    let device = device(enrolment["secret"].as_str().unwrap());
    // It counts once a code has shown that the device has it.
    server.signed_in("mara").await;
    problem(mara.post(confirm, &json!({"code": "not it"})), 403).await;
    let first = device.generate(seconds()).to_string();
    let codes = ok(mara.post(confirm, &json!({"code": first}))).await;
    let recovery: Vec<&str> = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(recovery.len(), 10);
    problem(mara.post(begin, &Value::Null), 409).await;

    let with = |code: &str| server.sign_in(&json!({"account": "mara", "password": PASSWORD, "code": code}));
    let asked = problem(attempt(&server, "mara", PASSWORD), 401).await;
    assert_eq!((&asked["type"], &asked["field"]), (&json!("/problems/second-factor-needed"), &json!("code")));
    let wrong_password = server.sign_in(&json!({"account": "mara", "password": "not the password", "code": recovery[0]}));
    let refused = problem(wrong_password, 401).await;
    assert_eq!(refused["type"], "/problems/sign-in-refused", "whether there is a second factor learns only who has the first");
    assert_eq!(problem(with(&first), 401).await, refused, "the code that confirmed it was used");
    let next = device.generate(seconds() + 30).to_string();
    Browser::from(&server, with(&next).send().await.unwrap()).await;
    problem(with(&next), 401).await;
    Browser::from(&server, with(recovery[0]).send().await.unwrap()).await;
    problem(with(recovery[0]), 401).await;

    let remove = "/api/v1/account/second-factor/remove";
    problem(mara.post(remove, &json!({"password": "not the password", "code": recovery[1]})), 403).await;
    let removed = mara.post(remove, &json!({"password": PASSWORD, "code": recovery[1]})).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    server.signed_in("mara").await;
}

async fn set(admin: &Browser<'_>, member: &str, value: Value) {
    let mut settings = ok(admin.get(SETTINGS)).await;
    settings[member] = value;
    ok(admin.request(Method::PUT, SETTINGS).header("if-match", "*").json(&settings)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_have_a_second_factor_sets_one_up_first() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let mara = server.person_with("mara", &["supervisor"]).await;
    set(&admin, "require_second_factor", json!(true)).await;
    // At once, also for whoever is signed in.
    assert_eq!(mara.who().await["restriction"], "set_up_second_factor");
    assert_eq!(problem(mara.get("/api/v1/reports"), 403).await["type"], "/problems/first-things-first");
    let enrolment = ok(mara.post("/api/v1/account/second-factor", &Value::Null)).await;
    let code = device(enrolment["secret"].as_str().unwrap()).generate(seconds()).to_string();
    ok(mara.post("/api/v1/account/second-factor/confirm", &json!({"code": code}))).await;
    assert_eq!(mara.who().await["restriction"], Value::Null);
    ok(mara.get("/api/v1/reports")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_is_changed_before_anything_else() {
    let server = Server::start().await;
    let wanted = Wanted { account: "mara", profiles: &["supervisor"], must_change_password: true, ..Wanted::default() };
    let mara = server.person(wanted).await;
    let elsewhere = server.browser_of(None, mara.user_id).await;
    let change = |password: &str, new: &str| mara.post("/api/v1/account/password", &json!({"password": password, "new_password": new}));
    assert_eq!(problem(change("not the password", "another lamp, lit"), 403).await["type"], "/problems/forbidden");
    for weak in ["short", "aaaaaaaaaaaaaaaa", "mara and her lamp", PASSWORD] {
        assert_eq!(problem(change(PASSWORD, weak), 422).await["field"], "new_password", "{weak}");
    }
    assert_eq!(change(PASSWORD, "another lamp, lit").send().await.unwrap().status(), 204);
    assert_eq!(mara.who().await["restriction"], Value::Null);
    problem(elsewhere.get(SESSION), 401).await;
    problem(attempt(&server, "mara", PASSWORD), 401).await;
    assert_eq!(attempt(&server, "mara", "another lamp, lit").send().await.unwrap().status(), 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_one_may_be_signed_in_once_the_first_session_is_told_of_and_may_be_ended() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    set(&admin, "single_sign_in", json!(true)).await;
    agent(&server, "mara").await;
    let first = attempt(&server, "mara", PASSWORD).header("user-agent", "a browser on the third floor");
    let first = Browser::from(&server, first.send().await.unwrap()).await;
    let mut elsewhere = problem(attempt(&server, "mara", PASSWORD), 409).await;
    for moment in ["since", "last_seen_at"] {
        assert!(elsewhere["elsewhere"][moment].take().as_str().unwrap().ends_with('Z'));
    }
    insta::assert_json_snapshot!("signed_in_elsewhere", elsewhere);
    // Nobody learns that without the password.
    problem(attempt(&server, "mara", "not the password"), 401).await;
    first.who().await;

    let forced = server.sign_in(&json!({"account": "mara", "password": PASSWORD, "force": true}));
    let second = Browser::from(&server, forced.send().await.unwrap()).await;
    problem(first.get(SESSION), 401).await;
    second.who().await;
    let record = server.own_record().await;
    let told = |activity: &str| record.iter().find(|event| event["activity"] == activity).unwrap().clone();
    let (out, in_again) = (told("forced_sign_out"), told("forced_sign_in"));
    assert_eq!((&out["session_id"], &in_again["session_id"]), (&json!(first.session_id), &json!(second.session_id)));
    assert_eq!((&out["triggered_by_id"], &out["user_agent"]), (&json!("mara"), &json!("a browser on the third floor")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_is_listed_and_can_be_signed_out_by_force() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    agent(&server, "mara").await;
    let mara = server.signed_in("mara").await;
    insta::assert_json_snapshot!("sessions", ok(admin.get("/api/v1/sessions")).await, {
        ".sessions[].id" => "[id]", ".sessions[].user.id" => "[id]", ".sessions[].since" => "[moment]",
        ".sessions[].last_seen_at" => "[moment]", ".sessions[].expires_at" => "[moment]",
    });
    let end = || admin.delete(&format!("/api/v1/sessions/{}", mara.session_id));
    assert_eq!(end().send().await.unwrap().status(), 204);
    problem(mara.get(SESSION), 401).await;
    assert_eq!(problem(end(), 404).await["type"], "/problems/not-found");
    problem(admin.delete("/api/v1/sessions/none"), 404).await;
    let out = server.own_record().await.pop().unwrap();
    assert_eq!((&out["activity"], &out["account"]), (&json!("forced_sign_out"), &json!("mara")));
    assert_eq!((&out["triggered_by_id"], &out["session_id"]), (&json!("admin"), &json!(mara.session_id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_can_not_be_read_is_told_why_and_holds_nothing_back() {
    let server = Server::start().await;
    for (body, field_of_problem) in [
        (json!({"account": "mara"}), "password"),
        (json!({"account": "mara", "password": PASSWORD, "remember": true}), "remember"),
        (json!({"account": "mara", "password": PASSWORD, "tenant": "No Such"}), "tenant"),
    ] {
        let told = problem(server.sign_in(&body), 422).await.to_string();
        assert!(told.contains(field_of_problem) && !told.contains(PASSWORD), "{told}");
    }
    problem(server.sign_in(&json!({"account": "mara", "password": "x".repeat(20_000)})), 413).await;
    problem(server.bare(Method::POST, SESSION), 422).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_stranger_types_the_record_goes_on() {
    let server = Server::start().await;
    agent(&server, "mara").await;
    let long = "x".repeat(1_000);
    let strange = ["", " ", "\u{0}\u{1b}", "a\nb", "\u{202e}mara", "🦀", long.as_str(), "{\"$ne\": null}"];
    for account in strange {
        let attempt =
            attempt(&server, account, "not the password").header("user-agent", format!("{account:?}").escape_default().to_string());
        problem(attempt, 401).await;
    }
    server.signed_in("mara").await;
    let record = server.own_record().await;
    assert_eq!(server.control.outbox().count().await.unwrap(), 0, "nothing is left that no ledger takes");
    assert_eq!(record.last().unwrap()["outcome"], "success");
    assert_eq!(record.iter().filter(|event| event["outcome"] == "failure").count(), strange.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_at_a_tenant_that_there_is_not_leave_nothing_behind() {
    let server = Server::start().await;
    let before = server.control.outbox().count().await.unwrap();
    let wish = json!({"tenant": "nowhere", "account": "mara", "password": PASSWORD});
    problem(server.sign_in(&wish), 401).await;
    assert_eq!(server.control.outbox().count().await.unwrap(), before);
    // What can't be placed, wherever it comes from, holds up nothing behind it.
    let nowhere = rollcall_model::TenantId::new("nowhere").unwrap();
    let actor = rollcall_access::record::Actor::system();
    let reading = rollcall_access::record::Reading {
        entity: "Report",
        activity: "Query",
        instance: None,
        summary: "Ran".to_owned(),
        details: json!({}),
    };
    for _ in 0..1_001 {
        let record = rollcall_access::record::reading(&nowhere, &actor, server.access.now(), reading.clone());
        server.control.outbox().add(&record).await.unwrap();
    }
    server.user(crate::people::Wanted { account: "mara", profiles: &["agent"], ..Default::default() }).await;
    server.signed_in("mara").await;
    let record = server.own_record().await;
    assert_eq!(record.iter().filter(|event| event["activity"] == "sign_in").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_anew_in_the_same_browser_is_not_elsewhere() {
    let server = Server::start().await;
    let settings = json!({"single_sign_in": true, "idle_minutes": 60, "absolute_hours": 12, "require_second_factor": false});
    ok(server.request(Method::PUT, "/api/v1/settings/sign-in").header("if-match", "\"1\"").json(&settings)).await;
    server.user(crate::people::Wanted { account: "mara", profiles: &["agent"], ..Default::default() }).await;
    let wish = json!({"account": "mara", "password": PASSWORD});
    let first = server.signed_in("mara").await;
    problem(server.sign_in(&wish), 409).await;
    let again = server.sign_in(&wish).header("cookie", format!("rollcall_session={}", first.cookie)).send().await.unwrap();
    assert_eq!(again.status(), 201);
    problem(first.get("/api/v1/session"), 401).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_out_or_disarms_who_has_more_rights() {
    let server = Server::start().await;
    let admin = server.person_with("root", &["admin"]).await;
    let profile = server.profile("Clerks", &[rollcall_access::Permission::UsersEdit], rollcall_model::Scope::All).await;
    let clerk = server.person_with("clerk", &[&profile]).await;
    let agent = server.person_with("agent", &["agent"]).await;
    problem(clerk.request(Method::DELETE, &format!("/api/v1/sessions/{}", admin.session_id)), 403).await;
    let key = server.key_with(&[rollcall_access::KeyScope::StoreAdmin]).await;
    problem(clerk.request(Method::DELETE, &format!("/api/v1/keys/{}", &key[3..25])), 403).await;
    for browser in [&admin, &agent] {
        browser.who().await;
    }
    let out = clerk.request(Method::DELETE, &format!("/api/v1/sessions/{}", agent.session_id)).send().await.unwrap();
    assert_eq!(out.status(), 204);
    problem(agent.get("/api/v1/session"), 401).await;
}
