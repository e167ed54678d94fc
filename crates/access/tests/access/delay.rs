//! The delay of those who have failed to sign in.

use rollcall_access::{Attempt, SignInError, SignInSettings};
use rollcall_model::TenantId;
use rollcall_test_postgres::Engine;

use crate::fixture::{Fixture, PASSWORD, place};

const WRONG: &str = "correct horse batterz";

/// What somebody is told who tries from an address: how long they must wait, if they must.
async fn tries(fixture: &Fixture, account: &str, password: &str, address: &str) -> Option<i64> {
    let (tenant, place) = (TenantId::default(), place(address));
    let attempt = Attempt { tenant: &tenant, account, password, code: None, force: false, own_session: None, place: &place };
    match fixture.access.sign_in(&attempt).await {
        Ok(_) | Err(SignInError::Refused) => None,
        Err(SignInError::TooMany(seconds)) => Some(seconds),
        Err(error) => panic!("{error:?}"),
    }
}

async fn fails(fixture: &Fixture, times: usize, account: &str, address: &str) {
    for time in 0..times {
        assert_eq!(tries(fixture, account, WRONG, address).await, None, "{account} from {address}, time {time}");
    }
}

#[tokio::test]
async fn it_doubles_up_to_a_quarter_of_an_hour_and_ends() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.user("mara", &[]).await;
    fails(&fixture, 5, "mara", "192.0.2.1").await;
    for wait in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.1").await, Some(wait));
        fixture.clock.pass(wait - 1);
        assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.1").await, Some(1), "whoever does not wait does not wait longer for it");
        fixture.clock.pass(1);
        fails(&fixture, 1, "mara", "192.0.2.1").await;
    }
    fixture.clock.pass(24 * 3_600);
    fixture.access.tidy(&TenantId::default()).await.unwrap();
    fails(&fixture, 5, "mara", "192.0.2.1").await;
    assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.1").await, Some(2), "after a day all is forgotten");
}

#[tokio::test]
async fn who_must_wait_is_not_evaluated() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let mara = fixture.user("mara", &[]).await;
    fails(&fixture, 5, "mara", "192.0.2.1").await;
    fixture.records().await;
    assert_eq!(tries(&fixture, "mara", PASSWORD, "192.0.2.1").await, Some(2), "not with the right password either");
    assert_eq!(fixture.read(&mara).await.last_sign_in_at, None);
    assert!(fixture.records().await.is_empty());
    fixture.clock.pass(2);
    assert_eq!(tries(&fixture, "mara", PASSWORD, "192.0.2.1").await, None);
    assert_eq!(fixture.activities().await, ["sign_in"]);
}

#[tokio::test]
async fn somebody_elses_guesses_cost_an_owner_little() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.user("mara", &[]).await;
    fixture.user("rune", &[]).await;
    fails(&fixture, 5, "mara", "192.0.2.1").await;
    assert_eq!(tries(&fixture, "mara", PASSWORD, "192.0.2.1").await, Some(2));
    assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.2").await, None, "from another address");
    assert_eq!(tries(&fixture, "rune", PASSWORD, "192.0.2.1").await, None, "another account");
}

#[tokio::test]
async fn guesses_from_many_addresses_count_for_the_account() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    for number in 1..=25 {
        fails(&fixture, 1, "mara", &format!("192.0.2.{number}")).await;
    }
    assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.99").await, Some(2));
    assert_eq!(tries(&fixture, "rune", WRONG, "192.0.2.99").await, None);
}

#[tokio::test]
async fn guesses_for_many_accounts_count_for_the_address() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    for number in 1..=100 {
        fails(&fixture, 1, &format!("agent.{number}"), "192.0.2.1").await;
    }
    assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.1").await, Some(2));
    assert_eq!(tries(&fixture, "mara", WRONG, "192.0.2.2").await, None);
}

#[tokio::test]
async fn an_account_is_the_same_one_however_it_is_written() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let user = fixture.user("strassburg.ikea", &[]).await;
    let spellings = ["strassburg.ikea", "Strassburg.IKEA", " straßburg.ikea ", "ſtraßburg.ıkea", "STRASSBURG.IKEA"];
    for spelling in spellings {
        let found = fixture.access.user_of_account(&user.tenant, spelling).await.unwrap();
        assert_eq!(found.id, user.id, "{spelling}");
        fails(&fixture, 1, spelling, "192.0.2.1").await;
    }
    for spelling in spellings {
        assert_eq!(tries(&fixture, spelling, WRONG, "192.0.2.1").await, Some(2), "{spelling}");
    }
}

