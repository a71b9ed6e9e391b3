//! Services and specialists of a calendar that keeps them, merged into the document of the business.
//!
//! What an owner has named, added or taken off stays as it is: a price, a length and a skill come from the calendar, names
//! and removals never do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nochnik_adapters::ports::{Hindrance, LeftOut, Offered, OfferedService, OfferedSpecialist, SERVICES, SPECIALISTS};
use nochnik_core::business::{CalendarEntry, Document, Service, Specialist};
use nochnik_core::wall;
use nochnik_store::{Store, StoreError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::calendar_setup;
use crate::document_change::{self, By, Deed, Objection};
use crate::document_diff;
use crate::kind_setup::asked_within;
use crate::web::{add_service, free_id, same_name};

/// What became, or would become, of the document, in sentences without a full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub new: Vec<String>,
    pub changed: Vec<String>,
    /// Differs there, and stays here as it is.
    pub kept: Vec<String>,
    /// Stands here, and not there.
    pub unknown: Vec<String>,
    /// Stands there, and cannot be taken.
    pub left_out: Vec<String>,
}

impl Told {
    /// The document stays as it was.
    pub fn is_nothing(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }

    /// Titles and their lines, of what there is to tell.
    pub fn parts(&self) -> Vec<(&'static str, &[String])> {
        let all: [(&str, &[String]); 5] = [
            ("Появится", &self.new),
            ("Изменится", &self.changed),
            ("Останется, как у вас", &self.kept),
            ("Есть только у вас", &self.unknown),
            ("Не возьмём", &self.left_out),
        ];
        all.into_iter().filter(|(_, lines)| !lines.is_empty()).collect()
    }

    /// Names these very lines: whoever agrees to them agrees to no others.
    pub fn fingerprint(&self) -> String {
        let text = format!("{:?}{:?}", self.new, self.changed);
        Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether services can be taken from this calendar.
pub fn is_possible(entry: &CalendarEntry) -> bool {
    calendar_setup::open(&entry.kind, &entry.fields).is_ok_and(|calendar| calendar.catalogue().is_some())
}

/// Asks the calendar what it sells, and waits at most so long.
pub async fn read(entry: &CalendarEntry, max: Duration) -> Result<Offered, Objection> {
    let none = || Objection::new("", "В этом календаре услуг и мастеров нет: там только время");
    let kind = calendar_setup::kind(&entry.kind).ok_or_else(none)?;
    let calendar = calendar_setup::open(&entry.kind, &entry.fields)?;
    let catalogue = calendar.catalogue().ok_or_else(none)?;
    asked_within(max, kind, catalogue.read()).await
}

/// Saves the merged document as its next version.
pub async fn save(
    store: &Store,
    by: By<'_>,
    account: String,
    offered: Offered,
) -> Result<Result<(), Objection>, StoreError> {
    let deed = Deed { action: "calendar_import", subject: account.clone() };
    let change = move |document: &mut Document| merge(document, &account, &offered).map(|_| ());
    Ok(document_change::save(store, by, deed, change).await?.map(|_| ()))
}

/// Puts what is offered into the document and says what that came to. Done twice, the second time changes nothing.
pub fn merge(document: &mut Document, account: &str, offered: &Offered) -> Result<Told, Objection> {
    let gone = || Objection::new("", "Этот календарь только что отключили");
    let entry = calendar_setup::entry(document, account).ok_or_else(gone)?;
    let there = calendar_setup::title(&entry.kind).to_owned();
    let (services, specialists) = (Links::of(entry, SERVICES), Links::of(entry, SPECIALISTS));
    let sold = offered.services.iter().map(|service| service.id).collect();
    let mut merger = Merger { document, there, services, specialists, told: Told::default(), joined: Vec::new(), sold };
    for service in &offered.services {
        merger.service(service);
    }
    for specialist in &offered.specialists {
        merger.specialist(specialist);
    }
    merger.tell_unknown(offered);
    merger.told.left_out = offered.left_out.iter().map(left_out).chain(merger.told.left_out).collect();
    let Merger { services, specialists, joined, told, document, .. } = merger;
    if let Some(entry) = document.calendars.iter_mut().find(|entry| entry.account() == account) {
        services.write(entry, SERVICES);
        specialists.write(entry, SPECIALISTS);
        // An entry that names nobody is everybody's already.
        if !entry.specialists.is_empty() {
            entry.specialists.extend(joined);
        }
    }
    Ok(told)
}

/// The calendar's numbers by our ids.
struct Links(BTreeMap<String, i64>);

impl Links {
    fn of(entry: &CalendarEntry, field: &str) -> Self {
        let table = entry.fields.get(field).and_then(Value::as_object);
        let pairs = table.into_iter().flatten().filter_map(|(ours, id)| Some((ours.clone(), id.as_i64()?)));
        Self(pairs.collect())
    }

    fn write(self, entry: &mut CalendarEntry, field: &str) {
        if !self.0.is_empty() {
            entry.fields.insert(field.to_owned(), json!(self.0));
        }
    }

    fn number(&self, ours: &str) -> Option<i64> {
        self.0.get(ours).copied()
    }

    /// Where something with this number and name belongs, among what stands here.
    fn place<'a>(&self, number: i64, name: &str, here: impl Iterator<Item = (&'a str, &'a str)>) -> Place {
        let here: Vec<(&str, &str)> = here.collect();
        let linked: Vec<&String> = self.0.iter().filter(|(_, id)| **id == number).map(|(ours, _)| ours).collect();
        if let Some(ours) = linked.iter().find(|ours| here.iter().any(|(id, _)| id == **ours)) {
            return Place::Linked((*ours).clone());
        }
        if !linked.is_empty() {
            return Place::TakenOff;
        }
        match here.iter().find(|(_, own)| same_name(own, name)) {
            None => Place::New,
            Some((id, _)) if self.number(id).is_none() => Place::Alike((*id).to_owned()),
            Some(_) => Place::Twin,
        }
    }
}

enum Place {
    New,
    /// This is it, by its number.
    Linked(String),
    /// The same name, and no number yet.
    Alike(String),
    /// The same name, and another number.
    Twin,
    /// It had a number here, and its owner has taken it off.
    TakenOff,
}

struct Merger<'a> {
    document: &'a mut Document,
    /// What the calendar is called.
    there: String,
    services: Links,
    specialists: Links,
    told: Told,
    /// Specialists who have got a number.
    joined: Vec<String>,
    /// Numbers of the services that are taken.
    sold: BTreeSet<i64>,
}

