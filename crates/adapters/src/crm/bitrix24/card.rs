//! A card in the portal's words.

use nochnik_core::crm::{Card, TranscriptLine};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::Options;
use super::refs::Entity;
use super::setup::Ground;
use super::terms::{NIGHT_TAG, ORIGINATOR, TAGS_FIELD, heat_word, plain, tags};

/// The portal's own bounds are not documented; these are known to pass.
const TITLE_CHARS_MAX: usize = 255;
const COMMENT_CHARS_MAX: usize = 8_000;
const CONTACT_NAME: &str = "Клиент";

/// A card on one portal, by its owner's choices.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub card: &'a Card,
    pub options: &'a Options,
    pub ground: &'a Ground,
}

/// One value that stands on the portal and may change later: its field and what is in it.
pub struct Written {
    pub name: String,
    pub value: Value,
}

impl Written {
    fn text(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), value: text.into() }
    }

    /// What is remembered of it.
    pub fn sent(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }
}

/// Lists what is kept in step on our own lead or deal.
pub fn written(view: &View<'_>, entity: Entity) -> Vec<Written> {
    let View { card, options, ground } = *view;
    let mut all = vec![Written::text("title", title(card)), Written::text("comments", summary(card))];
    if entity == Entity::Lead
        && let Some(name) = &card.name
    {
        all.push(Written::text("name", plain(name)));
    }
    let own = options.mapping.written(card, entity, &ground.shapes).into_iter();
    all.extend(own.map(|(name, value)| Written { name, value }));
    all
}

/// The fields of a new lead or deal; the phone of a deal stands on its contact.
pub fn fields(view: &View<'_>, entity: Entity, responsible: Option<i64>) -> Value {
    let View { card, options, ground } = *view;
    let mut fields = Map::new();
    fields.insert("originatorId".to_owned(), ORIGINATOR.into());
    fields.insert("originId".to_owned(), card.origin.as_str().into());
    fields.insert("sourceDescription".to_owned(), marked_source(card).into());
    fields.insert("utmSource".to_owned(), card.channel.as_str().into());
    fields.insert("utmCampaign".to_owned(), card.source.as_deref().map(plain).into());
    fields.insert("sourceId".to_owned(), source_id(options, ground).into());
    fields.insert("assignedById".to_owned(), responsible.into());
    fields.insert("stageId".to_owned(), ground.stages.at_birth(&options.stages, card.stage, entity).into());
    fields.insert(TAGS_FIELD.to_owned(), tags(card).into());
    // The owner's choice of a field goes before ours.
    fields.extend(written(view, entity).into_iter().map(|item| (item.name, item.value)));
    match entity {
        Entity::Lead => drop(fields.insert("fm".to_owned(), phones(card))),
        Entity::Deal => drop(fields.insert("categoryId".to_owned(), options.category_id.into())),
    }
    Value::Object(fields)
}

/// What is sent where the portal's own rules refuse the whole card: everything else stands in
/// the comments.
pub fn bare_fields(card: &Card, entity: Entity) -> Value {
    let mut fields = json!({
        "title": title(card),
        "originatorId": ORIGINATOR,
        "originId": card.origin,
        "sourceDescription": marked_source(card),
        "comments": full_summary(card),
    });
    if entity == Entity::Lead {
        fields["fm"] = phones(card);
    }
    fields
}

/// The fields of a new contact.
pub fn contact_fields(view: &View<'_>, responsible: Option<i64>) -> Value {
    let View { card, options, ground } = *view;
    let mut fields = bare_contact_fields(card);
    fields["sourceId"] = source_id(options, ground).into();
    fields["assignedById"] = responsible.into();
    fields
}

/// A contact always has a name: the portal refuses one without.
pub fn bare_contact_fields(card: &Card) -> Value {
    json!({
        "name": contact_name(card),
        "fm": phones(card),
        "originatorId": ORIGINATOR,
        "originId": card.origin,
    })
}

