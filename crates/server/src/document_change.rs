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
    /// What else is wrong; none of them has more of its own.
    pub more: Vec<Objection>,
}

impl Objection {
    pub fn new(field: &str, text: impl Into<String>) -> Self {
        Self { field: field.to_owned(), text: text.into(), more: Vec::new() }
    }

    /// The first of several, with the others behind it.
    pub fn of(several: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut several = several.into_iter();
        let first = several.next()?;
        let more = first.more.iter().cloned().chain(several.flat_map(Self::apart)).collect();
        Some(Self { more, ..first })
    }

    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.more)
    }

    /// All of it where no field stands: «Такого канала нет; такой услуги нет».
    pub fn whole(&self) -> String {
        self.all().map(|one| one.text.as_str()).collect::<Vec<_>>().join("; ")
    }

    /// Changes each of them.
    pub fn each(self, change: impl Fn(Self) -> Self) -> Self {
        let mut all = self.apart().into_iter().map(change);
        let (first, more) = (all.next(), all.collect());
        first.map_or_else(|| Self::new("", ""), |first| Self { more, ..first })
    }

    /// Moves it beside the input of a form: that of `services[3].price` is «price». What has none concerns the whole.
    pub fn beside(self, inputs: &[&str]) -> Self {
        self.each(|one| {
            let last = one.field.rsplit('.').next().unwrap_or_default();
            let name = last.split('[').next().unwrap_or_default();
            let field = inputs.iter().find(|input| **input == name).map_or("", |input| input).to_owned();
            Self { field, ..one }
        })
    }

    fn apart(mut self) -> Vec<Self> {
        let more = std::mem::take(&mut self.more);
        std::iter::once(self).chain(more).collect()
    }
}

/// What is wrong with a form, gathered while all of it is read.
#[derive(Default)]
pub struct Problems(Vec<Objection>);

impl Problems {
    /// What was read; else nothing, and why is kept.
    pub fn take<T>(&mut self, read: Result<T, Objection>) -> Option<T> {
        read.map_err(|objection| self.0.push(objection)).ok()
    }

    pub fn note(&mut self, field: &str, text: impl Into<String>) {
        self.0.push(Objection::new(field, text));
    }

    /// The form, if nothing was wrong with any part of it.
    pub fn finish<T>(self, form: impl FnOnce() -> Option<T>) -> Result<T, Objection> {
        match Objection::of(self.0) {
            Some(objection) => Err(objection),
            None => form().ok_or_else(|| Objection::new("", "Форма дошла не целиком: откройте страницу заново")),
        }
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

/// Somebody saved between the opening of a form and its own save.
pub const CHANGED_MEANWHILE: &str = "Пока вы правили, настройки изменил кто-то другой. Проверьте и сохраните ещё раз";

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

/// Each problem with its place in the document.
fn objection(problems: &[Problem]) -> Objection {
    let all = problems.iter().map(|problem| Objection::new(&problem.path, problem.text.clone()));
    Objection::of(all).unwrap_or_else(|| Objection::new("", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_problems_finds_its_own_input() {
        let problems =
            [("services[3].price", "цена"), ("hours.mon[0]", "часы"), ("services[3].duration_min", "минуты")];
        let problems = problems.map(|(path, text)| Problem::new(path, text));
        let told = objection(&problems).beside(&["price", "duration_min"]);
        let places: Vec<(&str, &str)> = told.all().map(|one| (one.field.as_str(), one.text.as_str())).collect();
        assert_eq!(places, [("price", "цена"), ("", "часы"), ("duration_min", "минуты")]);
        assert_eq!(told.whole(), "цена; часы; минуты");
    }

    #[test]
    fn a_form_tells_all_that_is_wrong_with_it() {
        let mut problems = Problems::default();
        assert_eq!(problems.take(Ok(5)), Some(5));
        assert_eq!(problems.take::<u8>(Err(Objection::new("from", "Нужно время"))), None);
        problems.note("to", "И здесь");
        let told = problems.finish(|| Some(())).unwrap_err();
        assert_eq!(told.all().map(|one| one.field.as_str()).collect::<Vec<_>>(), ["from", "to"]);
        assert_eq!(Problems::default().finish(|| Some(7)), Ok(7));
    }
}