impl Merger<'_> {
    fn service(&mut self, offered: &OfferedService) {
        let here = self.document.services.iter().map(|service| (service.id.as_str(), service.name.as_str()));
        match self.services.place(offered.id, &offered.title, here) {
            Place::New => {
                let id = add_service(self.document, &offered.title);
                self.services.0.insert(id.clone(), offered.id);
                if let Some(service) = self.document.services.iter_mut().find(|service| service.id == id) {
                    take(service, offered);
                    self.told.new.push(new_service(service, offered));
                }
            }
            Place::Linked(id) => self.service_again(&id, offered, false),
            Place::Alike(id) => {
                self.services.0.insert(id.clone(), offered.id);
                self.service_again(&id, offered, true);
            }
            Place::Twin => self.told.left_out.push(twin(&offered.title, offered.id)),
            Place::TakenOff => self.told.kept.push(taken_off(&offered.title, offered.id, "Услуги")),
        }
    }

    fn service_again(&mut self, id: &str, offered: &OfferedService, is_linked_now: bool) {
        let Some(service) = self.document.services.iter_mut().find(|service| service.id == id) else { return };
        let was = service.clone();
        take(service, offered);
        let mut found = document_diff::service(&was, service);
        if is_linked_now {
            found.push(format!("связана с №\u{a0}{}", offered.id));
        }
        if !found.is_empty() {
            self.told.changed.push(format!("«{}»: {}", service.name, found.join(", ")));
        }
        self.tell_name(&was.name, &offered.title);
    }

    fn specialist(&mut self, offered: &OfferedSpecialist) {
        let here = self.document.specialists.iter().map(|one| (one.id.as_str(), one.name.as_str()));
        match self.specialists.place(offered.id, &offered.name, here) {
            Place::New => self.new_specialist(offered),
            Place::Linked(id) => self.specialist_again(&id, offered, false),
            Place::Alike(id) => {
                self.join(&id, offered.id);
                self.specialist_again(&id, offered, true);
            }
            Place::Twin => self.told.left_out.push(twin(&offered.name, offered.id)),
            Place::TakenOff => self.told.kept.push(taken_off(&offered.name, offered.id, "Мастера")),
        }
    }

    fn new_specialist(&mut self, offered: &OfferedSpecialist) {
        let services = self.ours(&offered.services);
        if services.is_empty() {
            // All that they do was taken off here.
            self.told.left_out.push(format!("«{}»: не делает ничего из ваших услуг", offered.name));
            return;
        }
        let id = free_id("specialist", |id| self.document.specialist_name(id).is_some());
        let does = names(&services, self.document);
        let role = if offered.role.is_empty() { String::new() } else { format!(", {}", offered.role) };
        self.told.new.push(format!("мастер «{}»{role} (№\u{a0}{}), делает {does}", offered.name, offered.id));
        self.document.specialists.push(Specialist {
            id: id.clone(),
            name: offered.name.clone(),
            role: offered.role.clone(),
            aliases: Vec::new(),
            services,
            hours: None,
            shifts: None,
            days_off: Vec::new(),
        });
        self.join(&id, offered.id);
    }

    fn specialist_again(&mut self, id: &str, offered: &OfferedSpecialist, is_linked_now: bool) {
        let does = self.ours(&offered.services);
        let Some(place) = self.document.specialists.iter().position(|one| one.id == id) else { return };
        let was = self.document.specialists[place].clone();
        let more = does.iter().filter(|service| !was.services.contains(service)).cloned();
        self.document.specialists[place].services.extend(more);
        let mut found = document_diff::specialist(&was, &self.document.specialists[place], self.document);
        if is_linked_now {
            found.push(format!("теперь под №\u{a0}{}", offered.id));
        }
        if !found.is_empty() {
            self.told.changed.push(format!("«{}»: {}", was.name, found.join(", ")));
        }
        self.tell_name(&was.name, &offered.name);
        let is_sold = |service: &String| self.services.number(service).is_some_and(|id| self.sold.contains(&id));
        let is_theirs = |service: &&String| is_sold(service) && !does.contains(service);
        let less: Vec<String> = was.services.iter().filter(is_theirs).cloned().collect();
        if !less.is_empty() {
            let less = names(&less, self.document);
            self.told.kept.push(format!(
                "«{}»: в {} не делает {less}, у вас галочка стоит; снимите её сами, если так и есть",
                was.name, self.there
            ));
        }
    }

    fn join(&mut self, id: &str, number: i64) {
        self.specialists.0.insert(id.to_owned(), number);
        self.joined.push(id.to_owned());
    }

    /// Our services by the calendar's numbers.
    fn ours(&self, numbers: &[i64]) -> Vec<String> {
        let is_meant = |service: &&Service| self.services.number(&service.id).is_some_and(|id| numbers.contains(&id));
        self.document.services.iter().filter(is_meant).map(|service| service.id.clone()).collect()
    }

    fn tell_name(&mut self, ours: &str, theirs: &str) {
        if !same_name(ours, theirs) {
            self.told.kept.push(format!("«{ours}»: в {} называется «{theirs}»", self.there));
        }
    }

    /// Of what is left out on the other side its reason is told already.
    fn tell_unknown(&mut self, offered: &Offered) {
        let is_left_out = |number: i64| offered.left_out.iter().any(|one| one.id == Some(number));
        let services = self.document.services.iter().filter_map(|service| {
            let number = self.services.number(&service.id);
            let is_known = number.is_some_and(|id| is_left_out(id) || offered.services.iter().any(|one| one.id == id));
            (!is_known).then(|| unknown("услуга", &service.name, number))
        });
        let specialists = self.document.specialists.iter().filter_map(|specialist| {
            let number = self.specialists.number(&specialist.id);
            let is_known =
                number.is_some_and(|id| is_left_out(id) || offered.specialists.iter().any(|one| one.id == id));
            (!is_known).then(|| unknown("мастер", &specialist.name, number))
        });
        self.told.unknown = services.chain(specialists).collect();
    }
}

