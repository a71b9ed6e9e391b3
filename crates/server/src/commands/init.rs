//! `nochnik init`: the first start in the terminal, from the kind of business to the owner's login.
//!
//! It makes of a preset what the first steps of the console make, by the same functions; what a file of answers or the
//! command line has said already is not asked. A business that is there is left alone.

mod answers;
mod asking;

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use clap::ValueEnum;
use nochnik_adapters::channels;
use nochnik_core::business::{ChannelEntry, Document, Settings, WEEKDAYS};
use nochnik_store::{Sql, audit, businesses};
use serde_json::json;

pub use self::answers::Options;
use self::answers::{Answers, ChannelAnswer};
use self::asking::{Asker, Question, Terminal, settle};
use super::business::listed;
use super::serve::now;
use crate::app::App;
use crate::channel_setup::{self, Installation, Wish};
use crate::cli::say;
use crate::config::Config;
use crate::preset::Preset;
use crate::web::{self, Role};

/// Who the journal says it was.
const ACTOR: &str = "terminal";
/// What is answered when something is left for later.
const LATER: &str = "";

/// What was agreed upon, before anything is written.
struct Plan {
    document: Document,
    login: String,
    password: String,
    /// Steps of «Первые шаги» that are done by this.
    done: Vec<&'static str>,
    /// The channel that has answered, and what the vendor calls us.
    channel: Option<(ChannelEntry, String)>,
}

/// Asks, checks, writes the business and its owner, says what comes next.
pub async fn run(config: Config, options: Options) -> Result<ExitCode> {
    let answers = Answers::of(options)?;
    let app = App::open(config).await?;
    let taken = app.store.read(businesses::list_ids).await?;
    let installation = Installation::new(&app.key, app.config.public_url());
    let plan = plan(&mut Terminal, &answers, &taken, &installation).await?;
    let told = write(&app, &plan).await;
    let url = app.config.public_url();
    app.store.close().await;
    told?;
    say(&next(&plan, &url))
}

async fn plan(asker: &mut dyn Asker, answers: &Answers, taken: &[String], installation: &Installation) -> Result<Plan> {
    let (mut document, mut done) = business(asker, answers, taken)?;
    let login = settle(
        asker,
        &answers.login,
        &Question {
            key: "login",
            prompt: "Логин владельца, латиницей",
            default: None,
            is_secret: false,
            check: &is_login,
        },
    )?;
    let id = document.id.clone();
    let password = settle(
        asker,
        &answers.password,
        &Question {
            key: "password",
            prompt: "Пароль, не короче 12 знаков",
            default: None,
            is_secret: true,
            check: &|text| web::objection(&id, &login, text).map_or(Ok(()), |why| Err(why.to_owned())),
        },
    )?;
    let channel = channel(asker, answers.channel.as_ref(), &document, installation).await?;
    if let Some((entry, _)) = &channel {
        document.channels.push(entry.clone());
        done.push("channel_on");
    }
    Settings::build(document.clone(), 1).map_err(|problems| anyhow!("Бизнес не создан.\n{}", listed(&problems)))?;
    Ok(Plan { document, login, password, done, channel })
}

/// The document: a preset with what is the owner's own in it.
fn business(asker: &mut dyn Asker, answers: &Answers, taken: &[String]) -> Result<(Document, Vec<&'static str>)> {
    let kinds = Preset::value_variants();
    let list: Vec<String> =
        kinds.iter().enumerate().map(|(at, kind)| format!("  {}. {}", at + 1, kind.title())).collect();
    if answers.kind.is_empty() {
        asker.say(&format!("Чем вы занимаетесь?\n{}", list.join("\n")));
    }
    let kind = settle(
        asker,
        &answers.kind,
        &Question {
            key: "kind",
            prompt: "Номер или имя",
            default: None,
            is_secret: false,
            check: &|text| preset(text).map(drop).ok_or_else(|| format!("Выберите из списка:\n{}", list.join("\n"))),
        },
    )?;
    let mut document = preset(&kind).ok_or_else(|| anyhow!("kind: такого вида нет"))?.document()?;
    document.id = settle(
        asker,
        &answers.id,
        &Question {
            key: "id",
            prompt: "Короткое имя латиницей, оно будет в адресах и не меняется",
            default: None,
            is_secret: false,
            check: &|text| is_free(text, taken),
        },
    )?;
    // The example's staff would be called at night by numbers that nobody has.
    (document.people, document.shifts) = (Vec::new(), Vec::new());
    about(asker, answers, &mut document)?;
    let mut done = vec!["kind", "about"];
    if hours(asker, answers, &mut document)? {
        done.push("hours");
    }
    if prices(asker, answers, &mut document)? {
        done.push("price_list");
    }
    Ok((document, done))
}

