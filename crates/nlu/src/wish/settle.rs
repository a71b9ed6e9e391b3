//! Which intents a message has, from the rules and from the model.

use super::{
    features::{Scene, Sides, features},
    learn::column,
    model::{COLUMNS, WishModel},
};
use crate::{
    evidence::Evidence,
    intent,
    linear::calibration::sigmoid,
    meaning::{Expecting, INTENTS_MAX, Intent, Language},
    reading::Reading,
    when,
    words::{Token, Words},
};

/// Beside the likeliest intent another is meant from here on.
const ALSO_MIN: f32 = 0.5;
/// And only if it is nearly as likely as the likeliest.
const ALSO_SHARE_MIN: f32 = 0.6;
/// What the rules heard for certain is meant from here on.
const ALSO_SURE_MIN: f32 = 0.2;
const SURE: f32 = 0.85;
/// The logit of what is ruled out.
const NEVER: f32 = -12.0;
/// Below this the model has never met such words.
const UNSURE: f32 = 0.04;
/// A grave wish less likely than this is a guess like any other.
const GRAVE_MIN: f32 = 0.15;
/// A grave wish less likely than this, which the rules did not hear, calls nobody.
const WILD: f32 = 0.1;
/// A complaint less likely than this, which the rules did not hear, is none.
const COMPLAINT_MIN: f32 = 0.15;
/// Where no wish is likelier than this, the model only guesses.
const HALF_SURE: f32 = 0.5;
/// A name and a phone, or a service and a time, take so many words.
const DATA_WORDS_MAX: usize = 5;
/// Of words none of which is known the model is believed from here on.
const GIBBERISH_SURE: f32 = 0.6;
/// A guess, and what is made of letters that are no words, is never surer than this.
const GUESS_MAX: f32 = 0.4;

/// Lists the intents of a message, the primary one first, each with its probability.
pub fn settle(
    model: &WishModel,
    words: &Words,
    reading: &Reading,
    evidence: &Evidence<'_>,
    expecting: Option<Expecting>,
) -> Vec<(Intent, f32)> {
    let rules = intent::decide(evidence, &reading.findings, expecting, reading.language);
    let scene = Scene { words, findings: &reading.findings, evidence, expecting, rules: &rules };
    let look = Look::of(words, reading, expecting);
    // «Алиса» is her name, and no call of a voice assistant.
    if is_name_alone(words, expecting) {
        return vec![(Intent::Inform, SURE)];
    }
    if look.is_certain {
        return rules;
    }
    let mut logits = model.logits(&features(&scene, Sides::All));
    if corrects_itself(words, reading, evidence) {
        for change in [Intent::Reschedule, Intent::Cancel] {
            logits[column(change)] = NEVER;
        }
        if evidence.score("late") <= 0.0 {
            logits[column(Intent::Late)] = NEVER;
        }
    }
    if strikes_a_word(words, reading) || keeps_visit(words) && evidence.score("cancel") <= 0.0 {
        logits[column(Intent::Cancel)] = NEVER;
    }
    if wants_no_other_time(words) {
        logits[column(Intent::Reschedule)] = NEVER;
        // «Переносить не надо, просто отмените»: of the two the visit is called off, and nothing is turned down.
        if evidence.score("cancel") > 0.0 {
            logits[column(Intent::Decline)] = NEVER;
        }
    }
    if asks_to_come(words, reading, expecting) && logits[column(Intent::Book)] > 0.0 {
        logits[column(Intent::Reschedule)] = NEVER;
    }
    if speaks_of_car(words) && evidence.score("medical") <= 0.0 && evidence.score("emergency") <= 0.0 {
        logits[column(Intent::Medical)] = NEVER;
    }
    if expecting == Some(Expecting::Reminder) {
        match plans_stand(words) {
            Some(true) => logits[column(Intent::Decline)] = NEVER,
            Some(false) => logits[column(Intent::Confirm)] = NEVER,
            None => {}
        }
    }
    // «форму взяла, голову дома забыла 😂»: a joke that no rule hears a grievance in.
    let is_joke = reading.findings.is_laughing && evidence.score("complaint") <= 0.0 && evidence.score("legal") <= 0.0;
    if is_joke && sigmoid(logits[column(Intent::Complaint)]) < HALF_SURE {
        logits[column(Intent::Complaint)] = NEVER;
    }
    let chances = logits.map(sigmoid);
    if look.leaves_to_rules(&chances, &rules) {
        return rules.into_iter().map(|(intent, sure)| (intent, sure.min(GUESS_MAX))).collect();
    }
    if words.tokens.len() <= DATA_WORDS_MAX && is_yes_heard(&chances, &rules, expecting) {
        return rules;
    }
    let share = |intent: Intent| {
        let is_guess = is_lost(&chances) || (intent == Intent::Offtopic && look.is_gibberish);
        let share = model.calibration().share(logits[column(intent)]);
        if is_guess { share.min(GUESS_MAX) } else { share }
    };
    let mut chosen: Vec<(Intent, f32)> =
        chosen(&chances, &rules).into_iter().map(|(intent, _)| (intent, share(intent))).collect();
    let is_settled =
        |(intent, _): &(Intent, f32)| matches!(intent, Intent::Reschedule | Intent::Late | Intent::Medical);
    if chosen.iter().any(is_settled) && !wants_another(words, reading) {
        chosen.retain(|(intent, _)| *intent != Intent::Book);
    }
    // «А с ребёнком к вам можно» to a summary asks, and agrees to nothing.
    let is_opposed = words.tokens.first().is_some_and(|token| token.is("а"));
    let is_yes_heard = !is_opposed && rules.iter().any(|(intent, _)| *intent == Intent::Confirm);
    let has_question = chosen.iter().any(|(intent, _)| matches!(intent, Intent::Faq | Intent::Price));
    if expecting == Some(Expecting::Confirm) && has_question && !is_yes_heard && chosen.len() > 1 {
        chosen.retain(|(intent, _)| *intent != Intent::Confirm);
    }
    brings(chosen, words, reading, expecting)
}

