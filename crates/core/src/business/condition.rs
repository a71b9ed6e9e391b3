//! For which cases a level of the escalation is.

use serde::{Deserialize, Serialize};

/// `"hot"`, `"urgent"`, `"risk"`, `"complaint"`, `"human"`, `"callback"` or `"score >= 0.9"`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Condition {
    Hot,
    Urgent,
    /// Somebody's health or life.
    Risk,
    /// A complaint or a claim.
    Complaint,
    /// The client asked for a person.
    Human,
    Callback,
    /// The lead's score is at least this, 0 to 1.
    Score(f64),
}

/// Names of those that need no number.
const PLAIN: [(&str, Condition); 6] = [
    ("hot", Condition::Hot),
    ("urgent", Condition::Urgent),
    ("risk", Condition::Risk),
    ("complaint", Condition::Complaint),
    ("human", Condition::Human),
    ("callback", Condition::Callback),
];

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some((_, condition)) = PLAIN.iter().find(|(name, _)| *name == text) {
            return Ok(*condition);
        }
        let score = text.strip_prefix("score").and_then(|rest| rest.trim_start().strip_prefix(">="));
        let score = score.and_then(|number| number.trim().parse().ok()).filter(|score| (0.0..=1.0).contains(score));
        score.map(Self::Score).ok_or_else(|| {
            let names: Vec<&str> = PLAIN.iter().map(|(name, _)| *name).collect();
            format!("условия «{text}» нет; есть {} и \"score >= 0.9\"", names.join(", "))
        })
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        let name = PLAIN.iter().find(|(_, known)| *known == condition).map(|(name, _)| (*name).to_owned());
        match condition {
            Condition::Score(score) => format!("score >= {score}"),
            _ => name.unwrap_or_default(),
        }
    }
}
