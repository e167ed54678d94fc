//! Sessions: begun beside others or instead of them, used, and ended once.

use futures::future::join_all;
use rollcall_control::outbox::Record;
use rollcall_control::user_sessions::{Acting, Began, Ending, Others, UserSession};
use rollcall_control::users::{NewUser, User};
use rollcall_control::{Control, ControlError};
use rollcall_model::{TenantId, Timestamp};
use rollcall_test_postgres::{Engine, on_both_engines};
use uuid::Uuid;

use crate::fixture::{Place, at, record, session, tenant, user, waiting};

on_both_engines![
    a_session_comes_back_as_it_began,
    others_stay_or_stand_in_the_way_or_end,
    what_has_ended_by_itself_stands_in_nobodys_way_and_is_not_ended_by_it,
    whoever_ends_a_session_is_told_as_whom_somebody_acts_in_it,
    of_many_who_begin_alone_at_once_exactly_one_does,
    a_session_and_its_record_are_one,
    the_latest_use_is_noted,
    a_session_ends_once_and_not_if_it_was_used_meanwhile,
    a_session_in_which_somebody_acts_ends_as_it_was_read,
    an_impersonation_begins_and_ends_once,
    the_overdue_are_found,
    tenants_and_users_see_their_own_sessions_alone,
    a_damaged_session_is_named,
    who_has_changed_meanwhile_does_not_get_in,
];

fn default() -> TenantId {
    TenantId::default()
}

fn nothing(_: &[Ending]) -> Vec<Record> {
    Vec::new()
}

async fn mara(control: &Control) -> NewUser {
    let new = user("default", 1_000, "mara");
    control.users().create(&new, &[]).await.unwrap();
    new
}

async fn begun(control: &Control, session: UserSession) -> UserSession {
    let began = control.user_sessions().begin(&session, Others::Stay, at(-1_000), nothing).await.unwrap();
    assert_eq!(began, Began::Yes(Vec::new()));
    session
}

fn acting(number: u128) -> Acting {
    Acting { id: Uuid::from_u128(number), user_id: Uuid::from_u128(2_000), since: at(5) }
}

async fn last_sign_in(control: &Control, user: &NewUser) -> Option<Timestamp> {
    control.users().get(&user.tenant, user.id).await.unwrap().unwrap().last_sign_in_at
}

async fn a_session_comes_back_as_it_began(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let mara = mara(&control).await;
    let plain = begun(&control, session(&mara, 1)).await;
    let through = Some(("https://id.example.com".to_owned(), Some("sid".to_owned())));
    let through = UserSession { openid: through, method: "oidc".to_owned(), user_agent: Some("Firefox".to_owned()), ..session(&mara, 2) };
    let through = begun(&control, through).await;
    let without_sid = UserSession { openid: Some(("https://id.example.com".to_owned(), None)), ..session(&mara, 3) };
    let without_sid = begun(&control, without_sid).await;
    assert_eq!(last_sign_in(&control, &mara).await, Some(at(3)));
    control.close().await.unwrap();
    let again = place.open().await.unwrap();
    for session in [&plain, &through, &without_sid] {
        assert_eq!(again.user_sessions().find(session.id).await.unwrap().as_ref(), Some(session));
    }
    assert_eq!(again.user_sessions().of_openid(&default(), "https://id.example.com").await.unwrap(), [through, without_sid]);
    assert!(again.user_sessions().of_openid(&default(), "https://other.example.com").await.unwrap().is_empty());
    assert_eq!(again.user_sessions().find(Uuid::from_u128(9)).await.unwrap(), None);
}

