//! Secrets are known to their holders and to nobody else.

use rollcall_access::{Attempt, NewSession, SignInSettings, UserWish};
use rollcall_test_postgres::Engine;

use crate::fixture::{ADDRESS, Codes, Fixture, PASSWORD, at, operator, place};

const ANOTHER: &str = "another horse battery";

/// Everything that somebody keeps to themselves, after a life full of changes; and what was shown of it all.
async fn a_life() -> (Fixture, Vec<String>, String) {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let access = &fixture.access;
    let mut shown = String::new();
    let (first, first_password) = access.create_first_admin(&operator().tenant).await.unwrap().unwrap();
    let wish = UserWish { account: "mara".to_owned(), with_password: true, ..UserWish::default() };
    let (user, given) = access.create_user(&operator(), &wish).await.unwrap();
    let given = given.unwrap();
    let session: NewSession = fixture.attempt("mara", &given).await.unwrap();
    let by = fixture.who(&session).await.unwrap();
    let token = access.session(session.text.reveal()).await.unwrap().csrf_token;
    access.change_password(&by, &given, ANOTHER).await.unwrap();
    let enrolment = access.set_up_second_factor(&by).await.unwrap();
    let codes = Codes::of(&enrolment);
    let recovery = access.confirm_second_factor(&by, &codes.at(at(0))).await.unwrap();
    fixture.clock.set(60);
    let code = codes.at(at(60));
    let place = place(ADDRESS);
    let attempt = Attempt {
        tenant: &user.tenant,
        account: "mara",
        password: ANOTHER,
        code: Some(&code),
        force: false,
        own_session: None,
        place: &place,
    };
    fixture.set(SignInSettings { single_sign_in: true, ..SignInSettings::default() }).await;
    let wrong = [
        access.change_password(&by, PASSWORD, ANOTHER).await.unwrap_err().to_string(),
        access.change_password(&by, ANOTHER, ANOTHER).await.unwrap_err().to_string(),
        access.remove_second_factor(&by, PASSWORD, &recovery[0]).await.unwrap_err().to_string(),
        fixture.attempt("mara", PASSWORD).await.unwrap_err().to_string(),
        access.sign_in(&attempt).await.unwrap_err().to_string(),
    ];
    let forced = access.sign_in(&Attempt { force: true, ..attempt.clone() }).await.unwrap();
    let stored = fixture.read(&user).await;
    let with_csrf = access.session(forced.text.reveal()).await.unwrap();
    let sessions = fixture.control.user_sessions().list(&user.tenant).await.unwrap();
    shown.push_str(&format!(
        "{attempt:?} {access:?} {by:?} {with_csrf:?} {forced:?} {session:?} {enrolment:?} {stored:?} {sessions:?} {wrong:?} {first}"
    ));
    let reset = access.reset_password(&operator(), &stored).await.unwrap();
    shown.push_str(&serde_json::Value::from(fixture.records().await).to_string());

    let mut secrets = vec![
        first_password,
        given,
        ANOTHER.to_owned(),
        PASSWORD.to_owned(),
        reset,
        enrolment.secret,
        format!("{code:?}"),
        token,
        with_csrf.csrf_token,
    ];
    secrets.extend(recovery);
    secrets.extend([&session, &forced].map(|session| session.text.reveal()[26..].to_owned()));
    secrets.extend(stored.credentials.recovery_codes);
    secrets.extend(stored.credentials.password_hash);
    secrets.push(format!("{:?}", stored.credentials.totp_secret.unwrap()));
    secrets.extend(sessions.iter().map(|session| format!("{:?}", session.token_hash)));
    (fixture, secrets, shown)
}

#[tokio::test]
async fn no_record_error_or_log_line_shows_one() {
    let (_fixture, secrets, shown) = a_life().await;
    assert!(shown.contains("Password Changed") && shown.contains("forced_sign_in") && shown.contains("mara"), "{shown}");
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn none_lies_on_the_disk_as_it_is() {
    let (fixture, secrets, _) = a_life().await;
    let users = fixture.access.users(&operator().tenant).await.unwrap();
    let mut hashes: Vec<String> = users.iter().flat_map(|user| user.credentials.recovery_codes.clone()).collect();
    hashes.extend(users.into_iter().filter_map(|user| user.credentials.password_hash));
    let bytes = fixture.files().await;
    let lies_there = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(hashes.iter().all(|hash| lies_there(hash)), "the files are those of the database");
    // Six digits alone would be found by chance.
    for secret in secrets.iter().filter(|secret| !is_hash(secret) && secret.len() > 6) {
        assert!(!lies_there(secret), "{secret}");
    }
}

/// Whether it is what is stored of a secret.
fn is_hash(secret: &str) -> bool {
    secret.starts_with("$argon2id$") || (secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
