//! A form of a kind's fields read as an entry of the document, and the vendor asked before it is saved: what channels,
//! CRMs and calendars have in common. Secrets go into the document alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nochnik_adapters::ports::{Field, Kind};
use nochnik_adapters::{Failure, SettingsProblem};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::document_change::Objection;

/// The live check may take so long: a page waits for it, and gives up at twenty seconds.
const CHECK_MAX: Duration = Duration::from_secs(12);
/// Longest value of a field, in bytes: a table of five hundred services has eleven thousand.
const VALUE_BYTES_MAX: usize = 16_000;

/// Longest name of an account, in characters: it stands in addresses.
const ACCOUNT_CHARS_MAX: usize = 40;
/// The input of an account's name.
pub const ID: &str = "id";

/// Beside a secret that is not sent to a new address unseen.
const WRITE_ANEW: &str =
    "Адрес или прокси теперь другие: введите и это поле. Сохранённое на новый адрес мы не отправляем";

/// What stands in an entry beside its kind and name.
pub type Fields = BTreeMap<String, Value>;

impl From<SettingsProblem> for Objection {
    fn from(problem: SettingsProblem) -> Self {
        Self::new(&problem.field, problem.text_ru)
    }
}

/// What somebody wrote into a form of a kind's fields.
#[derive(Clone, Default)]
pub struct Typed {
    /// Empty ones count as not written.
    pub texts: BTreeMap<String, String>,
    /// Secrets that shall not be kept though nothing is written in their place.
    pub taken_out: BTreeSet<String>,
}

impl From<BTreeMap<String, String>> for Typed {
    fn from(texts: BTreeMap<String, String>) -> Self {
        Self { texts, taken_out: BTreeSet::new() }
    }
}

/// What was typed as fields: empty texts are left out, but a secret that is not written anew stays as in `base`. None
/// stays beside a new address: whoever changes it could have the secret sent to themselves.
/// Source: docs/decisions/0050-what-is-kept-leads-where-it-led.md
pub fn fields_of(kind: &Kind, typed: &Typed, base: Option<&Fields>) -> Result<Fields, Objection> {
    let mut fields = Fields::new();
    for (name, text) in &typed.texts {
        let text = text.trim();
        if text.len() > VALUE_BYTES_MAX || text.chars().any(char::is_control) {
            return Err(Objection::new(name, "Здесь лишнее: нужна одна строка, без переносов"));
        }
        if !text.is_empty() {
            fields.insert(name.clone(), json!(text));
        }
    }
    let Some(base) = base else { return Ok(fields) };
    let is_kept = |field: &&Field| {
        let is_untouched = !fields.contains_key(field.name) && !typed.taken_out.contains(field.name);
        field.is_secret && is_untouched && base.contains_key(field.name)
    };
    let kept: Vec<&Field> = kind.fields.iter().filter(is_kept).collect();
    if leads_elsewhere(kind, &fields, base) {
        // A secret that is an address itself goes nowhere else.
        let shown_to_others = kept.iter().filter(|field| !field.is_address);
        let objections = shown_to_others.map(|field| Objection::new(field.name, WRITE_ANEW));
        if let Some(objection) = Objection::of(objections) {
            return Err(objection);
        }
    }
    fields.extend(kept.iter().map(|field| (field.name.to_owned(), base[field.name].clone())));
    Ok(fields)
}

/// Whether an address is another one than before. One that is taken out leads to the vendor's own.
fn leads_elsewhere(kind: &Kind, fields: &Fields, base: &Fields) -> bool {
    let text = |fields: &Fields, field: &Field| fields.get(field.name).map(shown);
    let mut addresses = kind.fields.iter().filter(|field| field.is_address);
    addresses.any(|field| text(fields, field).is_some_and(|new| Some(new) != text(base, field)))
}

/// The own name of a new account: as `wished`, or the next free one; `None` is the kind's own name.
pub fn account_of(kind: &Kind, wished: &str, is_taken: impl Fn(&str) -> bool) -> Result<Option<String>, Objection> {
    let account = match wished.trim() {
        "" => free_account(kind, &is_taken),
        account => account.to_owned(),
    };
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if account.len() > ACCOUNT_CHARS_MAX || !account.bytes().all(is_plain) {
        let text = format!("До {ACCOUNT_CHARS_MAX} знаков: строчные латинские буквы, цифры, дефис");
        return Err(Objection::new(ID, text));
    }
    if is_taken(&account) {
        return Err(Objection::new(ID, format!("Имя «{account}» уже занято: дайте другое")));
    }
    Ok(Some(account).filter(|account| *account != kind.name))
}

