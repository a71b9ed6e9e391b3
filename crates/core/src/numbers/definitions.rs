//! Every number once: what it means, how it is counted, what it aims at.

use super::facts::What;
use super::tally::{Cell, Choice, Tally};

/// Within so many milliseconds the bot answers. Source: the regulation.
const ANSWER_MS: i64 = 3_000;
/// Within so many milliseconds a person takes a case. Source: the regulation.
const TAKE_MS: i64 = 300_000;

/// The way of a client, a step a fact; each counts people, not visits.
pub const FUNNEL: [(What, &str); 5] = [
    (What::Contact, "Написали впервые"),
    (What::Lead, "Стали лидами"),
    (What::Qualified, "Понятно, чего хотят"),
    (What::Booker, "Записались"),
    (What::Guest, "Пришли"),
];

/// Where a number stands on the page; order is that of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Requests,
    Speed,
    People,
    Visits,
    Understanding,
    /// For the owner's eyes.
    Money,
}

impl Group {
    pub const ALL: [Self; 6] =
        [Self::Requests, Self::Speed, Self::People, Self::Visits, Self::Understanding, Self::Money];

    pub fn title(self) -> &'static str {
        match self {
            Self::Requests => "Обращения и заявки",
            Self::Speed => "Скорость ответа",
            Self::People => "Вызовы дежурных",
            Self::Visits => "Записи и визиты",
            Self::Understanding => "Понимание и кнопки",
            Self::Money => "Деньги",
        }
    }
}

/// One number.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name in exports; stays.
    pub key: &'static str,
    pub group: Group,
    pub title: &'static str,
    /// How it is counted, in words.
    pub formula: &'static str,
    measure: Measure,
    pub target: Target,
    /// What is good: more, less, or neither.
    pub more_is_better: Option<bool>,
    /// Kept by the day alone: neither channels nor nights are told apart.
    pub is_by_day_only: bool,
}

#[derive(Clone, Copy, Debug)]
enum Measure {
    Count(What),
    /// Of facts that came by night, whatever is chosen beside.
    NightCount(What),
    Sum(What),
    Share(What, &'static [What]),
    /// Sums, for facts that may be taken back.
    SumShare(What, &'static [What]),
    /// Sum by count: a share of facts of which each is 0 or 1.
    Part(What),
    Within(What, i64, What),
    Quantile(What, f64),
    Mean(What),
    NightKop(What),
    Kop(What),
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Count(i64),
    /// 0 to 1.
    Share(f64),
    /// An upper bound.
    Ms(i64),
    /// 1 to 5.
    Rating(f64),
    Kop(i64),
}

impl Number {
    /// The bare figure, for comparing.
    pub fn plain(self) -> f64 {
        match self {
            Self::Count(n) | Self::Ms(n) | Self::Kop(n) => n as f64,
            Self::Share(share) | Self::Rating(share) => share,
        }
    }
}

/// What a number aims at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// The goal and its control value in words.
    pub words: &'static str,
    control: Control,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Control {
    /// The regulation names none.
    Nothing,
    AtLeast(f64),
    AtMost(f64),
    /// Against the period before: at least so much more, or less.
    RisesBy(f64),
    FallsBy(f64),
}

/// How a number stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
}

impl Definition {
    /// The number of a tally; `None` when there is nothing to divide by, or a time is longer than all bounds.
    pub fn number(&self, tally: &Tally, choice: &Choice) -> Option<Number> {
        let everything = Choice::default();
        let choice = if self.is_by_day_only { &everything } else { choice };
        let total = |what: What| tally.total(what, choice);
        let by_night = |what: What| match choice.is_night {
            Some(false) => Cell::default(),
            _ => tally.total(what, &Choice { is_night: Some(true), ..choice.clone() }),
        };
        match self.measure {
            Measure::Count(what) => Some(Number::Count(total(what).count)),
            Measure::NightCount(what) => Some(Number::Count(by_night(what).count)),
            Measure::Sum(what) => Some(Number::Count(total(what).sum)),
            Measure::Share(part, whole) => share(total(part).count, whole.iter().map(|what| total(*what).count).sum()),
            Measure::SumShare(part, whole) => share(total(part).sum, whole.iter().map(|what| total(*what).sum).sum()),
            Measure::Part(what) => share(total(what).sum, total(what).count),
            Measure::Within(what, ms, whole) => share(total(what).within(ms), total(whole).count),
            Measure::Quantile(what, part) => total(what).quantile_ms(part).map(Number::Ms),
            Measure::Mean(what) => {
                let cell = total(what);
                (cell.count > 0).then(|| Number::Rating(cell.sum as f64 / cell.count as f64))
            }
            Measure::NightKop(what) => Some(Number::Kop(by_night(what).sum)),
            Measure::Kop(what) => Some(Number::Kop(total(what).sum)),
        }
    }

