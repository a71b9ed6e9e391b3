//! «Аналитика» as a browser meets it: who sees what, of whose business, and what a spreadsheet gets.

use crate::support::browser::Browser;
use crate::support::{NIGHT, Site, lotos};
use axum::http::StatusCode;
use nochnik_core::score::{Bin, Refit, Weights};
use nochnik_store::numbers::{self, Fact};
use nochnik_store::{businesses, scores};

const HOUR_MS: i64 = 3_600_000;
const FILES: [&str; 2] = ["/console/numbers/table.csv", "/console/numbers/table.xlsx"];

fn night_ms() -> i64 {
    NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// Some facts of a channel, each so many hours before the night.
async fn happen(site: &Site, business: &'static str, channel: &'static str, facts: &[(&'static str, i64, i64)]) {
    let facts: Vec<Fact> = facts
        .iter()
        .map(|(what, amount, hours_ago)| Fact {
            at_ms: night_ms() - hours_ago * HOUR_MS,
            what: (*what).to_owned(),
            channel: channel.to_owned(),
            is_night: *hours_ago == 0,
            amount: *amount,
        })
        .collect();
    let job =
        move |sql: &mut dyn nochnik_store::Sql| facts.iter().try_for_each(|fact| numbers::add(sql, business, fact));
    site.store.write(job).await.unwrap();
}

/// A page without the spaces that keep words together.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// What stands in the card with this title.
fn card<'a>(page: &'a str, title: &str) -> &'a str {
    let at = page.find(&format!("<h3>{title}</h3>")).unwrap_or_else(|| panic!("no card {title}\n{page}"));
    &page[at..at + page[at..].find("</article>").unwrap()]
}

async fn page(browser: &mut Browser, query: &str) -> String {
    let answer = browser.get(&format!("/console/numbers{query}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    plain(&answer.text)
}

#[tokio::test]
async fn before_the_first_fact_nothing_is_known() {
    let site = Site::open().await;
    happen(&site, "lotos", "widget", &[("lead", 1, 0), ("lead", 1, 14)]).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let whole = page(&mut owner, "").await;
    let leads = card(&whole, "Лиды");
    assert!(leads.contains(">2<") && leads.contains("Было: нет данных"), "{leads}");
    assert!(whole.contains("было: нет данных") && !whole.contains("было: 0"), "the funnel says it, too");
}

#[tokio::test]
async fn a_number_stands_beside_the_period_before_and_its_target() {
    let site = Site::open().await;
    happen(&site, "lotos", "widget", &[("lead", 1, 0), ("lead", 1, 14), ("lead", 1, 14), ("lead", 1, 8 * 24)]).await;
    happen(&site, "lotos", "vk", &[("lead", 1, 1), ("answered", 2_900, 1), ("answered", 4_000, 1)]).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let whole = page(&mut owner, "").await;
    assert!(
        card(&whole, "Лиды").contains(">4<") && card(&whole, "Лиды").contains("Было: 1 (+300 %)"),
        "{}",
        card(&whole, "Лиды")
    );
    assert!(card(&whole, "Лиды в нерабочее время").contains(">1<"));
    let in_time = card(&whole, "Отвечено за 3 секунды");
    assert!(in_time.contains("50 %") && in_time.contains("ниже цели") && in_time.contains("99 %"), "{in_time}");
    assert!(in_time.contains("Ответы не дольше 3 секунд ÷"), "the formula is a tap away: {in_time}");
    assert!(card(&whole, "Ответ бота, 95 из 100").contains("до 5 с"));
    assert!(card(&whole, "Оценка визита").contains("нет данных"), "nothing is made up");
    for (query, leads) in
        [("?channel=vk", 1), ("?part=night", 1), ("?part=day", 3), ("?period=today", 4), ("?period=month", 5)]
    {
        let page = page(&mut owner, query).await;
        assert!(card(&page, "Лиды").contains(&format!(">{leads}<")), "{query}: {}", card(&page, "Лиды"));
    }
    let own = page(&mut owner, "?period=own&from=2026-11-17&to=2026-11-18").await;
    assert!(card(&own, "Лиды").contains(">1<") && own.contains("17 ноября — 18 ноября"), "{}", card(&own, "Лиды"));
    assert!(
        page(&mut owner, "?period=own&from=2026-11-18&to=nonsense").await.contains("Нужны первый и последний день")
    );
}

#[tokio::test]
async fn a_question_stands_over_every_picture_and_a_table_under_it() {
    let site = Site::open().await;
    happen(&site, "lotos", "widget", &[("lead", 1, 0), ("heard", 3, 0), ("contact", 1, 0)]).await;
    let refit = Refit {
        weights: Weights::default(),
        is_used: true,
        outcomes: 240,
        held_out: 61,
        loss_by_hand: 0.6,
        loss: 0.5,
        calibration: vec![
            Bin { foretold: 0.25, came_true: 0.2, count: 40 },
            Bin { foretold: 0.75, came_true: 0.8, count: 21 },
        ],
    };
    let json = serde_json::to_string(&refit).unwrap();
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let before = page(&mut owner, "").await;
    assert!(before.contains("нужно 200 вызовов с известным концом"));
    site.store.write(move |sql| scores::put_refit(sql, "lotos", &json, true, 0)).await.unwrap();
    let after = page(&mut owner, "").await;
    for question in [
        "Сколько лидов приходит ночью?",
        "В какие часы пишут?",
        "Где теряются клиенты?",
        "Сбывается ли оценка лида?",
        "Что даёт каждый канал?",
    ] {
        assert!(after.contains(question), "{question}");
    }
    assert!(after.contains("Больше всего: ср, 23:00–24:00 — 3 сообщения"), "{after}");
    assert!(
        after.contains("Проверено на 61 новом исходе") && after.contains("25 %") && after.contains("80 %"),
        "{after}"
    );
    assert!(!after.contains("style=") && !after.contains("<script>"), "the policy of the page lets neither through");
}

#[tokio::test]
async fn only_the_owner_sees_money() {
    let site = Site::open().await;
    happen(&site, "lotos", "widget", &[("contact", 1, 0), ("booked", 150_000, 0)]).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(page(&mut owner, "").await.contains("1 500 ₽"));
    assert!(plain(&owner.get(FILES[0]).await.text).contains("Записано ночью по прайсу;1500;;₽"));
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        let seen = page(&mut other, "").await;
        assert!(seen.contains("Записи и визиты") && !seen.contains('₽'), "{login}");
        assert!(!other.get(FILES[0]).await.text.contains('₽'), "{login}");
    }
    for file in FILES {
        assert_eq!(Browser::new(&site.router).get(file).await.status, StatusCode::SEE_OTHER, "{file}");
    }
}

#[tokio::test]
async fn nobody_sees_the_numbers_of_another_business() {
    let site = Site::open().await;
    happen(&site, "barber", "vk", &[("lead", 1, 0), ("contact", 1, 0)]).await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let seen = page(&mut owner, "?business=barber").await;
    assert!(seen.contains("За этот период чисел нет"), "{seen}");
    assert!(owner.get("/console/numbers/table.csv?business=barber").await.text.contains("Лиды;0;;"));
}

#[tokio::test]
async fn a_file_opens_as_a_table_and_runs_nothing() {
    let site = Site::open().await;
    happen(&site, "lotos", "widget", &[("lead", 1, 0), ("answered", 750, 0)]).await;
    let mut hostile = lotos();
    hostile.name = "=HYPERLINK(\"http://evil.example\")".to_owned();
    let json = serde_json::to_string(&hostile).unwrap();
    let now_ms = night_ms();
    site.store.write(move |sql| businesses::put(sql, "lotos", &json, now_ms)).await.unwrap();
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let csv = owner.get("/console/numbers/table.csv?channel=%3D1%2B1").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"nochnik-2026-11-19-2026-11-25.csv\"");
    assert!(csv.text.starts_with("\u{feff}\"'=HYPERLINK(\"\"http://evil.example\"\")\";"), "{}", csv.text);
    assert!(csv.text.contains("'=1+1"), "what the address says is a word too: {}", csv.text);
    let risky = csv.text.lines().flat_map(|line| line.split(';')).find(|cell| cell.starts_with(['=', '+', '@', '\t']));
    assert_eq!(risky, None);
    let whole = owner.get("/console/numbers/table.csv").await.text;
    assert!(whole.contains("Лиды;1;;шт.;") && whole.contains("Ответ бота, половина;0,75;;с, не дольше;"), "{whole}");
    let xlsx = owner.get(FILES[1]).await;
    assert_eq!(xlsx.header("content-disposition"), "attachment; filename=\"nochnik-2026-11-19-2026-11-25.xlsx\"");
    assert!(xlsx.text.starts_with("PK"), "a workbook is an archive");
}

/// Whoever looks from a portal's frame sees the numbers, and neither money nor files, nor a way into the console.
#[tokio::test]
async fn in_a_portals_frame_there_is_neither_money_nor_a_file() {
    let site = Site::open().await;
    happen(&site, "lotos", "widget", &[("lead", 1, 0), ("lead", 1, 14)]).await;
    let mut portal = Browser::new(&site.router);
    let form = Some("application/x-www-form-urlencoded");
    let page = portal.send("POST", "/portal/lotos", form, b"AUTH_ID=admin".to_vec()).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = plain(&page.text);
    assert!(card(&page, "Лиды").contains(">2<"), "{page}");
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let whole = plain(&owner.get("/console/numbers").await.text);
    let money =
        nochnik_core::numbers::DEFINITIONS.iter().filter(|each| each.group == nochnik_core::numbers::Group::Money);
    for each in money {
        assert!(whole.contains(each.title) && !page.contains(each.title), "{}", each.title);
    }
    for hidden in ["/console/", "Скачать", "<script"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
}
