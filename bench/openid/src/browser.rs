//! As much of a browser as a sign-in needs: it keeps cookies and goes where it is sent.

use std::collections::{BTreeMap, HashMap};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, Response, Url, redirect};

/// A browser. Its cookies last as long as it does.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// One without cookies.
    pub fn new() -> Browser {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
        Browser { client, cookies: BTreeMap::new() }
    }

    /// Goes to where a sign-in begins, signs in as an account, and gives what it brings back to `redirect`.
    pub async fn sign_in(&mut self, address: &str, account: &str, redirect: &str) -> HashMap<String, String> {
        let mut next = Url::parse(address).unwrap();
        next.query_pairs_mut().append_pair("login_hint", account);
        for _ in 0..10 {
            let response = self.send(Method::GET, next.as_str(), None).await;
            let location = response.headers().get(LOCATION).map(|location| location.to_str().unwrap().to_owned());
            let Some(location) = location else { panic!("{}: {}", response.status(), response.text().await.unwrap()) };
            next = next.join(&location).unwrap();
            if next.as_str().starts_with(redirect) {
                return next.query_pairs().into_owned().collect();
            }
        }
        panic!("the provider sends the browser in circles");
    }

    /// Signs out at the provider.
    pub async fn sign_out(&mut self, issuer: &str) {
        let page = self.send(Method::GET, &format!("{issuer}/session/end"), None).await.text().await.unwrap();
        let (_, rest) = page.split_once(r#"name="xsrf" value=""#).unwrap();
        let xsrf = rest.split('"').next().unwrap();
        let mut form = Url::parse("http://form/").unwrap();
        form.query_pairs_mut().append_pair("xsrf", xsrf).append_pair("logout", "yes");
        let form = form.query().unwrap().to_owned();
        let response = self.send(Method::POST, &format!("{issuer}/session/end/confirm"), Some(form)).await;
        assert_eq!(response.status(), 303);
    }

    async fn send(&mut self, method: Method, address: &str, form: Option<String>) -> Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.client.request(method, address).header(COOKIE, cookies.join("; "));
        if let Some(form) = form {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            match value {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        response
    }
}

/// Changes the provider's keys.
pub async fn rotate_keys(issuer: &str) {
    let response = Browser::new().send(Method::POST, &format!("{issuer}/test/rotate-keys"), None).await;
    assert_eq!(response.status(), 204);
}
