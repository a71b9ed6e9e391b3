//! The owner's rules, what is switched on, and who answers for personal data.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::findings::Findings;
use crate::business::{Care, Document, Fact, Policy, Privacy, Questions, Retention, SMS};
use crate::calendar::DAY_MIN;
use crate::limits::REMINDERS_MAX;

const CHANNELS_MAX: usize = 30;
const GRID_MIN_MAX: u16 = 240;
/// A month: nobody asks clients to book further ahead at the least.
const LEAD_TIME_MIN_MAX: u16 = 30 * 24 * 60;
/// A date without its year means the next one: further ahead it would be read a year too early.
const HORIZON_DAYS_MAX: u16 = 364;
/// Three weeks: further ahead a reminder is an advertisement.
const REMIND_MIN_MAX: u16 = 21 * 24 * 60;
const HOLD_MIN_MAX: u16 = 60;
/// Asked earlier, nobody knows yet.
const READY_MIN_MAX: u16 = 120;
const WEEK_HOURS: u16 = 7 * 24;
/// A month, so that nothing under way is taken for old, and three years. Source: compliance P23.
const KEPT_DAYS: RangeInclusive<u16> = 30..=1095;
const OPERATOR_CHARS_MAX: usize = 300;
const URL_CHARS_MAX: usize = 500;
/// A night of a busy clinic takes a hundredth of this.
const TOKENS_PER_DAY_MAX: u64 = 100_000_000;
const VOICES_PER_DAY_MAX: u32 = 100_000;

pub(super) fn check_policy(policy: &Policy, findings: &mut Findings) {
    check_grid(policy.grid_min, findings);
    findings.number("policy.backup_min", policy.backup_min, 1..=DAY_MIN, " минут");
    findings.number("policy.lead_time_min", policy.lead_time_min, 0..=LEAD_TIME_MIN_MAX, " минут");
    findings.number("policy.horizon_days", policy.horizon_days, 1..=HORIZON_DAYS_MAX, " дней");
    findings.number("policy.hold_min", policy.hold_min, 1..=HOLD_MIN_MAX, " минут");
    findings.number("policy.waitlist_hold_min", policy.waitlist_hold_min, 1..=HOLD_MIN_MAX, " минут");
    findings.number("policy.hot.min_criteria", policy.hot.min_criteria, 1..=3, "");
    findings.number("policy.hot.within_hours", policy.hot.within_hours, 1..=WEEK_HOURS, " часов");
    findings.number("policy.call_score", policy.call_score, 0.0..=1.0, "");
    findings.number("policy.person_silent_min", policy.person_silent_min, 1..=DAY_MIN, " минут");
    findings.number("policy.outcome_min", policy.outcome_min, 1..=DAY_MIN, " минут");
    findings.number("policy.ready_min", policy.ready_min, 0..=READY_MIN_MAX, " минут");
}

/// Reminders stand from the earliest on, and none within a quarter of an hour of the visit.
pub(super) fn check_care(document: &Document, findings: &mut Findings) {
    let care = &document.care;
    findings.count("care.remind_before_min", care.remind_before_min.len(), REMINDERS_MAX, "напоминаний");
    for (place, before_min) in care.remind_before_min.iter().enumerate() {
        findings.number(&format!("care.remind_before_min[{place}]"), *before_min, 15..=REMIND_MIN_MAX, " минут");
    }
    if !care.remind_before_min.is_sorted_by(|earlier, later| earlier > later) {
        findings.add(
            "care.remind_before_min",
            "сначала более раннее напоминание, без повторов: за сутки, потом за два часа",
        );
    }
    findings.number("care.ring_after_min", care.ring_after_min, 10..=DAY_MIN, " минут");
    if let Some(after_min) = care.rate_after_min {
        findings.number("care.rate_after_min", after_min, 5..=7 * DAY_MIN, " минут");
    }
    if let Some(after_min) = care.follow_up_after_min {
        findings.number("care.follow_up_after_min", after_min, 15..=DAY_MIN, " минут");
    }
    if care.follow_up_from >= care.follow_up_to {
        findings.add("care.follow_up_to", "должно быть позже начала (follow_up_from)");
    }
    findings.number("care.unreminded_percent", care.unreminded_percent, 0..=50, " %");
    check_elsewhere(document, care, findings);
    if let Some(sms) = care.sms.as_ref().filter(|sms| !document.means.iter().any(|means| means.account() == *sms)) {
        findings.add("care.sms", format!("способ «{sms}» не настроен; добавьте его в means или уберите эту строку"));
    }
}

/// A visit is a service and a time, and nobody can be rung without a number.
pub(super) fn check_questions(questions: &Questions, findings: &mut Findings) {
    let lists = [("urgent", &questions.urgent), ("booking", &questions.booking), ("info", &questions.info)];
    for (name, facts) in lists {
        if facts.iter().enumerate().any(|(place, fact)| facts[..place].contains(fact)) {
            findings.add(format!("questions.{name}"), "каждый вопрос — один раз; уберите повтор");
        }
    }
    if [Fact::Service, Fact::Time].iter().any(|needed| !questions.booking.contains(needed)) {
        findings.add("questions.booking", "без услуги и времени не записать; верните service и time");
    }
    if !questions.urgent.contains(&Fact::Phone) {
        findings.add("questions.urgent", "без номера не перезвонить; верните phone");
    }
    if questions.urgent.contains(&Fact::Time) || questions.info.iter().any(|fact| *fact != Fact::Service) {
        findings.add("questions", "время спрашивают, чтобы записать, а прежде чем назвать цену — только услугу");
    }
}

