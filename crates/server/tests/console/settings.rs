//! «Настройки» as an owner meets them: forms in, versions of the document out, the way back, and who may not.

use crate::support::browser::Browser;
use crate::support::{PASSWORD, Site, night};
use axum::http::StatusCode;
use nochnik_core::business::{Document, Holidays, Service};
use nochnik_server::web::desk::Desk;
use nochnik_server::web::{self, Role};
use nochnik_store::{audit, businesses};

const SERVICES: &str = "/console/settings/services";
const SPECIALISTS: &str = "/console/settings/specialists";
const HOURS: &str = "/console/settings/hours";
const PRICE_LIST: &str = "/console/settings/price-list";
const VERSIONS: &str = "/console/settings/versions";

async fn document(site: &Site) -> (Document, i64) {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    (serde_json::from_str(&row.document).unwrap(), row.version)
}

fn service<'a>(document: &'a Document, name: &str) -> &'a Service {
    document.services.iter().find(|service| service.name == name).unwrap()
}

#[tokio::test]
async fn an_owner_adds_a_service_changes_it_and_takes_it_off() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(owner.get("/console/more").await.text.contains("/console/settings"));
    let (before, version) = document(&site).await;
    let specialist = before.specialists[0].id.clone();

    let by = format!("by.{specialist}");
    let seen = version.to_string();
    let form = [
        ("seen", seen.as_str()),
        ("name", "Парафинотерапия"),
        ("price", "от 1 500 ₽"),
        ("duration_min", "1 ч 30 мин"),
        ("synonyms", "парафин, ванночка"),
        (by.as_str(), "yes"),
    ];
    let answer = owner.post(&format!("{SERVICES}/+"), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let (after, _) = document(&site).await;
    let added = service(&after, "Парафинотерапия");
    assert_eq!((added.price, added.price_from, added.duration_min), (1500, true, 90));
    assert_eq!(added.synonyms, ["парафин", "ванночка"]);
    let does = |document: &Document, id: &str| -> Vec<String> {
        let able = document.specialists.iter().filter(|one| one.services.iter().any(|service| service == id));
        able.map(|one| one.id.clone()).collect()
    };
    assert_eq!(does(&after, &added.id), [specialist]);

    let one = format!("{SERVICES}/{}", added.id);
    let page = owner.get(&one).await.text;
    assert!(page.contains("value=\"от 1500\"") && page.contains("парафин, ванночка"), "{page}");
    let form = [("name", "Парафинотерапия"), ("price", "1700"), ("duration_min", "60"), ("buffer_min", "10")];
    assert_eq!(owner.post(&one, &form).await.status, StatusCode::SEE_OTHER);
    let (after, _) = document(&site).await;
    let changed = service(&after, "Парафинотерапия");
    assert_eq!((changed.price, changed.price_from, changed.duration_min, changed.buffer_min), (1700, false, 60, 10));
    assert_eq!(does(&after, &changed.id), Vec::<String>::new(), "no box was ticked");
    assert!(owner.get(SERVICES).await.text.contains("Никто из мастеров её не делает"));

    assert_eq!(owner.post(&format!("{one}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    let (after, last) = document(&site).await;
    assert_eq!((after.services.len(), last), (before.services.len(), version + 3));
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 3)).await.unwrap();
    let told: Vec<&str> = journal.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(told, ["service_off", "service", "service_new"]);
    assert!(journal.iter().all(|line| line.actor == "roza"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (before, version) = document(&site).await;
    let taken = before.services[0].name.to_uppercase();
    for (name, price, duration, told) in [
        ("", "1000", "60", "Назовите услугу так, как её видит клиент"),
        (taken.as_str(), "1000", "60", "Услуга с таким названием уже есть"),
        ("Новая", "дорого", "60", "Нужна цена в рублях"),
        ("Новая", "1000", "долго", "Нужны минуты"),
    ] {
        let form = [("name", name), ("price", price), ("duration_min", duration), ("synonyms", "моё слово")];
        let answer = owner.post(&format!("{SERVICES}/+"), &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
        assert!(answer.text.contains("aria-invalid=\"true\"") && answer.text.contains("моё слово"), "{told}");
    }
    // All of it is told at once: above, with a way to each field, and beside each of them.
    let form = [("name", ""), ("price", "дорого"), ("duration_min", "долго"), ("buffer_min", "чуть-чуть")];
    let answer = owner.post(&format!("{SERVICES}/+"), &form).await;
    let summary = answer.text.split("Не сохранено. Поправьте:").nth(1).and_then(|rest| rest.split("</ul>").next());
    let summary = summary.unwrap_or_else(|| panic!("{}", answer.text));
    for (input, told) in [
        ("name", "Назовите услугу так, как её видит клиент"),
        ("price", "Нужна цена в рублях: 1500 или «от 1500»"),
        ("duration_min", "Нужны минуты: 60, или время: «1 ч 30 мин»"),
        ("buffer_min", "Нужно целое число"),
    ] {
        assert!(summary.contains(&format!("<a href=\"#field-{input}\">{told}</a>")), "{input}: {summary}");
        assert!(answer.text.contains(&format!("id=\"field-{input}\"")), "{input}");
    }
    assert_eq!(answer.text.matches("aria-invalid=\"true\"").count(), 4);
    assert!(answer.text.contains("autofocus"), "the page opens where it says so");
    // A bound of the document's own check finds its input.
    let form = [("name", "Новая"), ("price", "1000"), ("duration_min", "60"), ("capacity", "0")];
    let answer = owner.post(&format!("{SERVICES}/+"), &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("aria-invalid=\"true\""), "{}", answer.text);
    assert_eq!(document(&site).await.1, version, "nothing was saved");
}

#[tokio::test]
async fn what_leaves_nobody_to_book_is_saved_and_said() {
    const NO_HOURS: &str = "Все дни выходные: бот сюда не запишет";
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let off = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day, "выходной"));
    let own: Vec<(String, &str)> = off.iter().map(|(day, text)| (format!("hours.{day}"), *text)).collect();
    let idle: Vec<(&str, &str)> =
        own.iter().map(|(name, text)| (name.as_str(), *text)).chain([("name", "Вера")]).collect();
    let saved = owner.post(&format!("{SPECIALISTS}/+"), &idle).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let page = owner.get(saved.header("location")).await.text;
    assert!(page.contains("Не делает ни одной услуги: бот сюда не запишет"), "{page}");
    assert_eq!(page.matches(NO_HOURS).count(), 1, "of Vera alone");

    assert!(!owner.get(HOURS).await.text.contains("Все семь дней"));
    let saved = owner.post(HOURS, &off).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let page = owner.get(saved.header("location")).await.text;
    assert!(page.contains("Сохранено") && page.contains("Все семь дней — выходные"), "{page}");
}

/// A night with three visits is behind the site: two with Anna, one with Maria.
#[tokio::test]
async fn what_visits_stand_with_is_taken_off_after_a_question_and_keeps_its_name() {
    let site = after_a_night().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let anna = format!("{SPECIALISTS}/anna");
    assert!(owner.get(&anna).await.text.contains(&format!("href=\"{anna}/off\"")), "a link to the question");
    let asked = owner.get(&format!("{anna}/off")).await.text;
    for told in ["Убрать: Анна?", "Впереди 2\u{a0}записи", "Ирина, Маникюр с гель-лаком, Анна", "Сергей, Маникюр"]
    {
        assert!(asked.contains(told), "{told}: {asked}");
    }
    assert!(!asked.contains("Мария"), "the visits of others are not told");
    let service = format!("{SERVICES}/manicure_gel/off");
    let asked = owner.get(&service).await.text;
    assert!(asked.contains("Впереди 1\u{a0}запись") && asked.contains("Убрать «Маникюр с гель-лаком»?"), "{asked}");
    let nobody = owner.get(&format!("{SERVICES}/brows/off")).await.text;
    assert!(!nobody.contains("Впереди"), "{nobody}");

    assert_eq!(owner.post(&format!("{anna}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.post(&service, &[]).await.status, StatusCode::SEE_OTHER);
    for page in
        ["/console/calendar?day=2026-11-26", "/console/calendar/visit?booking=b1", "/console/chats/c3", SERVICES]
    {
        let text = owner.get(page).await.text;
        assert!(text.contains("Маникюр с гель-лаком"), "{page}: {text}");
        for id in ["manicure_gel<", ">anna<", ", anna"] {
            assert!(!text.contains(id), "{page} shows an id: {id}");
        }
    }
    // An id that stands in visits is not given to another.
    let form = [("name", "Новая услуга"), ("price", "1000"), ("duration_min", "60")];
    for _ in 0..2 {
        owner.post(&format!("{SERVICES}/+"), &form).await;
        let added = service_id(&document(&site).await.0, "Новая услуга");
        assert!(["service-1", "service-2"].contains(&added.as_str()), "{added}");
        owner.post(&format!("{SERVICES}/{added}/off"), &[]).await;
    }
    let (after, _) = document(&site).await;
    assert_eq!((after.service_name("service-2"), after.specialist_name("anna")), (Some("Новая услуга"), Some("Анна")));

    let now_ms = site.desk.now().as_millisecond();
    web::set_password(&site.store, "lotos", "anton", Role::Integrator, PASSWORD, now_ms).await.unwrap();
    let mut technician = Browser::signed_in(&site.router, "anton").await;
    let asked = technician.get(&format!("{SPECIALISTS}/maria/off")).await.text;
    assert!(asked.contains("Впереди 1\u{a0}запись") && !asked.contains("Без имени"), "no client: {asked}");
}

async fn after_a_night() -> Site {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", site.desk.now().as_millisecond()).await;
    site
}

fn service_id(document: &Document, name: &str) -> String {
    service(document, name).id.clone()
}

/// Wherever a form leads: a page of settings, their list, the people on duty.
#[tokio::test]
async fn a_save_is_confirmed_once_on_the_page_it_leads_to() {
    const TOLD: &str = "role=\"status\"";
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day, "10-20"));
    let about = [
        ("name", "Лотос"),
        ("city", "Ростов-на-Дону"),
        ("phone", "+78635550200"),
        ("operator", "ИП Иванова А. А."),
        ("policy_url", "https://lotos.example/privacy"),
    ];
    let person = [("name", "Лена"), ("role", "duty")];
    let forms: [(&str, &[(&str, &str)]); 3] =
        [(HOURS, &week), ("/console/settings/about", &about), ("/console/people/+/edit", &person)];
    for (path, form) in forms {
        let saved = owner.post(path, form).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{path}: {}", saved.text);
        let next = saved.header("location").to_owned();
        let page = owner.get(&next).await.text;
        assert!(page.contains(TOLD) && page.contains("Сохранено"), "{next}: {page}");
        let plain = owner.get(next.strip_suffix("?saved").unwrap()).await.text;
        assert!(!plain.contains("Сохранено"), "{path}");
    }
    // The form of a page that says so goes back to its address; what is refused is not called saved.
    let refused = owner.post(&format!("{HOURS}?saved"), &[("mon", "как получится")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text.contains("Сохранено"));
}

#[tokio::test]
async fn who_saves_over_anothers_change_is_asked_to_look_again() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (before, version) = document(&site).await;
    let seen = version.to_string();
    let one = format!("{SERVICES}/{}", before.services[0].id);
    let form = |price| {
        [
            ("seen", seen.clone()),
            ("name", before.services[0].name.clone()),
            ("price", price),
            ("duration_min", "60".to_owned()),
        ]
    };
    let post = |form: [(&'static str, String); 4]| form.map(|(name, text)| (name, text));
    for (price, status) in [("1100", StatusCode::SEE_OTHER), ("1200", StatusCode::UNPROCESSABLE_ENTITY)] {
        let owned = post(form(price.to_owned()));
        let form: Vec<(&str, &str)> = owned.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let answer = owner.post(&one, &form).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.text.contains("настройки изменил кто-то другой"), price == "1200");
    }
    assert_eq!(document(&site).await.0.services[0].price, 1100);
}

#[tokio::test]
async fn a_pasted_price_list_is_shown_before_it_is_saved() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (before, version) = document(&site).await;
    let known = &before.services[0];
    let list = format!("Услуга;Цена;Минут\n{};9000\nОригами;700;45 мин\nнепонятная строка", known.name.to_uppercase());
    let shown = owner.post(PRICE_LIST, &[("list", &list)]).await;
    assert_eq!(shown.status, StatusCode::OK);
    for told in ["Получится: 2\u{a0}услуги", "обновится", "Оригами", "45\u{a0}мин · новая", "Строка 4: не видно цены"]
    {
        assert!(shown.text.contains(told), "{told}: {}", shown.text);
    }
    assert_eq!(document(&site).await.1, version, "looking saves nothing");

    let saved = owner.post(PRICE_LIST, &[("list", &list), ("sure", "yes")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let (after, _) = document(&site).await;
    let renewed = service(&after, &known.name);
    assert_eq!((renewed.price, renewed.duration_min), (9000, known.duration_min), "the list says no time");
    let new = service(&after, "Оригами");
    assert_eq!((new.price, new.duration_min), (700, 45));
    assert!(after.specialists.iter().all(|one| one.services.contains(&new.id)), "somebody does it at once");
}

#[tokio::test]
async fn hours_are_typed_as_people_write_them() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let form: Vec<(&str, &str)> =
        days.iter().map(|day| (*day, if *day == "sun" { "выходной" } else { "9-13, 14-20" })).collect();
    let saved = owner.post(HOURS, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let (after, version) = document(&site).await;
    let shown: Vec<String> = after.hours.named_days().map(|(day, hours)| format!("{day} {}", hours.len())).collect();
    assert_eq!(shown, ["fri 2", "mon 2", "sat 2", "sun 0", "thu 2", "tue 2", "wed 2"]);
    assert!(owner.get(HOURS).await.text.contains("09:00–13:00, 14:00–20:00"));

    assert_eq!(owner.post(HOURS, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(document(&site).await.1, version, "saved as it stood, it is no new version");
    let refused = owner.post(HOURS, &[("mon", "как получится"), ("tue", "10-20"), ("fri", "вечером")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("не похоже на часы работы"));
    assert!(refused.text.contains("href=\"#field-mon\"") && refused.text.contains("href=\"#field-fri\""));
    assert_eq!(document(&site).await.1, version);
}

/// Wednesday 25 November 2026 is today.
#[tokio::test]
async fn holidays_and_single_days_differ_from_the_week() {
    const DAYS: &str = "/console/settings/days";
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(owner.get(HOURS).await.text.contains(DAYS));
    let page = owner.get(DAYS).await.text.replace('\u{a0}', " ");
    assert!(page.contains("Ближайшие: 31 декабря, 1, 2, 3, 4, 5, 6, 7 и 8 января, 23 февраля"), "{page}");
    let form = [
        ("holidays", "closed"),
        ("day.0.first", "2026-12-30"),
        ("day.0.hours", "10-16"),
        ("day.1.first", "2027-01-09"),
        ("day.1.last", "2027-01-11"),
        ("day.1.hours", ""),
    ];
    let saved = owner.post(DAYS, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let (after, version) = document(&site).await;
    assert_eq!(after.holidays, Holidays::Closed);
    let kept: Vec<String> = after.special_days.iter().map(|(date, hours)| format!("{date} {}", hours.len())).collect();
    assert_eq!(kept, ["2026-12-30 1", "2027-01-09 0", "2027-01-10 0", "2027-01-11 0"]);
    let page = owner.get(DAYS).await.text;
    for told in ["value=\"2027-01-09\"", "value=\"2027-01-11\"", "10:00–16:00", "выходной"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for (first, last, hours, told) in [
        ("", "", "10-16", "Какой это день?"),
        ("2026-11-24", "", "10-16", "Этот день уже прошёл"),
        ("2026-12-30", "2026-12-29", "", "Это раньше первого дня"),
        ("2026-12-30", "2027-12-30", "", "Не больше 92 дней подряд"),
        ("2026-12-30", "", "по настроению", "не похоже на часы работы"),
        ("скоро", "", "", "не похоже на дату"),
    ] {
        let form = [("day.0.first", first), ("day.0.last", last), ("day.0.hours", hours)];
        let refused = owner.post(DAYS, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(refused.text.contains(told) && refused.text.contains("aria-invalid=\"true\""), "{told}");
    }
    let twice = [("day.0.first", "2026-12-30"), ("day.1.first", "2026-12-29"), ("day.1.last", "2026-12-31")];
    assert!(owner.post(DAYS, &twice).await.text.contains("этот день уже есть выше"));
    assert_eq!(document(&site).await.1, version, "nothing was saved");

    let off = [("holidays", "as_usual"), ("day.0.first", "2026-12-30"), ("day.0.hours", "10-16"), ("day.0.off", "yes")];
    assert_eq!(owner.post(DAYS, &off).await.status, StatusCode::SEE_OTHER);
    let (after, _) = document(&site).await;
    assert!(after.special_days.is_empty() && after.holidays == Holidays::AsUsual);
}

#[tokio::test]
async fn places_are_named_counted_and_taken_by_services() {
    const PLACES: &str = "/console/settings/places";
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (before, _) = document(&site).await;
    let (first, second) = (before.services[0].id.clone(), before.services[1].id.clone());
    let (by_first, by_second) = (format!("by-0.{first}"), format!("by-1.{second}"));
    let rows = async |document: Document| -> Vec<(String, u16, Vec<String>)> {
        let of = |id: &str| {
            let own = document.services.iter().filter(|service| service.resource.as_deref() == Some(id));
            own.map(|service| service.id.clone()).collect()
        };
        document.resources.iter().map(|one| (one.name.clone(), one.count, of(&one.id))).collect()
    };
    let form = [
        ("name-0", "Кресло"),
        ("count-0", "2"),
        (by_first.as_str(), "yes"),
        ("name-1", "Кабинет"),
        ("count-1", "1"),
        (by_second.as_str(), "yes"),
    ];
    assert_eq!(owner.post(PLACES, &form).await.status, StatusCode::SEE_OTHER);
    let after = document(&site).await.0;
    let ids: Vec<String> = after.resources.iter().map(|one| one.id.clone()).collect();
    assert_eq!(
        rows(after).await,
        [("Кресло".to_owned(), 2, vec![first.clone()]), ("Кабинет".to_owned(), 1, vec![second.clone()])]
    );
    let page = owner.get(PLACES).await.text;
    assert!(page.contains("value=\"Кресло\"") && page.contains("Новое место"), "{page}");

    for (more, words) in [
        (("name-1", "кресло"), "Такое название уже есть"),
        (("count-0", "0"), "Сколько их: от 1 до 100"),
        (("by-1.first", "yes"), "отмечена в двух местах сразу"),
    ] {
        let twice = format!("by-1.{first}");
        let more = if more.0 == "by-1.first" { (twice.as_str(), "yes") } else { more };
        let form: Vec<_> = form.iter().filter(|(name, _)| *name != more.0).copied().chain([more]).collect();
        let answer = owner.post(PLACES, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{more:?}");
        assert!(answer.text.contains(words) && answer.text.contains("role=\"alert\""), "{more:?}: {}", answer.text);
    }

    // The first is gone, the second keeps its id and takes the service of the first.
    let moved = format!("by-1.{first}");
    let form = [("id-1", ids[1].as_str()), ("name-1", "Кабинет лазера"), ("count-1", "1"), (moved.as_str(), "yes")];
    assert_eq!(owner.post(PLACES, &form).await.status, StatusCode::SEE_OTHER);
    let after = document(&site).await.0;
    assert_eq!(after.resources[0].id, ids[1]);
    assert_eq!(rows(after).await, [("Кабинет лазера".to_owned(), 1, vec![first])]);
    assert!(owner.get("/console/journal").await.text.contains("Изменены места и аппараты"));
}

#[tokio::test]
async fn a_specialist_comes_and_goes_and_every_change_has_a_way_back() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (before, first) = document(&site).await;
    let does = format!("does.{}", before.services[0].id);
    let form = [("name", "Жанна"), ("role", "стажёр"), (does.as_str(), "yes")];
    assert_eq!(owner.post(&format!("{SPECIALISTS}/+"), &form).await.status, StatusCode::SEE_OTHER);
    let (after, _) = document(&site).await;
    let added = after.specialists.iter().find(|one| one.name == "Жанна").unwrap();
    assert_eq!(added.services, [before.services[0].id.clone()]);
    let twin = owner.post(&format!("{SPECIALISTS}/+"), &form).await;
    assert!(twin.status == StatusCode::UNPROCESSABLE_ENTITY && twin.text.contains("Такой мастер уже есть"));
    assert_eq!(owner.post(&format!("{SPECIALISTS}/{}/off", added.id), &[]).await.status, StatusCode::SEE_OTHER);

    let told = owner.get(VERSIONS).await.text;
    for line in ["Добавлено: мастер «Жанна»", "Убрано: мастер «Жанна»", "Роза"]
    {
        assert!(told.contains(line), "{line}: {told}");
    }
    let with_her = format!("{VERSIONS}/{}", first + 1);
    assert!(owner.get(&with_her).await.text.contains("Добавлено: мастер «Жанна»"));
    assert_eq!(owner.post(&with_her, &[]).await.status, StatusCode::SEE_OTHER);
    let (after, version) = document(&site).await;
    assert!(after.specialists.iter().any(|one| one.name == "Жанна"));
    assert_eq!(version, first + 3, "a return is a version of its own");
    assert_eq!(owner.get(&format!("{VERSIONS}/999")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn settings_are_the_owners_alone() {
    let site = Site::open().await;
    let pages = [
        "/console/settings".to_owned(),
        SERVICES.to_owned(),
        format!("{SERVICES}/+"),
        PRICE_LIST.to_owned(),
        SPECIALISTS.to_owned(),
        HOURS.to_owned(),
        VERSIONS.to_owned(),
    ];
    let version = document(&site).await.1;
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        assert!(!other.get("/console/more").await.text.contains("/console/settings"), "{login}");
        for page in &pages {
            assert_eq!(other.get(page).await.status, StatusCode::FORBIDDEN, "{login} {page}");
        }
        for (page, form) in [
            (format!("{SERVICES}/+"), [("name", "x"), ("price", "1"), ("duration_min", "60")].as_slice()),
            (format!("{VERSIONS}/1"), &[]),
            (HOURS.to_owned(), &[("mon", "10-20")]),
        ] {
            assert_eq!(other.post(&page, form).await.status, StatusCode::FORBIDDEN, "{login} {page}");
        }
    }
    assert_eq!(document(&site).await.1, version);
}

#[tokio::test]
async fn markup_in_a_name_stays_text() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let evil = "<script>alert(1)</script>\" onfocus=\"x";
    let form = [("name", evil), ("price", "1"), ("duration_min", "60")];
    assert_eq!(owner.post(&format!("{SERVICES}/+"), &form).await.status, StatusCode::SEE_OTHER);
    let (after, _) = document(&site).await;
    let id = service(&after, evil).id.clone();
    for page in [SERVICES.to_owned(), format!("{SERVICES}/{id}"), VERSIONS.to_owned(), format!("{SPECIALISTS}/+")] {
        let text = owner.get(&page).await.text;
        assert!(!text.contains("<script>alert") && !text.contains("\" onfocus"), "{page}");
    }
}

#[tokio::test]
async fn the_first_steps_lead_from_the_example_to_a_business_of_ones_own() {
    let site = after_a_night().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let (before, _) = document(&site).await;
    let start = "/console/start";
    assert!(!owner.get(start).await.text.contains("готово</span>"));

    let refused = owner.post("/console/start/kind", &[("kind", "bakery")]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("Выберите, что ближе"));
    let asked = owner.post("/console/start/kind", &[("kind", "barbershop")]).await;
    assert_eq!(asked.status, StatusCode::OK, "one press replaces nothing");
    for told in ["Взять заготовку «Барбершоп»?", "Впереди 3\u{a0}записи", "Ирина", "Записи не отменятся"]
    {
        assert!(asked.text.contains(told), "{told}: {}", asked.text);
    }
    assert_eq!(document(&site).await.0.kind, before.kind);
    let sure = [("kind", "barbershop"), ("sure", "yes")];
    assert_eq!(owner.post("/console/start/kind", &sure).await.status, StatusCode::SEE_OTHER);
    let (after, _) = document(&site).await;
    assert_eq!((after.kind.as_str(), after.id.as_str(), &after.name), ("barbershop", "lotos", &before.name));
    assert!(after.services.iter().any(|service| service.name == "Мужская стрижка"));
    assert_eq!(after.people.len(), before.people.len(), "people and channels stay");
    assert_eq!(after.channels.len(), before.channels.len());

    let about = "/console/settings/about";
    let form = |name: &'static str, operator: &'static str, policy: &'static str| {
        [
            ("name", name),
            ("city", "Ростов-на-Дону"),
            ("phone", "8 (863) 555-02-00"),
            ("operator", operator),
            ("policy_url", policy),
        ]
    };
    for (form, told) in [
        (form("", "ИП", ""), "Напишите, как вас называют клиенты"),
        (form("Борода", "", ""), "Закон требует назвать"),
        (form("Борода", "ИП Б. Б. Б.", "javascript:alert(1)"), "начинается с https://"),
    ] {
        let refused = owner.post(about, &form).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains(told), "{told}");
    }
    let saved = owner.post(about, &form("Борода", "ИП Б. Б. Б.", "https://boroda.example/privacy")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let (after, _) = document(&site).await;
    assert_eq!((after.privacy.operator.as_str(), after.phone.as_str()), ("ИП Б. Б. Б.", "+78635550200"));
    assert_eq!(owner.get(start).await.text.matches("готово</span>").count(), 2);

    // Everybody on duty has a name and nothing to be called by: no night is covered yet.
    owner.post("/console/people/marina/edit", &[("name", "Марина Ким"), ("role", "duty")]).await;
    let page = owner.get(start).await.text;
    assert!(page.matches("готово</span>").count() == 2 && page.contains("никого не дозваться"), "{page}");
    let (mut reached, _) = document(&site).await;
    reached.people[0].means =
        serde_json::from_value(serde_json::json!([{ "channel": "widget", "peer": "1" }])).unwrap();
    let json = serde_json::to_string(&reached).unwrap();
    let now_ms = site.desk.now().as_millisecond();
    site.store.write(move |sql| businesses::put(sql, "lotos", &json, now_ms)).await.unwrap();
    let page = owner.get(start).await.text;
    assert!(page.matches("готово</span>").count() == 3 && !page.contains("никого не дозваться"), "{page}");
}

#[tokio::test]
async fn answers_are_kept_by_topic_and_an_empty_one_goes() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let answers = "/console/settings/answers";
    let form = [("parking", "Во дворе, бесплатно."), ("payment", "")];
    assert_eq!(owner.post(answers, &form).await.status, StatusCode::SEE_OTHER);
    let (after, version) = document(&site).await;
    assert_eq!(after.faq.get("parking").map(String::as_str), Some("Во дворе, бесплатно."));
    assert!(!after.faq.contains_key("payment"));
    let long = "а".repeat(4_000);
    let refused = owner.post(answers, &[("parking", long.as_str())]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("aria-invalid=\"true\""));
    assert_eq!(document(&site).await.1, version);
}

#[tokio::test]
async fn who_is_called_is_added_changed_and_let_go() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let people = "/console/people";
    let form = [("name", "Лида"), ("role", "duty"), ("phone", "8 918 555 00 77")];
    let saved = owner.post(&format!("{people}/+/edit"), &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let (after, _) = document(&site).await;
    let added = after.people.iter().find(|person| person.name == "Лида").unwrap().id.clone();
    assert!(owner.get(people).await.text.contains("Лида"));
    let kept = &after.people.iter().find(|person| person.id == added).unwrap().phone;
    assert_eq!(kept, "+79185550077", "however it is typed");
    let unread = [("name", "Лида"), ("role", "duty"), ("phone", "спросите у Ольги")];
    let refused = owner.post(&format!("{people}/{added}/edit"), &unread).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("телефон не читается"));
    let refused = owner.post(&format!("{people}/{added}/edit"), &[("name", "Лида"), ("role", "boss")]).await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("Выберите, когда звать"));
    let asked = owner.get(&format!("{people}/{added}/off")).await.text;
    assert!(
        asked.contains("Больше не звать: Лида?") && asked.contains("Вход в кабинет закрывается отдельно"),
        "{asked}"
    );
    assert_eq!(owner.post(&format!("{people}/{added}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(document(&site).await.0.people.iter().all(|person| person.name != "Лида"));
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.get(&format!("{people}/+/edit")).await.status, StatusCode::FORBIDDEN);
}

/// A form with one file in it, as a browser sends it.
fn with_file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--n\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n--n--\r\n"].concat()
}

#[tokio::test]
async fn a_price_list_comes_as_a_file_is_looked_over_and_saved_by_a_second_press() {
    const MULTIPART: &str = "multipart/form-data; boundary=n";
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let path = format!("{PRICE_LIST}/file");
    let list = "Массаж <img src=x>;1500;60\nПилинг;900;30";
    let shown = owner.send("POST", &path, Some(MULTIPART), with_file("..\\..\\прайс.csv", list.as_bytes())).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(shown.text.contains("Получится: 2\u{a0}услуги") && shown.text.contains("Пилинг"), "{}", shown.text);
    assert!(!shown.text.contains("<img src=x"), "what stands in a file stays text");
    assert!(!owner.get("/console/settings/services").await.text.contains("Пилинг"), "nothing is saved yet");
    for (name, bytes, words) in [
        ("photo.xlsx", &b"\x89PNG\r\n\x1a\n\0"[..], "не читается как таблица"),
        ("empty.csv", b"", "Файл пуст"),
        ("old.xls", &[0xD0, 0xCF, 0x11, 0xE0][..], "старого Excel"),
    ] {
        let answer = owner.send("POST", &path, Some(MULTIPART), with_file(name, bytes)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(answer.text.contains(words), "{name}: {}", answer.text);
    }
    let flood = owner.send("POST", &path, Some(MULTIPART), with_file("big.csv", &vec![b'a'; 3 * 1024 * 1024])).await;
    assert!(flood.status.is_client_error(), "{}", flood.status);
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let foreign = manager.send("POST", &path, Some(MULTIPART), with_file("a.csv", list.as_bytes())).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_text_of_the_bot_is_looked_at_changed_and_brought_back() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let list = owner.get("/console/settings/texts?find=%D0%B2%D0%B0%D1%81").await;
    assert_eq!(list.status, StatusCode::OK);
    let page = "/console/settings/texts/booked";
    let shown = owner.get(page).await.text;
    assert!(shown.contains("Маникюр с гель-лаком, ср, 25 ноября, 18:30"), "it is shown as a client reads it: {shown}");
    assert!(shown.contains("{service} — услуга") && shown.contains("одно сообщение"), "{shown}");
    let broken = owner.post(page, &[("text", "Ждём вас, {client}!")]).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        broken.text.contains("клиент увидит скобки") && broken.text.contains("Ждём вас, {client}!"),
        "{}",
        broken.text
    );
    let own = [("text", "Есть запись: {service}, {moment}. Скидка <b>10 %</b>")];
    assert!(owner.post(page, &own).await.status.is_redirection());
    let shown = owner.get(page).await.text;
    assert!(shown.contains("38-ФЗ") && shown.contains("Исходный: Записал вас"), "an advertisement is told of: {shown}");
    assert!(!shown.contains("<b>10"), "markup stays text");
    assert!(owner.get("/console/settings/versions").await.text.contains("свои тексты"));
    assert!(owner.post(page, &[("text", ""), ("original", "yes")]).await.status.is_redirection());
    assert!(!owner.get(page).await.text.contains("Исходный:"));
    assert_eq!(owner.get("/console/settings/texts/n_calendar_ill").await.status, StatusCode::NOT_FOUND);
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.post(page, &own).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_specialist_has_hours_shifts_and_holidays_of_their_own() {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = "/console/settings/specialists/anna";
    let days = ["hours.mon", "hours.tue", "hours.wed", "hours.thu", "hours.fri", "hours.sat", "hours.sun"];
    let form = |more: &[(&'static str, &'static str)]| {
        [("name", "Анна"), ("does.manicure", "yes")].into_iter().chain(more.iter().copied()).collect::<Vec<_>>()
    };
    for (more, words) in [
        (&[("hours.mon", "12:00–18:00")][..], "остальные дни уже заполнены"),
        (&[("pattern", "два через два")], "не похоже на чередование смен"),
        (&[("pattern", "2/2")], "Напишите первый рабочий день"),
        (&[("days_off", "24.01.2027 — 10.01.2027")], "последний день раньше первого"),
    ] {
        let answer = owner.post(page, &form(more)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(answer.text.contains(words), "{words}: {}", answer.text);
    }
    let week = days.map(|day| (day, if day == "hours.sun" { "выходной" } else { "12:00–18:00" }));
    let more: Vec<_> = week
        .into_iter()
        .chain([("pattern", "2/2"), ("from", "01.12.2026"), ("days_off", "30.12.2026\n10.01.2027 — 24.01.2027")])
        .collect();
    assert!(owner.post(page, &form(&more)).await.status.is_redirection());
    let shown = owner.get(page).await.text;
    for words in ["value=\"12:00–18:00\"", "value=\"2/2\"", "value=\"01.12.2026\"", "10.01.2027 — 24.01.2027"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let told = owner.get("/console/settings/versions").await.text;
    assert!(told.contains("Анна"), "{told}");
    assert!(owner.post(page, &form(&[])).await.status.is_redirection());
    assert!(!owner.get(page).await.text.contains("12:00–18:00"), "empty is as the business");
}
