//! A reference: a bot on teloxide that stores nothing and answers one line.

use std::net::SocketAddr;

use teloxide::prelude::*;
use teloxide::update_listeners::webhooks;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (listen, api) = (words.next().ok_or("listen")?, words.next().ok_or("api")?);
    let listen: SocketAddr = listen.parse()?;
    let bot = Bot::new("7123456789:AAtokenOfTheBench").set_api_url(api.parse()?);
    let options = webhooks::Options::new(listen, format!("https://bench.invalid{}", "/hook").parse()?);
    let listener = webhooks::axum(bot.clone(), options).await?;
    let answer = |bot: Bot, message: Message| async move {
        bot.send_message(message.chat.id, "Здравствуйте! Ответим утром.").await?;
        Ok(())
    };
    teloxide::repl_with_listener(bot, answer, listener).await;
    Ok(())
}
