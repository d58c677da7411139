//! Draws the progress of a command at the bottom of the terminal on standard error, with indicatif.
//!
//! A task draws it, because indicatif's own thread panics if the system allows no more threads. The progress is
//! erased before anything else is written, and is shown only at a terminal.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use terminal_size::{Width, terminal_size_of};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::output::untrusted::escape;

const TICK: Duration = Duration::from_millis(250);

/// The minimum width of a terminal for a bar beside the text, in columns.
const BAR_WIDTH: u16 = 60;

/// The terminal lines that show progress. A process has one display.
#[derive(Debug, Default, Clone)]
pub(super) struct ProgressDisplay(MultiProgress);

#[derive(Debug)]
pub struct ProgressHandle {
    bar: ProgressBar,
    drawing: JoinHandle<()>,
}

impl ProgressDisplay {
    /// Shows progress until the handle is dropped. Before each draw, `update` sets the bar's position and returns
    /// the text; `None` shows nothing. Returns `None` if standard error is not a terminal.
    pub(super) fn show(
        &self,
        mut update: impl FnMut(&ProgressBar) -> Option<String> + Send + 'static,
    ) -> Option<ProgressHandle> {
        let runtime = Handle::try_current().ok()?;
        if self.0.is_hidden() {
            return None;
        }
        let bar = self.0.add(ProgressBar::no_length().with_style(style(LINE)));
        let (display, drawn) = (self.clone(), bar.clone());
        let drawing = runtime.spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                match update(&drawn) {
                    Some(text) => draw(&drawn, &text),
                    None => display.hide(),
                }
            }
        });
        Some(ProgressHandle { bar, drawing })
    }

    /// Erases the progress, so that something else can be written. The next draw shows it again.
    pub(super) fn hide(&self) {
        // An error means that standard error is closed, so there is nothing to erase.
        let _ = self.0.clear();
    }
}

/// The template without a bar, for an unknown total and for narrow terminals.
const LINE: &str = "{spinner} {wide_msg}";

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
    style.progress_chars("#-").tick_chars(r"|/-\ ")
}

fn draw(bar: &ProgressBar, text: &str) {
    let is_wide =
        terminal_size_of(std::io::stderr()).is_none_or(|(width, _)| width >= Width(BAR_WIDTH));
    let template = if is_wide && bar.length().is_some() {
        "[{wide_bar}] {msg}"
    } else {
        LINE
    };
    bar.set_style(style(template));
    bar.clone().with_message(escape(text).into_owned()).tick();
}

impl Drop for ProgressHandle {
    fn drop(&mut self) {
        self.drawing.abort();
        self.bar.finish_and_clear();
    }
}
