//! amoCRM by a long-lived token or an integration: a lead with its contact, one note, one task.
//!
//! Nothing is created before a look-up, and after a call with an unknown end nothing is created until the account can no
//! longer be at work on it and its search must have seen it. The unsorted stage and webhooks are not spoken.
//! Source: amocrm/amocrm-api-php @1354d8a (1.16.0); amocrm.ru/developers and developers.kommo.com, read 2026-11-22.
//! Nobody has called a live account yet: where the pages are silent, either way is safe.

mod app;
mod brake;
mod call;
mod card;
mod check;
mod fields;
mod find;
mod look;
mod refs;
mod staff;
mod stages;
mod states;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use nochnik_core::crm::{Card, CrmRefs};
use tokio::sync::Mutex;

use self::call::{Account, Talk};
use self::fields::Fields;
use self::find::Own;
use self::refs::Refs;
use self::stages::Stages;
use super::OpenContext;
use super::steps::Named;
use crate::failure::{Failure, Scope};
use crate::ports::{Attempt, Authorization, CardReport, Colleague, Crm, Field, Kind, Limits, Pace, Put};
use crate::settings::{Settings, SettingsProblem};

pub static KIND: Kind = Kind {
    name: "amocrm",
    title: "amoCRM",
    fields: FIELDS,
    limits: Limits { text_chars_max: 4_000, buttons_max: 0, label_chars_max: 0 },
    can_poll: false,
    has_hook: false,
    is_for_staff: false,
    notice: Some(
        "Нужна интеграция: её создаёт администратор аккаунта. На живом аккаунте ещё не проверено (2026 год).",
    ),
};

const FIELDS: &[Field] = &[
    field("base_url", "Адрес аккаунта", "https://салон.amocrm.ru", true),
    field("token", "Долгосрочный токен", "amoМаркет → ваша интеграция → «Ключи и доступы»; или разрешение в браузере", false),
    field("client_id", "ID интеграции", "Вместо токена: amoМаркет → ваша интеграция → «Ключи и доступы»", false),
    field("client_secret", "Секретный ключ", "Там же, рядом с ID интеграции", false),
    field("pipeline_id", "Воронка", "Номер воронки; по умолчанию главная", false),
    field("status_id", "Этап новой заявки", "Номер этапа; по умолчанию первый после «Неразобранного»", false),
    field("stages", "Этапы", "Куда двигать сделку: booked = Записан; arrived = 142. Шаги qualified, booked, arrived, no_show, cancelled", false),
    field("responsible_id", "Ответственный", "Номер сотрудника в amoCRM; по умолчанию — чей токен", false),
    field("per_s", "Обращений в секунду", "По умолчанию 2", false),
    field("burst", "Обращений подряд", "По умолчанию 5; за секунду amoCRM разрешает 7", false),
    field("parallel", "Обращений одновременно", "По умолчанию 1", false),
    field("proxy", "Прокси", "http://адрес:порт или socks5h://адрес:порт", false),
    field("extra_ca", "Корневой сертификат", "Путь к файлу PEM, если сеть подменяет сертификаты", false),
];

const fn field(name: &'static str, title: &'static str, help: &'static str, is_required: bool) -> Field {
    // A proxy's address may hold a password.
    let is_secret = matches!(name.as_bytes(), b"token" | b"client_secret" | b"proxy");
    let is_address = matches!(name.as_bytes(), b"base_url" | b"proxy");
    Field { name, title, help, is_required, is_secret, is_address }
}

/// Seven requests in any second are allowed: a full bucket and what flows in meanwhile are no more. A new card is looked
/// for, made, and gets its note and task.
const PACE: Pace = Pace { burst: 5, per_s: 2.0, parallel: 1, requests: 5 };
/// A call is given 30 s to end; then two look-ups a minute apart must both come back empty before anything is repeated.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// The entry's own choices.
struct Options {
    pipeline_id: Option<i64>,
    status_id: Option<i64>,
    responsible_id: Option<i64>,
    stages: Named,
}

/// What is known of the account.
#[derive(Clone)]
struct Ground {
    fields: Fields,
    stages: Stages,
}

struct AmoCrm {
    account: Account,
    options: Options,
    pace: Pace,
    fields: Mutex<Option<Fields>>,
    stages: Mutex<Stages>,
}

/// How a lead of ours is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Here,
    /// Deleted, or no longer for us to see.
    Absent,
}

pub(super) fn open(settings: &Settings<'_>, context: &OpenContext) -> Result<Arc<dyn Crm>, SettingsProblem> {
    Ok(Arc::new(AmoCrm {
        account: Account::open(settings, context)?,
        options: Options {
            pipeline_id: settings.id("pipeline_id")?,
            status_id: settings.id("status_id")?,
            responsible_id: settings.id("responsible_id")?,
            stages: Named::read(settings)?,
        },
        pace: settings.pace(PACE)?,
        fields: Mutex::new(None),
        stages: Mutex::default(),
    }))
}

#[async_trait]
impl Crm for AmoCrm {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn destination(&self) -> String {
        self.account.destination()
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    async fn put(&self, card: &Card, refs: &CrmRefs, attempt: Attempt) -> Put {
        let talk = Talk::new(&self.account, attempt.now);
        let done = self.bring(&talk, card, Refs::read(refs), attempt).await;
        Put { done: done.map(Refs::into_map), requests: talk.requests() }
    }

    async fn check(&self) -> Result<Vec<String>, Failure> {
        check::check(&self.account, &self.options).await
    }

