//! Which services are wanted: those just named, beside or in place of the ones before.

use nochnik_nlu::{Expecting, Found, Intent, Meaning};

use super::change;
use super::turns::{self, Way};
use crate::business::Service;
use crate::conversation::Asking;
use crate::phrases::Phrase;
use crate::turn::Turn;
use crate::values::{ServiceId, SpecialistId};

/// So many letters of a word tell what it is.
const HEAD_CHARS: usize = 5;
/// «Only», as it is written and as it is typed.
const ONLY: [&str; 4] = ["только", "тока", "токо", "лишь"];

/// The services wanted now: those of the message, with the earlier ones where they are to be added. Empty where the
/// message changes nothing of them.
pub(super) fn services_of(turn: &mut Turn, meaning: &Meaning) -> Vec<ServiceId> {
    // «Единица, стригли как на пожар»: what is rated is over.
    if turn.conv.asking == Asking::Rating && meaning.intent() == Intent::Feedback {
        return Vec::new();
    }
    let (named, refused) = wished_in(turn, meaning);
    // «Маникюр и педикюр», then «без педикюра».
    let left = turn.conv.wish.services.iter().filter(|service| !refused.contains(service)).cloned();
    let left: Vec<ServiceId> = left.collect();
    if named.is_empty() && !left.is_empty() && left.len() < turn.conv.wish.services.len() {
        return left;
    }
    if named.is_empty() && !turn.conv.wish.beside.is_empty() && turns::is_said(&turn.said, Way::Both) {
        return joined(&turn.conv.wish.beside, &turn.conv.wish.services);
    }
    let named = trial_alone(turn, named);
    let named = of_trial(turn, named);
    if let Some(exchanged) = exchanged(turn, &named) {
        return exchanged;
    }
    // Of who is late «из школы» or «на маникюр» is the visit's, and no wish.
    let is_of_visit = meaning.has(Intent::Late) && change::has_visit(turn);
    if is_of_visit || names_visit(turn, meaning, &named) {
        return Vec::new();
    }
    if is_only_asked(turn, meaning) || is_either(turn, meaning) || !priced_beside(turn, meaning).is_empty() {
        return Vec::new();
    }
    if names_part_for_time(turn, meaning, &named) {
        return Vec::new();
    }
    if is_added(turn, meaning, &named) { joined(&turn.conv.wish.services, &named) } else { named }
}

/// «Вместо растяжки давайте зумбу» of one who is booking the stretching and more: one goes, the rest stays.
fn exchanged(turn: &Turn, named: &[ServiceId]) -> Option<Vec<ServiceId>> {
    let wished = &turn.conv.wish.services;
    let lower = turn.said.to_lowercase();
    let (_, behind) = lower.split_once("вместо ").filter(|_| wished.len() > 1 && !named.is_empty())?;
    let word = behind.split_whitespace().next()?;
    let whole = turn.settings().reader.read(word, Some(Expecting::AskService), turn.wall(turn.now));
    let gone = services_in(&whole);
    let is_gone = |service: &ServiceId| gone.contains(service) && !named.contains(service);
    let left: Vec<ServiceId> = wished.iter().filter(|service| !is_gone(service)).cloned().collect();
    (left.len() < wished.len()).then(|| joined(&left, named))
}

/// «Маникюр в субботу не хочу, лучше в пятницу» of one who is booking a pedicure as well: a word for the visit, and no
/// «только».
fn names_part_for_time(turn: &Turn, meaning: &Meaning, named: &[ServiceId]) -> bool {
    const PARTS: [&str; 4] = ["один", "одну", "одно", "без"];
    let wished = &turn.conv.wish.services;
    let is_part = !named.is_empty() && named.len() < wished.len() && named.iter().all(|one| wished.contains(one));
    let lower = turn.said.to_lowercase();
    let is_only =
        lower.split(|letter: char| !letter.is_alphanumeric()).any(|word| ONLY.contains(&word) || PARTS.contains(&word));
    turn.conv.wish.wants_visit && is_part && meaning.when.is_some() && !is_only
}

