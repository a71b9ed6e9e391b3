//! «Дежурные»: shifts that repeat, and what differs from them for once, as an owner types them.

use crate::support::Site;
use crate::support::browser::Browser;
use crate::support::form::untouched;
use axum::http::StatusCode;
use nochnik_core::business::Document;
use nochnik_store::{Sql, audit, businesses, duty};

const PEOPLE: &str = "/console/people";
const NEW: &str = "/console/people/shifts/+";
const CHANGES: &str = "/console/people/changes";

async fn document(site: &Site) -> Document {
    let row = site.store.read(|sql| businesses::get(sql, "lotos")).await.unwrap().unwrap();
    serde_json::from_str(&row.document).unwrap()
}

/// The shifts as a file would hold them.
async fn shifts(site: &Site) -> Vec<serde_json::Value> {
    document(site).await.shifts.iter().map(|shift| serde_json::to_value(shift).unwrap()).collect()
}

/// Begins without any shift, whatever the example has.
async fn site() -> (Site, Browser) {
    let site = Site::open().await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    for _ in 0..shifts(&site).await.len() {
        assert_eq!(owner.post(&format!("{PEOPLE}/shifts/0/off"), &[]).await.status, StatusCode::SEE_OTHER);
    }
    assert!(owner.get(PEOPLE).await.text.contains("Смен нет: все дежурные на связи круглые сутки"));
    (site, owner)
}

async fn deeds(site: &Site) -> Vec<String> {
    let journal = site.store.read(|sql| audit::list(sql, "lotos", i64::MAX, 50)).await.unwrap();
    let told = journal.iter().filter(|line| line.action.starts_with("duty_") || line.action.starts_with("shift"));
    told.map(|line| format!("{} {}", line.actor, line.action)).collect()
}

