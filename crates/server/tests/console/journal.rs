//! «Журнал»: who did what, and who opened what of a client.

use crate::support::browser::Browser;
use crate::support::{NIGHT, Site, night};
use axum::http::StatusCode;
use nochnik_store::audit::{self, NewEntry};
use nochnik_store::record_views;

const JOURNAL: &str = "/console/journal";

fn night_ms() -> i64 {
    NIGHT.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

async fn write(site: &Site, business: &'static str, actor: &'static str, action: &'static str, subject: &str) {
    let subject = subject.to_owned();
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let details = if action.starts_with("service") { r#"{"version":7}"# } else { "{}" };
        audit::append(sql, business, &NewEntry { at_ms: night_ms(), actor, action, subject: &subject, details })
    };
    site.store.write(job).await.unwrap();
}

/// The address that a link with these words leads to.
fn link(page: &str, words: &str) -> String {
    let end = page.find(&format!("\">{words}</a>")).unwrap_or_else(|| panic!("no link «{words}»: {page}"));
    let begin = page[..end].rfind("href=\"").unwrap() + 6;
    page[begin..end].replace("&amp;", "&")
}

#[tokio::test]
async fn the_journal_tells_who_did_what_in_plain_words() {
    let site = Site::open().await;
    for (actor, action, subject) in [
        ("roza", "service", "manicure"),
        ("roza", "price_list", "12"),
        ("terminal", "channel_off", "widget"),
        ("bot", "model.ask", "c1"),
        ("marina", "replay", "17"),
        ("roza", "from_the_future", "<b>x</b>"),
    ] {
        write(&site, "lotos", actor, action, subject).await;
    }
    write(&site, "barber", "roza", "service", "Чужая услуга").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = owner.get(JOURNAL).await.text;
    for told in [
        "Изменена услуга: Маникюр без покрытия",
        "версия 7",
        "Вставлен прайс: 12\u{a0}строк",
        "Командная строка",
        "Выключен канал: Чат на сайте",
        "Вопрос языковой модели",
        "/console/chats/c1",
        "Марина",
        "Вход в кабинет",
        "Другое действие: from_the_future",
        "23:41",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("Чужая услуга"), "another business");
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}: {page}"));
    assert!(at("Вход в кабинет") < at("Вставлен прайс"), "the newest first");
}

#[tokio::test]
async fn the_journal_is_asked_by_person_and_by_kind_and_comes_by_pages() {
    let site = Site::open().await;
    for n in 0..60 {
        write(&site, "lotos", "marina", "replay", &n.to_string()).await;
    }
    write(&site, "lotos", "roza", "hours", "").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let of_marina = owner.get(&format!("{JOURNAL}?who=marina")).await.text;
    assert!(!of_marina.contains("Изменены часы работы") && of_marina.contains("Отправлено ещё раз"));
    assert_eq!(of_marina.matches("Отправлено ещё раз").count(), 50);
    let rest = owner.get(&link(&of_marina, "Раньше")).await.text;
    assert_eq!(rest.matches("Отправлено ещё раз").count(), 10);
    assert!(rest.contains("К новым") && !rest.contains(">Раньше<"));
    let settings = owner.get(&format!("{JOURNAL}?kind=settings")).await.text;
    assert!(settings.contains("Изменены часы работы") && !settings.contains("Отправлено ещё раз"));
    let doors = owner.get(&format!("{JOURNAL}?kind=doors&who=roza")).await.text;
    assert!(doors.contains("Вход в кабинет") && !doors.contains("Изменены часы работы"));
    let nobody = owner.get(&format!("{JOURNAL}?who=%22%3E%3Cscript%3E")).await.text;
    assert!(nobody.contains("Здесь пока пусто") && !nobody.contains("\"><script>"));
}

