//! From a file and overrides to a [`Scenario`].

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use toml::de::DeTable;

use super::diagnostics::{Diagnostic, Diagnostics, Place};
use super::keys::SCENARIO;
use super::overrides::{self, Override};
use super::read::{Reader, arrivals, faults, notes, objectives, prices, run, strategies, sweep};
use super::shape::check::Checker;
use super::shape::fill;
use super::tree::{self, Node, Origin, Table, Value};
use super::{Mode, Scenario, explain, settings};

/// The largest file, in bytes.
const FILE_AT_MOST: u64 = 1_048_576;
/// The deepest nesting of tables and lists.
const NESTING_AT_MOST: usize = 32;

/// Reads and validates a scenario file, with single values changed by `overrides`.
///
/// # Errors
/// Everything that is wrong with the file and the overrides, at once and in the order of the text.
pub fn load(path: &Path, overrides: &[Override]) -> Result<Scenario, Diagnostics> {
    let text = text_of(path)?;
    load_text(&path.display().to_string(), &text, path.parent().unwrap_or(Path::new("")), overrides)
}

/// The text of a scenario file, as yet not looked into.
///
/// # Errors
/// If it cannot be read, is larger than 1 MiB, or is no UTF-8.
pub fn text_of(path: &Path) -> Result<String, Diagnostics> {
    let name = path.display().to_string();
    let refuse = |title: String, expected: &str| {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(Diagnostic::new(title).expected(expected));
        diagnostics
    };
    let unreadable = |error: std::io::Error| {
        refuse(format!("{name} cannot be read: {error}"), "expected a scenario (TOML) or a state machine (JSON, YAML)")
    };
    let bytes = bytes_of(path).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_AT_MOST {
        return Err(refuse(format!("{name} is too large"), "expected at most 1 MiB (1,048,576 bytes)"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refuse(format!("{name} is no UTF-8 text: byte {at} is broken"), "expected UTF-8, as TOML requires")
    })
}

/// The bytes of a file up to one more than is allowed.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    // Not by its metadata: a pipe or a device does not know how much it holds.
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    file.take(FILE_AT_MOST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file that a scenario names, of 1 MiB at most; else what is wrong with it.
pub(super) fn text_of_named(path: &Path) -> Result<String, String> {
    let bytes = bytes_of(path).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_AT_MOST {
        return Err("it is larger than 1 MiB (1,048,576 bytes), AWS's limit".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| format!("byte {} is no UTF-8", error.utf8_error().valid_up_to()))
}

/// Validates the text of a scenario; `name` stands in messages, paths in it start at `folder`.
///
/// # Errors
/// As [`load`].
pub fn load_text(name: &str, text: &str, folder: &Path, overrides: &[Override]) -> Result<Scenario, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let source = diagnostics.add_source(name, text);
    let scenario =
        parse(text, source, &mut diagnostics).and_then(|root| understand(root, folder, overrides, &mut diagnostics));
    diagnostics.sort();
    match scenario {
        Some(scenario) if diagnostics.is_empty() => Ok(scenario),
        _ => {
            if diagnostics.is_empty() {
                let title = "this scenario cannot be understood, and simctl does not know why";
                diagnostics.push(Diagnostic::new(title).expected("this is a fault of simctl: please report it"));
            }
            Err(diagnostics)
        }
    }
}

/// The tree of a text; none where it is not TOML.
pub(super) fn parse(text: &str, source: usize, diagnostics: &mut Diagnostics) -> Option<Node> {
    if let Some(at) = too_deep(text) {
        let place = Place { source, span: at..at + 1 };
        let title = "tables and lists are nested too deep";
        diagnostics.push(Diagnostic::new(title).at(Some(place)).expected("expected at most 32 levels"));
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let place = error.span().map(|span| Place { source, span });
        let diagnostic = Diagnostic::new(format!("this is not TOML: {}", error.message().replace('\n', ", ")));
        diagnostics.push(diagnostic.at(place));
    }
    errors.is_empty().then(|| tree::convert_document(&table, &Origin::Written(Place { source, span: 0..0 })))
}

/// The first place with more brackets open or more dots in a key than a scenario has use for, outside comments and
/// strings. It is counted before the text is parsed, so that no text can exhaust the stack.
fn too_deep(text: &str) -> Option<usize> {
    let (mut open, mut dots) = (0usize, 0usize);
    let (mut quote, mut comment, mut escaped) = (None, false, false);
    for (at, letter) in text.char_indices() {
        if letter == '\n' {
            (quote, comment, escaped, dots) = (None, false, false, 0);
        } else if let Some(closing) = quote {
            quote = (letter != closing || escaped).then_some(closing);
            escaped = letter == '\\' && closing == '"' && !escaped;
        } else if !comment {
            match letter {
                '"' | '\'' => quote = Some(letter),
                '#' => comment = true,
                '[' | '{' => open += 1,
                ']' | '}' => open = open.saturating_sub(1),
                '.' => dots += 1,
                '=' | ',' => dots = 0,
                _ => {}
            }
        }
        if open > NESTING_AT_MOST || dots > NESTING_AT_MOST {
            return Some(at);
        }
    }
    None
}

fn understand(
    mut root: Node,
    folder: &Path,
    overrides: &[Override],
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    overrides::apply(&mut root, overrides, diagnostics);
    Checker { diagnostics, partial: false, base_tag: None }.table(&mut root, &SCENARIO, "");
    let settled = strategies::settle(root.table_mut()?, diagnostics);
    fill::table(&mut root, &SCENARIO);
    fill_baseline(root.table_mut()?);
    let [asked, search] = ["sweep", "search"].map(|key| root.table_mut().and_then(|root| take(root, key)));
    let root = root.table()?;
    let mut reader = Reader { diagnostics, folder, files: Vec::new(), machine_texts: BTreeMap::new() };
    let run = root.table("run").and_then(|table| run::run(&mut reader, table));
    let streams = root.get("arrivals").and_then(|list| arrivals::streams(&mut reader, list, run.as_ref()));
    if let (Some(streams), Some(run)) = (&streams, &run) {
        arrivals::limit_items(&mut reader, root, streams, run);
    }
    let mut designs = strategies::designs(&mut reader, root, settled, run.as_ref());
    let faults = faults::faults(&mut reader, root.get("fault"), designs.as_mut(), run.as_ref());
    let names: Vec<&str> = names(root);
    if let (Some(streams), Some(designs), Some(run)) = (&streams, &designs, &run)
        && run.mode != Mode::Events
    {
        reader.check_fluid(root, streams, designs, run);
    }
    let objectives = root.get("objective").and_then(|list| objectives::objectives(&mut reader, list, &names));
    let free_tier = root.table("prices").and_then(prices::free_tier);
    let baseline = root.get("baseline").and_then(|node| reader.strategy(node, &names));
    let [sweep, search] = [&asked, &search].map(|asked| {
        let table = asked.as_ref().and_then(Node::table);
        table.and_then(|table| sweep::sweep(&mut reader, table))
    });
    if !reader.diagnostics.is_empty() {
        return None;
    }
    let (files, machine_texts) = (reader.files, reader.machine_texts);
    let (run, streams, designs, faults) = (run?, streams?, designs?, faults?);
    let notes = notes::notes(&streams, &designs, &faults, &run);
    Some(Scenario {
        name: root.text("name")?.to_owned(),
        summary: root.text("summary")?.to_owned(),
        baseline: baseline?,
        run,
        streams,
        designs,
        faults,
        objectives: objectives?,
        free_tier: free_tier?,
        files,
        sweep,
        search,
        understood: explain::with_machines(explain::understood(root), &machine_texts),
        settings: settings::settings(root),
        only: Vec::new(),
        explained: explain::text(root, &notes),
        notes,
    })
}

/// Takes `[sweep]` or `[search]` out: what is understood is of one run, which does not depend on them.
fn take(root: &mut Table, taken: &str) -> Option<Node> {
    // Nor is it told of faults where there are none.
    root.absent.retain(|&(key, _)| ![taken, "fault"].contains(&key));
    let place = root.entries.iter().position(|entry| entry.key == taken)?;
    Some(root.entries.remove(place).node)
}

/// The first strategy is the baseline unless another is named.
fn fill_baseline(root: &mut Table) {
    if root.get("baseline").is_some() {
        return;
    }
    let Some(first) = names(root).first().map(|&name| name.to_owned()) else { return };
    let origin = Origin::Default(fill::OWN_DEFAULT);
    root.set("baseline", origin.clone(), Node { value: Value::Text(first), origin });
}

fn names(root: &Table) -> Vec<&str> {
    let strategies = root.get("strategy").and_then(Node::list).unwrap_or_default();
    strategies.iter().filter_map(|node| node.table()?.text("name")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_strings_and_comments() {
        assert_eq!(too_deep(&"[".repeat(32)), None);
        assert_eq!(too_deep(&"[".repeat(33)), Some(32));
        assert_eq!(too_deep(&format!("a{} = 1", ".a".repeat(100_000))), Some(65));
        assert_eq!(too_deep(&"a = \"[\\\"[\" # [ [\n".repeat(100)), None);
        assert_eq!(too_deep(&"rate = [1.5, 2.5]\n".repeat(100)), None);
    }

    #[test]
    fn no_nesting_exhausts_the_stack() {
        for text in ["[".repeat(500_000), "a=".to_owned() + &"{a=".repeat(200_000), "a.".repeat(400_000)] {
            assert!(load_text("deep.toml", &text, Path::new(""), &[]).is_err());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_an_end_is_refused() {
        assert!(load(Path::new("/dev/zero"), &[]).unwrap_err().to_string().contains("expected at most 1 MiB"));
    }

    #[test]
    fn a_file_has_a_largest_size_and_an_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.toml");
        std::fs::write(&path, "#".repeat(1_048_577)).unwrap();
        assert!(load(&path, &[]).unwrap_err().to_string().contains("expected at most 1 MiB"));
        std::fs::write(&path, b"name = \"\xff\"").unwrap();
        assert!(load(&path, &[]).unwrap_err().to_string().contains("byte 8 is broken"));
        assert!(load(&folder.path().join("absent.toml"), &[]).unwrap_err().to_string().contains("cannot be read"));
    }
}