/// «Ламинирование», then «ресниц», in answer to «на какую услугу?»: the service that the two messages name together.
pub(super) fn complete(turn: &Turn, text: &str, meaning: &mut Meaning) {
    let is_asked = turn.conv.asking == Asking::Service && meaning.services.len() <= 1;
    let Some(part) = turn.conv.wish.service_part.as_ref().filter(|_| is_asked) else { return };
    let both = format!("{part} {text}");
    let whole = turn.settings().reader.read(&both, Some(Expecting::AskService), turn.wall(turn.now));
    let [found] = &whole.services[..] else { return };
    // The name must take something of both messages.
    if found.span.0 < part.len() && found.span.1 > part.len() {
        meaning.services = vec![Found { value: found.value.clone(), span: (0, text.len()) }];
    }
}

/// «Тогда первое», «давайте первое, в субботу в 12», of two services whose prices were told: that one is wanted.
pub(super) fn pick(turn: &Turn, text: &str, meaning: &mut Meaning) {
    let is_asked = turn.conv.asking == Asking::Visit && meaning.services.is_empty();
    let told = &turn.conv.wish.services;
    let is_told = |at: &usize| told.len() > 1 && *at < told.len();
    let head = text.split([',', ';', '.', '\n']).next().unwrap_or_default();
    let Some(at) = turns::ordinal(head).filter(|at| is_asked && is_told(at)) else { return };
    meaning.services = vec![Found { value: told[at].as_str().to_owned(), span: (0, text.len()) }];
    meaning.intents = vec![(Intent::Book, 1.0)];
    // «Первое» is no day of the month.
    meaning.when = meaning.when.take().filter(|when| when.span.0 >= head.len());
}

/// «Разовое на йогу» is yoga: what only says how one comes is no service beside.
pub(super) fn reduce(turn: &Turn, text: &str, meaning: &mut Meaning) {
    let kept = meaning.services.iter().filter(|found| !is_manner(turn, text, found)).cloned().collect::<Vec<_>>();
    if !kept.is_empty() {
        meaning.services = kept;
    }
}

/// «Разовое занятие на …»: paid for once, whatever is done.
fn is_manner(turn: &Turn, text: &str, found: &Found<String>) -> bool {
    let behind = text.get(found.span.1..).unwrap_or_default().trim_start().to_lowercase();
    let is_led_on = ["на ", "по ", "в "].iter().any(|lead| behind.starts_with(lead));
    let service = turn.settings().service(&ServiceId::new(&found.value));
    is_led_on && service.is_some_and(|service| turns::is_said(&service.name, Way::Single))
}

/// The services named to be done, and those said not to be wanted: «без бороды же?»
fn wished_in(turn: &Turn, meaning: &Meaning) -> (Vec<ServiceId>, Vec<ServiceId>) {
    let is_without = |at: usize| {
        let before = turn.said.get(..at).unwrap_or_default().trim_end().to_lowercase();
        // «Нет, не маникюр, педикюр»: of two that are named one is denied.
        let is_denied = meaning.services.len() > 1 && (before == "не" || before.ends_with(" не"));
        is_denied || before.ends_with("без") || before.ends_with("не надо") || before.ends_with("не нужно")
    };
    let is_refused =
        |span: (usize, usize)| turn.conv.wish.wants_visit && (is_without(span.0) || is_taken_off(turn, span));
    let (refused, wished): (Vec<_>, Vec<_>) = meaning.services.iter().partition(|found| is_refused(found.span));
    let ids = |found: Vec<&Found<String>>| found.into_iter().map(|found| ServiceId::new(&found.value)).collect();
    (ids(wished), ids(refused))
}

