//! Tenants: nothing of one is known in another.

use rollcall_access::{AccessError, Attempt, Permission, ProfileWish, SignInError, UserUpdate, UserWish};
use rollcall_model::{Scope, TenantId};
use rollcall_test_postgres::Engine;

use crate::fixture::{ADDRESS, Fixture, PASSWORD, members, operator, operator_of, place, tenant};

#[tokio::test]
async fn the_same_account_is_somebody_else_in_another_tenant() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let emea = tenant("emea");
    let here = fixture.user("mara", &["agent"]).await;
    let there = fixture.user_of(&emea, "mara", &["admin"]).await;
    assert_ne!(here.id, there.id);
    fixture.access.reset_password(&operator_of(&emea), &there).await.unwrap();
    let place = place(ADDRESS);
    let attempt =
        |tenant| Attempt { tenant, account: "mara", password: PASSWORD, code: None, force: false, own_session: None, place: &place };
    let session = fixture.access.sign_in(&attempt(&here.tenant)).await.unwrap();
    assert!(matches!(fixture.access.sign_in(&attempt(&emea)).await, Err(SignInError::Refused)));
    let principal = fixture.who(&session).await.unwrap();
    assert_eq!((principal.tenant.clone(), principal.id()), (TenantId::default(), format!("user:{}", here.id)));
    assert!(rollcall_access::allows(&principal, Permission::UsersView).is_err());
    let pending = fixture.control.outbox().pending(100).await.unwrap();
    let tenants: Vec<&str> = pending.iter().map(|pending| pending.record.tenant.as_str()).collect();
    assert_eq!(tenants, ["emea", "default", "emea"], "each has its own record");
}

#[tokio::test]
async fn failures_in_one_tenant_delay_nobody_of_that_account_in_another() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let emea = tenant("emea");
    fixture.user("mara", &[]).await;
    for number in 0..30 {
        let place = place(&format!("192.0.2.{}", 100 + number));
        let attempt =
            Attempt { tenant: &emea, account: "mara", password: "wrong", code: None, force: false, own_session: None, place: &place };
        fixture.access.sign_in(&attempt).await.unwrap_err();
    }
    fixture.attempt("mara", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn ids_of_one_tenant_are_unknown_in_another() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let by = operator_of(&tenant("emea"));
    let (access, other) = (&fixture.access, &by.tenant);
    let mara = fixture.user("mara", &[]).await;
    let session = fixture.sign_in(&mara).await;
    let profile = fixture.profile("North", &[Permission::LoginLogoutView], Scope::All).await;
    fixture.records().await;
    let wish = ProfileWish { name: "Mine".to_owned(), permissions: [Permission::LoginLogoutView].into(), scope: Scope::All };
    let user = UserWish { account: "rune".to_owned(), profiles: vec![profile.clone()], ..UserWish::default() };
    let renamed = UserUpdate { display_name: Some("Mine".to_owned()), ..UserUpdate::default() };
    let nothing = uuid::Uuid::from_u128(7);
    let refused = [
        (access.user(other, mara.id).await.map(drop), access.user(other, nothing).await.map(drop)),
        (access.user_of_account(other, "mara").await.map(drop), access.user_of_account(other, "nobody").await.map(drop)),
        (access.profile(other, &profile).await.map(drop), access.profile(other, &nothing.to_string()).await.map(drop)),
        (
            access.update_profile(&by, &profile, 1, &wish).await.map(drop),
            access.update_profile(&by, &nothing.to_string(), 1, &wish).await.map(drop),
        ),
        (access.delete_profile(&by, &profile, 1).await, access.delete_profile(&by, &nothing.to_string(), 1).await),
        (access.end_by_force(&by, session.id).await, access.end_by_force(&by, nothing).await),
    ];
    for (foreign, missing) in refused {
        let (foreign, missing) = (foreign.unwrap_err().to_string(), missing.unwrap_err().to_string());
        let without_ids = |told: &str| {
            [mara.id.to_string(), session.id.to_string(), profile.clone(), nothing.to_string(), "mara".to_owned(), "nobody".to_owned()]
                .iter()
                .fold(told.to_owned(), |told, id| told.replace(id, "…"))
        };
        assert_eq!(without_ids(&foreign), without_ids(&missing), "what is another's is as if it was not there");
    }
    assert!(matches!(access.create_user(&by, &user).await, Err(AccessError::Invalid { field: "profiles", .. })));
    for error in [
        access.update_user(&by, &mara, &renamed).await.map(drop).unwrap_err(),
        access.reset_password(&by, &mara).await.map(drop).unwrap_err(),
        access.reset_second_factor(&by, &mara).await.map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().starts_with(&format!("user {}: there is none", mara.id)), "{error}");
    }
    assert_eq!(fixture.read(&mara).await.version, 1);
    fixture.who(&session).await.unwrap();
    assert!(fixture.records().await.is_empty());
}

#[tokio::test]
async fn lists_and_tidying_are_of_one_tenant() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let emea = tenant("emea");
    let (here, there) = (fixture.user("mara", &[]).await, fixture.user_of(&emea, "rune", &[]).await);
    let (session, _) = (fixture.sign_in(&here).await, fixture.sign_in(&there).await);
    fixture.profile("North", &[Permission::LoginLogoutView], Scope::All).await;
    let access = &fixture.access;
    assert_eq!(access.users(&emea).await.unwrap().iter().map(|user| user.id).collect::<Vec<_>>(), [there.id]);
    assert_eq!(access.sessions(&here.tenant).await.unwrap().iter().map(|info| info.id).collect::<Vec<_>>(), [session.id]);
    assert_eq!(access.profiles(&emea).await.unwrap().len(), 5);
    fixture.clock.set(7_200);
    fixture.records().await;
    access.tidy(&here.tenant).await.unwrap();
    let records = fixture.records().await;
    assert_eq!(records.iter().map(|event| members(event, ["account"])).collect::<Vec<_>>(), [["mara"]]);
}

#[tokio::test]
async fn each_tenant_keeps_an_admin_of_its_own() {
    let fixture = Fixture::new(Engine::Sqlite).await;
    let (here, there) = (fixture.user("root", &["admin"]).await, fixture.user_of(&tenant("emea"), "root", &["admin"]).await);
    let off = UserUpdate { active: Some(false), ..UserUpdate::default() };
    assert!(fixture.access.update_user(&operator(), &here, &off).await.is_err(), "another tenant's admin is none here");
    assert!(fixture.access.update_user(&operator_of(&there.tenant), &there, &off).await.is_err());
}
