//! `simctl prices`: the price book, to look at and to start from.

use std::path::PathBuf;

use super::exit::{Exit, Failure};
use super::output::print;
use crate::pricing::PriceBook;
use crate::scenario::load_prices;

/// Print the price book as TOML.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  simctl prices > mine.toml\n  simctl run scenarios/atm.toml --prices mine.toml\n\n\
    A price file may be cut down to the rows that differ.")]
pub(super) struct Args {
    /// A price file: print the book that it makes of the embedded one
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> Result<Exit, Failure> {
    let book = match &args.file {
        Some(file) => load_prices(file)?,
        None => PriceBook::embedded(),
    };
    print(format_args!("{HEAD}{book}"))?;
    Ok(Exit::Done)
}

const HEAD: &str = "\
# List prices in US dollars, without tax, discounts or savings plans, for `simctl run --prices FILE`.
#
# A row prices one line of the bill: `counts` of the simulator make the `unit` that is priced. `tiers` are monthly: each
# price holds up to `up_to` units, and the row's own beyond. Rows that are left out keep the embedded price.

";
