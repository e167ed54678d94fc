//! Names of files in folders and buckets: such that every system takes them, and none reads more into them.

use super::parcel::Parcel;

/// Most bytes of one part of a path: with date, id and number behind it, it is a name that every file system takes.
const MAX_PART_BYTES: usize = 120;
/// Most folders of a prefix.
const MAX_FOLDERS: usize = 8;
/// The folder that all of them lie in.
const REPORTS: &str = "Reports";
/// What a name is that has nothing to keep.
const NAMELESS: &str = "report";

/// The folders that a parcel goes into, from the destination's root on.
pub(super) fn folders(prefix: &str) -> Vec<String> {
    let own = prefix.split(['/', '\\']).filter(|part| !part.trim().is_empty()).take(MAX_FOLDERS).map(safe);
    std::iter::once(REPORTS.to_owned()).chain(own).collect()
}

/// The name of a parcel's file: the first choice, or the one with that number if others have those before.
pub(super) fn file_name(parcel: &Parcel, number: u32) -> String {
    let Parcel { file_name_stem, local_time, schedule_id, number: run, restates, extension, .. } = parcel;
    let run = match (run, restates) {
        (0, _) => String::new(),
        (run, None) => format!("-run-{run}"),
        (run, Some(_)) => format!("-restated-{run}"),
    };
    let number = if number > 1 { format!("-{number}") } else { String::new() };
    format!("{}-{}-{schedule_id}{run}{number}.{extension}", safe(file_name_stem), safe(local_time))
}

/// A text as a name of a file or folder.
pub(crate) fn safe(text: &str) -> String {
    let replaced: String = text.chars().map(|char| if is_unsafe(char) { '_' } else { char }).collect();
    let is_edge = |char: char| char == '.' || char.is_whitespace();
    let mut name = replaced.trim_matches(is_edge).to_owned();
    name.truncate(name.floor_char_boundary(MAX_PART_BYTES));
    let name = name.trim_end_matches(is_edge);
    match name {
        "" => NAMELESS.to_owned(),
        name if is_reserved(name) => format!("_{name}"),
        name => name.to_owned(),
    }
}

/// What a file system refuses or reads as something else, and what makes a name look like another.
fn is_unsafe(char: char) -> bool {
    let turns_direction = matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    char.is_control() || turns_direction || matches!(char, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// Whether Windows takes it for a device, with whichever extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_uppercase();
    let numbered = |device: &str| {
        let mut rest = stem.strip_prefix(device).unwrap_or_default().chars();
        rest.next().is_some_and(|digit| digit.is_ascii_digit() || "¹²³".contains(digit)) && rest.next().is_none()
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_system_refuses_is_replaced_and_the_rest_stays() {
        let cases = [
            ("Nachtschicht Öst 夜", "Nachtschicht Öst 夜"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a/b\\c:d", "a_b_c_d"),
            (" .hidden. ", "hidden"),
            ("line\r\nbreak\0", "line__break_"),
            ("con", "_con"),
            ("Com1.csv", "_Com1.csv"),
            ("LPT¹", "_LPT¹"),
            ("COM10", "COM10"),
            ("contact", "contact"),
            ("...", "report"),
            ("", "report"),
            ("invoice\u{202e}vsc.exe", "invoice_vsc.exe"),
        ];
        for (text, expected) in cases {
            assert_eq!(safe(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_prefix_is_folders_none_of_which_leads_elsewhere() {
        assert_eq!(folders(""), ["Reports"]);
        assert_eq!(folders("/team a//../b/"), ["Reports", "team a", "report", "b"]);
        assert_eq!(folders("C:\\x"), ["Reports", "C_", "x"]);
    }

    proptest! {
        #[test]
        fn every_text_becomes_a_name_of_bounded_length(text in any::<String>()) {
            let name = safe(&text);
            prop_assert!(!name.is_empty() && name.len() <= MAX_PART_BYTES + 1);
            prop_assert!(!name.starts_with('.') && !name.ends_with(['.', ' ']));
            prop_assert!(!name.chars().any(|char| char.is_control() || char == '/' || char == '\\'));
            prop_assert!(!is_reserved(&name));
            prop_assert_eq!(safe(&name), name.clone(), "a safe name stays as it is");
        }
    }
}
