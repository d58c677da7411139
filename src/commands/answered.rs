//! Sessions that have been answered, kept for IDs that are given again: each is asked once and
//! printed as often as it is given.

use std::collections::HashMap;

use serde_json::Value;

use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::model::{Document, Shape};

/// The most that a generation keeps, in bytes of JSON: some 60,000 sessions.
const BUDGET: usize = 12 << 20;

/// The member that all sessions of a portal share, and a third of a document. It is kept once.
const SHARED: &str = "portalArn";

/// An answer as it is kept: a document in its most compact form.
enum Kept {
    Document { text: Box<str>, has_shared: bool },
    Failed(Box<CallError>),
}

impl Kept {
    fn size(&self) -> usize {
        match self {
            Self::Document { text, .. } => text.len(),
            Self::Failed(_) => size_of::<CallError>(),
        }
    }
}

/// `None` while the answer is awaited.
type Generation = HashMap<SessionId, Option<Kept>>;

/// The sessions asked for so far, with the latest answers.
///
/// Memory is bounded: when a generation is full the one before is dropped, and what was in it
/// would be asked for again.
pub(super) struct Answered {
    shape: &'static Shape,
    budget: usize,
    young: Generation,
    old: Generation,
    /// Bytes in the young generation.
    size: usize,
    /// The value of [`SHARED`] in the first document.
    shared: Option<Value>,
}

impl Answered {
    /// No sessions yet.
    pub(super) fn new(shape: &'static Shape) -> Self {
        Self {
            shape,
            budget: BUDGET,
            young: HashMap::new(),
            old: HashMap::new(),
            size: 0,
            shared: None,
        }
    }

    /// Whether the session is to be asked for, which from then on it has been.
    pub(super) fn is_new(&mut self, id: SessionId) -> bool {
        if self.young.contains_key(&id) || self.old.contains_key(&id) {
            return false;
        }
        self.young.insert(id, None);
        true
    }

    /// Keeps an answer.
    pub(super) fn keep(&mut self, id: SessionId, answer: &Result<Document, CallError>) {
        let kept = match answer {
            Ok(document) => self.compact(document),
            Err(error) => Some(Kept::Failed(Box::new(error.clone()))),
        };
        self.size += kept.as_ref().map_or(0, Kept::size);
        self.young.insert(id, kept);
        if self.size > self.budget {
            self.old = std::mem::take(&mut self.young);
            self.size = 0;
        }
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
        let kept = self.young.get(&id).or_else(|| self.old.get(&id))?;
        match kept.as_ref()? {
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
        let mut answered = Answered::new(&model::SESSION);
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
    fn the_oldest_answers_make_room() {
        let mut answered = Answered::new(&model::SESSION);
        answered.budget = 1000;
        for number in 0..100 {
            assert!(answered.is_new(id(number)));
            answered.keep(id(number), &Ok(document(number, Some("arn"))));
        }
        assert_eq!(answered.get(id(0)), None);
        assert!(answered.is_new(id(0)));
        assert!(answered.get(id(99)).is_some());
        assert!(answered.get(id(90)).is_some());
        assert!(answered.young.len() + answered.old.len() < 30);
    }
}
