//! README's first example does what it says, as it stands there.

use std::path::Path;
use std::process::Command;

/// The first block of shell commands after a heading.
fn block(text: &str, heading: &str) -> String {
    let after = text.split_once(heading).unwrap().1;
    after.split_once("```sh\n").unwrap().1.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_first_example_imports_two_logs_and_prints_yesterdays_report() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let commands = block(&readme, "## Yesterday's report").replace("docs/examples", &root.join("docs/examples").to_string_lossy());
    let folder = tempfile::tempdir().unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_rollcall")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh").args(["-euc", &commands]).current_dir(folder.path()).env("PATH", path).output().unwrap();
    let (told, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{told}\n{errors}");
    for expected in [
        ["SIP/8007", "12:44:00", "17:05:00", "4:21:00", "Signed out by the system"],
        ["SIP/8011", "08:02:00", "16:30:00", "8:28:00", "Signed out"],
        ["SIP/8020", "queue/support", "22:00:00", "", "Still open"],
        ["mara.lind", "sso", "08:00:00", "16:31:00", "8:31:00"],
    ] {
        assert!(told.lines().any(|line| expected.iter().all(|part| line.contains(part))), "expected {expected:?} in\n{told}");
    }
    assert!(errors.contains("6 rows"), "{errors}");
}
