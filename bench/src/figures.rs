//! Durations as people compare them.

use std::time::Duration;

/// Sorted durations of one run.
#[derive(Clone, Debug, Default)]
pub struct Figures(Vec<Duration>);

impl Figures {
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn p50_ms(&self) -> f64 {
        self.at(0.50)
    }

    pub fn p99_ms(&self) -> f64 {
        self.at(0.99)
    }

    pub fn max_ms(&self) -> f64 {
        self.at(1.0)
    }

    /// Milliseconds at this share, nearest rank; infinite where nothing was measured.
    fn at(&self, share: f64) -> f64 {
        let rank = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).map_or(f64::INFINITY, |found| found.as_secs_f64() * 1_000.0)
    }
}

/// Rows under a heading, printed as a table that Markdown reads.
pub struct Table {
    title: &'static str,
    columns: &'static [&'static str],
}

impl Table {
    #[expect(clippy::print_stdout, reason = "the program's whole work is to print this")]
    pub fn begin(title: &'static str, columns: &'static [&'static str]) -> Self {
        println!("\n## {title}\n\n| {} |\n|{}", columns.join(" | "), " --- |".repeat(columns.len()));
        Self { title, columns }
    }

    #[expect(clippy::print_stdout, reason = "the program's whole work is to print this")]
    pub fn row(&self, cells: &[String]) {
        assert_eq!(cells.len(), self.columns.len(), "{}", self.title);
        println!("| {} |", cells.join(" | "));
    }
}

pub fn ms(value: f64) -> String {
    if value.is_finite() { format!("{value:.1}") } else { "—".to_owned() }
}
