//! A model that a business trained while the engine works: it serves without a restart, or its owner is told.

use std::time::Duration;

use nochnik_engine::Engine;
use nochnik_engine::clock::pause;
use nochnik_store::wish_models;

use super::salon;

/// Every node looks at its businesses again within this time.
const LOOK: Duration = Duration::from_secs(10);

fn model_of(engine: &Engine, business: &str) -> Vec<u8> {
    engine.known(business).unwrap().settings.reader.lexicon().model().to_bytes()
}

async fn publish(engine: &Engine, model: Vec<u8>) {
    engine.store.write(move |sql| wish_models::publish(sql, "lotos", &model, 0)).await.unwrap();
    pause(LOOK).await;
}

#[tokio::test(start_paused = true)]
async fn a_trained_model_serves_without_a_restart_and_one_that_does_not_fit_is_told() {
    let engine = salon::open(&["lotos", "roza"]).await;
    let shipped = model_of(&engine, "lotos");
    // The last weight of the last intent turned over: another model of the same release.
    let mut taught = shipped.clone();
    *taught.last_mut().unwrap() ^= 1;

    publish(&engine, taught.clone()).await;
    assert!(model_of(&engine, "lotos") == taught);
    assert!(model_of(&engine, "roza") == shipped, "the neighbour reads as before");
    assert!(engine.unopened().is_empty());

    publish(&engine, b"of another release".to_vec()).await;
    assert!(model_of(&engine, "lotos") == shipped, "what does not fit is not used");
    let [(business, why)] = &engine.unopened()[..] else { panic!("one thing to tell") };
    assert!(business == "lotos" && why.contains("Обучите заново"), "{why}");

    engine.store.write(|sql| wish_models::roll_back(sql, "lotos")).await.unwrap();
    pause(LOOK).await;
    assert!(model_of(&engine, "lotos") == taught && engine.unopened().is_empty());
}
