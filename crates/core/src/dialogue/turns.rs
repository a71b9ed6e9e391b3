//! Small words by which a talk turns: «добавьте», «как в прошлый раз», «а пораньше?», «передумала».
//!
//! The reader takes facts out of a message; what to do with them may hang on a word that is no fact.

use std::sync::LazyLock;

/// A way a talk turns; several may be in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A yes in so many words.
    Yes,
    /// Says that all is right.
    Affirms,
    /// Wants a moment before a yes: «погодите».
    Pause,
    /// A word that makes a yes none: «но», «нет», «наверное».
    Objects,
    /// Asks whether it is really so.
    Doubt,
    /// Asks for somebody else than the one at hand.
    OtherOne,
    /// A visit is called off in so many words.
    CalledOff,
    /// All of them.
    All,
    Holidays,
    /// Of what is brought along: «масло своё».
    Own,
    /// The same in another language.
    ForeignYes,
    /// What is named joins what was named before.
    More,
    /// The message begins with «и».
    And,
    /// All that was spoken of: «на оба», «и то и другое».
    Both,
    /// One thing takes the place of another: «нет», «лучше», «вместо».
    Instead,
    /// The visit is to be over by the hour named.
    Ready,
    /// The same as at the last visit.
    Again,
    /// At the hour of the last visit.
    SameTime,
    Sooner,
    Later,
    /// Which of the times offered: the first, the last, whichever.
    Earliest,
    Latest,
    Whichever,
    /// The client gives the whole thing up.
    Over,
    /// Wants nothing more: «больше ничего не надо».
    Enough,
    /// Asks to be booked, perhaps beside something else.
    Book,
    /// Asks to be rung.
    Call,
    /// Names a trial lesson.
    Trial,
    /// Names a visit paid for once, whatever is done at it.
    Single,
    /// One of several would do.
    Either,
    /// More than one person is to come.
    Two,
    /// Asks how long a service takes or what it is.
    Length,
    Certificate,
    /// Asks who serves.
    Who,
    /// Speaks of somebody's days of work.
    Works,
    /// On the day of the visit that is booked.
    SameDay,
    /// What of a summary is to be changed, named and no more.
    ChangeTime,
    ChangeService,
    ChangePhone,
    ChangeContact,
    /// Finds the price too high.
    Dear,
    /// Speaks of a visit that stands, or of moving it.
    Standing,
    /// Asks to tell somebody what was said.
    PassOn,
    /// Asks for the number of the business.
    OurPhone,
    /// Asks for something that costs less.
    Cheaper,
    /// Asks for the prices of everything.
    PriceList,
    Weekly,
    Fortnightly,
    ThreeWeekly,
    Monthly,
    /// Asks after the person who was called: «вы тут?», «когда ответите?».
    Hurry,
    /// Something of what was named is to stay: «маникюр оставьте».
    Keep,
    /// Another person's turn, after one was booked: «теперь сына», «а себе тоже».
    Next,
    /// The same thing for somebody more: «тоже».
    Same,
    /// While the visit just booked goes on: «одновременно со мной».
    BesideMe,
    /// Right behind the visit booked: «после меня».
    AfterMe,
    /// Speaks of themselves as one who comes.
    Themselves,
    /// Wants a visit at another time: «перенести».
    Move,
    /// Takes one thing off a wish; «снять» and «удалить» are services themselves.
    Off,
    /// A word of the wish is struck out: «субботу вычёркиваем».
    Struck,
    /// Asks for what follows: «давайте на пятницу».
    Proposes,
    /// What is wrong with a number is its end: «на конце 54».
    PhoneTail,
    /// Beside what is booked: «к моей записи», «к записи».
    ToMine,
    /// Of things told one after another the first: «тогда первое».
    First,
    /// The second of them.
    Second,
    /// The third of them.
    Third,
    /// To each their own: «мне маникюр, ей педикюр».
    Each,
    /// Asks what something is like: «бесплатное?», «входит?»
    About,
    /// Asks of what kind something is, or with what it is done: «какой краской?»
    Property,
    /// What there is to choose from, and what it costs: «какие цены?»
    OfChoice,
    /// «До субботы».
    Farewell,
    /// Has read it, and is content: «хорошо», «понял», «жду».
    Noted,
    /// A word that services of many kinds share: «зубов», «замена».
    General,
    /// Wants no call: «не звоните мне».
    NoCalls,
    /// Wants no reminders: «не напоминайте».
    NoReminders,
    /// Doubts that they will come.
    Unsure,
    /// Asks whether a visit could be moved later on.
    MayMove,
    /// Wants to be reminded of the visit.
    Remind,
    /// Wants nothing of what was offered: «нет, не надо».
    NoNeed,
    /// Wants to see other times than those on the list.
    OtherTimes,
    /// Asks what something is asked for: «зачем номер?».
    Why,
    /// Asks what there is to choose from.
    Range,
    /// Counts from something: «через две недели».
    After,
    /// Says in so many words that they are late.
    Late,
    /// Will come in time after all: «отбой, успеваю».
    OnTime,
    /// Speaks of money to be given back.
    Money,
    /// Wants back what was just called off: «верните запись».
    Restore,
    /// Has not made up their mind: «я подумаю».
    Undecided,
    /// Of this very moment: «вы сейчас открыты?».
    Now,
    /// Wants to be told when a time comes free.
    Wait,
    WaitNoMore,
    /// Asks which visits stand: «какие у меня записи?».
    MyVisits,
    /// Asks how a visit is called off: «как у вас отменяют?».
    HowOff,
    /// Asks what calling off costs.
    Penalty,
    /// Which of several visits: by its place among them.
    VisitFirst,
    VisitSecond,
    VisitLast,
}