/// «Планы не изменились» is a yes to a reminder, «планы поменялись» a no; nothing where plans are not spoken of.
fn plans_stand(words: &Words) -> Option<bool> {
    let is_change = |token: &Token| token.starts_any(&["измени", "поменя", "передума"]);
    let at = words.tokens.iter().position(is_change)?;
    let is_denied = at.checked_sub(1).and_then(|before| words.tokens.get(before)).is_some_and(|token| token.is("не"));
    let is_of_plans = words.tokens.iter().any(|token| token.starts_any(&["план", "обстоятельств"]));
    match () {
        () if is_denied => Some(true),
        () if is_of_plans => Some(false),
        () => None,
    }
}

/// «только не снимайте меня с приёма», «запись не отменяйте»: asked not to do it.
fn keeps_visit(words: &Words) -> bool {
    const UNDOING: &[&str] = &["снимай", "отменяй", "убирай", "вычеркивай", "удаляй", "отдавай", "аннулируй", "стирай"];
    words.tokens.windows(2).any(|pair| pair[0].is("не") && !pair[1].gap.ends_clause() && pair[1].starts_any(UNDOING))
}

/// «другое время не надо», «новый день искать не нужно», «переносить не надо»
fn wants_no_other_time(words: &Words) -> bool {
    let is_other = |pair: &[Token]| {
        pair[0].is_any(&["другое", "другой", "другого", "новое", "новый", "нового", "иное"])
            && pair[1].is_any(&["время", "времени", "день", "дня", "окно", "дату"])
    };
    let is_refused =
        |pair: &[Token]| pair[0].is("не") && pair[1].is_any(&["надо", "нужно", "нужен", "ищите", "предлагайте"]);
    let is_move = |token: &Token| token.starts_any(&["переноси", "перезаписыва", "передвига"]);
    let is_named = words.tokens.windows(2).any(is_other) || words.tokens.iter().any(is_move);
    is_named && words.tokens.windows(2).any(is_refused)
}

/// A visit beside the one that is moved or late, or beside an ailment: two services, or a word of booking.
fn wants_another(words: &Words, reading: &Reading) -> bool {
    reading.services.len() > 1 || words.tokens.iter().any(|token| token.starts_any(&["запиш", "записат", "заброн"]))
}

