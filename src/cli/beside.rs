//! One file that a command writes besides its report: completed beside its place, and moved there whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::exit::Failure;

/// The place of a file, found to be one that can be written.
#[derive(Debug)]
pub(super) struct Beside {
    target: PathBuf,
    folder: tempfile::TempDir,
}

impl Beside {
    /// Asked before the work, so that nobody waits for a result that cannot be written.
    pub(super) fn new(target: &Path) -> Result<Self, Failure> {
        if target.is_dir() {
            return Err(refused(target, &io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new().prefix(".simctl.").tempdir_in(parent);
        let folder = folder.map_err(|error| refused(target, &error))?;
        Ok(Self { target: target.to_owned(), folder })
    }

    /// Puts the file in its place, over what was there.
    pub(super) fn write(self, text: &str) -> Result<(), Failure> {
        let fresh = self.folder.path().join("fresh");
        let moved = fs::write(&fresh, text).and_then(|()| fs::rename(&fresh, &self.target));
        moved.map_err(|error| refused(&self.target, &error))
    }
}

fn refused(target: &Path, error: &io::Error) -> Failure {
    Failure::bad_input(format!("error: cannot write {}: {error}", target.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("junit.xml");
        for text in ["first", "second"] {
            Beside::new(&target).expect("a place").write(text).expect("written");
            assert_eq!(fs::read_to_string(&target).expect("a file"), text);
        }
        drop(Beside::new(&target).expect("a place"));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
        assert!(Beside::new(folder.path()).is_err() && Beside::new(&target.join("under")).is_err());
    }
}