fn take(service: &mut Service, offered: &OfferedService) {
    (service.price, service.price_from, service.duration_min) = (offered.price, offered.is_from, offered.duration_min);
}

fn new_service(service: &Service, offered: &OfferedService) -> String {
    let longest = if offered.lasts_differently {
        " (у мастеров по-разному, берём самое долгое)"
    } else {
        ""
    };
    format!(
        "услуга «{}» (№\u{a0}{}), {}, {}{longest}",
        service.name,
        offered.id,
        document_diff::price(service),
        wall::minutes_short(service.duration_min.into())
    )
}

fn names(services: &[String], document: &Document) -> String {
    let named = document.services.iter().filter(|service| services.contains(&service.id));
    wall::list(&named.map(|service| format!("«{}»", service.name)).collect::<Vec<_>>())
}

fn unknown(word: &str, name: &str, number: Option<i64>) -> String {
    match number {
        Some(number) => format!("{word} «{name}»: №\u{a0}{number} в онлайн-записи больше нет"),
        None => format!("{word} «{name}»: там такого названия не нашлось"),
    }
}

fn twin(title: &str, number: i64) -> String {
    format!("«{title}» (№\u{a0}{number}): с таким названием уже связан другой номер, клиент их не различит")
}

fn taken_off(title: &str, number: i64, field: &str) -> String {
    format!("«{title}»: у вас убрано. Чтобы вернуть, сотрите №\u{a0}{number} в поле «{field}» этого календаря")
}

