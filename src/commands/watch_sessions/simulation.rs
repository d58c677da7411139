//! The state machine against a simulated service: sessions come and go while lists are read, lists lag
//! behind, replies fail, and the test moves the clocks.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::state::{Answer, Gap, Kind, Listed, Look, OVERLAP, State};
use crate::commands::pagination::Visit;
use crate::service::ids::SessionId;

/// Milliseconds since 1970.
type Time = i64;

const SECOND: Time = 1000;
const MINUTE: Time = 60 * SECOND;
const HOUR: Time = 60 * MINUTE;
const DAY: Time = 24 * HOUR;

fn timestamp(time: Time) -> Timestamp {
    Timestamp::from_millisecond(time).unwrap()
}

/// A session as it is, and how far lists lag behind.
#[derive(Debug)]
struct Session {
    id: SessionId,
    start: Time,
    end: Time,
    lag: Time,
}

/// How a portal is used and how its service behaves.
#[derive(Debug, Clone)]
struct Setting {
    sessions: usize,
    looks: usize,
    interval: Time,
    /// Sessions start in the looks' time and in this time before it.
    before: Time,
    page_size: usize,
    /// The share of the replies that fail.
    failing: f64,
    /// Looks, by number, in which every reply fails.
    outage: std::ops::Range<usize>,
    /// The most that lists lag behind.
    lag: Time,
}

/// A portal of the simulated service.
struct Portal {
    /// By start.
    sessions: Vec<Session>,
    /// Each session's place among them.
    places: HashMap<SessionId, usize>,
    page_size: usize,
    failing: f64,
    random: fastrand::Rng,
    now: Time,
    /// What this machine's clock is ahead of the service's.
    offset: Time,
}

/// What a watch of the portal has told.
#[derive(Default)]
struct Told {
    /// What was told of each session, in this order, and when.
    events: BTreeMap<SessionId, Vec<(Kind, Time)>>,
    gaps: Vec<Gap>,
    /// The gaps that there were.
    true_gaps: Vec<Gap>,
    /// When the first look that succeeded began and ended.
    first_look: Option<(Time, Time)>,
    /// When the last one began.
    last_look: Time,
}

impl Portal {
    fn new(setting: &Setting, mut random: fastrand::Rng) -> Self {
        let looks = Time::try_from(setting.looks).unwrap() * setting.interval;
        let mut sessions: Vec<Session> = (0..setting.sessions)
            .map(|_| {
                let start = random.i64(-setting.before..looks);
                let length = match random.u8(0..10) {
                    0..2 => random.i64(SECOND..14 * SECOND),
                    2..8 => random.i64(MINUTE..HOUR),
                    _ => random.i64(HOUR..8 * HOUR),
                };
                let id = format!("aaaaaaaa-0000-4000-8000-{:012x}", random.u64(0..1 << 48));
                Session {
                    id: id.parse().unwrap(),
                    // The service's times may be whole seconds, so that several start at one.
                    start: start / SECOND * SECOND,
                    end: (start + length) / SECOND * SECOND,
                    lag: random.i64(0..=setting.lag),
                }
            })
            .collect();
        sessions.sort_by_key(|session| session.start);
        let places = sessions.iter().enumerate();
        Self {
            places: places.map(|(place, session)| (session.id, place)).collect(),
            sessions,
            page_size: setting.page_size,
            failing: setting.failing,
            random,
            now: 0,
            offset: 0,
        }
    }

    /// A call takes its time, and may fail.
    fn call(&mut self) -> Option<()> {
        self.now += self.random.i64(1..300);
        (self.random.f64() >= self.failing).then_some(())
    }

