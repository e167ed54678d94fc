//! A webhook sends what its owner may see, as that is when it is sent.

use std::collections::BTreeSet;

use rollcall_access::{Owner, Permission, Principal, ProfileWish, User, UserUpdate, UserWish};
use rollcall_delivery::webhooks::{Filter, WebhookState, Wish};
use rollcall_model::scope::ScopePart;
use rollcall_model::{Event, Scope, TenantId};

use super::bench::{Bench, Receiver, sign_in, texts};

fn access_events() -> Filter {
    Filter { categories: texts(&["access"]), ..Filter::default() }
}

fn branch(name: &str) -> Scope {
    Scope::Parts(vec![ScopePart { hierarchies: vec![name.to_owned()], ..ScopePart::default() }])
}

/// A profile that may read the audit logs of a branch.
async fn profile(bench: &Bench, name: &str, permission: Permission) -> String {
    let wish = ProfileWish { name: name.to_owned(), permissions: BTreeSet::from([permission]), scope: branch(name) };
    bench.access.create_profile(&Bench::operator(), &wish).await.unwrap().id
}

async fn user(bench: &Bench, profile: &str) -> User {
    let wish = UserWish {
        account: "rune".to_owned(),
        display_name: None,
        email: None,
        employee_id: None,
        profiles: vec![profile.to_owned()],
        with_password: false,
    };
    bench.access.create_user(&Bench::operator(), &wish).await.unwrap().0
}

async fn principal(bench: &Bench, user: &User) -> Principal {
    match bench.access.owner(&TenantId::default(), &format!("user:{}", user.id)).await.unwrap() {
        Owner::Active(principal) => principal,
        Owner::Gone(why) => panic!("{why}"),
    }
}

fn of(number: u32, branch: &str) -> Event {
    Event { hierarchy: Some(branch.to_owned()), ..sign_in(number) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_owner_may_not_see_never_leaves() {
    let (bench, receiver) = (Bench::new().await, Receiver::new().await);
    let (north, south) =
        (profile(&bench, "North", Permission::AuditLogsView).await, profile(&bench, "South", Permission::AuditLogsView).await);
    let rune = user(&bench, &north).await;
    let by = principal(&bench, &rune).await;
    let made = bench.webhook_of(&by, "desk", &receiver.url(), access_events()).await;
    bench.append(vec![of(1, "North"), of(2, "South"), sign_in(3), of(4, "North / Oslo"), of(5, "Northern")]).await;
    bench.delivery.run_due().await.unwrap();
    assert_eq!(receiver.accounts(), ["agent1", "agent4"]);
    let by_hand = |number: u32| rollcall_delivery::webhooks::Wanted::Event(sign_in(number).event_id);
    let operator = Bench::operator();
    assert!(bench.delivery.resend_webhook(&operator, &made.webhook, by_hand(2)).await.is_err(), "nor by hand");
    assert!(bench.delivery.resend_webhook(&operator, &made.webhook, by_hand(1)).await.unwrap().delivered);

    // Other rights, other events.
    let moved = UserUpdate { profiles: Some(vec![south]), ..UserUpdate::default() };
    bench.access.update_user(&operator, &rune, &moved).await.unwrap();
    bench.append(vec![of(6, "North"), of(7, "South")]).await;
    bench.delivery.run_due().await.unwrap();
    assert_eq!(receiver.accounts()[3..], ["agent7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_a_webhook_has_it_send_what_they_may_see_themselves() {
    let (bench, receiver, elsewhere) = (Bench::new().await, Receiver::new().await, Receiver::new().await);
    let everything = bench.webhook("desk", &receiver.url(), &["access"]).await.webhook;
    let rune = user(&bench, &profile(&bench, "North", Permission::AuditLogsView).await).await;
    let by = principal(&bench, &rune).await;
    let wish = Wish { name: "desk".to_owned(), url: elsewhere.url(), allow_http: true, filter: access_events() };
    let changed = bench.delivery.change_webhook(&by, &everything, &wish).await.unwrap();
    assert_eq!(changed.owner, by.id());
    bench.append(vec![of(1, "South"), of(2, "North")]).await;
    bench.delivery.run_due().await.unwrap();
    assert_eq!((elsewhere.accounts(), receiver.accounts()), (vec!["agent2".to_owned()], Vec::new()));
    // Who may see no events can't have any sent.
    let none = user_of(&bench).await;
    assert!(bench.delivery.make_webhook(&none, &Wish { name: "mine".to_owned(), ..wish.clone() }).await.is_err());
    assert!(bench.delivery.change_webhook(&none, &changed, &wish).await.is_err());
}

/// Somebody who may see no events.
async fn user_of(bench: &Bench) -> Principal {
    let profile = profile(bench, "Sessions", Permission::LoginLogoutView).await;
    let wish = UserWish {
        account: "mara".to_owned(),
        display_name: None,
        email: None,
        employee_id: None,
        profiles: vec![profile],
        with_password: false,
    };
    let (user, _) = bench.access.create_user(&Bench::operator(), &wish).await.unwrap();
    principal(bench, &user).await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_owner_a_webhook_is_disabled_and_says_so() {
    let (bench, receiver) = (Bench::new().await, Receiver::new().await);
    let rune = user(&bench, &profile(&bench, "North", Permission::AuditLogsView).await).await;
    let by = principal(&bench, &rune).await;
    let made = bench.webhook_of(&by, "desk", &receiver.url(), access_events()).await;
    let disabled = UserUpdate { active: Some(false), ..UserUpdate::default() };
    bench.access.update_user(&Bench::operator(), &rune, &disabled).await.unwrap();
    bench.append(vec![of(1, "North")]).await;
    bench.delivery.run_due().await.unwrap();
    let present = bench.present(&made.webhook).await;
    assert_eq!(present.state, WebhookState::Disabled);
    assert!(present.state_reason.as_ref().unwrap().contains("\"rune\" is disabled"), "{:?}", present.state_reason);
    assert!(receiver.came().is_empty());
    let operator = Bench::operator();
    assert!(bench.delivery.resume_webhook(&operator, &present).await.is_err(), "somebody must own it");
    let wish = Wish { name: "desk".to_owned(), url: receiver.url(), allow_http: true, filter: access_events() };
    let mine = bench.delivery.change_webhook(&operator, &present, &wish).await.unwrap();
    bench.delivery.resume_webhook(&operator, &mine).await.unwrap();
    bench.delivery.run_due().await.unwrap();
    assert_eq!(receiver.accounts(), ["agent1"], "and nothing was lost");
}
