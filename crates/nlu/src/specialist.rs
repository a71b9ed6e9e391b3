//! Which specialist a client asks for; a bare name in the nominative is the client's own.

use crate::{
    lexicon::SpecialistWords,
    meaning::Found,
    names,
    position::position,
    who,
    words::{Gap, Token, Words, is_past_verb, plain_words},
};

/// Words after which a name belongs to a specialist.
const TOWARDS: &[&str] = &[
    "к",
    "ко",
    "у",
    "мастер",
    "мастеру",
    "мастера",
    "врач",
    "врачу",
    "врача",
    "доктор",
    "доктору",
    "доктора",
    "тренер",
    "тренеру",
    "тренера",
    "барбер",
    "барберу",
    "барбера",
    "преподаватель",
    "преподавателю",
    "преподавателя",
    "пусть",
    "попросите",
    "передайте",
    "позовите",
    "где",
    "с",
    "со",
    "врачом",
    "доктором",
    "мастером",
    "тренером",
    "барбером",
    "преподавателем",
    "ваш",
    "ваша",
    "вашего",
    "вашей",
    "вашему",
    "вашим",
    "наш",
    "наша",
];
/// The verb stands at most so many words after the name.
const AT_WORK_TOKENS_MAX: usize = 6;
/// Words that praise or blame a specialist, right after the name.
const JUDGED: &[&str] = &[
    "волшебн",
    "лучш",
    "супер",
    "молод",
    "нужн",
    "будет",
    "знает",
    "помнит",
    "ждет",
    "ушла",
    "уйдет",
    "сказал",
    "обещал",
    "умни",
    "профи",
    "професс",
    "золот",
    "красав",
    "настоящ",
    "художник",
    "гений",
    "чудо",
    "мастер",
    "опозд",
    "нахам",
    "хам",
    "груб",
    "орет",
    "орал",
    "накрич",
    "сделал",
    "постриг",
    "подстриг",
    "покрасил",
    "починил",
    "испорт",
    "ушел",
    "ушла",
    "забыл",
    "топ",
    "огонь",
    "знает",
    "умеет",
    "понравил",
    "мужик",
    "космос",
    "легенд",
    "фея",
    "бог",
    "человечищ",
];
/// What people of a workshop are called beside their names.
const TRADES: &[&str] =
    &["электрик", "моторист", "жестянщик", "маляр", "слесар", "шиномонтажник", "механик", "диагност"];
/// Diminutives clients call specialists by: what stands between the base and the case ending.
const FONDLY: &[&str] = &["очк", "ечк", "оньк", "еньк", "ушк", "юшк", "ул", "юл", "уш", "юш", "чик", "ик", "к"];
/// So many words behind a name may say that the client does not like them.
const UNLIKED_TOKENS_MAX: usize = 4;
/// Beside a name in answer to «как вас зовут?» these say that it is a specialist's: «Ольга лучше», «Глеб — тренер?».
const OF_SPECIALISTS: &[&str] = &["лучше", "делает", "работает", "принимает", "мастер", "тренер", "врач", "барбер"];
/// A question with one of these asks about who serves.
const OF_TRADE: &[&str] = &["мастер", "тренер", "врач", "доктор", "барбер", "преподаватель", "специалист"];
/// A name right after one of these is that of who serves.
const SERVES: &[&str] = &["работает", "принимает", "трудится", "выходит", "стрижет", "ведет"];
/// Words that say whether a specialist is there.
const AT_WORK: &[&str] = &[
    "свобод",
    "работа",
    "трудит",
    "принима",
    "занят",
    "месте",
    "смене",
    "выходит",
    "делает",
    "стрижет",
    "будет на",
    "отпуск",
    "сможет",
    "может",
    "освобод",
    "ведет",
    "примет",
    "возьмет",
    "берет",
    "показат",
    "просит",
    "сделает",
    "подстрижет",
    "пострижет",
    "посмотрит",
    "забит",
    "загружен",
    "расписан",
];

#[derive(Clone, Debug)]
struct Spelling {
    person: usize,
    stems: Vec<String>,
    texts: Vec<String>,
}

/// The names of specialists, ready for search.
#[derive(Clone, Debug, Default)]
pub struct SpecialistIndex {
    ids: Vec<String>,
    /// The nominative forms clients would use for themselves too.
    own_names: Vec<Vec<String>>,
    spellings: Vec<Spelling>,
}

