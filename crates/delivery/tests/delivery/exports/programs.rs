//! Archives in the hands of the programs that people open them with: 7-Zip and Python's pyzipper.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rollcall_delivery::exports::{ExportSettings, ExportWish, Password, PasswordRule};

use super::fixture::{Fixture, PASSWORD, operator, wish};

fn seven_zip(args: &[&str], archive: &Path) -> Output {
    let found = ["7zz", "7z", "7za"].into_iter().find(|program| Command::new(program).arg("i").output().is_ok());
    let program = found.expect("7-Zip is missing: scripts/install-tools.sh");
    Command::new(program).args(args).arg(archive).output().unwrap()
}

fn pyzipper(archive: &Path, password: &str) -> Output {
    const SCRIPT: &str = "
import sys, pyzipper
with pyzipper.AESZipFile(sys.argv[1]) as archive:
    entry, = archive.infolist()
    assert (entry.wz_aes_version, entry.wz_aes_strength) == (2, 3), (entry.wz_aes_version, entry.wz_aes_strength)
    archive.setpassword(sys.argv[2].encode())
    sys.stdout.buffer.write(archive.read(entry))
";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python: PathBuf = std::env::var_os("ROLLCALL_PYTHON").map_or_else(|| root.join(".tools/python/bin/python"), Into::into);
    Command::new(python).args(["-c", SCRIPT]).arg(archive).arg(password).output().expect("Python is missing: scripts/install-tools.sh")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_programs_open_the_archive_with_the_right_password_and_refuse_a_wrong_one() {
    let fixture = Fixture::new().await;
    fixture.sign_ins(15, 20_000).await;
    let node = fixture.node("a").await;
    node.create_export(&operator(), wish()).await.unwrap();
    node.run_due().await.unwrap();
    let [archive] = fixture.archives().try_into().unwrap();

    let list = text(&seven_zip(&["l", "-slt"], &archive).stdout);
    assert!(list.contains("Path = sign_in_log.csv") && list.contains("Encrypted = +"), "{list}");
    assert!(list.contains("AES-256 Deflate"), "{list}");
    let right = seven_zip(&["t", &format!("-p{PASSWORD}")], &archive);
    assert!(right.status.success() && text(&right.stdout).contains("Everything is Ok"), "{}", text(&right.stdout));
    assert!(!text(&right.stdout).to_lowercase().contains("warning"), "{}", text(&right.stdout));
    let wrong = seven_zip(&["t", "-pZebra_18%"], &archive);
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("Wrong password"), "{}", text(&wrong.stderr));

    let right = pyzipper(&archive, PASSWORD);
    assert!(right.status.success(), "{}", text(&right.stderr));
    assert_eq!(text(&right.stdout).lines().count(), 20_001);
    assert_eq!(text(&right.stdout), text(&seven_zip(&["e", "-so", &format!("-p{PASSWORD}")], &archive).stdout));
    let wrong = pyzipper(&archive, "Zebra_18%");
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("Bad password"), "{}", text(&wrong.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_may_have_other_letters_than_those_of_ascii() {
    const PASSPHRASE: &str = "en lampa över ån – 灯";
    let fixture = Fixture::new().await;
    let node = fixture.node("a").await;
    let settings = ExportSettings { password_rule: PasswordRule::Passphrase, ..ExportSettings::default() };
    node.set_export_settings(&operator(), 0, &settings).await.unwrap();
    node.create_export(&operator(), ExportWish { password: Password::new(PASSPHRASE.to_owned()), ..wish() }).await.unwrap();
    node.run_due().await.unwrap();
    let [archive] = fixture.archives().try_into().unwrap();
    assert!(pyzipper(&archive, PASSPHRASE).status.success());
    let tested = seven_zip(&["t", &format!("-p{PASSPHRASE}")], &archive);
    assert!(tested.status.success(), "{}", text(&tested.stderr));
}
