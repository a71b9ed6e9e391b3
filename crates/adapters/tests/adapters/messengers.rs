//! MAX, VK, WhatsApp and Instagram against what they published: each example is read as it was meant, each
//! error means what the vendor's table says, each request fits the schema. What is expected stands in the
//! `.toml` beside this file.

mod desk;
mod fuzzed;
mod line;
pub mod mutate;
mod parsers;
mod proofs;
mod readings;
mod requests;
mod templates;
mod troubles;