#[tokio::test]
async fn who_opened_what_of_a_client_is_written_once_an_hour() {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", night_ms()).await;
    let foreign = night::talk(&site.store, "barber", "widget", "canary", night_ms()).await;
    let mut manager = Browser::signed_in(&site.router, "marina").await;
    let mut observer = Browser::signed_in(&site.router, "gost").await;
    for _ in 0..3 {
        manager.get("/console/chats/c1").await;
        manager.get("/console/live?view=talk&id=c1").await;
        manager.get("/console/leads").await;
        for page in ["/console", "/console/escalations", "/console/live?view=now"] {
            manager.get(page).await;
        }
        observer.get("/console/chats/c1").await;
    }
    manager.get("/console/chats/c1/file/1").await;
    manager.get("/console/calendar").await;
    assert_eq!(manager.get(&format!("/console/chats/{foreign}")).await.status, StatusCode::NOT_FOUND);
    let all = site.store.read(|sql| record_views::list(sql, "lotos", "", i64::MAX, 100)).await.unwrap();
    let mut told: Vec<_> =
        all.iter().map(|view| (view.login.as_str(), view.what.as_str(), view.record.as_str())).collect();
    told.sort_unstable();
    let wanted = [
        ("gost", "talk", "c1"),
        ("gost", "talks", ""),
        ("marina", "bookings", "2026-11-25"),
        ("marina", "cases", ""),
        ("marina", "file", "c1"),
        ("marina", "leads", ""),
        ("marina", "now", ""),
        ("marina", "talk", "c1"),
        ("marina", "talks", ""),
    ];
    assert_eq!(told, wanted, "what was not there was not opened");
    assert_eq!(site.store.read(|sql| record_views::list(sql, "barber", "", i64::MAX, 9)).await.unwrap(), []);

    site.desk.pass(60);
    manager.get("/console/chats/c1").await;
    let later = site.store.read(|sql| record_views::list(sql, "lotos", "marina", i64::MAX, 100)).await.unwrap();
    assert_eq!(later.iter().filter(|view| view.what == "talk").count(), 2, "another hour is another line");

    let mut owner = Browser::signed_in(&site.router, "roza").await;
    let page = owner.get(&format!("{JOURNAL}?view=seen")).await.text;
    for told in [
        "Диалог и карточка клиента: ",
        "Ольга Петрова",
        "Файл клиента",
        "Список лидов",
        "Записи клиентов: 25\u{a0}ноября",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let of_observer = owner.get(&format!("{JOURNAL}?view=seen&who=gost")).await.text;
    assert!(of_observer.contains("Ольга Петрова") && !of_observer.contains("Список лидов"));
}

#[tokio::test]
async fn the_file_of_the_journal_runs_no_formula_and_takes_no_name_away() {
    let site = Site::open().await;
    night::fill(&site.store, "lotos", night_ms()).await;
    write(&site, "lotos", "roza", "service_off", "=HYPERLINK(\"http://evil.example\")").await;
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    owner.get("/console/chats/c1").await;
    let done = owner.get(&format!("{JOURNAL}/table.csv")).await;
    assert_eq!(done.header("content-type"), "text/csv; charset=utf-8");
    assert!(done.header("content-disposition").contains("nochnik-journal-2026-11-25.csv"));
    assert!(done.text.starts_with("\u{feff}Когда;Кто;Логин;Что;О чём"), "{}", done.text);
    assert!(done.text.contains("\"'=HYPERLINK("), "{}", done.text);
    assert!(done.text.contains("2026-11-25 23:41;Роза;roza;Вход в кабинет;"), "{}", done.text);
    let seen = owner.get(&format!("{JOURNAL}/table.csv?view=seen")).await.text;
    assert!(seen.contains("Диалог и карточка клиента;c1") && !seen.contains("Ольга"), "{seen}");
    assert!(owner.get(JOURNAL).await.text.contains("Журнал сохранён файлом"));
}

#[tokio::test]
async fn the_journal_is_the_owners_alone() {
    let site = Site::open().await;
    for login in ["marina", "gost"] {
        let mut other = Browser::signed_in(&site.router, login).await;
        assert!(!other.get("/console/more").await.text.contains(JOURNAL), "{login}");
        for page in [JOURNAL.to_owned(), format!("{JOURNAL}?view=seen"), format!("{JOURNAL}/table.csv")] {
            assert_eq!(other.get(&page).await.status, StatusCode::FORBIDDEN, "{login} {page}");
        }
    }
    let mut owner = Browser::signed_in(&site.router, "roza").await;
    assert!(owner.get("/console/more").await.text.contains(JOURNAL));
    assert_eq!(Browser::new(&site.router).get(JOURNAL).await.status, StatusCode::SEE_OTHER);
}
