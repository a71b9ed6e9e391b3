//! `nochnik staff`: who works in the CRM, as lines of a document.

use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use nochnik_adapters::ports::Colleague;
use nochnik_core::business::{Document, Person};
use nochnik_engine::Opener;

use super::business::stored;
use crate::app::App;
use crate::cli::say;
use crate::config::Config;
use crate::opener::Vendors;

/// Prints those whom the document does not know yet. What they are called for, and by which means, the owner decides.
pub async fn show(config: Config, business: &str) -> Result<ExitCode> {
    let app = App::open(config).await?;
    let settings = stored(&app, business).await?;
    let vendors = Vendors::of(&app)?;
    app.store.close().await;
    let Some(entry) = &settings.document.crm else {
        bail!("CRM в документе не названа: взять людей неоткуда")
    };
    let crm = vendors.crm(business, entry).map_err(|why| anyhow!(why))?;
    let Some(crm) = crm else { bail!("CRM не открывается") };
    let staff = crm.staff().await.map_err(|failure| anyhow!("CRM не показала сотрудников: {failure}"))?;
    let Some(staff) = staff else {
        bail!("Эта CRM не ведёт списка сотрудников: впишите людей в документ сами")
    };
    let new: Vec<&Colleague> = staff.iter().filter(|person| !is_known(&settings.document, person)).collect();
    if new.is_empty() {
        return say(&["Все сотрудники из CRM уже есть в документе.".to_owned()]);
    }
    let mut lines = vec![
        "# Оставьте тех, кого звать, поправьте роль (duty, senior, owner), допишите способы связи и вставьте в документ."
            .to_owned(),
    ];
    if new.iter().all(|person| person.phone.is_none()) {
        lines.push("# Телефонов не видно: дайте вебхуку право «Пользователи (user_basic)».".to_owned());
    }
    lines.extend(new.into_iter().map(entry_of));
    say(&lines)
}

fn is_known(document: &Document, colleague: &Colleague) -> bool {
    let phone = colleague.phone.as_ref().map(|phone| phone.e164());
    let is_it = |person: &Person| person.crm_user == Some(colleague.id) || phone == Some(person.phone.as_str());
    document.people.iter().any(is_it)
}

/// One `[[people]]`; a name is quoted as TOML wants it.
fn entry_of(colleague: &Colleague) -> String {
    let name = toml::Value::String(colleague.name.clone());
    let phone = colleague.phone.as_ref().map_or_else(String::new, |phone| format!("phone = \"{}\"\n", phone.e164()));
    format!(
        "\n[[people]]\nid = \"b24-{id}\"\nname = {name}\nrole = \"duty\"\n{phone}crm_user = {id}\nmeans = []",
        id = colleague.id
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use nochnik_core::values::Phone;

    #[test]
    fn a_colleague_reads_back_as_one_of_the_people() {
        let phone = Phone::parse("+79281112233").ok();
        let colleague = Colleague { id: 23, name: "Ирина \"Ира\" Серова".to_owned(), phone };
        let table: toml::Table = toml::from_str(&entry_of(&colleague)).unwrap();
        let person: Person = table["people"][0].clone().try_into().unwrap();
        assert_eq!((person.id.as_str(), person.name.as_str()), ("b24-23", "Ирина \"Ира\" Серова"));
        assert_eq!((person.phone.as_str(), person.crm_user), ("+79281112233", Some(23)));
    }
}
