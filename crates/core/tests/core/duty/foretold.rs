//! What is foretold is what the default ladder of the regulation does: 0, 2, 4, then 10, 12, 15 minutes.

use std::sync::Arc;

use jiff::SignedDuration;
use nochnik_core::business::{Business, Document, Settings};
use nochnik_core::escalation::{Skip, Why, forecast};

use super::{PEOPLE, at};

/// Marina at night and nobody else; everybody but Roza has a messenger.
fn business(extra: &str) -> Business {
    let means = |id: &str| format!("id = \"{id}\", means = [{{ channel = \"telegram\", peer = \"{id}\" }}],");
    let mut people = PEOPLE.to_owned();
    for id in ["marina", "olya", "oleg"] {
        people = people.replace(&format!("id = \"{id}\","), &means(id));
    }
    let nights = "[[shifts]]\nperson = \"marina\"\nfrom = \"20:00\"\nto = \"09:00\"";
    let channel = "[[channels]]\nkind = \"telegram\"\n[privacy]\noperator = \"Клиника\"\n\
                   policy_url = \"https://clinic.example/privacy\"";
    let document: Document = toml::from_str(&format!("{people}\n{nights}\n{extra}\n{channel}")).expect("it reads");
    let settings = Settings::build(document, 1).expect("the document of the test has no problems");
    Business { settings, changes: Arc::default(), busy: Arc::default() }
}

/// Minutes, level and who is called, or why nobody is.
fn told(business: &Business, moment: &str, whys: &[Why]) -> Vec<(i64, u8, Result<String, Skip>)> {
    let starts_at = at(&business.settings, moment);
    let minutes = |at: jiff::Timestamp| at.duration_since(starts_at).as_mins();
    forecast(business, whys, 0.5, starts_at)
        .into_iter()
        .map(|step| {
            let names = |people: Vec<_>| people.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            (minutes(step.at), step.level, step.called.map(names))
        })
        .collect()
}

fn called(name: &str) -> Result<String, Skip> {
    Ok(name.to_owned())
}

#[test]
fn a_night_goes_by_the_regulation() {
    let steps = told(&business(""), "2026-11-25T02:10", &[Why::Hot]);
    let first = [
        (0, 2, called("marina")),
        (2, 2, called("marina")),
        (4, 2, called("marina")),
        (10, 3, called("oleg")),
        (12, 3, called("oleg")),
        (15, 3, Err(Skip::NoMeans)),
        (30, 3, called("oleg")),
    ];
    assert_eq!(steps[..7], first);
    assert_eq!(steps.last(), Some(&(120, 3, called("oleg"))));
}

#[test]
fn an_empty_level_costs_no_minutes() {
    let steps = told(&business(""), "2026-11-25T12:00", &[Why::Hot]);
    assert_eq!(steps[..3].iter().filter(|step| step.2 == Err(Skip::Nobody)).count(), 3, "nobody is on by day");
    assert_eq!(steps[3], (0, 3, called("oleg")));
    assert_eq!(steps[4], (2, 3, called("oleg")));
}

#[test]
fn a_level_for_other_cases_is_passed_over() {
    let matrix = "[[escalation]]\nlevel = 2\nrole = \"duty\"\nsteps = [{ after_min = 0 }]\n\
                  [[escalation]]\nlevel = 3\nrole = \"senior\"\nonly = [\"risk\"]\nsteps = [{ after_min = 1 }]\n\
                  [[escalation]]\nlevel = 3\nrole = \"senior\"\nsteps = [{ after_min = 15, repeat_every_min = 5, until_min = 25 }]";
    let business = business(matrix);
    let hot = told(&business, "2026-11-25T02:10", &[Why::Hot]);
    let later = [(15, 3, called("oleg")), (20, 3, called("oleg")), (25, 3, called("oleg"))];
    assert_eq!(hot[..2], [(0, 2, called("marina")), (1, 3, Err(Skip::NotForThis))]);
    assert_eq!(hot[2..], later);
    let risk = told(&business, "2026-11-25T02:10", &[Why::Medical]);
    assert_eq!(risk[1], (1, 3, called("oleg")));
}

/// Nobody is woken for a question: the ladder begins when the clinic opens, on Monday at nine.
#[test]
fn what_can_wait_begins_in_the_morning() {
    let business = business("");
    let steps = forecast(&business, &[Why::Question], 0.5, at(&business.settings, "2026-11-29T23:00"));
    assert_eq!(steps[0].at, at(&business.settings, "2026-11-30T09:00"));
    assert!(SignedDuration::ZERO <= steps[1].at.duration_since(steps[0].at));
}
