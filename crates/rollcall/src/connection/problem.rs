//! What a server says when it refuses: a problem of RFC 9457.

use std::fmt;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use serde::Deserialize;

/// Most bytes of an answer that is no problem which are shown.
const SHOWN_BYTES: usize = 300;

/// Most of many wrong records that are shown.
const SHOWN_REJECTED: usize = 20;

/// A request that was refused, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    retry_after: Option<Duration>,
    /// Whether it is Rollcall that refuses.
    is_problem: bool,
    text: String,
}

#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
    /// The member of a definition or the parameter that is wrong.
    field: Option<String>,
    /// What is wrong with each of many.
    #[serde(default)]
    rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Rejected {
    index: u64,
    line: u64,
    field: Option<String>,
    reason: String,
}

impl Problem {
    fn told(self) -> Option<String> {
        let text = self.detail.or(self.title)?;
        let mut told = match self.field {
            Some(field) if !text.contains(&field) => format!("{field}: {text}"),
            _ => text,
        };
        // The first is told already.
        for rejected in self.rejected.iter().skip(1).take(SHOWN_REJECTED) {
            told.push_str("\n  ");
            told.push_str(&rejected.told());
        }
        Some(told)
    }
}

impl Rejected {
    fn told(&self) -> String {
        let place = if self.line > 0 { format!("line {}", self.line) } else { format!("record {}", self.index + 1) };
        let column = self.field.as_ref().map(|field| format!(", column {field}")).unwrap_or_default();
        format!("{place}{column}: {}", self.reason)
    }
}

impl Refused {
    /// Reads a refusal.
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status();
        let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.bytes().await.unwrap_or_default();
        let problem = serde_json::from_slice::<Problem>(&body).ok();
        let told = problem.and_then(Problem::told);
        let is_problem = told.is_some();
        let text = told.unwrap_or_else(|| {
            let shown = String::from_utf8_lossy(body.get(..SHOWN_BYTES).unwrap_or(&body)).replace(char::is_control, " ");
            format!("the server answered {status}: {shown}")
        });
        Refused { status, retry_after: seconds.map(Duration::from_secs), is_problem, text }
    }

    /// After what time to try again, if the server is only busy, or its database away for a moment.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(self.retry_after.unwrap_or(Duration::from_secs(1))),
            StatusCode::SERVICE_UNAVAILABLE => self.retry_after,
            _ => None,
        }
    }

    /// Whether what was sent can't be, however often it is tried.
    pub(crate) fn is_unprocessable(&self) -> bool {
        self.status == StatusCode::UNPROCESSABLE_ENTITY
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.status {
            StatusCode::UNAUTHORIZED => f.write_str("; give a key with --key or ROLLCALL_KEY, made by rollcall key create"),
            StatusCode::NOT_FOUND if !self.is_problem => f.write_str("; is that the address of a Rollcall server?"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Refused {}
