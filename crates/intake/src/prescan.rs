//! A first pass over a log without dates, to find the date of its first line from the file's modification.
//!
//! The times of day of the whole file are followed from line to line and its midnights counted. The last
//! line was written when the file was last modified, so the first was written that many days before.

use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;

use crate::clock::DayCount;
use crate::framing::{Frame, Framer};
use crate::mapping::{Dating, Format};
use crate::options::{DateBasis, SourceOptions};

/// Whether a file of this format should be fed to a [`Prescan`] first: it may lack dates, and none is given.
pub fn needs_prescan(format: &dyn Format, options: &SourceOptions) -> bool {
    format.lacks_dates() && options.date_basis.is_none()
}

/// The first pass.
///
/// ```
/// use rollcall_intake::{DateBasis, Prescan, SourceOptions, format, needs_prescan};
///
/// let log = b"23:59:58,000 INFO  [org.keycloak] one\n00:00:03,000 INFO  [org.keycloak] two\n";
/// let mut options = SourceOptions::new("2026-04-15T12:00:00Z".parse().unwrap());
/// let format = format("keycloak").unwrap();
/// if needs_prescan(format, &options) {
///     let mut prescan = Prescan::new(format, &options, "2026-04-15T00:00:03Z".parse().unwrap());
///     for piece in log.chunks(16) {
///         if prescan.wants_more() {
///             prescan.push(piece);
///         }
///     }
///     options.date_basis = prescan.finish();
/// }
/// assert_eq!(options.date_basis.unwrap().first_date().to_string(), "2026-04-14");
/// ```
pub struct Prescan {
    format: &'static dyn Format,
    framer: Framer,
    zone: Zone,
    modified: Timestamp,
    count: DayCount,
    undated: bool,
    bears_dates: bool,
}

impl Prescan {
    /// A first pass over a file that was last modified at `modified`.
    pub fn new(format: &'static dyn Format, options: &SourceOptions, modified: Timestamp) -> Self {
        let framer = Framer::new(format.framing(options));
        Prescan { format, framer, zone: options.zone(), modified, count: DayCount::default(), undated: false, bears_dates: false }
    }

    /// Whether more of the file is needed. A log whose lines bear dates is not read any further.
    pub fn wants_more(&self) -> bool {
        !self.bears_dates
    }

    /// Takes the next piece of the file.
    pub fn push(&mut self, bytes: &[u8]) {
        self.cut(|framer, sink| framer.push(bytes, sink));
    }

    /// The date of the first line, if there are lines without one.
    pub fn finish(mut self) -> Option<DateBasis> {
        self.cut(|framer, sink| framer.finish(sink));
        if self.bears_dates {
            return None;
        }
        let first = self.count.first_date(&self.zone, self.modified)?;
        Some(DateBasis::CountedBack { modified: self.modified, first })
    }

    fn cut(&mut self, cut: impl FnOnce(&mut Framer, &mut dyn FnMut(Frame<'_>))) {
        let Prescan { format, framer, count, undated, bears_dates, .. } = self;
        cut(framer, &mut |frame| {
            let Frame::Record(record) = frame else { return };
            match format.dating(&record) {
                Dating::TimeOfDay(time) => {
                    *undated = true;
                    count.observe(time);
                }
                Dating::Whole => *bears_dates |= !*undated,
                Dating::Nothing => {}
            }
        });
    }
}
