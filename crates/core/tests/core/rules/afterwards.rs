//! What is said once all is settled: whoever has booked hears when they are expected, whoever waits for a person that the
//! answer will come, and nobody is asked «чем могу помочь?» for a «хорошо».

use nochnik_core::conversation::Asking;
use nochnik_core::event::InputKind;

use crate::rules::talk::{FRIDAY, Talk, notices, times};

const AGREED: &str = "Договорились: завтра, пт, 20 ноября, 15:00. Ждём вас!";

/// The visit is Friday's at three.
#[test]
fn whoever_has_booked_hears_when_they_are_expected() {
    for text in [
        "хорошо",
        "понял",
        "поняла, спасибо",
        "ясно",
        "жду",
        "буду",
        "ок",
        "👍",
        "всё",
        "до завтра",
        "до встречи",
        "в пятницу",
        "в пятницу?",
        "в три",
        "значит, в пятницу в три",
        "хорошо, в пятницу маникюр",
        "ок, договорились на пятницу",
    ] {
        let mut talk = Talk::agreed();
        let case = talk.conv.case.clone();
        assert_eq!(talk.says(text), AGREED, "{text}");
        assert_eq!((talk.conv.coming(talk.now).len(), talk.conv.asking), (1, Asking::Nothing), "{text}");
        assert_eq!(talk.conv.case, case, "«{text}» calls nobody");
    }
}

#[test]
fn another_time_or_another_wish_is_no_farewell() {
    for (text, begins) in [
        ("в пятницу в 17", "Переносим запись"),
        ("в 17", "Переносим запись"),
        ("в субботу", "Переносим запись"),
        ("на полчаса позже", "Переносим запись"),
        ("в пятницу вечером", "Маникюр без покрытия. Свободно"),
        ("запишите в пятницу", "На какую услугу"),
        ("хорошо, а сколько это стоит?", "Маникюр без покрытия — 1 200 ₽"),
        ("понял, у вас есть парковка?", "Во дворе"),
        ("а в пятницу вы до скольки?", "Завтра, пт, 20 ноября: с 09:00 до 21:00"),
        ("хорошо, перезвоните мне", "Перезвоним вам"),
        ("хорошо, в пятницу педикюр", "Педикюр с покрытием"),
        ("?", "Чем могу помочь?"),
        ("😡", "Чем могу помочь?"),
        ("здравствуйте", "Чем могу помочь?"),
        ("вы тут?", "Чем могу помочь?"),
        ("нет, спасибо", "Хорошо, запись остаётся"),
        ("больше ничего не надо", "Хорошо, запись остаётся"),
        ("спасибо", "Пожалуйста!"),
    ] {
        let mut talk = Talk::agreed();
        let reply = talk.says(text);
        assert!(reply.starts_with(begins), "«{text}»: {reply}");
    }
}

/// So many words are «read and content»; one more may say anything.
#[test]
fn a_longer_message_is_more_than_a_nod() {
    assert_eq!(Talk::agreed().says("хорошо поняла вас ок"), AGREED);
    assert_ne!(Talk::agreed().says("хорошо я поняла вас ок"), AGREED);
}

#[test]
fn a_nod_with_nothing_booked() {
    for (before, text, begins) in [
        ("позовите администратора", "хорошо", "Хорошо. Ответ администратора придёт сюда."),
        ("позовите администратора", "жду", "Понимаю, ждать неприятно"),
        ("сколько стоит маникюр?", "понял", "Если захотите записаться"),
        ("где вы находитесь?", "ясно", "Если захотите записаться"),
        ("где вы находитесь?", "ок, спасибо", "Пожалуйста!"),
        ("отмените запись", "понял", "Если захотите записаться"),
    ] {
        let mut talk =
            if before == "отмените запись" { Talk::agreed() } else { Talk::begin("2026-11-19T12:00") };
        talk.says(before);
        let reply = talk.says(text);
        assert!(reply.starts_with(begins), "{before} — {text}: {reply}");
        assert_eq!(talk.conv.asking == Asking::Nothing, begins != "Пожалуйста!", "{before} — {text}");
    }
    let mut booked = Talk::agreed();
    booked.says("позовите администратора");
    assert!(booked.says("хорошо").starts_with("Хорошо. Ответ администратора"), "the person first");
}

