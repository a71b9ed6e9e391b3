//! Businesses as turns and couriers need them: settings, busy time and open ports, read afresh when
//! their version in the store moves on.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use nochnik_adapters::ports::{Calendar, Channel, Crm, Model, Notifier, Speech, Subscriber};
use nochnik_core::business::{
    Business, CalendarEntry, ChannelEntry, CrmEntry, Document, Line, Means, MeansEntry, ModelEntry, PUSH, Settings,
    SpeechEntry, SubscriberEntry,
};
use nochnik_core::duty::{Absence, Changes, Override, Span};
use nochnik_core::schedule::{Busy, Lesson, Seat, Standing, Subject, Unit};
use nochnik_core::score::Refit;
use nochnik_core::values::{PersonId, ServiceId, SpecialistId};
use nochnik_store::businesses::Versions;
use nochnik_store::{
    Sql, Store, StoreError, bookings, businesses, calendars, duty, people, push_devices, scores, wish_models,
};

use crate::calendars::whose;

const DAY_MS: i64 = 86_400_000;

/// Opens vendors by their entries in a document; the server knows the lists, tests bring doubles.
pub trait Opener: Send + Sync {
    fn channel(&self, business: &str, entry: &ChannelEntry) -> Result<Arc<dyn Channel>, String>;
    fn crm(&self, business: &str, entry: &CrmEntry) -> Result<Option<Arc<dyn Crm>>, String>;

    fn means(&self, _business: &str, entry: &MeansEntry) -> Result<Arc<dyn Notifier>, String> {
        Err(format!("Способ связи {}: здесь не открывается", entry.account()))
    }

    /// The door for pushes to the console, there without an entry of the document; `None` where there is no console.
    fn push(&self, _business: &str) -> Option<Arc<dyn Notifier>> {
        None
    }

    fn calendar(&self, _business: &str, entry: &CalendarEntry) -> Result<Arc<dyn Calendar>, String> {
        Err(format!("Календарь {}: здесь не открывается", entry.account()))
    }

    fn subscriber(&self, _business: &str, entry: &SubscriberEntry) -> Result<Arc<dyn Subscriber>, String> {
        Err(format!("Вебхук {}: здесь не открывается", entry.id))
    }

    /// `None` where nothing may leave the house.
    fn model(&self, _business: &str, _entry: &ModelEntry) -> Result<Option<Arc<dyn Model>>, String> {
        Ok(None)
    }

    /// `None` where nothing may leave the house.
    fn speech(&self, _business: &str, _entry: &SpeechEntry) -> Result<Option<Arc<dyn Speech>>, String> {
        Ok(None)
    }
}

/// The doors of one business, by account.
#[derive(Default)]
pub struct Ports {
    pub channels: BTreeMap<String, Arc<dyn Channel>>,
    pub means: BTreeMap<String, Arc<dyn Notifier>>,
    pub crm: Option<Arc<dyn Crm>>,
    pub calendars: BTreeMap<String, Arc<dyn Calendar>>,
    pub subscribers: BTreeMap<String, Arc<dyn Subscriber>>,
    pub model: Option<Arc<dyn Model>>,
    pub speech: Option<Arc<dyn Speech>>,
    /// What could not be opened, and why; the rest works.
    pub problems: Vec<String>,
}

/// One business at one version of its document.
pub struct Known {
    pub settings: Settings,
    /// Version of the model wishes are read by; 0 is the shipped one.
    wishes: i64,
    /// Version of what differs from the shifts for once, and of who takes pushes.
    duty: i64,
    /// Version of the score's weights; 0 are those set by hand.
    scores: i64,
    pub changes: Arc<Changes>,
    pub ports: Ports,
    /// Address of a staff member to the person: `(account, peer)`.
    pub staff: HashMap<(String, String), String>,
    busy: RwLock<Option<BusyAt>>,
}

struct BusyAt {
    version: i64,
    day: i64,
    rows: Arc<Vec<Busy>>,
}

