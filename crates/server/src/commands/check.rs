//! `nochnik check`: settings, key, database, documents, and whether channels, means, calendars, models and speech servers
//! answer; changes nothing but what a first start makes.

use std::process::ExitCode;

use anyhow::Result;
use nochnik_adapters::Failure;
use nochnik_adapters::ports::{Notifier, Way};
use nochnik_core::business::{Document, Route, Settings};
use nochnik_engine::Opener;
use nochnik_store::{Sql, businesses};

use super::business::{listed, remarks, told as told_remarks};
use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::opener::Vendors;

/// Prints what is well and what is not; the exit code tells whether all is.
pub async fn run(config: Config) -> Result<ExitCode> {
    let mut lines = vec![format!("Настройки читаются, сервер будет на {}", config.listen)];
    let app = App::open(config).await?;
    lines.push("Ключ на месте и закрыт от других".to_owned());
    app.store.check().await?;
    lines.push("База пишет и читает".to_owned());
    let job = |sql: &mut dyn Sql| {
        let ids = businesses::list_ids(sql)?;
        ids.into_iter().map(|id| businesses::get(sql, &id)).collect::<Result<Vec<_>, _>>()
    };
    let vendors = Vendors::of(&app)?;
    let mut is_well = true;
    for business in app.store.read(job).await?.into_iter().flatten() {
        match read(&business) {
            Ok(settings) => {
                lines.push(format!("Бизнес {}: документ в порядке", business.id));
                lines.extend(told_remarks(&remarks(&settings.document)));
                for (name, answer) in doors(&vendors, &settings.document).await {
                    is_well &= answer.is_ok();
                    let told = answer.unwrap_or_else(|why| format!("не работает. {why}"));
                    lines.push(format!("  {name}: {told}"));
                }
            }
            Err(problems) => {
                is_well = false;
                lines.push(format!("Бизнес {}: {problems}", business.id));
            }
        }
    }
    app.store.close().await;
    say(&lines)?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(business: &businesses::Business) -> Result<Settings, String> {
    let document: Document = serde_json::from_str(&business.document).map_err(|error| error.to_string())?;
    Settings::build(document, business.version).map_err(|problems| format!("\n{}", listed(&problems)))
}

/// Every channel, means, calendar, the model and the speech server, asked who they are; the CRM only opened, because its check mends fields.
async fn doors(vendors: &Vendors, document: &Document) -> Vec<(String, Result<String, String>)> {
    let mut doors = Vec::new();
    for entry in &document.channels {
        let answer = match vendors.channel(&document.id, entry) {
            Ok(channel) => channel.check().await.map_err(told),
            Err(why) => Err(why),
        };
        doors.push((format!("Канал {}", entry.account()), answer));
    }
    for entry in &document.means {
        let answer = match vendors.means(&document.id, entry) {
            Ok(means) => match strangers(&*means, entry.account(), document) {
                None => means.check().await.map(|lines| lines.join(" ")).map_err(told),
                Some(why) => Err(why),
            },
            Err(why) => Err(why),
        };
        doors.push((format!("Способ связи {}", entry.account()), answer));
    }
    for entry in &document.calendars {
        let answer = match vendors.calendar(&document.id, entry) {
            Ok(calendar) => calendar.check().await.map(|lines| lines.join(" ")).map_err(told),
            Err(why) => Err(why),
        };
        doors.push((format!("Календарь {}", entry.account()), answer));
    }
    if let Some(entry) = &document.crm {
        let opened = vendors.crm(&document.id, entry).map(|_| "настройки полны".to_owned());
        doors.push((format!("CRM {}", entry.kind), opened));
    }
    if let Some(entry) = &document.model {
        let answer = match vendors.model(&document.id, entry) {
            Ok(Some(model)) => model.check().await.map_err(told),
            Ok(None) => Ok("выключена настройкой nothing_leaves".to_owned()),
            Err(why) => Err(why),
        };
        doors.push((format!("Языковая модель {}", entry.kind), answer));
    }
    if let Some(entry) = &document.speech {
        let answer = match vendors.speech(&document.id, entry) {
            Ok(Some(speech)) => speech.check().await.map_err(told),
            Ok(None) => Ok("выключено настройкой nothing_leaves".to_owned()),
            Err(why) => Err(why),
        };
        doors.push((format!("Распознавание речи {}", entry.kind), answer));
    }
    doors
}

/// The first person whom this means cannot reach where the document says, and why.
fn strangers(means: &dyn Notifier, account: &str, document: &Document) -> Option<String> {
    let addresses = document.people.iter().flat_map(|person| {
        person.means.iter().filter_map(move |own| match &own.route {
            Route::Account { means, to } if means == account => Some((person, to.as_deref())),
            _ => None,
        })
    });
    addresses
        .filter(|(_, to)| to.is_some() || means.way() != Way::Push)
        .find_map(|(person, to)| Some((person, means.check_address(to.unwrap_or(&person.phone)).err()?)))
        .map(|(person, why)| format!("{}: {why}", person.name))
}

/// What a failed check means for the owner, in Russian; the vendor's own words stay where they are short and harmless.
pub fn told(failure: Failure) -> String {
    match failure {
        Failure::Broken { hint, .. } => hint.to_owned(),
        Failure::Later { why, .. } | Failure::Unknown { why } => {
            format!("Сейчас не отвечает, повторите позже ({why})")
        }
        Failure::Refused { code, why } => format!("Отказ {code}: {why}"),
    }
}
