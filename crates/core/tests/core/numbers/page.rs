//! What the page of numbers makes of a small period, worked out by hand.

use nochnik_core::numbers::{Choice, DEFINITIONS, Definition, Group, Number, Part, Tally, Target, Verdict, What};
use rstest::rstest;

fn put(tally: &mut Tally, channel: &str, is_night: bool, facts: &[(What, &[i64])]) {
    for (what, amounts) in facts {
        for amount in *amounts {
            tally.add(Part { what: *what, channel: channel.to_owned(), is_night }, *amount, 12);
        }
    }
}

/// A night in Telegram, a day on the site, and what no channel has a part in.
fn period() -> Tally {
    let mut tally = Tally::default();
    put(
        &mut tally,
        "telegram",
        true,
        &[
            (What::Heard, &[1, 2]),
            (What::Read, &[0, 0, 0, 1]),
            (What::Answered, &[800, 800, 800, 800, 4_000]),
            (What::Contact, &[1, 1, 1, 1]),
            (What::Lead, &[1]),
            (What::InCrm, &[9_000]),
            (What::Case, &[1, 1, 1]),
            (What::Third, &[1]),
            (What::Taken, &[400_000]),
            (What::Passed, &[1, 1]),
            (What::Morning, &[1]),
            (What::Ended, &[1]),
            (What::Booked, &[120_000, 260_000]),
            (What::Again, &[1]),
        ],
    );
    put(
        &mut tally,
        "widget",
        false,
        &[
            (What::Heard, &[2]),
            (What::Read, &[0, 0, 0, 0, 0, 1]),
            (What::Answered, &[800, 800, 800, 800, 800]),
            (What::Contact, &[1, 1, 1, 1, 1, 1]),
            (What::Lead, &[1, 1, 1]),
            (What::InCrm, &[400, 900]),
            (What::Joined, &[1]),
            (What::Case, &[1, 1]),
            (What::Taken, &[60_000, 250_000]),
            (What::Ended, &[1, 0, 1]),
            (What::Booked, &[120_000, 90_000]),
            (What::Moved, &[1]),
            (What::Cancelled, &[1]),
            // One who was said to have stayed away had come.
            (What::NoShow, &[1, 1, -1]),
            (What::Arrived, &[1, 1, 1]),
            (What::Rated, &[5, 4, 3]),
        ],
    );
    put(
        &mut tally,
        "",
        false,
        &[
            (What::ButtonsShown, &[10]),
            (What::ButtonsPressed, &[3]),
            (What::LinksShown, &[4]),
            (What::LinksOpened, &[1]),
            (What::Asked, &[1_000, 500]),
            (What::Rung, &[450, 300]),
        ],
    );
    tally
}

/// Three bookings, half of the visits missed, one message of five not understood.
fn period_before() -> Tally {
    let mut tally = Tally::default();
    let facts: [(What, &[i64]); 4] = [
        (What::Booked, &[100_000, 100_000, 100_000]),
        (What::NoShow, &[1]),
        (What::Arrived, &[1]),
        (What::Read, &[0, 0, 0, 0, 1]),
    ];
    put(&mut tally, "widget", false, &facts);
    tally
}

const MET: Option<Verdict> = Some(Verdict::Met);
const MISSED: Option<Verdict> = Some(Verdict::Missed);