/// «А стрижку уберите» of one who is booking a haircut and more; «развал не надо, только резину» keeps the tyres.
fn is_taken_off(turn: &Turn, (from, to): (usize, usize)) -> bool {
    const ASIDE: [&str; 6] = ["пожалуй", "пожалуйста", "тогда", "уже", "пока", "все-таки"];
    let is_off = |word: &&str| turns::is_said(word, Way::Off);
    let ends_clause = |letter: char| matches!(letter, ',' | '.' | '!' | '?' | ';' | '\n');
    let before = turn.said.get(..from).unwrap_or_default().to_lowercase();
    let after = turn.said.get(to..).unwrap_or_default().to_lowercase();
    let lead = before.rsplit(ends_clause).next().unwrap_or_default();
    let rest = after.split(ends_clause).next().unwrap_or_default();
    let mut behind = rest.split_whitespace().filter(|word| !ASIDE.contains(word));
    let is_behind = match (behind.next(), behind.next()) {
        (Some("не"), Some(word)) => ["надо", "нужно", "нужна", "нужен", "нужны", "буду"].contains(&word),
        // «развал потом сделаю», and not «маникюр потом педикюр».
        (Some("потом" | "позже" | "попозже"), next) => {
            next.is_none_or(|word| word.starts_with("сдела"))
        }
        (Some(word), _) => is_off(&word),
        _ => false,
    };
    let mut ahead = lead.split_whitespace().rev().peekable();
    let is_only = ahead.next_if(|word| ONLY.contains(word)).is_some();
    let is_ahead = ahead.next().is_some_and(|word| is_off(&word));
    // «Диагностику убери только аккумулятор», typed without its comma, keeps the battery.
    let has_object = is_only && ahead.next().is_some_and(|word| word.chars().count() >= HEAD_CHARS);
    turn.conv.wish.services.len() > 1 && (is_behind && !is_only || is_ahead && !has_object)
}

fn joined(first: &[ServiceId], more: &[ServiceId]) -> Vec<ServiceId> {
    first.iter().chain(more.iter().filter(|service| !first.contains(service))).cloned().collect()
}

/// «Маникюр или педикюр»: one of the two is wanted, and which is not known yet.
pub(super) fn is_either(turn: &Turn, meaning: &Meaning) -> bool {
    let [one, other] = &meaning.services[..] else { return false };
    let is_wish = meaning.has(Intent::Book) || meaning.intent() == Intent::Inform;
    let between = one.span.1.min(other.span.1)..one.span.0.max(other.span.0);
    let is_said = turn.said.get(between).is_some_and(|words| turns::is_said(words, Way::Either));
    is_wish && is_said && turn.conv.wish.services.is_empty()
}

/// The services that the message names, in the order said.
pub(super) fn services_in(meaning: &Meaning) -> Vec<ServiceId> {
    meaning.services.iter().map(|found| ServiceId::new(&found.value)).collect()
}

/// «Маникюр», then «и брови» or «педикюр ещё добавьте».
fn is_added(turn: &Turn, meaning: &Meaning, named: &[ServiceId]) -> bool {
    let is_question = meaning.has(Intent::Price) || meaning.has(Intent::Faq);
    let is_and = turns::is_said(&turn.said, Way::And) && !is_question && !is_variant(turn, named);
    let is_plus = turn.said.trim_start().starts_with('+');
    let is_more = is_and || is_plus || [Way::More, Way::Both].into_iter().any(|way| turns::is_said(&turn.said, way));
    !named.is_empty() && turn.conv.wish.wants_visit && is_more
}

/// Takes the services wanted from now on. What they push out in the middle of booking, with no word of putting right, is
/// named: perhaps both were meant.
pub(super) fn want(turn: &mut Turn, services: Vec<ServiceId>) {
    let is_silent =
        !turn.conv.wish.wants_visit || turns::is_said(&turn.said, Way::Instead) || is_variant(turn, &services);
    let before = std::mem::replace(&mut turn.conv.wish.services, services);
    let given_up: Vec<ServiceId> =
        before.into_iter().filter(|service| !turn.conv.wish.services.contains(service)).collect();
    if !given_up.is_empty() && !is_silent {
        let service = turn.settings().names_of(&turn.conv.wish.services);
        turn.say(Phrase::ServiceInstead, &[("service", &service)]);
    }
    turn.conv.wish.beside = given_up;
}

/// «Передвиньте мой маникюр», of one who has a manicure with gel: one word for the visit that stands, and no wish for
/// another kind.
fn names_visit(turn: &Turn, meaning: &Meaning, named: &[ServiceId]) -> bool {
    let coming = turn.conv.coming(turn.now);
    let Some(visit) = coming.first().filter(|_| meaning.has(Intent::Reschedule) && !turn.conv.wish.wants_visit) else {
        return false;
    };
    let is_word = |span: (usize, usize)| turn.said.get(span.0..span.1).is_some_and(|said| !said.contains(' '));
    let is_own_kind = |service: &ServiceId| visit.services.iter().any(|own| is_same_kind(turn, service, own));
    meaning.services.iter().all(|found| is_word(found.span)) && named.iter().all(is_own_kind)
}

