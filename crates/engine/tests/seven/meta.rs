//! The two messengers of Meta. Both clients keep their numbers to themselves, so that nobody knows more here than
//! in the other channels.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use nochnik_adapters::http::{Answer, Call, Lost, Wire};
use nochnik_doubles::{Faults, instagram, meta, whatsapp};
use nochnik_engine::Clock;
use serde_json::{Value, json};

use crate::ends::{End, PHONE, Push, bubble, carry};

const IGSID: &str = "1254459154682919";

#[derive(Clone)]
pub struct WhatsApp {
    double: whatsapp::Double,
    clock: Arc<OnceLock<Clock>>,
}

impl WhatsApp {
    /// The far end itself, for what only this vendor does.
    pub fn double(&self) -> whatsapp::Double {
        self.double.clone()
    }

    pub fn new() -> Self {
        let double = whatsapp::Double::new(whatsapp::Settings::default());
        double.limit_pace(false);
        double.client_hides_number(PHONE, "masha.rnd");
        Self { double, clock: Arc::default() }
    }

    /// Whose client shows their number.
    pub fn open_handed(templates: &[Value]) -> Self {
        let double = whatsapp::Double::new(whatsapp::Settings::default());
        double.limit_pace(false);
        templates.iter().for_each(|template| double.have_template(template));
        Self { double, clock: Arc::default() }
    }

    fn now_ms(&self) -> i64 {
        self.clock.get().unwrap().now_ms()
    }
}

#[async_trait]
impl Wire for WhatsApp {
    /// An address is proved while it is being set; how we answer such a question is tested with the adapter.
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        let carried = carry(call, |request| self.double.request(request, self.now_ms())).await;
        if let Some(challenge) = self.double.challenge_due() {
            self.double.challenge_answered(&challenge, 200, challenge.expects.as_bytes());
        }
        carried
    }
}

impl End for WhatsApp {
    fn entry(&self, account: &str) -> Value {
        let settings = self.double.settings();
        json!({
            "kind": "whatsapp", "id": account, "token": settings.token, "phone_number_id": settings.phone_number_id,
            "waba_id": settings.waba_id, "app_secret": settings.app_secret,
        })
    }

    fn peer(&self) -> String {
        self.double.user_id_of(PHONE)
    }

    fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }

    fn starts(&self, clock: Clock) {
        self.clock.get_or_init(|| clock);
    }

    fn connect(&self, url: &str, _secret: &str) {
        self.double.connect(url);
    }

    fn hijacked(&self) {
        self.double.connect_webhook("https://elsewhere.example/hook");
    }

    fn says(&self, text: &str) {
        self.double.client_says(PHONE, text, self.now_ms());
    }

    fn speaks(&self) {
        self.double.client_says_aloud(PHONE, b"OggS", self.now_ms());
    }

    fn presses(&self, label: &str, _id: &str) -> bool {
        let shown = self.double.sent_to(PHONE);
        let found = shown.iter().rev().find_map(|seen| {
            let button = seen.buttons.iter().find(|button| button.title == label)?;
            Some((seen.wamid.clone(), button.id.clone()))
        });
        found.is_some_and(|(wamid, id)| self.double.client_presses(PHONE, &wamid, &id, self.now_ms()).is_some())
    }

    fn plan(&self, faults: Faults) {
        self.double.plan(faults);
    }

    fn pushes(&self) -> Vec<Push> {
        self.double.deliveries_due(self.now_ms()).into_iter().map(signed).collect()
    }

    fn took(&self, id: u64, _answer: &str) {
        self.double.delivered(id, Some(200), self.now_ms());
    }

    fn seen(&self) -> String {
        let rows =
            |seen: &whatsapp::Seen| seen.buttons.iter().map(|button| vec![button.title.clone()]).collect::<Vec<_>>();
        self.double.seen_by(PHONE).iter().map(|seen| bubble(seen.is_ours, &seen.text, &rows(seen))).collect()
    }

    fn assert_clean(&self) {
        self.double.assert_clean();
    }
}

#[derive(Clone)]
pub struct Instagram {
    double: instagram::Double,
    clock: Arc<OnceLock<Clock>>,
}

impl Instagram {
    /// The far end itself, for what only this vendor does.
    pub fn double(&self) -> instagram::Double {
        self.double.clone()
    }

    pub fn new() -> Self {
        let settings = instagram::Settings { token_issued_at_ms: 1_794_500_000_000, ..instagram::Settings::default() };
        let double = instagram::Double::new(settings);
        double.limit_pace(false);
        Self { double, clock: Arc::default() }
    }

    fn now_ms(&self) -> i64 {
        self.clock.get().unwrap().now_ms()
    }
}

#[async_trait]
impl Wire for Instagram {
    async fn carry(&self, call: &Call<'_>) -> Result<Answer, Lost> {
        carry(call, |request| self.double.request(request, self.now_ms())).await
    }
}

impl End for Instagram {
    fn entry(&self, account: &str) -> Value {
        let settings = self.double.settings();
        json!({
            "kind": "instagram", "id": account, "token": settings.token, "account_id": settings.ig_id,
            "app_secret": settings.app_secret,
        })
    }

    fn peer(&self) -> String {
        IGSID.to_owned()
    }

    fn wire(&self) -> Option<Arc<dyn Wire>> {
        Some(Arc::new(self.clone()))
    }

    fn starts(&self, clock: Clock) {
        self.clock.get_or_init(|| clock);
    }

    fn connect(&self, url: &str, _secret: &str) {
        self.double.connect(url);
    }

    fn says(&self, text: &str) {
        self.double.client_says(IGSID, text, self.now_ms());
    }

    fn speaks(&self) {
        self.double.client_sends_file(IGSID, "audio", self.now_ms());
    }

    fn presses(&self, label: &str, _id: &str) -> bool {
        let shown = self.double.sent_to(IGSID);
        let found = shown.iter().rev().find_map(|seen| {
            let button = seen.buttons.iter().find(|button| button.title == label)?;
            Some((seen.mid.clone(), button.payload.clone()))
        });
        found.is_some_and(|(mid, payload)| self.double.client_presses(IGSID, &mid, &payload, self.now_ms()).is_some())
    }

    fn plan(&self, faults: Faults) {
        self.double.plan(faults);
    }

    fn pushes(&self) -> Vec<Push> {
        self.double.deliveries_due(self.now_ms()).into_iter().map(signed).collect()
    }

    fn took(&self, id: u64, _answer: &str) {
        self.double.delivered(id, Some(200), self.now_ms());
    }

    fn seen(&self) -> String {
        let rows = |seen: &instagram::Seen| {
            let mut labels: Vec<String> = seen.buttons.iter().map(|button| button.title.clone()).collect();
            labels.extend(seen.asks_phone.then(|| "номер из профиля".to_owned()));
            if labels.is_empty() { Vec::new() } else { vec![labels] }
        };
        self.double.seen_by(IGSID).iter().map(|seen| bubble(seen.is_from_account, &seen.text, &rows(seen))).collect()
    }

    fn assert_clean(&self) {
        self.double.assert_clean();
    }
}

fn signed(delivery: meta::Delivery) -> Push {
    Push::Hook { id: delivery.id, headers: delivery.headers, body: delivery.body }
}
