//! Each framing by example: what is a record, what is rejected, and how cutting goes on after rubbish.

use super::*;

/// What comes out of `bytes`, pushed at once and byte by byte, which must be the same.
fn frames(framing: Framing, bytes: &[u8]) -> Vec<(u64, u64, String)> {
    let whole = pushed(framing, bytes, bytes.len().max(1));
    assert_eq!(pushed(framing, bytes, 1), whole, "pushed byte by byte");
    whole
}

fn pushed(framing: Framing, bytes: &[u8], size: usize) -> Vec<(u64, u64, String)> {
    let mut framer = Framer::new(framing);
    let mut out = Vec::new();
    let mut sink = |frame: Frame<'_>| {
        let (record, mark) = match &frame {
            Frame::Record(record) => (record, ""),
            Frame::Rejected(record, _) => (record, "!"),
        };
        assert!(record.bytes.len() <= MAX_RECORD_BYTES);
        let text =
            if record.bytes.len() > 100 { format!("{} bytes", record.bytes.len()) } else { String::from_utf8_lossy(record.bytes).into() };
        out.push((record.position.line, record.position.record, format!("{mark}{text}")));
    };
    bytes.chunks(size).for_each(|piece| framer.push(piece, &mut sink));
    framer.finish(&mut sink);
    assert_eq!(framer.bytes(), bytes.len() as u64);
    out
}

fn texts(framing: Framing, bytes: &[u8]) -> Vec<String> {
    frames(framing, bytes).into_iter().map(|(_, _, text)| text).collect()
}

#[test]
fn lines_end_in_either_way_and_empty_ones_are_nothing() {
    let expected = [(1, 1, "a".to_owned()), (4, 2, " b".to_owned()), (5, 3, "c".to_owned())];
    assert_eq!(frames(Framing::Lines, b"\xef\xbb\xbfa\r\n\r\n  \n b\nc"), expected);
    assert_eq!(texts(Framing::Lines, b"\xef\xbb"), ["\u{fffd}"]);
}

#[test]
fn a_record_may_have_64_kib_and_not_one_byte_more() {
    let fits = [vec![b'x'; MAX_RECORD_BYTES], b"\r\n".to_vec(), b"next".to_vec()].concat();
    assert_eq!(texts(Framing::Lines, &fits), ["65536 bytes", "next"]);
    let longer = [vec![b'x'; MAX_RECORD_BYTES + 1], b"\n".to_vec(), b"next".to_vec()].concat();
    assert_eq!(texts(Framing::Lines, &longer), ["!65536 bytes", "next"]);
    let much_longer = [vec![b'x'; 5 * MAX_RECORD_BYTES], b"\nnext".to_vec()].concat();
    assert_eq!(texts(Framing::Lines, &much_longer), ["!65536 bytes", "next"]);
}

#[test]
fn json_comes_alone_in_a_row_by_line_or_in_an_array() {
    let three = ["{\"a\":1}", "{\"b\":[{}]}", "{}"];
    assert_eq!(texts(Framing::Json, b"{\"a\":1}\n{\"b\":[{}]}\r\n{}"), three);
    assert_eq!(texts(Framing::Json, b"{\"a\":1}{\"b\":[{}]}{}"), three);
    assert_eq!(texts(Framing::Json, b"[{\"a\":1}, {\"b\":[{}]},\n{}]\n"), three);
    assert_eq!(texts(Framing::Json, b"  [ ]\n"), Vec::<String>::new());
    assert_eq!(
        frames(Framing::Json, b"\n{\n\"a\":\"}\\\"\"\n}\n{}"),
        [(2, 1, "{\n\"a\":\"}\\\"\"\n}".to_owned()), (5, 2, "{}".to_owned())]
    );
}

#[test]
fn broken_json_costs_its_first_line() {
    assert_eq!(texts(Framing::Json, b"{\"a\":\"x\n{\"b\":1}\n"), ["!{\"a\":\"x", "{\"b\":1}"]);
    assert_eq!(texts(Framing::Json, b"{\"a\":\n{\"b\":1}\n{\"c\":1}"), ["!{\"a\":", "{\"b\":1}", "{\"c\":1}"]);
    assert_eq!(texts(Framing::Json, b"{\"a\":1]\n{}"), ["!{\"a\":1]", "{}"]);
    assert_eq!(texts(Framing::Json, b"{\"a\":1"), ["!{\"a\":1"]);
    assert_eq!(texts(Framing::Json, b"rubbish {}\n{}"), ["!rubbish {}", "{}"]);
    assert_eq!(texts(Framing::Json, b"[1,\"[,]\",null,{},tru e,{}]{}"), ["!1", "!\"[,]\"", "!null", "{}", "!tru e", "{}", "{}"]);
}

