//! What the journal keeps as words of ours, told as people say it.

use std::collections::BTreeMap;

use maud::{Markup, html};
use nochnik_store::audit::Entry;
use serde_json::Value;

use super::super::people::channel_title;
use super::super::viewer::{Role, Viewer};
use super::super::{Web, words};
use crate::calendar_setup;
use crate::preset::Preset;

/// The journal was saved as a file.
pub const SAVED: &str = "journal_csv";

/// What a deed is about: decides how its subject is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Nothing,
    Service,
    Specialist,
    Person,
    Channel,
    Crm,
    Calendar,
    Talk,
    /// A count of lines.
    Lines,
    /// A number of a version.
    Version,
    Kind,
    Model,
    Role,
    Key,
}

/// Deeds that an owner looks for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Doors,
    Visits,
    Settings,
    Channels,
    Teaching,
    Outside,
    Programs,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Doors, Self::Visits, Self::Settings, Self::Channels, Self::Teaching, Self::Outside, Self::Programs];

    pub fn word(self) -> &'static str {
        match self {
            Self::Doors => "doors",
            Self::Visits => "visits",
            Self::Settings => "settings",
            Self::Channels => "channels",
            Self::Teaching => "teaching",
            Self::Outside => "outside",
            Self::Programs => "programs",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Doors => "Входы",
            Self::Visits => "Записи",
            Self::Settings => "Настройки",
            Self::Channels => "Каналы, CRM, календари",
            Self::Teaching => "Обучение",
            Self::Outside => "Отправлено наружу",
            Self::Programs => "Сделали программы",
        }
    }

    /// The words by which the journal keeps them.
    pub fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Doors => &[
                "login",
                "logout",
                "password",
                "session_end",
                "sessions_end",
                "second_factor_on",
                "second_factor_off",
                "second_factor_taken",
                "recovery_codes",
                "recovery_used",
                "login_off",
                "login_on",
                "access",
                "invite",
                "invite_off",
                "invite_accept",
                "key_on",
                "key_off",
            ],
            Self::Visits => &["visit_new"],
            Self::Settings => &[
                "about",
                "answers",
                "replies",
                "text",
                "hours",
                "special_days",
                "places",
                "rules",
                "care",
                "questions",
                "reports",
                "retention",
                "ladder",
                "service_new",
                "service",
                "service_off",
                "specialist_new",
                "specialist",
                "specialist_off",
                "price_list",
                "person_new",
                "person",
                "person_off",
                "shift_new",
                "shift",
                "shift_off",
                "duty_change",
                "duty_change_off",
                "kind",
                "version_back",
            ],
            Self::Channels => &[
                "channel_on",
                "channel_renew",
                "channel_off",
                "crm_on",
                "crm_off",
                "crm_connect",
                "language_model_on",
                "language_model_off",
                "speech_on",
                "speech_off",
                "means_on",
                "means_off",
                "means_people",
                "calendar_on",
                "calendar_off",
                "calendar_import",
                "subscriber_on",
                "subscriber_off",
            ],
            Self::Teaching => &["lesson", "lesson_off", "model_new", "model_back"],
            Self::Outside => &["model.ask", "speech.hear", "replay", "subscriber_try", SAVED],
            Self::Programs => &[
                "api_reply",
                "api_take",
                "api_back",
                "api_ended",
                "api_came",
                "api_decided",
                "api_moved",
                "api_cancelled",
            ],
        }
    }
}

/// A line of the journal as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub deed: String,
    pub about: Option<Subject>,
    /// The version of the settings that it made.
    pub version: Option<i64>,
}

/// What it was about; `talk` is the conversation that opens on a tap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    name: String,
    talk: Option<String>,
}

impl Told {
    pub fn of(deed: String, about: String) -> Self {
        let about = Some(about).filter(|name| !name.is_empty()).map(|name| Subject { name, talk: None });
        Self { deed, about, version: None }
    }

    pub fn talk(deed: String, id: &str, name: &str) -> Self {
        Self { deed, about: Some(Subject { name: name.to_owned(), talk: Some(id.to_owned()) }), version: None }
    }

    /// The subject without the name of a client: a conversation by its id.
    pub fn plain(&self) -> &str {
        self.about.as_ref().map_or("", |subject| subject.talk.as_deref().unwrap_or(&subject.name))
    }
}

