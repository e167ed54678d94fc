//! Acting as somebody else.

use rollcall_access::record::{Actor, Change, change};
use rollcall_access::{
    AccessError, KeyScope, KeyWish, NewSession, Permission, Principal, SignInSettings, User, UserUpdate, UserWish, allows,
};
use rollcall_model::Scope;
use rollcall_test_postgres::{Engine, on_both_engines};
use serde_json::Value;

use crate::fixture::{Fixture, PASSWORD, at, branch, members, operator, tenant};

on_both_engines![one_that_begins_while_the_session_ends_ends_too];

async fn one_that_begins_while_the_session_ends_ends_too(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    let (root, mara) = (fixture.user("root", &["admin"]).await, fixture.user("mara", &["agent"]).await);
    let other = fixture.another_node().await;
    let by = operator();
    fixture.set(SignInSettings { single_sign_in: true, ..SignInSettings::default() }).await;
    for round in 0..10 {
        let session = fixture.sign_in(&root).await;
        let own = fixture.who(&session).await.unwrap();
        fixture.records().await;
        let acted = if round % 2 == 0 {
            let (acted, ended) = tokio::join!(fixture.access.act_as(&own, mara.id), other.end_by_force(&by, session.id));
            ended.unwrap();
            acted
        } else {
            let (acted, forced) = tokio::join!(fixture.access.act_as(&own, mara.id), fixture.attempt_with("root", PASSWORD, None, true));
            let forced = fixture.who(&forced.unwrap()).await.unwrap();
            fixture.access.sign_out(&forced).await.unwrap();
            acted
        };
        let activities = fixture.activities().await;
        let count = |activity: &str| activities.iter().filter(|recorded| *recorded == activity).count();
        let expected = usize::from(acted.is_ok());
        assert_eq!((count("impersonation_start"), count("impersonation_end")), (expected, expected), "{activities:?}");
        assert_eq!(count("forced_sign_out"), 1, "{activities:?}");
    }
}

/// An admin who is signed in, and a supervisor.
struct Scene {
    fixture: Fixture,
    root: User,
    session: NewSession,
    mara: User,
}

impl Scene {
    async fn new() -> Scene {
        let fixture = Fixture::new(Engine::Sqlite).await;
        let (root, mara) = (fixture.user("root", &["admin"]).await, fixture.user("mara", &["supervisor"]).await);
        let session = fixture.sign_in(&root).await;
        Scene { fixture, root, session, mara }
    }

    async fn who(&self) -> Principal {
        self.fixture.who(&self.session).await.unwrap()
    }

    async fn act(&self) -> Principal {
        self.fixture.access.act_as(&self.who().await, self.mara.id).await.unwrap();
        self.who().await
    }
}

fn told(event: &Value) -> [&str; 4] {
    members(event, ["activity", "account", "triggered_by_kind", "triggered_by_id"])
}

#[tokio::test]
async fn who_acts_as_somebody_has_their_rights_and_both_are_known() {
    let scene = Scene::new().await;
    scene.fixture.clock.set(5);
    let acting = scene.act().await;
    assert_eq!((acting.name.as_str(), acting.id()), ("MARA", format!("user:{}", scene.mara.id)));
    assert!(allows(&acting, Permission::LoginLogoutAll).is_ok() && allows(&acting, Permission::UsersView).is_err());
    let signed_in = acting.signed_in().unwrap();
    let impersonator = signed_in.impersonator.as_ref().unwrap();
    assert_eq!((signed_in.user.id, impersonator.person.id, impersonator.since), (scene.mara.id, scene.root.id, at(5)));
    let sessions = scene.fixture.access.sessions(&scene.root.tenant).await.unwrap();
    assert_eq!(sessions[0].acting_as.as_ref().map(|person| person.id), Some(scene.mara.id));
    assert_eq!(sessions[0].person.id, scene.root.id);
}

#[tokio::test]
async fn start_and_end_are_recorded_with_both() {
    let scene = Scene::new().await;
    scene.fixture.records().await;
    let acting = scene.act().await;
    scene.fixture.clock.set(90);
    for _ in 0..2 {
        scene.fixture.access.stop_acting(&acting).await.unwrap();
    }
    let own = scene.who().await;
    assert_eq!((own.id(), own.signed_in().unwrap().impersonator.is_none()), (format!("user:{}", scene.root.id), true));
    assert!(allows(&own, Permission::UsersEdit).is_ok());
    let records = scene.fixture.records().await;
    assert_eq!(
        records.iter().map(told).collect::<Vec<_>>(),
        [["impersonation_start", "mara", "user", "root"], ["impersonation_end", "mara", "user", "root"],]
    );
    let [start, end] = [&records[0], &records[1]].map(|event| members(event, ["session_id", "employee_id", "event_time"]));
    assert_eq!(start[0], end[0], "one impersonation");
    assert_ne!(start[0], scene.session.id.to_string());
    assert_eq!((start[1], end[2]), ("e-mara", at(90).to_string().as_str()));
}