impl SpecialistIndex {
    pub fn new(people: &[SpecialistWords]) -> Self {
        let mut index = Self { ids: people.iter().map(|person| person.id.clone()).collect(), ..Self::default() };
        for (number, person) in people.iter().enumerate() {
            let texts: Vec<String> = plain_words(&person.name).into_iter().map(|token| token.text).collect();
            for text in person.aliases.iter().chain([&person.name]) {
                index.add(number, plain_words(text));
            }
            if let [_, first, patronymic] = texts.as_slice() {
                index.add(number, plain_words(&format!("{first} {patronymic}")));
                if let Some(spoken) = names::spoken_patronymic(patronymic) {
                    index.add(number, plain_words(&format!("{first} {spoken}")));
                }
            }
            for small in texts.iter().flat_map(|text| names::relatives(text)) {
                index.add(number, plain_words(small));
            }
            index.own_names.push(texts);
        }
        index
    }

    fn add(&mut self, person: usize, tokens: Vec<Token>) {
        let stems = tokens.iter().map(|token| names::base(&token.text).to_owned()).collect();
        let texts = tokens.into_iter().map(|token| token.text).collect();
        self.spellings.push(Spelling { person, stems, texts });
    }

    /// Finds the specialist asked for and marks the tokens.
    ///
    /// In answer to «как вас зовут?» a client who has a specialist's name gives their own: only «к Соколовой» is a
    /// specialist then.
    pub fn find(&self, words: &mut Words, is_name_asked: bool) -> Option<Found<String>> {
        let is_towards = |start: usize| {
            let before = start.checked_sub(1).and_then(|at| words.tokens.get(at));
            before.is_some_and(|token| token.is_any(&["к", "ко", "у", "пусть"]))
        };
        let is_question = words.tail.has(Gap::QUESTION);
        let is_spoken_of =
            words.tokens.len() > 1 && (is_question || words.tokens.iter().any(|token| token.is_any(OF_SPECIALISTS)));
        // «Мастер тот же останется, Руслан?»
        let is_of_trade = is_question && words.tokens.iter().any(|token| token.is_any(OF_TRADE));
        let is_in_turn = |start: usize| self.is_instead_of_another(&words.tokens, start);
        let found = self.search(&words.tokens, is_name_asked && is_spoken_of || is_of_trade);
        let (person, start, len) =
            found.filter(|(_, at, _)| !is_name_asked || is_spoken_of || is_towards(*at) || is_in_turn(*at))?;
        for token in words.tokens.iter_mut().skip(start).take(len) {
            token.roles.specialist = true;
        }
        let span = (words.tokens.get(start)?.span.0, words.tokens.get(start + len - 1)?.span.1);
        Some(Found { value: self.ids.get(person)?.clone(), span })
    }

    /// Whom the client does not want: «только не к Анне», «кроме Анны», «Анна мне не нравится». Marks the tokens.
    pub fn unwanted(&self, words: &mut Words) -> Vec<String> {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for start in 0..words.tokens.len() {
            for spelling in &self.spellings {
                let end = start + spelling.stems.len();
                let Some(said) = words.tokens.get(start..end).filter(|said| !said.is_empty()) else { continue };
                let is_known = found.iter().any(|(person, ..)| *person == spelling.person);
                if !is_known && is_said(spelling, said) && is_unwanted(&words.tokens, start, end) {
                    found.push((spelling.person, start, end));
                }
            }
        }
        for (_, start, end) in &found {
            words.tokens[*start..*end].iter_mut().for_each(|token| token.roles.specialist = true);
        }
        found.iter().filter_map(|(person, ..)| self.ids.get(*person).cloned()).collect()
    }

    /// «к Руслану», «когда работает Ирина», where nobody of that name works: the name in the nominative, capitalised.
    ///
    /// Who is asked about is not the client: the word is marked as a specialist's.
    pub fn stranger(&self, words: &mut Words) -> Option<String> {
        const GUESTS: &[&str] = &["рожд", "свадь", "гост", "юбил", "еду", "едем", "иду", "идем", "летим", "лечу"];
        if self.ids.is_empty() || words.tokens.iter().any(|token| token.starts_any(GUESTS)) {
            return None;
        }
        let is_asked = |pair: &[Token]| {
            let roles = pair[1].roles;
            let is_free = !roles.specialist && !roles.when && !roles.service && !roles.phone;
            let is_led = pair[0].is_any(&["к", "ко"]) || pair[0].is_any(SERVES);
            is_free && !pair[1].gap.ends_clause() && is_led && (pair[1].is_capital() || !who::is_ambiguous(&pair[1]))
        };
        let at = words.tokens.windows(2).position(is_asked)?;
        let is_asked_about = words.tokens[at].is_any(SERVES);
        let name = names::nominative(&words.tokens[at + 1].text).map(who::capitalised)?;
        words.tokens[at + 1].roles.specialist |= is_asked_about;
        Some(name)
    }

