//! People: users, the security profiles that they have, and the browsers in which they are signed in.

use reqwest::{Method, RequestBuilder, Response};
use rollcall_access::{Permission, Principal, ProfileWish};
use rollcall_control::user_sessions::{Others, UserSession};
use rollcall_control::users::{Credentials, NewUser};
use rollcall_model::time::MICROS_PER_HOUR;
use rollcall_model::{Scope, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Secret, Server, ok};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "a lamp over the river";
/// Its hash, so that not every user of a test costs one.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiB0aGUgdGVzdA$xoy0oPgDZLJsVGIVBEo1+inF5pT1LCq+obW4qeCmhL4";

/// A user who is to be there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) account: &'a str,
    /// Ids of profiles.
    pub(crate) profiles: &'a [&'a str],
    pub(crate) employee_id: Option<&'a str>,
    /// Where; `default` if left out.
    pub(crate) tenant: Option<&'a str>,
    pub(crate) must_change_password: bool,
}

fn tenant(name: Option<&str>) -> TenantId {
    name.map_or_else(TenantId::default, |name| TenantId::new(name).unwrap())
}

impl Server {
    /// Another tenant.
    pub(crate) async fn tenant(&self, name: &str) {
        self.ledger.make_tenant(&tenant(Some(name))).await.unwrap();
    }

    /// Puts a user into the store as they are, so that the record begins with what a test does. Answers their id.
    pub(crate) async fn user(&self, wanted: Wanted<'_>) -> Uuid {
        let id = Uuid::now_v7();
        let new = NewUser {
            id,
            tenant: tenant(wanted.tenant),
            account: wanted.account.to_owned(),
            display_name: wanted.account.to_uppercase(),
            email: None,
            employee_id: wanted.employee_id.map(str::to_owned),
            profiles: wanted.profiles.iter().map(|profile| (*profile).to_owned()).collect(),
            credentials: Credentials {
                password_hash: Some(HASH.to_owned()),
                must_change_password: wanted.must_change_password,
                ..Credentials::default()
            },
            created_at: self.access.now(),
        };
        self.control.users().create(&new, &[]).await.unwrap();
        id
    }

    /// A user who is signed in, without an attempt to sign in, which would take its time.
    pub(crate) async fn person(&self, wanted: Wanted<'_>) -> Browser<'_> {
        let user_id = self.user(wanted).await;
        self.browser_of(wanted.tenant, user_id).await
    }

    /// A user of these profiles who is signed in.
    pub(crate) async fn person_with(&self, account: &str, profiles: &[&str]) -> Browser<'_> {
        self.person(Wanted { account, profiles, ..Wanted::default() }).await
    }

    /// One more browser in which a user is signed in.
    pub(crate) async fn browser_of(&self, of: Option<&str>, user_id: Uuid) -> Browser<'_> {
        let (session_id, secret, now) = (Uuid::now_v7(), Secret::new(), self.access.now());
        let session = UserSession {
            id: session_id,
            tenant: tenant(of),
            user_id,
            token_hash: secret.hash(),
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus_micros(MICROS_PER_HOUR),
            source_ip: None,
            user_agent: None,
            method: "form".to_owned(),
            openid: None,
            acting: None,
        };
        self.control.user_sessions().begin(&session, Others::Stay, now, |_| Vec::new()).await.unwrap();
        let browser = Browser { server: self, user_id, session_id, cookie: secret.text("rs_", session_id), csrf_token: String::new() };
        let csrf_token = browser.who().await["csrf_token"].as_str().unwrap().to_owned();
        Browser { csrf_token, ..browser }
    }

    /// An attempt to sign in.
    pub(crate) fn sign_in(&self, wish: &Value) -> RequestBuilder {
        self.bare(Method::POST, "/api/v1/session").json(wish)
    }

    /// A browser in which somebody has signed in with their password.
    pub(crate) async fn signed_in(&self, account: &str) -> Browser<'_> {
        Browser::from(self, self.sign_in(&json!({"account": account, "password": PASSWORD})).send().await.unwrap()).await
    }

    /// A security profile of the tenant's own. Answers its id.
    pub(crate) async fn profile(&self, name: &str, permissions: &[Permission], scope: Scope) -> String {
        let wish = ProfileWish { name: name.to_owned(), permissions: permissions.iter().copied().collect(), scope };
        self.access.create_profile(&Principal::local_operator(TenantId::default()), &wish).await.unwrap().id
    }
}

/// A browser with the page of somebody who is signed in: it keeps the cookie, which a client's own store would not send
/// without TLS, and the page sends its token with whatever it asks for.
pub(crate) struct Browser<'a> {
    server: &'a Server,
    pub(crate) user_id: Uuid,
    pub(crate) session_id: Uuid,
    /// The cookie's value.
    pub(crate) cookie: String,
    pub(crate) csrf_token: String,
}

impl<'a> Browser<'a> {
    /// The browser that got the answer to a sign-in.
    pub(crate) async fn from(server: &'a Server, response: Response) -> Self {
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        let cookie = set_cookie(&response).value().to_owned();
        let session: Value = response.json().await.unwrap();
        let id = |id: &Value| id.as_str().unwrap().parse::<Uuid>().unwrap();
        let csrf_token = session["csrf_token"].as_str().unwrap().to_owned();
        Browser { server, user_id: id(&session["user"]["id"]), session_id: id(&session["session_id"]), cookie, csrf_token }
    }

    /// A request of the page.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.without_token(method, path).header("x-csrf-token", &self.csrf_token)
    }

    /// A request that another site's page makes the browser send, too.
    pub(crate) fn without_token(&self, method: Method, path: &str) -> RequestBuilder {
        self.server.bare(method, path).header("cookie", format!("rollcall_session={}", self.cookie))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    pub(crate) fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// What `GET /session` says.
    pub(crate) async fn who(&self) -> Value {
        ok(self.get("/api/v1/session")).await
    }
}

/// The cookie that an answer sets.
pub(crate) fn set_cookie(response: &Response) -> cookie::Cookie<'static> {
    cookie::Cookie::parse(response.headers()["set-cookie"].to_str().unwrap().to_owned()).unwrap()
}
