//! Failures that are ours and not a vendor's.

use nochnik_adapters::Failure;
use nochnik_adapters::failure::Scope;
use nochnik_store::StoreError;

/// Our own store did not do it: the row waits, its vendor has no part in it.
pub fn not_stored(error: &StoreError) -> Failure {
    Failure::Later { after: None, scope: Scope::Row, why: format!("our own store: {error}") }
}

/// A question that changes nothing was not answered in the time we give.
pub fn no_answer_in_time() -> Failure {
    Failure::Later { after: None, scope: Scope::Destination, why: "no answer in time".to_owned() }
}
