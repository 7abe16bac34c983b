//! A scenario with only some of its strategies, and what is found in it by its name.

use serde_json::Value;
use thiserror::Error;

use super::nearest::nearest;
use super::read::notes::notes;
use super::{Objective, Scenario};
use crate::words::StreamId;

/// A strategy was asked for that the scenario does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no strategy `{asked}`{hint}; strategies: {known}", hint = hint(.nearest.as_deref()))]
pub struct UnknownStrategy {
    asked: String,
    nearest: Option<String>,
    known: String,
}

/// A stream was asked for that the scenario does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("there is no stream `{asked}`{hint}; streams: {known}", hint = hint(.nearest.as_deref()))]
pub struct UnknownStream {
    asked: String,
    nearest: Option<String>,
    known: String,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

impl Scenario {
    /// The place of a strategy.
    ///
    /// # Errors
    /// The name, if no strategy has it.
    pub fn strategy(&self, name: &str) -> Result<usize, UnknownStrategy> {
        let known: Vec<&str> = self.designs.iter().map(|design| design.name.as_str()).collect();
        known.iter().position(|known| *known == name).ok_or_else(|| UnknownStrategy {
            asked: name.to_owned(),
            nearest: nearest(name, known.iter().copied()).map(str::to_owned),
            known: known.join(", "),
        })
    }

    /// A stream.
    ///
    /// # Errors
    /// The name, if no stream has it.
    pub fn stream(&self, name: &str) -> Result<StreamId, UnknownStream> {
        let known: Vec<&str> = self.streams.iter().map(|stream| stream.name.as_str()).collect();
        let place = known.iter().position(|known| *known == name);
        place.map(|place| StreamId(place as u16)).ok_or_else(|| UnknownStream {
            asked: name.to_owned(),
            nearest: nearest(name, known.iter().copied()).map(str::to_owned),
            known: known.join(", "),
        })
    }

    /// The same scenario with the named strategies only, in the scenario's order. Without its baseline, the first that
    /// is left becomes it.
    ///
    /// # Errors
    /// The first name that no strategy has.
    pub fn only(mut self, names: &[String]) -> Result<Self, UnknownStrategy> {
        names.iter().try_for_each(|name| self.strategy(name).map(|_| ()))?;
        let known: Vec<String> = self.designs.iter().map(|design| design.name.clone()).collect();
        let kept: Vec<usize> = (0..known.len()).filter(|&index| names.contains(&known[index])).collect();
        let place = |index: &usize| kept.iter().position(|kept| kept == index);
        self.baseline = place(&self.baseline).unwrap_or(0);
        self.objectives = self.objectives.into_iter().filter_map(|objective| keep(objective, place)).collect();
        self.designs.retain(|design| names.contains(&design.name));
        self.only = self.designs.iter().map(|design| design.name.clone()).collect();
        self.notes = notes(&self.streams, &self.designs, &self.faults, &self.run);
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