const WAYS: [(&str, Way); 97] = [
    ("yes", Way::Yes),
    ("affirms", Way::Affirms),
    ("pause", Way::Pause),
    ("objects", Way::Objects),
    ("doubt", Way::Doubt),
    ("other_one", Way::OtherOne),
    ("called_off", Way::CalledOff),
    ("all", Way::All),
    ("holidays", Way::Holidays),
    ("own", Way::Own),
    ("foreign_yes", Way::ForeignYes),
    ("more", Way::More),
    ("and", Way::And),
    ("both", Way::Both),
    ("instead", Way::Instead),
    ("ready", Way::Ready),
    ("again", Way::Again),
    ("same_time", Way::SameTime),
    ("sooner", Way::Sooner),
    ("later", Way::Later),
    ("earliest", Way::Earliest),
    ("latest", Way::Latest),
    ("whichever", Way::Whichever),
    ("over", Way::Over),
    ("enough", Way::Enough),
    ("book", Way::Book),
    ("call", Way::Call),
    ("trial", Way::Trial),
    ("single", Way::Single),
    ("either", Way::Either),
    ("two", Way::Two),
    ("length", Way::Length),
    ("certificate", Way::Certificate),
    ("who", Way::Who),
    ("works", Way::Works),
    ("same_day", Way::SameDay),
    ("change_time", Way::ChangeTime),
    ("change_service", Way::ChangeService),
    ("change_phone", Way::ChangePhone),
    ("change_contact", Way::ChangeContact),
    ("dear", Way::Dear),
    ("cheaper", Way::Cheaper),
    ("our_phone", Way::OurPhone),
    ("pass_on", Way::PassOn),
    ("standing", Way::Standing),
    ("price_list", Way::PriceList),
    ("weekly", Way::Weekly),
    ("fortnightly", Way::Fortnightly),
    ("three_weekly", Way::ThreeWeekly),
    ("monthly", Way::Monthly),
    ("hurry", Way::Hurry),
    ("keep", Way::Keep),
    ("next", Way::Next),
    ("same", Way::Same),
    ("beside_me", Way::BesideMe),
    ("after_me", Way::AfterMe),
    ("self", Way::Themselves),
    ("move", Way::Move),
    ("off", Way::Off),
    ("struck", Way::Struck),
    ("proposes", Way::Proposes),
    ("phone_tail", Way::PhoneTail),
    ("to_mine", Way::ToMine),
    ("first", Way::First),
    ("second", Way::Second),
    ("third", Way::Third),
    ("each", Way::Each),
    ("about", Way::About),
    ("property", Way::Property),
    ("of_choice", Way::OfChoice),
    ("farewell", Way::Farewell),
    ("noted", Way::Noted),
    ("general", Way::General),
    ("no_calls", Way::NoCalls),
    ("no_reminders", Way::NoReminders),
    ("unsure", Way::Unsure),
    ("may_move", Way::MayMove),
    ("remind", Way::Remind),
    ("no_need", Way::NoNeed),
    ("other_times", Way::OtherTimes),
    ("why", Way::Why),
    ("range", Way::Range),
    ("after", Way::After),
    ("late", Way::Late),
    ("on_time", Way::OnTime),
    ("money", Way::Money),
    ("restore", Way::Restore),
    ("undecided", Way::Undecided),
    ("now", Way::Now),
    ("wait", Way::Wait),
    ("wait_no_more", Way::WaitNoMore),
    ("my_visits", Way::MyVisits),
    ("how_off", Way::HowOff),
    ("penalty", Way::Penalty),
    ("visit_first", Way::VisitFirst),
    ("visit_second", Way::VisitSecond),
    ("visit_last", Way::VisitLast),
];

