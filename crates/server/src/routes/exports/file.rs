//! `GET /exports/{id}/file`: the archive, or a part of it for a download that goes on.

use std::io::{Seek, SeekFrom};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_delivery::exports::Fetched;
use tokio_util::io::ReaderStream;

use super::export_id;
use crate::app::App;
use crate::auth::Caller;
use crate::body::off_async_threads;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};
use crate::record::require_room;

/// Media type of the archive.
const ZIP: &str = "application/zip";
/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// All of it.
    Whole,
    /// From a byte up to and with another.
    Bytes(u64, u64),
    /// What it does not have.
    None,
}

/// Download the archive of an export task
///
/// With the header `Range` a part of it, for a download that goes on. Each download is recorded.
#[utoipa::path(
    get, path = "/exports/{id}/file", tag = "exports", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The archive", body = Vec<u8>, content_type = "application/zip"),
        (status = 206, description = "The part of it that was asked for", body = Vec<u8>, content_type = "application/zip"),
        (status = 404, description = "There is none, or it is another's", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "The task is not successful, or the file has expired", body = Document, content_type = "application/problem+json"),
        (status = 416, description = "The archive has no such part"),
    )
)]
pub(crate) async fn get_file(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = export_id(&id)?;
    require_room(&app).await?;
    let Fetched { task, name, mut file, bytes } = app.delivery.fetch_export(&caller.0, id).await?;
    let tag = HeaderValue::try_from(format!("\"{}\"", task.sha256.unwrap_or_default())).ok();
    let part = asked_part(&headers, tag.as_ref(), bytes);
    let (status, first, length) = match part {
        Part::Whole => (StatusCode::OK, 0, bytes),
        Part::Bytes(first, last) => (StatusCode::PARTIAL_CONTENT, first, last - first + 1),
        Part::None => {
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{bytes}"))]).into_response());
        }
    };
    let file = off_async_threads(false, move || {
        file.seek(SeekFrom::Start(first)).map_err(|error| Problem::internal("reading an archive", &error))?;
        Ok(file)
    });
    let reader = tokio::io::AsyncReadExt::take(tokio::fs::File::from_std(file.await?), length);
    let mut response = (status, Body::from_stream(ReaderStream::with_capacity(reader, PIECE))).into_response();
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(ZIP));
    answered.insert(header::CONTENT_LENGTH, length.into());
    answered.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    answered.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    if let Some(tag) = tag {
        answered.insert(header::ETAG, tag);
    }
    if let Part::Bytes(first, last) = part
        && let Ok(range) = HeaderValue::try_from(format!("bytes {first}-{last}/{bytes}"))
    {
        answered.insert(header::CONTENT_RANGE, range);
    }
    Ok(response)
}

/// The part that is asked for. Several at once, and what is no range, are answered with the whole, as are parts of another
/// archive than the one that is there.
fn asked_part(headers: &HeaderMap, tag: Option<&HeaderValue>, bytes: u64) -> Part {
    let text = headers.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    let is_of_this = headers.get(header::IF_RANGE).is_none_or(|of| Some(of) == tag);
    let Some((first, last)) = text.filter(|_| is_of_this).and_then(|text| text.split_once('-')) else { return Part::Whole };
    let end = bytes.saturating_sub(1);
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last && first < bytes => Part::Bytes(first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() && first < bytes => Part::Bytes(first, end),
        (Err(_), Ok(last)) if first.is_empty() && last > 0 && bytes > 0 => Part::Bytes(bytes.saturating_sub(last), end),
        (Ok(first), _) if first >= bytes => Part::None,
        (Err(_), Ok(0)) if first.is_empty() => Part::None,
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(range: &str, of: Option<&str>) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::try_from(range).unwrap());
        if let Some(of) = of {
            headers.insert(header::IF_RANGE, HeaderValue::try_from(of).unwrap());
        }
        asked_part(&headers, Some(&HeaderValue::from_static("\"a\"")), 100)
    }

    #[test]
    fn a_part_is_within_the_file() {
        for (range, expected) in [
            ("bytes=0-9", Part::Bytes(0, 9)),
            ("bytes=90-", Part::Bytes(90, 99)),
            ("bytes=90-400", Part::Bytes(90, 99)),
            ("bytes=-5", Part::Bytes(95, 99)),
            ("bytes=-500", Part::Bytes(0, 99)),
            ("bytes=100-", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=9-3", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("rows=0-1", Part::Whole),
            ("bytes=x", Part::Whole),
        ] {
            assert_eq!(part(range, None), expected, "{range}");
        }
    }

    #[test]
    fn a_part_of_another_archive_is_none_of_this_one() {
        assert_eq!(part("bytes=0-9", Some("\"a\"")), Part::Bytes(0, 9));
        assert_eq!(part("bytes=0-9", Some("\"b\"")), Part::Whole);
    }
}