fn left_out(one: &LeftOut) -> String {
    let why = match one.why {
        Hindrance::Prepaid => "только с предоплатой, а чат денег не берёт",
        Hindrance::NoDuration => "не указано, сколько длится",
        Hindrance::NoPrice => "не указана цена",
        Hindrance::Group => "групповое занятие, на них Ночник туда пока не записывает",
        Hindrance::Closed => "онлайн-запись выключена",
        Hindrance::Undone => "никто из мастеров не делает",
        Hindrance::Idle => "не делает ни одной услуги, на которую можно записать",
    };
    let number = one.id.map(|id| format!(" (№\u{a0}{id})")).unwrap_or_default();
    format!("«{}»{number}: {why}", one.title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn salon(fields: &str) -> Document {
        let text = format!(
            r#"
id = "salon"
type = "beauty_salon"
name = "Салон"
phone = "+79185550000"
[hours]
mon = ["10:00", "20:00"]
[[services]]
id = "cut"
name = "Стрижка"
price = 1000
duration_min = 60
[[services]]
id = "beard"
name = "Борода"
price = 500
duration_min = 30
[[staff]]
id = "anna"
name = "Анна"
services = ["cut", "beard"]
[[calendars]]
kind = "yclients"
{fields}
"#
        );
        toml::from_str(&text).unwrap()
    }

    fn service(id: i64, title: &str, price: i64, duration_min: u16) -> OfferedService {
        OfferedService { id, title: title.to_owned(), price, is_from: false, duration_min, lasts_differently: false }
    }

    fn specialist(id: i64, name: &str, services: &[i64]) -> OfferedSpecialist {
        OfferedSpecialist {
            id, name: name.to_owned(), role: "парикмахер".to_owned(), services: services.to_vec()
        }
    }

    fn merged(document: &mut Document, offered: &Offered) -> Told {
        let told = merge(document, "yclients", offered).unwrap();
        assert_eq!(document.check(), [], "the document is sound");
        let mut again = document.clone();
        let second = merge(&mut again, "yclients", offered).unwrap();
        assert!(second.is_nothing(), "{second:?}");
        assert_eq!(json!(again), json!(document), "done twice it changes nothing");
        told
    }

    fn linked(document: &Document, field: &str) -> Value {
        document.calendars[0].fields.get(field).cloned().unwrap_or_default()
    }

    #[test]
    fn what_has_the_same_name_is_linked_and_the_rest_is_new() {
        let mut document = salon("");
        let told = merged(
            &mut document,
            &Offered {
                services: vec![service(331, "СТРИЖКА", 1_200, 45), service(332, "Укладка", 900, 30)],
                specialists: vec![specialist(7, "Анна", &[331]), specialist(8, "Вера", &[331, 332])],
                left_out: vec![LeftOut { id: Some(333), title: "Спа".to_owned(), why: Hindrance::Prepaid }],
            },
        );
        assert_eq!(
            told.new,
            [
                "услуга «Укладка» (№\u{a0}332), 900\u{a0}₽, 30\u{a0}мин",
                "мастер «Вера», парикмахер (№\u{a0}8), делает «Стрижка» и «Укладка»"
            ]
        );
        assert_eq!(
            told.changed,
            [
                "«Стрижка»: цена 1\u{a0}000\u{a0}₽ → 1\u{a0}200\u{a0}₽, длительность 60 → 45 мин, связана с №\u{a0}331",
                "«Анна»: теперь под №\u{a0}7"
            ]
        );
        assert_eq!(told.unknown, ["услуга «Борода»: там такого названия не нашлось"]);
        assert_eq!(told.left_out, ["«Спа» (№\u{a0}333): только с предоплатой, а чат денег не берёт"]);
        assert_eq!(linked(&document, SERVICES), json!({ "cut": 331, "service-1": 332 }));
        assert_eq!(linked(&document, SPECIALISTS), json!({ "anna": 7, "specialist-1": 8 }));
        assert_eq!(document.specialists[0].services, ["cut", "beard"], "nothing is taken away");
        assert_eq!(document.specialists[1].services, ["cut", "service-1"]);
        assert_eq!((document.services[0].price, document.services[0].duration_min), (1_200, 45));
    }

    #[test]
    fn names_and_skills_of_the_owners_stay_and_differences_are_told() {
        let mut document = salon("services = { cut = 331, beard = 332 }\nstaff = { anna = 7 }");
        let offered = Offered {
            services: vec![service(331, "Стрижка машинкой", 1_000, 60), service(332, "Борода", 500, 30)],
            specialists: vec![specialist(7, "Анна Смирнова", &[331])],
            left_out: Vec::new(),
        };
        let told = merged(&mut document, &offered);
        assert!(told.is_nothing(), "{told:?}");
        assert_eq!(
            told.kept,
            [
                "«Стрижка»: в YCLIENTS называется «Стрижка машинкой»",
                "«Анна»: в YCLIENTS называется «Анна Смирнова»",
                "«Анна»: в YCLIENTS не делает «Борода», у вас галочка стоит; снимите её сами, если так и есть"
            ]
        );
        assert_eq!(told.unknown, Vec::<String>::new());
    }

    #[test]
    fn what_an_owner_has_taken_off_does_not_come_back() {
        let mut document = salon("services = { cut = 331, spa = 340 }\nstaff = { anna = 7, lena = 9 }");
        let offered = Offered {
            services: vec![service(331, "Стрижка", 1_000, 60), service(340, "Спа", 3_000, 90)],
            specialists: vec![specialist(7, "Анна", &[331]), specialist(9, "Лена", &[340])],
            left_out: Vec::new(),
        };
        let told = merged(&mut document, &offered);
        assert_eq!((document.services.len(), document.specialists.len()), (2, 1));
        assert_eq!(
            told.kept,
            [
                "«Спа»: у вас убрано. Чтобы вернуть, сотрите №\u{a0}340 в поле «Услуги» этого календаря",
                "«Лена»: у вас убрано. Чтобы вернуть, сотрите №\u{a0}9 в поле «Мастера» этого календаря"
            ]
        );
    }

    #[test]
    fn what_is_gone_there_stays_here_and_two_of_one_name_are_not_mixed_up() {
        let mut document =
            salon("services = { cut = 331, beard = 332 }\nstaff = { anna = 7 }\nspecialists = [\"anna\"]");
        let offered = Offered {
            services: vec![service(335, "Стрижка", 1_500, 60), service(336, "Окраска", 4_000, 120)],
            specialists: vec![specialist(12, "Вера", &[336])],
            left_out: vec![LeftOut { id: Some(332), title: "Борода".to_owned(), why: Hindrance::Closed }],
        };
        let told = merged(&mut document, &offered);
        assert_eq!(document.services.len(), 3);
        assert_eq!(
            told.unknown,
            [
                "услуга «Стрижка»: №\u{a0}331 в онлайн-записи больше нет",
                "мастер «Анна»: №\u{a0}7 в онлайн-записи больше нет"
            ],
            "of the beard the reason is told: it is switched off"
        );
        assert_eq!(
            told.left_out,
            [
                "«Борода» (№\u{a0}332): онлайн-запись выключена",
                "«Стрижка» (№\u{a0}335): с таким названием уже связан другой номер, клиент их не различит"
            ]
        );
        assert_eq!(document.calendars[0].specialists, ["anna", "specialist-1"], "who is new is this calendar's too");
    }
}