#[tokio::test]
async fn what_is_done_meanwhile_is_told_of_both() {
    let scene = Scene::new().await;
    let acting = scene.act().await;
    let saved = Change {
        entity: "Saved Report",
        activity: "Created",
        instance: "7".to_owned(),
        summary: "Saved".to_owned(),
        before: None,
        after: None,
    };
    let record = change(&acting.tenant, &Actor::of(&acting), at(0), saved);
    let event: Value = serde_json::from_str(&record.event).unwrap();
    assert_eq!(members(&event, ["triggered_by_id"]), ["root"]);
    assert_eq!(members(&event["details"]["acting_as"], ["account", "name"]), ["mara", "MARA"]);
}

#[tokio::test]
async fn nobody_changes_rights_while_they_act_as_somebody_else() {
    let scene = Scene::new().await;
    let wish = UserWish { account: "second".to_owned(), profiles: vec!["admin".to_owned()], ..UserWish::default() };
    let (second, _) = scene.fixture.access.create_user(&scene.who().await, &wish).await.unwrap();
    scene.fixture.access.act_as(&scene.who().await, second.id).await.unwrap();
    let acting = scene.who().await;
    for permission in Permission::ALL {
        let security = Permission::SECURITY.contains(permission);
        assert_eq!(allows(&acting, *permission).is_ok(), !security, "{permission}");
    }
    let another = UserWish { account: "third".to_owned(), profiles: vec!["admin".to_owned()], ..UserWish::default() };
    assert!(matches!(scene.fixture.access.create_user(&acting, &another).await, Err(AccessError::MoreThanOwn(_))));
    let key = KeyWish { name: "key".to_owned(), scopes: [KeyScope::AccessWrite].into(), expires_at: None, data_scope: Scope::All };
    assert!(matches!(scene.fixture.access.create_key(&acting, &key).await, Err(AccessError::MoreThanOwn(_))));
}

#[tokio::test]
async fn the_account_of_the_other_stays_theirs() {
    let scene = Scene::new().await;
    let acting = scene.act().await;
    let access = &scene.fixture.access;
    let refused = [
        access.own_user(&acting).await.map(|_| ()),
        access.change_password(&acting, PASSWORD, "another horse battery").await,
        access.set_up_second_factor(&acting).await.map(|_| ()),
        access.confirm_second_factor(&acting, "000000").await.map(|_| ()),
        access.remove_second_factor(&acting, PASSWORD, "000000").await,
    ];
    for error in refused.map(Result::unwrap_err) {
        assert!(matches!(error, AccessError::Conflict(_)), "{error}");
    }
}

#[tokio::test]
async fn nobody_acts_as_themselves_or_as_a_second_one() {
    let scene = Scene::new().await;
    let access = &scene.fixture.access;
    let error = access.act_as(&scene.who().await, scene.root.id).await.unwrap_err();
    assert_eq!(error.to_string(), "that is yourself");
    let rune = scene.fixture.user("rune", &[]).await;
    let acting = scene.act().await;
    for id in [rune.id, scene.mara.id, scene.root.id] {
        let error = access.act_as(&acting, id).await.unwrap_err();
        assert!(error.to_string().contains("you act as somebody else already"), "{error}");
    }
    assert_eq!(scene.who().await, acting);
}

#[tokio::test]
async fn nobody_acts_as_somebody_with_more_rights_or_without_the_permission() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let helper =
        fixture.profile("Helper", &[Permission::Impersonate, Permission::LoginLogoutView, Permission::OwnSessionsView], Scope::All).await;
    let more = fixture.user("more", &["auditor"]).await;
    let north = fixture.profile("North", &[Permission::LoginLogoutView], branch("North")).await;
    let less = fixture.user("less", &[&north]).await;
    let (_, by) = fixture.signed_in("helper", &[&helper]).await;
    let error = fixture.access.act_as(&by, more.id).await.unwrap_err();
    assert!(matches!(error, AccessError::MoreThanOwn(_)), "{error}");
    let off = fixture.user("off", &[]).await;
    let disabled = UserUpdate { active: Some(false), ..UserUpdate::default() };
    fixture.access.update_user(&operator(), &off, &disabled).await.unwrap();
    assert!(matches!(fixture.access.act_as(&by, off.id).await, Err(AccessError::Conflict(_))));
    let elsewhere = fixture.user_of(&tenant("emea"), "elsewhere", &[]).await;
    assert!(matches!(fixture.access.act_as(&by, elsewhere.id).await, Err(AccessError::Unknown { .. })));
    let (_, supervisor) = fixture.signed_in("supervisor", &["supervisor"]).await;
    let error = fixture.access.act_as(&supervisor, less.id).await.unwrap_err();
    assert!(matches!(error, AccessError::Denied(_)), "{error}");
    assert!(matches!(fixture.access.act_as(&operator(), less.id).await, Err(AccessError::Conflict(_))), "only who has signed in");
    let activities = fixture.activities().await;
    assert!(!activities.iter().any(|activity| activity.starts_with("impersonation")), "{activities:?}");
    fixture.access.act_as(&by, less.id).await.unwrap();
}