/// The businesses of this node.
pub struct Businesses {
    opener: Box<dyn Opener>,
    known: RwLock<HashMap<String, Arc<Known>>>,
}

impl Businesses {
    pub fn new(opener: Box<dyn Opener>) -> Self {
        Self { opener, known: RwLock::default() }
    }

    /// The last version seen; good enough to route a message, never to decide.
    pub fn last(&self, business: &str) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(business).cloned()
    }

    pub fn all(&self) -> Vec<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Reads every business, so that couriers and listeners know their doors.
    pub async fn refresh(self: &Arc<Self>, store: &Store) -> Result<(), StoreError> {
        let this = Arc::clone(self);
        store
            .read(move |sql| {
                for business in businesses::list_ids(sql)? {
                    this.current(sql, &business)?;
                }
                Ok(())
            })
            .await
    }

    /// The business as of this transaction. `None` when there is none, or its document is broken
    /// (a save never lets that happen).
    pub fn current(&self, sql: &mut dyn Sql, business: &str) -> Result<Option<(Arc<Known>, i64)>, StoreError> {
        let Some(versions) = businesses::get_version(sql, business)? else { return Ok(None) };
        if let Some(known) = self.last(business).filter(|known| known.is_of(versions)) {
            return Ok(Some((known, versions.busy_version)));
        }
        let Some(row) = businesses::get(sql, business)? else { return Ok(None) };
        let bindings = people::bindings(sql, business, None)?;
        let Some(mut known) = self.build(&row.document, row.version) else { return Ok(None) };
        known.wishes = versions.wishes;
        (known.duty, known.changes) = (versions.duty, Arc::new(duty_changes(sql, business, 0)?));
        known.settings = known.settings.with_pushed(push_devices::people(sql, business)?);
        known.weigh(scores::get(sql, business, versions.scores)?.as_ref());
        if let Some(model) = wish_models::get(sql, business, versions.wishes)? {
            known.read_by(&model);
        }
        known.staff.extend(bindings.into_iter().map(|b| ((b.account, b.peer), b.person_id)));
        let known = Arc::new(known);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(business.to_owned(), Arc::clone(&known));
        Ok(Some((known, row.busy_version)))
    }

    /// Forgets what is known, so that the next look reads bindings and doors afresh.
    pub fn forget(&self, business: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(business);
    }

    fn build(&self, document: &str, version: i64) -> Option<Known> {
        let mut document: Document = serde_json::from_str(document).ok()?;
        let mut ports = Ports::default();
        // Without a door to it the rules must not wait for the model.
        document.model = document.model.filter(|entry| match self.opener.model(&document.id, entry) {
            Ok(model) => {
                ports.model = model;
                ports.model.is_some()
            }
            Err(why) => {
                ports.problems.push(why);
                false
            }
        });
        let settings = Settings::build(document, version).ok()?;
        let business = settings.id.as_str();
        for entry in &settings.document.means {
            match self.opener.means(business, entry) {
                Ok(means) => drop(ports.means.insert(entry.account().to_owned(), means)),
                Err(why) => ports.problems.push(why),
            }
        }
        if let Some(push) = self.opener.push(business).filter(|_| !ports.means.contains_key(PUSH)) {
            ports.means.insert(PUSH.to_owned(), push);
        }
        for entry in &settings.document.channels {
            match self.opener.channel(business, entry) {
                Ok(channel) => drop(ports.channels.insert(entry.account().to_owned(), channel)),
                Err(why) => ports.problems.push(why),
            }
        }
        if let Some(entry) = &settings.document.crm {
            match self.opener.crm(business, entry) {
                Ok(crm) => ports.crm = crm,
                Err(why) => ports.problems.push(why),
            }
        }
        for entry in &settings.document.calendars {
            match self.opener.calendar(business, entry) {
                Ok(calendar) => drop(ports.calendars.insert(entry.account().to_owned(), calendar)),
                Err(why) => ports.problems.push(why),
            }
        }
        for entry in &settings.document.subscribers {
            match self.opener.subscriber(business, entry) {
                Ok(subscriber) => drop(ports.subscribers.insert(entry.id.clone(), subscriber)),
                Err(why) => ports.problems.push(why),
            }
        }
        if let Some(entry) = &settings.document.speech {
            match self.opener.speech(business, entry) {
                Ok(speech) => ports.speech = speech,
                Err(why) => ports.problems.push(why),
            }
        }
        let people = &settings.document.people;
        let staff = people
            .iter()
            .flat_map(|person| {
                let addresses = person.means.iter().filter_map(Means::as_messenger);
                addresses.map(|(channel, peer)| ((channel.to_owned(), peer.to_owned()), person.id.clone()))
            })
            .collect();
        let lines = ports.means.iter().map(|(account, means)| (account.clone(), line_of(&**means))).collect();
        let decided = decided(&settings.document, &ports.calendars);
        let settings = settings.with_lines(lines).with_decided(decided);
        Some(Known {
            settings,
            wishes: 0,
            duty: 0,
            scores: 0,
            changes: Arc::default(),
            ports,
            staff,
            busy: RwLock::new(None),
        })
    }
}