impl Subject {
    pub fn show(&self) -> Markup {
        html! {
            @match &self.talk {
                Some(id) => a href={ "/console/chats/" (id) } { (self.name) },
                None => (self.name),
            }
        }
    }
}

/// A line of the journal in words.
pub fn told(web: &Web, viewer: &Viewer, keys: &BTreeMap<String, String>, entry: &Entry) -> Told {
    let version = serde_json::from_str::<Value>(&entry.details).ok().and_then(|details| details["version"].as_i64());
    let (deed, about) = match deed(&entry.action) {
        Some(known) => known,
        None if version.is_some() => ("Изменены настройки", About::Nothing),
        None => return Told { version, ..Told::of("Другое действие".to_owned(), entry.action.clone()) },
    };
    let told = match about {
        About::Talk if !viewer.may_open("/console/chats") => Told::of(deed.to_owned(), "диалог".to_owned()),
        About::Talk => Told::talk(deed.to_owned(), &entry.subject, "диалог"),
        About::Key => Told::of(deed.to_owned(), keys.get(&entry.subject).unwrap_or(&entry.subject).clone()),
        about => Told::of(deed.to_owned(), subject(web, viewer, about, &entry.subject)),
    };
    Told { version, ..told }
}

fn subject(web: &Web, viewer: &Viewer, about: About, id: &str) -> String {
    let salon = &viewer.salon;
    match about {
        About::Nothing | About::Talk | About::Key => String::new(),
        About::Service => salon.document().service_name(id).unwrap_or(id).to_owned(),
        About::Specialist => salon.document().specialist_name(id).unwrap_or(id).to_owned(),
        About::Person => salon.person(id).to_owned(),
        About::Channel => channel_title(web, viewer, id).to_owned(),
        About::Crm => web.titles.get(id).map_or(id, String::as_str).to_owned(),
        About::Calendar => calendar_setup::title(id).to_owned(),
        About::Lines => id.parse().map_or_else(|_| id.to_owned(), |n| words::count(n, "строка", "строки", "строк")),
        About::Version => format!("версия {id}"),
        About::Role => Role::parse(id).map_or_else(|| id.to_owned(), |role| role.title().to_owned()),
        About::Kind => Preset::named(id).map_or(id, |preset| preset.title()).to_owned(),
        About::Model if id == "0" => "из поставки".to_owned(),
        About::Model => format!("версия {id}"),
    }
}