    /// Reads a list newest first, page by page; nothing if a reply failed.
    fn list(&mut self, wants_all: bool, mut take: impl FnMut(Vec<Listed>) -> Visit) -> Option<()> {
        let mut below = self.sessions.len();
        loop {
            self.call()?;
            let now = self.now;
            let listed = self.sessions[..below].iter().enumerate().rev();
            let page: Vec<(usize, Listed)> = listed
                .filter(|(_, session)| session.start + session.lag <= now)
                .map(|(at, session)| {
                    let listed = Listed {
                        id: session.id,
                        start: Some(timestamp(session.start)),
                        is_active: now < session.end + session.lag,
                    };
                    (at, listed)
                })
                .filter(|(_, session)| wants_all || session.is_active)
                .take(self.page_size)
                .collect();
            let next = page.last().filter(|_| page.len() == self.page_size);
            let next = next.map(|(at, _)| *at);
            let visit = take(page.into_iter().map(|(_, session)| session).collect());
            match next {
                Some(next) if visit == Visit::NextPage => below = next,
                _ => return Some(()),
            }
        }
    }

    fn look(&mut self, state: &State) -> Option<Look> {
        let mut look = state.look();
        self.list(true, |page| look.take_recent(page))?;
        if look.needs_active() {
            self.list(false, |page| look.take_active(page))?;
        }
        Some(look)
    }

    fn ask(&mut self, id: SessionId) -> Answer {
        if self.call().is_none() {
            return Answer::Failed;
        }
        match self.places.get(&id).map(|place| &self.sessions[*place]) {
            None => Answer::Absent,
            Some(session) if session.end <= self.now => Answer::Ended,
            Some(_) => Answer::Active,
        }
    }

    /// Sessions that lists may show from `began` on: active ones, and those that started lately.
    fn relevant(&self, began: Time) -> usize {
        let shown = |session: &&Session| session.start + session.lag <= self.now;
        let overlap = Time::try_from(OVERLAP.as_millis()).unwrap();
        let newest = self
            .sessions
            .iter()
            .rfind(|session| session.start + session.lag <= began);
        let back_to = newest.map_or(Time::MIN, |session| session.start - overlap);
        let is_relevant =
            |session: &&Session| session.start >= back_to || session.end + session.lag >= began;
        self.sessions
            .iter()
            .filter(shown)
            .filter(is_relevant)
            .count()
    }

    /// Watches the portal, then looks until nothing is open, without a failure.
    fn watch(&mut self, setting: &Setting) -> Told {
        let local = |portal: &Self| timestamp(portal.now + portal.offset);
        let mut state = State::new(local(self));
        let mut told = Told::default();
        let mut blind_since = local(self);
        let mut is_blind = false;
        for number in 0..setting.looks + 3 {
            let is_over = number >= setting.looks;
            self.failing = match number {
                _ if is_over => 0.0,
                _ if setting.outage.contains(&number) => 1.0,
                _ => setting.failing,
            };
            if self.random.u8(0..200) == 0 {
                self.offset = self.random.i64(-HOUR..HOUR);
            }
            let (began, began_here) = (self.now, local(self));
            let due_before = self.now + setting.interval;
            match self.look(&state) {
                None => {
                    state.failed();
                    is_blind = true;
                }
                Some(look) => {
                    told.gaps.extend(state.looked(look, began_here));
                    if is_blind {
                        let to = began_here.max(blind_since);
                        told.true_gaps.push(Gap {
                            from: blind_since,
                            to,
                        });
                    }
                    (blind_since, is_blind) = (began_here, false);
                    told.first_look.get_or_insert((began, self.now));
                    told.last_look = began;
                    for id in state.due().collect::<Vec<_>>() {
                        let answer = self.ask(id);
                        let kinds = state.answered(id, answer);
                        let events = told.events.entry(id).or_default();
                        events.extend(kinds.into_iter().map(|kind| (kind, self.now)));
                    }
                    if number % 10 == 0 {
                        let most = self.relevant(began) + state.due().count();
                        assert!(state.size() <= most, "{} of {most}", state.size());
                    }
                }
            }
            self.now = self.now.max(due_before);
        }
        told
    }
}