    /// The longest spelling that reads as a specialist; the earliest of equals, unless another is taken in its place:
    /// «к Артуру, хотя стоп, тогда к Никите».
    ///
    /// `is_sure`: whoever is named is a specialist, the nominative or not.
    fn search(&self, tokens: &[Token], is_sure: bool) -> Option<(usize, usize, usize)> {
        const INSTEAD: &[&str] = &["тогда", "лучше", "давайте", "точнее", "вернее"];
        let is_instead = |at: usize| tokens[at].is_any(&["к", "ко"]) && at > 0 && tokens[at - 1].is_any(INSTEAD);
        let led = (1..tokens.len()).rev().find(|at| is_instead(*at));
        led.and_then(|at| self.search_from(tokens, at, is_sure)).or_else(|| self.search_from(tokens, 0, is_sure))
    }

    fn search_from(&self, tokens: &[Token], from: usize, is_sure: bool) -> Option<(usize, usize, usize)> {
        let mut best: Option<(usize, usize, usize)> = None;
        for start in from..tokens.len() {
            for spelling in &self.spellings {
                let len = spelling.stems.len();
                let Some(said) = tokens.get(start..start + len).filter(|_| len > 0) else { continue };
                let is_longer = best.is_none_or(|(_, _, known)| len > known);
                if is_longer
                    && !is_denied(tokens, start, start + len)
                    && is_said(spelling, said)
                    && (is_sure || self.is_specialist(spelling, tokens, start))
                {
                    best = Some((spelling.person, start, len));
                }
            }
        }
        best
    }

    /// «пусть будет не Давид, а Тимур»: one of ours in the place of another.
    fn is_instead_of_another(&self, tokens: &[Token], start: usize) -> bool {
        let before = |distance: usize| start.checked_sub(distance).and_then(|at| tokens.get(at));
        let is_ours = |token: &Token| {
            let single = self.spellings.iter().filter(|spelling| spelling.stems.len() == 1);
            single.into_iter().any(|spelling| is_said(spelling, std::slice::from_ref(token)))
        };
        before(1).is_some_and(|token| token.is("а"))
            && before(2).is_some_and(is_ours)
            && before(3).is_some_and(|token| token.is("не"))
    }

    fn is_specialist(&self, spelling: &Spelling, tokens: &[Token], start: usize) -> bool {
        if self.is_instead_of_another(tokens, start) {
            return true;
        }
        let end = start + spelling.stems.len();
        let before = start.checked_sub(1).and_then(|index| tokens.get(index));
        // «Работает ли Анна».
        // «Возьмёт ли меня Марина».
        let is_object = before.is_some_and(|token| token.is_any(&["меня", "нас", "мне", "нам", "ее", "его"]));
        let particle = start.checked_sub(1 + usize::from(is_object));
        let is_asking = particle.and_then(|at| tokens.get(at)).is_some_and(|token| token.is("ли"));
        let verb = particle.filter(|_| is_asking).and_then(|at| tokens.get(at.checked_sub(1)?));
        // «Возьмёт меня Сюзанна».
        let is_taker = is_object
            && start.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(|token| token.starts_any(AT_WORK));
        let is_asked_of = is_taker
            || before.is_some_and(|token| token.is_any(&["чтоб", "чтобы"]))
            || before.is_some_and(is_deed_of_another)
            || verb.is_some_and(|token| token.starts_any(AT_WORK));
        if is_asked_of || before.is_some_and(|token| token.is_any(TOWARDS) || position(token).is_some()) {
            return true;
        }
        // «Дима-электрик»: the trade is glued to the name.
        let has_own_name = introduces_another(tokens, start, end);
        let has_trade = tokens
            .get(end)
            .is_some_and(|token| !token.gap.ends_clause() && (position(token).is_some() || token.starts_any(TRADES)));
        if has_trade || has_own_name {
            return true;
        }
        let is_introduced = before.is_some_and(|token| token.is_any(&["зовут", "это", "я", "имя", "фамилия", "фио"]));
        if is_introduced || tokens.get(end).is_some_and(|token| token.roles.phone) {
            return false;
        }
        let following = tokens.get(end).filter(|token| !token.gap.ends_sentence());
        let rest = tokens.iter().skip(end).take_while(|token| !token.gap.ends_sentence());
        let is_asked_about = rest.take(AT_WORK_TOKENS_MAX).any(|token| token.starts_any(AT_WORK))
            || is_asked_in_bubbles(tokens, start, end);
        // «Кариночка меня знает», «Карина не уйдёт?»
        let is_over = following.is_some_and(|token| token.is_any(&["меня", "нас", "не"]));
        let told = if is_over { tokens.get(end + 1) } else { following };
        let is_judged = told.is_some_and(|token| token.starts_any(JUDGED));
        let is_spoken_of = is_subject(tokens, start, end) || is_hailed(tokens, start, end);
        if is_asked_about || is_judged || is_spoken_of || is_addressed(tokens, start, end) {
            return true;
        }
        if spelling.stems.len() >= 2 {
            return true;
        }
        let Some(token) = tokens.get(start) else { return false };
        let is_named_so =
            token.text == spelling.texts.concat() && self.own_names.iter().flatten().any(|name| *name == token.text);
        !is_named_so && names::nominative(&token.text).is_none_or(|name| name != token.text) && !is_for_client(before)
    }
}

