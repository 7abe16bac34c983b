//! Fills in the figures of the lessons, `docs/lessons/*.md`, by running the scenarios they name.
//!
//!     cargo run --release --example lessons             # writes the tables anew
//!     cargo run --release --example lessons -- --check  # says which are stale, and ends with 1 if one is
//!     cargo run --release --example lessons -- failure  # the same for some pages
//!
//! A table stands between two comments, of which the first says what it shows: the scenario, and a heading, a metric and
//! where it is not the whole strategy's its scope (`metric@scope`) for each column:
//!
//!     <!-- figures: scenarios/atm.toml; 99 % within = latency_p99; redone = duplicates@kill -->
//!     <!-- figures end -->

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use simctl::experiment::{self, Options};
use simctl::pricing::PriceBook;
use simctl::report::{Column, figures_table};
use simctl::scenario;

const BEGIN: &str = "<!-- figures: ";
const END: &str = "<!-- figures end -->";

/// A table of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figures {
    /// The scenario it is of, from the root of the project.
    pub(crate) scenario: String,
    /// Its columns.
    pub(crate) columns: Vec<Column>,
    /// The table as it stands on the page.
    pub(crate) table: String,
}

/// A page as its text and its tables, which take turns; text first and last.
#[derive(Debug)]
pub(crate) struct Page {
    text: Vec<String>,
    pub(crate) figures: Vec<Figures>,
}

impl Page {
    /// Reads a page; where its comments are not of the form above, says what is wrong.
    pub(crate) fn read(page: &str) -> Result<Self, String> {
        let (mut text, mut figures) = (Vec::new(), Vec::new());
        let mut rest = page;
        while let Some((before, after)) = rest.split_once(BEGIN) {
            let (wanted, after) = after.split_once(" -->\n").ok_or("a comment that does not end")?;
            let (table, after) = after.split_once(END).ok_or("a table that does not end")?;
            text.push(format!("{before}{BEGIN}{wanted} -->\n"));
            figures.push(Figures { table: table.to_owned(), ..read_wanted(wanted)? });
            rest = after;
        }
        text.push(rest.to_owned());
        Ok(Self { text, figures })
    }

    /// The page with these tables in place of its own.
    fn with(&self, tables: &[String]) -> String {
        let mut page = self.text[0].clone();
        for (table, text) in tables.iter().zip(&self.text[1..]) {
            page = page + table + END + text;
        }
        page
    }
}

fn read_wanted(wanted: &str) -> Result<Figures, String> {
    let mut parts = wanted.split("; ");
    let scenario = parts.next().unwrap_or_default().to_owned();
    let column = |part: &str| {
        let (heading, metric) = part.split_once(" = ").ok_or_else(|| format!("{part:?} is not `heading = metric`"))?;
        let (metric, scope) = metric.split_once('@').unwrap_or((metric, ""));
        Ok(Column { heading: heading.to_owned(), metric: metric.to_owned(), scope: scope.to_owned() })
    };
    let columns = parts.map(column).collect::<Result<_, String>>()?;
    Ok(Figures { scenario, columns, table: String::new() })
}

/// The pages, by file name.
pub(crate) fn pages() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lessons");
    let entries = fs::read_dir(folder).expect("docs/lessons").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

fn main() -> ExitCode {
    let (options, wanted): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let check = options.iter().any(|option| option == "--check");
    let is_wanted = |path: &PathBuf| {
        wanted.is_empty() || wanted.iter().any(|name| path.file_stem().is_some_and(|stem| stem == &**name))
    };
    let (mut known, mut stale) = (BTreeMap::new(), 0);
    for path in pages().into_iter().filter(is_wanted) {
        let before = fs::read_to_string(&path).expect("a page");
        let page = Page::read(&before).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let tables: Vec<_> = page.figures.iter().map(|figures| measured(figures, &mut known)).collect();
        let after = page.with(&tables);
        if after == before {
            continue;
        }
        stale += 1;
        println!("{} {}", path.display(), if check { "is stale" } else { "is written anew" });
        if !check {
            fs::write(&path, after).expect("a page can be written");
        }
    }
    ExitCode::from(u8::from(check && stale > 0))
}

/// The table as the scenario gives it today; each scenario is run once.
fn measured(figures: &Figures, known: &mut BTreeMap<String, experiment::Results>) -> String {
    let results = known.entry(figures.scenario.clone()).or_insert_with(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&figures.scenario);
        let scenario = scenario::load(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        experiment::run(&scenario, &PriceBook::embedded(), Options::default()).unwrap_or_else(|error| panic!("{error}"))
    });
    figures_table(results, &figures.columns)
}