fn about(asker: &mut dyn Asker, answers: &Answers, document: &mut Document) -> Result<()> {
    let needed = |text: &str| {
        if text.is_empty() { Err("Без этого никак: напишите".to_owned()) } else { Ok(()) }
    };
    let any = |_: &str| Ok(());
    let is_page = |text: &str| {
        let is_fine = text.starts_with("https://") && text.len() > "https://".len();
        if is_fine {
            Ok(())
        } else {
            Err("Нужен адрес страницы, который начинается с https://: без неё отвечать клиентам нельзя".to_owned())
        }
    };
    let mut ask = |key, given: &str, prompt, default, check: &dyn Fn(&str) -> Result<(), String>| {
        settle(asker, given, &Question { key, prompt, default, is_secret: false, check })
    };
    let said = [
        ask("name", &answers.name, "Название, как его знают клиенты", None, &needed)?,
        ask("city", &answers.city, "Город", Some(LATER), &any)?,
        ask("address", &answers.address, "Адрес", Some(LATER), &any)?,
        ask("phone", &answers.phone, "Телефон для клиентов", Some(LATER), &any)?,
        ask("operator", &answers.operator, "Кто собирает данные: ИП или организация, как в документах", None, &needed)?,
        ask("policy_url", &answers.policy_url, "Страница с политикой обработки данных", None, &is_page)?,
    ];
    web::put_about(document, &said).map_err(|objection| anyhow!("{}: {}", objection.field, objection.text))
}

/// The same hours on the five days, then the weekend; nothing said leaves those of the preset.
fn hours(asker: &mut dyn Asker, answers: &Answers, document: &mut Document) -> Result<bool> {
    let mut days = answers.hours.clone();
    if days.is_empty() {
        let check = |text: &str| crate::hours_text::read(text).map(drop);
        let mut ask = |prompt| {
            settle(asker, "", &Question { key: "hours", prompt, default: Some(LATER), is_secret: false, check: &check })
        };
        let week = ask("Часы по будням, например 10:00–20:00 (Enter — как в заготовке)")?;
        if week.is_empty() {
            return Ok(false);
        }
        let (saturday, sunday) = (ask("Суббота (Enter — выходной)")?, ask("Воскресенье (Enter — выходной)")?);
        days = WEEKDAYS.iter().map(|day| ((*day).to_owned(), week.clone())).collect();
        days.extend([("sat".to_owned(), saturday), ("sun".to_owned(), sunday)]);
    }
    if let Some(day) = days.keys().find(|day| !WEEKDAYS.contains(&day.as_str())) {
        bail!("hours.{day}: такого дня нет. Есть: {}", WEEKDAYS.join(", "));
    }
    document.hours =
        web::week_of(&days, "").map_err(|objection| anyhow!("hours.{}: {}", objection.field, objection.text))?;
    Ok(true)
}

/// A price list from a file or from the clipboard; nothing said leaves the services of the preset.
fn prices(asker: &mut dyn Asker, answers: &Answers, document: &mut Document) -> Result<bool> {
    let said = settle(
        asker,
        &answers.prices,
        &Question {
            key: "prices",
            prompt: "Прайс: файл CSV или вставленные строки «Стрижка; 1500; 45 мин», в конце пустая (Enter — как в заготовке)",
            default: Some(LATER),
            is_secret: false,
            check: &|text| answers::price_list(text).map(drop),
        },
    )?;
    let lines = answers::price_list(&said).map_err(|why| anyhow!("prices: {why}"))?;
    for line in &lines {
        web::put_line(document, line);
    }
    Ok(!lines.is_empty())
}

