//! Which portal and which sessions the arguments name.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufReader};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use crate::cli;
use crate::delivery::input::{self, BadLine};
use crate::diagnostics::exit_code::Code;
use crate::diagnostics::report::{Report, Reporter};
use crate::diagnostics::usage::UsageError;
use crate::output::Extent;
use crate::service::ids::{PortalReference, SessionId};

/// Where the sessions come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sessions {
    Given(Vec<SessionId>),
    StandardInput,
}

/// How much of the input is known so far; shared with the thread that reads it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    count: AtomicU64,
    is_all: AtomicBool,
    /// The IDs that are given more than once.
    pub(crate) repeated: Arc<Repeated>,
}

/// IDs that are given more than once, as far as the input has been read.
#[derive(Debug, Default)]
pub(crate) struct Repeated(Mutex<HashSet<SessionId>>);

impl Repeated {
    /// Takes note of an ID that is given.
    fn note(&self, seen: &mut Seen, id: SessionId) {
        if !seen.is_new(id) {
            self.add(id);
        }
    }

    pub(crate) fn add(&self, id: SessionId) {
        self.ids().insert(id);
    }

    pub(crate) fn has(&self, id: SessionId) -> bool {
        self.ids().contains(&id)
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<SessionId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Sessions and bad lines read so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// `number`, or how many there are if that is known to be less.
    pub(crate) fn at_most(&self, number: usize) -> usize {
        match usize::try_from(self.count()) {
            Ok(count) if self.is_all() => count.clamp(1, number),
            _ => number,
        }
    }

    /// Whether there are no more.
    pub(crate) fn is_all(&self) -> bool {
        self.is_all.load(Ordering::Relaxed)
    }
}

impl Sessions {
    /// Whether the command prints one document or perhaps more.
    pub(crate) fn extent(&self) -> Extent {
        match self {
            Self::Given(given) if given.len() == 1 => Extent::One,
            Self::Given(_) | Self::StandardInput => Extent::Many,
        }
    }

    /// The IDs as they come, and how many are known.
    pub(crate) fn ids(
        self,
    ) -> (
        impl Stream<Item = Result<SessionId, BadLine>> + Unpin,
        Arc<Known>,
    ) {
        let known = Arc::new(Known::default());
        let ids = match self {
            Self::Given(ids) => {
                let mut seen = Seen::default();
                for id in &ids {
                    known.repeated.note(&mut seen, *id);
                }
                known.count.store(ids.len() as u64, Ordering::Relaxed);
                known.is_all.store(true, Ordering::Relaxed);
                stream::iter(ids.into_iter().map(Ok)).left_stream()
            }
            Self::StandardInput => Box::pin(standard_input(Arc::clone(&known))).right_stream(),
        };
        (ids, known)
    }
}

/// The most IDs that are read ahead of the answers, 40 bytes each.
const AHEAD: usize = 200_000;

/// The IDs of standard input. Reading blocks, so a thread does it; it is not waited for at the
/// end, since a terminal or a pipe may never close.
fn standard_input(known: Arc<Known>) -> impl Stream<Item = Result<SessionId, BadLine>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let failed = sender.clone();
    let read = move || {
        let mut seen = Seen::default();
        for id in input::session_ids(BufReader::new(io::stdin())) {
            known.count.fetch_add(1, Ordering::Relaxed);
            if let Ok(id) = id {
                known.repeated.note(&mut seen, id);
            }
            if sender.blocking_send(id).is_err() {
                return;
            }
        }
        known.is_all.store(true, Ordering::Relaxed);
    };
    if let Err(error) = std::thread::Builder::new().spawn(read) {
        let reason = format!("no thread can be started to read it: {error}");
        // The channel is empty, so there is room.
        let _ = failed.try_send(Err(BadLine { number: 1, reason }));
    }
    drop(failed);
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|id| (id, receiver))
    })
}

/// The latest IDs by their hashes. Two IDs with one hash do no harm: an answer is kept that is not
/// needed.
#[derive(Default)]
struct Seen {
    young: HashSet<u64>,
    old: HashSet<u64>,
}

impl Seen {
    fn is_new(&mut self, id: SessionId) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let hash = hasher.finish();
        if self.young.len() >= AHEAD {
            self.old = std::mem::take(&mut self.young);
        }
        !self.old.contains(&hash) && self.young.insert(hash)
    }
}

/// Reports that there was nothing to do. A list of sessions that got lost on its way must not pass
/// for one that was answered.
pub(crate) fn report_none(reporter: &Reporter) -> Code {
    reporter.error(&Report::new(
        Code::Usage,
        "Usage",
        "standard input had no session IDs",
        Some("give session IDs, one a line".to_owned()),
    ));
    Code::Usage
}

/// The portal that is given, or that of `WSB_PORTAL`.
pub(crate) fn portal(given: Option<PortalReference>) -> Result<PortalReference, UsageError> {
    if let Some(portal) = given {
        return Ok(portal);
    }
    let Some(text) = default_portal() else {
        return Err(UsageError::new("no portal is given")
            .with_hint("name the portal by its ID, ARN or name, or set WSB_PORTAL"));
    };
    text.parse()
        .map_err(|error| UsageError::new(format!("WSB_PORTAL: {error}")))
}

fn default_portal() -> Option<String> {
    std::env::var("WSB_PORTAL")
        .ok()
        .filter(|portal| !portal.is_empty())
}

/// The portal and the sessions.
///
/// The first of several arguments is the portal; one alone is a session if `WSB_PORTAL` or
/// `--portal-id` names the portal. So a script that gives both means the same wherever it runs.
pub(crate) fn parse(arguments: &cli::Sessions) -> Result<(PortalReference, Sessions), UsageError> {
    let positional: Vec<&str> = arguments.positional.iter().map(String::as_str).collect();
    let names_sessions = !arguments.session_id.is_empty();
    let (first, sessions) = match &positional[..] {
        sessions if arguments.portal_id.is_some() => (None, sessions),
        [portal] if names_sessions || default_portal().is_none() => (Some(*portal), &[][..]),
        sessions @ ([] | [_]) => (None, sessions),
        [portal, sessions @ ..] => (Some(*portal), sessions),
    };
    let given = match first {
        Some(text) => Some(
            text.parse()
                .map_err(|error| UsageError::new(format!("{error}")))?,
        ),
        None => arguments.portal_id.clone(),
    };
    Ok((portal(given)?, parse_sessions(arguments, sessions)?))
}

fn parse_sessions(arguments: &cli::Sessions, positional: &[&str]) -> Result<Sessions, UsageError> {
    let given = arguments.session_id.len() + positional.len();
    if positional.contains(&"-") {
        if given > 1 {
            return Err(UsageError::new(
                "\"-\" reads the sessions from standard input, so no other can be given",
            ));
        }
        return Ok(Sessions::StandardInput);
    }
    if given == 0 {
        return Err(UsageError::new("no session is given").with_hint(
            "give sessions' IDs behind the portal, or \"-\" to read them from standard input",
        ));
    }
    let parsed: Result<Vec<SessionId>, _> = positional.iter().map(|text| text.parse()).collect();
    let mut ids = arguments.session_id.clone();
    ids.extend(parsed.map_err(|error| UsageError::new(error.to_string()))?);
    Ok(Sessions::Given(ids))
}
