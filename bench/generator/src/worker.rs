//! A person as time passes: the day at hand, the step that comes next, the next thing to do.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::day::{Day, Planner, Step};
use crate::draw::Draw;
use crate::person::Person;

/// What comes next for a person.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    /// A step of the day's plan.
    Step(Step),
    /// Something that they do at work.
    Doing,
}

/// A person as time passes.
#[derive(Debug)]
pub(crate) struct Worker {
    day: Day,
    /// The date of the day after.
    tomorrow: Date,
    /// Position of the step that comes next.
    step: usize,
    /// Position of the duty in which the next doing lies.
    duty: usize,
    /// When the next doing is, if there is one left today.
    doing_at: Option<i64>,
}

impl Worker {
    /// Somebody whose first shift begins on `first` or later.
    pub(crate) fn new(first: Date) -> Self {
        Worker { day: Day::default(), tomorrow: first, step: 0, duty: 0, doing_at: None }
    }

    /// Days since 1970-01-01 of the day at hand.
    pub(crate) fn day(&self) -> i64 {
        self.day.number
    }

    /// When the next thing happens; plans day after day up to `last` until there is one. `mean` is the
    /// mean time between two doings.
    pub(crate) fn due(&mut self, planner: &Planner<'_>, person: &Person, last: Date, mean: i64, draw: &mut Draw) -> Option<i64> {
        loop {
            let step_at = self.day.steps.get(self.step).map(|step| step.at);
            match (step_at, self.doing_at) {
                (Some(step), Some(doing)) => return Some(step.min(doing)),
                (Some(at), None) | (None, Some(at)) => return Some(at),
                (None, None) if self.tomorrow > last => return None,
                (None, None) => self.begin_day(planner, person, mean, draw),
            }
        }
    }

    /// Takes the next thing, which is due `at`.
    pub(crate) fn take(&mut self, at: i64, mean: i64, draw: &mut Draw) -> Next {
        match self.day.steps.get(self.step) {
            Some(&step) if step.at <= at => {
                self.step += 1;
                Next::Step(step)
            }
            _ => {
                self.doing_at = self.doing_after(at, mean, draw);
                Next::Doing
            }
        }
    }

    fn begin_day(&mut self, planner: &Planner<'_>, person: &Person, mean: i64, draw: &mut Draw) {
        planner.plan(person, self.tomorrow, &mut self.day);
        self.tomorrow = self.tomorrow.saturating_add(1.day());
        self.step = 0;
        self.duty = 0;
        self.doing_at = match self.day.duties.first() {
            Some(&(begin, _)) => self.doing_after(begin, mean, draw),
            None => None,
        };
    }

    /// When the next doing after `at` is: the waiting time runs only while the person is on duty.
    fn doing_after(&mut self, at: i64, mean: i64, draw: &mut Draw) -> Option<i64> {
        let mut next = at.saturating_add(draw.gap(mean));
        loop {
            let &(_, end) = self.day.duties.get(self.duty)?;
            if next < end {
                return Some(next);
            }
            self.duty += 1;
            let &(begin, _) = self.day.duties.get(self.duty)?;
            next = begin + (next - end);
        }
    }
}
