//! What was tried with a destination, step by step.

use serde::Serialize;

use super::parcel::DeliveryFailure;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What was tried.
    pub step: &'static str,
    /// Whether it works, as far as reports need it.
    pub ok: bool,
    /// In words.
    pub words: String,
}

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps(Vec<Step>);

impl Steps {
    pub(crate) fn ok(&mut self, step: &'static str, words: impl Into<String>) {
        self.0.push(Step { step, ok: true, words: words.into() });
    }

    pub(crate) fn failed(&mut self, step: &'static str, words: impl Into<String>) {
        self.0.push(Step { step, ok: false, words: words.into() });
    }

    /// Notes a step that works or does not, and hands on what came of it.
    pub(crate) fn step<T>(
        &mut self,
        step: &'static str,
        outcome: Result<T, DeliveryFailure>,
        words: impl FnOnce(&T) -> String,
    ) -> Result<T, DeliveryFailure> {
        let value = self.quietly(step, outcome)?;
        let words = words(&value);
        self.ok(step, words);
        Ok(value)
    }

    /// Notes a step if it does not work.
    pub(crate) fn quietly<T>(&mut self, step: &'static str, outcome: Result<T, DeliveryFailure>) -> Result<T, DeliveryFailure> {
        if let Err(failure) = &outcome {
            self.failed(step, &failure.reason);
        }
        outcome
    }

    pub(crate) fn into_inner(self) -> Vec<Step> {
        self.0
    }
}
