//! Signing in through a real OpenID provider, over HTTP: from the button to a session, and its end.

use std::collections::HashMap;

use reqwest::{Method, Response, StatusCode, Url, redirect};
use rollcall_access::Permission;
use rollcall_model::Scope;
use rollcall_test_openid::{Browser as AtProvider, RealProvider, SECRET};
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem};
use crate::people::{Browser, Wanted};

fn accounts() -> Value {
    json!({
        "ada": {"name": "Ada Example", "email": "ada@example.org", "groups": ["/staff/leads"]},
        "bo": {"name": "Bo Example", "groups": ["/visitors"]},
    })
}

fn callback(server: &Server) -> String {
    format!("http://{}/api/v1/sign-in/openid/callback", server.address)
}

/// A server whose tenant signs in through a provider.
async fn set_up(more: &Value) -> (Server, RealProvider) {
    let server = Server::start().await;
    let logout = format!("http://{}/api/v1/sign-in/openid/back-channel-logout", server.address);
    let real = RealProvider::start(&callback(&server), &accounts(), &["--back-channel-logout", &logout]);
    let mut wanted = json!({
        "enabled": true, "name": "Staff", "address": format!("http://{}", server.address), "issuer": real.issuer,
        "client_id": "rollcall", "client_secret": SECRET, "scopes": ["profile", "email", "groups"],
        "account_claim": "preferred_username", "groups_claim": "groups",
        "group_profiles": {"/staff/leads": ["supervisor"]}, "create_users": true, "link_users": false,
    });
    for (name, value) in more.as_object().unwrap() {
        wanted[name] = value.clone();
    }
    let set = ok(server.request(Method::PUT, "/api/v1/settings/single-sign-on").header("if-match", "\"1\"").json(&wanted)).await;
    assert_eq!(set["client_secret"], "(masked)");
    (server, real)
}

/// A client that goes nowhere by itself.
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap()
}

fn location(response: &Response) -> String {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()["location"].to_str().unwrap().to_owned()
}

/// What a cookie was set to.
fn cookie(response: &Response, name: &str) -> Option<String> {
    let lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let found = lines.filter_map(|line| line.strip_prefix(&format!("{name}="))).next_back()?;
    Some(found.split(';').next().unwrap().to_owned())
}

/// A browser that has been at the provider, on its way back.
struct Back {
    state: String,
    parameters: HashMap<String, String>,
}

impl Back {
    async fn of(server: &Server, browser: &mut AtProvider, account: &str) -> Back {
        let begun = client().get(format!("http://{}/api/v1/sign-in/openid", server.address)).send().await.unwrap();
        let state = cookie(&begun, "rollcall_openid").unwrap();
        let parameters = browser.sign_in(&location(&begun), account, &callback(server)).await;
        Back { state, parameters }
    }

    async fn arrives(&self, server: &Server, cookie: &str) -> Response {
        let request = client().get(Url::parse_with_params(&callback(server), &self.parameters).unwrap());
        request.header("cookie", format!("rollcall_openid={cookie}")).send().await.unwrap()
    }
}