pub fn contact_name(card: &Card) -> String {
    card.name.as_deref().map_or_else(|| CONTACT_NAME.to_owned(), plain)
}

/// A phone list of a new element, or nothing.
fn phones(card: &Card) -> Value {
    card.phone.as_ref().map_or(Value::Null, |phone| json!([phone_row(phone.e164())]))
}

pub fn phone_row(e164: &str) -> Value {
    json!({ "typeId": "PHONE", "valueType": "MOBILE", "value": e164 })
}

fn title(card: &Card) -> String {
    let is_night = card.is_after_hours || card.tags.iter().any(|tag| tag == NIGHT_TAG);
    let prefix = if is_night { "[ночной] " } else { "" };
    format!("{prefix}{}", card.title).chars().take(TITLE_CHARS_MAX).collect()
}

/// Ours beside `kept`, which stood there before us: writing the field replaces all of them.
pub fn all_tags(card: &Card, kept: &[String]) -> Vec<String> {
    let mut all = kept.to_vec();
    all.extend(tags(card).into_iter().filter(|tag| !kept.contains(tag)));
    all
}

/// What a manager reads first. The score is rounded, so that it does not rewrite the card for nothing.
fn summary(card: &Card) -> String {
    let heat = heat_word(card.heat);
    let booking = card.booking.as_ref().map(|visit| format!("{}, мастер {}", visit.text, visit.specialist));
    let lines = [
        ("Услуги", card.services.join(", ")),
        ("Когда удобно", card.wanted.clone()),
        ("Запись", booking.unwrap_or_default()),
        ("Лид", format!("{heat}, вероятность сделки {:.0} %", card.score * 100.0)),
        ("Почему", card.reasons.join(", ")),
        ("Метки", tags(card).join(", ")),
    ];
    let lines = lines.into_iter().filter(|(_, text)| !text.is_empty());
    plain(&lines.map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>().join("\n"))
}

fn full_summary(card: &Card) -> String {
    let name = card.name.as_deref().map_or(String::new(), |name| format!("Имя: {}\n", plain(name)));
    let phone = card.phone.as_ref().map_or(String::new(), |phone| format!("Телефон: {}\n", phone.pretty()));
    format!("{name}{phone}Откуда: {}\n{}", source_description(card), summary(card))
}

fn source_description(card: &Card) -> String {
    match &card.source {
        Some(source) => format!("{}, ссылка {}", card.channel_title, plain(source)),
        None => card.channel_title.clone(),
    }
}

/// With the card's marker: of a lead that becomes a deal the deal keeps this, and not the origin.
fn marked_source(card: &Card) -> String {
    format!("{} · #{}", source_description(card), marker(card))
}

fn source_id(options: &Options, ground: &Ground) -> Option<String> {
    options.source_id.clone().or_else(|| ground.has_source.then(|| ORIGINATOR.to_owned()))
}

/// Stands in the card's source and in its comment, so that a repeated write finds them.
pub fn marker(card: &Card) -> String {
    let digest = Sha256::digest(&card.origin);
    format!("N-{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

/// The conversation, newest lines kept where not all fit.
pub fn comment(card: &Card) -> String {
    let head = format!("Переписка, {} · #{}", card.channel_title, marker(card));
    let mut left = COMMENT_CHARS_MAX - head.chars().count() - CUT.chars().count();
    let mut lines: Vec<String> = Vec::new();
    for line in card.transcript.iter().rev().map(transcript_line) {
        let chars = line.chars().count() + 1;
        if chars > left {
            lines.push(CUT.to_owned());
            break;
        }
        left -= chars;
        lines.push(line);
    }
    lines.push(head);
    lines.reverse();
    lines.join("\n")
}

const CUT: &str = "… начало переписки — в Ночнике";

fn transcript_line(line: &TranscriptLine) -> String {
    format!("{}: {}", plain(&line.who), plain(&line.text))
}