#[test]
fn a_page_of_numbers_says_what_the_period_was() {
    let (tally, before, all) = (period(), period_before(), Choice::default());
    let found: Vec<_> = DEFINITIONS
        .iter()
        .map(|each| {
            let number = each.number(&tally, &all);
            let verdict = each.verdict(number, each.number(&before, &all));
            (each.group, each.key, number.unwrap(), verdict)
        })
        .collect();
    let expected = [
        (Group::Requests, "messages", Number::Count(5), None),
        (Group::Requests, "contacts", Number::Count(10), None),
        (Group::Requests, "leads", Number::Count(4), None),
        (Group::Requests, "leads_night", Number::Count(1), None),
        (Group::Requests, "leads_in_crm", Number::Share(0.75), MISSED),
        (Group::Requests, "crm_p95", Number::Ms(10_000), None),
        (Group::Requests, "joined", Number::Count(1), None),
        (Group::Speed, "answer_p50", Number::Ms(1_000), None),
        (Group::Speed, "answer_p95", Number::Ms(5_000), MISSED),
        (Group::Speed, "answer_in_time", Number::Share(0.9), MISSED),
        (Group::People, "cases", Number::Count(5), None),
        (Group::People, "cases_third", Number::Count(1), None),
        (Group::People, "taken_in_time", Number::Share(0.4), MISSED),
        (Group::People, "taken_p50", Number::Ms(300_000), MET),
        (Group::People, "taken_p95", Number::Ms(600_000), None),
        (Group::People, "passed", Number::Count(2), None),
        (Group::People, "morning", Number::Count(1), None),
        (Group::People, "ended_well", Number::Share(0.75), None),
        (Group::Visits, "booked", Number::Count(4), MET),
        (Group::Visits, "conversion", Number::Share(0.4), MET),
        (Group::Visits, "moved", Number::Count(1), None),
        (Group::Visits, "cancelled", Number::Count(1), None),
        (Group::Visits, "no_show", Number::Share(0.25), MET),
        (Group::Visits, "again", Number::Share(0.25), None),
        (Group::Visits, "rating", Number::Rating(4.0), None),
        (Group::Understanding, "missed", Number::Share(0.2), MISSED),
        (Group::Understanding, "buttons", Number::Share(0.3), None),
        (Group::Understanding, "links", Number::Share(0.25), None),
        (Group::Money, "night_revenue", Number::Kop(380_000), None),
        (Group::Money, "asked", Number::Count(2), None),
        (Group::Money, "tokens", Number::Count(1_500), None),
        (Group::Money, "rung", Number::Kop(750), None),
    ];
    assert_eq!(found, expected);
}

fn number(key: &str) -> &'static Definition {
    DEFINITIONS.iter().find(|each| each.key == key).unwrap()
}

/// Shares, times and ratings have nothing to be of.
#[test]
fn a_period_in_which_nothing_happened_has_counts_and_sums_alone() {
    let (tally, all) = (Tally::default(), Choice::default());
    let none: Vec<&str> =
        DEFINITIONS.iter().filter(|each| each.number(&tally, &all).is_none()).map(|each| each.key).collect();
    let expected = [
        "leads_in_crm",
        "crm_p95",
        "answer_p50",
        "answer_p95",
        "answer_in_time",
        "taken_in_time",
        "taken_p50",
        "taken_p95",
        "ended_well",
        "conversion",
        "no_show",
        "again",
        "rating",
        "missed",
        "buttons",
        "links",
    ];
    assert_eq!(none, expected);
    let rest = DEFINITIONS.iter().filter_map(|each| each.number(&tally, &all));
    assert!(rest.into_iter().all(|number| number.plain() == 0.0));
}

/// A group is a heading of the page and of the export.
#[test]
fn the_groups_are_headed_as_the_owner_reads_them() {
    assert_eq!(
        Group::ALL.map(Group::title),
        ["Обращения и заявки", "Скорость ответа", "Вызовы дежурных", "Записи и визиты", "Понимание и кнопки", "Деньги",]
    );
    let mut order: Vec<Group> = DEFINITIONS.iter().map(|each| each.group).collect();
    order.dedup();
    assert_eq!(order, Group::ALL, "each stands together, in the order of the page");
}

fn of_channel(channel: &str) -> Choice {
    Choice { channel: Some(channel.to_owned()), is_night: None }
}

fn of_night(is_night: bool) -> Choice {
    Choice { channel: None, is_night: Some(is_night) }
}

#[rstest]
#[case::all(Choice::default(), 10, 380_000, 2)]
#[case::telegram(of_channel("telegram"), 4, 380_000, 2)]
#[case::site(of_channel("widget"), 6, 0, 2)]
#[case::silent_channel(of_channel("vk"), 0, 0, 2)]
#[case::night(of_night(true), 4, 380_000, 2)]
#[case::day(of_night(false), 6, 0, 2)]
#[case::telegram_by_day(Choice { channel: Some("telegram".into()), is_night: Some(false) }, 0, 0, 2)]
fn a_choice_takes_its_part_of_what_can_be_parted(
    #[case] choice: Choice,
    #[case] contacts: i64,
    #[case] night_kop: i64,
    #[case] asked: i64,
) {
    let of = |key| number(key).number(&period(), &choice);
    assert_eq!(of("contacts"), Some(Number::Count(contacts)));
    assert_eq!(of("night_revenue"), Some(Number::Kop(night_kop)));
    assert_eq!(of("asked"), Some(Number::Count(asked)), "kept by the day alone");
}