/// «А педикюр сколько?» in the middle of booking a manicure: answered, and the manicure goes on. Another kind of the same
/// thing is wanted instead of it.
pub(super) fn priced_beside(turn: &Turn, meaning: &Meaning) -> Vec<ServiceId> {
    let wish = &turn.conv.wish;
    // «А пробное бесплатное?»
    let is_about = turn.said.trim_end().ends_with('?') && turns::is_said(&turn.said, Way::About);
    let is_price = meaning.has(Intent::Price) || meaning.intent() == Intent::Inform && is_about;
    let is_asked = is_price && !meaning.has(Intent::Book) && !turns::is_said(&turn.said, Way::More);
    let named = services_in(meaning);
    // «А с покрытием сколько?» goes on with the covering, as long as no time is kept.
    let is_own = named.iter().all(|service| wish.services.contains(service));
    let is_other = turn.conv.held().is_some() || is_own || !is_variant(turn, &named);
    let is_beside = wish.wants_visit && !wish.services.is_empty() && is_other;
    if is_asked && is_beside && !wish.services.iter().all(|service| named.contains(service)) {
        named
    } else {
        Vec::new()
    }
}

/// Whether each of these is another kind of something wanted: «Мужская стрижка» and «Детская стрижка».
fn is_variant(turn: &Turn, services: &[ServiceId]) -> bool {
    let wanted = &turn.conv.wish.services;
    services.iter().all(|service| wanted.iter().any(|other| is_same_kind(turn, service, other)))
}

/// The words that say what a service is, without what it comes with: of «Маникюр с покрытием» the first. Each cut to its
/// beginning, so that its case does not matter.
fn heads(name: &str) -> Vec<String> {
    const ASIDE: [&str; 8] = ["с", "со", "без", "до", "на", "для", "от", "под"];
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let own = words.take_while(|word| !ASIDE.contains(word)).filter(|word| word.chars().count() >= HEAD_CHARS);
    // Parts of the body and mere deeds make no service a kind of another.
    let is_telling = |word: &&str| !turns::is_said(word, Way::General);
    own.filter(is_telling).map(|word| word.chars().take(HEAD_CHARS).collect()).collect()
}

/// A grown-up's and a child's of one kind were named together: two people are to come.
pub(super) fn is_of_both_ages(turn: &Turn, meaning: &Meaning) -> bool {
    let [one, other] = &turn.conv.wish.services[..] else { return false };
    meaning.services.len() > 1 && are_of_both_ages(turn, one, other)
}

fn are_of_both_ages(turn: &Turn, one: &ServiceId, other: &ServiceId) -> bool {
    is_for_child(turn, one) != is_for_child(turn, other) && is_same_kind(turn, one, other)
}

fn is_for_child(turn: &Turn, id: &ServiceId) -> bool {
    turn.settings().service(id).is_some_and(|service| is_childs(&service.name))
}

/// What the second of two people is to have: a child's and a grown-up's part, if both were named; to a child's the first
/// grown-up's of its kind; else the same. Nothing, where that is for women and the client may be none: it is asked then.
pub(super) fn of_second(turn: &mut Turn) -> Vec<ServiceId> {
    match &turn.conv.wish.services.clone()[..] {
        // «Мне маникюр, ей педикюр»
        [one, other] if are_of_both_ages(turn, one, other) || turns::is_said(&turn.said, Way::Each) => {
            turn.conv.wish.services = vec![one.clone()];
            vec![other.clone()]
        }
        [childs] if is_for_child(turn, childs) && turns::is_said(&turn.said, Way::Themselves) => {
            let all = turn.settings().document.services.iter().map(|service| ServiceId::new(&*service.id));
            let grown_up = all.into_iter().find(|id| !is_for_child(turn, id) && is_same_kind(turn, id, childs));
            grown_up.filter(|id| !is_for_women(turn, id)).into_iter().collect()
        }
        same => same.to_vec(),
    }
}

fn is_for_women(turn: &Turn, id: &ServiceId) -> bool {
    turn.settings().service(id).is_some_and(|service| service.name.to_lowercase().contains("женск"))
}

