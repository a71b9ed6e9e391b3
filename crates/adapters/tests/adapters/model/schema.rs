//! A prompt that some vendor would not understand never leaves.

use nochnik_adapters::Failure;
use nochnik_adapters::failure::codes;
use nochnik_adapters::ports::Prompt;
use nochnik_doubles::model::{Profile, Settings};
use serde_json::json;

use crate::model::desk::{Desk, prompt};

#[tokio::test]
async fn our_own_mistakes_are_found_before_anything_leaves() {
    let pattern = json!({ "type": "object", "properties": { "a": { "type": "string", "pattern": "^x" } },
        "required": ["a"], "additionalProperties": false });
    for profile in Profile::ALL {
        let desk = Desk::of(profile).await;
        for wrong in [
            Prompt { schema_name: String::new(), ..prompt() },
            Prompt { schema_name: "маршрут".to_owned(), ..prompt() },
            Prompt { schema_name: "r".repeat(65), ..prompt() },
            Prompt { schema: pattern.clone(), ..prompt() },
            Prompt { schema: json!("object"), ..prompt() },
        ] {
            let asked = desk.model.ask(&wrong).await;
            assert!(matches!(&asked.done, Err(Failure::Refused { code, .. }) if code == codes::MALFORMED), "{asked:?}");
            assert_eq!(asked.sent, "");
        }
        assert_eq!(desk.double.ledger()["calls"], 0, "{profile:?}");
    }
}

/// A name that is no identifier still makes a function of GigaChat.
#[tokio::test]
async fn any_allowed_name_may_stand_for_a_function() {
    let settings = Settings::new(Profile::GigaChat);
    let desk = Desk::with(settings, &[("structured", json!("function"))]).await;
    for name in ["route", "night-route", "1st", "_x"] {
        let asked = desk.model.ask(&Prompt { schema_name: name.to_owned(), ..prompt() }).await;
        asked.done.unwrap();
    }
    desk.double.assert_clean();
}