async fn others_stay_or_stand_in_the_way_or_end(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sessions = control.user_sessions();
    let mara = mara(&control).await;
    let rune = user("default", 1_001, "rune");
    control.users().create(&rune, &[]).await.unwrap();
    let of_rune = begun(&control, session(&rune, 9)).await;
    let (one, two) = (begun(&control, session(&mara, 11)).await, begun(&control, session(&mara, 12)).await);

    let refused = sessions.begin(&session(&mara, 13), Others::Refuse, at(0), |_| panic!("nothing is recorded")).await.unwrap();
    assert_eq!(refused, Began::Elsewhere(Box::new(two.clone())), "the one that was used last");
    assert_eq!(last_sign_in(&control, &mara).await, Some(at(12)), "nobody has signed in");
    assert_eq!(sessions.find(Uuid::from_u128(13)).await.unwrap(), None);

    let third = session(&mara, 14);
    let mut told = Vec::new();
    let records = |ended: &[Ending]| {
        told = ended.iter().map(|ending| (ending.session.id, ending.acting_as.is_some())).collect();
        vec![record("default", 1)]
    };
    let forced = sessions.begin(&third, Others::End, at(0), records).await.unwrap();
    assert_eq!(forced, Began::Yes(vec![one.clone(), two.clone()]));
    assert_eq!(told, [(one.id, false), (two.id, false)]);
    assert_eq!(sessions.list(&default()).await.unwrap(), [of_rune, third]);
    assert_eq!(waiting(&control).await, [1]);
}

async fn what_has_ended_by_itself_stands_in_nobodys_way_and_is_not_ended_by_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sessions = control.user_sessions();
    let mara = mara(&control).await;
    let expired = begun(&control, UserSession { expires_at: at(50), last_seen_at: at(49), ..session(&mara, 1) }).await;
    let unused = begun(&control, UserSession { last_seen_at: at(20), ..session(&mara, 2) }).await;
    let second = session(&mara, 50);
    assert_eq!(sessions.begin(&second, Others::Refuse, at(20), nothing).await.unwrap(), Began::Yes(Vec::new()));
    let third = session(&mara, 51);
    assert_eq!(sessions.begin(&third, Others::End, at(20), nothing).await.unwrap(), Began::Yes(vec![second]));
    assert_eq!(sessions.list(&default()).await.unwrap(), [expired, unused, third], "they are left for whoever tidies up");
}

async fn whoever_ends_a_session_is_told_as_whom_somebody_acts_in_it(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sessions = control.user_sessions();
    let mara = mara(&control).await;
    let target = control.users().create(&user("default", 2_000, "target"), &[]).await.unwrap();
    let first = begun(&control, session(&mara, 1)).await;
    assert!(sessions.act(&first, Some(&acting(7)), &[]).await.unwrap());
    let mut told: Vec<(Option<Acting>, Option<User>)> = Vec::new();
    let records = |ended: &[Ending]| {
        told = ended.iter().map(|ending| (ending.session.acting.clone(), ending.acting_as.clone())).collect();
        Vec::new()
    };
    sessions.begin(&session(&mara, 2), Others::End, at(0), records).await.unwrap();
    assert_eq!(told, [(Some(acting(7)), Some(target))]);
}

async fn of_many_who_begin_alone_at_once_exactly_one_does(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    for round in 0..5_u128 {
        let new = user("default", 1_000 + round, &format!("agent{round}"));
        nodes[0].users().create(&new, &[]).await.unwrap();
        let began = join_all((1..=8_u128).map(|number| {
            let (control, session) = (nodes[number as usize % 2].clone(), session(&new, round * 10 + number));
            tokio::spawn(async move {
                let records = |_: &[Ending]| vec![record("default", session.id.as_u128())];
                control.user_sessions().begin(&session, Others::Refuse, at(-100), records).await.unwrap()
            })
        }));
        let began: Vec<Began> = began.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(began.iter().filter(|began| matches!(began, Began::Yes(_))).count(), 1);
        let there = nodes[0].user_sessions().of_user(&default(), new.id).await.unwrap();
        let [only] = there.as_slice() else { panic!("{there:?}") };
        let told = Began::Elsewhere(Box::new(only.clone()));
        assert!(began.iter().all(|began| *began == Began::Yes(Vec::new()) || *began == told), "{began:?}");
        assert_eq!(waiting(&nodes[0]).await.last(), Some(&only.id.as_u128()));
        assert_eq!(waiting(&nodes[0]).await.len() as u128, round + 1);
    }
}

