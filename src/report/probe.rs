//! Whether a report can be written, found out before the work is done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ReportError;
use super::files::failed;

/// Makes a folder and removes it where [`write()`](super::files::write) would make its first: in `out` or, where that is
/// yet to be made, in the first of the folders around it that is there, so that a run that comes to nothing leaves
/// nothing. A report in `target` that was made read-only is to be kept.
///
/// # Errors
/// [`ReportError::Io`] with what the operating system said.
pub(super) fn probe(prefix: &str, out: &Path, target: &Path) -> Result<(), ReportError> {
    if fs::metadata(target).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err(failed("replace", target)(io::ErrorKind::PermissionDenied.into()));
    }
    let around = first_there(out);
    let made = tempfile::Builder::new().prefix(prefix).tempdir_in(&around);
    made.and_then(tempfile::TempDir::close).map_err(failed("create a folder in", &around))
}

/// The first of a folder and those around it that is there, or of which that is not known.
fn first_there(folder: &Path) -> PathBuf {
    let absent = |path: &Path| fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let named = folder.ancestors().take_while(|path| !path.as_os_str().is_empty());
    named.into_iter().find(|path| !absent(path)).unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a folder holds.
    fn entries(folder: &Path) -> usize {
        fs::read_dir(folder).expect("a folder").count()
    }

    fn refusal(out: &Path) -> (PathBuf, io::Error) {
        match probe(".simctl.atm.", out, &out.join("atm")) {
            Err(ReportError::Io { path, source, .. }) => (path, source),
            other => panic!("{}: {other:?}", out.display()),
        }
    }

    #[test]
    fn a_probe_leaves_nothing() {
        let out = tempfile::tempdir().expect("a folder");
        for name in ["", "a", "a/b/c"] {
            let folder = out.path().join(name);
            probe(".simctl.atm.", &folder, &folder.join("atm")).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(entries(out.path()), 0, "{name}");
        }
    }

    #[test]
    fn a_folder_is_probed_where_it_is_to_be_made() {
        assert_eq!(first_there(Path::new("no/such/folder")), Path::new("."));
        assert_eq!(first_there(Path::new("src/no/such/folder")), Path::new("src"));
        assert_eq!(first_there(Path::new("src/report")), Path::new("src/report"));
    }

    #[test]
    fn a_file_where_a_folder_is_needed_is_told() {
        let out = tempfile::tempdir().expect("a folder");
        let file = out.path().join("file");
        fs::write(&file, "mine").expect("written");
        for folder in [file.clone(), file.join("reports")] {
            assert_eq!(refusal(&folder).1.kind(), io::ErrorKind::NotADirectory);
        }
        assert_eq!(fs::read_to_string(&file).expect("a file"), "mine");
    }

    #[test]
    fn a_name_too_long_is_told() {
        let out = tempfile::tempdir().expect("a folder");
        let (path, _) = refusal(&out.path().join("x".repeat(300)).join("reports"));
        assert!(path.starts_with(out.path()) && path != out.path(), "{}", path.display());
    }

    /// Whoever may write anywhere (root) is not kept out by a folder's mode.
    #[test]
    fn a_folder_that_cannot_be_written_is_told() {
        let out = tempfile::tempdir().expect("a folder");
        set_readonly(out.path(), true);
        let kept_out = fs::create_dir(out.path().join("probe")).is_err();
        if kept_out {
            assert_eq!(refusal(&out.path().join("reports")).1.kind(), io::ErrorKind::PermissionDenied);
        } else {
            eprintln!("skipped: {} can be written although it is read-only", out.path().display());
        }
        set_readonly(out.path(), false);
    }

    #[test]
    fn a_report_made_read_only_is_kept() {
        let out = tempfile::tempdir().expect("a folder");
        let target = out.path().join("atm");
        fs::create_dir(&target).expect("created");
        set_readonly(&target, true);
        let (path, source) = refusal(out.path());
        assert_eq!((path, source.kind()), (target.clone(), io::ErrorKind::PermissionDenied));
        set_readonly(&target, false);
        assert_eq!(entries(out.path()), 1);
    }

    fn set_readonly(folder: &Path, readonly: bool) {
        let mut permissions = fs::metadata(folder).expect("a folder").permissions();
        permissions.set_readonly(readonly);
        fs::set_permissions(folder, permissions).expect("permissions set");
    }
}
