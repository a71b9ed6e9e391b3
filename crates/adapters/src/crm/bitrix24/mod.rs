//! Bitrix24 by an incoming webhook or a local application: a lead, or a contact and a deal where leads are switched off.
//!
//! A new request costs two calls, a change one. Nothing is created before a look-up, and after a
//! call with an unknown end nothing is created until the portal can no longer be at work on it.
//! Source: bitrix-tools/b24-rest-docs commit 2ba8202 of 2026-08-21, read 2026-11-22.

mod card;
mod check;
mod consent;
mod find;
mod line;
mod line_news;
mod look;
mod mapping;
mod place;
mod refs;
mod responsible;
mod setup;
mod staff;
mod stages;
mod states;
mod task;
mod terms;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::crm::{Card, CrmRefs};
use tokio::sync::Mutex;

use self::card::View;
use self::consent::Consent;
use self::line::Line;
use self::look::Standing;
use self::mapping::Mapping;
use self::refs::{Entity, Place, Refs};
use self::responsible::Responsible;
use self::setup::Ground;
use self::stages::Stages;
use super::OpenContext;
use super::steps::Named;
use crate::bitrix24::call::{self, Portal};
use crate::failure::{Failure, Scope};
use crate::ports::{Attempt, Authorization, CardReport, Colleague, Crm, Field, Kind, Limits, OpenLine, Pace, Put};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "bitrix24",
    title: "Битрикс24",
    fields: FIELDS,
    limits: Limits { text_chars_max: 8_000, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some("Нужен платный тариф Битрикс24 с подпиской на Маркет: без них портал не отвечает ни вебхуку, ни приложению (2026 год)."),
};

