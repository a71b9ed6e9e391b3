//! Explains the branch to its owner: tokens, rights, how visits will be written, and whether every number is right.

use serde_json::Value;

use super::call::{Account, Refusal, Token};
use super::company::{Allowed, Company};
use super::pace::Share;
use super::read;
use super::{Options, Way};
use crate::failure::Failure;

/// Rights that a user of ours needs, and what they are called in the branch's settings.
const RIGHTS: [(&str, &str, &str); 7] = [
    ("timetable", "timetable_access", "журнал записи"),
    ("record_form", "create_records_access", "создание записей"),
    ("record_form", "edit_records_access", "изменение записей"),
    ("record_form", "delete_records_access", "удаление записей"),
    ("record_form", "record_form_client_access", "клиент в записи"),
    ("clients", "clients_access", "клиентская база"),
    ("clients", "client_phones_access", "телефоны клиентов"),
];

/// Asks who we are and what we may, and says it in sentences.
pub async fn check(account: &Account, options: &Options) -> Result<Vec<String>, Failure> {
    let company = Company::ask(account).await?;
    let zone = company.zone.iana_name().unwrap_or_default();
    let mut lines =
        vec![format!("YCLIENTS отвечает: филиал «{}» ({}), часовой пояс {zone}.", company.title, account.company)];
    lines.push(access(account).await?);
    lines.push(confirmation(account, options, &company));
    lines.push(changes("Переносить", company.changes));
    lines.push(changes("Отменять", company.deletes));
    if options.staff.is_empty() || options.services.is_empty() {
        lines.push("Мастера и услуги ещё не связаны с YCLIENTS, поэтому записывать туда Ночник пока не может: откройте этот календарь и нажмите «Взять услуги и мастеров».".to_owned());
    }
    let staff = listed(account, "book_staff").await?;
    let known = options.staff.iter().map(|(id, ours)| (ours.as_str(), *id));
    lines.extend(mapping(&staff, known, "мастера", "Мастера"));
    let services = listed(account, "book_services").await?;
    let known = options.services.iter().map(|(ours, id)| (ours.as_str(), *id));
    lines.extend(mapping(&services, known, "услуги", "Услуги"));
    lines.extend(prepaid(&services, options));
    Ok(lines)
}

async fn access(account: &Account) -> Result<String, Failure> {
    if !account.has_user() {
        return Ok("Ключа пользователя нет: свободное время видно по онлайн-записи на две недели вперёд, а сменить мастера или услугу в готовой записи сможет только администратор.".to_owned());
    }
    let path = format!("user/permissions/{}", account.company);
    let body = account.ask(&path, &[], Token::User, Share::All).await?.map_err(Refusal::into_misplaced)?;
    let rights = &body["data"];
    let lacks = |(group, name, _): &&(&str, &str, &str)| {
        // Answers with and without the groups have been seen.
        let right = rights[*group].get(*name).or_else(|| rights.get(*name));
        !right.and_then(read::flag).unwrap_or(false)
    };
    let missing: Vec<&str> = RIGHTS.iter().filter(lacks).map(|(_, _, title)| *title).collect();
    if missing.is_empty() {
        return Ok("Ключ пользователя принят, прав достаточно.".to_owned());
    }
    Ok(format!(
        "Пользователю Ночника не хватает прав: {}. Добавьте их в YCLIENTS: Настройки → Пользователи.",
        missing.join(", ")
    ))
}

fn confirmation(account: &Account, options: &Options, company: &Company) -> String {
    let text = match (company.asks_code, company.asks_email, account.has_user()) {
        _ if options.way == Way::Journal => "Записи создаются прямо в журнале, без кода из SMS.",
        (true, _, true) => {
            "Онлайн-запись подтверждается кодом из SMS, поэтому записи создаются прямо в журнале."
        }
        (true, _, false) => {
            "Онлайн-запись подтверждается кодом из SMS: сам Ночник записать не сможет. Выключите подтверждение телефона или добавьте ключ пользователя."
        }
        (false, true, true) => "Онлайн-запись требует адрес почты, поэтому записи создаются прямо в журнале.",
        (false, true, false) => {
            "Онлайн-запись требует адрес почты: сам Ночник записать не сможет. Выключите это требование или добавьте ключ пользователя."
        }
        (false, false, _) => "Подтверждение телефона по SMS выключено: записи создаются по правилам онлайн-записи.",
    };
    text.to_owned()
}

fn changes(what: &str, allowed: Allowed) -> String {
    match (allowed.is_allowed(), allowed.hours_before()) {
        (false, _) => format!("{what} записи клиентам в YCLIENTS не разрешено: этим займётся администратор."),
        (true, 0) => format!("{what} записи можно до начала визита."),
        (true, hours) => format!("{what} записи можно не позже чем за {hours} ч до визита."),
    }
}

/// Masters or services of online booking, whole.
async fn listed(account: &Account, list: &str) -> Result<Vec<Value>, Failure> {
    let path = format!("{list}/{}", account.company);
    let body = account.ask(&path, &[], Token::Partner, Share::All).await?.map_err(Refusal::into_misplaced)?;
    let data = body["data"].get("services").unwrap_or(&body["data"]);
    Ok(read::items(data).into_iter().cloned().collect())
}

fn mapping<'a>(
    seen: &[Value],
    known: impl Iterator<Item = (&'a str, i64)>,
    of_what: &str,
    title: &str,
) -> Vec<String> {
    let (mut found, mut lines) = (Vec::new(), Vec::new());
    for (ours, id) in known {
        match seen.iter().find(|item| read::id(&item["id"]) == Some(id)) {
            None => lines.push(format!(
                "В онлайн-записи нет {of_what} {ours} ({id}): сверьте номер или включите онлайн-запись."
            )),
            Some(item) => {
                let name = read::text(&item["name"]).or_else(|| read::text(&item["title"])).unwrap_or_default();
                if read::flag(&item["bookable"]) == Some(false) || read::flag(&item["active"]) == Some(false) {
                    lines.push(format!("Записаться сейчас нельзя: {ours} — «{name}» ({id})."));
                }
                found.push(format!("{ours} — «{name}»"));
            }
        }
    }
    if !found.is_empty() {
        lines.insert(0, format!("{title}: {}.", found.join(", ")));
    }
    lines
}

fn prepaid(services: &[Value], options: &Options) -> Option<String> {
    let is_mapped = |item: &&Value| read::id(&item["id"]).is_some_and(|id| options.services.values().any(|ours| *ours == id));
    let wants_money = |item: &&Value| read::text(&item["prepaid"]).as_deref() == Some("required");
    let titles: Vec<String> =
        services.iter().filter(is_mapped).filter(wants_money).filter_map(|item| read::text(&item["title"])).collect();
    (!titles.is_empty()).then(|| format!("Без предоплаты не записать: {}.", titles.join(", ")))
}
