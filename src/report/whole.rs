//! Whether the files of a report belong together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

/// How often a report is read that is exchanged while it is read.
const TRIES: u32 = 5;

/// Why the document of a report is not to be used.
#[derive(Debug, Error)]
pub enum RunError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The document, or a file beside it.
        path: PathBuf,
        /// The reason of the operating system.
        source: io::Error,
    },
    /// A file beside it is not the one that it was written with.
    #[error(
        "{} is torn: {file} is not the file that {} was written with; a run was killed while it put its report in \
         place, or the file was changed since: run the scenario again",
        document.parent().unwrap_or(Path::new(".")).display(),
        document.file_name().unwrap_or_default().display()
    )]
    Torn {
        /// The document.
        document: PathBuf,
        /// The first such file by name.
        file: String,
    },
}

/// The text of the `run.json` of a report of which every file that is there belongs to it. Alone, as it may be kept for a
/// later comparison, a `run.json` has nothing to be torn from.
///
/// # Errors
/// [`RunError::Io`] if a file cannot be read, [`RunError::Torn`] if one is of another report.
pub fn read_run(path: &Path) -> Result<String, RunError> {
    let read = || fs::read_to_string(path).map_err(|source| RunError::Io { path: path.to_owned(), source });
    let mut text = read()?;
    for _ in 0..TRIES {
        let Some(file) = stranger(path, &text)? else { return Ok(text) };
        let again = read()?;
        // The same document as before: it was not exchanged under our eyes.
        if again == text {
            return Err(RunError::Torn { document: path.to_owned(), file });
        }
        text = again;
    }
    Ok(text)
}

/// The first file beside the document that has another digest than the document says.
fn stranger(path: &Path, text: &str) -> Result<Option<String>, RunError> {
    // What is no document of a report has no files either; whoever reads it says what is wrong with it.
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    for (name, digest) in document["files"].as_object().into_iter().flatten() {
        let plain = Path::new(name).file_name().is_some_and(|plain| plain == name.as_str());
        if !plain {
            continue;
        }
        let file = path.with_file_name(name);
        match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(RunError::Io { path: file, source }),
            Ok(bytes) if digest.as_str() == Some(blake3::hash(&bytes).to_hex().as_str()) => {}
            Ok(_) => return Ok(Some(name.clone())),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report of two files.
    fn report(folder: &Path) -> PathBuf {
        let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex().to_string();
        let document = serde_json::json!({
            "seed": 1,
            "files": { "a.csv": digest("a"), "b.svg": digest("b"), "../outside": digest("c") },
        });
        let path = folder.join("run.json");
        fs::write(folder.join("a.csv"), "a").expect("written");
        fs::write(folder.join("b.svg"), "b").expect("written");
        fs::write(&path, document.to_string()).expect("written");
        path
    }

    #[test]
    fn a_whole_report_and_a_document_alone_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = report(folder.path());
        assert!(read_run(&path).expect("whole").contains("a.csv"));
        fs::write(folder.path().join("notes.txt"), "mine").expect("written");
        read_run(&path).expect("what it does not name is not looked at");
        fs::remove_file(folder.path().join("a.csv")).expect("removed");
        fs::remove_file(folder.path().join("b.svg")).expect("removed");
        read_run(&path).expect("alone");
        for text in ["", "no json", "[1]", "{\"files\": 3}", "{}"] {
            fs::write(&path, text).expect("written");
            assert_eq!(read_run(&path).expect("left to who reads it"), text);
        }
    }

    #[test]
    fn a_file_of_another_report_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = report(folder.path());
        fs::write(folder.path().join("b.svg"), "another").expect("written");
        let error = read_run(&path).expect_err("torn");
        assert!(matches!(&error, RunError::Torn { file, .. } if file == "b.svg"), "{error}");
        let text = error.to_string();
        assert!(text.contains("is torn: b.svg is not the file that run.json was written with"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = report(folder.path());
        fs::remove_file(folder.path().join("a.csv")).expect("removed");
        fs::create_dir(folder.path().join("a.csv")).expect("a folder in its place");
        assert!(matches!(read_run(&path), Err(RunError::Io { path, .. }) if path.ends_with("a.csv")));
        assert!(matches!(read_run(&folder.path().join("absent.json")), Err(RunError::Io { .. })));
    }
}