/// Those about whose visits a calendar has the last word.
fn decided(document: &Document, calendars: &BTreeMap<String, Arc<dyn Calendar>>) -> Vec<String> {
    let is_decided = |specialist: &str| {
        document.calendars.iter().any(|entry| {
            entry.is_of(specialist) && calendars.get(entry.account()).is_some_and(|calendar| calendar.decides())
        })
    };
    let ids = document.specialists.iter().map(|specialist| &specialist.id);
    ids.filter(|id| is_decided(id)).cloned().collect()
}

/// What the core must know of an opened account of `means`.
pub fn line_of(means: &dyn Notifier) -> Line {
    Line { way: means.way(), takes_key: means.can_acknowledge() }
}

impl Known {
    /// Moves on with the document and with what differs from its shifts for once.
    pub fn duty_version(&self) -> (i64, i64) {
        (self.settings.version, self.duty)
    }

    /// What a look at the roster needs: no busy time.
    pub fn roster(&self) -> Business {
        self.business(Arc::default())
    }

    fn is_of(&self, versions: Versions) -> bool {
        self.settings.version == versions.version
            && self.wishes == versions.wishes
            && self.duty == versions.duty
            && self.scores == versions.scores
    }

    /// Scores leads by the weights of a refit. Ones that cannot be read leave those set by hand.
    fn weigh(&mut self, refit: Option<&scores::Refit>) {
        self.scores = refit.map_or(0, |refit| refit.version);
        if let Some(refit) = refit.and_then(|refit| serde_json::from_str::<Refit>(&refit.refit).ok()) {
            self.settings = self.settings.clone().with_weights(refit.weights);
        }
    }

    /// Reads wishes by a trained model. One of another release does not fit; the shipped one serves then.
    fn read_by(&mut self, model: &[u8]) {
        if self.settings.read_by(model).is_err() {
            let why = "Обученная модель из другого выпуска, читает модель из поставки. Обучите заново: nochnik train";
            self.ports.problems.push(why.to_owned());
        }
    }

    /// The snapshot a step looks at. Busy time is read again when a booking changed or the day did.
    pub fn snapshot(&self, sql: &mut dyn Sql, busy_version: i64, now: Timestamp) -> Result<Business, StoreError> {
        let day = now.as_millisecond().div_euclid(DAY_MS);
        let cached = self.busy.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(busy) = cached.as_ref().filter(|busy| busy.version == busy_version && busy.day == day) {
            return Ok(self.business(Arc::clone(&busy.rows)));
        }
        drop(cached);
        let rows = Arc::new(self.read_busy(sql, now)?);
        *self.busy.write().unwrap_or_else(PoisonError::into_inner) =
            Some(BusyAt { version: busy_version, day, rows: Arc::clone(&rows) });
        Ok(self.business(rows))
    }

