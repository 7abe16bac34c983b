//! A scenario with only some of its strategies.

use serde_json::Value;
use thiserror::Error;

use super::nearest::nearest;
use super::{Objective, Scenario};

/// A strategy was asked for that the scenario does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no strategy `{asked}`{hint}; strategies: {known}", hint = hint(.nearest.as_deref()))]
pub struct UnknownStrategy {
    asked: String,
    nearest: Option<String>,
    known: String,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

impl Scenario {
    /// The same scenario with the named strategies only, in the scenario's order. Without its baseline, the first that
    /// is left becomes it.
    ///
    /// # Errors
    /// The first name that no strategy has.
    pub fn only(mut self, names: &[String]) -> Result<Self, UnknownStrategy> {
        let known: Vec<String> = self.designs.iter().map(|design| design.name.clone()).collect();
        if let Some(asked) = names.iter().find(|name| !known.contains(name)) {
            return Err(UnknownStrategy {
                asked: asked.clone(),
                nearest: nearest(asked, known.iter().map(String::as_str)).map(str::to_owned),
                known: known.join(", "),
            });
        }
        let kept: Vec<usize> = (0..known.len()).filter(|&index| names.contains(&known[index])).collect();
        let place = |index: &usize| kept.iter().position(|kept| kept == index);
        self.baseline = place(&self.baseline).unwrap_or(0);
        self.objectives = self.objectives.into_iter().filter_map(|objective| keep(objective, place)).collect();
        self.designs.retain(|design| names.contains(&design.name));
        self.only = self.designs.iter().map(|design| design.name.clone()).collect();
        self.settings.retain(|setting| setting.strategy.as_ref().is_none_or(|name| names.contains(name)));
        if let Some(Value::Array(strategies)) = self.understood.get_mut("strategy") {
            strategies.retain(|strategy| names.iter().any(|name| strategy["name"] == name.as_str()));
        }
        Ok(self)
    }
}

fn keep(objective: Objective, place: impl Fn(&usize) -> Option<usize>) -> Option<Objective> {
    let strategies: Vec<usize> = objective.strategies.iter().filter_map(place).collect();
    (!strategies.is_empty()).then_some(Objective { strategies, ..objective })
}
