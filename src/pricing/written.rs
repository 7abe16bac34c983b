//! A price book as a file writes it: what is printed reads back as the same book.

use std::fmt;

use serde::Serialize;

use super::book::{Allowance, Price, PriceBook};
use super::decimal::dollars;

/// A row as a file writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceRow {
    /// The name of the line of the bill.
    pub item: &'static str,
    /// The unit that is priced.
    pub unit: String,
    /// How many counts make one.
    pub counts: u64,
    /// Dollars a unit beyond the tiers.
    pub price: String,
    /// By monthly use.
    pub tiers: Vec<TierRow>,
    /// Where it holds.
    pub region: String,
    /// Where it was read.
    pub source: String,
    /// When.
    pub date: String,
    /// How sure it is.
    pub mark: String,
}

/// A tier as a file writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TierRow {
    /// Monthly use in units.
    pub up_to: u64,
    /// Dollars a unit.
    pub price: String,
}

impl From<&Price> for PriceRow {
    fn from(price: &Price) -> Self {
        let bounded = price.tiers.iter().filter_map(|tier| Some((tier.up_to?, dollars(tier.picodollars))));
        let beyond = price.tiers.iter().find(|tier| tier.up_to.is_none());
        Self {
            item: price.item.name(),
            unit: price.unit.clone(),
            counts: price.counts_per_unit,
            price: dollars(beyond.map_or(0, |tier| tier.picodollars)),
            tiers: bounded.map(|(up_to, price)| TierRow { up_to, price }).collect(),
            region: price.region.clone(),
            source: price.source.clone(),
            date: price.date.clone(),
            mark: price.mark.clone(),
        }
    }
}

/// A text as TOML quotes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// In TOML, of the form that a price file has.
impl fmt::Display for PriceBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "region = {}\nwritten = {}", quoted(&self.region), quoted(&self.written))?;
        if self.allowances().is_empty() {
            // Without the key the embedded allowances would hold.
            writeln!(f, "free = []")?;
        }
        let mut service = "";
        for item in crate::words::LineItem::ALL {
            let price = self.price(item);
            if item.service() != service {
                service = item.service();
                writeln!(f, "\n# {service}")?;
            }
            row(f, price, &self.region)?;
        }
        if !self.allowances().is_empty() {
            writeln!(f, "\n# Free each month, where the free tier is granted.")?;
        }
        self.allowances().iter().try_for_each(|allowance| free(f, allowance))
    }
}

fn row(f: &mut fmt::Formatter<'_>, price: &Price, region: &str) -> fmt::Result {
    let row = PriceRow::from(price);
    writeln!(f, "[[price]]\nitem = \"{}\"\nunit = {}\ncounts = {}", row.item, quoted(&row.unit), row.counts)?;
    writeln!(f, "price = \"{}\"", row.price)?;
    if !row.tiers.is_empty() {
        let tier = |tier: &TierRow| format!("{{ up_to = {}, price = \"{}\" }}", tier.up_to, tier.price);
        writeln!(f, "tiers = [{}]", row.tiers.iter().map(tier).collect::<Vec<_>>().join(", "))?;
    }
    if row.region != region {
        writeln!(f, "region = {}", quoted(&row.region))?;
    }
    writeln!(f, "source = {}\ndate = {}\nmark = {}\n", quoted(&row.source), quoted(&row.date), quoted(&row.mark))
}

fn free(f: &mut fmt::Formatter<'_>, allowance: &Allowance) -> fmt::Result {
    let items: Vec<_> = allowance.items.iter().map(|item| quoted(item.name())).collect();
    writeln!(f, "[[free]]\nitems = [{}]\nunits = {}", items.join(", "), allowance.units)?;
    let origin = [&allowance.source, &allowance.date, &allowance.mark].map(|text| quoted(text));
    writeln!(f, "source = {}\ndate = {}\nmark = {}\n", origin[0], origin[1], origin[2])
}