/// Checks what was told against what has happened.
fn check(portal: &Portal, told: &Told) {
    assert_eq!(told.gaps, told.true_gaps);
    let (began, ended) = told.first_look.unwrap();
    for session in &portal.sessions {
        let events = told.events.get(&session.id).map_or(&[][..], Vec::as_slice);
        let kinds: Vec<Kind> = events.iter().map(|(kind, _)| *kind).collect();
        let shown = |time: Time| time + session.lag;
        // Whether the watch must tell of the start and the end, as far as lists can show them.
        let owes_start = shown(session.start) <= told.last_look && session.end > ended;
        let owes_end = owes_start && shown(session.end) <= told.last_look;
        match kinds[..] {
            [] => assert!(!owes_start, "{session:?}"),
            [Kind::Active | Kind::Started] => assert!(!owes_end, "{session:?}"),
            [Kind::Active | Kind::Started, Kind::Ended] => {}
            _ => panic!("{kinds:?} of {session:?}"),
        }
        for (kind, time) in events {
            match kind {
                Kind::Ended => assert!(session.end <= *time, "{session:?} at {time}"),
                Kind::Active => assert!(session.start <= ended, "{session:?}"),
                Kind::Started => assert!(shown(session.start) > began, "{session:?}"),
            }
        }
    }
}

#[test]
fn ten_thousand_sessions_of_three_portals_are_told_of_through_failing_replies_and_outages() {
    let setting = Setting {
        sessions: 3334,
        // A day, at 15 s.
        looks: 5760,
        interval: 15 * SECOND,
        before: 8 * HOUR,
        page_size: 50,
        failing: 0.3,
        outage: 3000..3040,
        lag: 30 * SECOND,
    };
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..3 {
        let mut portal = Portal::new(&setting, random.fork());
        let told = portal.watch(&setting);
        check(&portal, &told);
        // The outage is one gap among those of single looks.
        let longest = told
            .gaps
            .iter()
            .map(|gap| gap.to.duration_since(gap.from))
            .max();
        assert!(longest > Some(SignedDuration::from_mins(9)), "{longest:?}");
        let both = told
            .events
            .values()
            .filter(|events| events.len() == 2)
            .count();
        assert!(both > 2400, "{both}");
        assert!(portal.now >= DAY);
    }
}

proptest! {
    #[test]
    fn every_start_and_end_is_told_once_and_in_order_whatever_fails(
        seed in any::<u64>(),
        sessions in 0_usize..60,
        looks in 1_usize..60,
        seconds in 1_i64..300,
        page_size in 1_usize..6,
        failing in 0.0..0.8_f64,
        outage in (0_usize..60, 0_usize..20),
        lag in 0_i64..120,
    ) {
        let setting = Setting {
            sessions,
            looks,
            interval: seconds * SECOND,
            before: HOUR,
            page_size,
            failing,
            outage: outage.0..outage.0 + outage.1,
            lag: lag * SECOND,
        };
        let mut portal = Portal::new(&setting, fastrand::Rng::with_seed(seed));
        let told = portal.watch(&setting);
        check(&portal, &told);
    }
}

#[test]
fn the_history_before_the_watch_is_not_read() {
    let state = State::new(timestamp(0));
    let mut look = state.look();
    let ended = |start: Time| Listed {
        id: format!("aaaaaaaa-0000-4000-8000-{start:012}")
            .parse()
            .unwrap(),
        start: Some(timestamp(start)),
        is_active: false,
    };
    assert_eq!(
        look.take_recent([ended(HOUR), ended(HOUR - MINUTE)]),
        Visit::NextPage
    );
    assert_eq!(look.take_recent([ended(HOUR - 6 * MINUTE)]), Visit::Done);
}

#[test]
fn a_session_that_is_listed_but_unknown_to_get_session_is_asked_about_again() {
    let mut state = State::new(timestamp(0));
    let session = Listed {
        id: "aaaaaaaa-0000-4000-8000-000000000001".parse().unwrap(),
        start: None,
        is_active: true,
    };
    let mut look = state.look();
    look.take_active([session]);
    state.looked(look, timestamp(0));
    assert_eq!(state.answered(session.id, Answer::Absent), []);
    assert_eq!(state.due().count(), 1);
    // Gone from the list too, it has ended.
    state.looked(state.look(), timestamp(1));
    assert_eq!(
        state.answered(session.id, Answer::Absent),
        [Kind::Active, Kind::Ended]
    );
    assert_eq!(state.size(), 0);
}
