//! What clients want, in words for whoever labels messages.

use nochnik_nlu::Intent;

/// What is asked for most: offered on every card.
pub const COMMON: [Intent; 6] =
    [Intent::Book, Intent::Price, Intent::Faq, Intent::Reschedule, Intent::Cancel, Intent::Human];

pub fn title(intent: Intent) -> &'static str {
    match intent {
        Intent::Medical => "Вопрос о здоровье",
        Intent::Complaint => "Жалоба",
        Intent::Human => "Позвать человека",
        Intent::Cancel => "Отменить запись",
        Intent::Reschedule => "Перенести запись",
        Intent::Late => "Опаздывает",
        Intent::Confirm => "Согласие",
        Intent::Decline => "Отказ",
        Intent::Book => "Записаться",
        Intent::Callback => "Позвоните мне",
        Intent::Price => "Узнать цену",
        Intent::Faq => "Вопрос о работе",
        Intent::Feedback => "Отзыв",
        Intent::Inform => "Сообщает о себе",
        Intent::Smalltalk => "Приветствие, спасибо",
        Intent::Business => "Деловое предложение",
        Intent::Spam => "Реклама",
        Intent::Abuse => "Оскорбление",
        Intent::Injection => "Обмануть бота",
        Intent::Offtopic => "Не по делу",
        Intent::OtherLang => "Другой язык",
    }
}

/// What the bot had asked before the message, by the word it is kept by.
pub fn asked(context: &str) -> Option<&'static str> {
    Some(match context {
        "reminder" => "ответ на напоминание",
        "confirm" => "ответ на «всё верно?»",
        "offer_slots" => "ответ на предложенное время",
        "ask_name" => "ответ на вопрос об имени",
        "ask_phone" => "ответ на вопрос о телефоне",
        "ask_when" => "ответ на «когда удобно?»",
        "ask_service" => "ответ на «какая услуга?»",
        "csat" => "ответ на просьбу об оценке",
        _ => return None,
    })
}

/// What is learned from, with its marks as words.
pub fn spoken(text: &str) -> String {
    let marks = [
        ("<service>", "[услуга]"),
        ("<specialist>", "[мастер]"),
        ("<when>", "[время]"),
        ("<name>", "[имя]"),
        ("<phone>", "[телефон]"),
        ("⏎", " "),
    ];
    marks.iter().fold(text.to_owned(), |text, (mark, word)| text.replace(mark, word))
}
