//! What a person sees while a command works, on standard error if that is a terminal.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use jiff::Timestamp;

use crate::commands::sessions::Known;
use crate::output::{Selection, time};
use crate::service::ids::SessionId;
use crate::service::model::Document;

/// Between two pictures of a line that moves by itself.
const TICK: Duration = Duration::from_millis(500);

/// A bar, if it is wanted and there is a person to see it. Making one and counting along is work
/// that a single session, or a batch in a pipe, would notice.
fn bar(length: Option<u64>, is_wanted: bool) -> Option<ProgressBar> {
    let is_seen = is_wanted && std::io::stderr().is_terminal();
    is_seen.then(|| ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr()))
}

/// A style whose `{rate}` is sessions a second, as whole ones.
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

/// Sessions fetched, the rate, and the time that remains.
pub(crate) struct Fetching {
    bar: Option<ProgressBar>,
    knows_all: bool,
}

impl Fetching {
    /// A bar if there is something to see: where rows go to the terminal one by one, they are
    /// the progress themselves.
    pub(crate) fn new(known: &Known, selection: &Selection) -> Self {
        let is_wanted = selection.keeps_rows() || !std::io::stdout().is_terminal();
        let length = known.is_all().then(|| known.count());
        let is_many = length.is_none_or(|length| length > 1);
        let bar = bar(length, is_wanted && is_many);
        if let Some(bar) = &bar {
            bar.set_style(with_rate("{pos} sessions, {rate}"));
        }
        Self {
            bar,
            knows_all: false,
        }
    }

    /// A session was answered.
    pub(crate) fn advance(&mut self, known: &Known) {
        let Some(bar) = &self.bar else {
            return;
        };
        if !self.knows_all && known.is_all() {
            self.knows_all = true;
            bar.set_length(known.count());
            bar.set_style(with_rate(
                "{wide_bar} {pos}/{len} sessions, {rate}, {eta} to go",
            ));
        }
        bar.inc(1);
    }

    /// Does something that may write to the terminal.
    pub(crate) fn around<T>(&self, work: impl FnOnce() -> T) -> T {
        around(self.bar.as_ref(), work)
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        clear(self.bar.as_ref());
    }
}

/// The sessions that are waited for, each with how long it has lasted.
pub(crate) struct Waiting {
    bar: Option<ProgressBar>,
    active: Arc<Mutex<Active>>,
}

/// Sessions with their start, which is known after the first look.
type Active = BTreeMap<SessionId, Option<Timestamp>>;

impl Waiting {
    pub(crate) fn new() -> Self {
        let active: Arc<Mutex<Active>> = Arc::default();
        let shown = Arc::clone(&active);
        let bar = bar(None, true);
        let style = ProgressStyle::with_template("{spinner} waiting {elapsed}: {sessions}");
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(
                style.with_key("sessions", move |_: &_, line: &mut dyn fmt::Write| {
                    let active = shown.lock().unwrap_or_else(PoisonError::into_inner);
                    let _ = line.write_str(&summary(&active, Timestamp::now()));
                }),
            );
            bar.enable_steady_tick(TICK);
        }
        Self { bar, active }
    }

    /// A session is waited for.
    pub(crate) fn started(&self, id: &SessionId) {
        self.change(|active| active.insert(*id, None));
    }

    /// A session was seen to go on.
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

    /// Changes what is shown, if it is.
    fn change<T>(&self, work: impl FnOnce(&mut Active) -> T) {
        if self.bar.is_some() {
            work(&mut self.active.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Does something that may write to the terminal.
    pub(crate) fn around<T>(&self, work: impl FnOnce() -> T) -> T {
        around(self.bar.as_ref(), work)
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        clear(self.bar.as_ref());
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

fn around<T>(bar: Option<&ProgressBar>, work: impl FnOnce() -> T) -> T {
    match bar {
        None => work(),
        Some(bar) => bar.suspend(work),
    }
}

fn clear(bar: Option<&ProgressBar>) {
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
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
