//! Everybody's events in one stream, in the order of their arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use jiff::ToSpan;
use jiff::civil::Date;
use rollcall_model::Event;
use uuid::Uuid;

use crate::Options;
use crate::access::Witness;
use crate::activities;
use crate::applications::Habits;
use crate::day::{Day, Planner};
use crate::delivery::{OnTheWay, REPEATED};
use crate::draw::{Draw, MILLION, Purpose};
use crate::incidents::{self, Incidents};
use crate::moment::{DAY, MILLISECOND, SECOND};
use crate::organisation::Organisation;
use crate::restarts::{Restart, restarts};
use crate::worker::{Next, Worker};

/// Mean time on duty between two things that somebody does, unless a number of events is wanted.
const MEAN_GAP: i64 = 630 * SECOND;
/// Mean time where nothing is to be done at all: longer than any range.
const NEVER: i64 = i64::MAX / 8;
/// Most days of people that are planned beforehand to estimate how much happens.
const SAMPLE: u64 = 20_000;

/// The events of the options, in the order of their arrival.
pub fn generate(options: &Options) -> Generator {
    let world = World::new(options);
    let mut draw = Draw::new(options.seed, Purpose::Events, 0);
    let mut generator = Generator {
        workers: Vec::with_capacity(options.agents as usize),
        incidents: Incidents::new(world.start, world.end, world.doings, &world.restarts, &mut draw),
        queue: BinaryHeap::with_capacity(options.agents as usize + 1),
        on_the_way: OnTheWay::default(),
        draw,
        world,
    };
    generator.begin();
    generator
}

/// The events of a contact centre, one by one in the order of their arrival.
///
/// An event that comes late comes after events that happened later than it, at most a day. An event
/// that comes twice is the same both times.
pub struct Generator {
    world: World,
    /// By the position of the person.
    workers: Vec<Worker>,
    incidents: Incidents,
    /// When something happens next to whom. The number after the last person stands for the incidents.
    queue: BinaryHeap<Reverse<(i64, u32)>>,
    on_the_way: OnTheWay,
    draw: Draw,
}

/// What stays the same as time passes.
struct World {
    seed: u64,
    organisation: Organisation,
    habits: Habits,
    restarts: Vec<Restart>,
    start: i64,
    end: i64,
    /// The days on which shifts begin that can reach into the range, wherever people are.
    first: Date,
    last: Date,
    /// Mean time on duty between two doings of a person.
    mean_gap: i64,
    /// About how many doings there will be.
    doings: i128,
}

impl World {
    fn new(options: &Options) -> Self {
        let end = options.end.as_micros();
        let start = options.end.plus_micros(-i64::from(options.days).saturating_mul(DAY));
        let first = start.utc_date().saturating_sub(2.days());
        let last = options.end.utc_date().saturating_add(1.day());
        let organisation = Organisation::new(options.seed, options.agents, &options.zone);
        let days = options.end.micros_since(start) / DAY + 2;
        let restarts = restarts(options.seed, options.zone.date(start), days, organisation.head_office());
        let mut world = World {
            seed: options.seed,
            organisation,
            habits: Habits::new(),
            restarts,
            start: start.as_micros(),
            end,
            first,
            last,
            mean_gap: MEAN_GAP,
            doings: 0,
        };
        world.set_pace(options.events);
        world
    }