/// A grid keeps starts at hours that people name: it divides the hour or is made of five minutes.
fn check_grid(grid_min: u16, findings: &mut Findings) {
    let is_plain =
        (1..=GRID_MIN_MAX).contains(&grid_min) && (60_u16.is_multiple_of(grid_min) || grid_min.is_multiple_of(5));
    if !is_plain {
        let text = format!("сетка в {grid_min} мин не подходит; возьмите 10, 15, 20, 30 или 60");
        findings.add("policy.grid_min", text);
    }
}

pub(super) fn check_channels(document: &Document, findings: &mut Findings) {
    findings.count("channels", document.channels.len(), CHANNELS_MAX, "каналов");
    let mut seen = HashSet::new();
    for (place, channel) in document.channels.iter().enumerate() {
        let account = channel.account();
        if channel.kind.trim().is_empty() {
            findings.add(format!("channels[{place}].kind"), "не указан вид канала; напишите, например, widget");
        }
        if !seen.insert(account) {
            let text = format!("канал «{account}» уже есть выше; дайте этому другой id");
            findings.add(format!("channels[{place}].id"), text);
        }
    }
    if document.crm.as_ref().is_some_and(|crm| crm.kind.trim().is_empty()) {
        findings.add("crm.kind", "не указан вид CRM; напишите его или уберите раздел crm");
    }
}

/// What patients write about their health goes to no other company.
/// Source: 152-FZ, article 10; 323-FZ, article 13.
const CLINIC_MODEL: &str = "сообщения пациентов нельзя отдавать чужой модели; поставьте её на этой же машине \
                            (base_url = \"http://127.0.0.1:8080/v1\") или уберите раздел model";

const CLINIC_SPEECH: &str = "голоса пациентов нельзя отдавать чужому серверу; поставьте распознавание на этой же машине \
                             (base_url = \"http://127.0.0.1:8080/v1\") или уберите раздел speech";

fn is_of_this_machine(address: &str) -> bool {
    let host = address.split_once("://").map_or("", |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    // What stands before an «@» is no host.
    matches!(host, "localhost" | "127.0.0.1") && !address.contains('@')
}

pub(super) fn check_speech(document: &Document, findings: &mut Findings) {
    let Some(speech) = &document.speech else { return };
    if speech.kind.trim().is_empty() {
        findings.add("speech.kind", "не указан вид распознавания; напишите его или уберите раздел speech");
    }
    let address = speech.fields.get("base_url").and_then(serde_json::Value::as_str).unwrap_or_default();
    if document.is_clinic() && !is_of_this_machine(address) {
        findings.add("speech.kind", CLINIC_SPEECH);
    }
    findings.number("speech.per_day", speech.per_day, 1..=VOICES_PER_DAY_MAX, " голосовых");
}

/// A model that is asked too seldom or too often is no use.
pub(super) fn check_model(document: &Document, findings: &mut Findings) {
    let Some(model) = &document.model else { return };
    if model.kind.trim().is_empty() {
        findings.add("model.kind", "не указан вид модели; напишите его или уберите раздел model");
    }
    let address = model.fields.get("base_url").and_then(serde_json::Value::as_str).unwrap_or_default();
    if document.is_clinic() && !is_of_this_machine(address) {
        findings.add("model.kind", CLINIC_MODEL);
    }
    findings.number("model.ask_under", model.ask_under, 0.0..=1.0, "");
    findings.number("model.tokens_per_day", model.tokens_per_day, 1_000..=TOKENS_PER_DAY_MAX, " токенов");
}

/// A business that answers clients must name its operator and its policy to them.
///
/// Source: Federal Law 152-FZ, article 18.1 part 2 (the policy is public and reachable).
pub(super) fn check_privacy(document: &Document, findings: &mut Findings) {
    let Privacy { operator, policy_url, discreet: _ } = &document.privacy;
    findings.optional_text("privacy.operator", operator, OPERATOR_CHARS_MAX);
    findings.optional_text("privacy.policy_url", policy_url, URL_CHARS_MAX);
    let is_live = !document.channels.is_empty();
    if is_live && operator.trim().is_empty() {
        findings
            .add("privacy.operator", "клиент должен знать, кто отвечает за его данные; впишите ИП или название фирмы");
    }
    if is_live && policy_url.is_empty() {
        findings.add(
            "privacy.policy_url",
            "без политики обработки данных отвечать клиентам нельзя; вставьте ссылку на неё",
        );
    }
    if !policy_url.is_empty() && !is_web_address(policy_url) {
        findings.add("privacy.policy_url", "это не похоже на ссылку; вставьте адрес целиком, с https:// в начале");
    }
}

/// `https://` or `http://`, then a host, no spaces.
fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    !host.is_empty() && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn check_elsewhere(document: &Document, care: &Care, findings: &mut Findings) {
    findings.count("care.elsewhere", care.elsewhere.len(), CHANNELS_MAX + 1, "путей");
    for (place, way) in care.elsewhere.iter().enumerate() {
        let is_known = way == SMS || document.channels.iter().any(|channel| channel.account() == way);
        if !is_known {
            findings.add(
                format!("care.elsewhere[{place}]"),
                format!("канала «{way}» нет; назовите канал из channels или «{SMS}»"),
            );
        }
        if care.elsewhere[..place].contains(way) {
            findings.add(format!("care.elsewhere[{place}]"), format!("«{way}» здесь уже назван"));
        }
    }
}

/// What was told is kept for as long as it may be needed, and no longer.
pub(super) fn check_retention(retention: Retention, findings: &mut Findings) {
    let Retention { messages_days, leads_days, visits_days } = retention;
    for (name, days) in [("messages", messages_days), ("leads", leads_days), ("visits", visits_days)] {
        findings.number(&format!("retention.{name}_days"), days, KEPT_DAYS, " дней");
    }
}
