//! Answers that nobody wants, to the questions: each is told from the others, and none is taken for an empty calendar.

use std::sync::Arc;

use async_trait::async_trait;
use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_doubles::caldav::Habits;

use crate::caldav::desk::{Line, foreign, open, span};

/// The double, until a request holds `trigger`; that one is answered so.
struct Spoiled {
    line: Line,
    trigger: &'static str,
    answer: fn() -> Result<Answer, Lost>,
}

#[async_trait]
impl Wire for Spoiled {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let body = String::from_utf8_lossy(call.body()).into_owned();
        if body.contains(self.trigger) { (self.answer)() } else { self.line.carry(call).await }
    }
}

async fn read(trigger: &'static str, answer: fn() -> Result<Answer, Lost>) -> Result<usize, Failure> {
    let line = Line::new(Habits::default());
    line.double.write("a.ics", foreign("a", "20261124T060000Z").as_bytes());
    let calendar = open(&[], Some(Arc::new(Spoiled { line, trigger, answer })));
    calendar.changes(None, span()).await.map(|changes| changes.events.len())
}

fn says(status: u16, body: &str) -> Result<Answer, Lost> {
    Ok(Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() })
}

#[tokio::test]
async fn a_question_that_failed_is_asked_later() {
    for answer in [
        || says(500, ""),
        || says(502, "<html>"),
        || says(504, ""),
        || says(429, ""),
        || says(207, "<html>"),
        || says(207, ""),
        || says(207, "<!DOCTYPE a [<!ENTITY b \"c\">]><multistatus xmlns=\"DAV:\">&b;</multistatus>"),
        || says(207, "<multistatus xmlns=\"urn:other\"/>"),
        || Err(Lost::Before("refused".to_owned())),
        || Err(Lost::Perhaps("timed out".to_owned())),
    ] {
        for trigger in ["current-user-principal", "calendar-query", "calendar-multiget"] {
            let failure = read(trigger, answer).await.unwrap_err();
            assert!(matches!(failure, Failure::Later { .. }), "{trigger}: {failure:?}");
        }
    }
    match read("calendar-query", || Err(Lost::Before("refused".to_owned()))).await.unwrap_err() {
        Failure::Later { scope, .. } => assert_eq!(scope, Scope::Destination),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_question_that_is_forbidden_needs_the_owner() {
    for status in [|| says(401, ""), || says(403, "")] {
        for trigger in ["calendar-query", "calendar-multiget"] {
            let failure = read(trigger, status).await.unwrap_err();
            assert!(matches!(failure, Failure::Broken { .. }), "{trigger}: {failure:?}");
        }
    }
}

/// An event that was promised and does not come would look like free time: it is asked for alone.
#[tokio::test]
async fn an_answer_with_a_hole_is_filled() {
    let hole = || says(207, "<multistatus xmlns=\"DAV:\"/>");
    assert_eq!(read("calendar-multiget", hole).await.unwrap(), 1);
    let no_data = || {
        says(
            207,
            "<multistatus xmlns=\"DAV:\"><response><href>/dav/calendars/anna@salon.example/events-1/a.ics</href>\
             <propstat><prop><getetag>\"2\"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>",
        )
    };
    assert_eq!(read("calendar-multiget", no_data).await.unwrap(), 1);
    let gone = || {
        says(
            207,
            "<multistatus xmlns=\"DAV:\"><response><href>/dav/calendars/anna@salon.example/events-1/a.ics</href>\
             <status>HTTP/1.1 404 Not Found</status></response></multistatus>",
        )
    };
    assert_eq!(read("calendar-multiget", gone).await.unwrap(), 0);
}

/// An answer over the limit is asked for in halves; one event over it alone counts as unreadable.
#[tokio::test]
async fn what_is_too_long_is_asked_for_in_parts() {
    struct Narrow(Line);
    #[async_trait]
    impl Wire for Narrow {
        async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
            let answer = self.0.carry(call).await?;
            if answer.body.len() > call.answer_bytes_max {
                return Err(Lost::Perhaps(nochnik_adapters::http::TOO_LONG.to_owned()));
            }
            Ok(answer)
        }
    }
    let line = Line::new(Habits::default());
    let long = |size: usize| foreign("long", "20261124T060000Z").replace("Стоматолог", &"x".repeat(size));
    for number in 0..10 {
        line.double.write(&format!("{number}.ics"), long(1_000_000).as_bytes());
    }
    line.double.write("huge.ics", long(5_000_000).as_bytes());
    let calendar = open(&[], Some(Arc::new(Narrow(line.clone()))));
    let whole = calendar.changes(None, span()).await.unwrap();
    assert_eq!(whole.events.len(), 10);
    line.double.assert_clean();
}
