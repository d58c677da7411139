//! What a person sees while a command works, on standard error if that is a terminal.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::session_ids::Input;
use crate::diagnostics::{Reporter, Shown};
use crate::output::{Selection, time};
use crate::service::clock::CLOCK;
use crate::service::documents::Session;
use crate::service::ids::SessionId;

/// How long nothing has to happen before a line says that something is going on.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line at the foot of the terminal that shows how far a command has come.
pub(crate) struct Progress {
    what: What,
    steps: Arc<Mutex<Steps>>,
    shown: Option<Shown>,
}

/// What a line shows.
#[derive(Clone)]
enum What {
    /// That the command is alive, where rows do not show it.
    Life,
    /// Sessions done of those that are known.
    Sessions(Arc<Input>),
    /// The sessions that are waited for.
    Waits(Arc<Mutex<Active>>),
    /// A text about what is waited for, made anew each time.
    Text(Arc<dyn Fn(Timestamp) -> String + Send + Sync>),
}

/// How far a command has come.
#[derive(Debug)]
struct Steps {
    count: u64,
    start: Instant,
    /// When something was last written to the terminal.
    last_seen: Instant,
    rate: Rate,
}

impl Progress {
    fn new(what: What) -> Self {
        let now = Instant::now();
        let steps = Steps {
            count: 0,
            start: now,
            last_seen: now,
            rate: Rate::starting(now),
        };
        Self {
            what,
            steps: Arc::new(Mutex::new(steps)),
            shown: None,
        }
    }

    /// A sign of life while nothing else shows it.
    pub(crate) fn heartbeat() -> Self {
        Self::new(What::Life)
    }

    /// The number of sessions done, the rate, and the time that remains. Where rows go to the terminal
    /// one by one, they are the progress themselves.
    pub(crate) fn counting(input: &Arc<Input>, selection: &Selection) -> Self {
        let is_one = input.is_over() && input.count() <= 1;
        let shows_rows = std::io::stdout().is_terminal() && !selection.keeps_rows();
        if is_one || shows_rows {
            Self::new(What::Life)
        } else {
            Self::new(What::Sessions(Arc::clone(input)))
        }
    }

    /// The sessions that are waited for, each with how long it has lasted.
    pub(crate) fn waiting(board: &Board) -> Self {
        Self::new(What::Waits(Arc::clone(&board.0)))
    }

    /// How long the command has been waiting, and what for: a text that is made anew each time.
    pub(crate) fn waiting_for(text: impl Fn(Timestamp) -> String + Send + Sync + 'static) -> Self {
        Self::new(What::Text(Arc::new(text)))
    }

    /// Shows it from now on.
    pub(super) fn start(&mut self, reporter: &Reporter) {
        let (what, steps) = (self.what.clone(), Arc::clone(&self.steps));
        self.shown = reporter.show(move |room| {
            let mut steps = steps.lock().unwrap_or_else(PoisonError::into_inner);
            what.line(&mut steps, room)
        });
    }

    /// One more is done.
    pub(super) fn advance(&self) {
        self.steps().count += 1;
    }

    /// Something is about to be written to the terminal.
    pub(super) fn hide(&self, reporter: &Reporter) {
        if self.shown.is_some() && std::io::stdout().is_terminal() {
            reporter.clear_status();
            self.steps().last_seen = Instant::now();
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        self.shown = None;
    }

    fn steps(&self) -> std::sync::MutexGuard<'_, Steps> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl What {
    fn line(&self, steps: &mut Steps, room: usize) -> Option<String> {
        let now = Instant::now();
        match self {
            // A list that goes elsewhere shows no rows here.
            Self::Life if std::io::stdout().is_terminal() || steps.count == 0 => {
                let is_quiet = now - steps.last_seen >= PATIENCE;
                is_quiet.then(|| sign_of_life(steps, now))
            }
            Self::Life => (now - steps.start >= PATIENCE).then(|| sign_of_life(steps, now)),
            Self::Sessions(input) => {
                let total = input.is_over().then(|| input.count());
                steps.rate.sample(steps.count, now);
                Some(count_line(steps.count, total, steps.rate.per_second, room))
            }
            Self::Waits(active) => {
                let active = active.lock().unwrap_or_else(PoisonError::into_inner);
                let text = summary(&active, CLOCK.now());
                Some(wait_line(now - steps.start, &text))
            }
            Self::Text(text) => Some(wait_line(now - steps.start, &text(CLOCK.now()))),
        }
    }
}

/// Shows what a command is about while that takes long.
pub(crate) fn while_long(reporter: &Reporter, doing: String) -> Option<Shown> {
    let start = Instant::now();
    reporter.show(move |_| {
        let elapsed = start.elapsed();
        (elapsed >= PATIENCE).then(|| format!("{} {doing}, {}", spinner(elapsed), spell(elapsed)))
    })
}

fn sign_of_life(steps: &Steps, now: Instant) -> String {
    let elapsed = now - steps.start;
    let (spinner, elapsed) = (spinner(elapsed), spell(elapsed));
    match steps.count {
        0 => format!("{spinner} waiting for the service, {elapsed}"),
        count => format!("{spinner} {count} so far, {elapsed}"),
    }
}

fn wait_line(elapsed: Duration, text: &str) -> String {
    let (spinner, elapsed) = (spinner(elapsed), spell(elapsed));
    format!("{spinner} waiting {elapsed}: {text}")
}

/// A bar that turns.
fn spinner(elapsed: Duration) -> char {
    let turn = elapsed.as_millis() / 250;
    ['|', '/', '-', '\\'][usize::try_from(turn % 4).unwrap_or(0)]
}

fn spell(elapsed: Duration) -> String {
    time::human_duration(elapsed.as_secs().try_into().unwrap_or(i64::MAX))
}

/// Sessions done, with a bar where all are known and there is room for one.
fn count_line(done: u64, total: Option<u64>, rate: f64, room: usize) -> String {
    const NARROWEST: usize = 10;
    let Some(total) = total else {
        return format!("{done} sessions, {rate:.0}/s");
    };
    let left = total.saturating_sub(done);
    let to_go = if rate > 0.0 {
        let seconds = Duration::try_from_secs_f64(left as f64 / rate).unwrap_or(Duration::MAX);
        format!(", {} to go", spell(seconds))
    } else {
        String::new()
    };
    let text = format!("{done}/{total} sessions, {rate:.0}/s{to_go}");
    let inside = room.saturating_sub(text.len() + "[] ".len());
    if inside < NARROWEST || total == 0 {
        return text;
    }
    let full = usize::try_from(u128::from(done.min(total)) * inside as u128 / u128::from(total));
    let full = full.unwrap_or(inside);
    format!("[{}{}] {text}", "#".repeat(full), "-".repeat(inside - full))
}

/// Sessions per second, in which what was longer ago counts for less.
#[derive(Debug)]
struct Rate {
    per_second: f64,
    last: (u64, Instant),
    is_first: bool,
}

impl Rate {
    /// After how long what happened counts for a third of what happens now.
    const MEMORY: Duration = Duration::from_secs(10);

