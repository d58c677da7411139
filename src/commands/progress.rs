//! What a person sees while a command works, on standard error if that is a terminal.

use std::fmt;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::sessions::Known;
use crate::output::{Format, Selection, time};
use crate::service::ids::SessionId;
use crate::service::model::Document;

/// Between two pictures of a line that moves by itself.
const TICK: Duration = Duration::from_millis(500);

fn bar(length: Option<u64>, is_shown: bool, template: &str) -> ProgressBar {
    let target = if is_shown && std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(length, target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Sessions fetched, the rate, and the time that remains.
pub(super) struct Fetching {
    bar: ProgressBar,
    knows_all: bool,
}

impl Fetching {
    /// A bar if there is something to see: where rows go to the terminal one by one, they are
    /// the progress themselves.
    pub(super) fn new(known: &Known, selection: &Selection) -> Self {
        let keeps_rows = matches!(selection, Selection::Whole(Format::Table));
        let is_shown = keeps_rows || !std::io::stdout().is_terminal();
        let length = known.is_all().then(|| known.count());
        let is_many = length.is_none_or(|length| length > 1);
        let bar = bar(length, is_shown && is_many, "{pos} sessions, {per_sec}");
        Self {
            bar,
            knows_all: false,
        }
    }

    /// A session was answered.
    pub(super) fn advance(&mut self, known: &Known) {
        if !self.knows_all && known.is_all() {
            self.knows_all = true;
            self.bar.set_length(known.count());
            if let Ok(style) = ProgressStyle::with_template(
                "{wide_bar} {pos}/{len} sessions, {per_sec}, {eta} to go",
            ) {
                self.bar.set_style(style);
            }
        }
        self.bar.inc(1);
    }

    /// Does something that may write to the terminal.
    pub(super) fn around<T>(&self, work: impl FnOnce() -> T) -> T {
        around(&self.bar, work)
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// The sessions that are waited for, each with how long it has lasted.
pub(super) struct Waiting {
    bar: ProgressBar,
    active: Arc<Mutex<Vec<Active>>>,
}

struct Active {
    id: SessionId,
    /// Known after the first look.
    start: Option<Timestamp>,
}

impl Waiting {
    pub(super) fn new(ids: &[SessionId]) -> Self {
        let active: Vec<Active> = ids
            .iter()
            .map(|id| Active {
                id: *id,
                start: None,
            })
            .collect();
        let active = Arc::new(Mutex::new(active));
        let shown = Arc::clone(&active);
        let bar = bar(None, true, "");
        if let Ok(style) = ProgressStyle::with_template("{spinner} waiting {elapsed}: {sessions}") {
            bar.set_style(
                style.with_key("sessions", move |_: &_, line: &mut dyn fmt::Write| {
                    let active = shown.lock().unwrap_or_else(PoisonError::into_inner);
                    let _ = line.write_str(&summary(&active, Timestamp::now()));
                }),
            );
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(TICK);
        }
        Self { bar, active }
    }

    /// A session was seen to go on.
    pub(super) fn seen(&self, id: &SessionId, session: &Document) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = active.iter_mut().find(|entry| entry.id == *id) {
            entry.start = session.number("startTime").and_then(time::timestamp);
        }
    }

    /// A session is no longer waited for.
    pub(super) fn ended(&self, id: &SessionId) {
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        active.retain(|entry| entry.id != *id);
    }

    /// Does something that may write to the terminal.
    pub(super) fn around<T>(&self, work: impl FnOnce() -> T) -> T {
        around(&self.bar, work)
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// The first sessions with how long they have lasted at `now`, and how many more there are.
fn summary(active: &[Active], now: Timestamp) -> String {
    const SHOWN: usize = 3;
    let mut parts: Vec<String> = active
        .iter()
        .take(SHOWN)
        .map(|entry| {
            let lasted = entry
                .start
                .map(|start| time::human_duration(now.as_second() - start.as_second()));
            format!("{} {}", entry.id, lasted.as_deref().unwrap_or("..."))
        })
        .collect();
    if active.len() > SHOWN {
        parts.push(format!("{} more", active.len() - SHOWN));
    }
    parts.join(", ")
}

fn around<T>(bar: &ProgressBar, work: impl FnOnce() -> T) -> T {
    if bar.is_hidden() {
        work()
    } else {
        bar.suspend(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_a_few_sessions_and_counts_the_rest() {
        let now = Timestamp::from_second(10_000).unwrap();
        let active: Vec<Active> = (0..5)
            .map(|number| Active {
                id: format!("aaaaaaaa-0000-4000-8000-{number:012}")
                    .parse()
                    .unwrap(),
                start: (number == 0).then(|| Timestamp::from_second(1_960).unwrap()),
            })
            .collect();
        assert_eq!(
            summary(&active, now),
            "aaaaaaaa-0000-4000-8000-000000000000 2h 14m, \
             aaaaaaaa-0000-4000-8000-000000000001 ..., \
             aaaaaaaa-0000-4000-8000-000000000002 ..., 2 more"
        );
        assert_eq!(summary(&[], now), "");
    }
}
