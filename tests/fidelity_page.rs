//! `docs/fidelity.md` names tests and files: all of them exist.

use std::fs;
use std::path::{Path, PathBuf};

use simctl::words::DuplicateCause;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What the page sets between backticks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    page.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// A test by its file (or the module it stands beside) and its name.
fn as_test(text: &str) -> Option<(&str, &str)> {
    let (file, name) = text.split_once("::")?;
    let is_name =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    (is_name(file) && is_name(name) && name != "test").then_some((file, name))
}

/// Every Rust file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The module a file holds: its own name, or its folder's.
fn module(path: &Path) -> Option<&str> {
    match path.file_stem()?.to_str()? {
        "mod" | "tests" => path.parent()?.file_name()?.to_str(),
        name => Some(name),
    }
}

#[test]
fn every_test_that_the_page_names_exists() -> std::io::Result<()> {
    let page = fs::read_to_string(project("docs/fidelity.md"))?;
    let mut files = Vec::new();
    sources(&project("src"), &mut files)?;
    sources(&project("tests"), &mut files)?;
    let mut named = 0;
    for (file, name) in quoted(&page).filter_map(as_test) {
        let declared = format!("fn {name}(");
        let mut of_module = files.iter().filter(|path| module(path) == Some(file));
        let exists = of_module.any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains(&declared)));
        assert!(exists, "docs/fidelity.md names the test `{file}::{name}`, which is nowhere");
        named += 1;
    }
    assert!(named > 60, "only {named} tests were found in the page");
    Ok(())
}

#[test]
fn every_file_that_the_page_names_exists() -> std::io::Result<()> {
    let page = fs::read_to_string(project("docs/fidelity.md"))?;
    let is_path = |text: &&str| ["src/", "tests/", "examples/"].iter().any(|folder| text.starts_with(folder));
    for path in quoted(&page).filter(is_path) {
        assert!(project(path).exists(), "docs/fidelity.md names `{path}`, which is nowhere");
    }
    Ok(())
}

#[test]
fn every_cause_of_duplicates_is_on_the_page_and_in_the_guide() -> std::io::Result<()> {
    for path in ["docs/fidelity.md", "docs/guide.md"] {
        let page = fs::read_to_string(project(path))?;
        for cause in DuplicateCause::ALL {
            assert!(quoted(&page).any(|text| text == cause.name()), "{path} says nothing of `{}`", cause.name());
        }
    }
    Ok(())
}