    async fn states(&self, refs: &[CrmRefs], now: Timestamp) -> Result<Vec<CardReport>, Failure> {
        let talk = Talk::new(&self.account, now);
        let stages = match self.options.stages.judges() {
            true => self.stages(&talk, now).await?,
            false => Stages::default(),
        };
        states::states(&talk, refs, (&self.options.stages, &stages)).await
    }

    fn authorization(&self) -> Option<Arc<dyn Authorization>> {
        Some(Arc::new(self.account.app()?.clone()))
    }

    async fn staff(&self) -> Result<Option<Vec<Colleague>>, Failure> {
        staff::staff(&Talk::new(&self.account, Timestamp::UNIX_EPOCH)).await.map(Some)
    }
}

impl AmoCrm {
    async fn bring(&self, talk: &Talk<'_>, card: &Card, mut refs: Refs, attempt: Attempt) -> Result<Refs, Failure> {
        if refs.is_gone() {
            return Ok(refs);
        }
        talk.wait_out_brake()?;
        let mut ground =
            Ground { fields: self.fields(talk, attempt.now).await?, stages: self.stages(talk, attempt.now).await? };
        let mut is_fresh = !attempt.is_repeat && attempt.unknown_since.is_none();
        if refs.lead().is_none() {
            match find::own(talk, card, attempt).await? {
                Some(own) => {
                    note_own(&mut refs, own);
                    is_fresh = false;
                }
                None => {
                    wait_until_settled(attempt)?;
                    is_fresh = !self.join(talk, card, &mut refs).await? || is_fresh;
                    if refs.lead().is_none() {
                        ground = self.create(talk, card, &mut refs, ground).await?;
                    }
                }
            }
        }
        self.keep(talk, card, refs, &ground, attempt, is_fresh).await
    }

    /// Takes somebody's open lead of the same phone for the card's place; `false`: there is none.
    async fn join(&self, talk: &Talk<'_>, card: &Card, refs: &mut Refs) -> Result<bool, Failure> {
        let Some(phone) = &card.phone else { return Ok(false) };
        let client = find::client(talk, phone).await?;
        if let Some(contact) = client.contact {
            refs.set_contact(contact, false);
        }
        if client.count > 1 {
            refs.set_twins(client.count);
        }
        let Some((lead, tags)) = client.open else { return Ok(false) };
        refs.set_lead(lead);
        refs.set_foreign(&tags);
        Ok(true)
    }

    /// Brings the card's lead up to date. Unless `is_fresh`, an earlier try may have written there: it is looked at
    /// first, and nothing is written while that try may still be at work.
    async fn keep(
        &self,
        talk: &Talk<'_>,
        card: &Card,
        mut refs: Refs,
        ground: &Ground,
        attempt: Attempt,
        is_fresh: bool,
    ) -> Result<Refs, Failure> {
        let mut standing = Standing::Here;
        let sight = look::Sight { options: &self.options, ground };
        if !is_fresh {
            standing = look::look(talk, card, &mut refs, sight).await?;
            if standing == Standing::Here && !self.is_whole(card, &refs, ground) {
                wait_until_settled(attempt)?;
            }
        } else if ground.stages.due(&self.options.stages, card.stage, &refs).is_some() {
            // A stage is people's as much as ours: it is never moved unseen.
            standing = look::look_at_stage(talk, card, &mut refs, sight).await?;
        }
        if standing == Standing::Here {
            standing = self.update(talk, card, &mut refs, ground).await?;
        }
        if standing == Standing::Absent {
            refs.set_gone();
        }
        Ok(refs)
    }

    /// The account's fields, looked at once a day.
    async fn fields(&self, talk: &Talk<'_>, now: Timestamp) -> Result<Fields, Failure> {
        let mut known = self.fields.lock().await;
        if let Some(fields) = known.as_ref().filter(|fields| fields.is_fresh(now)) {
            return Ok(fields.clone());
        }
        let fresh = Fields::prepare(talk, now).await?;
        Ok(known.insert(fresh).clone())
    }

    /// The pipeline's stages, looked at once a day where the owner has named any.
    async fn stages(&self, talk: &Talk<'_>, now: Timestamp) -> Result<Stages, Failure> {
        if self.options.stages.is_empty() {
            return Ok(Stages::default());
        }
        let mut known = self.stages.lock().await;
        if !known.is_fresh(now) {
            *known = Stages::ask(talk, self.options.pipeline_id, now).await?;
        }
        Ok(known.clone())
    }

    /// The account refused values: perhaps its fields and stages are others by now.
    async fn forget_ground(&self) {
        *self.fields.lock().await = None;
        *self.stages.lock().await = Stages::default();
    }
}

fn note_own(refs: &mut Refs, own: Own) {
    refs.set_lead(own.lead);
    if let Some((contact, is_ours)) = own.contact {
        refs.set_contact(contact, is_ours);
    }
    if let Some(tags) = own.merged {
        refs.set_foreign(&tags);
    }
}

/// Nothing may be written while an earlier call can still be at work, or the search may not show it yet.
fn wait_until_settled(attempt: Attempt) -> Result<(), Failure> {
    let Some(since) = attempt.unknown_since else { return Ok(()) };
    let left = SETTLED_AFTER - attempt.now.duration_since(since);
    if left <= SignedDuration::ZERO {
        return Ok(());
    }
    let why = "an earlier call may still be at work in the account".to_owned();
    Err(Failure::Later { after: Some(left), scope: Scope::Row, why })
}
