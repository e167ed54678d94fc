//! Calls to a provider: no redirects, a time limit, and an answer of bounded size.

use std::error::Error as _;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::http::header::CONTENT_TYPE;
use openidconnect::http::{Method, StatusCode};
use openidconnect::url::Url;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, redirect};
use serde::de::DeserializeOwned;

use super::address::is_loopback;
use super::error::OpenIdError;

/// How long a call may take, from connecting to the answer's last byte.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// The client that calls providers.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    /// For providers elsewhere.
    outside: Client,
    /// For one on this machine: a proxy would look for it on its own.
    loopback: Client,
}

impl Http {
    pub(crate) fn new() -> Result<Self, OpenIdError> {
        Self::with_timeout(TIMEOUT)
    }

    fn with_timeout(timeout: Duration) -> Result<Self, OpenIdError> {
        // Only the first call in a process can set it; any later one finds the same provider there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let name = concat!("rollcall/", env!("CARGO_PKG_VERSION"));
            Client::builder().user_agent(name).redirect(redirect::Policy::none()).timeout(timeout)
        };
        let outside = builder().https_only(true).build().map_err(OpenIdError::HttpClient)?;
        let loopback = builder().no_proxy().build().map_err(OpenIdError::HttpClient)?;
        Ok(Http { outside, loopback })
    }

    /// A document that a provider publishes.
    pub(crate) async fn document<T: DeserializeOwned>(&self, address: &Url, expected: &'static str) -> Result<T, OpenIdError> {
        let answer = |got: String| OpenIdError::Answer { address: address.to_string(), expected, got };
        let request =
            openidconnect::http::Request::builder().method(Method::GET).uri(address.as_str()).header("accept", "application/json");
        let request = request.body(Vec::new()).map_err(|error| answer(format!("an address that can't be called ({error})")))?;
        let response = self.send(request).await.map_err(|error| error.at(address))?;
        if response.status() != StatusCode::OK {
            return Err(answer(format!("the answer {}", response.status())));
        }
        serde_json::from_slice(response.body()).map_err(|error| {
            let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("no media type");
            answer(format!("a text ({media_type}) in which {error}"))
        })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let request = reqwest::Request::try_from(request).map_err(CallError::failed)?;
        let client = if is_loopback(request.url()) { &self.loopback } else { &self.outside };
        let mut response = client.execute(request).await.map_err(CallError::failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(CallError::failed)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(CallError("its answer is longer than 1 MiB".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, CallError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            let answer = self.send(request).await?;
            let status = answer.status();
            // Others have a body that says why.
            if status.is_server_error() || status.is_redirection() { Err(CallError(format!("it answered {status}"))) } else { Ok(answer) }
        })
    }
}

/// Why a call did not come to an answer. Neither address nor content is in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CallError(String);

impl CallError {
    fn failed(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return CallError(format!("it did not answer within {} seconds", TIMEOUT.as_secs()));
        }
        // What went wrong is said by the innermost error alone.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            text = inner.to_string();
            source = inner.source();
        }
        CallError(text)
    }

    /// The error as an administrator reads it.
    pub(crate) fn at(self, address: &Url) -> OpenIdError {
        OpenIdError::Unreachable { address: address.to_string(), cause: self.0 }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_provider_that_says_nothing_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let http = Http::with_timeout(Duration::from_millis(100)).unwrap();
        let error = http.document::<serde_json::Value>(&address, "a document").await.unwrap_err();
        assert_eq!(error.reason(), "unreachable");
        assert!(error.to_string().contains("did not answer within"), "{error}");
    }

    #[tokio::test]
    async fn only_this_machine_is_called_without_tls() {
        let http = Http::new().unwrap();
        let error = http.document::<serde_json::Value>(&Url::parse("http://id.example/").unwrap(), "a document").await.unwrap_err();
        assert!(matches!(error, OpenIdError::Unreachable { .. }), "{error}");
    }
}
