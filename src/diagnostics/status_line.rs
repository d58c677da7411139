//! A line at the foot of the terminal that shows that a command is alive, on standard error.
//!
//! It never wraps: it is cut to the terminal's width at each draw, so a resize shows at the next one. It
//! is gone before anything else is written, and at the end. indicatif wraps long lines, and does not know
//! of what the reporter writes.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use terminal_size::{Width, terminal_size_of};
use tokio::task::JoinHandle;
use unicode_width::UnicodeWidthChar;

use super::color::shows_escapes;
use crate::output::untrusted::escape;

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(250);

/// The width of a terminal that does not tell its own.
const USUAL_WIDTH: usize = 80;

/// The line, of which a process has one.
#[derive(Debug, Default)]
pub(super) struct StatusLine {
    /// The cells that the drawn text takes; 0 while nothing is drawn.
    drawn: Mutex<usize>,
}

/// A text that is shown until this is dropped.
#[derive(Debug)]
pub struct Shown {
    line: Arc<StatusLine>,
    drawing: JoinHandle<()>,
}

impl StatusLine {
    /// Shows a text, which is made anew for each draw and for the width that it may take; while the
    /// maker gives no text, nothing is shown. Where nobody can see it, nothing is set up.
    pub(super) fn show(
        self: &Arc<Self>,
        mut text: impl FnMut(usize) -> Option<String> + Send + 'static,
    ) -> Option<Shown> {
        let is_seen = io::stderr().is_terminal() && shows_escapes();
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        let line = Arc::clone(self);
        is_seen.then(|| Shown {
            line: Arc::clone(self),
            drawing: runtime.spawn(async move {
                loop {
                    tokio::time::sleep(TICK).await;
                    let width = width();
                    match text(room(width)) {
                        Some(text) => line.draw(&text, width),
                        None => line.clear(),
                    }
                }
            }),
        })
    }

    fn draw(&self, text: &str, width: usize) {
        let (text, cells) = cut(&escape(text), room(width));
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        // If standard error is closed, nobody can be shown anything.
        let _ = write!(io::stderr(), "{}{text}", erasure(*drawn, width));
        *drawn = cells;
    }

    /// Takes the text away, for something else to be written.
    pub(super) fn clear(&self) {
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if *drawn > 0 {
            let _ = write!(io::stderr(), "{}", erasure(*drawn, width()));
            *drawn = 0;
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.drawing.abort();
        self.line.clear();
    }
}

fn width() -> usize {
    let size = terminal_size_of(io::stderr());
    size.map_or(USUAL_WIDTH, |(Width(width), _)| width.into())
}

/// The cells that a line may take. Many terminals wrap already when the last one is written, and
/// terminals write `^C` behind the line when a person presses it.
fn room(width: usize) -> usize {
    width.saturating_sub("^C".len() + 1)
}

/// What takes away a text of so many cells, at whose end the cursor is. Terminals that have become
/// narrower since have broken it into several lines.
fn erasure(cells: usize, width: usize) -> String {
    let above = cells.saturating_sub(1) / width.max(1);
    let up = match above {
        0 => String::new(),
        lines => format!("\u{1b}[{lines}A"),
    };
    format!("\r{up}\u{1b}[J")
}

/// The text as far as it fits, with an ellipsis if it does not, and the cells that it takes.
fn cut(text: &str, room: usize) -> (String, usize) {
    const ELLIPSIS: &str = "...";
    let cells = |c: char| c.width().unwrap_or(0);
    let whole: usize = text.chars().map(cells).sum();
    if whole <= room {
        return (text.to_owned(), whole);
    }
    let end = &ELLIPSIS[..ELLIPSIS.len().min(room)];
    let mut kept = String::new();
    let mut used = end.len();
    for c in text.chars() {
        if used + cells(c) > room {
            break;
        }
        used += cells(c);
        kept.push(c);
    }
    (kept + end, used)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_cut_with_an_ellipsis_where_it_does_not_fit() {
        assert_eq!(cut("waiting", 7), ("waiting".to_owned(), 7));
        assert_eq!(cut("waiting", 6), ("wai...".to_owned(), 6));
        assert_eq!(cut("日本語", 5), ("日...".to_owned(), 5));
        assert_eq!(cut("waiting", 2), ("..".to_owned(), 2));
        assert_eq!(cut("waiting", 0), (String::new(), 0));
    }

    #[test]
    fn what_a_narrower_terminal_has_broken_is_erased_whole() {
        assert_eq!(erasure(0, 80), "\r\u{1b}[J");
        assert_eq!(erasure(79, 80), "\r\u{1b}[J");
        assert_eq!(erasure(79, 40), "\r\u{1b}[1A\u{1b}[J");
        assert_eq!(erasure(119, 40), "\r\u{1b}[2A\u{1b}[J");
        assert_eq!(erasure(5, 0), "\r\u{1b}[4A\u{1b}[J");
    }

    proptest! {
        #[test]
        fn a_cut_text_never_takes_more_than_its_room(text in any::<String>(), room in 0_usize..100) {
            let (cut, cells) = cut(&escape(&text), room);
            let width: usize = cut.chars().map(|c| c.width().unwrap_or(0)).sum();
            prop_assert_eq!(width, cells);
            prop_assert!(cells <= room);
        }
    }
}