    fn starting(now: Instant) -> Self {
        Self {
            per_second: 0.0,
            last: (0, now),
            is_first: true,
        }
    }

    fn sample(&mut self, count: u64, now: Instant) {
        let (before, then) = self.last;
        let seconds = (now - then).as_secs_f64();
        if seconds <= 0.0 {
            return;
        }
        let current = (count - before) as f64 / seconds;
        let weight = if self.is_first {
            1.0
        } else {
            1.0 - (-seconds / Self::MEMORY.as_secs_f64()).exp()
        };
        self.per_second += weight * (current - self.per_second);
        // Until something has come there is no rate to remember.
        self.is_first &= count == 0;
        self.last = (count, now);
    }
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
    pub(crate) fn seen(&self, id: &SessionId, session: &Session) {
        self.change(|active| active.insert(*id, session.started_at()));
    }

    /// A session is no longer waited for.
    pub(crate) fn ended(&self, id: &SessionId) {
        self.change(|active| active.remove(id));
    }

    fn change<T>(&self, work: impl FnOnce(&mut Active) -> T) {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The first sessions with how long they have lasted at `now`, and how many more there are, the number
/// first: the line may be cut.
fn summary(active: &Active, now: Timestamp) -> String {
    const SHOWN: usize = 3;
    let parts: Vec<String> = active
        .iter()
        .take(SHOWN)
        .map(|(id, start)| {
            let lasted =
                start.map(|start| time::human_duration(now.as_second() - start.as_second()));
            format!("{id} {}", lasted.as_deref().unwrap_or("..."))
        })
        .collect();
    let list = parts.join(", ");
    match active.len() {
        0 | 1 => list,
        several => format!("{several} sessions: {list}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_a_few_sessions_and_counts_them_all() {
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
            "5 sessions: aaaaaaaa-0000-4000-8000-000000000000 2h 14m, \
             aaaaaaaa-0000-4000-8000-000000000001 ..., \
             aaaaaaaa-0000-4000-8000-000000000002 ..."
        );
        assert_eq!(summary(&Active::new(), now), "");
    }

    #[test]
    fn a_batch_shows_what_is_done_with_a_bar_where_there_is_room() {
        assert_eq!(count_line(7, None, 3.2, 80), "7 sessions, 3/s");
        assert_eq!(count_line(50, Some(100), 0.0, 15), "50/100 sessions, 0/s");
        let line = count_line(50, Some(100), 10.0, 60);
        assert_eq!(
            line,
            format!(
                "[{}{}] 50/100 sessions, 10/s, 5s to go",
                "#".repeat(13),
                "-".repeat(13)
            )
        );
        assert_eq!(line.len(), 60);
        assert_eq!(count_line(0, Some(0), 0.0, 80), "0/0 sessions, 0/s");
    }

    #[test]
    fn the_rate_follows_what_happens_now() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut rate = Rate::starting(start);
        rate.sample(0, after(1));
        assert_eq!(rate.per_second, 0.0);
        rate.sample(10, after(2));
        assert_eq!(rate.per_second, 10.0);
        for second in 3..60 {
            rate.sample(10 + (second - 2) * 2, after(second));
        }
        assert!((rate.per_second - 2.0).abs() < 0.1, "{}", rate.per_second);
    }

    #[test]
    fn a_sign_of_life_comes_after_a_second_without_rows() {
        let start = Instant::now();
        let steps = |count, ago: u64| Steps {
            count,
            start: start - Duration::from_secs(ago),
            last_seen: start - Duration::from_secs(ago),
            rate: Rate::starting(start),
        };
        assert_eq!(What::Life.line(&mut steps(0, 0), 80), None);
        let line = What::Life.line(&mut steps(0, 3), 80).unwrap();
        assert!(line.contains("waiting for the service, 3s"), "{line}");
        let line = What::Life.line(&mut steps(120, 3), 80).unwrap();
        assert!(line.contains("120 so far, 3s"), "{line}");
    }
}
