//! What must be seen nowhere: keys, texts, people.

use nochnik_doubles::model::{Ask, Mode, Profile, Settings};
use serde_json::json;

use crate::model::desk::{Desk, prompt};

#[tokio::test]
async fn neither_keys_nor_texts_show_in_what_may_be_logged() {
    for profile in Profile::ALL {
        let desk = Desk::of(profile).await;
        let key = desk.double.settings().key.clone();
        let prompt = prompt();
        let mut shown = vec![format!("{prompt:?}"), desk.model.destination()];
        for mode in
            [Mode::Well, Mode::Cut, Mode::Misfit, Mode::Status(400), Mode::TooLong, Mode::Busy(None), Mode::Drop]
        {
            desk.double.meets([mode]);
            let asked = desk.model.ask(&prompt).await;
            shown.push(format!("{asked:?}"));
            shown.extend(asked.done.err().map(|failure| failure.to_string()));
        }
        // A model may say back what it was asked, inside its answer or in place of it.
        let echoes: [fn(&Ask) -> String; 2] = [
            |ask| json!({ "intent": ask.user, "service": null, "day": null }).to_string(),
            |ask| format!("Вы спросили: {}", ask.user),
        ];
        for echo in echoes {
            desk.double.speaks(echo);
            shown.push(format!("{:?}", desk.model.ask(&prompt).await));
        }
        for text in shown {
            for secret in [key.as_str(), "маникюр", "маршрутизатор", "eyJ.example"] {
                assert!(!text.contains(secret), "{profile:?} shows «{secret}»: {text}");
            }
        }
    }
}

/// The rule is the caller's; the double makes its breach visible.
#[tokio::test]
async fn a_person_who_slips_through_to_a_foreign_server_fails_the_test() {
    for (profile, is_noticed) in
        [(Profile::OpenAi, true), (Profile::DeepSeek, true), (Profile::OpenRouter, true), (Profile::LlamaCpp, false)]
    {
        for words in ["это Ольга", "мой номер 8 (900) 000-00-01", "пишите на olga@example.org"]
        {
            let settings = Settings { names: vec!["Ольга".to_owned()], ..Settings::new(profile) };
            let desk = Desk::with(settings, &[]).await;
            let mut prompt = prompt();
            prompt.user = words.to_owned();
            let asked = desk.model.ask(&prompt).await;
            assert_eq!(
                (asked.done.is_err(), !desk.double.failures().is_empty()),
                (is_noticed, is_noticed),
                "{profile:?} {words}"
            );
        }
    }
}