const FIELDS: &[Field] = &[
    field("webhook_url", "Входящий вебхук", "https://портал.bitrix24.ru/rest/1/код/ — с правом «CRM»; или приложение", false),
    field("portal", "Портал", "портал.bitrix24.ru — для локального приложения вместо вебхука", false),
    field("client_id", "Код приложения", "client_id локального приложения: local.…", false),
    field("client_secret", "Ключ приложения", "client_secret локального приложения", false),
    field("mode", "Что создавать", "auto — как настроен портал, lead — лиды, simple — контакт и сделку", false),
    field("line", "Открытая линия", "Номер линии, куда приходят разговоры, где нужен человек; только с локальным приложением", false),
    field("todo", "Чем поручать дежурному", "todo — дело в карточке, task — задача со сроком (право «Задачи»)", false),
    field("source_id", "Источник", "Код источника в Битрикс24; по умолчанию создаётся NOCHNIK", false),
    field("responsible", "Кому доставаться заявкам", "fixed — одному, round_robin — по очереди, least_loaded — у кого меньше открытых, service — по услуге, shift — кто на смене", false),
    field("responsible_id", "Ответственный", "Номер сотрудника в Битрикс24; по умолчанию — чей вебхук", false),
    field("responsible_ids", "Между кем делить", "Номера сотрудников для round_robin и least_loaded: [12, 15]", false),
    field("responsible_by_service", "Кто за какую услугу", "Номера сотрудников по названиям услуг: { \"Маникюр\" = 12 }", false),
    field("stages", "Стадии", "Куда двигать карточку: { booked = \"Записан\" }; шаги qualified, booked, arrived, no_show, cancelled", false),
    field("fields", "Свои поля", "Что писать в поля портала: { UF_CRM_MASTER = \"specialist\" }", false),
    field("category_id", "Воронка сделок", "Номер воронки; по умолчанию основная", false),
    field("per_s", "Обращений в секунду", "По умолчанию 2; на тарифе «Энтерпрайз» можно 5", false),
    field("burst", "Обращений подряд", "По умолчанию 50; на тарифе «Энтерпрайз» можно 250", false),
    field("parallel", "Обращений одновременно", "По умолчанию 1", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если у портала свой центр сертификации", false),
];

const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"webhook_url" | b"client_secret" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"webhook_url" | b"portal" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

/// The bucket of every plan but Enterprise, shared by all who call the portal from one address. A new
/// card is looked for, then made.
const PACE: Pace = Pace { burst: 50, per_s: 2.0, parallel: 1, requests: 2 };
/// The portal cuts a request at 60 s; after this long it no longer works on one.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(70);
/// A lead becomes a deal once.
const MOVES_MAX: usize = 2;

/// The entry's own choices.
struct Options {
    mode: Mode,
    source_id: Option<String>,
    responsible: Responsible,
    errand: Errand,
    category_id: Option<i64>,
    stages: Named,
    mapping: Mapping,
}

impl Options {
    fn entity(&self, ground: &Ground) -> Entity {
        match self.mode {
            Mode::Simple => Entity::Deal,
            Mode::Auto if ground.is_simple => Entity::Deal,
            Mode::Auto | Mode::Lead => Entity::Lead,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Auto,
    Lead,
    Simple,
}

/// What the duty manager gets with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    /// In the card itself.
    Todo,
    /// In the portal's tasks, tied to the card.
    Task,
}

struct Bitrix24 {
    portal: Arc<Portal>,
    /// Where the portal may tell us its news.
    hook_url: Option<String>,
    line: Option<Line>,
    options: Options,
    pace: Pace,
    ground: Mutex<Option<Ground>>,
    /// REST 3.0 has no tasks there.
    has_classic_tasks: AtomicBool,
}

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Crm>, SettingsProblem> {
    let pace = settings.pace(PACE)?;
    let portal = Arc::new(Portal::open_either(settings, pace.per_s, context.grants.clone())?);
    let number = settings.id("line")?;
    if number.is_some() && portal.app().is_none() {
        return Err(settings.problem("line", "Открытая линия работает только с локальным приложением: portal, client_id и client_secret"));
    }
    let modes = [("auto", Mode::Auto), ("lead", Mode::Lead), ("simple", Mode::Simple)];
    Ok(Arc::new(Bitrix24 {
        line: number.map(|number| Line { portal: Arc::clone(&portal), number }),
        portal,
        hook_url: context.hook_url.clone(),
        options: Options {
            mode: settings.choice("mode", &modes)?,
            source_id: settings.text("source_id")?.map(str::to_owned),
            responsible: Responsible::read(settings)?,
            errand: settings.choice("todo", &[("todo", Errand::Todo), ("task", Errand::Task)])?,
            category_id: settings.id("category_id")?,
            stages: Named::read(settings)?,
            mapping: Mapping::read(settings)?,
        },
        pace,
        ground: Mutex::new(None),
        has_classic_tasks: AtomicBool::new(false),
    }))
}

#[async_trait]
impl Crm for Bitrix24 {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.portal.destination()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    async fn put(&self, card: &Card, refs: &CrmRefs, attempt: Attempt) -> Put {
        let (done, tally) = call::counted(self.bring(card, Refs::read(refs), attempt)).await;
        // What was written is not remembered: the next try, of this card or a later one, must look first.
        let done = done.map_err(|failure| if tally.has_changed { write::half_done(failure) } else { failure });
        Put { done: done.map(Refs::into_map), requests: tally.requests }
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        let mut lines = check::check(&self.portal, &self.options).await?;
        if let Some(line) = &self.line {
            lines.push(line.check().await?);
        }
        Ok(lines)
    }

    async fn states(&self, refs: &[CrmRefs], now: Timestamp) -> Result<Vec<CardReport>, Failure> {
        let stages = match self.options.stages.judges() {
            true => self.ground(now).await?.stages,
            false => Stages::default(),
        };
        states::states(&self.portal, refs, (&self.options.stages, &stages)).await
    }

    fn authorization(&self) -> Option<Arc<dyn Authorization>> {
        let app = self.portal.app()?.clone();
        let (portal, hook_url, line) = (Arc::clone(&self.portal), self.hook_url.clone(), self.line.clone());
        Some(Arc::new(Consent { app, portal, hook_url, line }))
    }

    fn line(&self) -> Option<Arc<dyn OpenLine>> {
        Some(Arc::new(self.line.clone()?))
    }

    async fn staff(&self) -> Result<Option<Vec<Colleague>>, Failure> {
        staff::staff(&self.portal).await.map(Some)
    }
}

impl Bitrix24 {
    async fn bring(&self, card: &Card, mut refs: Refs, attempt: Attempt) -> Result<Refs, Failure> {
        if refs.is_gone() {
            return Ok(refs);
        }
        let ground = self.ground(attempt.now).await?;
        let mut is_fresh = !attempt.is_repeat && attempt.unknown_since.is_none();
        if refs.place().is_none() {
            match self.found(card, &mut refs, is_fresh).await? {
                Whose::Ours => is_fresh = false,
                Whose::Nobodys => {
                    wait_until_settled(attempt)?;
                    refs = self.create(&View { card, options: &self.options, ground: &ground }, refs).await?;
                }
                Whose::Theirs => wait_until_settled(attempt)?,
            }
        }
        let refs = self.keep(card, refs, attempt, &ground, is_fresh).await?;
        self.assign(&View { card, options: &self.options, ground: &ground }, refs, attempt, is_fresh).await
    }

    /// Looks for the card's place: one that an earlier try made, or somebody's open lead or deal.
    async fn found(&self, card: &Card, refs: &mut Refs, is_fresh: bool) -> Result<Whose, Failure> {
        let found = find::find(&self.portal, card, is_fresh).await?;
        if let Some(contact) = found.own_contact.or(found.contact) {
            refs.set_contact(contact, found.own_contact.is_some());
        }
        if let Some(lead) = found.lead {
            refs.set_place(lead);
        }
        Ok(match (found.own, found.open) {
            (Some(place), _) => {
                refs.set_place(place);
                Whose::Ours
            }
            (None, Some((place, tags))) => {
                refs.set_place(place);
                refs.set_foreign(&tags);
                Whose::Theirs
            }
            (None, None) => Whose::Nobodys,
        })
    }

    /// Brings the card's place up to date. Unless `is_fresh`, an earlier try may have written there:
    /// it is looked at first, and nothing is written while that try may still be at work.
    async fn keep(
        &self,
        card: &Card,
        mut refs: Refs,
        attempt: Attempt,
        ground: &Ground,
        mut is_fresh: bool,
    ) -> Result<Refs, Failure> {
        let view = View { card, options: &self.options, ground };
        for _ in 0..MOVES_MAX {
            let Some(place) = refs.place() else { return Ok(refs) };
            let mut standing = Standing::Here;
            // A stage is people's as much as ours: it is never moved unseen.
            let is_move = ground.stages.due(&self.options.stages, card.stage, place.entity, &refs).is_some();
            if !is_fresh || is_move {
                standing = look::look(&self.portal, &view, place, &mut refs).await?;
                if standing == Standing::Here && !Self::is_whole(&view, &refs, place) {
                    wait_until_settled(attempt)?;
                }
            }
            if standing == Standing::Here {
                standing = self.update(&view, &mut refs, place).await?;
            }
            if standing == Standing::Here || !self.follow(&mut refs, place, standing).await? {
                return Ok(refs);
            }
            is_fresh = false;
        }
        Ok(refs)
    }

    /// Goes after a lead that became a deal. One that is simply not there was deleted by people, and
    /// stays deleted. `false` when there is nowhere to go.
    async fn follow(&self, refs: &mut Refs, place: Place, standing: Standing) -> Result<bool, Failure> {
        let deal = match place.entity {
            Entity::Lead => find::deal_of_lead(&self.portal, place.id).await?,
            Entity::Deal => None,
        };
        match deal {
            Some(deal) => refs.move_to(deal),
            None if standing == Standing::Absent => refs.set_gone(),
            None => {}
        }
        Ok(deal.is_some())
    }

    /// The portal's mode and our things on it, looked at once a day.
    async fn ground(&self, now: Timestamp) -> Result<Ground, Failure> {
        let mut ground = self.ground.lock().await;
        if let Some(ground) = ground.as_ref().filter(|ground| ground.is_fresh(now)) {
            return Ok(ground.clone());
        }
        let fresh = Ground::prepare(&self.portal, &self.options, now).await?;
        self.has_classic_tasks.store(false, Ordering::Relaxed);
        Ok(ground.insert(fresh).clone())
    }

}

/// Who made the lead or deal that stands for a card.
enum Whose {
    Ours,
    Theirs,
    Nobodys,
}

/// Nothing may be written while an earlier call can still be at work.
fn wait_until_settled(attempt: Attempt) -> Result<(), Failure> {
    let Some(since) = attempt.unknown_since else { return Ok(()) };
    let left = SETTLED_AFTER - attempt.now.duration_since(since);
    if left <= SignedDuration::ZERO {
        return Ok(());
    }
    let why = "an earlier call may still be at work on the portal".to_owned();
    Err(Failure::Later { after: Some(left), scope: Scope::Row, why })
}
