//! The file of `--prices`: a price book, or the rows of one that differ from the embedded book.

use std::path::Path;

use super::diagnostics::{Diagnostic, Diagnostics};
use super::keys::prices::BOOK;
use super::load;
use super::nearest::nearest;
use super::shape::check::Checker;
use super::shape::fill;
use super::tree::{Node, Table, quoted};
use crate::pricing::{Allowance, Changes, Price, PriceBook, Tier, picodollars};
use crate::words::LineItem;

/// Reads a price file of at most 1 MiB over the embedded book: rows it has replace those of the same line of the bill,
/// its `free` replaces all allowances, and what it leaves out stays.
///
/// # Errors
/// Everything that is wrong with the file, at once and in the order of the text.
pub fn load_prices(path: &Path) -> Result<PriceBook, Diagnostics> {
    let text = load::text_of(path)?;
    load_prices_text(&path.display().to_string(), &text)
}

/// Reads the text of a price file; `name` stands in messages.
///
/// # Errors
/// As [`load_prices`].
pub fn load_prices_text(name: &str, text: &str) -> Result<PriceBook, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let source = diagnostics.add_source(name, text);
    let book = load::parse(text, source, &mut diagnostics).and_then(|mut root| {
        Checker { diagnostics: &mut diagnostics, partial: false, base_tag: None }.table(
            &mut root,
            &BOOK,
            "the price book",
        );
        fill::table(&mut root, &BOOK);
        let mut reader = Reader { diagnostics: &mut diagnostics, embedded: PriceBook::embedded(), written: None };
        reader.book(root.table()?)
    });
    diagnostics.sort();
    match book {
        Some(book) if diagnostics.is_empty() => Ok(book),
        _ => Err(diagnostics),
    }
}

struct Reader<'a> {
    diagnostics: &'a mut Diagnostics,
    embedded: PriceBook,
    /// The date of rows without one.
    written: Option<String>,
}