#[tokio::test]
async fn who_succeeds_begins_anew() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.user("mara", &[]).await;
    for _ in 0..3 {
        fails(&fixture, 4, "mara", "192.0.2.1").await;
        assert_eq!(tries(&fixture, "mara", PASSWORD, "192.0.2.1").await, None);
    }
    fails(&fixture, 5, "mara", "192.0.2.1").await;
    assert_eq!(tries(&fixture, "mara", PASSWORD, "192.0.2.1").await, Some(2));
}

#[tokio::test]
async fn an_account_that_there_is_not_waits_as_one_that_there_is() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.user("mara", &[]).await;
    let mut told = [Vec::new(), Vec::new()];
    for (told, account) in told.iter_mut().zip(["mara", "nobody"]) {
        fixture.clock.set(0);
        for _ in 0..12 {
            told.push(tries(&fixture, account, WRONG, account).await);
            fixture.clock.pass(1);
        }
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].iter().flatten().max(), Some(&7), "the third wait is one of eight seconds");
}

#[tokio::test]
async fn the_right_password_without_a_code_forgives_no_wrong_code() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, principal) = fixture.signed_in("mara", &[]).await;
    let (codes, _) = fixture.enrol(&principal).await;
    let mut guesses = 0;
    // Who knows the password alone asks again and again, and guesses in between.
    let waits = loop {
        match fixture.attempt_with("mara", PASSWORD, Some("000000"), false).await {
            Err(SignInError::Refused) => guesses += 1,
            Err(SignInError::TooMany(_)) => break true,
            other => panic!("{other:?}"),
        }
        let asked = fixture.attempt("mara", PASSWORD).await;
        assert!(matches!(asked, Err(SignInError::SecondFactorNeeded | SignInError::TooMany(_))), "{asked:?}");
        if guesses == 20 {
            break false;
        }
    };
    assert!(waits && guesses == 5, "{guesses} guesses");
    // And being asked is none that has failed: the owner is let in after the wait.
    fixture.clock.pass(60);
    for _ in 0..3 {
        let asked = fixture.attempt("mara", PASSWORD).await;
        assert!(matches!(asked, Err(SignInError::SecondFactorNeeded)), "{asked:?}");
    }
    fixture.attempt_with("mara", PASSWORD, Some(&codes.at(fixture.clock.now())), false).await.unwrap();
}

#[tokio::test]
async fn being_signed_in_elsewhere_is_no_failure() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.signed_in("mara", &[]).await;
    fixture.set(SignInSettings { single_sign_in: true, ..SignInSettings::default() }).await;
    for _ in 0..8 {
        let told = fixture.attempt("mara", PASSWORD).await;
        assert!(matches!(told, Err(SignInError::Elsewhere(_))), "{told:?}");
    }
    fixture.attempt_with("mara", PASSWORD, None, true).await.unwrap();
}

#[tokio::test]
async fn a_wrong_present_password_counts_as_a_failed_sign_in() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (_, mara) = fixture.signed_in("mara", &[]).await;
    for _ in 0..5 {
        let error = fixture.access.change_password(&mara, WRONG, "another horse battery").await.unwrap_err();
        assert!(matches!(error, rollcall_access::AccessError::WrongProof), "{error}");
    }
    let error = fixture.access.change_password(&mara, PASSWORD, "another horse battery").await.unwrap_err();
    assert!(matches!(error, rollcall_access::AccessError::TooMany(2)), "{error}");
    fixture.clock.set(2);
    fixture.access.change_password(&mara, PASSWORD, "another horse battery").await.unwrap();
}

#[tokio::test]
async fn whoever_has_one_account_is_not_forgiven_their_guesses_at_others() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    fixture.user("mara", &[]).await;
    for number in 1..=100 {
        fails(&fixture, 1, &format!("agent.{number}"), "192.0.2.1").await;
        if number % 20 == 0 && number < 100 {
            assert_eq!(tries(&fixture, "mara", PASSWORD, "192.0.2.1").await, None);
        }
    }
    assert_eq!(tries(&fixture, "agent.7", WRONG, "192.0.2.1").await, Some(2));
    assert_eq!(tries(&fixture, "agent.7", WRONG, "192.0.2.2").await, None);
}
