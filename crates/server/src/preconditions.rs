//! Versions as entity tags: nobody overwrites what somebody else has changed meanwhile.
//!
//! What can be changed bears its version as `ETag`. A change names the version that its sender has read, in
//! `If-Match`; if that is no longer the present one, it is refused.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, header};

use crate::parameters::shortened;
use crate::problem::{Kind, Problem};

/// The version that a change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Whichever there is.
    Any,
    /// That one.
    Version(i64),
}

/// What must be so for a request to be done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Preconditions {
    /// `If-Match`: the version that must be there.
    pub(crate) if_match: Option<IfMatch>,
    /// `If-None-Match: *`: nothing may be there.
    pub(crate) is_new: bool,
}

/// The entity tag of a version.
pub(crate) fn etag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

impl<S: Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let if_match = match value(parts, &header::IF_MATCH)? {
            None => None,
            Some("*") => Some(IfMatch::Any),
            Some(tag) => Some(IfMatch::Version(version(tag)?)),
        };
        let is_new = match value(parts, &header::IF_NONE_MATCH)? {
            None => false,
            Some("*") => true,
            Some(other) => return Err(Problem::parameter("If-None-Match", format!("expected *; got {:?}", shortened(other)))),
        };
        if is_new && if_match.is_some() {
            return Err(Problem::parameter("If-None-Match", "expected If-Match or If-None-Match; got both"));
        }
        Ok(Preconditions { if_match, is_new })
    }
}

fn value<'a>(parts: &'a Parts, name: &HeaderName) -> Result<Option<&'a str>, Problem> {
    let mut values = parts.headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    match (first.to_str(), values.next()) {
        (Ok(text), None) => Ok(Some(text.trim())),
        _ => Err(Problem::parameter("If-Match", format!("expected one {name}, in visible ASCII characters"))),
    }
}

/// The version of an entity tag. A proxy that compresses answers makes it a weak one, which means the same here.
fn version(tag: &str) -> Result<i64, Problem> {
    let digits = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    digits.and_then(|digits| digits.parse().ok()).filter(|version| *version > 0).ok_or_else(|| {
        let detail = format!("expected the ETag of an earlier answer, such as \"3\", or *; got {:?}", shortened(tag));
        Problem::parameter("If-Match", detail)
    })
}

impl Preconditions {
    /// The version that the sender has read, which must be named.
    pub(crate) fn required(&self) -> Result<IfMatch, Problem> {
        self.if_match.ok_or_else(|| {
            let detail = "expected If-Match with the ETag that was read, so that nobody else's change is overwritten";
            Problem::new(Kind::PreconditionRequired, detail).field("If-Match")
        })
    }
}

impl IfMatch {
    /// Refuses, unless `present` is the version that is meant.
    pub(crate) fn require(self, present: i64) -> Result<(), Problem> {
        match self {
            IfMatch::Version(expected) if expected != present => Err(Problem::stale(present)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn read(headers: &[(&str, &str)]) -> Result<Preconditions, Problem> {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        Preconditions::from_request_parts(&mut parts, &()).await
    }

    #[tokio::test]
    async fn a_version_comes_back_from_its_tag() {
        let tag = etag(12).to_str().unwrap().to_owned();
        for tag in [tag.as_str(), " \"12\"", "W/\"12\""] {
            assert_eq!(read(&[("if-match", tag)]).await.unwrap().if_match, Some(IfMatch::Version(12)), "{tag}");
        }
        assert_eq!(read(&[("if-match", "*")]).await.unwrap().if_match, Some(IfMatch::Any));
        assert!(read(&[("if-none-match", "*")]).await.unwrap().is_new);
        assert!(read(&[]).await.unwrap().required().is_err());
    }

    #[tokio::test]
    async fn what_is_no_version_is_refused() {
        for tag in ["12", "\"x\"", "\"0\"", "\"1\", \"2\"", ""] {
            assert!(read(&[("if-match", tag)]).await.is_err(), "{tag}");
        }
        assert!(read(&[("if-none-match", "\"1\"")]).await.is_err());
        assert!(read(&[("if-none-match", "*"), ("if-match", "\"1\"")]).await.is_err());
        assert!(read(&[("if-match", "\"1\""), ("if-match", "\"2\"")]).await.is_err());
    }

    #[test]
    fn another_version_than_the_present_one_is_refused() {
        assert!(IfMatch::Version(3).require(3).is_ok());
        assert!(IfMatch::Any.require(3).is_ok());
        assert!(IfMatch::Version(2).require(3).is_err());
    }
}
