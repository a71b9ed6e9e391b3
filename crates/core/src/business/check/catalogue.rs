//! What is sold and who serves.

use std::collections::HashSet;

use super::findings::{Findings, NAME_CHARS_MAX};
use super::hours::{check_days_off, check_week};
use super::visit::check_visit;
use crate::business::{Document, Service, Specialist};
use crate::calendar::DAY_MIN;
use crate::limits::{REPLIES_MAX, REPLY_CHARS_MAX, REPLY_TITLE_CHARS_MAX};

/// Kinds with a preset. Source: product description, section 1.
const KINDS: [&str; 6] = ["beauty_salon", "barbershop", "clinic", "fitness_studio", "car_service", "tutoring"];

const SERVICES_MAX: usize = 500;
const SPECIALISTS_MAX: usize = 300;
/// Synonyms of a service, aliases of a specialist: every one is matched against every message.
const WORDS_MAX: usize = 60;
const TOPICS_MAX: usize = 100;
const PHRASES_MAX: usize = 500;
const WORD_CHARS_MAX: usize = 80;
/// An answer of ours, in characters: one bubble that is read on a phone without scrolling.
const ANSWER_CHARS_MAX: usize = 1_000;
const PRICE_RUB_MAX: i64 = 10_000_000;
const DURATION_MIN_MAX: u16 = DAY_MIN;
const BUFFER_MIN_MAX: u16 = 4 * 60;
const RESOURCES_MAX: usize = 100;
/// Chairs, rooms or apparatus of one kind.
const RESOURCE_COUNT_MAX: u16 = 100;

pub(super) fn check_business(document: &Document, findings: &mut Findings) {
    findings.business_id(&document.id);
    if !KINDS.contains(&document.kind.as_str()) {
        findings.add("type", format!("вид «{}» неизвестен; выберите один из: {}", document.kind, KINDS.join(", ")));
    }
    findings.text("name", &document.name, NAME_CHARS_MAX);
    findings.optional_text("city", &document.city, NAME_CHARS_MAX);
    findings.optional_text("address", &document.address, ANSWER_CHARS_MAX);
    findings.optional_phone("phone", &document.phone);
    if document.currency != "RUB" {
        findings.add("currency", "цены считаются только в рублях; напишите RUB");
    }
    findings.count("faq", document.faq.len(), TOPICS_MAX, "ответов на вопросы");
    for (topic, answer) in &document.faq {
        findings.text(&format!("faq.{topic}"), answer, ANSWER_CHARS_MAX);
    }
    findings.count("replies", document.replies.len(), REPLIES_MAX, "заготовок ответов");
    for (title, text) in &document.replies {
        findings.text("replies", title, REPLY_TITLE_CHARS_MAX);
        findings.text("replies", text, REPLY_CHARS_MAX);
    }
    findings.count("phrases", document.phrases.len(), PHRASES_MAX, "своих фраз");
    for (name, phrase) in &document.phrases {
        findings.text(&format!("phrases.{name}"), phrase, ANSWER_CHARS_MAX);
    }
}

pub(super) fn check_services(document: &Document, findings: &mut Findings) {
    let services = &document.services;
    if services.is_empty() {
        findings.add("services", "нет ни одной услуги; добавьте хотя бы одну, иначе записывать не на что");
    }
    findings.count("services", services.len(), SERVICES_MAX, "услуг");
    findings.ids("services", services.iter().map(|service| service.id.as_str()));
    for (place, service) in services.iter().enumerate() {
        let path = format!("services[{place}]");
        check_service(&path, service, findings);
        check_visit(&path, service, document, findings);
    }
}

pub(super) fn check_resources(document: &Document, findings: &mut Findings) {
    let resources = &document.resources;
    findings.count("resources", resources.len(), RESOURCES_MAX, "видов оборудования и мест");
    findings.ids("resources", resources.iter().map(|resource| resource.id.as_str()));
    for (place, resource) in resources.iter().enumerate() {
        let path = format!("resources[{place}]");
        findings.text(&format!("{path}.name"), &resource.name, NAME_CHARS_MAX);
        findings.number(&format!("{path}.count"), resource.count, 1..=RESOURCE_COUNT_MAX, "");
    }
}

fn check_service(path: &str, service: &Service, findings: &mut Findings) {
    findings.text(&format!("{path}.name"), &service.name, NAME_CHARS_MAX);
    findings.number(&format!("{path}.price"), service.price, 0..=PRICE_RUB_MAX, " рублей");
    findings.number(&format!("{path}.duration_min"), service.duration_min, 1..=DURATION_MIN_MAX, " минут");
    findings.number(&format!("{path}.buffer_min"), service.buffer_min, 0..=BUFFER_MIN_MAX, " минут");
    findings.number(&format!("{path}.buffer_before_min"), service.buffer_before_min, 0..=BUFFER_MIN_MAX, " минут");
    check_words(&format!("{path}.synonyms"), &service.synonyms, findings);
}

pub(super) fn check_specialists(document: &Document, findings: &mut Findings) {
    let specialists = &document.specialists;
    if specialists.is_empty() {
        findings.add("staff", "нет ни одного мастера; добавьте хотя бы одного, иначе записывать не к кому");
    }
    findings.count("staff", specialists.len(), SPECIALISTS_MAX, "мастеров");
    findings.ids("staff", specialists.iter().map(|specialist| specialist.id.as_str()));
    let known: HashSet<&str> = document.services.iter().map(|service| service.id.as_str()).collect();
    for (place, specialist) in specialists.iter().enumerate() {
        check_specialist(&format!("staff[{place}]"), specialist, &known, findings);
    }
}

fn check_specialist(path: &str, specialist: &Specialist, known: &HashSet<&str>, findings: &mut Findings) {
    findings.text(&format!("{path}.name"), &specialist.name, NAME_CHARS_MAX);
    findings.optional_text(&format!("{path}.role"), &specialist.role, NAME_CHARS_MAX);
    check_words(&format!("{path}.aliases"), &specialist.aliases, findings);
    for (place, service) in specialist.services.iter().enumerate() {
        if !known.contains(service.as_str()) {
            let text = format!("услуги с id «{service}» нет в списке услуг; добавьте её или уберите у мастера");
            findings.add(format!("{path}.services[{place}]"), text);
        }
    }
    if let Some(week) = &specialist.hours {
        check_week(&format!("{path}.hours"), week, findings);
    }
    check_days_off(&format!("{path}.days_off"), &specialist.days_off, findings);
}

fn check_words(path: &str, words: &[String], findings: &mut Findings) {
    findings.count(path, words.len(), WORDS_MAX, "слов");
    for (place, word) in words.iter().enumerate() {
        findings.text(&format!("{path}[{place}]"), word, WORD_CHARS_MAX);
    }
}
