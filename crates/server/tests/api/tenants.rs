//! Tenants: made by the operator, and apart from each other.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Server, ok, problem, problem_of, sign_in, that_day};
use crate::people::{Browser, Wanted};

const TENANTS: &str = "http://rollcall.local/api/v1/tenants";

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_makes_a_tenant_with_an_administrator_of_its_own() {
    let server = Server::start().await;
    let operator = server.operator();
    let response = operator.post(TENANTS).json(&json!({"name": "emea"})).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let made: Value = response.json().await.unwrap();
    insta::assert_json_snapshot!("a_tenant", made, {".password" => "[password]"});
    assert_eq!(ok(operator.get(TENANTS)).await, json!({"tenants": ["default", "emea"]}));
    let again = operator.post(TENANTS).json(&json!({"name": "emea"})).send().await.unwrap();
    assert_eq!(problem_of(again, 409).await["field"], "name");
    for name in ["", "Emea", "1st", "emea-north"] {
        let wrong = operator.post(TENANTS).json(&json!({"name": name})).send().await.unwrap();
        assert_eq!(problem_of(wrong, 422).await["field"], "name", "{name}");
    }
    let wish = json!({"tenant": "emea", "account": made["account"], "password": made["password"]});
    let admin = Browser::from(&server, server.sign_in(&wish).send().await.unwrap()).await;
    let who = admin.who().await;
    assert_eq!((&who["tenant"], &who["restriction"]), (&json!("emea"), &Value::Null));
    assert_eq!(ok(admin.get("/api/v1/users")).await["users"].as_array().unwrap().len(), 1);
    // A command of the operator says for which tenant it is.
    let path = "http://rollcall.local/api/v1/users";
    assert_eq!(ok(operator.get(path).header("rollcall-tenant", "emea")).await["users"][0]["account"], "admin");
    assert_eq!(ok(operator.get(path)).await["users"], json!([]));
}

/// What a tenant has: the id of each.
struct Belongings {
    user: String,
    session: String,
    profile: String,
    key: String,
    report: String,
}