/// A time is kept, and nothing booked: a farewell now is asked once more.
#[test]
fn no_leave_is_taken_of_a_summary() {
    for text in ["спасибо", "до завтра", "до свидания"] {
        let mut talk = Talk::kept();
        let reply = talk.says(text);
        assert!(reply.ends_with("Всё верно?"), "{text}: {reply}");
    }
    let mut offered = Talk::begin("2026-11-19T12:00");
    offered.says("запишите на маникюр к Анне");
    assert!(offered.says("спасибо").starts_with("Пожалуйста!"));
}

/// Nobody was called: whoever waits is asked what for, however it is said; for a person called it is another question.
#[test]
fn whoever_waits_for_nobody_is_asked_what_for() {
    for text in ["вы тут?", "ау", "когда ответите?", "ну и сколько мне ждать ответа?"]
    {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("здравствуйте");
        assert_eq!(talk.says(text), "Чем могу помочь?", "{text}");
        assert!(talk.conv.case.is_none(), "{text}");
    }
    let mut long = Talk::begin("2026-11-19T12:00");
    long.says("здравствуйте");
    assert_ne!(long.says("ну и сколько же мне ещё ждать ответа от вас?"), "Чем могу помочь?", "too long for a nudge");
    assert!(Talk::kept().says("вы тут?").ends_with("Всё верно?"), "a question stands open");
    let mut waits = Talk::begin("2026-11-19T12:00");
    waits.says("позовите администратора");
    assert!(waits.says("вы тут?").starts_with("Понимаю, ждать неприятно"));
}

#[test]
fn who_is_late_has_a_visit_that_is_not_over() {
    const LATE: &str = "Понял, предупрежу мастера.";
    let hour = |hour: &str| format!("{FRIDAY}T{hour}");
    for (now, says) in [(hour("14:50"), true), (hour("15:00"), true), (hour("15:59"), true), (hour("16:00"), false)] {
        let mut talk = Talk::agreed();
        talk.now = talk.at(&now);
        talk.conv.wish.wants_visit = true;
        assert_eq!(talk.wants(&["late"], "буду через 15 минут") == LATE, says, "{now}");
    }
    // Who speaks of being late has a visit, if only on paper; who merely comes wants one.
    for (wants_visit, text, says) in [
        (true, "буду через 15 минут", false),
        (false, "буду через 15 минут", true),
        (true, "опаздываю на 15 минут", true),
    ] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("здравствуйте");
        talk.conv.wish.wants_visit = wants_visit;
        assert_eq!(talk.wants(&["late"], text) == LATE, says, "{wants_visit} {text}");
    }
    let mut kept = Talk::kept();
    assert_ne!(kept.wants(&["late"], "буду через 15 минут"), LATE, "a time is kept, and none booked");
}

/// «Всё верно, только могу опоздать»: booked first, unless it was heard by a machine.
#[test]
fn a_yes_of_somebody_late() {
    let mut talk = Talk::kept();
    let reply = talk.says("всё верно, только могу опоздать");
    assert!(reply.starts_with("Записал вас") && reply.ends_with("предупрежу мастера."), "{reply}");
    let mut spoken = Talk::kept();
    let text = "всё верно, только могу опоздать".to_owned();
    spoken.does(InputKind::Spoken { text });
    assert_eq!((spoken.conv.coming(spoken.now).len(), spoken.conv.asking), (0, Asking::Confirm));
    let mut doubts = Talk::kept();
    doubts.says("могу опоздать");
    assert_eq!((doubts.conv.coming(doubts.now).len(), doubts.conv.asking), (0, Asking::Confirm), "no yes was said");
}