/// Who a session is of.
async fn who(server: &Server, session: &str) -> Value {
    ok(server.bare(Method::GET, "/api/v1/session").header("cookie", format!("rollcall_session={session}"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_from_the_provider_is_a_user_with_the_profiles_of_their_groups() {
    let (server, real) = set_up(&json!({})).await;
    let offered = ok(server.bare(Method::GET, "/api/v1/sign-in")).await;
    assert_eq!(offered, json!({"password": true, "openid": {"name": "Staff", "address": "/api/v1/sign-in/openid?tenant=default"}}));
    let check = ok(server.post("/api/v1/settings/single-sign-on/check")).await;
    assert_eq!(check, json!({"usable": true, "problem": null, "back_channel_logout": true}));

    let back = Back::of(&server, &mut AtProvider::new(), "ada").await;
    let arrived = back.arrives(&server, &back.state).await;
    assert_eq!(location(&arrived), "/");
    assert_eq!(cookie(&arrived, "rollcall_openid").as_deref(), Some(""), "it is used up");
    let session = who(&server, &cookie(&arrived, "rollcall_session").unwrap()).await;
    assert_eq!(
        (&session["user"]["account"], &session["name"], &session["restriction"]),
        (&json!("ada"), &json!("Ada Example"), &Value::Null)
    );
    assert!(session["grants"][0]["permissions"].as_array().unwrap().contains(&json!("login_logout all")), "{session}");
    // The same once more is somebody else's try.
    assert_eq!(location(&back.arrives(&server, &back.state).await), "/?sign_in_error=not_begun");

    // Who is known comes back as the same user, with what the groups give now.
    let admin = server.person_with("root", &["admin"]).await;
    let user = session["user"]["id"].as_str().unwrap().to_owned();
    let tag = server.get(&format!("/api/v1/users/{user}")).send().await.unwrap().headers()["etag"].clone();
    ok(admin.request(Method::PATCH, &format!("/api/v1/users/{user}")).header("if-match", tag).json(&json!({"profiles": ["auditor"]})))
        .await;
    let again = Back::of(&server, &mut AtProvider::new(), "ada").await;
    let arrived = again.arrives(&server, &again.state).await;
    let session = who(&server, &cookie(&arrived, "rollcall_session").unwrap()).await;
    assert_eq!(session["user"]["id"], user.as_str());
    assert_eq!(ok(server.get(&format!("/api/v1/users/{user}"))).await["profiles"], json!(["supervisor"]));

    let record = server.own_record().await;
    let sign_ins: Vec<&Value> = record.iter().filter(|event| event["activity"] == "sign_in" && event["account"] == "ada").collect();
    assert_eq!(sign_ins.len(), 2);
    assert!(sign_ins.iter().all(|event| event["sign_in_method"] == "oidc" && event["outcome"] == "success"));
    assert!(record.iter().all(|event| !event.to_string().contains(SECRET)), "the client's secret is in no record");
    drop(real);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_finished_by_the_browser_that_began_it() {
    let (server, _real) = set_up(&json!({})).await;
    let back = Back::of(&server, &mut AtProvider::new(), "ada").await;
    let stolen = back.arrives(&server, "another-state").await;
    assert_eq!((location(&stolen).as_str(), cookie(&stolen, "rollcall_session")), ("/?sign_in_error=not_begun", None));
    // It is still good for whose it is.
    assert_eq!(location(&back.arrives(&server, &back.state).await), "/");
    let refused = client().get(format!("{}?error=access_denied&state=x", callback(&server)));
    let refused = refused.header("cookie", "rollcall_openid=x").send().await.unwrap();
    assert_eq!(location(&refused), "/?sign_in_error=refused_by_provider");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_on_record_with_the_reason() {
    let (server, _real) = set_up(&json!({"create_users": false})).await;
    server.user(Wanted { account: "ada", profiles: &["agent"], ..Wanted::default() }).await;
    for (account, reason) in [("bo", "no group of theirs gives a security profile"), ("ada", "the account is another's")] {
        let back = Back::of(&server, &mut AtProvider::new(), account).await;
        assert_eq!(location(&back.arrives(&server, &back.state).await), "/?sign_in_error=not_let_in");
        let record = server.own_record().await;
        let failed = record.iter().rfind(|event| event["activity"] == "sign_in").unwrap();
        assert_eq!(
            (&failed["account"], &failed["outcome"], &failed["failure_reason"]),
            (&json!(account), &json!("failure"), &json!(reason))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_the_provider_ends_here() {
    let (server, real) = set_up(&json!({})).await;
    let mut at_provider = AtProvider::new();
    let back = Back::of(&server, &mut at_provider, "ada").await;
    let session = cookie(&back.arrives(&server, &back.state).await, "rollcall_session").unwrap();
    who(&server, &session).await;
    at_provider.sign_out(&real.issuer).await;
    let mut tries = 0;
    while server.bare(Method::GET, "/api/v1/session").header("cookie", format!("rollcall_session={session}")).send().await.unwrap().status()
        == 200
    {
        tries += 1;
        assert!(tries < 100, "the session goes on");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let record = server.own_record().await;
    let ended = record.iter().rfind(|event| event["activity"] == "sign_out").unwrap();
    assert_eq!((&ended["account"], &ended["summary"]), (&json!("ada"), &json!("Signed out at the OpenID provider")));
    let address = "/api/v1/sign-in/openid/back-channel-logout";
    let form = |token: &str| {
        server.bare(Method::POST, address).header("content-type", "application/x-www-form-urlencoded").body(format!("logout_token={token}"))
    };
    problem(form("eyJhbGciOiJub25lIn0.e30."), 400).await;
    problem(form("nonsense"), 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_signed_in_elsewhere_is_asked_first() {
    let (server, _real) = set_up(&json!({})).await;
    let settings = json!({"single_sign_in": true, "idle_minutes": 60, "absolute_hours": 12, "require_second_factor": false});
    ok(server.request(Method::PUT, "/api/v1/settings/sign-in").header("if-match", "\"1\"").json(&settings)).await;
    let first = Back::of(&server, &mut AtProvider::new(), "ada").await;
    let first = cookie(&first.arrives(&server, &first.state).await, "rollcall_session").unwrap();
    let second = Back::of(&server, &mut AtProvider::new(), "ada").await;
    let asked = second.arrives(&server, &second.state).await;
    assert_eq!(location(&asked), "/?sign_in_error=signed_in_elsewhere");
    assert_eq!(cookie(&asked, "rollcall_session"), None);
    let decision = cookie(&asked, "rollcall_openid").unwrap();
    let force = || server.bare(Method::POST, "/api/v1/sign-in/openid/force").header("cookie", format!("rollcall_openid={decision}"));
    let browser = Browser::from(&server, force().send().await.unwrap()).await;
    assert_eq!(browser.who().await["user"]["account"], "ada");
    problem(server.bare(Method::GET, "/api/v1/session").header("cookie", format!("rollcall_session={first}")), 401).await;
    problem(force(), 401).await;
    let forced: Vec<Value> =
        server.own_record().await.into_iter().filter(|event| event["activity"].as_str().unwrap().starts_with("forced")).collect();
    assert_eq!(forced.iter().map(|event| event["activity"].as_str().unwrap()).collect::<Vec<_>>(), ["forced_sign_out", "forced_sign_in"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_show_no_secret_and_let_nobody_give_more_than_they_have() {
    let (server, _real) = set_up(&json!({})).await;
    let shown = server.get("/api/v1/settings/single-sign-on").send().await.unwrap();
    let tag = shown.headers()["etag"].clone();
    let mut settings: Value = shown.json().await.unwrap();
    assert!(!settings.to_string().contains(SECRET));
    let put =
        |settings: &Value, tag: &str| server.request(Method::PUT, "/api/v1/settings/single-sign-on").header("if-match", tag).json(settings);
    problem(put(&settings, "\"1\""), 412).await;
    settings["group_profiles"] = json!({"/staff/leads": ["superviser"]});
    assert_eq!(problem(put(&settings, tag.to_str().unwrap()), 422).await["field"], "group_profiles");
    settings["group_profiles"] = json!({"/staff/leads": ["admin"]});
    let profile = server.profile("Settings", &[Permission::SettingsEdit], Scope::All).await;
    let clerk = server.person_with("clerk", &[&profile]).await;
    problem(clerk.request(Method::PUT, "/api/v1/settings/single-sign-on").header("if-match", &tag).json(&settings), 403).await;
    settings["enabled"] = json!(false);
    for nonsense in ["nonsense", "https://", "https:///realm", "https://id.example/ realm"] {
        settings["issuer"] = json!(nonsense);
        assert_eq!(
            problem(put(&settings, tag.to_str().unwrap()), 422).await["field"],
            "issuer",
            "{nonsense}, though it is not offered yet"
        );
    }
    settings["enabled"] = json!(true);
    settings["issuer"] = json!("ftp://id.example");
    assert_eq!(problem(put(&settings, tag.to_str().unwrap()), 422).await["field"], "issuer");
    // What was sent back masked stays: the provider still takes it.
    settings["issuer"] = json!(_real.issuer);
    settings["group_profiles"] = json!({"/staff/leads": ["analyst"]});
    ok(put(&settings, tag.to_str().unwrap())).await;
    let back = Back::of(&server, &mut AtProvider::new(), "ada").await;
    assert_eq!(location(&back.arrives(&server, &back.state).await), "/");
    // Where nothing is set up nothing is offered.
    let other = Server::start().await;
    problem(other.bare(Method::GET, "/api/v1/sign-in/openid"), 404).await;
    assert_eq!(ok(other.bare(Method::GET, "/api/v1/sign-in")).await["openid"], Value::Null);
}