/// «Ясно, тогда вторник в 8» to times offered, «не тот номер, правильно 8 938 …» to a summary, a guess at a no that names a
/// time: not good manners, no yes and no no, but what they bring.
fn brings(
    mut intents: Vec<(Intent, f32)>,
    words: &Words,
    reading: &Reading,
    expecting: Option<Expecting>,
) -> Vec<(Intent, f32)> {
    let findings = &reading.findings;
    let is_time_asked = matches!(expecting, Some(Expecting::AskWhen | Expecting::OfferSlots));
    // «во вторник... хотя нет, в четверг»: the no is to a word of one's own.
    if is_time_asked && findings.is_corrected && matches!(intents[..], [(Intent::Decline | Intent::Confirm, _), ..]) {
        let chance = intents[0].1;
        return vec![(Intent::Inform, chance)];
    }
    if let [(intent, chance)] = &mut intents[..] {
        let is_time = *intent == Intent::Smalltalk && is_time_asked && findings.has_when;
        let is_put_right = *intent == Intent::Confirm && findings.has_phone && tells_of_a_slip(words);
        let is_no = *intent == Intent::Decline && expecting.is_some() && findings.has_when;
        let is_guess = is_no && (*chance < HALF_SURE || are_details(words));
        if is_time || is_put_right || is_guess {
            *intent = Intent::Inform;
        }
    }
    intents
}

/// «ошиблась», «в номере промахнулась», «не тот дала».
fn tells_of_a_slip(words: &Words) -> bool {
    let is_slip = |token: &Token| {
        token.starts_any(&["поменя", "исправ", "ошиб", "промах", "перепут", "опечат", "напут", "оговор"])
    };
    let is_wrong = |pair: &[Token]| pair[0].is("не") && pair[1].is_any(&["тот", "та", "те", "туда"]);
    words.tokens.iter().any(is_slip) || words.tokens.windows(2).any(is_wrong)
}

/// «Во, теперь всё ок» to «всё верно?»: the rules heard a yes, and the model is sure of nothing but perhaps
/// good manners.
fn is_yes_heard(chances: &[f32; COLUMNS], rules: &[(Intent, f32)], expecting: Option<Expecting>) -> bool {
    let is_asked = matches!(expecting, Some(Expecting::Confirm | Expecting::Reminder));
    let is_yes = matches!(rules, [(Intent::Confirm, _)]);
    let (intent, chance) = likeliest(chances);
    is_asked && is_yes && chance < HALF_SURE && matches!(intent, Intent::Smalltalk | Intent::Feedback)
}

/// What the choice depends on beside the chances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// The rules alone decide: another language, or no words at all.
    pub is_certain: bool,
    /// More is said, unasked, than data take.
    is_at_length: bool,
    /// No word is one we know.
    is_gibberish: bool,
}

impl Look {
    pub fn of(words: &Words, reading: &Reading, expecting: Option<Expecting>) -> Self {
        Self {
            is_certain: reading.language == Language::Other
                || is_bare(words, expecting)
                || reading.findings.sign.is_some()
                || reading.findings.is_mashed,
            is_at_length: expecting.is_none() && words.tokens.len() > DATA_WORDS_MAX,
            is_gibberish: reading.findings.known_words == 0,
        }
    }

    /// Whether the rules must guess: the model is lost, and what they heard can be all that was said.
    ///
    /// Data and nothing else is not what a long message says unasked; there the model's guess is
    /// better. Of gibberish the model must be rather sure.
    pub fn leaves_to_rules(self, chances: &[f32; COLUMNS], rules: &[(Intent, f32)]) -> bool {
        let is_data = rules.first().is_some_and(|(intent, _)| *intent == Intent::Inform);
        let is_unsure = self.is_gibberish && chances.iter().all(|chance| *chance < GIBBERISH_SURE);
        is_wild_alarm(chances, rules)
            || is_complaint_heard(chances, rules)
            || (is_lost(chances) || is_unsure) && !(is_data && self.is_at_length)
    }
}

/// «можно завтра на маникюр в 5?», unasked: a service, one time, and not a word of a visit that stands.
fn asks_to_come(words: &Words, reading: &Reading, expecting: Option<Expecting>) -> bool {
    let findings = &reading.findings;
    // «позже 16:30» is a bound, «на час позже» another time than that of a visit.
    let is_bound = |at: usize| words.tokens.get(at + 1).is_some_and(|next| next.number.is_some());
    let is_other = |token: &Token| token.starts_any(&["друг", "раньше", "пораньше", "позже", "попозже"]);
    let has_other = words.tokens.iter().enumerate().any(|(at, token)| is_other(token) && !is_bound(at));
    // «с понедельника по среду» is one time.
    let is_range =
        matches!(&reading.spots[..], [from, to] if from.lead == when::Lead::From && to.lead == when::Lead::Till);
    let is_whole = findings.has_service && findings.has_when && (!findings.has_two_times || is_range);
    expecting.is_none() && is_whole && !has_other && !speaks_of_visit(words)
}

