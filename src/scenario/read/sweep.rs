//! `[sweep]` and `[search]`.

use super::Reader;
use crate::scenario::tree::{Node, Table};
use crate::scenario::{Sampling, SweepSettings, Vary};

/// Reads either table: keys that vary, and how they are combined.
pub(crate) fn sweep(reader: &mut Reader<'_>, table: &Table) -> Option<SweepSettings> {
    let vary: Vec<Option<Vary>> = table.get("vary")?.list()?.iter().map(|node| reader.vary(node)).collect();
    let sample = table.get("sample")?;
    let sampling = sample.text()?.parse::<Sampling>();
    if let Err(error) = &sampling {
        reader.fault(sample, error.to_string(), "expected \"grid\", \"latin:40\" or \"sobol:64\"");
    }
    Some(SweepSettings { vary: vary.into_iter().collect::<Option<_>>()?, sampling: sampling.ok()? })
}

impl Reader<'_> {
    fn vary(&mut self, node: &Node) -> Option<Vary> {
        let read = Vary::parse(node.text()?);
        if let Err(error) = &read {
            self.fault(node, error.to_string(), "expected \"KEY=a,b,c\" or \"KEY=LOW..HIGH:COUNT\"");
        }
        read.ok()
    }
}
