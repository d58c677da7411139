//! What a person sees while a command works, on standard error if that is a terminal.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::Timestamp;

use super::session_ids::Input;
use crate::output::{Selection, time};
use crate::service::ids::SessionId;
use crate::service::model::Document;

/// How often a line that moves by itself is drawn.
const TICK: Duration = Duration::from_millis(500);

/// A line at the foot of the terminal that shows how far a command has come.
pub(crate) struct Progress {
    /// Absent where nobody sees it: making one and counting along is work that a single session, or a
    /// batch in a pipe, would notice.
    bar: Option<ProgressBar>,
    /// What is counted against, if anything is counted.
    input: Option<Arc<Input>>,
    shows_total: bool,
}

impl Progress {
    /// Nothing to see.
    pub(crate) fn none() -> Self {
        Self {
            bar: None,
            input: None,
            shows_total: false,
        }
    }

    /// The number of sessions done, the rate, and the time that remains. Where rows go to the terminal
    /// one by one, they are the progress themselves.
    pub(crate) fn counting(input: &Arc<Input>, selection: &Selection) -> Self {
        let is_one = input.is_over() && input.count() <= 1;
        let shows_rows = std::io::stdout().is_terminal() && !selection.keeps_rows();
        let bar = seen(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(with_rate("{pos} sessions, {rate}"));
            bar
        })
        .filter(|_| !is_one && !shows_rows);
        Self {
            bar,
            input: Some(Arc::clone(input)),
            shows_total: false,
        }
    }

    /// The sessions that are waited for, each with how long it has lasted.
    pub(crate) fn waiting(board: &Board) -> Self {
        let active = Arc::clone(&board.0);
        Self::live(move |now| {
            let active = active.lock().unwrap_or_else(PoisonError::into_inner);
            summary(&active, now)
        })
    }

    /// How long the command has been waiting, and what for: a text that is made anew each time.
    pub(crate) fn live(text: impl Fn(Timestamp) -> String + Send + Sync + 'static) -> Self {
        let bar = seen(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} waiting {elapsed}: {text}") {
                let text = Arc::new(text);
                let text = move |_: &_, line: &mut dyn fmt::Write| {
                    let _ = line.write_str(&text(Timestamp::now()));
                };
                bar.set_style(style.with_key("text", text));
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Self {
            bar,
            input: None,
            shows_total: false,
        }
    }

    /// One more is done.
    pub(super) fn advance(&mut self) {
        let (Some(bar), Some(input)) = (&self.bar, &self.input) else {
            return;
        };
        if !self.shows_total && input.is_over() {
            self.shows_total = true;
            bar.set_length(input.count());
            bar.set_style(with_rate(
                "{wide_bar} {pos}/{len} sessions, {rate}, {eta} to go",
            ));
        }
        bar.inc(1);
    }

    /// Does something that may write to the terminal.
    pub(super) fn around<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bar {
            None => work(),
            Some(bar) => bar.suspend(work),
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A bar, if a person can see it.
fn seen(bar: impl FnOnce() -> ProgressBar) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(bar)
}

/// A style whose `{rate}` is whole sessions per second.
fn with_rate(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template);
    style
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "rate",
            |state: &ProgressState, line: &mut dyn fmt::Write| {
                let _ = write!(line, "{:.0}/s", state.per_sec());
            },
        )
}

/// The sessions that a command waits for, as its progress shows them.
#[derive(Debug, Default)]
pub(crate) struct Board(Arc<Mutex<Active>>);

/// Sessions with their start, which is known after the first look.
type Active = BTreeMap<SessionId, Option<Timestamp>>;

impl Board {
    /// A session is waited for.
    pub(crate) fn started(&self, id: &SessionId) {
        self.change(|active| active.insert(*id, None));
    }

    /// A session was still running.
    pub(crate) fn seen(&self, id: &SessionId, session: &Document) {
        self.change(|active| {
            let start = session.number("startTime").and_then(time::timestamp);
            active.insert(*id, start)
        });
    }

    /// A session is no longer waited for.
    pub(crate) fn ended(&self, id: &SessionId) {
        self.change(|active| active.remove(id));
    }

    fn change<T>(&self, work: impl FnOnce(&mut Active) -> T) {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The first sessions with how long they have lasted at `now`, and how many more there are.
fn summary(active: &Active, now: Timestamp) -> String {
    const SHOWN: usize = 3;
    let mut parts: Vec<String> = active
        .iter()
        .take(SHOWN)
        .map(|(id, start)| {
            let lasted =
                start.map(|start| time::human_duration(now.as_second() - start.as_second()));
            format!("{id} {}", lasted.as_deref().unwrap_or("..."))
        })
        .collect();
    if active.len() > SHOWN {
        parts.push(format!("{} more", active.len() - SHOWN));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_a_few_sessions_and_counts_the_rest() {
        let now = Timestamp::from_second(10_000).unwrap();
        let active: Active = (0..5)
            .map(|number| {
                let id = format!("aaaaaaaa-0000-4000-8000-{number:012}");
                let start = (number == 0).then(|| Timestamp::from_second(1_960).unwrap());
                (id.parse().unwrap(), start)
            })
            .collect();
        assert_eq!(
            summary(&active, now),
            "aaaaaaaa-0000-4000-8000-000000000000 2h 14m, \
             aaaaaaaa-0000-4000-8000-000000000001 ..., \
             aaaaaaaa-0000-4000-8000-000000000002 ..., 2 more"
        );
        assert_eq!(summary(&Active::new(), now), "");
    }
}