/// «в среду, ой нет, лучше в четверг», with a wish to come and not a word of a visit that stands: one wish put right.
fn corrects_itself(words: &Words, reading: &Reading, evidence: &Evidence<'_>) -> bool {
    // «давайте в среду… стоп, в четверг», and not «в среду никак, давайте в пятницу».
    let before = reading.spots.first().and_then(|first| words.tokens.get(..first.start)).unwrap_or_default();
    let is_proposed =
        || before.iter().any(|token| token.is_any(&["давайте", "давай", "можно", "хочу", "ставьте", "пишите"]));
    let wants = evidence.score("book") >= 2.0 || reading.findings.has_service || is_proposed();
    reading.findings.is_corrected && wants && !speaks_of_visit(words)
}

/// «маникюр и педикюр хотела, не, педикюр вычёркиваем, в субботу в 12»: a word of the wish, and no visit, is struck off.
fn strikes_a_word(words: &Words, reading: &Reading) -> bool {
    const WISH: &[&str] = &["хотел", "хочу", "примет", "запиш", "можно", "надо", "нужн", "мне"];
    let struck = words.tokens.iter().position(|token| token.starts_any(&["вычеркив", "вычеркн"]));
    // «Химия нам не нужна, вычеркните» wishes for nothing.
    let is_denied = |at: usize| at > 0 && words.tokens[at - 1].is("не");
    let is_wished = |struck: usize| (0..struck).any(|at| words.tokens[at].starts_any(WISH) && !is_denied(at));
    struck.is_some_and(is_wished) && !reading.services.is_empty() && reading.findings.has_when
}

/// «масло течёт не переставая»: what runs in a car, where the rules heard nothing of a body.
fn speaks_of_car(words: &Words) -> bool {
    const OF_A_CAR: &[&str] =
        &["масл", "антифриз", "тосол", "бензин", "солярк", "тормозух", "двигател", "мотор", "радиатор", "глушител"];
    words.tokens.iter().any(|token| token.starts_any(OF_A_CAR))
}

/// Whether any word is of a visit that stands, or of moving one.
fn speaks_of_visit(words: &Words) -> bool {
    const OF_A_VISIT: &[&str] = &[
        "перен",
        "сдви",
        "подви",
        "передви",
        "двин",
        "перезап",
        "перепи",
        "перебр",
        "переме",
        "смест",
        "смещ",
        "перело",
        "поменя",
        "меня",
        "измен",
        "смен",
        "перест",
        "отмен",
        "сним",
        "снять",
        "вычер",
        "удал",
        "запись",
        "записи",
        "записан",
        "бронь",
        "стою",
        "стоим",
        "визит",
        "была",
        "были",
        "сеанс",
        "прием",
    ];
    // «Колёса на зиму перекинь» is work.
    let has_wheels = words.tokens.iter().any(|token| token.starts_any(&["колес", "колёс", "резин", "шин"]));
    let is_thrown = |token: &Token| token.starts_any(&["переки"]) && !has_wheels;
    let is_of_visit = |token: &Token| token.starts_any(OF_A_VISIT) && !token.is_any(&["меня", "сменой"]);
    words.tokens.iter().any(|token| is_of_visit(token) || is_thrown(token))
}

/// A name and nothing else, in answer to «как вас зовут?».
fn is_name_alone(words: &Words, expecting: Option<Expecting>) -> bool {
    let is_asked = expecting == Some(Expecting::AskName);
    is_asked && !words.tokens.is_empty() && words.tokens.iter().all(|token| token.roles.name)
}

/// «завтра утром в 8», unasked: details and not a word beside them.
fn is_bare(words: &Words, expecting: Option<Expecting>) -> bool {
    expecting.is_none() && are_details(words)
}

/// Details of a visit and the small words before them, and nothing else.
fn are_details(words: &Words) -> bool {
    let is_detail = |token: &Token| {
        let roles = token.roles;
        roles.when
            || roles.service
            || roles.specialist
            || roles.name
            || roles.phone
            || token.is_any(&["в", "на", "к", "с", "и", "или", "ну"])
    };
    !words.tokens.is_empty() && words.tokens.iter().all(is_detail)
}