/// Words that a saying may leave room for.
const GAP_WORDS_MAX: usize = 5;

/// Words in a row, each whole or a beginning.
struct Saying {
    way: Way,
    words: Vec<String>,
}

static SAYINGS: LazyLock<Vec<Saying>> = LazyLock::new(|| {
    let lines = include_str!("../../lexicon/turns.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).flat_map(|(name, phrases)| sayings(name, phrases)).collect()
});

fn sayings(name: &str, phrases: &str) -> Vec<Saying> {
    let Some((_, way)) = WAYS.iter().find(|(known, _)| *known == name) else { return Vec::new() };
    let words = |phrase: &str| phrase.split_whitespace().map(str::to_owned).collect();
    phrases.split('|').map(|phrase| Saying { way: *way, words: words(phrase) }).collect()
}

/// A choice takes so many words.
const ORDINAL_WORDS_MAX: usize = 4;

/// Which of things told one after another is chosen, from zero: «тогда первое», «второй вариант».
pub(super) fn ordinal(text: &str) -> Option<usize> {
    // «Первый раз у вас» chooses nothing.
    let is_count = text.to_lowercase().split_whitespace().any(|word| ["раз", "этаж", "число"].contains(&word));
    let is_short = text.split_whitespace().count() <= ORDINAL_WORDS_MAX && !is_count;
    [Way::First, Way::Second, Way::Third].into_iter().position(|way| is_short && is_said(text, way))
}

/// Whether the message turns this way; a saying with «^» ahead of it only at the beginning.
pub(super) fn is_said(text: &str, way: Way) -> bool {
    let lower = text.to_lowercase().replace('ё', "е");
    let said: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut sayings = SAYINGS.iter().filter(|saying| saying.way == way);
    sayings.any(|saying| match saying.words.split_first() {
        Some((first, rest)) if first == "^" => follows(&said, rest),
        _ => (0..said.len()).any(|at| follows(&said[at..], &saying.words)),
    })
}

/// Whether these words begin with the saying; «…» in it leaves room for up to [`GAP_WORDS_MAX`] others.
fn follows(said: &[&str], saying: &[String]) -> bool {
    let Some((first, rest)) = saying.split_first() else { return true };
    if first == "…" {
        return (0..=GAP_WORDS_MAX.min(said.len())).any(|skipped| follows(&said[skipped..], rest));
    }
    said.split_first().is_some_and(|(word, others)| fits(word, first) && follows(others, rest))
}

fn fits(word: &str, saying: &str) -> bool {
    saying.strip_suffix('*').map_or(word == saying, |beginning| word.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::{SAYINGS, WAYS, Way, is_said};

    #[test]
    fn a_word_turns_the_talk_only_where_it_stands_whole() {
        let cases = [
            ("ой нет лучше в среду, и маникюр добавьте", Way::More, true),
            ("маникюр и педикюр", Way::More, false),
            ("Запишите, как в прошлый раз!", Way::Again, true),
            ("в прошлый раз было плохо", Way::Again, false),
            ("а пораньше?", Way::Sooner, true),
            ("нет, передумала, не надо ничего", Way::Over, true),
            ("в то же время через три недели", Way::SameTime, true),
            ("если вдруг освободится, напишите", Way::Wait, true),
            ("поставьте меня в лист ожидания", Way::Wait, true),
            ("как освобожусь, напишу", Way::Wait, false),
            ("спасибо, больше не жду", Way::WaitNoMore, true),
        ];
        for (text, way, expected) in cases {
            assert_eq!(is_said(text, way), expected, "{text}");
        }
    }

    #[test]
    fn every_way_has_words() {
        for (name, way) in WAYS {
            assert!(SAYINGS.iter().any(|saying| saying.way == way), "{name} has no words");
        }
    }
}
