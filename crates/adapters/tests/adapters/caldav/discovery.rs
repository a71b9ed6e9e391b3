//! From the address that the owner typed to the calendar, whatever the server makes of it.

use nochnik_adapters::Failure;
use nochnik_doubles::caldav::{CONTEXT, Folder, HOME, HOST, Habits, Hrefs, PRINCIPAL};
use serde_json::json;

use crate::caldav::desk::{Line, open, span};

async fn hint(line: &Line, calendar: Option<&str>) -> &'static str {
    let calendar = open(&[("calendar", json!(calendar))], line.wire());
    match calendar.changes(None, span()).await.unwrap_err() {
        Failure::Broken { hint, .. } => hint,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn any_address_of_the_server_leads_to_the_calendar() {
    for hrefs in [Hrefs::Plain, Hrefs::Escaped, Hrefs::Absolute] {
        for url in
            ["/", CONTEXT, PRINCIPAL, &format!("{HOME}events-1/"), &format!("{HOME}events-1"), "/somewhere/else/"]
        {
            let line = Line::new(Habits { hrefs, ..Habits::default() });
            let calendar = open(&[("url", json!(format!("https://{HOST}{url}")))], line.wire());
            let said = calendar.check().await.unwrap_or_else(|failure| panic!("{url}: {failure}"));
            assert_eq!(said[0], "Календарь «Мастер Анна» на dav.example открыт.", "{url}");
            line.double.assert_clean();
        }
    }
}

/// The line itself fails where a request goes to another host.
#[tokio::test]
async fn the_password_stays_on_the_server() {
    for (well_known, is_found) in [
        ("https://dav.example/dav/", true),
        ("http://dav.example/dav/", true),
        ("https://evil.example/dav/", false),
        ("//evil.example/dav/", false),
        ("https://dav.example:8443/dav/", false),
        ("/.well-known/caldav", false),
    ] {
        let line = Line::new(Habits { well_known: well_known.to_owned(), ..Habits::default() });
        let done = line.calendar().changes(None, span()).await;
        assert_eq!(done.is_ok(), is_found, "{well_known}: {done:?}");
        if let Err(failure) = done {
            assert!(matches!(failure, Failure::Broken { .. }), "{well_known}: {failure:?}");
        }
    }
}

#[tokio::test]
async fn lists_of_tasks_are_no_calendars() {
    let line = Line::new(Habits::default());
    line.double.add("tasks", Folder::new("Задачи", "VTODO"));
    let said = line.calendar().check().await.unwrap();
    assert!(said[0].contains("«Мастер Анна»"), "{said:?}");
}

#[tokio::test]
async fn one_of_several_is_chosen_by_the_owner() {
    let line = Line::new(Habits::default());
    line.double.add("events-2", Folder::new("Мастер Борис", "VEVENT"));
    line.double.add("events-3", Folder::new("Мастер Борис", "VEVENT"));
    assert!(hint(&line, None).await.contains("несколько"));
    assert!(hint(&line, Some("Мастер Вера")).await.contains("нет"));
    assert!(hint(&line, Some("Мастер Борис")).await.contains("поле calendar"), "two of one name");
    for wish in ["мастер анна", " events-1 ", &format!("{HOME}events-1/"), &format!("https://{HOST}{HOME}events-1")]
    {
        let calendar = open(&[("calendar", json!(wish))], line.wire());
        let said = calendar.check().await.unwrap();
        assert!(said[0].contains("«Мастер Анна»"), "{wish}: {said:?}");
    }
    let calendar = open(&[("calendar", json!("events-3"))], line.wire());
    assert!(calendar.check().await.unwrap()[0].contains("«Мастер Борис»"));
    let listed = line.calendar().check().await.unwrap();
    assert_eq!(listed[1], "В учётной записи есть: «Мастер Анна», «Мастер Борис», «Мастер Борис».");
}

/// The calendar is looked for once, not before every call.
#[tokio::test]
async fn what_was_found_is_kept() {
    let line = Line::new(Habits::default());
    let calendar = line.calendar();
    calendar.changes(None, span()).await.unwrap();
    assert!(line.heard().iter().any(|request| request.contains("well-known")));
    calendar.changes(None, span()).await.unwrap();
    assert!(!line.heard().iter().any(|request| request.contains("home-set")));
}