#[test]
fn json_that_is_too_long_or_too_deep_is_rejected_and_the_next_is_found() {
    let long = format!("[{{\"a\":\"{}\"}},{{\"b\":1}}]", "x".repeat(3 * MAX_RECORD_BYTES));
    assert_eq!(texts(Framing::Json, long.as_bytes()), ["!65536 bytes", "{\"b\":1}"]);
    let fits = format!("{{\"a\":\"{}\"}}{{}}", "x".repeat(MAX_RECORD_BYTES - 8));
    assert_eq!(texts(Framing::Json, fits.as_bytes()), ["65536 bytes", "{}"]);
    let longer = format!("{{\"a\":\"{}\"}}{{}}", "x".repeat(MAX_RECORD_BYTES - 7));
    assert_eq!(texts(Framing::Json, longer.as_bytes()), ["!65536 bytes", "{}"]);
    let deep = |levels: usize| format!("{}{}\n{{}}", "{\"a\":".repeat(levels - 1) + "{", "}".repeat(levels));
    assert_eq!(texts(Framing::Json, deep(64).as_bytes()), ["380 bytes", "{}"]);
    assert_eq!(texts(Framing::Json, deep(65).as_bytes()), ["!386 bytes", "{}"]);
}

#[test]
fn text_lines_between_objects_are_records_where_a_format_has_them() {
    let log = b"[0.1s] starting\n{\"a\":1}\nplain\n[{\"b\":2}]\n[";
    assert_eq!(texts(Framing::JsonOrLines, log), ["[0.1s] starting", "{\"a\":1}", "plain", "{\"b\":2}"]);
}

#[test]
fn an_array_that_is_not_closed_is_noticed() {
    for (bytes, unclosed) in
        [("[{}]", false), ("[{}", true), ("{\"requestId\":\"r\",\"records\":[", true), ("{\"records\":[],\"timestamp\":1}", false)]
    {
        let mut framer = Framer::new(Framing::Firehose);
        framer.push(bytes.as_bytes(), &mut |_| ());
        framer.finish(&mut |_| ());
        assert_eq!(framer.unclosed(), unclosed, "{bytes}");
    }
}

#[test]
fn rows_may_span_lines_inside_quotes() {
    let csv = Framing::Csv { delimiter: b',' };
    let expected = [(1, 0, "h,i".to_owned()), (2, 1, "\"a\r\nb\",\"c\"\"\n\"".to_owned()), (6, 2, "d,e\"f".to_owned())];
    assert_eq!(frames(csv, b"h,i\r\n\"a\r\nb\",\"c\"\"\n\"\r\n\r\nd,e\"f\r\n"), expected);
}

#[test]
fn quotes_that_are_never_closed_cost_a_line() {
    let csv = Framing::Csv { delimiter: b',' };
    assert_eq!(texts(csv, b"h\na,\"b\nc\n"), ["h", "!a,\"b", "c"]);
    let long = format!("h\n\"a\n{}", "b,c\n".repeat(MAX_RECORD_BYTES / 2));
    let rows = texts(csv, long.as_bytes());
    assert_eq!((rows.len(), rows[1].as_str(), rows[2].as_str()), (2 + MAX_RECORD_BYTES / 2, "!\"a", "b,c"));
}

#[test]
fn records_of_a_firehose_request_are_taken_out_of_it() {
    // {"a":1} and {"b":2}{"c":3} in base64
    let request =
        br#"{ "requestId": "r", "timestamp": 1, "records": [ {"data":"eyJhIjoxfQ=="}, {"data":"eyJiIjoyfXsiYyI6M30K"} ] }{"d":4}"#;
    let expected =
        [(1, 1, "{\"a\":1}"), (1, 2, "{\"b\":2}"), (1, 3, "{\"c\":3}"), (1, 4, "{\"d\":4}")].map(|(l, r, t)| (l, r, t.to_owned()));
    assert_eq!(frames(Framing::Firehose, request), expected);
    assert_eq!(texts(Framing::Firehose, br#"{"records":[{"data":"eyJhIjoxfQ=="}],"requestId":"r"}"#), ["{\"a\":1}"]);
    assert_eq!(texts(Framing::Firehose, br#"{"EventType":"LOGIN","records":[{}]}"#), [r#"{"EventType":"LOGIN","records":[{}]}"#]);
}

#[test]
fn a_firehose_request_may_be_far_longer_than_a_record() {
    let element = format!("{{\"data\":\"{}\"}}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, vec![b' '; 60_000]));
    let request = format!("{{\"records\":[{}]}}", vec![element; 20].join(","));
    assert_eq!(texts(Framing::Firehose, request.as_bytes()), Vec::<String>::new());
}

#[test]
fn binary_records_have_one_size_and_the_rest_is_rejected() {
    assert_eq!(texts(Framing::Fixed(3), b"ab\ncdefg"), ["ab\n", "cde", "!fg"]);
    assert_eq!(frames(Framing::Fixed(3), b"ab\ncde")[1], (0, 2, "cde".to_owned()));
}
