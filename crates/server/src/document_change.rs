//! One way to change the document of a business: read as it stands now, changed, checked as a whole, saved as the next
//! version with a line of the journal. What does not fit comes back as an objection, and nothing is saved.

use nochnik_core::business::{Document, Problem, Settings};
use nochnik_store::{Sql, Store, StoreError, audit, businesses};
use serde_json::json;

/// Why something is not done: a sentence in Russian, and the field it stands beside; empty for the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    pub field: String,
    pub text: String,
}

impl Objection {
    pub fn new(field: &str, text: impl Into<String>) -> Self {
        Self { field: field.to_owned(), text: text.into() }
    }

    /// Moves it beside the input of a form: that of `services[3].price` is «price». What has none concerns the whole.
    pub fn beside(self, inputs: &[&str]) -> Self {
        let last = self.field.rsplit('.').next().unwrap_or_default();
        let name = last.split('[').next().unwrap_or_default();
        let field = inputs.iter().find(|input| **input == name).map_or("", |input| input).to_owned();
        Self { field, ..self }
    }
}

/// What the journal says of a change; no names, phones or texts.
pub struct Deed {
    pub action: &'static str,
    /// Id of what was changed.
    pub subject: String,
}

/// Who changes it, and what they saw.
pub struct By<'a> {
    pub business: &'a str,
    pub actor: &'a str,
    /// The version whose values stood before the person's eyes; `None`: the change stands on its own.
    pub seen: Option<i64>,
    pub now_ms: i64,
}

const CHANGED_MEANWHILE: &str = "Пока вы правили, настройки изменил кто-то другой. Проверьте и сохраните ещё раз";

/// Saves what `change` makes of the document and returns the number of the version that stands now.
pub async fn save<C>(store: &Store, by: By<'_>, deed: Deed, change: C) -> Result<Result<i64, Objection>, StoreError>
where
    C: Fn(&mut Document) -> Result<(), Objection> + Send + Sync + 'static,
{
    let (business, actor, seen, now_ms) = (by.business.to_owned(), by.actor.to_owned(), by.seen, by.now_ms);
    let job = move |sql: &mut dyn Sql| {
        let Some(row) = businesses::get(sql, &business)? else {
            return Ok(Err(Objection::new("", format!("Бизнеса «{business}» нет"))));
        };
        if seen.is_some_and(|seen| seen != row.version) {
            return Ok(Err(Objection::new("", CHANGED_MEANWHILE)));
        }
        let json = match changed(&row.document, &change) {
            Ok(json) => json,
            Err(objection) => return Ok(Err(objection)),
        };
        // Saved as it stood: no new version, and nothing for the journal.
        if json == row.document {
            return Ok(Ok(row.version));
        }
        let version = businesses::put(sql, &business, &json, now_ms)?;
        if version != row.version + 1 {
            return Err(StoreError::Stale { table: "businesses".into() });
        }
        let (details, Deed { action, subject }) = (json!({ "version": version }).to_string(), &deed);
        let entry = audit::NewEntry { at_ms: now_ms, actor: &actor, action, subject, details: &details };
        audit::append(sql, &business, &entry)?;
        Ok(Ok(version))
    };
    match store.write(job).await {
        Err(StoreError::Stale { .. }) => Ok(Err(Objection::new("", CHANGED_MEANWHILE))),
        saved => saved,
    }
}

/// The document with the change, checked as a whole.
fn changed(document: &str, change: impl Fn(&mut Document) -> Result<(), Objection>) -> Result<String, Objection> {
    let unreadable = |_| Objection::new("", "Документ бизнеса в базе не разбирается");
    let before: Document = serde_json::from_str(document).map_err(unreadable)?;
    let mut document = before.clone();
    change(&mut document)?;
    document.remember(&before);
    let json = serde_json::to_string(&document).map_err(unreadable)?;
    Settings::build(document, 1).map_err(|problems| objection(&problems))?;
    Ok(json)
}

/// One problem stands beside its field; of several each is told with its place.
fn objection(problems: &[Problem]) -> Objection {
    match problems {
        [problem] => Objection::new(&problem.path, problem.text.clone()),
        problems => {
            let lines: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.path, problem.text)).collect();
            Objection::new("", lines.join("; "))
        }
    }
}
