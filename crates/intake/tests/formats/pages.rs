//! The pages in `docs/formats/`: what their worked examples say comes out does come out.
//!
//! After the heading `## Worked example` the first block of a page is the input, the second what comes out:
//! for each event some of its columns, for each rejected record its line and reason.

use std::path::Path;

use rollcall_intake::{Item, format, formats};

use crate::{decode, options_of_a_file};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of code of a text.
fn blocks(text: &str) -> Vec<&str> {
    let mut pieces = text.split("```").skip(1).step_by(2);
    std::iter::from_fn(|| pieces.next()?.split_once('\n').map(|(_language, code)| code)).collect()
}

/// A record of `wtmp` from a line of `utmpdump`: `[type] [pid] [id] [user] [line] [host] [address] [time]`.
fn wtmp_record(line: &str) -> Vec<u8> {
    let fields: Vec<&str> = line.trim_matches(['[', ']']).split("] [").map(str::trim).collect();
    let [kind, pid, id, user, terminal, host, address, time] = fields[..] else { panic!("{line}") };
    let mut bytes = vec![0; 384];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &kind.parse::<i16>().unwrap().to_le_bytes());
    put(4, &pid.parse::<i32>().unwrap().to_le_bytes());
    put(8, terminal.as_bytes());
    put(40, id.as_bytes());
    put(44, user.as_bytes());
    put(76, host.as_bytes());
    let time = crate::at(&time.replace(',', "."));
    put(340, &i32::try_from(time.as_micros() / 1_000_000).unwrap().to_le_bytes());
    put(344, &i32::try_from(time.as_micros() % 1_000_000).unwrap().to_le_bytes());
    put(348, &address.parse::<std::net::Ipv4Addr>().unwrap().octets());
    bytes
}

#[test]
fn worked_examples_are_true() {
    for (name, _) in formats() {
        let page = page(&format!("{name}.md"));
        let (_, example) = page.split_once("## Worked example").unwrap_or_else(|| panic!("{name}.md has no worked example"));
        let [input, output, ..] = blocks(example)[..] else { panic!("{name}.md: expected two blocks") };
        let bytes = if name == "wtmp" { input.lines().flat_map(wtmp_record).collect() } else { input.as_bytes().to_vec() };
        let format = format(name).unwrap();
        let (items, _) = decode(format, options_of_a_file(format, &bytes), &bytes);
        let expected: Vec<&str> = output.trim().split("\n\n").collect();
        assert_eq!(items.len(), expected.len(), "{name}.md");
        for (item, expected) in items.iter().zip(expected) {
            match item {
                Item::Event { event, .. } => {
                    let columns = serde_json::to_value(event).unwrap();
                    for line in expected.lines() {
                        let (column, value) = line.split_once(": ").unwrap();
                        let got = columns[column].as_str().map_or_else(|| columns[column].to_string(), str::to_owned);
                        assert_eq!(got, value, "{name}.md: {column}");
                    }
                }
                Item::Rejected(rejected) => {
                    let field = rejected.field.as_deref().map(|field| format!("{field}: ")).unwrap_or_default();
                    assert_eq!(format!("rejected: line {}\n{field}{}", rejected.position.line, rejected.reason), expected, "{name}.md");
                }
            }
        }
    }
}

#[test]
fn the_table_lists_every_format() {
    let table = page("README.md");
    for (name, _) in formats() {
        assert!(table.contains(&format!("| [`{name}`]({name}.md) |")), "docs/formats/README.md lacks {name}");
    }
}
