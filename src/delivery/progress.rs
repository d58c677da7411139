//! Shows the progress of a command on standard error, if standard error is a terminal.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use jiff::Timestamp;

use super::session_input::InputProgress;
use crate::diagnostics::{ProgressHandle, Reporter};
use crate::output::{Selection, time};
use crate::service::clock::CLOCK;

/// Progress without a known total is shown after this time without output.
const PATIENCE: Duration = Duration::from_secs(1);

/// Creates the text for each draw; `None` shows nothing.
type ProgressText = dyn Fn(&Steps, &ProgressBar) -> Option<String> + Send + Sync;

pub(crate) struct Progress {
    text: Arc<ProgressText>,
    steps: Arc<Steps>,
    handle: Option<ProgressHandle>,
}

/// Counts the outcomes, and measures the time.
#[derive(Debug)]
struct Steps {
    count: AtomicU64,
    start: Instant,
    /// The time of the last output to the terminal.
    last_written: Mutex<Instant>,
}

impl Progress {
    fn new(text: impl Fn(&Steps, &ProgressBar) -> Option<String> + Send + Sync + 'static) -> Self {
        let now = Instant::now();
        Self {
            text: Arc::new(text),
            steps: Arc::new(Steps {
                count: AtomicU64::new(0),
                start: now,
                last_written: Mutex::new(now),
            }),
            handle: None,
        }
    }

    /// Shows the elapsed time while no rows are printed.
    pub(crate) fn heartbeat() -> Self {
        Self::new(|steps, _| steps.heartbeat(std::io::stdout().is_terminal()))
    }

    /// Shows the number of sessions done, their rate, and the remaining time. Shows only a heartbeat for a
    /// single session, and if the rows themselves appear at the terminal one by one.
    pub(crate) fn counting(input: &Arc<InputProgress>, selection: &Selection) -> Self {
        let is_one = input.is_complete() && input.read() <= 1;
        let shows_rows = std::io::stdout().is_terminal() && !selection.keeps_rows();
        if is_one || shows_rows {
            return Self::heartbeat();
        }
        let input = Arc::clone(input);
        Self::new(move |steps, bar| Some(steps.sessions(&input, bar)))
    }

    /// Shows the elapsed time, followed by the result of `text`, which is called for each draw.
    pub(crate) fn waiting_for(text: impl Fn(Timestamp) -> String + Send + Sync + 'static) -> Self {
        Self::new(move |steps, _| {
            let text = text(CLOCK.now());
            Some(format!(
                "waiting {}: {text}",
                duration(steps.start.elapsed())
            ))
        })
    }

    /// Shows the result of `text` and the elapsed time, after a second. `text` is called for each draw.
    pub(crate) fn reading(text: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self::new(move |steps, _| once_long(steps.start, &text))
    }

    pub(super) fn start(&mut self, reporter: &Reporter) {
        let (text, steps) = (Arc::clone(&self.text), Arc::clone(&self.steps));
        self.handle = reporter.show_progress(move |bar| text(&steps, bar));
    }

    pub(super) fn advance(&self) {
        self.steps.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Erases the progress before output to the terminal. The next draw shows it again.
    pub(super) fn hide(&self, reporter: &Reporter) {
        if self.handle.is_some() && std::io::stdout().is_terminal() {
            reporter.hide_progress();
            *lock(&self.steps.last_written) = Instant::now();
        }
    }

    pub(super) fn clear(&mut self) {
        self.handle = None;
    }
}

impl Steps {
    /// The elapsed time and the number of outcomes, after a second without rows at the terminal.
    fn heartbeat(&self, is_output_visible: bool) -> Option<String> {
        let count = self.count.load(Ordering::Relaxed);
        let quiet_since = if is_output_visible || count == 0 {
            *lock(&self.last_written)
        } else {
            self.start
        };
        let elapsed = duration(self.start.elapsed());
        (quiet_since.elapsed() >= PATIENCE).then(|| match count {
            0 => format!("waiting for the service, {elapsed}"),
            _ => format!("{count} so far, {elapsed}"),
        })
    }

    /// The number of sessions done and their rate. If the total is known, also the remaining time and the bar.
    fn sessions(&self, input: &InputProgress, bar: &ProgressBar) -> String {
        let count = self.count.load(Ordering::Relaxed);
        let total = input.total();
        bar.update(|bar| {
            bar.set_pos(count);
            if let Some(total) = total {
                bar.set_len(total);
            }
        });
        let rate = bar.per_sec();
        let Some(total) = total else {
            return format!("{count} sessions, {rate:.0}/s");
        };
        let left = bar.eta();
        if left.is_zero() {
            format!("{count}/{total} sessions, {rate:.0}/s")
        } else {
            format!(
                "{count}/{total} sessions, {rate:.0}/s, {} left",
                duration(left)
            )
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows an activity that takes longer than a second.
pub(crate) fn while_long(reporter: &Reporter, activity: String) -> Option<ProgressHandle> {
    let start = Instant::now();
    reporter.show_progress(move |_| once_long(start, || activity.clone()))
}

/// The text and the time since `start`; `None` in the first second.
fn once_long(start: Instant, text: impl Fn() -> String) -> Option<String> {
    let elapsed = start.elapsed();
    (elapsed >= PATIENCE).then(|| format!("{}, {}", text(), duration(elapsed)))
}

fn duration(duration: Duration) -> String {
    time::human_duration(duration.as_secs().try_into().unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(count: u64, seconds_ago: u64) -> Steps {
        let then = Instant::now() - Duration::from_secs(seconds_ago);
        Steps {
            count: AtomicU64::new(count),
            start: then,
            last_written: Mutex::new(then),
        }
    }

    #[test]
    fn a_heartbeat_is_shown_after_a_second_without_rows() {
        assert_eq!(steps(0, 0).heartbeat(true), None);
        let text = steps(0, 3).heartbeat(true).unwrap();
        assert_eq!(text, "waiting for the service, 3s");
        let text = steps(120, 3).heartbeat(false).unwrap();
        assert_eq!(text, "120 so far, 3s");
        let quiet = steps(120, 3);
        *lock(&quiet.last_written) = Instant::now();
        assert_eq!(quiet.heartbeat(true), None);
    }

    #[test]
    fn a_batch_shows_its_total_once_it_is_known() {
        let bar = ProgressBar::hidden();
        let input = InputProgress::default();
        let text = steps(7, 1).sessions(&input, &bar);
        assert!(text.starts_with("7 sessions, "), "{text}");
        let (_, input) = crate::delivery::session_requests(
            crate::cli::Sessions::Given(vec!["a".repeat(36).parse().unwrap(); 9]),
            false,
        )
        .unwrap();
        let text = steps(7, 1).sessions(&input, &bar);
        assert!(text.starts_with("7/9 sessions, "), "{text}");
        assert_eq!(bar.length(), Some(9));
    }
}
