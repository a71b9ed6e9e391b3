//! The score learns from how cases ended, and never to its own harm. Seeds are printed; the worlds are made up.

#![expect(clippy::print_stdout, reason = "a test tells its seed")]

use nochnik_core::lead::Sign;
use nochnik_core::score::{OUTCOMES_MIN, Outcome, Weights, refit};

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
