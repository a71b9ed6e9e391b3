//! Which stretch of a long list is wanted.

/// A page of a list that is ordered by a moment and, within one moment, by id.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    /// Moments from then on.
    pub from_ms: i64,
    /// Moments before then.
    pub to_ms: i64,
    /// The last row of the page before, as the list runs; `None` begins at the beginning.
    pub after: Option<(i64, &'a str)>,
    /// Rows at most.
    pub limit: i64,
}
