//! A yes, a no and what is neither: what each comes to under every question that stands open.

use std::sync::Arc;

use nochnik_core::conversation::Asking;
use nochnik_core::event::InputKind;
use nochnik_core::schedule::Busy;

use crate::rules::talk::{Talk, said};

/// The question that stands open, and the talk in which it does.
fn open(asking: Asking) -> Talk {
    let talk = match asking {
        Asking::Confirm => Talk::kept(),
        Asking::ConfirmCancel => {
            let mut talk = Talk::agreed();
            talk.says("можно ли отменить запись?");
            talk.conv.asking = Asking::ConfirmCancel;
            talk
        }
        Asking::ConfirmMove => move_asked(),
        Asking::Series => {
            let mut talk = Talk::begin("2026-11-19T20:00");
            talk.says("маникюр у Анны каждый вторник в 15:00, Вера, 8 918 555 01 50");
            talk.says("да");
            talk
        }
        Asking::Slot => {
            let mut talk = Talk::begin("2026-11-19T12:00");
            talk.says("здравствуйте");
            talk.says("запишите на маникюр к Анне");
            talk
        }
        Asking::Reminder => {
            let mut talk = Talk::agreed();
            talk.conv.asking = Asking::Reminder;
            talk
        }
        _ => {
            let mut talk = Talk::begin("2026-11-19T12:00");
            talk.says("здравствуйте");
            talk
        }
    };
    assert_eq!(talk.conv.asking, asking);
    talk
}

/// Half an hour later stands nothing in the way but the visit itself: «Перенести?»
fn move_asked() -> Talk {
    let mut talk = Talk::begin("2026-11-24T23:40");
    talk.says("маникюр с гель-лаком к Анне в четверг в 12, Инга 8 918 555 01 42");
    talk.says("да");
    let own = talk.visit().clone();
    let busy = Busy::of_specialist(own.slot.specialist, own.slot.starts_at, own.slot.busy_until);
    talk.business.busy = Arc::new(vec![Busy { booking: own.id, ..busy }]);
    talk.says("не в 12, а в 12:30 можно?");
    talk
}

/// The times of what is booked, on the wall clock.
fn booked(talk: &Talk) -> Vec<String> {
    let coming = talk.conv.coming(talk.now);
    coming.iter().map(|visit| talk.wall(visit.slot.starts_at).strftime("%d.%m %H:%M").to_string()).collect()
}

/// Said so, nothing is settled: the same question is asked once more.
#[test]
fn what_is_no_plain_yes_leaves_the_question_open() {
    for (asking, question) in [
        (Asking::Confirm, "Всё верно?"),
        (Asking::ConfirmCancel, "Отменить запись"),
        (Asking::ConfirmMove, "Перенести запись"),
        (Asking::Series, "Записать вас на то же время и дальше"),
    ] {
        for text in ["мм", "э, мм", "да?", "верно?", "а точно?", "ок?"] {
            let mut talk = open(asking);
            let before = booked(&talk);
            let reply = talk.says(text);
            assert!(reply.contains(question), "{asking:?} «{text}»: {reply}");
            assert_eq!((talk.conv.asking, booked(&talk)), (asking, before), "{asking:?} «{text}»");
        }
    }
}

/// A sound is none of assent: «ок», «да» and «го» are as short, and settle.
#[test]
fn so_short_a_yes_is_a_yes() {
    for text in ["да", "ок", "го", "+", "👍", "Ну да, ок"] {
        let mut talk = open(Asking::Confirm);
        talk.says(text);
        assert_eq!(booked(&talk), ["20.11 15:00"], "{text}");
    }
}

#[test]
fn a_spoken_yes_settles_only_what_can_be_taken_back() {
    for (asking, settles) in [
        (Asking::Confirm, false),
        (Asking::ConfirmCancel, false),
        (Asking::ConfirmMove, false),
        (Asking::Series, false),
        (Asking::Reminder, true),
        (Asking::Nothing, true),
    ] {
        let mut talk = open(asking);
        let before = booked(&talk);
        let reply = said(&talk.does(InputKind::Spoken { text: "да".to_owned() }));
        assert_eq!(!reply.contains("На слух мог ошибиться"), settles, "{asking:?}: {reply}");
        assert_eq!(booked(&talk), before, "{asking:?}");
    }
}