/// The likeliest intent and those beside it, in the order of the labelled set.
///
/// What the rules heard for certain needs less of the model's agreement to stand beside another
/// wish. A wish that only a person may answer counts at four times its odds: to call a person in
/// vain costs less than to miss one.
pub(super) fn chosen(chances: &[f32; COLUMNS], rules: &[(Intent, f32)]) -> Vec<(Intent, f32)> {
    let likeliest = likeliest(chances);
    if !joins_others(likeliest.0) {
        return vec![likeliest];
    }
    let is_sure = |intent: Intent| rules.iter().any(|(heard, sure)| *heard == intent && *sure >= SURE);
    // Who complains of a sum asks for no price.
    let is_of_grievance =
        |intent: Intent| intent == Intent::Price && likeliest.0 == Intent::Complaint && !is_sure(intent);
    // «К Петренко бы, на пятницу» under times offered takes another one, with no word of a no.
    let is_unheard_no = |intent: Intent| {
        intent == Intent::Decline && likeliest.0 == Intent::Book && !rules.iter().any(|(heard, _)| *heard == intent)
    };
    let is_meant = |intent: Intent, chance: f32| {
        if is_of_grievance(intent) || is_unheard_no(intent) {
            return false;
        }
        let least = if is_sure(intent) { ALSO_SURE_MIN } else { ALSO_MIN.max(likeliest.1 * ALSO_SHARE_MIN) };
        intent == likeliest.0 || (joins_others(intent) && joins(intent, likeliest.0) && chance >= least)
    };
    let mut found: Vec<(Intent, f32)> =
        Intent::ALL.into_iter().zip(*chances).filter(|(intent, chance)| is_meant(*intent, *chance)).collect();
    found.sort_by_key(|(intent, _)| *intent);
    found.truncate(INTENTS_MAX);
    found
}

/// Whether the model has never met such words.
fn is_lost(chances: &[f32; COLUMNS]) -> bool {
    chances.iter().all(|chance| *chance < UNSURE)
}

/// A person would be called on a guess: the model is far from sure, and the rules heard nothing of the kind.
fn is_wild_alarm(chances: &[f32; COLUMNS], rules: &[(Intent, f32)]) -> bool {
    let (intent, _) = likeliest(chances);
    let is_heard = rules.iter().any(|(heard, _)| is_grave(*heard));
    // A grievance is put into words that the rules hear, or makes the model rather sure.
    let least = if intent == Intent::Complaint { COMPLAINT_MIN } else { WILD };
    is_grave(intent) && chances[column(intent)] < least && !is_heard
}

/// The rules heard a complaint for certain, and the model is sure of nothing.
fn is_complaint_heard(chances: &[f32; COLUMNS], rules: &[(Intent, f32)]) -> bool {
    let is_heard = rules.first().is_some_and(|(intent, sure)| *intent == Intent::Complaint && *sure >= SURE);
    is_heard && chances.iter().all(|chance| *chance < HALF_SURE)
}

/// The likeliest intent and its chance, a grave one at four times its odds unless it is a mere guess.
fn likeliest(chances: &[f32; COLUMNS]) -> (Intent, f32) {
    let known = Intent::ALL.into_iter().zip(*chances).filter(|(intent, _)| *intent != Intent::OtherLang);
    let known = known.map(|(intent, chance)| {
        (intent, if is_grave(intent) && chance >= GRAVE_MIN { weighed(chance) } else { chance })
    });
    known.fold((Intent::Smalltalk, 0.0), |best, next| if next.1 > best.1 { next } else { best })
}

/// Whether only a person may answer.
const fn is_grave(intent: Intent) -> bool {
    matches!(intent, Intent::Medical | Intent::Complaint | Intent::Human)
}

/// A chance at four times the odds.
fn weighed(chance: f32) -> f32 {
    4.0 * chance / (1.0 + 3.0 * chance)
}

/// Whether a wish can stand beside another one at all.
const fn joins_others(intent: Intent) -> bool {
    !intent.is_outside() && !matches!(intent, Intent::Smalltalk | Intent::Inform)
}

/// Whether two wishes can stand side by side: not a yes and a no, not a move and its opposite.
fn joins(left: Intent, right: Intent) -> bool {
    let is_pair = |one: Intent, other: Intent| (left, right) == (one, other) || (left, right) == (other, one);
    !is_pair(Intent::Confirm, Intent::Decline) && !is_pair(Intent::Feedback, Intent::Complaint)
}
