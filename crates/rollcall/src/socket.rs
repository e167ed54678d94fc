//! The Unix socket in a data folder, by which commands reach the server that holds the folder.
//!
//! Whoever may open the socket acts as the operator, so it is made in a folder of its own that nobody else
//! may enter, gets its mode there, and is then moved into place.
//!
//! The address of a socket holds some hundred bytes. A longer path is reached through the number of the
//! open folder below `/proc/self/fd`, which is short wherever the folder lies.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Name of the socket.
const NAME: &str = "rollcall.sock";
/// Name of the folder in which it is made.
const MAKING: &str = ".rollcall.sock.new";
/// Longest path of a socket that every system takes, in bytes.
const MAX_PATH_BYTES: usize = 100;

/// A path by which a socket can be reached, for as long as this value lives.
#[derive(Debug)]
pub(crate) struct SocketPath {
    path: PathBuf,
    _folder: Option<File>,
}

impl SocketPath {
    /// The socket of a data folder.
    pub(crate) fn in_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join(NAME);
        if path.as_os_str().len() <= MAX_PATH_BYTES {
            return Ok(SocketPath { path, _folder: None });
        }
        let folder = File::open(folder)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(NAME);
        Ok(SocketPath { path, _folder: Some(folder) })
    }

    /// The path.
    pub(crate) fn as_path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody answers there.
    pub(crate) async fn answers(&self) -> io::Result<()> {
        UnixStream::connect(&self.path).await.map(drop)
    }
}

/// Listens on the socket of a data folder that this process owns. One that is left over is replaced.
pub(crate) fn listen(folder: &Path) -> io::Result<UnixListener> {
    let making = folder.join(MAKING);
    remove_left_over(&making)?;
    DirBuilder::new().mode(0o700).create(&making)?;
    let made = SocketPath::in_folder(&making)?;
    let listener = UnixListener::bind(made.as_path())?;
    std::fs::set_permissions(making.join(NAME), Permissions::from_mode(0o600))?;
    std::fs::rename(making.join(NAME), folder.join(NAME))?;
    std::fs::remove_dir(&making)?;
    Ok(listener)
}

/// Removes the socket of a data folder that this process owns.
pub(crate) fn remove(folder: &Path) {
    // One that stays is replaced by the next server, and nobody answers there meanwhile.
    let _ = std::fs::remove_file(folder.join(NAME));
}

fn remove_left_over(making: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(making) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_is_the_owners_alone_also_below_a_long_path_and_in_place_of_an_old_one() {
        let root = tempfile::tempdir().unwrap();
        for folder in [root.path().to_path_buf(), root.path().join("long".repeat(40))] {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(NAME), "left over").unwrap();
            std::fs::create_dir_all(folder.join(MAKING).join("x")).unwrap();
            let listener = listen(&folder).unwrap();
            let mode = std::fs::metadata(folder.join(NAME)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            assert!(!folder.join(MAKING).exists());
            let path = SocketPath::in_folder(&folder).unwrap();
            assert!(path.as_path().as_os_str().len() <= MAX_PATH_BYTES);
            path.answers().await.unwrap();
            drop(listener);
            path.answers().await.unwrap_err();
            remove(&folder);
            assert!(!folder.join(NAME).exists());
        }
    }
}
