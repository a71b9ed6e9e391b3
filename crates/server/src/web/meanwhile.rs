//! Two people have the same form of settings open: whoever saves second sees what the first wrote before a save counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use nochnik_core::business::Document;
use nochnik_core::wall;
use nochnik_store::{Sql, businesses};

use super::settings::{Filled, SEEN};
use super::viewer::Viewer;
use super::{Trouble, Web};
use crate::document_change::{CHANGED_MEANWHILE, Objection};
use crate::document_diff;

/// Inputs of a form and what stands in them.
pub type Texts = BTreeMap<String, String>;

/// A form by its rows: what stands in one row is written by one person, never half by one and half by another.
type Rows = BTreeMap<String, Texts>;

/// The form as it came. Where another has saved since it was opened, what they wrote stands in it instead, what was typed
/// there is told beside, and an objection keeps it from being saved unseen.
///
/// `typed` fills the form from a document; `row_of` names the row of an input.
pub async fn caught_up(
    web: &Web,
    viewer: &Viewer,
    texts: Texts,
    row_of: fn(&str) -> &str,
    typed: impl Fn(&Document) -> Texts,
) -> Result<Filled, Trouble> {
    let came = Filled { texts, objection: None };
    let Some(seen) = came.seen().filter(|seen| *seen != viewer.salon.version()) else { return Ok(came) };
    let now = viewer.salon.document();
    let opened = version(web, viewer, seen).await?;
    // A version that is not there tells nothing of who wrote what: then all that stands is another's.
    let was = opened.as_ref().map(&typed).unwrap_or_default();
    let told = opened.map(|opened| document_diff::words(&opened, now)).unwrap_or_default();
    let rows = |texts: &Texts| rows(texts, row_of);
    let (texts, lost) = met(&rows(&was), &rows(&came.texts), &rows(&typed(now)));
    let changed = std::iter::once(CHANGED_MEANWHILE.to_owned()).chain(told).map(|text| Objection::new("", text));
    Ok(Filled { texts, objection: Objection::of(changed.chain(lost)) })
}

/// The row of an input that stands by itself.
pub fn alone(input: &str) -> &str {
    input
}

/// The row of an input of a list: the number in its name, «title-3», «day.3.hours».
pub fn by_number(input: &str) -> &str {
    let digits = |text: &str| text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let number = input.find(|sign: char| sign.is_ascii_digit()).map(|from| &input[from..]);
    number.map_or(input, |number| &number[..digits(number)])
}

async fn version(web: &Web, viewer: &Viewer, number: i64) -> Result<Option<Document>, Trouble> {
    let business = viewer.business.clone();
    let text = web.store.read(move |sql: &mut dyn Sql| businesses::document_of(sql, &business, number)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// An empty input says as much as none.
fn rows(texts: &Texts, row_of: fn(&str) -> &str) -> Rows {
    let mut rows = Rows::new();
    for (name, text) in texts.iter().filter(|(name, _)| *name != SEEN) {
        let text = text.replace('\r', "").trim().to_owned();
        if !text.is_empty() {
            rows.entry(row_of(name).to_owned()).or_default().insert(name.clone(), text);
        }
    }
    rows
}

/// What stands in the form next, and what was typed where another has written.
fn met(was: &Rows, own: &Rows, now: &Rows) -> (Texts, Vec<Objection>) {
    let (mut texts, mut lost) = (Texts::new(), Vec::new());
    for row in own.keys().chain(now.keys()).collect::<BTreeSet<_>>() {
        let [was, own, now] = [was, own, now].map(|rows| rows.get(row));
        let next = if now == was { own } else { now };
        if now != was && own != was {
            lost.extend(own.into_iter().flatten().filter(|(name, text)| is_lost(name, text, now)).map(told));
        }
        texts.extend(next.into_iter().flatten().map(|(name, text)| (name.clone(), text.clone())));
    }
    (texts, lost)
}

/// Ticks and choices are seen as they stand; what a person wrote would be gone.
fn is_lost(name: &str, text: &str, now: Option<&Texts>) -> bool {
    let is_ours = |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || matches!(sign, b'-' | b'_');
    let is_choice = text.starts_with(|first: char| first.is_ascii_lowercase()) && text.bytes().all(is_ours);
    !is_choice && now.and_then(|now| now.get(name)).is_none_or(|stands| stands != text)
}

fn told((name, text): (&String, &String)) -> Objection {
    let text = text.parse::<Date>().map_or_else(|_| text.clone(), wall::date);
    Objection::new(name, format!("У вас здесь было: «{text}»"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_of_a_list_belongs_to_the_row_of_its_number() {
        for (input, row) in
            [("title-3", "3"), ("day.12.hours", "12"), ("by-0.service-7", "0"), ("holidays", "holidays")]
        {
            assert_eq!(by_number(input), row);
        }
    }

    #[test]
    fn each_row_is_whole_and_what_another_wrote_stands() {
        let form = |pairs: &[(&str, &str)]| -> Rows {
            let texts = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            rows(&texts, by_number)
        };
        let was = form(&[("a-0", "1"), ("b-0", "2"), ("a-1", "3")]);
        for (own, now, next, lost) in [
            (&[("a-0", "5"), ("b-0", "2"), ("a-1", "3")][..], &[("a-0", "1"), ("b-0", "2")][..], "a-0=5 b-0=2", ""),
            (&[("a-0", "5"), ("b-0", "2")], &[("a-0", "1"), ("b-0", "7"), ("a-1", "3")], "a-0=1 b-0=7", "a-0 b-0"),
            (&[("a-0", " 1\r"), ("b-0", "2"), ("a-1", "")], &[("a-0", "1"), ("a-1", "3")], "a-0=1", ""),
            (&[("a-0", "1"), ("b-0", "2"), ("a-1", "4")], &[("a-0", "1"), ("b-0", "2")], "a-0=1 b-0=2", "a-1"),
            (&[("a-2", "yes"), ("b-2", "x y")], &[("a-2", "z"), ("b-2", "x y")], "a-2=z b-2=x y", ""),
        ] {
            let (texts, told) = met(&was, &form(own), &form(now));
            let stands: Vec<String> = texts.iter().map(|(name, text)| format!("{name}={text}")).collect();
            let gone: Vec<&str> = told.iter().map(|one| one.field.as_str()).collect();
            assert_eq!((stands.join(" ").as_str(), gone.join(" ").as_str()), (next, lost), "{own:?} {now:?}");
        }
    }
}
