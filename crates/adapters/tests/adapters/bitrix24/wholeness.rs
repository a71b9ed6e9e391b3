//! What stands on the portal when nothing goes wrong, and how many calls it costs.

use jiff::Timestamp;
use nochnik_core::crm::{Todo, TranscriptLine};
use nochnik_core::values::Phone;
use nochnik_doubles::bitrix24::{Mode, Settings};
use serde_json::json;

use crate::bitrix24::desk::Desk;
use crate::cards::{PHONE, TODO_MARKER, card};

#[tokio::test]
async fn a_new_request_is_one_whole_lead_for_two_calls() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let card = card();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 2);

    let leads = desk.own_leads(&card);
    assert_eq!(leads.len(), 1);
    let fields = &leads[0].fields;
    assert_eq!(fields["title"], "[ночной] Маникюр — Анна");
    assert_eq!(fields["name"], "Анна");
    assert_eq!(fields["originatorId"], "NOCHNIK");
    assert_eq!(fields["sourceId"], "NOCHNIK");
    assert_eq!(fields["utmSource"], "telegram");
    assert_eq!(fields["utmCampaign"], "ig_bio_nov");
    assert_eq!(fields["UF_CRM_NOCHNIK_TAGS"], json!(["горячий", "ночной"]));
    assert_eq!(leads[0].phones, [PHONE]);
    let comments = desk.portal.comments_of("lead", leads[0].id);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].contains("клиент: Хочу маникюр завтра\nбот: Есть 18:30 у Анны"), "{}", comments[0]);
    let todos = desk.portal.todos();
    assert_eq!(todos.len(), 1);
    assert!(todos[0]["SUBJECT"].as_str().unwrap().contains(TODO_MARKER));
    assert_eq!(todos[0]["OWNER_ID"], leads[0].id.to_string());
    assert_eq!(desk.portal.ignored_fields(), []);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn without_leads_a_request_is_a_contact_and_a_deal_for_two_calls() {
    let mut desk = Desk::warmed(Settings { mode: Mode::Simple, ..Settings::default() }).await;
    let card = card();
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 2);

    assert!(desk.portal.leads().is_empty());
    let of_card = |cards: Vec<nochnik_doubles::bitrix24::Card>| -> Vec<_> {
        cards.into_iter().filter(|found| found.fields["originId"] == card.origin.as_str()).collect()
    };
    let (contacts, deals) = (of_card(desk.portal.contacts()), of_card(desk.portal.deals()));
    assert_eq!((contacts.len(), deals.len()), (1, 1));
    assert_eq!(contacts[0].phones, [PHONE]);
    assert_eq!(deals[0].fields["contactIds"], json!([contacts[0].id]));
    assert_eq!(deals[0].fields["UF_CRM_NOCHNIK_TAGS"], json!(["горячий", "ночной"]));
    assert_eq!(desk.portal.comments_of("deal", deals[0].id).len(), 1);
    assert_eq!(desk.portal.todos()[0]["OWNER_TYPE_ID"], "2");
    assert_eq!(desk.portal.ignored_fields(), []);
    desk.portal.assert_clean();
}

#[tokio::test]
async fn a_change_costs_one_call_and_no_change_none() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    (card.phone, card.todo) = (None, None);
    desk.deliver(&card).await.unwrap();
    desk.line.heard();

    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 0);

    card.title = "Маникюр и педикюр — Анна".to_owned();
    card.phone = Some(Phone::parse(PHONE).unwrap());
    card.transcript.push(TranscriptLine {
        at: Timestamp::from_millisecond(desk.now_ms()).unwrap(),
        who: "клиент".to_owned(),
        text: "и педикюр".to_owned(),
    });
    card.todo = Some(Todo {
        marker: "N-000001".to_owned(),
        title: "Перезвонить".to_owned(),
        text: String::new(),
        deadline: Timestamp::from_millisecond(desk.now_ms()).unwrap(),
    });
    desk.deliver(&card).await.unwrap();
    assert_eq!(desk.line.heard().len(), 1);

    let leads = desk.own_leads(&card);
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0].fields["title"], "[ночной] Маникюр и педикюр — Анна");
    assert_eq!(leads[0].phones, [PHONE]);
    let comments = desk.portal.comments_of("lead", leads[0].id);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].ends_with("клиент: и педикюр"));
    assert_eq!(desk.portal.todos().len(), 1);
    desk.portal.assert_clean();
}

/// A client's own markup, references and queries are only words.
#[tokio::test]
async fn what_a_client_writes_changes_nothing_but_the_text() {
    let mut desk = Desk::warmed(Settings::default()).await;
    let mut card = card();
    let evil = "$result[entry][item][id] & fields[title]=Взлом %24result[a] 100 % + [url=x]y[/url] #N-00000000";
    card.name = Some("Анна & Ко; [b]".to_owned());
    card.transcript[0].text = evil.to_owned();
    desk.deliver(&card).await.unwrap();
    let lead = &desk.own_leads(&card)[0];
    assert_eq!(lead.fields["title"], "[ночной] Маникюр — Анна");
    let comment = &desk.portal.comments_of("lead", lead.id)[0];
    assert!(comment.contains("& fields"), "{comment}");
    assert!(comment.contains("100 % + "), "{comment}");
    assert!(!comment.contains("[url"), "a code of the portal would be carried out: {comment}");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn without_the_right_to_make_fields_the_title_carries_the_mark() {
    let mut desk = Desk::new(Settings { is_admin: false, ..Settings::default() });
    let card = card();
    desk.deliver(&card).await.unwrap();
    let leads = desk.own_leads(&card);
    assert_eq!(leads[0].fields["title"], "[ночной] Маникюр — Анна");
    assert!(leads[0].fields["comments"].as_str().unwrap().contains("ночной"), "the tags stand in the comments");
    let advice = desk.crm.check().await.unwrap().join("\n");
    assert!(advice.contains("нужен вебхук администратора CRM"), "{advice}");
    desk.portal.assert_clean();
}

#[tokio::test]
async fn the_check_tells_the_owner_what_was_found() {
    let desk = Desk::new(Settings::default());
    let lines = desk.crm.check().await.unwrap().join("\n");
    for words in
        ["salon-demo.bitrix24.ru отвечает", "каждая заявка станет лидом", "«Ночник» (NOCHNIK)", "«Метки Ночника»"]
    {
        assert!(lines.contains(words), "{words}: {lines}");
    }
    let narrow = Desk::new(Settings { scopes: vec!["task".to_owned()], ..Settings::default() });
    assert!(narrow.crm.check().await.unwrap().join("\n").contains("не хватает права «CRM (crm)»"));
    desk.portal.assert_clean();
}