/// The name that a new account of this kind gets when nobody names it.
fn free_account(kind: &Kind, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{}-{number}", kind.name));
    let mut names = std::iter::once(kind.name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// Opens fields that are texts: where the adapter refuses a text but takes the number, the list or the table it reads
/// as, that is kept.
pub fn shaped<T>(
    mut fields: Fields,
    open: impl Fn(&Fields) -> Result<T, SettingsProblem>,
) -> Result<(Fields, T), SettingsProblem> {
    loop {
        let problem = match open(&fields) {
            Ok(opened) => return Ok((fields, opened)),
            Err(problem) => problem,
        };
        let Some(Value::String(text)) = fields.get(&problem.field).cloned() else { return Err(problem) };
        let takes = |value: &Value| {
            let mut tried = fields.clone();
            tried.insert(problem.field.clone(), value.clone());
            open(&tried).err().is_none_or(|other| other.field != problem.field)
        };
        let all = readings(&text);
        let Some(value) = all.iter().find(|value| takes(value)) else {
            // Of a text that is no plain one its own shape knows best what is wrong with it.
            return Err(nearest(&fields, &problem, &all, open));
        };
        fields.insert(problem.field, value.clone());
    }
}

fn nearest<T>(
    fields: &Fields,
    problem: &SettingsProblem,
    all: &[Value],
    open: impl Fn(&Fields) -> Result<T, SettingsProblem>,
) -> SettingsProblem {
    let Some(table) = all.iter().find(|value| value.is_object()) else { return problem.clone() };
    let mut tried = fields.clone();
    tried.insert(problem.field.clone(), table.clone());
    open(&tried).err().filter(|told| told.field == problem.field).unwrap_or_else(|| problem.clone())
}

/// What a text may stand for.
fn readings(text: &str) -> Vec<Value> {
    let words: Vec<&str> = text
        .split([',', ' ', ';'])
        .map(|word| word.trim_matches(['"', '[', ']']))
        .filter(|word| !word.is_empty())
        .collect();
    let numbers: Option<Vec<i64>> = words.iter().map(|word| word.parse().ok()).collect();
    let lists = (!words.is_empty()).then(|| json!(words));
    let numbers = numbers.filter(|numbers| !numbers.is_empty()).map(|numbers| json!(numbers));
    a_number(text).into_iter().chain(lists).chain(numbers).chain(tables(text)).collect()
}

fn a_number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().ok().map(Value::from);
    whole.or_else(|| text.replace(',', ".").parse::<f64>().ok().map(Value::from))
}

/// «Маникюр = 12; Стрижка = 15» as a table of numbers, and as one of texts.
fn tables(text: &str) -> Vec<Value> {
    let pairs: Option<Vec<(&str, &str)>> = text
        .split([';', ','])
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('='))
        .collect();
    let Some(pairs) = pairs.filter(|pairs| !pairs.is_empty()) else { return Vec::new() };
    let pairs: Vec<(String, &str)> = pairs.iter().map(|(name, value)| (name.trim().to_owned(), value.trim())).collect();
    let numbers: Option<Map<String, Value>> =
        pairs.iter().map(|(name, value)| Some((name.clone(), json!(value.parse::<i64>().ok()?)))).collect();
    let texts: Map<String, Value> = pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    numbers.map(Value::Object).into_iter().chain([Value::Object(texts)]).collect()
}

/// A whole number of an input that is the same for every kind; people part its digits by blanks.
pub fn number<N: std::str::FromStr>(text: &str, name: &str) -> Result<N, Objection> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    plain.parse().map_err(|_| Objection::new(name, "Нужно целое число"))
}

/// A field as a form shows it: what [`shaped`] reads back.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(table) => {
            table.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// Waits for a live check as long as a page may wait.
pub async fn asked<T>(kind: &Kind, check: impl Future<Output = Result<T, Failure>>) -> Result<T, Objection> {
    asked_within(CHECK_MAX, kind, check).await
}

/// The same of what takes longer.
pub async fn asked_within<T>(
    max: Duration,
    kind: &Kind,
    question: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Objection> {
    match timeout(max, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(failure)) => Err(told(kind, failure)),
        Err(_) => Err(silent(kind)),
    }
}

/// What an owner can do about a failure. A refused token stands beside the token; the vendor's own words stay out.
pub fn told(kind: &Kind, failure: Failure) -> Objection {
    match failure {
        Failure::Broken { hint, .. } => {
            let token = kind.fields.iter().find(|field| field.is_required && field.is_secret);
            Objection::new(token.map_or("", |field| field.name), hint)
        }
        Failure::Later { .. } | Failure::Unknown { .. } => silent(kind),
        Failure::Refused { .. } => {
            Objection::new("", format!("{} не узнаёт эти данные. Сверьте каждое поле с подсказкой под ним", kind.title))
        }
    }
}

fn silent(kind: &Kind) -> Objection {
    let text = format!(
        "{} сейчас не отвечает. Повторите через минуту; если не поможет, проверьте интернет на сервере и прокси",
        kind.title
    );
    Objection::new("", text)
}

