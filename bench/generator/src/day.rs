//! One person's day: when they are at work, and what access events come of it.
//!
//! A day is a pure function of seed, person and date. It is kept as a few steps that are written out
//! as events one by one; what a person does in between is drawn as time passes ([`crate::activities`]).

use jiff::civil::Date;

use crate::draw::{Draw, MILLION, Purpose};
use crate::moment::{HOUR, MINUTE, SECOND};
use crate::organisation::Organisation;
use crate::person::{Person, PersonId, Role};
use crate::restarts::Restart;
use crate::surface::Surface;

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepKind {
    SignIn,
    /// By the person's own hand, or by a supervisor's.
    ForcedSignIn(Option<PersonId>),
    SignOut,
    /// By a supervisor, or by the person from elsewhere.
    ForcedSignOut(Option<PersonId>),
    /// By the system, after nobody had been there for a while.
    SystemSignOut,
    SignOfLife,
    WrongPassword,
    WrongSecondFactor,
    AccountLocked,
    /// The person begins to act as another one.
    ImpersonationStart(PersonId),
    ImpersonationEnd(PersonId),
    BreakStart,
    BreakEnd,
}

/// One thing that happens to a person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) kind: StepKind,
    pub(crate) surface: Surface,
    /// Which stay of the day it belongs to: with the day, the session's id.
    pub(crate) stay: u8,
}

/// One day of one person. Its memory is used again for the next day.
#[derive(Debug, Default)]
pub(crate) struct Day {
    /// Days since 1970-01-01.
    pub(crate) number: i64,
    /// In order of time.
    pub(crate) steps: Vec<Step>,
    /// From when to when the person works, breaks left out, in order of time.
    pub(crate) duties: Vec<(i64, i64)>,
    stays: u8,
}

/// In a million stays that end a working day on a surface, how many end how; the others by signing out.
mod endings {
    /// By a supervisor.
    pub(super) const FORCED: u32 = 12_000;
    /// By the system.
    pub(super) const SYSTEM: u32 = 25_000;
    /// Not at all: the next sign-in supersedes it, if the surface has no session ids.
    pub(super) const FORGOTTEN: u32 = 25_000;
    /// By a forced sign-in in the middle, after which the new session ends by signing out.
    pub(super) const TAKEN_OVER: u32 = 6_000;
    /// By signing out, but the sign-in is missing.
    pub(super) const SIGN_IN_LOST: u32 = 3_000;
}

/// In a million mornings, how many have these failures before the sign-in.
const WRONG_PASSWORD: u32 = 40_000;
const WRONG_SECOND_FACTOR: u32 = 6_000;
const LOCKED_OUT: u32 = 3_000;
/// In a million working days: ill, on leave.
const ABSENT: u32 = 60_000;
/// In a million of a supervisor's or administrator's days.
const IMPERSONATES: u32 = 60_000;
const IMPERSONATION_WITHOUT_END: u32 = 50_000;

/// What the days of everybody are planned from.
pub(crate) struct Planner<'a> {
    pub(crate) seed: u64,
    pub(crate) organisation: &'a Organisation,
    pub(crate) restarts: &'a [Restart],
}

impl Planner<'_> {
    /// Plans the shift that begins on a date into `day`, which is empty if the person does not work.
    pub(crate) fn plan(&self, person: &Person, date: Date, day: &mut Day) {
        day.clear(date);
        let Some((from, to)) = person.roster.hours(date) else { return };
        let stream = u64::from(person.id) << 32 | (day.number as u64 & 0xffff_ffff);
        let mut draw = Draw::new(self.seed, Purpose::Day, stream);
        if draw.chance(ABSENT) {
            return;
        }
        let site = self.organisation.site_of(person);
        let (Some(from), Some(to)) = (site.moment(from), site.moment(to)) else { return };
        let begin = from + draw.between(-8 * MINUTE, 4 * MINUTE);
        let end = to + draw.between(-3 * MINUTE, 12 * MINUTE);
        let mut shift = ShiftPlan { planner: self, person, day, draw };
        let begin = begin + shift.failures(begin);
        let long_break = shift.breaks(begin, end);
        shift.main_surface(begin, end, long_break);
        shift.telephone(begin, end);
        if person.role != Role::Agent {
            shift.administration(begin, end);
        }
        // Steps that the person takes at the same moment stay in the order in which they were planned.
        day.steps.sort_by_key(|step| step.at);
    }
}

