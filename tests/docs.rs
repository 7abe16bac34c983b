//! Every command that the README and the guides show is run, and what they show it to print is compared.
//!
//! Commands are run in a folder of their own, with the scenarios beside; runs are shortened by `--duration` and
//! `--replications`, which are appended. `cargo run --release --` stands for the program itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What is shown but not run here, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cargo test", "it is running"),
    ("cargo build", "it was built"),
    ("cargo bench", "benchmarks are no tests"),
    ("cargo install", "it would change the machine"),
    ("cargo run --release --example", "examples are built by `cargo test` and run where their tables are"),
    ("cargo run --example", "examples are built by `cargo test` and run where their tables are"),
    ("simctl verify", "tests/verify.rs runs it"),
    ("cargo run --release -- verify", "tests/verify.rs runs it"),
    ("simctl bench", "tests/bench.rs runs it"),
];

/// A command as a page shows it, and the lines shown under it.
#[derive(Debug)]
struct Shown {
    page: String,
    command: String,
    output: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let entries = |folder: &str| {
        fs::read_dir(root().join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path())
    };
    let docs = entries("docs").chain(entries("docs/lessons"));
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

/// The commands of a page's `console` blocks: lines that begin with `$ `, each with the lines up to the next.
fn shown(page: &Path) -> Vec<Shown> {
    let text = fs::read_to_string(page).expect("a page");
    let (mut all, mut inside): (Vec<Shown>, bool) = (Vec::new(), false);
    for line in text.lines() {
        match (inside, line.strip_prefix("$ ")) {
            (_, _) if line.starts_with("```") => inside = line == "```console",
            (true, Some(command)) => all.push(Shown {
                page: page.file_name().expect("a name").to_string_lossy().into_owned(),
                command: command.to_owned(),
                output: Vec::new(),
            }),
            (true, None) => all.last_mut().expect("output follows a command").output.push(line.to_owned()),
            (false, _) => {}
        }
    }
    all
}

/// Splits a command as a shell does, quotes and all.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in command.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => words.push(std::mem::take(&mut word)),
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn run(folder: &Path, command: &str) -> Option<Output> {
    let arguments = command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("simctl "))?;
    // A `>` in quotes is none of the shell's.
    let redirected = arguments.rsplit_once(" > ").filter(|(_, file)| !file.contains(['\'', '"']));
    let (arguments, file) = redirected.map_or((arguments, None), |(before, file)| (before, Some(file)));
    let mut arguments = words(arguments);
    if arguments.first().is_some_and(|first| ["run", "sweep"].contains(&first.as_str())) {
        for (option, value) in [("--duration", "20m"), ("--replications", "2")] {
            if !arguments.iter().any(|argument| argument == option) {
                arguments.extend([option.to_owned(), value.to_owned()]);
            }
        }
    }
    let output = Command::new(env!("CARGO_BIN_EXE_simctl")).args(&arguments).current_dir(folder).output();
    let output = output.expect("the program starts");
    if let Some(file) = file {
        fs::write(folder.join(file), &output.stdout).expect("written");
    }
    Some(output)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn every_command_shown_does_what_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&root().join("scenarios"), &folder.path().join("scenarios"));
    let (mut ran, mut unknown) = (0, Vec::new());
    for shown in pages().iter().flat_map(|page| shown(page)) {
        if ELSEWHERE.iter().any(|(prefix, _)| shown.command.starts_with(prefix)) {
            continue;
        }
        // `simctl init` refuses to overwrite; each page starts afresh.
        if shown.command.starts_with("simctl init") {
            let _ = fs::remove_file(folder.path().join("orders.toml"));
        }
        let Some(output) = run(folder.path(), &shown.command) else {
            unknown.push(format!("{}: {}", shown.page, shown.command));
            continue;
        };
        ran += 1;
        compare(&shown, &output);
    }
    assert!(unknown.is_empty(), "commands nothing runs: {unknown:#?}");
    assert!(ran >= 10, "only {ran} commands found: has the form of the pages changed?");
}

/// Under `--check` both answers are good; where a page shows an error, that error is printed; else the command succeeds.
fn compare(shown: &Shown, output: &Output) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let code = output.status.code();
    let expected: &[i32] = match shown.output.first() {
        Some(first) if first.starts_with("error") => &[2],
        _ if shown.command.contains("--check") => &[0, 1],
        _ => &[0],
    };
    assert!(code.is_some_and(|code| expected.contains(&code)), "{shown:?} ended with {code:?}\n{err}");
    for line in &shown.output {
        assert!(
            out.contains(line.as_str()) || err.contains(line.as_str()),
            "{shown:?} does not print {line:?}\n{out}{err}"
        );
    }
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let linked = page.parent().expect("a folder").join(path);
            assert!(linked.exists(), "{}: {target} leads nowhere", page.display());
        }
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    for command in [
        "run",
        "sweep",
        "compare",
        "limit",
        "recommend",
        "sensitivity",
        "explain",
        "check",
        "init",
        "schema",
        "verify",
        "bench",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_simctl")).args([command, "--help"]).output().expect("it starts");
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && help.contains("Example"), "{command}: {help}");
        assert!(help.contains(&format!("simctl {command}")), "{command}: the example is of another command");
    }
}
