//! Sessions that have been answered, kept for IDs that are given again: each is asked once and
//! printed as often as it is given.
//!
//! Input is read far ahead of the answers, so it is known early which IDs come again. Their answers
//! are kept; of the others only the latest, for an input that comes slowly.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::sessions::Repeated;
use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::model::{Document, Shape};

/// The most that a generation of the latest answers takes, in bytes: some 2,500 sessions.
const LATEST: usize = 768 << 10;

/// The most that answers for IDs that are known to come again take, in bytes: some 100,000 sessions.
/// What is beyond is asked for again.
const REPEATED: usize = 32 << 20;

/// What an answer takes beside its text, in bytes: its place in a table that is half empty.
const PLACE: usize = 2 * size_of::<(SessionId, Option<Kept>)>();

/// The member that all sessions of a portal share, and a third of a document. It is kept once.
const SHARED: &str = "portalArn";

/// An answer as it is kept: a document in its most compact form.
enum Kept {
    Document { text: Box<str>, has_shared: bool },
    Failed(Box<CallError>),
}

impl Kept {
    fn size(&self) -> usize {
        let content = match self {
            Self::Document { text, .. } => text.len(),
            Self::Failed(error) => error.size(),
        };
        PLACE + content
    }
}

/// `None` while the answer is awaited.
type Generation = HashMap<SessionId, Option<Kept>>;

/// The sessions asked for so far, with their answers as far as they are kept.
pub(super) struct Answered {
    shape: &'static Shape,
    repeated: Arc<Repeated>,
    /// The latest answers, in two generations: when the young one is full, the old one is dropped
    /// but for those that come again.
    young: Generation,
    old: Generation,
    /// Bytes in the young generation.
    size: usize,
    /// The answers for IDs that come again, taken over from dropped generations.
    kept: Generation,
    kept_size: usize,
    /// The value of [`SHARED`] in the first document.
    shared: Option<Value>,
}

impl Answered {
    /// No sessions yet. `repeated` tells which IDs are given again.
    pub(super) fn new(shape: &'static Shape, repeated: Arc<Repeated>) -> Self {
        Self {
            shape,
            repeated,
            young: HashMap::new(),
            old: HashMap::new(),
            size: 0,
            kept: HashMap::new(),
            kept_size: 0,
            shared: None,
        }
    }

    /// Whether the session is to be asked for, which from then on it has been.
    pub(super) fn is_new(&mut self, id: SessionId) -> bool {
        if self.find(id).is_some() {
            return false;
        }
        self.young.insert(id, None);
        true
    }

    /// Keeps an answer, and gives the bytes that it takes.
    pub(super) fn keep(&mut self, id: SessionId, answer: &Result<Document, CallError>) -> usize {
        let kept = match answer {
            Ok(document) => self.compact(document),
            Err(error) => Some(Kept::Failed(Box::new(error.clone()))),
        };
        let size = kept.as_ref().map_or(0, Kept::size);
        self.size += size;
        self.young.insert(id, kept);
        if self.size > LATEST {
            self.drop_old_generation();
        }
        size
    }

    fn drop_old_generation(&mut self) {
        let young = std::mem::take(&mut self.young);
        self.size = 0;
        for (id, answer) in std::mem::replace(&mut self.old, young) {
            let size = answer.as_ref().map_or(0, Kept::size);
            if self.kept_size + size <= REPEATED && self.repeated.has(id) {
                self.kept_size += size;
                self.kept.insert(id, answer);
            }
        }
    }

    fn find(&self, id: SessionId) -> Option<&Option<Kept>> {
        [&self.young, &self.old, &self.kept]
            .into_iter()
            .find_map(|generation| generation.get(&id))
    }

    fn compact(&mut self, document: &Document) -> Option<Kept> {
        let mut members = document.members().clone();
        let value = members.get(SHARED);
        if self.shared.is_none() {
            self.shared = value.cloned();
        }
        let has_shared = value.is_some() && value == self.shared.as_ref();
        if has_shared {
            // Its place stays, since the order of the members is the service's.
            members.insert(SHARED.to_owned(), Value::Null);
        }
        let text = serde_json::to_string(&members).ok()?.into();
        Some(Kept::Document { text, has_shared })
    }

    /// The answer, if it is still kept.
    pub(super) fn get(&self, id: SessionId) -> Option<Result<Document, CallError>> {
        match self.find(id)?.as_ref()? {
            Kept::Document { text, has_shared } => {
                let mut value: Value = serde_json::from_str(text).ok()?;
                if *has_shared {
                    *value.get_mut(SHARED)? = self.shared.clone()?;
                }
                Document::parse(self.shape, value).ok().map(Ok)
            }
            Kept::Failed(error) => Some(Err((**error).clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::model;
    use serde_json::json;

    fn id(number: usize) -> SessionId {
        format!("aaaaaaaa-0000-4000-8000-{number:012}")
            .parse()
            .unwrap()
    }

    fn document(number: usize, arn: Option<&str>) -> Document {
        let mut value = json!({"sessionId": id(number).as_str()});
        if let Some(arn) = arn {
            value[SHARED] = arn.into();
        }
        value["startTime"] = json!(1.5);
        value["new"] = json!([null]);
        Document::parse(&model::SESSION, value).unwrap()
    }

    #[test]
    fn an_answer_is_kept_whole() {
        let mut answered = Answered::new(&model::SESSION, Arc::default());
        assert!(answered.is_new(id(1)));
        assert!(!answered.is_new(id(1)));
        assert_eq!(answered.get(id(1)), None);
        for (number, arn) in [(1, None), (2, Some("a")), (3, Some("a")), (4, Some("b"))] {
            let document = document(number, arn);
            answered.keep(id(number), &Ok(document.clone()));
            let kept = answered.get(id(number)).unwrap().unwrap();
            let text = |document: &Document| serde_json::to_string(document.members()).unwrap();
            assert_eq!(text(&kept), text(&document));
        }
        let error = CallError::Request("x".to_owned());
        answered.keep(id(5), &Err(error.clone()));
        assert_eq!(answered.get(id(5)), Some(Err(error)));
    }

    #[test]
    fn failures_take_the_room_of_their_texts() {
        let mut answered = Answered::new(&model::SESSION, Arc::default());
        let text = "x".repeat(LATEST / 4);
        for number in 0..20 {
            let error = CallError::Request(text.clone());
            assert!(answered.is_new(id(number)));
            answered.keep(id(number), &Err(error));
        }
        assert!(answered.young.len() + answered.old.len() < 10);
    }

    #[test]
    fn the_oldest_answers_make_room_unless_their_ids_come_again() {
        let repeated = Arc::new(Repeated::default());
        repeated.add(id(7));
        let mut answered = Answered::new(&model::SESSION, repeated);
        let count = 5 * LATEST / PLACE;
        for number in 0..count {
            assert!(answered.is_new(id(number)));
            answered.keep(id(number), &Ok(document(number, Some("arn"))));
        }
        assert_eq!(answered.get(id(0)), None);
        assert!(answered.is_new(id(0)));
        assert!(!answered.is_new(id(7)));
        assert_eq!(answered.get(id(7)), Some(Ok(document(7, Some("arn")))));
        assert!(answered.get(id(count - 1)).is_some());
        assert!(answered.young.len() + answered.old.len() < count / 2);
        assert_eq!(answered.kept.len(), 1);
    }
}