/// «Детская стрижка».
pub(super) fn is_childs(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["детская", "детский", "детское"].iter().any(|word| lower.contains(word))
}

pub(super) fn is_same_kind(turn: &Turn, one: &ServiceId, other: &ServiceId) -> bool {
    let heads_of = |id: &ServiceId| turn.settings().service(id).map(|service| heads(&service.name)).unwrap_or_default();
    let heads = heads_of(one);
    heads_of(other).iter().any(|head| heads.contains(head))
}

/// «А снятие входит?» when the time is chosen already: asked about, not wanted instead.
fn is_only_asked(turn: &Turn, meaning: &Meaning) -> bool {
    let is_wish = meaning.has(Intent::Book) || meaning.has(Intent::Reschedule) || meaning.has(Intent::Price);
    let is_added = [Way::Book, Way::More].into_iter().any(|way| turns::is_said(&turn.said, way));
    let is_own = turns::is_said(&turn.said, Way::Own);
    let has_wish =
        turn.conv.held().is_some() || !turn.conv.wish.services.is_empty() && (turn.conv.wish.wants_visit || is_own);
    meaning.has(Intent::Faq) && !is_wish && !is_added && has_wish
}

/// A trial of something is one visit: the trial, by a specialist who does both.
fn trial_alone(turn: &mut Turn, services: Vec<ServiceId>) -> Vec<ServiceId> {
    let settings = turn.settings();
    let trial = services.iter().find(|id| settings.service(id).is_some_and(is_trial)).cloned();
    let able = settings.specialists_for(&services).first().map(|able| SpecialistId::new(&*able.id));
    match (trial, able) {
        (Some(trial), Some(able)) if services.len() > 1 => {
            turn.conv.wish.specialist.get_or_insert(able);
            vec![trial]
        }
        _ => services,
    }
}

/// «На пробную тренировку», then «пилатес»: the trial stands, with who does both.
fn of_trial(turn: &mut Turn, named: Vec<ServiceId>) -> Vec<ServiceId> {
    let settings = turn.settings();
    let [trial] = &turn.conv.wish.services[..] else { return named };
    let is_of_it = settings.service(trial).is_some_and(is_trial) && !named.is_empty() && !named.contains(trial);
    let whole: Vec<ServiceId> = std::iter::once(trial).chain(&named).cloned().collect();
    if !is_of_it || settings.specialists_for(&whole).is_empty() {
        return named;
    }
    turn.conv.wish.specialist = None;
    trial_alone(turn, whole)
}

/// «Пробное занятие», «Пробная тренировка».
pub(super) fn is_trial(service: &Service) -> bool {
    turns::is_said(&service.name, Way::Trial)
}

/// «К хирургу», no service named: the only one that is done by such, else theirs are asked of. True when it was taken.
pub(super) fn of_position(turn: &mut Turn, meaning: &Meaning) -> bool {
    if meaning.of_position.is_empty() || !turn.conv.wish.services.is_empty() {
        return false;
    }
    turn.conv.wish.of_position = meaning.of_position.iter().map(SpecialistId::new).collect();
    takes_only_service(turn)
}

/// «К Патимат Алиевне», who does one thing: that is meant. True when it was taken.
pub(super) fn of_only_service(turn: &mut Turn, meaning: &Meaning) -> bool {
    turn.conv.wish.services.is_empty() && meaning.has(Intent::Book) && takes_only_service(turn)
}

/// Where those who are asked for do one service, it is wanted.
fn takes_only_service(turn: &mut Turn) -> bool {
    let [only] = &services_of_asked(turn)[..] else { return false };
    turn.conv.wish.services = vec![only.clone()];
    true
}

/// What the specialist asked for does, or those of the position asked for; nothing where nobody was.
pub(super) fn services_of_asked(turn: &Turn) -> Vec<ServiceId> {
    let (settings, wish) = (turn.settings(), &turn.conv.wish);
    let asked = wish.specialist.as_slice().iter().chain(wish.of_position.iter().filter(|_| wish.specialist.is_none()));
    let able: Vec<_> = asked.filter_map(|id| settings.specialist(id)).collect();
    let is_done = |service: &&Service| able.iter().any(|person| person.services.contains(&service.id));
    settings.document.services.iter().filter(is_done).map(|service| ServiceId::new(&*service.id)).collect()
}
