//! Serves the console with a made-up night, to look at: `cargo run -p nochnik-server --example show -- 127.0.0.1:8081`.
//!
//! Logins roza, marina and gost; the password is printed.

#![expect(clippy::unwrap_used, clippy::type_complexity, reason = "shares its night with the tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::net::SocketAddr;

use nochnik_server::web::desk::Desk;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address: SocketAddr = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8081".to_owned()).parse()?;
    let site = support::Site::open().await;
    if std::env::args().nth(2).is_none() {
        support::night::fill(&site.store, "lotos", site.desk.now().as_millisecond()).await;
    }
    let listener = tokio::net::TcpListener::bind(address).await?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    tracing::info!("http://{address}/console, business lotos, login roza, password {}", support::PASSWORD);
    axum::serve(listener, site.router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
