//! What holds for everything that people are shown.

use std::sync::Arc;

use wsb::output::documents::{self, Document};
use wsb::output::{Cardinality, Period, RenderOptions, Selection, Terminal, printer};

/// Options for sessions in a pipe.
pub(super) fn options(cardinality: Cardinality) -> RenderOptions {
    RenderOptions {
        schema: &documents::SESSION,
        timestamps: None,
        cardinality,
        terminal: Terminal {
            is_terminal: false,
            width: None,
            is_utf8: true,
        },
        color: false,
        many_portals: false,
        portal_names: Arc::default(),
        period: Period::default(),
        has_query: false,
        first_line: None,
    }
}

/// Prints documents.
pub(super) fn print(
    selection: Selection,
    options: RenderOptions,
    documents: &[Document],
) -> String {
    let mut out = Vec::new();
    let mut printer = printer(selection, options, Box::new(&mut out));
    for document in documents {
        printer.print(document).expect("a document is printed");
    }
    printer.finish().expect("the output ends");
    drop(printer);
    String::from_utf8(out).expect("output is text")
}

/// Whether a terminal obeys a character: control codes, line and paragraph separators, and what
/// changes the order of text (UAX #9). Said again here, so that the program's own list is checked.
fn is_obeyed(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Checks that a terminal obeys nothing of the text but its line ends and these characters.
#[track_caller]
pub(super) fn check_safe(text: &str, but: &[char]) {
    let found = text
        .chars()
        .find(|c| is_obeyed(*c) && *c != '\n' && !but.contains(c));
    assert_eq!(found, None, "{text:?}");
}

/// The text without the colors and attributes that this program writes.
pub(super) fn without_styles(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, style)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let end = style.find(|c: char| !c.is_ascii_digit() && c != ';');
        let end = end.expect("a style ends");
        assert!(style[end..].starts_with('m'), "{text:?}");
        rest = &style[end + 1..];
    }
    plain.push_str(rest);
    plain
}