    /// Whether the target is met; `None` when there is none, or nothing to compare with.
    pub fn verdict(&self, number: Option<Number>, before: Option<Number>) -> Option<Verdict> {
        let now = number?.plain();
        let was = || before.map(Number::plain).filter(|was| *was > 0.0);
        let is_met = match self.target.control {
            Control::Nothing => return None,
            Control::AtLeast(least) => now >= least,
            Control::AtMost(most) => now <= most,
            Control::RisesBy(rise) => now >= was()? * (1.0 + rise),
            Control::FallsBy(fall) => now <= was()? * (1.0 - fall),
        };
        Some(if is_met { Verdict::Met } else { Verdict::Missed })
    }
}

fn share(part: i64, whole: i64) -> Option<Number> {
    (whole > 0).then(|| Number::Share(part as f64 / whole as f64))
}

const fn aim(words: &'static str, control: Control) -> Target {
    Target { words, control }
}

/// The regulation says nothing of it.
const NONE: Target = aim("Регламент значения не задаёт.", Control::Nothing);

const BARE: Definition = Definition {
    key: "",
    group: Group::Requests,
    title: "",
    formula: "",
    measure: Measure::Count(What::Contact),
    target: NONE,
    more_is_better: None,
    is_by_day_only: false,
};

/// All numbers, in the order of the page.
pub const DEFINITIONS: [Definition; 32] = [
    Definition {
        key: "messages",
        title: "Сообщения клиентов",
        formula: "Сколько сообщений клиентов разобрано: слова, нажатия кнопок, голосовые и файлы.",
        measure: Measure::Sum(What::Heard),
        ..BARE
    },
    Definition {
        key: "contacts",
        title: "Новые диалоги",
        formula: "Сколько людей написали в канал впервые.",
        measure: Measure::Count(What::Contact),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "leads",
        title: "Лиды",
        formula: "Сколько диалогов стали лидами: человек захотел прийти, спросил цену или оставил номер.",
        measure: Measure::Count(What::Lead),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "leads_night",
        title: "Лиды в нерабочее время",
        formula: "Те из лидов, что появились, когда вы закрыты. Часы работы берутся из документа бизнеса.",
        measure: Measure::NightCount(What::Lead),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "leads_in_crm",
        title: "Лиды, дошедшие до CRM",
        formula: "Лиды, вставшие в CRM, ÷ лиды. Лид, которому CRM ещё не ответила, сюда не входит.",
        measure: Measure::Share(What::InCrm, &[What::Lead]),
        target: aim("Регламент: лиды ночью не теряются. Контроль: 100 %.", Control::AtLeast(1.0)),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "crm_p95",
        title: "До карточки в CRM, 95 из 100",
        formula: "За какое время 95 лидов из 100 встают в CRM, считая от появления лида. Время округлено вверх до ступени.",
        measure: Measure::Quantile(What::InCrm, 0.95),
        target: aim("Регламент: карточка создаётся сразу, без числа.", Control::Nothing),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "joined",
        title: "Дубли не созданы",
        formula: "Сколько раз номер из нового диалога уже был у клиента в другом канале, и заявки соединены в одну.",
        measure: Measure::Count(What::Joined),
        target: aim("Регламент: одна заявка — одна карточка; доля дублей там не считается.", Control::Nothing),
        ..BARE
    },
    Definition {
        key: "answer_p50",
        group: Group::Speed,
        title: "Ответ бота, половина",
        formula: "За какое время отвечена половина сообщений: от прихода сообщения до передачи ответа в канал. Время \
                  округлено вверх до ступени.",
        measure: Measure::Quantile(What::Answered, 0.5),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "answer_p95",
        group: Group::Speed,
        title: "Ответ бота, 95 из 100",
        formula: "То же для 95 сообщений из 100.",
        measure: Measure::Quantile(What::Answered, 0.95),
        target: aim("Регламент: ответ за 3 секунды. Контроль: не дольше 3 с.", Control::AtMost(ANSWER_MS as f64)),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "answer_in_time",
        group: Group::Speed,
        title: "Отвечено за 3 секунды",
        formula: "Ответы не дольше 3 секунд ÷ все ответы бота.",
        measure: Measure::Within(What::Answered, ANSWER_MS, What::Answered),
        target: aim("Регламент: ответ за 3 секунды. Контроль: 99 % ответов.", Control::AtLeast(0.99)),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "cases",
        group: Group::People,
        title: "Вызовы дежурного",
        formula: "Сколько раз понадобился человек: вторая ступень регламента.",
        measure: Measure::Count(What::Case),
        ..BARE
    },
    Definition {
        key: "cases_third",
        group: Group::People,
        title: "Дошло до старшего",
        formula: "Сколько вызовов перешло на третью ступень: кого-то на ней позвали. Ступень, на которой никого нет, не считается.",
        measure: Measure::Count(What::Third),
        target: aim("Регламент: третья ступень — если дежурный молчит 10 минут.", Control::Nothing),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "taken_in_time",
        group: Group::People,
        title: "«Беру» за 5 минут",
        formula: "Вызовы, которые взяли за 5 минут, ÷ все вызовы периода. Вызов, который не взяли, считается опозданием.",
        measure: Measure::Within(What::Taken, TAKE_MS, What::Case),
        target: aim("Регламент: реакция в течение 5 минут. Контроль: 100 %.", Control::AtLeast(1.0)),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "taken_p50",
        group: Group::People,
        title: "До «Беру», половина",
        formula: "За какое время взята половина взятых вызовов, считая от открытия. Время округлено вверх до ступени.",
        measure: Measure::Quantile(What::Taken, 0.5),
        target: aim(
            "Регламент: реакция в течение 5 минут. Контроль: не дольше 5 мин.",
            Control::AtMost(TAKE_MS as f64),
        ),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "taken_p95",
        group: Group::People,
        title: "До «Беру», 95 из 100",
        formula: "То же для 95 взятых вызовов из 100.",
        measure: Measure::Quantile(What::Taken, 0.95),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "passed",
        group: Group::People,
        title: "Переназначено",
        formula: "Сколько раз ответили «Не могу», и вызван другой человек.",
        measure: Measure::Count(What::Passed),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "morning",
        group: Group::People,
        title: "Осталось до утра",
        formula: "Сколько вызовов отложено в утреннюю очередь: никто не взял или ответили «Утром».",
        measure: Measure::Count(What::Morning),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "ended_well",
        group: Group::People,
        title: "Взятые кончились записью",
        formula: "Взятые вызовы, которые кончились записью, ÷ взятые вызовы, у которых известен конец.",
        measure: Measure::Part(What::Ended),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "booked",
        group: Group::Visits,
        title: "Записи",
        formula: "Сколько визитов подтверждено. Перенос и возврат отменённого записью не считаются.",
        measure: Measure::Count(What::Booked),
        target: aim(
            "Регламент: записей на 25 % больше за 3 месяца. Контроль: +25 % к прошлому периоду.",
            Control::RisesBy(0.25),
        ),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "conversion",
        group: Group::Visits,
        title: "Из обращения в запись",
        formula: "Записи ÷ новые диалоги. Запись считается в день, когда подтверждена: в коротком периоде возможно больше \
                  100 %.",
        measure: Measure::Share(What::Booked, &[What::Contact]),
        target: aim("Регламент: в примере конверсия выросла с 6 до 14 %. Контроль: 14 %.", Control::AtLeast(0.14)),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "moved",
        group: Group::Visits,
        title: "Переносы",
        formula: "Сколько раз визит перешёл на другое время или к другому мастеру.",
        measure: Measure::Count(What::Moved),
        ..BARE
    },
    Definition {
        key: "cancelled",
        group: Group::Visits,
        title: "Отмены",
        formula: "Сколько подтверждённых визитов отменено и не возвращено. Перенос отменой не считается.",
        measure: Measure::Sum(What::Cancelled),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "no_show",
        group: Group::Visits,
        title: "Неявки",
        formula: "Неявки ÷ (неявки + состоявшиеся визиты), по отметкам сотрудников. Визит без отметки не входит.",
        measure: Measure::SumShare(What::NoShow, &[What::NoShow, What::Arrived]),
        target: aim("Регламент: неявок на 20–50 % меньше. Контроль: −20 % к прошлому периоду.", Control::FallsBy(0.2)),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "again",
        group: Group::Visits,
        title: "Повторные клиенты",
        formula: "Записи клиентов, у которых уже был визит, ÷ все записи.",
        measure: Measure::Share(What::Again, &[What::Booked]),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "rating",
        group: Group::Visits,
        title: "Оценка визита",
        formula: "Средняя оценка от 1 до 5, которую клиенты ставят после визита.",
        measure: Measure::Mean(What::Rated),
        target: aim("Регламент: оценка измеряется; значение задаёт владелец.", Control::Nothing),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "missed",
        group: Group::Understanding,
        title: "Не поняты",
        formula: "Сообщения, которые бот не понял, ÷ все прочитанные сообщения.",
        measure: Measure::Part(What::Read),
        target: aim(
            "Регламент: понимание растёт на 10–20 % в неделю. Контроль: −10 % к прошлому периоду.",
            Control::FallsBy(0.1),
        ),
        more_is_better: Some(false),
        ..BARE
    },
    Definition {
        key: "buttons",
        group: Group::Understanding,
        title: "Нажимают кнопки",
        formula: "Нажатые кнопки ÷ показанные. Сутки по Гринвичу; по каналам и ночам не делится.",
        measure: Measure::SumShare(What::ButtonsPressed, &[What::ButtonsShown]),
        target: aim("Регламент: измеряется, значения нет.", Control::Nothing),
        more_is_better: Some(true),
        is_by_day_only: true,
    },
    Definition {
        key: "links",
        group: Group::Understanding,
        title: "Открывают ссылки",
        formula: "Открытия ссылок из сообщений ÷ показы. Сутки по Гринвичу; по каналам и ночам не делится.",
        measure: Measure::SumShare(What::LinksOpened, &[What::LinksShown]),
        target: aim("Регламент: измеряется, значения нет.", Control::Nothing),
        more_is_better: Some(true),
        is_by_day_only: true,
    },
    Definition {
        key: "night_revenue",
        group: Group::Money,
        title: "Записано ночью по прайсу",
        formula: "Сумма цен услуг в записях, сделанных в нерабочее время. Допущения: цена из прайса на день записи, «от» \
                  берётся как есть, отмены и неявки не вычтены. Это не выручка по кассе.",
        measure: Measure::NightKop(What::Booked),
        more_is_better: Some(true),
        ..BARE
    },
    Definition {
        key: "asked",
        group: Group::Money,
        title: "Вопросы языковой модели",
        formula: "Сколько вопросов отправлено языковой модели. Сутки по Гринвичу; по каналам и ночам не делится.",
        measure: Measure::Count(What::Asked),
        is_by_day_only: true,
        ..BARE
    },
    Definition {
        key: "tokens",
        group: Group::Money,
        title: "Токены языковой модели",
        formula: "Токены вопросов и ответов: по ним поставщик выставляет счёт. Цену токена Ночник не знает, поэтому рублей \
                  здесь нет.",
        measure: Measure::Sum(What::Asked),
        is_by_day_only: true,
        ..BARE
    },
    Definition {
        key: "rung",
        group: Group::Money,
        title: "СМС и звонки дежурным",
        formula: "Сколько заплачено за СМС и звонки по ценам из документа бизнеса. Сутки по Гринвичу; по каналам и ночам не \
                  делится.",
        measure: Measure::Kop(What::Rung),
        is_by_day_only: true,
        ..BARE
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::tally::Part;
    use super::*;

    fn of(key: &str) -> &'static Definition {
        DEFINITIONS.iter().find(|definition| definition.key == key).unwrap_or_else(|| panic!("no number {key}"))
    }

    fn tally(facts: &[(What, i64, bool)]) -> Tally {
        let mut tally = Tally::default();
        for (what, amount, is_night) in facts {
            tally.add(Part { what: *what, channel: "widget".to_owned(), is_night: *is_night }, *amount, 23);
        }
        tally
    }

    #[test]
    fn every_number_is_named_and_explained_once() {
        let keys: BTreeSet<_> = DEFINITIONS.iter().map(|each| each.key).collect();
        let titles: BTreeSet<_> = DEFINITIONS.iter().map(|each| each.title).collect();
        assert_eq!((keys.len(), titles.len()), (DEFINITIONS.len(), DEFINITIONS.len()));
        assert!(DEFINITIONS.iter().all(|each| each.formula.ends_with('.') && each.target.words.ends_with('.')));
    }

    #[test]
    fn a_case_that_nobody_took_is_late() {
        let tally = tally(&[(What::Case, 1, true), (What::Case, 1, true), (What::Taken, 200_000, true)]);
        let number = of("taken_in_time").number(&tally, &Choice::default());
        assert_eq!(number, Some(Number::Share(0.5)));
        assert_eq!(of("taken_in_time").verdict(number, None), Some(Verdict::Missed));
    }

    #[test]
    fn a_no_show_taken_back_is_none() {
        let tally = tally(&[(What::NoShow, 1, false), (What::NoShow, -1, false), (What::Arrived, 1, false)]);
        assert_eq!(of("no_show").number(&tally, &Choice::default()), Some(Number::Share(0.0)));
    }

    #[test]
    fn nothing_to_divide_by_is_no_number() {
        let (empty, all) = (Tally::default(), Choice::default());
        assert_eq!(of("conversion").number(&empty, &all), None);
        assert_eq!(of("answer_p95").number(&empty, &all), None);
        assert_eq!(of("leads").number(&empty, &all), Some(Number::Count(0)));
        assert_eq!(of("conversion").verdict(None, None), None);
        assert_eq!(of("booked").verdict(Some(Number::Count(9)), Some(Number::Count(0))), None, "nothing to grow from");
    }

    #[test]
    fn a_target_against_the_period_before_is_a_share_of_it() {
        let count = |n| Some(Number::Count(n));
        assert_eq!(of("booked").verdict(count(125), count(100)), Some(Verdict::Met));
        assert_eq!(of("booked").verdict(count(124), count(100)), Some(Verdict::Missed));
        let share = |n| Some(Number::Share(n));
        assert_eq!(of("no_show").verdict(share(0.08), share(0.1)), Some(Verdict::Met));
        assert_eq!(of("no_show").verdict(share(0.09), share(0.1)), Some(Verdict::Missed));
    }

    #[test]
    fn the_night_is_the_night_and_by_day_there_is_none_of_it() {
        let tally = tally(&[(What::Booked, 150_000, true), (What::Booked, 90_000, false), (What::Rung, 450, false)]);
        let by = |is_night| Choice { is_night, ..Choice::default() };
        assert_eq!(of("night_revenue").number(&tally, &by(None)), Some(Number::Kop(150_000)));
        assert_eq!(of("night_revenue").number(&tally, &by(Some(false))), Some(Number::Kop(0)));
        assert_eq!(of("rung").number(&tally, &by(Some(true))), Some(Number::Kop(450)), "kept by the day alone");
    }
}
