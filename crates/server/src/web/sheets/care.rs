//! «Напоминания»: what is sent around a visit, and when nobody is disturbed.

use super::typed::{clock, length, minutes, number, time};
use super::{Field, Kind, Section, Sheet};

pub const SHEET: Sheet =
    Sheet { name: "care", title: "Напоминания", sections: &[BEFORE, AFTER, SILENCE, QUIET], more: None };

/// A time of the day.
macro_rules! time {
    ($name:ident, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Line("text"),
            get: |document| clock(document.care.$name),
            put: |document, text| time(text).map(|time| document.care.$name = time),
        }
    };
}

/// A stretch of time that may be left out.
macro_rules! maybe {
    ($name:ident, $label:literal, $help:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            help: $help,
            kind: Kind::Line("text"),
            get: |document| document.care.$name.map(length).unwrap_or_default(),
            put: |document, text| {
                document.care.$name = (!text.is_empty()).then(|| minutes(text)).transpose()?;
                Ok(())
            },
        }
    };
}

const BEFORE: Section = Section {
    title: "До визита",
    help: "",
    fields: &[
        Field {
            name: "remind_before_min",
            label: "Напоминать за",
            help: "Через запятую, от раннего к позднему: «24 ч, 2 ч». Пусто — не напоминать",
            kind: Kind::Line("text"),
            get: |document| document.care.remind_before_min.iter().map(|it| length(*it)).collect::<Vec<_>>().join(", "),
            put: |document, text| {
                let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
                document.care.remind_before_min = parts.map(minutes).collect::<Result<_, _>>()?;
                Ok(())
            },
        },
        Field {
            name: "ring_after_min",
            label: "Не ответил на первое — в список для звонка через",
            help: "Список утром видит тот, кто звонит клиентам",
            kind: Kind::Line("text"),
            get: |document| length(document.care.ring_after_min),
            put: |document, text| minutes(text).map(|minutes| document.care.ring_after_min = minutes),
        },
        Field {
            name: "unreminded_percent",
            label: "Скольким не напоминать, %",
            help: "Чтобы измерить, помогают ли напоминания: 0 — напоминать всем, 10 — каждому десятому нет",
            kind: Kind::Line("numeric"),
            get: |document| document.care.unreminded_percent.to_string(),
            put: |document, text| number(text).map(|percent| document.care.unreminded_percent = percent),
        },
    ],
};

const AFTER: Section = Section {
    title: "После визита",
    help: "",
    fields: &[maybe!(
        rate_after_min,
        "Попросить оценку через",
        "«1 ч»; пусто — не просить. С оценкой от 1 до 3 зовут человека"
    )],
};

const SILENCE: Section = Section {
    title: "Клиент замолчал",
    help: "",
    fields: &[
        maybe!(follow_up_after_min, "Написать ещё раз через", "Один раз на вопрос; пусто — не писать"),
        time!(follow_up_from, "Но не раньше", ""),
        time!(follow_up_to, "И не позже", ""),
    ],
};

const QUIET: Section = Section {
    title: "Тихие часы",
    help: "В это время бот не пишет клиентам первым. На вопросы отвечает как обычно.",
    fields: &[time!(quiet_from, "С", ""), time!(quiet_to, "До", "Одинаковое время в обоих полях — тихих часов нет")],
};
