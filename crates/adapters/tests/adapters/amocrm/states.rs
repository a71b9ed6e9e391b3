//! How requests stand with the people of the account, asked about many at once.

use jiff::Timestamp;
use nochnik_adapters::ports::{CardReport, CardState};
use nochnik_core::crm::{Card, CrmRefs};
use nochnik_doubles::amocrm::{PIPELINE, Settings};
use serde_json::json;

use crate::amocrm::desk::Desk;
use crate::cards::card;

#[tokio::test]
async fn leads_stand_as_people_left_them() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut all = Vec::new();
    for name in ["open", "won", "lost", "gone"] {
        let card = Card { origin: format!("lotos:{name}:lead"), phone: None, todo: None, ..card() };
        desk.refs.clear();
        desk.deliver(&card).await.unwrap();
        all.push(desk.refs.clone());
    }
    all.push(CrmRefs::new());
    for (at, status) in [(1, 142), (2, 143)] {
        let moved = json!({ "status_id": status, "pipeline_id": PIPELINE });
        desk.people("PATCH", &format!("leads/{}", all[at]["lead"]), &moved);
    }
    desk.account.deletes_lead(all[3]["lead"].parse().unwrap());
    desk.line.heard();
    let now = Timestamp::from_millisecond(desk.now_ms()).unwrap();
    assert_eq!(
        desk.crm.states(&all, now).await.unwrap(),
        [CardState::Open, CardState::Won, CardState::Lost, CardState::Gone, CardState::Open].map(CardReport::from)
    );
    assert_eq!(desk.line.heard().len(), 1, "one request for many cards");
    desk.account.assert_clean();
}
