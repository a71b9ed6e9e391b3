//! The score learns from how cases ended, and never to its own harm. Seeds are printed; the worlds are made up.

#![expect(clippy::print_stdout, reason = "a test tells its seed")]

use nochnik_core::lead::Sign;
use nochnik_core::score::{OUTCOMES_MIN, Outcome, Weights, refit};
use rstest::rstest;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Leads with random signs that end as these weights say.
fn world(weights: &Weights, count: usize, seed: u64) -> Vec<Outcome> {
    println!("SEED={seed}");
    let mut dice = Dice(seed);
    (0..count)
        .map(|_| {
            let signs: Vec<Sign> = Sign::ALL.into_iter().filter(|_| dice.share() < 0.4).collect();
            let is_won = dice.share() < weights.probability(&signs);
            Outcome { signs, is_won }
        })
        .collect()
}

/// Here a name says nothing and a call means a deal.
fn another_town() -> Weights {
    let mut weights = Weights::default();
    weights.signs.insert(Sign::NameGiven, -0.5);
    weights.signs.insert(Sign::WantsCall, 2.0);
    weights.signs.insert(Sign::AskedPrice, -0.8);
    weights
}

#[test]
fn too_few_or_one_sided_outcomes_teach_nothing() {
    let outcomes = world(&another_town(), OUTCOMES_MIN, 1);
    assert!(refit(&outcomes[1..]).is_none(), "one is missing");
    assert!(refit(&outcomes).is_some());
    let won: Vec<Outcome> = outcomes.iter().map(|outcome| Outcome { is_won: true, ..outcome.clone() }).collect();
    assert!(refit(&won).is_none(), "nobody was ever lost");
    let lost: Vec<Outcome> = outcomes.iter().map(|outcome| Outcome { is_won: false, ..outcome.clone() }).collect();
    assert!(refit(&lost).is_none(), "nobody was ever won");
}

/// So many of them won, the first ones.
fn plain(count: usize, won: usize, signs: &[Sign]) -> Vec<Outcome> {
    (0..count).map(|place| Outcome { signs: signs.to_vec(), is_won: place < won }).collect()
}

/// The newest quarter judges what the rest teaches: both ends must be known to both.
#[rstest]
#[case::both(75, 25, true)]
#[case::nobody_is_lost_lately(75, 50, false)]
#[case::nobody_is_won_lately(75, 0, false)]
#[case::nobody_was_won_before(0, 25, false)]
#[case::nobody_was_lost_before(150, 25, false)]
#[case::one_of_each(1, 1, true)]
fn both_parts_must_know_both_ends(#[case] won: usize, #[case] won_lately: usize, #[case] is_fitted: bool) {
    let outcomes = [plain(150, won, &[]), plain(50, won_lately, &[])].concat();
    assert_eq!(refit(&outcomes).is_some(), is_fitted);
}

/// The logarithmic loss by its definition: of somebody who only said hello, won with the probability of the bias.
#[test]
fn the_loss_is_the_mean_surprise_at_the_newest_quarter() {
    let hello = 1.0 / (1.0 + 1.6_f64.exp());
    for won in [1, 10, 40] {
        let outcomes = [plain(150, 30, &[]), plain(50, won, &[])].concat();
        let surprise = -(won as f64 * hello.ln() + (50 - won) as f64 * (1.0 - hello).ln()) / 50.0;
        let refit = refit(&outcomes).unwrap();
        assert!((refit.loss_by_hand - surprise).abs() < 1e-9, "{won}: {} and {surprise}", refit.loss_by_hand);
    }
}