async fn a_session_and_its_record_are_one(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sessions = control.user_sessions();
    let mara = mara(&control).await;
    let first = session(&mara, 1);
    sessions.begin(&first, Others::Stay, at(0), |_| vec![record("default", 1)]).await.unwrap();
    let twice = [record("default", 1)];
    let refused = [
        sessions.begin(&session(&mara, 2), Others::End, at(0), |_| twice.to_vec()).await.map(drop),
        sessions.act(&first, Some(&acting(7)), &twice).await.map(drop),
        sessions.end(&first, None, &twice).await.map(drop),
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, ControlError::RecordTwice { .. }), "{error}");
    }
    assert_eq!(sessions.list(&default()).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(last_sign_in(&control, &mara).await, Some(at(1)));
    assert!(sessions.end(&first, None, &[record("default", 2)]).await.unwrap());
    assert!(!sessions.end(&first, None, &[record("default", 3)]).await.unwrap());
    assert!(!sessions.act(&first, Some(&acting(7)), &[record("default", 3)]).await.unwrap());
    assert_eq!(waiting(&control).await, [1, 2]);
}

async fn the_latest_use_is_noted(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let mara = mara(&control).await;
    let first = begun(&control, session(&mara, 1)).await;
    for (used, noted) in [(50, 50), (40, 50), (60, 60)] {
        control.user_sessions().touch(first.id, at(used)).await.unwrap();
        let found = control.user_sessions().find(first.id).await.unwrap();
        assert_eq!(found, Some(UserSession { last_seen_at: at(noted), ..first.clone() }));
    }
    control.user_sessions().touch(Uuid::from_u128(9), at(70)).await.unwrap();
}

async fn a_session_ends_once_and_not_if_it_was_used_meanwhile(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let mara = mara(&nodes[0]).await;
    for round in 1..=5_u128 {
        let first = begun(&nodes[0], UserSession { last_seen_at: at(20), ..session(&mara, round) }).await;
        assert!(!nodes[0].user_sessions().end(&first, Some(at(19)), &[record("default", 999)]).await.unwrap());
        let ended = join_all((0..8_u128).map(|number| {
            let (control, session) = (nodes[number as usize % 2].clone(), first.clone());
            let record = [record("default", round * 10 + number)];
            tokio::spawn(async move { control.user_sessions().end(&session, Some(at(20)), &record).await.unwrap() })
        }));
        assert_eq!(ended.await.into_iter().filter(|ended| *ended.as_ref().unwrap()).count(), 1);
        assert_eq!(waiting(&nodes[0]).await.len() as u128, round);
    }
    assert!(nodes[0].user_sessions().list(&default()).await.unwrap().is_empty());
}

async fn a_session_in_which_somebody_acts_ends_as_it_was_read(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sessions = control.user_sessions();
    let mara = mara(&control).await;
    let before = begun(&control, session(&mara, 1)).await;
    sessions.act(&before, Some(&acting(7)), &[]).await.unwrap();
    assert!(!sessions.end(&before, None, &[record("default", 1)]).await.unwrap(), "an impersonation has begun since it was read");
    let acts = sessions.find(before.id).await.unwrap().unwrap();
    sessions.act(&acts, None, &[]).await.unwrap();
    assert!(!sessions.end(&acts, None, &[record("default", 1)]).await.unwrap(), "it has ended since");
    assert!(sessions.end(&before, None, &[record("default", 1)]).await.unwrap());
    assert_eq!(waiting(&control).await, [1]);
}

async fn an_impersonation_begins_and_ends_once(engine: Engine) {
    let place = Place::new(engine);
    let nodes = [place.open().await.unwrap(), place.open().await.unwrap()];
    let mara = mara(&nodes[0]).await;
    let own = begun(&nodes[0], session(&mara, 1)).await;
    let at_once = async |as_read: &UserSession, first: u128, to: Option<u128>| {
        let acted = join_all((0..6_u128).map(|number| {
            let (control, as_read) = (nodes[number as usize % 2].clone(), as_read.clone());
            let (to, record) = (to.map(|to| acting(to + number)), [record("default", first + number)]);
            tokio::spawn(async move { control.user_sessions().act(&as_read, to.as_ref(), &record).await.unwrap() })
        }));
        acted.await.into_iter().filter(|acted| *acted.as_ref().unwrap()).count()
    };
    assert_eq!(at_once(&own, 10, Some(70)).await, 1);
    let acts = nodes[1].user_sessions().find(own.id).await.unwrap().unwrap();
    assert_eq!(UserSession { acting: None, ..acts.clone() }, own);
    let Acting { user_id, since, .. } = acts.acting.clone().unwrap();
    assert_eq!((user_id, since), (acting(7).user_id, at(5)));
    assert_eq!(at_once(&acts, 20, None).await, 1);
    assert_eq!(nodes[0].user_sessions().find(own.id).await.unwrap(), Some(own));
    assert_eq!(waiting(&nodes[0]).await.len(), 2);
}