    fn planner(&self) -> Planner<'_> {
        Planner { seed: self.seed, organisation: &self.organisation, restarts: &self.restarts }
    }

    /// Decides how often people do something, so that about as many events come out as are wanted.
    fn set_pace(&mut self, wanted: Option<u64>) {
        let (steps, on_duty) = self.estimate();
        self.doings = match wanted {
            None => on_duty / i128::from(MEAN_GAP),
            Some(wanted) => {
                let happening = i128::from(wanted) * i128::from(MILLION) / i128::from(MILLION + REPEATED);
                let of_people = (happening - steps).max(0);
                // Every doing brings its share of incidents.
                of_people * i128::from(MILLION) / i128::from(MILLION + incidents::PER_MILLION_DOINGS)
            }
        };
        self.mean_gap = if self.doings == 0 { NEVER } else { (on_duty / self.doings).max(1) as i64 };
    }

    /// About how many steps there are in the range, and how long people are on duty: exact where there
    /// are few people and days, from a sample of them where there are many.
    fn estimate(&self) -> (i128, i128) {
        let people = u64::from(self.organisation.len());
        let dates = (self.last.duration_since(self.first).as_hours() / 24 + 1) as u64;
        let all = people * dates;
        let planned = all.min(SAMPLE);
        let mut draw = Draw::new(self.seed, Purpose::Sample, 0);
        let mut day = Day::default();
        let (mut steps, mut on_duty) = (0, 0);
        for number in 0..planned {
            let number = if planned == all { number } else { draw.below(all) };
            let person = self.organisation.person((number / dates) as u32);
            let date = self.first.saturating_add(((number % dates) as i64).days());
            self.planner().plan(person, date, &mut day);
            steps += day.steps.iter().filter(|step| (self.start..self.end).contains(&step.at)).count() as i128;
            let within = |&(from, to): &(i64, i64)| i128::from((to.min(self.end) - from.max(self.start)).max(0));
            on_duty += day.duties.iter().map(within).sum::<i128>();
        }
        let scale = |sum: i128| sum * i128::from(all) / i128::from(planned.max(1));
        (scale(steps), scale(on_duty))
    }

    /// An id as sources make them: its moment, then random bits.
    fn new_id(at: i64, draw: &mut Draw) -> Uuid {
        let random = (u128::from(draw.bits()) << 64 | u128::from(draw.bits())).to_le_bytes();
        let mut bits = [0; 10];
        for (bit, byte) in bits.iter_mut().zip(random) {
            *bit = byte;
        }
        uuid::Builder::from_unix_timestamp_millis((at / MILLISECOND).max(0) as u64, &bits).into_uuid()
    }
}

impl Generator {
    /// Puts everybody into the queue, at the first thing that happens in the range.
    fn begin(&mut self) {
        let world = &self.world;
        if world.organisation.len() == 0 || world.start >= world.end {
            return;
        }
        for id in 0..world.organisation.len() {
            let mut worker = Worker::new(world.first);
            let person = world.organisation.person(id);
            let due = loop {
                match worker.due(&world.planner(), person, world.last, world.mean_gap, &mut self.draw) {
                    Some(at) if at < world.start => worker.take(at, world.mean_gap, &mut self.draw),
                    due => break due,
                };
            };
            self.workers.push(worker);
            if let Some(at) = due.filter(|&at| at < world.end) {
                self.queue.push(Reverse((at, id)));
            }
        }
        if let Some(at) = self.incidents.due().filter(|&at| at < world.end) {
            self.queue.push(Reverse((at, world.organisation.len())));
        }
    }

    /// What happens next, and when.
    fn happen(&mut self) -> Option<(i64, Event)> {
        let mut next = self.queue.peek_mut()?;
        let Reverse((at, whom)) = *next;
        let world = &self.world;
        let draw = &mut self.draw;
        let (event, due) = match self.workers.get_mut(whom as usize) {
            Some(worker) => {
                let person = world.organisation.person(whom);
                let id = World::new_id(at, draw);
                let event = match worker.take(at, world.mean_gap, draw) {
                    Next::Step(step) => {
                        Witness { seed: world.seed, organisation: &world.organisation }.tell(id, person, worker.day(), &step)
                    }
                    Next::Doing => activities::draw(id, at, person, &world.organisation, &world.habits, draw),
                };
                (event, worker.due(&world.planner(), person, world.last, world.mean_gap, draw))
            }
            None => (self.incidents.happen(draw, World::new_id)?, self.incidents.due()),
        };
        match due {
            Some(due) if due < world.end => *next = Reverse((due, whom)),
            _ => {
                PeekMut::pop(next);
            }
        }
        Some((at, event))
    }
}

impl Iterator for Generator {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            let happens = self.queue.peek().map(|Reverse((at, _))| *at);
            if let Some(event) = self.on_the_way.arrive(happens) {
                return Some(event);
            }
            let (at, event) = self.happen()?;
            if let Some(event) = self.on_the_way.send(at, event, &mut self.draw) {
                return Some(event);
            }
        }
    }
}
