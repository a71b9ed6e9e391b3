//! The log: one JSON object a line, to standard error.

use tracing_subscriber::EnvFilter;

/// Steps of a migration are no news to who runs the server; one that fails is told by ourselves. A filter that names
/// them again wins.
const QUIETER: &str = "refinery_core=warn";

/// Starts the log with a filter like `info`; a filter that does not parse becomes `info`.
pub fn start(filter: &str) {
    let of = |filter: &str| EnvFilter::try_new(format!("{QUIETER},{filter}"));
    let filter = of(filter).or_else(|_| of("info")).unwrap_or_default();
    // A second start happens only in tests and changes nothing.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