#[test]
fn a_choice_of_everything_leaves_nothing_out() {
    assert!(Choice::default().is_all());
    for part in [of_channel("widget"), of_night(true), of_night(false)] {
        assert!(!part.is_all(), "{part:?}");
    }
}

#[test]
fn a_tally_is_empty_until_something_is_counted() {
    assert!(Tally::default().is_empty());
    assert!(!period().is_empty());
    assert_eq!(period().channels(), ["telegram", "widget"]);
}

/// At the control value itself the target is met.
#[rstest]
#[case::as_fast_as_asked("answer_p95", Number::Ms(3_000), Verdict::Met)]
#[case::slower("answer_p95", Number::Ms(5_000), Verdict::Missed)]
#[case::taken_at_the_bound("taken_p50", Number::Ms(300_000), Verdict::Met)]
#[case::taken_later("taken_p50", Number::Ms(600_000), Verdict::Missed)]
#[case::nearly_all("answer_in_time", Number::Share(0.99), Verdict::Met)]
#[case::too_few("answer_in_time", Number::Share(0.98), Verdict::Missed)]
#[case::no_lead_is_lost("leads_in_crm", Number::Share(1.0), Verdict::Met)]
#[case::one_is_lost("leads_in_crm", Number::Share(0.999), Verdict::Missed)]
fn a_target_is_met_at_its_control_value(#[case] key: &str, #[case] value: Number, #[case] expected: Verdict) {
    assert_eq!(number(key).verdict(Some(value), None), Some(expected));
    let Target { words, .. } = number(key).target;
    assert!(words.starts_with("Регламент: "), "{words}");
}

/// Keys of the numbers that are so.
fn keys(is_so: impl Fn(&Definition) -> bool) -> Vec<&'static str> {
    DEFINITIONS.iter().filter(|each| is_so(each)).map(|each| each.key).collect()
}

#[test]
fn no_two_numbers_are_told_in_the_same_words() {
    let words: [fn(&Definition) -> &str; 3] = [|each| each.key, |each| each.title, |each| each.formula];
    for word in words {
        let mut told: Vec<&str> = DEFINITIONS.iter().map(word).collect();
        assert!(told.iter().all(|text| !text.is_empty()), "{told:?}");
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), DEFINITIONS.len(), "{told:?}");
    }
}

#[test]
fn more_visits_and_quick_answers_are_good_and_calls_in_vain_are_not() {
    let more = "contacts leads leads_night leads_in_crm answer_in_time taken_in_time ended_well booked conversion again \
                rating buttons links night_revenue";
    let less = "crm_p95 answer_p50 answer_p95 cases_third taken_p50 taken_p95 passed morning cancelled no_show missed";
    assert_eq!(keys(|each| each.more_is_better == Some(true)), more.split_whitespace().collect::<Vec<_>>());
    assert_eq!(keys(|each| each.more_is_better == Some(false)), less.split_whitespace().collect::<Vec<_>>());
}

/// What the regulation speaks of is told by its words, the rest says that it gives no value.
#[test]
fn the_regulation_is_told_where_it_speaks() {
    let spoken_of = "leads_in_crm crm_p95 joined answer_p95 answer_in_time cases_third taken_in_time taken_p50 booked \
                     conversion no_show rating missed buttons links";
    let is_spoken_of = |each: &Definition| each.target.words != "Регламент значения не задаёт.";
    assert_eq!(keys(is_spoken_of), spoken_of.split_whitespace().collect::<Vec<_>>());
    assert!(DEFINITIONS.iter().all(|each| each.target.words.starts_with("Регламент")));
}

#[test]
fn what_no_channel_has_a_part_in_is_kept_by_the_day() {
    assert_eq!(keys(|each| each.is_by_day_only), ["buttons", "links", "asked", "tokens", "rung"]);
}
