//! What is wrong with a document, said so that its owner can mend it.

/// `path` is the key as it stands in the document (`services[3].duration_min`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub path: String,
    /// What is wrong and what to do, in Russian.
    pub text: String,
}

impl Problem {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}
