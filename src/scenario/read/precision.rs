//! `run.precision` and `run.max-replications`.

use super::Reader;
use crate::metrics::catalogue;
use crate::scenario::PrecisionSettings;
use crate::scenario::keys::precision::{BEGIN_AT_LEAST, USUAL_METRIC, USUAL_MOST};
use crate::scenario::tree::{Table, quoted};
use crate::scenario::units;

/// Reads how narrow an interval must be: none where nothing was asked for; nothing at all where it is refused.
pub(super) fn precision(reader: &mut Reader<'_>, run: &Table, replications: u64) -> Option<Option<PrecisionSettings>> {
    let most = run.get("max-replications");
    let Some(node) = run.get("precision") else {
        if let Some(most) = most {
            let expected = "expected `precision` beside it: without it there are as many as `replications` says";
            reader.fault(most, "`max-replications` without `precision`", expected);
        }
        return Some(None);
    };
    let (metric, written) = match node.table() {
        Some(given) => (given.text("metric")?, given.get("within")?),
        None if node.text()? == "off" => return Some(None),
        None => (USUAL_METRIC, node),
    };
    let within = match units::percent(written.text()?) {
        Ok(share) if share > 0.0 && share < 1.0 => share,
        refused => {
            let reason = refused.err().unwrap_or_else(|| "no interval is that share of its mean".to_owned());
            let title = format!("a precision cannot be {}: {reason}", quoted(written.text()?));
            reader.fault(written, title, "expected a share of the mean such as \"2%\", above 0 % and below 100 %");
            return None;
        }
    };
    if replications < BEGIN_AT_LEAST.unsigned_abs() {
        let title = format!("{replications} replications are too few to begin with");
        let expected = format!("expected at least {BEGIN_AT_LEAST} `replications` where a `precision` is asked for");
        reader.fault(run.get("replications")?, title, expected);
    }
    let max_replications = match most {
        Some(most) => most.integer()?,
        None => USUAL_MOST.max(replications),
    };
    if max_replications < replications {
        let title = "`max-replications` is below `replications`";
        reader.fault(most?, title, format!("expected {replications} at least: a run begins with that many"));
    }
    Some(Some(PrecisionSettings { metric: catalogue::find(metric)?, within, max_replications }))
}