impl Day {
    fn clear(&mut self, date: Date) {
        self.number = date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
        self.steps.clear();
        self.duties.clear();
        self.stays = 0;
    }
}

/// A shift while it is being planned.
struct ShiftPlan<'a, 'd> {
    planner: &'a Planner<'a>,
    person: &'a Person,
    day: &'d mut Day,
    draw: Draw,
}

impl ShiftPlan<'_, '_> {
    fn step(&mut self, at: i64, kind: StepKind, surface: Surface) {
        let stay = self.day.stays;
        self.day.steps.push(Step { at, kind, surface, stay });
    }

    /// Failed attempts before the first sign-in. Answers how much later that is because of them.
    fn failures(&mut self, begin: i64) -> i64 {
        let surface = self.person.main;
        if self.draw.chance(LOCKED_OUT) {
            for attempt in 0..5 {
                let kind = if attempt < 4 { StepKind::WrongPassword } else { StepKind::AccountLocked };
                let pause = self.draw.between(3 * SECOND, 10 * SECOND);
                self.step(begin + attempt * 10 * SECOND + pause, kind, surface);
            }
            return self.draw.between(10 * MINUTE, 40 * MINUTE);
        }
        if self.draw.chance(WRONG_PASSWORD) {
            let attempts = 1 + i64::from(self.draw.chance(MILLION / 4));
            for attempt in 0..attempts {
                let pause = self.draw.between(3 * SECOND, 15 * SECOND);
                self.step(begin + attempt * 15 * SECOND + pause, StepKind::WrongPassword, surface);
            }
            return attempts * 15 * SECOND + 5 * SECOND;
        }
        if self.draw.chance(WRONG_SECOND_FACTOR) {
            self.step(begin, StepKind::WrongSecondFactor, surface);
            return 20 * SECOND;
        }
        0
    }

    /// The breaks, and the duties between them. Answers the break for which the person signs out.
    fn breaks(&mut self, begin: i64, end: i64) -> Option<(i64, i64)> {
        let length = end - begin;
        let full_day = length > 6 * HOUR;
        // Where in the shift, in tenths, and how long, in minutes.
        let planned: &[(i64, i64)] = if full_day { &[(3, 10), (5, 30), (8, 10)] } else { &[(5, 12)] };
        let mut long_break = None;
        let mut working_from = begin;
        for &(tenths, minutes) in planned {
            let from = begin + length / 10 * tenths + self.draw.between(-10 * MINUTE, 10 * MINUTE);
            let to = from + minutes * MINUTE + self.draw.between(0, 6 * MINUTE);
            self.day.duties.push((working_from, from));
            working_from = to;
            if full_day && minutes == 30 && self.person.signs_out_for_breaks {
                long_break = Some((from, to));
            } else {
                self.step(from, StepKind::BreakStart, self.person.main);
                self.step(to, StepKind::BreakEnd, self.person.main);
            }
        }
        self.day.duties.push((working_from, end));
        long_break
    }

    /// The stays in what the person works in: one, or two with a break between.
    fn main_surface(&mut self, begin: i64, end: i64, long_break: Option<(i64, i64)>) {
        let surface = self.person.main;
        let mut begin = begin;
        if let Some((from, to)) = long_break {
            self.whole_stay(surface, begin, from);
            begin = to;
        }
        self.last_stay(surface, begin, end);
    }

    /// The stay at the telephone. A restart of the system in between ends it, and another follows.
    fn telephone(&mut self, begin: i64, end: i64) {
        let Some(surface) = self.person.phone else { return };
        let mut begin = begin + self.draw.between(20 * SECOND, 3 * MINUTE);
        let end = end - self.draw.between(5 * SECOND, MINUTE);
        let restarts = self.planner.restarts;
        let first = restarts.partition_point(|restart| restart.start <= begin);
        for restart in restarts.iter().skip(first).take_while(|restart| restart.down_from() < end) {
            if begin < restart.down_from() {
                self.next_stay();
                self.step(begin, StepKind::SignIn, surface);
            }
            begin = restart.start + self.draw.between(30 * SECOND, 8 * MINUTE);
        }
        if begin < end {
            self.last_stay(surface, begin, end);
        }
    }