#[tokio::test]
async fn a_shift_is_added_told_in_words_changed_and_taken_off() {
    let (site, mut owner) = site().await;
    let form = [
        ("who.0", "marina"),
        ("day.mon", "yes"),
        ("day.tue", "yes"),
        ("day.wed", "yes"),
        ("day.thu", "yes"),
        ("day.fri", "yes"),
        ("from", "20"),
        ("to", "9:00"),
        ("role", "duty"),
    ];
    let saved = owner.post(NEW, &form).await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (StatusCode::SEE_OTHER, format!("{PEOPLE}?saved").as_str()),
        "{}",
        saved.text
    );
    let page = owner.get(PEOPLE).await.text;
    assert!(page.contains("по будням, 20:00–09:00"), "{page}");

    let turns = [
        ("who.0", "marina"),
        ("who.1", "roza"),
        ("every", "1"),
        ("unit", "w"),
        ("since", "2026-11-30"),
        ("from", "20:00"),
        ("to", "09:00"),
        ("role", "duty"),
    ];
    let one = format!("{PEOPLE}/shifts/0");
    assert!(owner.get(&one).await.text.contains("value=\"20:00\""));
    let saved = owner.post(&one, &turns).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let expected = serde_json::json!({
        "people": ["marina", "roza"], "every": "1w", "since": "2026-11-30", "days": [],
        "from": "20:00:00", "to": "09:00:00",
    });
    assert_eq!(shifts(&site).await, [expected]);
    let page = owner.get(PEOPLE).await.text;
    assert!(page.contains("каждый день, 20:00–09:00, меняются каждую неделю"), "{page}");

    let together = [("who.0", "marina"), ("who.1", "roza"), ("from", "20:00"), ("to", "09:00"), ("role", "duty")];
    assert_eq!(owner.post(&one, &together).await.status, StatusCode::SEE_OTHER);
    assert_eq!(document(&site).await.shifts[0].at_once, 2, "who does not take turns is there together");

    let asked = owner.get(&format!("{one}/off")).await.text;
    for told in ["Убрать смену?", "каждый день, 20:00–09:00", "Других смен нет: на связи будут все дежурные"]
    {
        assert!(asked.contains(told), "{told}: {asked}");
    }
    let asked = owner.get(&format!("{PEOPLE}/marina/off")).await.text;
    assert!(asked.contains("Сначала поставьте туда другого"), "{asked}");
    assert_eq!(owner.post(&format!("{one}/off"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(shifts(&site).await.len(), 0);
    assert_eq!(owner.get(&one).await.status, StatusCode::NOT_FOUND);
    let told = deeds(&site).await;
    assert_eq!(told[..4], ["roza shift_off", "roza shift", "roza shift", "roza shift_new"]);
}

/// Shifts have no names of their own, and a place moves when another is taken off.
#[tokio::test]
async fn a_shift_that_has_moved_is_not_replaced_by_another() {
    let (site, mut owner) = site().await;
    for (who, from, to) in [("marina", "20:00", "09:00"), ("roza", "09:00", "14:00"), ("marina", "14:00", "20:00")] {
        let form = [("who.0", who), ("from", from), ("to", to), ("role", "duty")];
        assert_eq!(owner.post(NEW, &form).await.status, StatusCode::SEE_OTHER);
    }
    let second = format!("{PEOPLE}/shifts/1");
    let (page, question) = (owner.get(&second).await.text, owner.get(&format!("{second}/off")).await.text);
    assert_eq!(owner.post(&format!("{PEOPLE}/shifts/0/off"), &[]).await.status, StatusCode::SEE_OTHER);
    let left = shifts(&site).await;

    let mut form = untouched(&page);
    for _ in 0..2 {
        let pairs: Vec<_> = form.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let refused = owner.post(&second, &pairs).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Вернитесь к дежурным и откройте её заново"), "{}", refused.text);
        form = untouched(&refused.text);
        assert!(form.contains(&("from".to_owned(), "09:00".to_owned())), "what was typed stays: {form:?}");
    }
    let opened =
        |page: &str| page.split("name=\"opened\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut was = opened(&question);
    for _ in 0..2 {
        let refused = owner.post(&format!("{second}/off"), &[("opened", &was)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("Вернитесь к дежурным") && !refused.text.contains("14:00"), "{}", refused.text);
        was = opened(&refused.text);
    }
    assert_eq!(shifts(&site).await, left, "nothing was replaced and nothing taken off");

    let found = format!("{PEOPLE}/shifts/0");
    let mut form = untouched(&owner.get(&found).await.text);
    form.iter_mut().filter(|(name, _)| name == "to").for_each(|(_, text)| *text = "13:00".to_owned());
    let pairs: Vec<_> = form.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(owner.post(&found, &pairs).await.status, StatusCode::SEE_OTHER, "where it is now it is changed");
    assert_eq!(shifts(&site).await[0]["to"], "13:00:00");
}

#[tokio::test]
async fn what_is_wrong_with_a_shift_stands_beside_its_field() {
    let (site, mut owner) = site().await;
    for (form, told) in [
        (vec![("from", "20:00"), ("to", "09:00")], "Выберите, кто дежурит"),
        (vec![("who.0", "marina"), ("from", "вечером"), ("to", "09:00")], "Нужно время: 20:00"),
        (vec![("who.0", "marina"), ("from", "20:00"), ("to", "25:00")], "Нужно время: 20:00"),
        (vec![("who.0", "marina"), ("who.1", "marina"), ("from", "20:00"), ("to", "09:00")], "уберите повтор"),
        (
            vec![("who.0", "marina"), ("every", "1"), ("unit", "w"), ("from", "20:00"), ("to", "09:00")],
            "Меняться не с кем",
        ),
        (
            vec![
                ("who.0", "marina"),
                ("who.1", "roza"),
                ("every", "2"),
                ("unit", "d"),
                ("from", "20:00"),
                ("to", "09:00"),
            ],
            "С какого дня идёт очередь?",
        ),
        (
            vec![
                ("who.0", "marina"),
                ("who.1", "roza"),
                ("at_once", "1"),
                ("since", "2026-11-30"),
                ("from", "20:00"),
                ("to", "09:00"),
            ],
            "Как часто они меняются?",
        ),
        (
            vec![
                ("who.0", "marina"),
                ("who.1", "roza"),
                ("every", "40"),
                ("unit", "w"),
                ("from", "20:00"),
                ("to", "09:00"),
            ],
            "От 1 до 92 дней",
        ),
        (vec![("who.0", "marina"), ("at_once", "5"), ("from", "20:00"), ("to", "09:00")], "Столько людей в смене нет"),
        (vec![("who.0", "marina"), ("since", "скоро"), ("from", "20:00"), ("to", "09:00")], "не похоже на дату"),
    ] {
        let answer = owner.post(NEW, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text.contains(told) && answer.text.contains("aria-invalid=\"true\""), "{told}: {}", answer.text);
    }
    assert_eq!(shifts(&site).await.len(), 0, "nothing was saved");
}

#[tokio::test]
async fn a_stand_in_and_a_leave_are_noted_shown_and_taken_back() {
    let (site, mut owner) = site().await;
    let nights = [("who.0", "marina"), ("from", "20:00"), ("to", "09:00"), ("role", "duty")];
    assert_eq!(owner.post(NEW, &nights).await.status, StatusCode::SEE_OTHER);
    let night = [("from_day", "2026-11-27"), ("from_time", "20"), ("to_day", "2026-11-28"), ("to_time", "9:00")];
    let with = |who: &[(&'static str, &'static str)]| [who, &night].concat();

    let saved = owner.post(CHANGES, &with(&[("away", "marina"), ("instead", "roza")])).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert_eq!(owner.post(CHANGES, &with(&[("instead", "roza")])).await.status, StatusCode::SEE_OTHER, "besides");
    assert_eq!(owner.post(CHANGES, &with(&[("away", "marina")])).await.status, StatusCode::SEE_OTHER, "on leave");
    let rows = |sql: &mut dyn Sql| Ok((duty::overrides(sql, "lotos", 0)?, duty::absences(sql, "lotos", 0)?));
    let (overrides, absences) = site.store.read(rows).await.unwrap();
    // 20:00 and 09:00 in Moscow's time.
    let span: [i64; 2] = ["2026-11-27T17:00:00Z", "2026-11-28T06:00:00Z"]
        .map(|at| at.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let told: Vec<_> = overrides.iter().map(|row| (row.person_id.as_str(), row.instead_of.as_str())).collect();
    assert_eq!(told, [("roza", "marina"), ("roza", "")]);
    assert!(overrides.iter().all(|row| [row.from_ms, row.to_ms] == span));
    assert_eq!(absences.iter().map(|row| row.person_id.as_str()).collect::<Vec<_>>(), ["marina"]);
    let page = owner.get(PEOPLE).await.text.replace('\u{a0}', " ");
    for told in ["вместо: Марина, пт, 27 ноября, 20:00 – сб, 28 ноября, 09:00", "Марина отсутствует", "дополнительно"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }

    let take = |kind: &str, id: i64| format!("{CHANGES}/{kind}/{id}/off");
    assert_eq!(owner.post(&take("override", overrides[0].id), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.post(&take("override", overrides[0].id), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.post(&take("absence", absences[0].id), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(owner.post(&take("swap", 1), &[]).await.status, StatusCode::NOT_FOUND);
    let (overrides, absences) = site.store.read(rows).await.unwrap();
    assert_eq!((overrides.len(), absences.len()), (1, 0));
    let told = deeds(&site).await;
    assert_eq!(told[..3], ["roza duty_change_off", "roza duty_change_off", "roza duty_change"]);
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    assert_eq!(manager.post(CHANGES, &with(&[("away", "marina")])).await.status, StatusCode::FORBIDDEN);
    let page = manager.get(PEOPLE).await.text;
    assert!(page.contains("Подмены и отсутствия") && !page.contains(CHANGES), "{page}");
}

#[tokio::test]
async fn what_is_wrong_with_a_change_stands_beside_its_field() {
    let (site, mut owner) = site().await;
    let nights = [("who.0", "marina"), ("from", "20:00"), ("to", "09:00"), ("role", "duty")];
    assert_eq!(owner.post(NEW, &nights).await.status, StatusCode::SEE_OTHER);
    let night = ["2026-11-27", "20:00", "2026-11-28", "09:00"];
    let noon = ["2026-11-27", "10:00", "2026-11-27", "19:00"];
    for (away, instead, [from_day, from_time, to_day, to_time], told) in [
        ("", "", night, "Выберите, кого не будет"),
        ("marina", "marina", night, "Это тот же человек"),
        ("marina", "", ["2026-11-28", "20:00", "2026-11-27", "09:00"], "Это раньше начала"),
        ("marina", "", ["2026-11-23", "20:00", "2026-11-24", "09:00"], "Это время уже прошло"),
        ("marina", "", ["2026-11-27", "20:00", "2027-11-27", "09:00"], "Не больше полугода"),
        ("marina", "", ["", "20:00", "2026-11-28", "09:00"], "Какой это день?"),
        ("marina", "", ["2026-11-27", "вечер", "2026-11-28", "09:00"], "Нужно время"),
        ("nobody", "", night, "Этого человека только что убрали"),
        ("marina", "roza", noon, "В это время его смены нет"),
    ] {
        let form = [
            ("away", away),
            ("instead", instead),
            ("from_day", from_day),
            ("from_time", from_time),
            ("to_day", to_day),
            ("to_time", to_time),
        ];
        let answer = owner.post(CHANGES, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert!(answer.text.contains(told) && answer.text.contains("aria-invalid=\"true\""), "{told}: {}", answer.text);
    }
    let rows = |sql: &mut dyn Sql| Ok(duty::overrides(sql, "lotos", 0)?.len() + duty::absences(sql, "lotos", 0)?.len());
    assert_eq!(site.store.read(rows).await.unwrap(), 0);
}
