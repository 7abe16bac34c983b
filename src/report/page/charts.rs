//! The charts of the report's folder, in the page: their headings as its own text, so that they break with its width, and
//! the drawings below. A chart that is new to the folder comes in by itself; one that has a reading can be read by
//! pointer and keys.

use maud::{Markup, PreEscaped, html};

use crate::report::charts::{Parts, Reading, WIDTH};

pub(super) fn section(drawn: &[(&'static str, String)], readings: &[(&'static str, Reading)]) -> Markup {
    html! {
        section aria-labelledby="charts-heading" {
            h2 #charts-heading { "Charts" }
            @for (file, svg) in drawn {
                (figure(file, svg, readings.iter().position(|(of, _)| of == file)))
            }
        }
    }
}

fn figure(file: &str, svg: &str, reading: Option<usize>) -> Markup {
    let id = file.trim_end_matches(".svg");
    let Some(parts) = Parts::of(svg) else {
        return html! { figure.chart id=(id) { (PreEscaped(svg)) } };
    };
    let height = parts.height - parts.top;
    let view = format!("0 {} {} {}", parts.top * Parts::FINE, WIDTH * Parts::FINE, height * Parts::FINE);
    let drawing = html! {
        svg viewBox=(view) width=(WIDTH) height=(height) role="img" aria-label=(parts.title) {
            (PreEscaped(&parts.body))
        }
    };
    html! {
        figure.chart id=(id) {
            figcaption { h3 { (parts.title) } p { (parts.note) } }
            @match reading {
                Some(index) => {
                    div.scroll.read role="region" tabindex="0" data-reading=(index)
                        aria-label={ (parts.title) ". The left and right arrow keys read values." } { (drawing) }
                    div.readout aria-live="polite" {}
                },
                None => (super::scrolling(&parts.title, &drawing)),
            }
        }
    }
}