/// A channel that has answered; one that does not is told why, and asked for again.
async fn channel(
    asker: &mut dyn Asker,
    given: Option<&ChannelAnswer>,
    document: &Document,
    installation: &Installation,
) -> Result<Option<(ChannelEntry, String)>> {
    let mut given = given.cloned();
    for _ in 0..asking::TRIES_MAX {
        let Some(answer) = given.take().map_or_else(|| asked_channel(asker), |answer| Ok(Some(answer)))? else {
            return Ok(None);
        };
        let kind = channel_setup::kind(&answer.kind).ok_or_else(|| anyhow!("channel: {}", unknown(&answer.kind)))?;
        let wish = Wish { kind, account: String::new(), typed: answer.fields.into() };
        let why = match kind.notice.filter(|_| !answer.notice_read) {
            Some(notice) => format!("прочтите и допишите notice_read = true. {notice}"),
            None => match installation.check(document, &wish, None).await {
                Ok(checked) => return Ok(Some((checked.entry, checked.name))),
                Err(objection) => objection.whole(),
            },
        };
        if !asker.is_there() {
            bail!("channel: {why}");
        }
        asker.say(&why);
    }
    bail!("Канал так и не ответил. Включите его потом: nochnik channel add")
}

fn asked_channel(asker: &mut dyn Asker) -> Result<Option<ChannelAnswer>> {
    let check = |text: &str| {
        if text.is_empty() || channel_setup::kind(text).is_some() { Ok(()) } else { Err(unknown(text)) }
    };
    let prompt = "Мессенджер: telegram, vk, max… (Enter — подключить потом)";
    let kind =
        settle(asker, "", &Question { key: "channel", prompt, default: Some(LATER), is_secret: false, check: &check })?;
    let Some(known) = channel_setup::kind(&kind) else { return Ok(None) };
    if let Some(notice) = known.notice {
        asker.say(notice);
        let prompt = "Прочитали, включаем? да (Enter — потом)";
        let is_yes = |text: &str| {
            if text.to_lowercase() == "да" {
                Ok(())
            } else {
                Err("Напишите «да» или ничего".to_owned())
            }
        };
        let question = Question { key: "notice_read", prompt, default: Some(LATER), is_secret: false, check: &is_yes };
        if settle(asker, "", &question)? == LATER {
            return Ok(None);
        }
    }
    let mut fields = BTreeMap::new();
    for field in known.fields.iter().filter(|field| field.is_required) {
        let prompt = format!("{} ({})", field.title, field.help);
        let question = Question {
            key: field.name,
            prompt: &prompt,
            default: None,
            is_secret: field.is_secret,
            check: &|_| Ok(()),
        };
        fields.insert(field.name.to_owned(), settle(asker, "", &question)?);
    }
    Ok(Some(ChannelAnswer { kind, notice_read: true, fields }))
}

fn unknown(kind: &str) -> String {
    let known: Vec<&str> = channels::kinds().iter().map(|kind| kind.name).collect();
    format!("Канала «{kind}» нет. Есть: {}", known.join(", "))
}

/// By its number in the list, or by its name in documents.
fn preset(text: &str) -> Option<Preset> {
    let by_number =
        text.parse::<usize>().ok().and_then(|number| Preset::value_variants().get(number.checked_sub(1)?).copied());
    by_number.or_else(|| Preset::named(text))
}

fn is_free(id: &str, taken: &[String]) -> Result<(), String> {
    let is_fine = (1..=40).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_fine {
        return Err("Возьмите от 1 до 40 латинских букв, цифр и дефисов".to_owned());
    }
    if id == businesses::CANARY || taken.iter().any(|one| one == id) {
        return Err(format!(
            "Бизнес «{id}» уже есть, он остаётся как был. Возьмите другое имя или меняйте его в кабинете"
        ));
    }
    Ok(())
}

fn is_login(text: &str) -> Result<(), String> {
    if web::is_login(&text.to_lowercase()) {
        Ok(())
    } else {
        Err("Логин — от 2 до 64 латинских букв, цифр, точек и дефисов".to_owned())
    }
}