/// «стрижка и борода, Артурчик. Я Алихан»: the client is called otherwise, and says so.
fn introduces_another(tokens: &[Token], start: usize, end: usize) -> bool {
    tokens.windows(2).enumerate().any(|(at, pair)| {
        let is_outside = at + 1 < start || at >= end;
        is_outside && pair[0].is_any(&["я", "зовут"]) && !pair[1].gap.ends_clause() && names::is_known(&pair[1].text)
    })
}

/// «возьмёт Дима», «сколько берёт Давид»: a deed in the third person, which is not the client's own.
fn is_deed_of_another(token: &Token) -> bool {
    let is_third = ["ет", "ит", "ят", "ют"].iter().any(|ending| token.text.ends_with(ending));
    token.is_any(SERVES) || is_third && (token.starts_any(AT_WORK) || token.is("берет"))
}

/// «Тимур⏎завтра⏎свободен?»: a bubble of its own, and another asks whether that person is there.
fn is_asked_in_bubbles(tokens: &[Token], start: usize, end: usize) -> bool {
    const IS_THERE: &[&str] = &["свободен", "свободна", "занят", "занята", "принимает", "работает"];
    let opens = tokens.iter().take(start).all(crate::cues::is_greeting);
    let closes = tokens.get(end).is_some_and(|token| token.gap.ends_sentence());
    // «пятница⏎Тимур⏎19⏎свободно?»: among the details of a visit.
    let is_amid = tokens.get(start).is_some_and(|token| token.gap.has(Gap::NEWLINE));
    let is_there = |token: &Token| token.is_any(IS_THERE) || is_amid && token.is("свободно");
    (opens || is_amid) && closes && tokens.iter().skip(end).any(is_there)
}

/// «к Карине не хочу», «только не к Карине», «кроме Карины»: anybody but them.
fn is_denied(tokens: &[Token], start: usize, end: usize) -> bool {
    let before = |distance: usize| start.checked_sub(distance).and_then(|at| tokens.get(at));
    let after = |offset: usize| tokens.get(end + offset).filter(|token| !token.gap.ends_clause());
    let has_lead = before(1).is_some_and(|token| token.is_any(&["к", "ко", "у"]));
    let is_excepted =
        before(1).is_some_and(|token| token.is("кроме")) || (has_lead && before(2).is_some_and(|token| token.is("не")));
    let is_refused = after(0).is_some_and(|token| token.is("не"))
        && after(1).is_some_and(|token| token.is_any(&["хочу", "хотим", "надо", "нужно", "пойду", "хотелось"]));
    is_excepted || (has_lead && is_refused)
}

/// Said not to be wanted, or not to be liked.
fn is_unwanted(tokens: &[Token], start: usize, end: usize) -> bool {
    let after = tokens.iter().skip(end).take_while(|token| !token.gap.ends_clause()).take(UNLIKED_TOKENS_MAX);
    let after: Vec<&Token> = after.collect();
    let is_disliked =
        after.windows(2).any(|pair| pair[0].is("не") && pair[1].starts_any(&["нрав", "понрав", "устраив", "подход"]));
    is_denied(tokens, start, end) || is_disliked
}