/// What else is said beside the yes, and what comes of it.
#[test]
fn a_yes_with_something_beside_it() {
    for (asking, text, begins, after) in [
        // The time is kept while the client looks.
        (Asking::Confirm, "ок, секунду", "Хорошо: завтра", Asking::Confirm),
        (Asking::Confirm, "да нет, наверное", "Хорошо, исправлю", Asking::When),
        (Asking::Confirm, "да, но номер 8 909 444 55 66", "Проверьте, пожалуйста", Asking::Confirm),
        (Asking::Confirm, "да, а номер у меня 8 909 444 55 66, верно?", "Проверьте, пожалуйста", Asking::Confirm),
        (Asking::Confirm, "да, а парковка есть?", "Записал вас", Asking::Nothing),
        (Asking::Confirm, "а это точно час по времени?", "Маникюр без покрытия — 1 200 ₽, 1 час", Asking::Confirm),
        (Asking::Confirm, "всё верно? сколько стоит?", "Маникюр без покрытия — 1 200 ₽, 1 час", Asking::Confirm),
        (Asking::Confirm, "точно на 15?", "Проверьте, пожалуйста", Asking::Confirm),
        (Asking::Confirm, "больше ничего не надо", "Проверьте, пожалуйста", Asking::Confirm),
        (Asking::ConfirmMove, "да, только в 13", "Перенести запись", Asking::ConfirmMove),
        (Asking::ConfirmMove, "да, а можно в 17:00?", "Переносим запись", Asking::Confirm),
        (Asking::ConfirmMove, "да, а парковка есть?", "Перенёс запись", Asking::Nothing),
        (Asking::Reminder, "да, но приду с ребёнком", "Отлично, ждём вас", Asking::Nothing),
        (Asking::Slot, "давайте, а парковка есть?", "Во дворе", Asking::Slot),
        (Asking::Nothing, "да, а парковка есть?", "Во дворе", Asking::Visit),
    ] {
        let mut talk = open(asking);
        let reply = talk.says(text);
        assert!(reply.starts_with(begins), "{asking:?} «{text}»: {reply}");
        assert_eq!(talk.conv.asking, after, "{asking:?} «{text}»: {reply}");
    }
}

#[test]
fn a_no_with_another_time_moves_what_is_asked_about() {
    let mut talk = open(Asking::ConfirmMove);
    let reply = talk.says("нет, лучше в 17:00");
    assert!(reply.contains("26 ноября, 17:00") && reply.contains("Всё верно?"), "{reply}");
    let mut talk = open(Asking::ConfirmMove);
    assert!(talk.says("нет").starts_with("Хорошо, запись остаётся: чт, 26 ноября, 12:00"));
    assert_eq!(booked(&talk), ["26.11 12:00"]);
}

/// «Нет, всё верно» is a yes in writing, with nothing new beside it.
#[test]
fn all_right_behind_a_no_is_a_yes() {
    for (is_spoken, text, is_booked) in [
        (false, "нет, всё верно", true),
        (true, "нет, всё верно", false),
        (false, "нет, всё верно, но номер 8 909 444 55 66", false),
        (false, "нет, не верно", false),
    ] {
        let mut talk = open(Asking::Confirm);
        let text = text.to_owned();
        talk.does(if is_spoken { InputKind::Spoken { text } } else { InputKind::Text { text } });
        assert_eq!(!booked(&talk).is_empty(), is_booked);
    }
}