async fn the_overdue_are_found(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let mara = mara(&control).await;
    let expired = begun(&control, UserSession { expires_at: at(50), last_seen_at: at(49), ..session(&mara, 1) }).await;
    let unused = begun(&control, UserSession { last_seen_at: at(20), ..session(&mara, 2) }).await;
    begun(&control, UserSession { expires_at: at(51), last_seen_at: at(21), ..session(&mara, 3) }).await;
    let there = user("north", 1_001, "mara");
    control.users().create(&there, &[]).await.unwrap();
    begun(&control, UserSession { expires_at: at(50), ..session(&there, 4) }).await;
    assert_eq!(control.user_sessions().overdue(&default(), at(50), at(20)).await.unwrap(), [expired, unused]);
}

async fn tenants_and_users_see_their_own_sessions_alone(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let sessions = control.user_sessions();
    let (here, there, other) = (mara(&control).await, user("north", 1_001, "mara"), user("default", 1_002, "rune"));
    for user in [&there, &other] {
        control.users().create(user, &[]).await.unwrap();
    }
    let of_other = begun(&control, session(&other, 3)).await;
    let (mine, theirs) = (begun(&control, session(&here, 1)).await, begun(&control, session(&there, 2)).await);
    assert_eq!(sessions.list(&default()).await.unwrap(), [mine.clone(), of_other], "oldest first");
    assert_eq!(sessions.of_user(&default(), here.id).await.unwrap(), std::slice::from_ref(&mine));
    assert!(sessions.of_user(&tenant("north"), here.id).await.unwrap().is_empty());
    assert_eq!(sessions.require(&default(), mine.id).await.unwrap(), mine);
    for id in [theirs.id, Uuid::from_u128(9)] {
        let error = sessions.require(&default(), id).await.unwrap_err();
        assert_eq!(error.to_string(), format!("session {id}: there is none; somebody may have deleted it"));
    }
}

async fn a_damaged_session_is_named(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let mara = mara(&control).await;
    let first = begun(&control, session(&mara, 1)).await;
    for (damage, told) in [
        ("token_hash = ''", "token_hash: expected 32 bytes, got 0"),
        ("expires_at = 9223372036854775807", "expires_at: expected UTC microseconds"),
        ("acting_id = 'x', acting_user_id = 'y', acting_since = 0", "acting_id: expected a UUID"),
    ] {
        place.sql("DELETE FROM user_session").await;
        begun(&control, first.clone()).await;
        place.sql(&format!("UPDATE user_session SET {damage}")).await;
        for error in [
            control.user_sessions().find(first.id).await.map(drop).unwrap_err(),
            control.user_sessions().list(&default()).await.map(drop).unwrap_err(),
        ] {
            assert!(error.to_string().contains(&format!("user_session {}: {told}", first.id)), "{error}");
        }
    }
}

async fn who_has_changed_meanwhile_does_not_get_in(engine: Engine) {
    let place = Place::new(engine);
    let control = place.open().await.unwrap();
    let wanted = session(&mara(&control).await, 1);
    let record = record("default", 9);
    let begin = |still: bool| {
        let record = record.clone();
        let sessions = control.user_sessions();
        let wanted = wanted.clone();
        async move { sessions.begin_if(|_| still, &wanted, Others::Stay, at(0), |_| vec![record]).await.unwrap() }
    };
    assert_eq!(begin(false).await, Began::Changed);
    assert_eq!((control.user_sessions().list(&default()).await.unwrap(), waiting(&control).await), (Vec::new(), Vec::new()));
    assert_eq!(begin(true).await, Began::Yes(Vec::new()));
    assert_eq!(waiting(&control).await, [9]);
}