/// «Руслан вчера подстриг»: the name opens a sentence whose verb tells what that person did.
///
/// What clients do («хотела», «записалась») and a sentence of one's own («я», «мы») is no sign.
fn is_subject(tokens: &[Token], start: usize, end: usize) -> bool {
    const OF_CLIENTS: &[&str] = &["хотел", "запис", "просил", "писал", "звонил", "забыл", "был", "оставл", "собир"];
    const OWN: &[&str] = &["я", "мы", "мне", "нам"];
    let opens = tokens.iter().take(start).all(crate::cues::is_greeting)
        || tokens.get(start).is_some_and(|token| token.gap.ends_sentence());
    let sentence = || tokens.iter().skip(end).take_while(|token| !token.gap.ends_clause()).take(AT_WORK_TOKENS_MAX + 1);
    let told = sentence().find(|token| is_past_verb(token));
    opens && told.is_some_and(|verb| !verb.starts_any(OF_CLIENTS)) && !sentence().any(|token| token.is_any(OWN))
}

/// «Алина вы космос», «Мага здаров»: called by name without a comma.
fn is_hailed(tokens: &[Token], start: usize, end: usize) -> bool {
    let opens = tokens.iter().take(start).all(crate::cues::is_greeting);
    let next = tokens.get(end).filter(|token| !token.gap.ends_clause());
    let is_greeted = |token: &Token| token.is_any(&["вы", "ты"]) || token.starts_any(&["привет", "здаров", "здоров"]);
    opens && next.is_some_and(|token| is_greeted(token) || tokens.iter().skip(end).any(is_thou))
}

/// «сделаешь», «подстрижёшь»: only to somebody one knows.
fn is_thou(token: &Token) -> bool {
    ["ешь", "ишь", "шься"].iter().any(|ending| token.text.ends_with(ending))
        && !token.starts_any(&["запиш", "слыш", "видишь", "знаешь"])
}

/// «запишите Карину», «на имя Карины»: the client, whatever the case.
fn is_for_client(before: Option<&Token>) -> bool {
    before.is_some_and(|token| token.starts_any(&["запиш", "имя", "фамили", "для"]))
}

/// «Руслан, возьмёшь меня в среду?»: called by name and spoken to.
fn is_addressed(tokens: &[Token], start: usize, end: usize) -> bool {
    const SPOKEN_TO: &[&str] =
        &["вы", "ты", "вас", "вам", "тебя", "тебе", "привет", "давайте", "давай", "здравствуйте", "мы"];
    let opens = tokens.iter().take(start).all(crate::cues::is_greeting);
    let is_called = tokens.get(end).is_some_and(|token| token.gap.has(Gap::COMMA) || token.gap.has(Gap::EXCLAIM));
    let is_spoken_to = |token: &Token| {
        let is_verb = ["ешь", "ишь", "ете", "ите"].iter().any(|ending| token.text.ends_with(ending));
        let is_order = token.starts_any(&["запиш", "внес", "перенес", "подскаж", "скаж"]);
        token.is_any(SPOKEN_TO) || token.is_any(ASKED_OF_ONE) || (is_verb && !is_order)
    };
    // «Артурчик, брат», «Карина, душа моя»: nobody calls themselves so.
    let is_dear = tokens.get(end).is_some_and(|token| token.is_any(&["брат", "братан", "душа", "дорогой", "дорогая"]));
    opens && is_called && (is_dear || tokens.iter().skip(end).any(is_spoken_to))
}

/// What is asked of one person, as of a friend: «найди», «придержи», «жди».
const ASKED_OF_ONE: &[&str] = &[
    "найди",
    "придержи",
    "жди",
    "глянь",
    "возьми",
    "прими",
    "сделай",
    "поставь",
    "посмотри",
    "подожди",
    "выручай",
    "спасай",
    "помоги",
    "оставь",
    "впиши",
    "подстриги",
];

fn is_said(spelling: &Spelling, said: &[Token]) -> bool {
    spelling.stems.iter().zip(&spelling.texts).zip(said).all(|((base, text), token)| {
        let is_fond = |text: &str| {
            text.strip_prefix(base.as_str()).is_some_and(|rest| FONDLY.iter().any(|fond| names::is_form_of(rest, fond)))
        };
        // «Магомедов» is not the doctor Магомедова; a man's own name is spelled out whole.
        let is_surname = ["ов", "ев", "ин"].iter().any(|ending| base.ends_with(ending)) && !names::is_known(text);
        let is_form = token.text.starts_with(base.as_str())
            && !(is_surname && token.text == *base)
            && base.chars().count() >= 3
            && (names::is_form_of(&token.text, base) || (base.chars().count() >= 4 && is_fond(&token.text)));
        !token.roles.phone && (token.text == *text || is_form)
    })
}