/// Somebody of the default tenant, with one of everything, each of which has a word in its name that is nowhere else.
async fn belongings(server: &Server, admin: &Browser<'_>) -> Belongings {
    let made = async |path: &str, body: Value| {
        let response = admin.post(path, &body).send().await.unwrap();
        assert_eq!(response.status(), 201, "{path}");
        response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    };
    server.send(&json!([sign_in(1, "plover.account")])).await;
    server.post("/api/v1/sources/plover/records").body("nonsense").send().await.unwrap();
    let agent = json!({"agent_name": "Plover", "accounts": [{"source": null, "account": "plover.account"}]});
    admin.request(Method::PUT, "/api/v1/directory/agents/4711").json(&agent).send().await.unwrap();
    admin.post("/api/v1/holds", &json!({"name": "plover", "reason": "plover"})).send().await.unwrap();
    let entry = json!({"application": "Plover", "entity": "Plover", "activity": "Sung", "effect": "change"});
    admin.request(Method::PUT, "/api/v1/catalogue/entries").json(&entry).send().await.unwrap();
    let definition = json!({"report": "sign_in_log", "range": that_day()});
    Belongings {
        user: made("/api/v1/users", json!({"account": "plover", "with_password": false})).await,
        session: admin.session_id.to_string(),
        profile: made("/api/v1/profiles", json!({"name": "Plover", "permissions": ["users view"]})).await,
        key: made("/api/v1/keys", json!({"name": "plover", "scopes": ["events:write"]})).await,
        report: made("/api/v1/saved-reports", json!({"name": "Plover", "definition": definition, "published": true})).await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_tenant_is_answered_as_if_it_were_not_there() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    let theirs = belongings(&server, &admin).await;
    server.tenant("emea").await;
    let stranger = server.person(Wanted { account: "admin", profiles: &["admin"], tenant: Some("emea"), ..Wanted::default() }).await;

    let none = "018f3e1c-7a52-7c31-9d1e-00000000ffff".to_owned();
    let change = json!({"display_name": "x"});
    let profile = json!({"name": "x", "permissions": ["users view"]});
    let report = json!({"name": "x", "definition": {"report": "sign_in_log"}});
    let asked = [
        (Method::GET, "/api/v1/users/{id}", &theirs.user, Value::Null),
        (Method::PATCH, "/api/v1/users/{id}", &theirs.user, change),
        (Method::POST, "/api/v1/users/{id}/password-reset", &theirs.user, Value::Null),
        (Method::POST, "/api/v1/users/{id}/second-factor-reset", &theirs.user, Value::Null),
        (Method::DELETE, "/api/v1/sessions/{id}", &theirs.session, Value::Null),
        (Method::GET, "/api/v1/profiles/{id}", &theirs.profile, Value::Null),
        (Method::PUT, "/api/v1/profiles/{id}", &theirs.profile, profile),
        (Method::DELETE, "/api/v1/profiles/{id}", &theirs.profile, Value::Null),
        (Method::GET, "/api/v1/saved-reports/{id}", &theirs.report, Value::Null),
        (Method::PUT, "/api/v1/saved-reports/{id}", &theirs.report, report),
        (Method::PATCH, "/api/v1/saved-reports/{id}", &theirs.report, json!({"name": "x"})),
        (Method::DELETE, "/api/v1/saved-reports/{id}", &theirs.report, Value::Null),
        (Method::POST, "/api/v1/saved-reports/{id}/query", &theirs.report, Value::Null),
        (Method::POST, "/api/v1/saved-reports/{id}/groups", &theirs.report, Value::Null),
        (Method::POST, "/api/v1/saved-reports/{id}/facets", &theirs.report, Value::Null),
        (Method::POST, "/api/v1/saved-reports/{id}/histogram", &theirs.report, Value::Null),
        (Method::POST, "/api/v1/saved-reports/{id}/signed_in", &theirs.report, Value::Null),
    ];
    for (method, path, id, body) in asked {
        let told = async |id: &str| {
            let request = stranger.request(method.clone(), &path.replace("{id}", id)).header("if-match", "*");
            let request = if body.is_null() { request } else { request.json(&body) };
            problem(request, 404).await.to_string().replace(id, "[id]")
        };
        assert_eq!(told(id).await, told(&none).await, "{method} {path}");
    }
    // Ids of keys are of another form.
    let told = async |id: &str| problem(stranger.delete(&format!("/api/v1/keys/{id}")), 404).await.to_string().replace(id, "[id]");
    assert_eq!(told(&theirs.key).await, told("0000000000000000000010").await);
    // The same where an id is in a body.
    let told = async |id: &str| {
        let acting = problem(stranger.post("/api/v1/session/impersonation", &json!({"user_id": id})), 404).await;
        acting.to_string().replace(id, "[id]")
    };
    assert_eq!(told(&theirs.user).await, told(&none).await);
    let told = async |id: &str| {
        let given = problem(stranger.post("/api/v1/users", &json!({"account": "x", "profiles": [id]})), 422).await;
        given.to_string().replace(id, "[id]")
    };
    assert_eq!(told(&theirs.profile).await, told(&none).await);
    problem(stranger.get("/api/v1/directory/agents/4711"), 404).await;
    let released = ok(stranger.post("/api/v1/holds/plover/release", &Value::Null)).await;
    assert_eq!(released["released"], false);

    // All of it is still there, as it was.
    ok(admin.get(&format!("/api/v1/users/{}", theirs.user))).await;
    ok(admin.get(&format!("/api/v1/profiles/{}", theirs.profile))).await;
    assert_eq!(ok(admin.get(&format!("/api/v1/saved-reports/{}", theirs.report))).await["name"], "Plover");
    assert_eq!(ok(admin.get("/api/v1/holds")).await["holds"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_no_report_and_no_count_shows_what_another_tenant_has() {
    let server = Server::start().await;
    let admin = server.person_with("admin", &["admin"]).await;
    belongings(&server, &admin).await;
    server.own_record().await;
    server.tenant("emea").await;
    let stranger = server.person(Wanted { account: "admin", profiles: &["admin"], tenant: Some("emea"), ..Wanted::default() }).await;
    let lists = [
        "/api/v1/users",
        "/api/v1/profiles",
        "/api/v1/keys",
        "/api/v1/sessions",
        "/api/v1/saved-reports?all=true",
        "/api/v1/directory/agents",
        "/api/v1/quarantine",
        "/api/v1/holds",
        "/api/v1/catalogue?all=true",
        "/api/v1/status",
        "/api/v1/reports",
    ];
    for path in lists {
        let of_another = ok(stranger.get(path)).await.to_string().to_lowercase();
        assert!(!of_another.contains("plover"), "{path}: {of_another}");
    }
    let shown = lists.iter().map(async |path| ok(admin.get(path)).await.to_string().to_lowercase().contains("plover"));
    let shown = futures::future::join_all(shown).await.into_iter().filter(|shown| *shown).count();
    assert!(shown >= 7, "what is looked for is there: {shown}");
    let total = async |browser: &Browser<'_>, kind: &str, range: Value| {
        ok(browser.post(&format!("/api/v1/reports/{kind}/query"), &json!({"range": range}))).await["total"].as_i64().unwrap()
    };
    for kind in ["sign_in_log", "login_logout", "activity_log", "activity_audit", "access_log"] {
        let range = if kind.starts_with("activity") { json!({"preset": "last_7_days"}) } else { that_day() };
        if kind == "sign_in_log" || kind == "login_logout" {
            assert_eq!(total(&stranger, kind, range.clone()).await, 0, "{kind}");
        }
        // What the stranger does is on their own record.
        let query = json!({"range": range, "limit": 1_000});
        let rows = ok(stranger.post(&format!("/api/v1/reports/{kind}/query"), &query)).await["rows"].to_string().to_lowercase();
        assert!(!rows.contains("plover"), "{kind}: {rows}");
        assert!(total(&admin, kind, range).await > 0, "{kind}");
    }
}