/// How a deed is told, and what it is about; `None` for one of another release.
fn deed(action: &str) -> Option<(&'static str, About)> {
    Some(match action {
        "login" => ("Вход в кабинет", About::Nothing),
        "logout" => ("Выход из кабинета", About::Nothing),
        "password" => ("Задан пароль", About::Person),
        "second_factor_on" => ("Включён второй фактор", About::Nothing),
        "second_factor_off" => ("Выключен второй фактор", About::Nothing),
        "second_factor_taken" => ("Снят второй фактор", About::Person),
        "recovery_codes" => ("Выпущены новые коды восстановления", About::Nothing),
        "recovery_used" => ("Вход по коду восстановления", About::Nothing),
        "access" => ("Изменено требование второго фактора", About::Nothing),
        "login_off" => ("Закрыт вход", About::Person),
        "login_on" => ("Снова открыт вход", About::Person),
        "invite" => ("Выписано приглашение", About::Role),
        "invite_off" => ("Отозвано приглашение", About::Nothing),
        "invite_accept" => ("Вход по приглашению", About::Nothing),
        "session_end" => ("Закончен один вход", About::Person),
        "sessions_end" => ("Закончены все входы", About::Person),
        "subscriber_on" => ("Добавлен вебхук", About::Nothing),
        "subscriber_off" => ("Убран вебхук", About::Nothing),
        "subscriber_try" => ("Отправлено пробное событие", About::Nothing),
        "key_on" => ("Сделан ключ доступа", About::Key),
        "key_off" => ("Отозван ключ доступа", About::Key),
        "api_reply" => ("Ответ клиенту из программы", About::Talk),
        "api_take" => ("Программа взяла диалог", About::Talk),
        "api_back" => ("Программа вернула диалог боту", About::Talk),
        "api_ended" => ("Программа закрыла дело", About::Talk),
        "api_came" => ("Программа отметила визит", About::Talk),
        "api_decided" => ("Программа решила о записи", About::Talk),
        "api_moved" => ("Программа перенесла запись", About::Talk),
        "api_cancelled" => ("Программа отменила запись", About::Talk),
        "visit_new" => ("Клиент записан вручную", About::Talk),
        "about" => ("Изменены сведения о бизнесе", About::Nothing),
        "answers" => ("Изменены ответы на вопросы", About::Nothing),
        "text" => ("Изменён текст бота", About::Nothing),
        "replies" => ("Изменены заготовки ответов", About::Nothing),
        "places" => ("Изменены места и аппараты", About::Nothing),
        "hours" => ("Изменены часы работы", About::Nothing),
        "special_days" => ("Изменены праздники и особые дни", About::Nothing),
        "rules" => ("Изменены правила ответов и записи", About::Nothing),
        "care" => ("Изменены напоминания", About::Nothing),
        "questions" => ("Изменены вопросы клиенту", About::Nothing),
        "reports" => ("Изменены отчёты", About::Nothing),
        "retention" => ("Изменены сроки хранения", About::Nothing),
        "ladder" => ("Изменён порядок вызова", About::Nothing),
        "service_new" => ("Добавлена услуга", About::Nothing),
        "service" => ("Изменена услуга", About::Service),
        "service_off" => ("Убрана услуга", About::Service),
        "price_list" => ("Вставлен прайс", About::Lines),
        "specialist_new" => ("Добавлен мастер", About::Nothing),
        "specialist" => ("Изменены сведения о мастере", About::Specialist),
        "specialist_off" => ("Убран мастер", About::Specialist),
        "person_new" => ("Добавлен дежурный", About::Nothing),
        "person" => ("Изменены сведения о дежурном", About::Person),
        "person_off" => ("Убран дежурный", About::Person),
        "shift_new" => ("Добавлена смена", About::Nothing),
        "shift" => ("Изменена смена", About::Nothing),
        "shift_off" => ("Убрана смена", About::Nothing),
        "duty_change" => ("Записана подмена или отсутствие", About::Person),
        "duty_change_off" => ("Отменена подмена или отсутствие", About::Nothing),
        "kind" => ("Выбран вид бизнеса", About::Kind),
        "version_back" => ("Возвращены прежние настройки", About::Version),
        "channel_on" => ("Включён канал", About::Channel),
        "channel_renew" => ("Обновлены ключи канала", About::Channel),
        "channel_off" => ("Выключен канал", About::Channel),
        "crm_on" => ("Настроена CRM", About::Crm),
        "crm_off" => ("Отключена CRM", About::Crm),
        "crm_connect" => ("Подключена CRM", About::Crm),
        "language_model_on" => ("Настроена языковая модель", About::Nothing),
        "language_model_off" => ("Отключена языковая модель", About::Nothing),
        "speech_on" => ("Настроено распознавание речи", About::Nothing),
        "speech_off" => ("Отключено распознавание речи", About::Nothing),
        "means_on" => ("Настроен способ связи", About::Channel),
        "means_off" => ("Отключён способ связи", About::Channel),
        "means_people" => ("Изменено, кого звать способом", About::Channel),
        "calendar_on" => ("Настроен календарь", About::Calendar),
        "calendar_off" => ("Отключён календарь", About::Calendar),
        "calendar_import" => ("Взяты услуги и мастера из календаря", About::Calendar),
        "replay" => ("Отправлено ещё раз из «Доставки»", About::Nothing),
        "model.ask" => ("Вопрос языковой модели, без имён и телефонов", About::Talk),
        "speech.hear" => ("Голосовое отдано на распознавание", About::Talk),
        SAVED => ("Журнал сохранён файлом", About::Nothing),
        "lesson" => ("Размечено сообщение клиента", About::Talk),
        "lesson_off" => ("Убрана разметка сообщения", About::Talk),
        "model_new" => ("Обучено понимание", About::Model),
        "model_back" => ("Возвращено прежнее понимание", About::Model),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_of_a_kind_is_told_in_words() {
        for action in Kind::ALL.iter().flat_map(|kind| kind.actions()) {
            let (words, _) = deed(action).unwrap_or_else(|| panic!("{action} has no words"));
            assert!(words.chars().next().is_some_and(char::is_uppercase), "{words}");
        }
        assert_eq!(deed("something of another release"), None);
    }
}