    /// What supervisors and administrators do in the administration pages.
    fn administration(&mut self, begin: i64, end: i64) {
        let from = begin + self.draw.between(10 * MINUTE, HOUR);
        let to = (from + self.draw.between(HOUR, 3 * HOUR)).min(end);
        self.last_stay(Surface::Admin, from, to);
        if !self.draw.chance(IMPERSONATES) {
            return;
        }
        let Some(other) = self.planner.organisation.colleague_of(self.person, &mut self.draw) else { return };
        let start = self.draw.between(from, to - 45 * MINUTE);
        self.step(start, StepKind::ImpersonationStart(other), Surface::Admin);
        if !self.draw.chance(IMPERSONATION_WITHOUT_END) {
            let length = self.draw.between(3 * MINUTE, 40 * MINUTE);
            self.step(start + length, StepKind::ImpersonationEnd(other), Surface::Admin);
        }
    }

    fn next_stay(&mut self) {
        self.day.stays += 1;
    }

    /// A stay that begins by signing in and ends by signing out.
    fn whole_stay(&mut self, surface: Surface, from: i64, to: i64) {
        self.next_stay();
        self.step(from, StepKind::SignIn, surface);
        self.signs_of_life(surface, from, to);
        self.step(to, StepKind::SignOut, surface);
    }

    /// The last stay of a day on a surface, which can end in every way.
    fn last_stay(&mut self, surface: Surface, from: i64, to: i64) {
        let supervisor = self.planner.organisation.supervisor_of(self.person);
        let mut drawn = self.draw.below(u64::from(MILLION)) as u32;
        let mut falls_in = |share: u32| {
            let falls = drawn < share;
            drawn = if falls { u32::MAX } else { drawn - share.min(drawn) };
            falls
        };
        if supervisor.is_some() && falls_in(endings::FORCED) {
            self.open_stay(surface, from, to);
            let after = self.draw.between(8 * MINUTE, 80 * MINUTE);
            self.step(to + after, StepKind::ForcedSignOut(supervisor), surface);
        } else if falls_in(endings::SYSTEM) {
            self.open_stay(surface, from, to);
            let after = self.draw.between(30 * MINUTE, 45 * MINUTE);
            self.step(to + after, StepKind::SystemSignOut, surface);
        } else if falls_in(endings::FORGOTTEN) {
            self.open_stay(surface, from, to);
        } else if falls_in(endings::TAKEN_OVER) {
            self.taken_over_stay(surface, from, to, supervisor);
        } else if falls_in(endings::SIGN_IN_LOST) {
            self.next_stay();
            self.step(to, StepKind::SignOut, surface);
        } else {
            self.whole_stay(surface, from, to);
        }
    }

    fn open_stay(&mut self, surface: Surface, from: i64, to: i64) {
        self.next_stay();
        self.step(from, StepKind::SignIn, surface);
        self.signs_of_life(surface, from, to);
    }

    /// A stay that a forced sign-in takes over in its middle. A source that names its sessions also
    /// tells of the sign-out of the first one.
    fn taken_over_stay(&mut self, surface: Surface, from: i64, to: i64, supervisor: Option<PersonId>) {
        let middle = self.draw.between(from + (to - from) / 4, to - (to - from) / 4);
        let forced_by = supervisor.filter(|_| self.draw.chance(MILLION / 3));
        self.open_stay(surface, from, middle);
        if surface.has_session_ids() {
            self.step(middle, StepKind::ForcedSignOut(forced_by), surface);
        }
        self.next_stay();
        self.step(middle + SECOND, StepKind::ForcedSignIn(forced_by), surface);
        self.signs_of_life(surface, middle, to);
        self.step(to, StepKind::SignOut, surface);
    }

    /// Signs of life, every hour, where the source sends them.
    fn signs_of_life(&mut self, surface: Surface, from: i64, to: i64) {
        if surface.has_session_ids() {
            let mut at = from + HOUR;
            while at < to {
                self.step(at, StepKind::SignOfLife, surface);
                at += HOUR;
            }
        }
    }
}
