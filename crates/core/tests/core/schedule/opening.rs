//! Open, closed, after hours.

use nochnik_core::schedule::{is_after_hours, is_open, next_opening};
use rstest::rstest;

use crate::schedule::salon::{SALON, at, settings};

#[rstest]
#[case::opening_minute("2026-11-24T10:00", true, false)]
#[case::just_before("2026-11-24T09:59:59", false, true)]
#[case::closing_minute("2026-11-24T20:00", false, true)]
#[case::lunch("2026-11-25T13:30", false, false)]
#[case::holiday("2026-11-26T12:00", false, true)]
#[case::usual_sunday("2026-12-06T12:00", false, true)]
#[case::working_sunday("2026-11-29T12:00", true, false)]
fn open_and_after_hours(#[case] moment: &str, #[case] open: bool, #[case] after: bool) {
    let salon = settings(SALON);
    let moment = at(&salon, moment);
    assert_eq!((is_open(&salon, moment), is_after_hours(&salon, moment)), (open, after));
}

#[rstest]
#[case::night("2026-11-24T23:40", "2026-11-25T10:00")]
#[case::lunch("2026-11-25T13:30", "2026-11-25T14:00")]
#[case::over_a_holiday("2026-11-25T21:00", "2026-11-27T10:00")]
#[case::open_already("2026-11-24T12:34", "2026-11-24T12:34")]
fn the_next_opening_is_when_doors_open(#[case] moment: &str, #[case] opens: &str) {
    let salon = settings(SALON);
    assert_eq!(next_opening(&salon, at(&salon, moment)), Some(at(&salon, opens)));
}
