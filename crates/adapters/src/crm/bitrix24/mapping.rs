//! The owner's own fields of the portal, filled with what we know of a request.
//!
//! A field says itself how it is written: its type, whether it is a list, its choices. What does not
//! fit is left out, and the check says so. Source: b24-rest-docs `crm-item-fields.md`, read 2026-11-22.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nochnik_core::crm::{Card, Stage};
use serde_json::{Value, json};

use super::refs::Entity;
use super::terms::{TAGS_FIELD, heat_word, moment, plain, tags};
use crate::bitrix24::batch::{Batch, Command, Outcomes};
use crate::settings::{Settings, SettingsProblem};

const FIELD: &str = "fields";
/// More of them would make a card nobody reads.
const FIELDS_MAX: usize = 40;
/// Filled by the card itself.
const OURS: [&str; 12] = [
    "title", "name", "fm", "comments", "originatorId", "originId", "stageId", "categoryId", "assignedById",
    "contactId", "contactIds", TAGS_FIELD,
];

/// What of a request may stand in a field: the word of the setting, and its title for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Services,
    Wanted,
    VisitStart,
    VisitEnd,
    Specialist,
    Channel,
    Ad,
    Heat,
    Score,
    Reasons,
    Tags,
    Step,
    Phone,
    IsPhoneConfirmed,
    IsAfterHours,
    IsUrgent,
    TakesMessages,
}

const SOURCES: [(&str, Source, &str); 17] = [
    ("services", Source::Services, "услуги"),
    ("wanted", Source::Wanted, "когда удобно"),
    ("visit_start", Source::VisitStart, "начало визита"),
    ("visit_end", Source::VisitEnd, "конец визита"),
    ("specialist", Source::Specialist, "мастер"),
    ("channel", Source::Channel, "канал"),
    ("ad", Source::Ad, "метка рекламы"),
    ("heat", Source::Heat, "теплота лида"),
    ("score", Source::Score, "вероятность сделки, %"),
    ("reasons", Source::Reasons, "почему такая оценка"),
    ("tags", Source::Tags, "метки"),
    ("step", Source::Step, "как далеко заявка"),
    ("phone", Source::Phone, "телефон"),
    ("phone_confirmed", Source::IsPhoneConfirmed, "телефон подтверждён"),
    ("after_hours", Source::IsAfterHours, "написал в нерабочее время"),
    ("urgent", Source::IsUrgent, "срочно"),
    ("takes_messages", Source::TakesMessages, "согласен на сообщения"),
];

/// A value in our own terms, before it takes the shape of a field.
enum Fact {
    Texts(Vec<String>),
    Yes(bool),
    Percent(i64),
    /// With its words, where people may read it.
    Moment(Option<Timestamp>, String),
}

/// The owner's choice: a field of the portal and what goes into it.
#[derive(Debug, Default)]
pub struct Mapping(BTreeMap<String, Source>);