impl Reader<'_> {
    fn book(&mut self, root: &Table) -> Option<PriceBook> {
        let text = |key: &str| root.text(key).map(str::to_owned);
        self.written = text("written");
        let region = text("region");
        let prices: Vec<_> = root.get("price")?.list()?.iter().map(|row| self.row(row, region.as_deref())).collect();
        self.no_repetition(root.get("price")?.list()?);
        let free = root.get("free").and_then(Node::list);
        let free: Option<Vec<_>> = free.map(|list| list.iter().map(|row| self.allowance(row)).collect());
        let free = match free {
            Some(rows) => Some(rows.into_iter().collect::<Option<Vec<_>>>()?),
            None => None,
        };
        let prices = prices.into_iter().collect::<Option<Vec<_>>>()?;
        let book = self.embedded.with(Changes { region, written: self.written.clone(), prices, free });
        self.one_unit_each(&book, root.get("free").or_else(|| root.get("price"))?);
        Some(book)
    }

    fn row(&mut self, row: &Node, region: Option<&str>) -> Option<Price> {
        let table = row.table()?;
        let item = self.item(table.get("item")?);
        let last = self.dollars(table.get("price")?);
        let tiers = self.tiers(table.get("tiers")?.list()?, last?);
        let known = self.embedded.price(item?);
        let own = |key: &str| table.text(key).map(str::to_owned);
        Some(Price {
            item: item?,
            unit: own("unit").unwrap_or_else(|| known.unit.clone()),
            counts_per_unit: table.integer("counts").unwrap_or(known.counts_per_unit),
            tiers: tiers?,
            region: own("region").or(region.map(str::to_owned)).unwrap_or_else(|| known.region.clone()),
            source: own("source")?,
            date: own("date").unwrap_or_else(|| self.date()),
            mark: own("mark")?,
        })
    }

    /// The date of what has none of its own.
    fn date(&self) -> String {
        self.written.clone().unwrap_or_else(|| "undated".to_owned())
    }

    /// The tiers with the price beyond them, whose bounds must rise.
    fn tiers(&mut self, list: &[Node], last: u64) -> Option<Vec<Tier>> {
        let mut tiers = Vec::new();
        let mut below = 0;
        for node in list {
            let table = node.table()?;
            let bound = table.get("up_to")?;
            let (up_to, price) = (bound.integer::<u64>()?, self.dollars(table.get("price")?)?);
            if up_to <= below {
                self.fault(bound, "the bounds of tiers must rise", format!("expected more than {below}"));
                return None;
            }
            below = up_to;
            tiers.push(Tier { up_to: Some(up_to), picodollars: price });
        }
        tiers.push(Tier { up_to: None, picodollars: last });
        Some(tiers)
    }

    fn allowance(&mut self, row: &Node) -> Option<Allowance> {
        let table = row.table()?;
        let items: Vec<_> = table.get("items")?.list()?.iter().map(|item| self.item(item)).collect();
        let own = |key: &str| table.text(key).map(str::to_owned);
        Some(Allowance {
            items: items.into_iter().collect::<Option<_>>()?,
            units: table.integer("units")?,
            source: own("source")?,
            date: own("date").unwrap_or_else(|| self.date()),
            mark: own("mark")?,
        })
    }

    fn item(&mut self, node: &Node) -> Option<LineItem> {
        let name = node.text()?;
        let found = LineItem::ALL.into_iter().find(|item| item.name() == name);
        if found.is_none() {
            let diagnostic = Diagnostic::new(format!("no line of the bill is named {}", quoted(name)))
                .at(node.origin.place())
                .expected("expected a name such as \"lambda_requests\"")
                .help_nearest(nearest(name, LineItem::ALL.map(LineItem::name)))
                .help("`simctl prices` prints every line with its name");
            self.diagnostics.push(diagnostic);
        }
        found
    }

    fn dollars(&mut self, node: &Node) -> Option<u64> {
        let text = node.text()?;
        let found = picodollars(text);
        if found.is_none() {
            let title = format!("{} is no price", quoted(text));
            self.fault(node, title, "expected dollars such as \"0.20\", with at most 12 decimals, below 18 million");
        }
        found
    }

    /// A line of the bill has one price.
    fn no_repetition(&mut self, rows: &[Node]) {
        let names: Vec<_> = rows.iter().map(|row| row.table().and_then(|table| table.get("item"))).collect();
        for (index, node) in names.iter().enumerate() {
            let Some(node) = node else { continue };
            let Some(name) = node.text() else { continue };
            if names[..index].iter().flatten().any(|before| before.text() == Some(name)) {
                self.fault(node, format!("{} has a price already", quoted(name)), "expected each line at most once");
            }
        }
    }

    /// Lines that share an allowance must count alike, or what is left of it would mean another amount for the next.
    fn one_unit_each(&mut self, book: &PriceBook, at: &Node) {
        for allowance in book.allowances() {
            let units: Vec<_> = allowance.items.iter().map(|&item| book.price(item).counts_per_unit).collect();
            if units.windows(2).any(|pair| pair[0] != pair[1]) {
                let names: Vec<_> = allowance.items.iter().map(|item| item.name()).collect();
                let title = format!("{} share a free allowance, but their units have unlike counts", names.join(", "));
                self.fault(at, title, "expected the same `counts` for each of them");
            }
        }
    }

    fn fault(&mut self, node: &Node, title: impl Into<String>, expected: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(title).at(node.origin.place()).expected(expected));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PriceBook {
        load_prices_text("mine.toml", text).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// The place and the text of the only fault.
    fn refused(text: &str) -> (usize, usize, String) {
        let faults = load_prices_text("mine.toml", text).expect_err("a fault");
        assert_eq!(faults.len(), 1, "{faults}");
        let (_, line, column) = faults.position(faults.iter().next().expect("a fault")).expect("a place");
        (line, column, faults.to_string())
    }

    #[test]
    fn an_empty_file_and_the_printed_book_are_the_embedded_one() {
        let embedded = PriceBook::embedded();
        assert_eq!(read(""), embedded);
        assert_eq!(read(&embedded.to_string()), embedded);
        assert!(embedded.differences(&embedded).is_empty());
    }

    #[test]
    fn a_row_replaces_its_line_and_no_other() {
        let book = read(
            "region = \"eu-central-1\"\nwritten = \"2026-12-01\"\n[[price]]\nitem = \"lambda_x86_mb_ms\"\n\
             price = \"0.00001\"\n",
        );
        let (row, embedded) = (book.price(LineItem::LambdaX86MbMs), PriceBook::embedded());
        assert_eq!(row.tiers, [Tier { up_to: None, picodollars: 10_000_000 }]);
        assert_eq!((row.unit.as_str(), row.counts_per_unit), ("GB-s", 1_024_000));
        let origin = [&row.region, &row.source, &row.date, &row.mark].map(String::as_str);
        assert_eq!(origin, ["eu-central-1", "price file", "2026-12-01", "own"]);
        assert_eq!(book.differences(&embedded), [row]);
        assert_eq!(book.price(LineItem::LambdaRequests), embedded.price(LineItem::LambdaRequests));
        assert_eq!(book.allowances(), embedded.allowances());
        assert_eq!(read(&book.to_string()), book, "what is printed of it reads back");
        assert!(read("free = []").allowances().is_empty());
    }

    #[test]
    fn faults_name_their_place_and_what_was_expected() {
        for (text, line, column, said) in [
            ("[[price]]\nitem = \"lambda_request\"\nprice = \"1\"", 2, 8, "did you mean `lambda_requests`?"),
            ("[[price]]\nitem = \"s3_list\"\nprice = \"0,2\"", 3, 9, "at most 12 decimals"),
            ("[[price]]\nitem = \"s3_list\"\nprice = 0.2", 3, 9, "dollars in quotes such as"),
            ("[[price]]\nitem = \"s3_list\"\nprize = \"1\"\nprice = \"1\"", 3, 1, "unknown key `prize`"),
            ("[[price]]\nitem = \"s3_list\"", 1, 1, "`price` is missing"),
            ("[[price]]\nitem = \"s3_list\"\nprice = \"1\"\ncounts = 0", 4, 10, "from 1 to"),
            ("regio = \"x\"", 1, 1, "did you mean `region`?"),
            ("free = [{ items = [\"s3_lists\"], units = 1 }]", 1, 20, "did you mean `s3_list`?"),
            (
                "[[price]]\nitem = \"lambda_arm_mb_ms\"\ncounts = 1\nprice = \"1\"",
                1,
                1,
                "lambda_x86_mb_ms, lambda_arm_mb_ms share a free allowance",
            ),
            (
                "[[price]]\nitem = \"s3_list\"\nprice = \"1\"\ntiers = [{ up_to = 2, price = \"2\" }, { up_to = 2, price = \"1\" }]",
                4,
                48,
                "expected more than 2",
            ),
            (
                "[[price]]\nitem = \"s3_list\"\nprice = \"1\"\n[[price]]\nitem = \"s3_list\"\nprice = \"1\"",
                5,
                8,
                "\"s3_list\" has a price already",
            ),
            ("[[price]\n", 1, 9, "this is not TOML"),
        ] {
            let (at_line, at_column, message) = refused(text);
            assert!(message.contains(said), "{message}");
            assert!(message.contains("mine.toml:"), "{message}");
            assert_eq!((at_line, at_column), (line, column), "{message}");
        }
    }
}
