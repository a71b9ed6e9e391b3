//! Who opened what of a client, noted as it is opened.

use nochnik_store::record_views::{self, NewView};

use super::Web;
use super::viewer::Viewer;

/// What can be opened. The word is stored, so it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// A dialogue with the client's card.
    Talk,
    /// A file that a client sent.
    File,
    /// The page «Сейчас».
    Now,
    /// The list of dialogues.
    Talks,
    /// The list of cases.
    Cases,
    /// The list of leads.
    Leads,
    /// The bookings of a day.
    Bookings,
    /// Messages to be labelled.
    Lessons,
}

impl Record {
    const ALL: [Self; 8] =
        [Self::Talk, Self::File, Self::Now, Self::Talks, Self::Cases, Self::Leads, Self::Bookings, Self::Lessons];

    fn word(self) -> &'static str {
        match self {
            Self::Talk => "talk",
            Self::File => "file",
            Self::Now => "now",
            Self::Talks => "talks",
            Self::Cases => "cases",
            Self::Leads => "leads",
            Self::Bookings => "bookings",
            Self::Lessons => "lessons",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record| record.word() == word)
    }

    /// As the journal tells it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Talk => "Диалог и карточка клиента",
            Self::File => "Файл клиента",
            Self::Now => "Страница «Сейчас»",
            Self::Talks => "Список диалогов",
            Self::Cases => "Эскалации",
            Self::Leads => "Список лидов",
            Self::Bookings => "Записи клиентов",
            Self::Lessons => "Сообщения на разбор",
        }
    }
}

/// Before the name of a key, where a program read it.
pub const KEY_PREFIX: &str = "key:";

/// Notes that the viewer opened it; `id` is the conversation's, or empty for a list.
///
/// A page is shown even when this cannot be kept: at night a client's phone must be found while the disk is full. The
/// log of the server says so.
pub async fn note(web: &Web, viewer: &Viewer, record: Record, id: &str) {
    note_as(web, &viewer.business, &viewer.login, record, id).await;
}

/// The same of anybody.
pub async fn note_as(web: &Web, business: &str, login: &str, record: Record, id: &str) {
    let (business, login, id, at_ms) =
        (business.to_owned(), login.to_owned(), id.to_owned(), web.desk.now().as_millisecond());
    let job = move |sql: &mut dyn nochnik_store::Sql| {
        let view = NewView { login: &login, what: record.word(), record: &id, at_ms };
        record_views::note(sql, &business, &view)
    };
    if let Err(error) = web.store.write_soon(job).await {
        tracing::error!(%error, "Who opened a record could not be kept");
    }
}
