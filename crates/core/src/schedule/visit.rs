//! How long the wanted services take, and of whom: counted once for a whole search.

use jiff::{SignedDuration, Timestamp};

use super::Extra;
use super::diary::Span;
use crate::business::{Service, Settings, WeekTime};
use crate::values::ServiceId;

/// A visit without its beginning: every time is counted from it.
pub(super) struct Visit<'a> {
    pub length: SignedDuration,
    pub before_min: u16,
    /// Kept free behind the visit.
    pub buffer: SignedDuration,
    /// When the specialist is free for others, earliest first.
    gaps: Vec<Part>,
    pub needs: Vec<Need<'a>>,
    /// The lesson's service and its seats.
    pub group: Option<(ServiceId, u16)>,
    /// The only times it begins; empty means any of the grid.
    pub starts: &'a [WeekTime],
}

/// Half-open, from the beginning of the visit.
type Part = (SignedDuration, SignedDuration);

/// One unit of a resource for a part of the visit.
pub(super) struct Need<'a> {
    pub resource: &'a str,
    pub count: u16,
    part: Part,
}

impl Need<'_> {
    pub fn time(&self, starts_at: Timestamp) -> Span {
        (starts_at + self.part.0, starts_at + self.part.1)
    }
}

impl<'a> Visit<'a> {
    /// `None` for no services, an unknown one, or a lesson among others: a lesson is booked alone.
    ///
    /// The visit takes the buffer before its first service and the buffer behind its last.
    pub fn new(settings: &'a Settings, wanted: &[ServiceId]) -> Option<Self> {
        let services: Vec<&Service> = wanted.iter().map(|id| settings.service(id)).collect::<Option<_>>()?;
        let (first, last) = (*services.first()?, *services.last()?);
        let is_alone = |service: &&Service| service.capacity > 1 || !service.starts.is_empty();
        if services.len() > 1 && services.iter().any(is_alone) {
            return None;
        }
        let mut visit = Self {
            length: SignedDuration::ZERO,
            before_min: first.buffer_before_min,
            buffer: minutes(last.buffer_min),
            gaps: Vec::new(),
            needs: Vec::new(),
            group: (first.capacity > 1).then(|| (ServiceId::new(&*first.id), first.capacity)),
            starts: &first.starts,
        };
        for service in services {
            visit.add(service, settings);
        }
        visit.keep_buffers();
        Some(visit)
    }

    fn add(&mut self, service: &'a Service, settings: &'a Settings) {
        let from = self.length;
        self.length += minutes(service.duration_min);
        if let Some(gap) = service.gap {
            let gap_from = from + minutes(gap.after_min);
            self.gaps.push((gap_from, gap_from + minutes(gap.for_min)));
        }
        let Some(id) = service.resource.as_deref() else { return };
        match self.needs.last_mut().filter(|need| need.resource == id && need.part.1 == from) {
            Some(same) => same.part.1 = self.length,
            None => {
                let count =
                    settings.document.resources.iter().find(|resource| resource.id == id).map_or(0, |r| r.count);
                self.needs.push(Need { resource: id, count, part: (from, self.length) });
            }
        }
    }

    /// A chair is made ready and cleaned as well.
    fn keep_buffers(&mut self) {
        let (before, end) = (minutes(self.before_min), self.length + self.buffer);
        for need in &mut self.needs {
            if need.part.0.is_zero() {
                need.part.0 = -before;
            }
            if need.part.1 == self.length {
                need.part.1 = end;
            }
        }
    }

    pub fn busy_from(&self, starts_at: Timestamp) -> Timestamp {
        starts_at - minutes(self.before_min)
    }

    pub fn busy_until(&self, starts_at: Timestamp) -> Timestamp {
        starts_at + self.length + self.buffer
    }

    /// Whether `is_free` holds for each part of the visit that the specialist works.
    pub fn is_free(&self, starts_at: Timestamp, is_free: impl Fn(Timestamp, Timestamp) -> bool) -> bool {
        match self.gaps.is_empty() {
            true => is_free(self.busy_from(starts_at), self.busy_until(starts_at)),
            false => self.parts(starts_at).into_iter().all(|(from, to)| is_free(from, to)),
        }
    }

    /// The parts of the visit that the specialist works, buffers included, earliest first.
    pub fn parts(&self, starts_at: Timestamp) -> Vec<Span> {
        let mut from = self.busy_from(starts_at);
        let mut parts = Vec::with_capacity(self.gaps.len() + 1);
        for (gap_from, gap_to) in &self.gaps {
            parts.push((from, starts_at + *gap_from));
            from = starts_at + *gap_to;
        }
        parts.push((from, self.busy_until(starts_at)));
        parts
    }

    /// What a slot of this visit takes besides its specialist, units and seat apart.
    pub fn extra(&self, starts_at: Timestamp) -> Extra {
        let gaps = self.gaps.iter().map(|(from, to)| (starts_at + *from, starts_at + *to)).collect();
        Extra { before_min: self.before_min, gaps, ..Extra::default() }
    }
}

pub(super) fn minutes(min: u16) -> SignedDuration {
    SignedDuration::from_mins(i64::from(min))
}

/// How long the visit lasts as the client sees it; `None` where these services make no visit.
pub fn length_of(settings: &Settings, services: &[ServiceId]) -> Option<SignedDuration> {
    Visit::new(settings, services).map(|visit| visit.length)
}
