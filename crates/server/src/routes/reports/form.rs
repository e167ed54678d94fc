//! The form of an answer, by what the caller accepts.

use axum::http::{HeaderMap, header};
use rollcall_delivery::file::Format;

use crate::problem::{Kind, Problem};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON: one page, or all of it where there are no pages.
    Page,
    /// One JSON object a line, without end.
    Ndjson,
    /// CSV, without end.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

impl Form {
    /// All of them, for what is a table.
    pub(crate) const ALL: &[Form] = &[Form::Page, Form::Ndjson, Form::Csv, Form::Xlsx, Form::Parquet];
    /// For what can be told line by line.
    pub(crate) const LINES: &[Form] = &[Form::Page, Form::Ndjson, Form::Csv];

    /// The media types that stand for a form.
    const MEDIA_TYPES: &[(&str, Form)] = &[
        ("application/json", Form::Page),
        ("application/x-ndjson", Form::Ndjson),
        ("application/ndjson", Form::Ndjson),
        ("application/jsonl", Form::Ndjson),
        ("text/csv", Form::Csv),
        (Format::Xlsx.media_type(), Form::Xlsx),
        (Format::Parquet.media_type(), Form::Parquet),
        ("application/*", Form::Page),
        ("text/*", Form::Csv),
        ("*/*", Form::Page),
    ];

    /// The media type of an answer in this form.
    fn media_type(self) -> &'static str {
        match self {
            Form::Page => "application/json",
            Form::Ndjson => "application/x-ndjson",
            Form::Csv => "text/csv",
            Form::Xlsx => Format::Xlsx.media_type(),
            Form::Parquet => Format::Parquet.media_type(),
        }
    }

    /// The format of the file that it is; none of a page.
    pub(super) fn file(self) -> Option<Format> {
        match self {
            Form::Page => None,
            Form::Ndjson => Some(Format::Ndjson),
            Form::Csv => Some(Format::Csv),
            Form::Xlsx => Some(Format::Xlsx),
            Form::Parquet => Some(Format::Parquet),
        }
    }

    /// Of the forms that there are, the one that a caller likes best; the first of several that they like as well.
    pub(crate) fn accepted(headers: &HeaderMap, forms: &[Form]) -> Result<Self, Problem> {
        let accept: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
        if accept.is_empty() {
            return Ok(Form::Page);
        }
        let mut best: Option<(Form, f32)> = None;
        for range in accept.iter().flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let form = Form::MEDIA_TYPES.iter().find(|(name, _)| *name == media_type).map(|(_, form)| *form);
            let form = form.filter(|form| forms.contains(form));
            if let Some(form) = form.filter(|_| quality > best.map_or(0.0, |(_, best)| best)) {
                best = Some((form, quality));
            }
        }
        best.map(|(form, _)| form).ok_or_else(|| {
            let names: Vec<&str> = forms.iter().map(|form| form.media_type()).collect();
            Problem::new(Kind::NotAcceptable, format!("what is asked for comes as one of {}", names.join(", "))).allowed(names)
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accepted(accept: &'static str, forms: &[Form]) -> Option<Form> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
        Form::accepted(&headers, forms).ok()
    }

    #[test]
    fn the_form_is_the_one_that_is_liked_best() {
        assert_eq!(Form::accepted(&HeaderMap::new(), Form::ALL).unwrap(), Form::Page);
        assert_eq!(accepted("*/*", Form::ALL), Some(Form::Page));
        assert_eq!(accepted("text/csv", Form::ALL), Some(Form::Csv));
        assert_eq!(accepted("application/x-ndjson, application/json", Form::ALL), Some(Form::Ndjson));
        assert_eq!(accepted("application/json;q=0.5, text/csv; q=0.9, */*;q=0.1", Form::ALL), Some(Form::Csv));
        assert_eq!(accepted("application/vnd.apache.parquet, */*;q=0.1", Form::ALL), Some(Form::Parquet));
        assert_eq!(accepted("image/png, text/csv;q=0", Form::ALL), None);
    }

    #[test]
    fn a_form_that_there_is_not_is_passed_over() {
        assert_eq!(accepted("text/csv, */*;q=0.1", &[Form::Page]), Some(Form::Page));
        assert_eq!(accepted("text/csv", &[Form::Page]), None);
        assert_eq!(accepted(Format::Xlsx.media_type(), Form::LINES), None);
    }
}
