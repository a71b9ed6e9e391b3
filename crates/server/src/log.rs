//! The log: one JSON object a line, to standard error.

use tracing_subscriber::EnvFilter;

/// Starts the log with a filter like `info`; a filter that does not parse becomes `info`.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start happens only in tests and changes nothing.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
