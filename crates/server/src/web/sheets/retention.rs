//! «Сроки хранения»: how long what clients told is kept.

use super::typed::number;
use super::{Field, Kind, Section, Sheet};

/// Days that something is kept.
macro_rules! days {
    ($name:ident, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Line("numeric"),
            get: |document| document.retention.$name.to_string(),
            put: |document, text| number(text).map(|days| document.retention.$name = days),
        }
    };
}

pub const SHEET: Sheet = Sheet {
    name: "retention",
    title: "Сроки хранения",
    sections: &[Section {
        title: "Сколько дней хранить",
        help: "По закону — не дольше, чем нужно для дела. Удаляем ночью, после 4:00: до этого срок можно вернуть. \
               Разговор, по которому кто-то ещё ждёт, не удаляется. Карточки в CRM удаляете вы сами.",
        fields: &[
            days!(messages_days, "Сообщения", "Слова клиента и бота; сам разговор, заявка и записи остаются"),
            days!(leads_days, "Разговоры без записи", "От последнего сообщения: разговор и заявка целиком"),
            days!(visits_days, "Разговоры с записью", "От последнего визита: разговор, заявка и записи целиком"),
        ],
    }],
    more: Some(("Что удалено", "/console/settings/erasures")),
};
