//! The frame around every page and the small pieces pages are put together from.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use nochnik_core::lead::Heat;

use super::assets;
use super::viewer::Viewer;

/// `--ground` of the style sheet, for what a style sheet does not reach.
const GROUNDS: [(&str, &str); 2] = [("light", "#f6f2ea"), ("dark", "#121318")];

/// The parts of the console; order is that of the rail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Now,
    Escalations,
    Chats,
    Leads,
    Calendar,
    Numbers,
    Delivery,
    State,
    More,
}

impl Part {
    const ALL: [Self; 9] = [
        Self::Now,
        Self::Escalations,
        Self::Chats,
        Self::Leads,
        Self::Calendar,
        Self::Numbers,
        Self::Delivery,
        Self::State,
        Self::More,
    ];

    fn link(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Now => ("/console", "Сейчас", "flame"),
            Self::Escalations => ("/console/escalations", "Эскалации", "bell-ring"),
            Self::Chats => ("/console/chats", "Диалоги", "messages-square"),
            Self::Leads => ("/console/leads", "Лиды", "thermometer-sun"),
            Self::Calendar => ("/console/calendar", "Записи", "calendar-days"),
            Self::Numbers => ("/console/numbers", "Аналитика", "chart-column"),
            Self::Delivery => ("/console/delivery", "Доставка", "truck"),
            Self::State => ("/console/state", "Состояние", "activity"),
            Self::More => ("/console/more", "Ещё", "ellipsis"),
        }
    }

    /// On a phone the bar holds four; the rest stand on the page «Ещё».
    fn is_in_bar(self) -> bool {
        matches!(self, Self::Now | Self::Chats | Self::Calendar | Self::More)
    }

    /// Which of the four is lit on a phone: the page itself, or the one it stands behind.
    fn in_bar(self) -> Self {
        if self.is_in_bar() { self } else { Self::More }
    }
}

/// A page of the console. `body` brings its own `main`.
pub fn console(viewer: &Viewer, part: Part, title: &str, body: &Markup) -> Markup {
    let head = html! {
        (script("app.js"))
        script src=(assets::url("push.js")) data-person=(viewer.person) defer {}
        (app(viewer.theme))
    };
    document(
        &format!("{title} · {}", viewer.salon.document().name),
        viewer.theme,
        viewer.now_ms,
        &head,
        &html! {
            a .skip href="#main" { "К содержанию" }
            div .frame { (rail(viewer, part)) (body) }
            // Not deferred: a deferred htmx looks at the page as soon as it has come itself, and streams that were
            // to be opened by what comes after it stay shut for good.
            script src=(assets::url("vendor/htmx.min.js")) {}
            script src=(assets::url("vendor/hx-sse.min.js")) {}
        },
    )
}

/// A page that stands alone: login, errors.
pub fn alone(title: &str, body: Markup) -> Markup {
    document(title, "auto", 0, &app("auto"), &html! { main .alone #main { (body) } })
}

/// What lets a phone take the console for an app, and paint its frame as the page.
fn app(theme: &str) -> Markup {
    html! {
        link rel="manifest" href="/nochnik.webmanifest";
        link rel="apple-touch-icon" href=(assets::url("icon-maskable.png"));
        @for (scheme, ground) in GROUNDS {
            @if theme == "auto" { meta name="theme-color" content=(ground) media={ "(prefers-color-scheme: " (scheme) ")" }; }
            @else if theme == scheme { meta name="theme-color" content=(ground); }
        }
    }
}

/// The whole document. Scripts come from files only; nothing is inline.
pub fn document(title: &str, theme: &str, now_ms: i64, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="ru" data-theme=(theme) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=r#"{"includeIndicatorCSS":false,"history":false,"morphIgnore":["data-htmx-powered","open"]}"#;
                title { (title) " — Ночник" }
                link rel="icon" href=(assets::url("favicon.svg"));
                link rel="stylesheet" href=(assets::url("app.css"));
                (head)
            }
            body data-now=[(now_ms > 0).then_some(now_ms)] { (body) }
        }
    }
}

/// A script file of ours, run when the document is there.
pub fn script(name: &str) -> Markup {
    html! { script src=(assets::url(name)) defer {} }
}

/// Only parts that are open to the viewer stand there.
fn rail(viewer: &Viewer, part: Part) -> Markup {
    html! {
        nav .nav aria-label="Разделы" {
            div .brand { (icon("moon-star")) "Ночник" }
            ul {
                @for each in Part::ALL.into_iter().filter(|each| viewer.may_open(each.link().0)) {
                    @let (href, title, picture) = each.link();
                    li .wide-only[!each.is_in_bar()] {
                        a .holds[each == part.in_bar() && each != part] href=(href) aria-current=[(each == part).then_some("page")] { (icon(picture)) (title) }
                    }
                }
            }
        }
    }
}

/// Warmth of a lead: a picture and a word, never the colour alone.
pub fn heat_mark(heat: Heat) -> Markup {
    let (tone, picture, word) = match heat {
        Heat::Hot => ("amber", "flame", "горячий"),
        Heat::Warm => ("", "thermometer-sun", "тёплый"),
        Heat::Cold => ("", "snowflake", "холодный"),
    };
    mark(tone, picture, word)
}

/// Reads the word the store keeps; an unknown one is cold.
pub fn heat_of(word: &str) -> Heat {
    match word {
        "hot" => Heat::Hot,
        "warm" => Heat::Warm,
        _ => Heat::Cold,
    }
}

/// A small label with a picture; `tone` is one of the meanings of the style sheet, or empty.
pub fn mark(tone: &str, picture: &str, word: &str) -> Markup {
    html! { span class={ "mark " (tone) } { (icon(picture)) (word) } }
}

/// What a list shows before there is anything in it.
pub fn empty(picture: &str, title: &str, text: &str, action: Option<(&str, &str)>) -> Markup {
    html! {
        div .empty {
            (icon(picture))
            h2 { (title) }
            p { (text) }
            @if let Some((href, label)) = action { a .button href=(href) { (label) } }
        }
    }
}

/// Filter chips: address, label, and whether it is the one chosen.
pub fn chips(label: &str, all: &[(String, &str, bool)]) -> Markup {
    html! {
        nav .chips aria-label=(label) {
            @for (href, text, is_chosen) in all {
                a .chip href=(href) aria-current=[is_chosen.then_some("true")] { (text) }
            }
        }
    }
}

macro_rules! icons {
    ($($name:literal)+) => {
        /// One of our pictures, 20 px, hidden from screen readers: a word always stands beside it.
        pub fn icon(name: &str) -> Markup {
            PreEscaped(match name {
                $($name => include_str!(concat!("../../static/icons/", $name, ".svg")),)+
                _ => "",
            }.to_owned())
        }
    };
}

icons! {
    "activity" "arrow-left" "bell-ring" "bot" "calendar-days" "chart-column" "check" "check-check" "circle-alert" "circle-check" "circle-x"
    "clock" "database" "download" "ellipsis" "flame" "hand" "id-card" "inbox" "log-out" "messages-square" "moon-star" "paperclip" "phone"
    "radio" "rotate-ccw" "search" "send-horizontal" "settings" "shield-check" "snowflake" "sticky-note" "store" "sun-moon"
    "sunrise" "thermometer-sun" "triangle-alert" "truck" "user-round" "user-round-check" "x"
}