#[tokio::test]
async fn it_ends_with_the_session_however_that_ends() {
    let scene = Scene::new().await;
    let (fixture, access) = (&scene.fixture, &scene.fixture.access);
    let mut session = scene.session.clone();
    for end in ["sign_out", "forced_sign_out", "idle", "forced_sign_in"] {
        let own = fixture.who(&session).await.unwrap();
        access.act_as(&own, scene.mara.id).await.unwrap();
        let acting = fixture.who(&session).await.unwrap();
        fixture.records().await;
        let (by, last) = match end {
            "sign_out" => {
                access.sign_out(&acting).await.unwrap();
                ("root", "sign_out")
            }
            "forced_sign_out" => {
                access.end_by_force(&operator(), session.id).await.unwrap();
                ("operator", "forced_sign_out")
            }
            "idle" => {
                fixture.clock.pass(2 * 3_600);
                access.tidy(&scene.root.tenant).await.unwrap();
                ("rollcall", "sign_out")
            }
            _ => {
                fixture.set(SignInSettings { single_sign_in: true, ..SignInSettings::default() }).await;
                fixture.records().await;
                fixture.attempt_with("root", PASSWORD, None, true).await.unwrap();
                ("root", "forced_sign_out")
            }
        };
        let records = fixture.records().await;
        let ended: Vec<_> = records.iter().map(|event| members(event, ["activity", "account", "triggered_by_id"])).collect();
        assert_eq!(ended[..2], [["impersonation_end", "mara", by], [last, "root", by]], "{end}");
        if end != "forced_sign_in" {
            session = fixture.sign_in(&scene.root).await;
        }
    }
}

#[tokio::test]
async fn it_ends_when_the_other_may_no_longer_sign_in() {
    let scene = Scene::new().await;
    scene.act().await;
    scene.fixture.records().await;
    let off = UserUpdate { active: Some(false), ..UserUpdate::default() };
    scene.fixture.access.update_user(&operator(), &scene.mara, &off).await.unwrap();
    assert_eq!(scene.who().await.id(), format!("user:{}", scene.root.id));
    let records = scene.fixture.records().await;
    assert_eq!(records.iter().skip(1).map(told).collect::<Vec<_>>(), [["impersonation_end", "mara", "system", "rollcall"]]);
}

#[tokio::test]
async fn it_ends_when_what_allowed_it_is_gone() {
    let scene = Scene::new().await;
    scene.fixture.user("second", &["admin"]).await;
    scene.act().await;
    scene.fixture.records().await;
    let less = UserUpdate { profiles: Some(vec!["supervisor".to_owned()]), ..UserUpdate::default() };
    scene.fixture.access.update_user(&operator(), &scene.root, &less).await.unwrap();
    let own = scene.who().await;
    assert_eq!((own.id(), own.signed_in().unwrap().impersonator.is_none()), (format!("user:{}", scene.root.id), true));
    let records = scene.fixture.records().await;
    assert_eq!(records.iter().skip(1).map(told).collect::<Vec<_>>(), [["impersonation_end", "mara", "system", "rollcall"]]);
}

#[tokio::test]
async fn it_ends_when_the_other_gets_more_rights_than_whoever_acts() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let helper = fixture.profile("Helper", &[Permission::Impersonate, Permission::OwnSessionsExport], Scope::All).await;
    let mara = fixture.user("mara", &["agent"]).await;
    let user = fixture.user("helper", &[&helper]).await;
    let session = fixture.sign_in(&user).await;
    fixture.access.act_as(&fixture.who(&session).await.unwrap(), mara.id).await.unwrap();
    assert_eq!(fixture.who(&session).await.unwrap().name, "MARA");
    let more = UserUpdate { profiles: Some(vec!["admin".to_owned()]), ..UserUpdate::default() };
    fixture.access.update_user(&operator(), &mara, &more).await.unwrap();
    assert_eq!(fixture.who(&session).await.unwrap().name, "HELPER");
}

#[tokio::test]
async fn who_must_do_something_first_acts_as_nobody_meanwhile() {
    let scene = Scene::new().await;
    scene.act().await;
    scene.fixture.set(SignInSettings { require_second_factor: true, ..SignInSettings::default() }).await;
    let own = scene.who().await;
    assert_eq!(own.id(), format!("user:{}", scene.root.id), "there is no way around one-time codes");
    assert!(own.grants.is_empty());
    assert!(scene.fixture.access.act_as(&own, scene.mara.id).await.is_err());
}
