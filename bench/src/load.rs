//! An open loop: turns come when they are due, whether or not earlier ones are answered. What is
//! measured runs from when a turn was due, so that waiting for a free connection counts.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::sync::Notify;

use crate::figures::Figures;
use crate::telegram::{Hook, Telegram, update};
use crate::wire::Line;

/// As many connections as Telegram is asked to use.
const LINES: usize = 20;
/// Replies are waited for this long after the last turn was due.
const PATIENCE: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(1);

/// What clients write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// A question out of a pool of clients: nothing for the CRM.
    Talk,
    /// A new client each time, with a service, a time, a name and a phone: a hot lead.
    Lead,
}

const POOL: i64 = 10_000;
const QUESTIONS: [&str; 4] =
    ["а где вы находитесь?", "можно картой оплатить?", "есть парковка?", "до скольки вы завтра работаете?"];

impl Workload {
    /// Chat, text and phone of turn `number`.
    fn turn(self, number: i64) -> (i64, String, Option<String>) {
        match self {
            Self::Talk => {
                let text = QUESTIONS[usize::try_from(number).unwrap_or_default() % QUESTIONS.len()];
                (100_000_000 + number % POOL, text.to_owned(), None)
            }
            Self::Lead => {
                let phone = format!("918{number:07}");
                let text = format!("Хочу маникюр завтра после 18, Оля, 8 918 {:07}", number % 10_000_000);
                (200_000_000 + number, text, Some(phone))
            }
        }
    }
}

/// Turns posted so far over all runs of one subject, so that no client comes twice.
#[derive(Default)]
pub struct Counter(Cell<i64>);

impl Counter {
    fn next(&self) -> i64 {
        self.0.replace(self.0.get() + 1) + 1
    }
}

pub struct Target<'a> {
    pub address: SocketAddr,
    pub telegram: &'a Telegram,
    pub hook: Hook,
    pub counter: &'a Counter,
}

/// What one run came to.
pub struct Outcome {
    pub turns: usize,
    /// Deliveries answered other than 200: a platform would repeat them.
    pub refused: usize,
    pub unanswered: usize,
    pub replies: Figures,
    pub notices: Figures,
}

impl Outcome {
    /// The rate was kept up: all taken, all answered, none late by more than half a second.
    pub fn is_sustained(&self) -> bool {
        self.refused == 0 && self.unanswered == 0 && self.replies.p99_ms() < 500.0
    }
}

#[derive(Default)]
struct Queue {
    bodies: RefCell<VecDeque<String>>,
    news: Notify,
    is_over: Cell<bool>,
    refused: Cell<usize>,
}

/// Sends `rate` turns a second for `length`.
pub async fn run(target: &Target<'_>, workload: Workload, rate: u32, length: Duration) -> Result<Outcome> {
    let queue = Rc::new(Queue::default());
    let mut senders = Vec::new();
    for _ in 0..LINES {
        let line = Line::open(target.address).await?;
        senders.push(tokio::task::spawn_local(send(Rc::clone(&queue), line, target.hook.clone())));
    }
    let turns = (f64::from(rate) * length.as_secs_f64()) as usize;
    let begun = Instant::now();
    let mut sent = 0;
    while sent < turns {
        // The first is due at once.
        let due = (begun.elapsed().as_secs_f64() * f64::from(rate)) as usize + 1;
        while sent < due.min(turns) {
            let at = begun + Duration::from_secs_f64(sent as f64 / f64::from(rate));
            let number = target.counter.next();
            let (chat, text, phone) = workload.turn(number);
            target.telegram.expect(chat, phone, at);
            queue.bodies.borrow_mut().push_back(update(number, chat, &text));
            queue.news.notify_one();
            sent += 1;
        }
        tokio::time::sleep(TICK).await;
    }
    let limit = Instant::now() + PATIENCE;
    while target.telegram.unanswered() > 0 && Instant::now() < limit {
        tokio::time::sleep(TICK).await;
    }
    queue.is_over.set(true);
    queue.news.notify_waiters();
    for sender in senders {
        sender.abort();
    }
    let unanswered = target.telegram.unanswered();
    let (replies, notices) = target.telegram.take();
    let refused = queue.refused.get();
    Ok(Outcome { turns, refused, unanswered, replies: Figures::of(replies), notices: Figures::of(notices) })
}

async fn send(queue: Rc<Queue>, mut line: Line, hook: Hook) {
    while !queue.is_over.get() {
        let body = queue.bodies.borrow_mut().pop_front();
        let Some(body) = body else {
            queue.news.notified().await;
            continue;
        };
        match line.post(&hook.path, &hook.secret, body).await {
            Ok(200) => {}
            Ok(_) | Err(_) => queue.refused.set(queue.refused.get() + 1),
        }
    }
}