#[cfg(test)]
mod tests {
    use nochnik_adapters::crm::{self, OpenContext};
    use nochnik_adapters::{calendars, channels, means, model, speech};
    use nochnik_core::business::CrmEntry;

    use super::*;

    fn crm_of(texts: &[(&str, &str)]) -> Result<Fields, SettingsProblem> {
        let url = ("webhook_url", "https://salon-demo.bitrix24.ru/rest/17/h00kc0de/");
        let fields = texts.iter().chain([&url]).map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
        let open = |fields: &Fields| {
            let entry = CrmEntry { kind: "bitrix24".to_owned(), fields: fields.clone() };
            crm::open(Some(&entry), &OpenContext::default())
        };
        shaped(fields, open).map(|(fields, _)| fields)
    }

    #[test]
    fn one_line_becomes_the_list_or_the_table_the_adapter_takes_and_is_shown_as_it_was_typed() {
        for (field, text, kept) in [
            ("responsible_ids", "12, 15", json!([12, 15])),
            ("responsible_ids", "12", json!([12])),
            (
                "responsible_by_service",
                "Маникюр = 12; Стрижка и укладка = 15",
                json!({ "Маникюр": 12, "Стрижка и укладка": 15 }),
            ),
            ("stages", "arrived = WON; booked = Записан", json!({ "booked": "Записан", "arrived": "WON" })),
            ("fields", "UF_CRM_MASTER = specialist", json!({ "UF_CRM_MASTER": "specialist" })),
        ] {
            let fields = crm_of(&[(field, text)]).unwrap();
            assert_eq!(fields[field], kept);
            assert_eq!(shown(&fields[field]), text);
        }
    }

    /// Every kind that an owner can choose.
    fn kinds() -> Vec<&'static Kind> {
        let families =
            [channels::kinds(), crm::kinds(), calendars::kinds(), means::kinds(), model::kinds(), speech::kinds()];
        families.into_iter().flatten().filter(|kind| !kind.fields.is_empty()).collect()
    }

    /// Written, kept and taken out: what becomes of a secret, by what is typed of it and beside it.
    #[test]
    fn a_secret_is_kept_only_where_no_address_is_another_one() {
        let base: Fields = [("base_url", "https://a.example"), ("key", "k1"), ("proxy", "http://p:1")]
            .map(|(name, text)| (name.to_owned(), json!(text)))
            .into();
        let kind = model::kinds().into_iter().find(|kind| kind.name == "openai").unwrap();
        let read = |typed: &[(&str, &str)], taken_out: &[&str]| {
            let texts = typed.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            let taken_out = taken_out.iter().map(|name| (*name).to_owned()).collect();
            fields_of(kind, &Typed { texts, taken_out }, Some(&base)).map_err(|objection| objection.field)
        };
        let kept = |fields: &[(&str, &str)]| -> Result<Fields, String> {
            Ok(fields.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect())
        };
        let (here, there) = (("base_url", "https://a.example"), ("base_url", "https://b.example"));
        let (key, proxy) = (("key", "k1"), ("proxy", "http://p:1"));
        assert_eq!(read(&[here], &[]), kept(&[here, key, proxy]));
        assert_eq!(read(&[there], &[]), Err("key".to_owned()));
        assert_eq!(read(&[here, ("proxy", "http://q:1")], &[]), Err("key".to_owned()));
        assert_eq!(read(&[there, ("key", "k2")], &[]), kept(&[there, ("key", "k2"), proxy]));
        assert_eq!(read(&[there], &["key"]), kept(&[there, proxy]), "what is taken out goes nowhere");
        assert_eq!(read(&[here], &["proxy"]), kept(&[here, key]), "straight to where it went before");
        assert_eq!(read(&[], &[]), kept(&[key, proxy]), "the vendor's own address");
        assert_eq!(
            read(&[here, ("key", "k2")], &["key"]),
            kept(&[here, ("key", "k2"), proxy]),
            "what is written counts"
        );
    }

    /// A field that is named as an address and is not one would let a secret out.
    #[test]
    fn every_field_that_leads_somewhere_is_an_address() {
        let leads = |name: &str| name.ends_with("url") || ["host", "port", "portal", "proxy"].contains(&name);
        for kind in kinds() {
            for field in kind.fields {
                assert_eq!(field.is_address, leads(field.name), "{} {}", kind.name, field.name);
            }
        }
    }

    #[test]
    fn a_table_with_a_wrong_word_is_told_of_that_word() {
        let problem = crm_of(&[("stages", "won = WON")]).unwrap_err();
        assert!(problem.field == "stages" && problem.text_ru.contains("Шага «won» нет"), "{problem}");
    }
}
