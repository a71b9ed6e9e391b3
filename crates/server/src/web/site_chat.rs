//! «Чат на вашем сайте»: how the chat looks there, the line to put into the site, and a page to see it on.

use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;

use super::channels::{heading, to_copy};
use super::look::{Part, console, icon};
use super::query::query;
use super::viewer::Viewer;
use super::{Shared, Web};

/// Longest words in the look, in characters: a line beside a button on a phone.
const WORDS_CHARS_MAX: usize = 60;

/// What the button is painted with by itself; said aloud it would be the same by night, where ours is lighter.
const OUR_COLOR: &str = "#8a4b00";

/// How the chat is to look; what is empty stays as we made it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Look {
    /// «#1a7f4b».
    color: String,
    /// `left`, else right.
    side: String,
    /// A line beside the button, until the visitor opens the chat.
    hello: String,
    /// A mark of the page the client came from.
    source: String,
}

impl Look {
    /// What may stand in a page: anything else is as if it were not said.
    pub fn checked(self) -> Self {
        let is_color = self.color.len() == 7
            && self.color != OUR_COLOR
            && self.color.starts_with('#')
            && self.color[1..].bytes().all(|digit| digit.is_ascii_hexdigit());
        let short =
            |text: &str| text.trim().chars().filter(|letter| !letter.is_control()).take(WORDS_CHARS_MAX).collect();
        Self {
            color: if is_color { self.color.to_ascii_lowercase() } else { String::new() },
            side: if self.side == "left" { self.side } else { String::new() },
            hello: short(&self.hello),
            source: short(&self.source),
        }
    }

    fn pairs(&self) -> [(&'static str, &str); 4] {
        [("color", &self.color), ("side", &self.side), ("hello", &self.hello), ("source", &self.source)]
    }

    /// The script with this look.
    pub fn script(&self, host: &str, business: &str, title: &str) -> Markup {
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        html! {
            script src={ (host) "/chat.js" } data-business=(business) data-title=(title) data-color=[said(&self.color)]
                data-side=[said(&self.side)] data-hello=[said(&self.hello)] data-source=[said(&self.source)] async {}
        }
    }
}

/// `GET /console/channels/site`, with a look to be tried.
pub async fn page(State(web): State<Shared>, viewer: Viewer, Query(look): Query<Look>) -> Markup {
    let look = look.checked();
    let line = look.script(&web.place.public_url, &viewer.business, &viewer.salon.document().name).into_string();
    let demo = format!("/demo/{}?{}", viewer.business, query(&look.pairs()));
    let body = html! {
        main .main #main {
            (heading("Чат на вашем сайте"))
            div .stack.narrow {
                (unreachable(&web))
                section .card.stack {
                    h2 { "Строка для сайта" }
                    p { "Вставьте её перед закрывающим тегом body на каждой странице. В конструкторах (Tilda, WordPress) это блок «HTML-код»." }
                    (to_copy("line", "Строка", &line))
                    p .quiet.small { "Адрес сайта впишите в настройки канала: с других сайтов чат не откроется." }
                    a .button href=(demo) target="_blank" rel="noopener" { (icon("messages-square")) "Посмотреть на примере" }
                }
                (form(&viewer, &look))
            }
        }
    };
    console(&viewer, Part::More, "Чат на вашем сайте", &body)
}

/// A site of the world cannot load a script from this machine alone.
fn unreachable(web: &Web) -> Markup {
    let is_reachable = web.place.is_https();
    html! {
        @if !is_reachable {
            p .note.amber { (icon("triangle-alert")) span { "Строка заработает на сайте, когда у Ночника будет свой адрес с HTTPS. Попросите об этом того, кто его установил." } }
        }
    }
}

fn form(viewer: &Viewer, look: &Look) -> Markup {
    let color = if look.color.is_empty() { OUR_COLOR } else { &look.color };
    html! {
        form .card.stack method="get" {
            h2 { "Как он выглядит" }
            div .field {
                label for="hello" { "Приглашение у кнопки" }
                input #hello name="hello" value=(look.hello) maxlength=(WORDS_CHARS_MAX) placeholder="Запишем и ночью" aria-describedby="hello-help";
                p .help #hello-help { "Видно, пока посетитель не открыл чат; пусто — без приглашения." }
            }
            div .field { label for="color" { "Цвет кнопки" } input #color type="color" name="color" value=(color); }
            fieldset .field {
                legend { "Угол экрана" }
                label .tick { input type="radio" name="side" value="" checked[look.side.is_empty()]; "Справа внизу" }
                label .tick { input type="radio" name="side" value="left" checked[look.side == "left"]; "Слева внизу" }
            }
            div .field {
                label for="source" { "Метка страницы" }
                input #source name="source" value=(look.source) maxlength=(WORDS_CHARS_MAX) aria-describedby="source-help";
                p .help #source-help { "Увидите её в карточке клиента: «Откуда». Пусто — возьмём utm_source из адреса или сайт, с которого пришли." }
            }
            button .button.main-action type="submit" { "Показать строку" }
            p .quiet.small { "В заголовке чата стоит название: " (viewer.salon.document().name) ". Его меняют в «О бизнесе»." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_stand_in_a_page_is_kept() {
        let look = Look {
            color: "#1A7f4b".into(),
            side: "left".into(),
            hello: " Запишем \"и ночью\"\n".into(),
            source: "<b>".into(),
        };
        let line = look.checked().script("https://n.example", "lotos", "«Лотос»").into_string();
        assert!(line.contains("data-color=\"#1a7f4b\"") && line.contains("data-side=\"left\""), "{line}");
        assert!(line.contains("Запишем &quot;и ночью&quot;\"") && line.contains("data-source=\"&lt;b&gt;\""), "{line}");
        let odd = Look { color: "#12345g".into(), side: "top".into(), hello: "я".repeat(99), ..Look::default() };
        let line = odd.checked().script("", "lotos", "").into_string();
        assert!(
            !line.contains("data-color") && !line.contains("data-side") && line.contains(&"я".repeat(60)),
            "{line}"
        );
        assert!(!line.contains(&"я".repeat(61)));
    }
}