/// Whoever gives no number: with a time kept they are told why it is asked for, whom a person was called to need none, and
/// nobody can ring whoever asked to be rung.
#[test]
fn no_number() {
    let mut kept = Talk::kept();
    kept.conv.client.phone = None;
    kept.conv.asking = Asking::Phone;
    let mut called = open(Asking::Nothing);
    called.says("маникюр ужасный, верните деньги!");
    assert_eq!(called.conv.asking, Asking::Phone);
    let mut rings = open(Asking::Nothing);
    rings.says("перезвоните мне");
    for (talk, begins, after) in [
        (&mut kept, "Без номера записать не смогу", Asking::Phone),
        (&mut called, "Хорошо, номер не нужен", Asking::Nothing),
        (&mut rings, "Без номера позвонить вам не смогут", Asking::Nothing),
    ] {
        let reply = talk.says("не дам номер");
        assert!(reply.starts_with(begins), "{reply}");
        assert_eq!(talk.conv.asking, after);
    }
    assert!(!rings.conv.wish.wants_call, "nobody is asked to ring any more");
    assert!(rings.says("нет").starts_with("Если захотите записаться"));
}

/// A yes in another language answers a question; any other word of it needs a person.
#[test]
fn a_foreign_yes() {
    let mut talk = open(Asking::Confirm);
    talk.says("yes");
    assert_eq!(booked(&talk), ["20.11 15:00"]);
    for (asking, text) in [(Asking::Confirm, "Hello, do you speak English?"), (Asking::Nothing, "yes")] {
        let mut talk = open(asking);
        assert!(talk.says(text).starts_with("Sorry, I only speak Russian"), "{text}");
        assert!(booked(&talk).is_empty(), "{text}");
    }
}

/// «Зачем номер?», «а что ещё есть?»: the question that stands open is what is asked about, and nobody is called.
#[test]
fn a_question_about_the_question() {
    for (asked, text, begins, after) in [
        (Asking::Phone, "зачем номер?", "Без номера записать не смогу", Asking::Phone),
        (Asking::Phone, "а без номера можно?", "Без номера записать не смогу", Asking::Phone),
        (Asking::Phone, "а парковка есть?", "Во дворе", Asking::Phone),
        (Asking::Name, "зачем вам имя?", "Имя нужно", Asking::Name),
        (Asking::Name, "не хочу говорить имя", "Имя нужно", Asking::Name),
        (Asking::Slot, "а что-нибудь ещё есть?", "На какой день и время", Asking::When),
        (Asking::Slot, "а парковка есть?", "Во дворе", Asking::Slot),
        // What the business answers is answered, whatever other words stand beside it.
        (Asking::Slot, "а парковка ещё есть?", "Во дворе", Asking::Slot),
        (Asking::Phone, "а картой платить обязательно?", "Можно наличными", Asking::Phone),
        (Asking::Service, "а оплата что у вас есть, картой можно?", "Можно наличными", Asking::Service),
        (Asking::Service, "а что у вас есть?", "Вот наши цены", Asking::Service),
        (Asking::Service, "а педикюр долго?", "Педикюр с покрытием — 2 600 ₽", Asking::Slot),
    ] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("здравствуйте");
        let turns: &[&str] = match asked {
            Asking::Service => &["запишите меня"],
            Asking::Slot => &["запишите на маникюр к Анне"],
            Asking::Name => &["запишите на маникюр к Анне", "первое"],
            _ => &["запишите на маникюр к Анне", "первое", "Вера"],
        };
        turns.iter().for_each(|text| drop(talk.says(text)));
        assert_eq!(talk.conv.asking, asked);
        let reply = talk.says(text);
        assert!(reply.starts_with(begins), "{asked:?} «{text}»: {reply}");
        assert_eq!(talk.conv.asking, after, "{asked:?} «{text}»");
        assert!(!reply.contains("Позвал администратора"), "«{text}» calls nobody");
    }
}

/// With no time kept a name is asked for to call the client by: nothing hangs on it.
#[test]
fn a_name_that_nothing_hangs_on() {
    for text in ["зачем вам имя?", "не хочу говорить имя"] {
        let mut talk = Talk::begin("2026-11-19T12:00");
        talk.says("перезвоните завтра после 10, 8 918 555 01 50");
        assert_eq!((talk.conv.asking, talk.held()), (Asking::Name, None));
        let reply = talk.says(text);
        assert!(!reply.starts_with("Имя нужно"), "{text}: {reply}");
    }
}