    fn business(&self, busy: Arc<Vec<Busy>>) -> Business {
        Business { settings: self.settings.clone(), changes: Arc::clone(&self.changes), busy }
    }

    fn read_busy(&self, sql: &mut dyn Sql, now: Timestamp) -> Result<Vec<Busy>, StoreError> {
        let from_ms = now.as_millisecond() - DAY_MS;
        let to_ms = from_ms + DAY_MS * (i64::from(self.settings.document.policy.horizon_days) + 3);
        let rows = bookings::busy(sql, self.settings.id.as_str(), from_ms, to_ms)?;
        let mut busy: Vec<Busy> = rows.into_iter().map(busy_of).collect();
        for taken in calendars::busy(sql, self.settings.id.as_str(), from_ms, to_ms)? {
            let entries = &self.settings.document.calendars;
            let Some(entry) = entries.iter().find(|entry| entry.account() == taken.calendar) else { continue };
            let of = |specialist| {
                let (from, to) = (instant(taken.starts_at_ms), instant(taken.ends_at_ms));
                Busy::of_specialist(SpecialistId::new(specialist), from, to)
            };
            busy.extend(whose(self, entry, &taken.specialist_id).into_iter().map(of));
        }
        Ok(busy)
    }
}

/// Held and confirmed bookings that begin from a moment on, for a comparison with a changed document.
pub fn standing(sql: &mut dyn Sql, business: &str, from_ms: i64) -> Result<Vec<Standing>, StoreError> {
    let mut units: HashMap<String, Vec<Unit>> = HashMap::new();
    for busy in bookings::busy(sql, business, from_ms, i64::MAX)? {
        if let Subject::Unit(unit) = Subject::parse(&busy.subject) {
            units.entry(busy.booking_id).or_default().push(unit);
        }
    }
    let stands = |booking: &bookings::Booking| {
        matches!(booking.status, bookings::BookingStatus::Held | bookings::BookingStatus::Confirmed)
    };
    let found = bookings::list(sql, business, from_ms, i64::MAX)?.into_iter().filter(stands);
    Ok(found.map(|booking| standing_of(booking, &mut units)).collect())
}

fn standing_of(booking: bookings::Booking, units: &mut HashMap<String, Vec<Unit>>) -> Standing {
    Standing {
        units: units.remove(&booking.id).unwrap_or_default(),
        booking: booking.id,
        specialist: SpecialistId::new(booking.specialist_id),
        service: ServiceId::new(booking.service_id),
        starts_at: instant(booking.starts_at_ms),
        ends_at: instant(booking.visit_ends_at_ms),
        busy_until: instant(booking.ends_at_ms),
    }
}

/// What differs from the shifts for once, of what ends after a moment.
pub fn duty_changes(sql: &mut dyn Sql, business: &str, after_ms: i64) -> Result<Changes, StoreError> {
    let span = |from_ms, to_ms| Span { from: instant(from_ms), to: instant(to_ms) };
    let overrides = duty::overrides(sql, business, after_ms)?.into_iter().map(|row| Override {
        person: PersonId::new(row.person_id),
        instead_of: (!row.instead_of.is_empty()).then(|| PersonId::new(row.instead_of)),
        span: span(row.from_ms, row.to_ms),
    });
    let overrides = overrides.collect();
    let absences = duty::absences(sql, business, after_ms)?.into_iter();
    let absences = absences
        .map(|row| Absence { person: PersonId::new(row.person_id), span: span(row.from_ms, row.to_ms) })
        .collect();
    Ok(Changes { overrides, absences })
}

fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

/// A seat of what is no lesson of ours keeps everybody else out.
fn busy_of(row: bookings::Busy) -> Busy {
    let seat = row.seat.and_then(|(lesson, number)| {
        Some(Seat { lesson: Lesson::parse(&lesson)?, number: u16::try_from(number).ok()? })
    });
    Busy {
        booking: row.booking_id,
        subject: Subject::parse(&row.subject),
        from: instant(row.starts_at_ms),
        to: instant(row.ends_at_ms),
        seat,
    }
}