async fn write(app: &App, plan: &Plan) -> Result<()> {
    let (id, json, now_ms) = (plan.document.id.clone(), serde_json::to_string(&plan.document)?, now().as_millisecond());
    let done = plan.done.clone();
    let key = id.clone();
    let job = move |sql: &mut dyn Sql| {
        if businesses::get_version(sql, &key)?.is_some() {
            return Ok(false);
        }
        let details = json!({ "version": businesses::put(sql, &key, &json, now_ms)? }).to_string();
        for action in &done {
            let entry = audit::NewEntry { at_ms: now_ms, actor: ACTOR, action, subject: "", details: &details };
            audit::append(sql, &key, &entry)?;
        }
        Ok(true)
    };
    if !app.store.write(job).await? {
        bail!("Бизнес «{id}» тем временем появился и остался как был");
    }
    web::set_password(&app.store, &id, &plan.login.to_lowercase(), Role::Owner, &plan.password, now_ms).await
}

fn next(plan: &Plan, url: &str) -> Vec<String> {
    let (id, login) = (&plan.document.id, plan.login.to_lowercase());
    let mut lines = vec![format!("Готово: {} ({id}). Владелец входит как {login}", plan.document.name)];
    if let Some((entry, name)) = &plan.channel {
        lines.push(format!("Канал {} отвечает: {name}", entry.account()));
    }
    lines.push("Что дальше:".to_owned());
    lines.push("  1. nochnik serve".to_owned());
    lines.push(format!(
        "  2. {url}/console/start — «Первые шаги»: мастера вместо примеров, кого звать ночью, мессенджеры"
    ));
    lines.push(format!("  3. {url}/ — поговорите с ботом сами, прежде чем дать адрес клиентам"));
    lines
}

#[cfg(test)]
mod tests {
    use super::asking::double::Person;
    use super::*;
    use crate::key::Key;

    fn installation() -> Installation {
        Installation::new(&Key::random().unwrap(), String::new())
    }

    #[tokio::test]
    async fn a_bad_answer_is_explained_and_asked_again() {
        let mut person = Person::answering(&[
            "9",
            "2",
            "моё имя",
            "lotos",
            "britva",
            "",
            "Бритва",
            "Ростов-на-Дону",
            "",
            "8 863 555-02-00",
            "ИП Бритвин С. О.",
            "britva.example",
            "https://britva.example/privacy",
            "с утра",
            "10:00–21:00",
            "11-18",
            "",
            "нет такого файла.csv",
            "Стрижка; 1500; 45 мин",
            "Борода; дорого",
            "",
            "Стрижка; 1500; 45 мин",
            "",
            "Р",
            "semyon",
            "коротко",
            "тёплая лампа на столе",
            "telegraf",
            "",
        ]);
        let plan = plan(&mut person, &Answers::default(), &["lotos".to_owned()], &installation()).await.unwrap();
        for told in [
            "Выберите из списка",
            "латинских букв, цифр и дефисов",
            "Бизнес «lotos» уже есть",
            "Без этого никак",
            "начинается с https://",
            "не похоже на часы работы",
            "не читается",
            "строка 2: «дорого» не похоже на цену",
            "Логин — от 2",
            "короче 12 знаков",
            "Канала «telegraf» нет",
        ] {
            assert!(person.heard.iter().any(|said| said.contains(told)), "{told}: {:#?}", person.heard);
        }
        assert!(person.left.is_empty(), "nothing else was asked: {:?}", person.left);
        let document = &plan.document;
        assert_eq!(
            (document.id.as_str(), document.kind.as_str(), document.name.as_str()),
            ("britva", "barbershop", "Бритва")
        );
        assert_eq!(document.phone, "+78635550200");
        let price = document.services.iter().find(|service| service.name == "Стрижка").map(|service| service.price);
        assert_eq!(price, Some(1500));
        assert_eq!(plan.done, ["kind", "about", "hours", "price_list"]);
        assert!(document.people.is_empty() && plan.channel.is_none() && plan.login == "semyon");
    }

    #[tokio::test]
    async fn nobody_is_asked_for_ever() {
        let mut person = Person::answering(&["нет"; 100]);
        let refused = plan(&mut person, &Answers::default(), &[], &installation()).await.err().unwrap();
        assert!(refused.to_string().starts_with("kind:"), "{refused}");
    }
}
