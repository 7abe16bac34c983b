//! One file that is written besides a report: completed beside its place, and moved there whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::ReportError;
use super::files::failed;

/// The place of a file, found to be one that can be written.
#[derive(Debug)]
pub struct Beside {
    target: PathBuf,
}

impl Beside {
    /// Asked before the work, so that nobody waits for a result that cannot be written. Leaves nothing behind.
    ///
    /// # Errors
    /// [`ReportError::Io`] if the place is a folder, or the folder of the file is not there or cannot be written.
    pub fn new(target: &Path) -> Result<Self, ReportError> {
        if target.is_dir() {
            return Err(failed("write", target)(io::ErrorKind::IsADirectory.into()));
        }
        folder_beside(target).and_then(tempfile::TempDir::close).map_err(failed("write", target))?;
        Ok(Self { target: target.to_owned() })
    }

    /// Its place.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.target
    }

    /// Puts what `fill` writes in its place, over what was there.
    ///
    /// # Errors
    /// [`ReportError::Io`]; what was there before stays.
    pub fn write(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), ReportError> {
        let target = &self.target;
        let folder = folder_beside(target).map_err(failed("write", target))?;
        let fresh = folder.path().join("fresh");
        completed(&fresh, fill).map_err(failed("write", target))?;
        fs::rename(&fresh, target).map_err(failed("rename", target))
    }
}

/// A folder in that of the file, so that what is completed there is moved in one step.
fn folder_beside(target: &Path) -> io::Result<tempfile::TempDir> {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".simctl.").tempdir_in(parent)
}

fn completed(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    fill(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("junit.xml");
        let left = || fs::read_dir(folder.path()).expect("a folder").count();
        for text in ["first", "second"] {
            let beside = Beside::new(&target).expect("a place");
            beside.write(|out| out.write_all(text.as_bytes())).expect("written");
            assert_eq!(fs::read_to_string(&target).expect("a file"), text);
        }
        let torn = Beside::new(&target).expect("a place").write(|out| {
            out.write_all(b"third")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(torn.is_err());
        assert_eq!((fs::read_to_string(&target).expect("a file"), left()), ("second".to_owned(), 1));
        assert!(Beside::new(folder.path()).is_err() && Beside::new(&target.join("under")).is_err());
    }
}