/// At the best weights every sign is in balance: what the outcomes with it still say is what the prior of ten outcomes
/// holds back.
#[test]
fn the_fit_goes_all_the_way() {
    let rare: Vec<Outcome> = plain(196, 60, &[]).into_iter().chain(plain(4, 4, &[Sign::Urgent])).collect();
    let rare = [rare, plain(100, 30, &[])].concat();
    let crowded = [plain(300, 150, &Sign::ALL), plain(100, 50, &Sign::ALL)].concat();
    for (name, outcomes) in [("town", world(&another_town(), 400, 3)), ("rare", rare), ("crowded", crowded)] {
        let seen = &outcomes[..outcomes.len() * 3 / 4];
        let weights = refit(&outcomes).unwrap().weights;
        let error = |outcome: &Outcome| weights.probability(&outcome.signs) - f64::from(u8::from(outcome.is_won));
        let mut pulls = vec![10.0 * (weights.bias - Sign::BIAS) + seen.iter().map(error).sum::<f64>()];
        pulls.extend(Sign::ALL.iter().map(|sign| {
            let with = seen.iter().filter(|outcome| outcome.signs.contains(sign));
            10.0 * (weights.of(*sign) - sign.weight()) + with.map(error).sum::<f64>()
        }));
        assert!(pulls.iter().all(|pull| pull.abs() < 0.01), "{name}: {pulls:?}");
    }
}

#[test]
fn the_plot_has_a_point_for_each_tenth_that_was_foretold() {
    let outcomes = world(&another_town(), 2_000, 11);
    let refit = refit(&outcomes).unwrap();
    let tenth = |share: f64| (share * 10.0).floor();
    let held_out = &outcomes[1_500..];
    for bin in &refit.calibration {
        let within: Vec<&Outcome> = held_out
            .iter()
            .filter(|outcome| tenth(refit.weights.probability(&outcome.signs)) == tenth(bin.foretold))
            .collect();
        let won = within.iter().filter(|outcome| outcome.is_won).count();
        assert_eq!(bin.count, within.len(), "{bin:?}");
        assert!((bin.came_true - won as f64 / within.len() as f64).abs() < 1e-9, "{bin:?}");
    }
    assert!(refit.calibration.is_sorted_by(|one, next| tenth(one.foretold) < tenth(next.foretold)));
    assert!(refit.calibration.len() > 5, "a town of all kinds: {:?}", refit.calibration);
}

#[test]
fn weights_move_towards_what_is_true_of_the_town_and_foretell_better() {
    for seed in 1..=5 {
        let truth = another_town();
        let refit = refit(&world(&truth, 2_000, seed)).unwrap();
        assert!(refit.is_used && refit.loss < refit.loss_by_hand, "{refit:?}");
        for sign in [Sign::NameGiven, Sign::WantsCall, Sign::AskedPrice] {
            let (fitted, by_hand) = (refit.weights.of(sign), sign.weight());
            let (before, after) = ((by_hand - truth.of(sign)).abs(), (fitted - truth.of(sign)).abs());
            assert!(after < before / 2.0, "{sign:?}: {fitted:.2} by hand {by_hand:.2}, truly {:.2}", truth.of(sign));
        }
        assert_eq!((refit.outcomes, refit.held_out), (2_000, 500));
        assert_eq!(refit.calibration.iter().map(|bin| bin.count).sum::<usize>(), 500);
        let error: f64 =
            refit.calibration.iter().map(|bin| (bin.foretold - bin.came_true).abs() * bin.count as f64).sum::<f64>()
                / 500.0;
        assert!(error < 0.08, "what is foretold comes true: {:?}", refit.calibration);
    }
}

/// Two hundred outcomes of a town that the weights fit already: whatever chance says, the refit is small, and one that
/// foretells worse is not used.
#[test]
fn where_the_weights_are_right_little_changes_and_nothing_gets_worse() {
    let by_hand = Weights::default();
    for seed in 1..=40 {
        let refit = refit(&world(&by_hand, OUTCOMES_MIN, seed)).unwrap();
        assert_eq!(refit.is_used, refit.loss <= refit.loss_by_hand);
        for sign in Sign::ALL {
            assert!((refit.weights.of(sign) - sign.weight()).abs() < 0.75, "{sign:?} {refit:?}");
        }
    }
}

/// Outcomes that turn round at the end: what was learned is wrong for the newest quarter, so it is not used.
#[test]
fn weights_that_foretell_worse_are_not_used() {
    let mut outcomes = world(&another_town(), 1_500, 7);
    let mut turned = Weights::default();
    turned.signs.insert(Sign::WantsCall, -2.0);
    turned.signs.insert(Sign::NameGiven, 2.0);
    outcomes.extend(world(&turned, 500, 9));
    let refit = refit(&outcomes).unwrap();
    assert!(!refit.is_used && refit.loss > refit.loss_by_hand, "{refit:?}");
}