impl Mapping {
    pub fn read(settings: &Settings<'_>) -> Result<Self, SettingsProblem> {
        let mut chosen = BTreeMap::new();
        for (field, word) in settings.table(FIELD)? {
            if OURS.contains(&field) {
                let text = format!("Поле «{field}» Ночник заполняет сам: уберите его отсюда");
                return Err(settings.problem(FIELD, &text));
            }
            let Some((_, source, _)) = SOURCES.iter().find(|(known, ..)| *known == word) else {
                let known = SOURCES.map(|(word, _, title)| format!("{word} ({title})")).join(", ");
                return Err(settings.problem(FIELD, &format!("Значения «{word}» нет. Известные: {known}")));
            };
            chosen.insert(field.to_owned(), *source);
        }
        if chosen.len() > FIELDS_MAX {
            return Err(settings.problem(FIELD, &format!("Не больше {FIELDS_MAX} полей")));
        }
        Ok(Self(chosen))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The questions [`Shapes::read`] takes its answers from.
    pub fn ask(&self, batch: &mut Batch) {
        for (key, entity) in [("fields_lead", Entity::Lead), ("fields_deal", Entity::Deal)] {
            let question = json!({ "entityTypeId": entity.type_id(), "useOriginalUfNames": "Y" });
            batch.add(key, Command::new("crm.item.fields", &question));
        }
    }

    /// What stands in the owner's fields for this card, in the shape each field takes.
    pub fn written(&self, card: &Card, entity: Entity, shapes: &Shapes) -> Vec<(String, Value)> {
        let of = |(field, source): (&String, &Source)| {
            let shape = shapes.of(entity).get(field)?;
            Some((field.clone(), shape.value(&fact(*source, card))?))
        };
        self.0.iter().filter_map(of).collect()
    }

    /// A sentence for the owner on every field.
    pub fn told(&self, entity: Entity, shapes: &Shapes) -> Vec<String> {
        let title_of = |source: &Source| SOURCES.iter().find(|(_, of, _)| of == source).map_or("", |(.., title)| *title);
        let of_one = |(field, source): (&String, &Source)| {
            let what = title_of(source);
            match shapes.of(entity).get(field) {
                None => format!("Поля {field} на портале нет, «{what}» записать некуда."),
                Some(shape) if !shape.takes(*source) => {
                    format!("Поле «{}» ({field}) не примет «{what}»: у него другой тип.", shape.title)
                }
                Some(shape) => format!("«{what}» пойдёт в поле «{}» ({field}).", shape.title),
            }
        };
        self.0.iter().map(of_one).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Whole,
    Number,
    Flag,
    Moment,
    Choice,
}

/// How a field of the portal is written.
#[derive(Clone, Debug)]
struct Shape {
    title: String,
    form: Form,
    is_multiple: bool,
    /// Ids of the choices by their names in lower case.
    choices: BTreeMap<String, String>,
}

/// The writable fields of leads and deals, by name.
#[derive(Clone, Debug, Default)]
pub struct Shapes {
    leads: BTreeMap<String, Shape>,
    deals: BTreeMap<String, Shape>,
}

impl Shapes {
    pub fn read(seen: &Outcomes) -> Self {
        let of = |key: &str| {
            let fields = seen.get(key).ok().and_then(|result| result["fields"].as_object());
            fields.into_iter().flatten().filter_map(|(name, field)| Some((name.clone(), shape(field)?))).collect()
        };
        Self { leads: of("fields_lead"), deals: of("fields_deal") }
    }

    fn of(&self, entity: Entity) -> &BTreeMap<String, Shape> {
        match entity {
            Entity::Lead => &self.leads,
            Entity::Deal => &self.deals,
        }
    }
}

fn shape(field: &Value) -> Option<Shape> {
    let form = match field["type"].as_str()? {
        "string" | "text" | "url" => Form::Text,
        "integer" => Form::Whole,
        "double" => Form::Number,
        "boolean" => Form::Flag,
        "datetime" => Form::Moment,
        "enumeration" => Form::Choice,
        _ => return None,
    };
    if field["isReadOnly"] == true {
        return None;
    }
    let choice = |item: &Value| {
        let id = item["ID"].as_str().map(str::to_owned).or_else(|| Some(item["ID"].as_i64()?.to_string()))?;
        Some((item["VALUE"].as_str()?.to_lowercase(), id))
    };
    Some(Shape {
        title: field["title"].as_str().unwrap_or_default().to_owned(),
        form,
        is_multiple: field["isMultiple"] == true,
        choices: field["items"].as_array().into_iter().flatten().filter_map(choice).collect(),
    })
}

impl Shape {
    /// `None` when the field cannot hold it; an empty value empties the field.
    fn value(&self, fact: &Fact) -> Option<Value> {
        let one = match (self.form, fact) {
            (Form::Text, fact) => return Some(self.texts(words(fact))),
            (Form::Choice, fact) => {
                let ids = words(fact).iter().filter_map(|word| self.choices.get(&word.to_lowercase()).cloned()).collect();
                return Some(self.texts(ids));
            }
            (Form::Whole | Form::Number, Fact::Percent(percent)) => json!(percent),
            (Form::Flag, Fact::Yes(is)) => json!(u8::from(*is)),
            (Form::Moment, Fact::Moment(at, _)) => at.map_or(json!(""), |at| json!(moment(at))),
            _ => return None,
        };
        Some(if self.is_multiple { json!([one]) } else { one })
    }

    fn texts(&self, texts: Vec<String>) -> Value {
        if self.is_multiple {
            return texts.into();
        }
        match self.form {
            Form::Choice => texts.into_iter().next().unwrap_or_default().into(),
            _ => texts.join(", ").into(),
        }
    }

    fn takes(&self, source: Source) -> bool {
        use Source::{IsAfterHours, IsPhoneConfirmed, IsUrgent, Score, TakesMessages, VisitEnd, VisitStart};
        match self.form {
            Form::Text | Form::Choice => source != VisitEnd,
            Form::Whole | Form::Number => source == Score,
            Form::Flag => matches!(source, IsPhoneConfirmed | IsAfterHours | IsUrgent | TakesMessages),
            Form::Moment => matches!(source, VisitStart | VisitEnd),
        }
    }
}

fn fact(source: Source, card: &Card) -> Fact {
    let text = |text: &str| Fact::Texts(Some(plain(text)).filter(|text| !text.is_empty()).into_iter().collect());
    let texts = |texts: &[String]| Fact::Texts(texts.iter().map(|text| plain(text)).collect());
    let visit = card.booking.as_ref();
    match source {
        Source::Services => texts(&card.services),
        Source::Wanted => text(&card.wanted),
        Source::VisitStart => {
            Fact::Moment(visit.map(|visit| visit.starts_at), visit.map_or(String::new(), |visit| visit.text.clone()))
        }
        Source::VisitEnd => Fact::Moment(visit.map(|visit| visit.ends_at), String::new()),
        Source::Specialist => text(visit.map_or("", |visit| &visit.specialist)),
        Source::Channel => text(&card.channel_title),
        Source::Ad => text(card.source.as_deref().unwrap_or_default()),
        Source::Heat => text(heat_word(card.heat)),
        // Rounded, so that it does not rewrite the card for nothing.
        Source::Score => Fact::Percent((card.score * 100.0).round() as i64),
        Source::Reasons => texts(&card.reasons),
        Source::Tags => Fact::Texts(tags(card)),
        Source::Step => text(step_word(card.stage)),
        Source::Phone => text(card.phone.as_ref().map_or("", |phone| phone.e164())),
        Source::IsPhoneConfirmed => Fact::Yes(card.is_phone_confirmed),
        Source::IsAfterHours => Fact::Yes(card.is_after_hours),
        Source::IsUrgent => Fact::Yes(card.is_urgent),
        Source::TakesMessages => Fact::Yes(card.takes_messages),
    }
}

fn words(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::Texts(texts) => texts.clone(),
        Fact::Yes(is) => vec![if *is { "да" } else { "нет" }.to_owned()],
        Fact::Percent(percent) => vec![percent.to_string()],
        Fact::Moment(_, text) => Some(text.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
    }
}

fn step_word(stage: Stage) -> &'static str {
    match stage {
        Stage::New => "новая",
        Stage::Qualified => "есть услуга и телефон",
        Stage::Booked => "записан",
        Stage::Arrived => "пришёл",
        Stage::NoShow => "не пришёл",
        Stage::Cancelled => "запись отменена",
        Stage::Lost => "отказ",
    }
}