/// What is asked of a visit that stands.
#[test]
fn questions_of_a_visit() {
    for (text, says) in [
        ("можно будет отменить?", "Да, перенести или отменить"),
        ("а если я не приду?", "Да, перенести или отменить"),
        ("напомните за день", "Хорошо, о визите напомню"),
        ("напомните, на когда я записана", "Вы записаны: Маникюр без покрытия"),
        ("сколько это займёт?", "Маникюр без покрытия — 1 200 ₽, 1 час"),
        ("где вы, не могу найти", "Мы на ул. Примерной"),
        ("я пришла, никто не открывает", "Позвал администратора"),
    ] {
        let mut talk = Talk::agreed();
        let reply = talk.says(text);
        assert!(reply.contains(says), "{text}: {reply}");
        assert_eq!(talk.conv.coming(talk.now).len(), 1, "{text}");
    }
    let mut unreminded = Talk::agreed();
    unreminded.now = unreminded.at("2026-11-20T14:30");
    assert!(!unreminded.says("напомните за день").starts_with("Хорошо, о визите напомню"), "none is to come any more");
}

/// «Пораньше», «попозже» of a visit is its day, before its hour or behind it.
#[test]
fn sooner_or_later_on_the_day_of_the_visit() {
    for (text, is_sooner) in [("можно прийти пораньше?", true), ("а попозже можно?", false)]
    {
        let mut talk = Talk::agreed();
        talk.says(text);
        let offered = times(&talk, &talk.conv.wish.offers);
        let is_so =
            |at: &String| at.starts_with("20.11") && (at.as_str() < "20.11 15:00") == is_sooner && at != "20.11 15:00";
        assert!(!offered.is_empty() && offered.iter().all(is_so), "{text}: {offered:?}");
    }
}

/// «Раньше не успею» tells why, and asks for no earlier time.
#[test]
fn what_cannot_be_is_not_offered() {
    let mut talk = Talk::agreed();
    talk.says("перенесите запись, раньше не успею");
    let offered = times(&talk, &talk.conv.wish.offers);
    assert!(talk.conv.wish.when.is_none(), "{offered:?}");
}

/// A question about calling it off gives nothing up; «нет, не надо» to a summary does, and to a series only that.
#[test]
fn what_gives_a_kept_time_up() {
    let mut asks = Talk::kept();
    let reply = asks.says("можно будет отменить?");
    assert!(reply.starts_with("Да, перенести") && reply.ends_with("Всё верно?"), "{reply}");
    let mut waits = Talk::kept();
    assert!(waits.says("подождите, спрошу у мужа").starts_with("Хорошо: завтра"));
    assert_eq!(waits.held().as_deref(), Some("20.11 15:00"));
    let mut refuses = Talk::kept();
    refuses.says("нет, не надо");
    assert_eq!((refuses.held(), refuses.conv.asking), (None, Asking::Nothing));
}

/// Of a visit that has begun the card names it, as long as nothing else is wanted and it is not over.
#[test]
fn the_card_names_what_is_under_way() {
    for (now, text, says) in [
        ("15:20", "позовите администратора", "Вера · Маникюр без покрытия · сегодня 15:00"),
        ("15:20", "запишите на педикюр, и позовите администратора", "Вера · Педикюр с покрытием · "),
        ("16:00", "позовите администратора", "Вера · услуга не названа · время не названо"),
    ] {
        let mut talk = Talk::agreed();
        talk.now = talk.at(&format!("{FRIDAY}T{now}"));
        let effects = talk.does(InputKind::Text { text: text.to_owned() });
        let card = notices(&effects)[0].text.replace('\u{a0}', " ");
        assert!(card.contains(says), "{now} {text}: {card}");
    }
}
