//! Sessions that have been answered, kept for IDs that are given again: each is asked once and
//! printed as often as it is given.

use std::collections::{HashMap, VecDeque};

use crate::service::error::CallError;
use crate::service::ids::SessionId;
use crate::service::model::{Document, Shape};

/// The most that is kept, in bytes of JSON: some 100,000 sessions. What is dropped is asked again.
const BUDGET: usize = 32 << 20;

/// An answer as it is kept: a document in its most compact form.
enum Kept {
    Document(Box<str>),
    Failed(Box<CallError>),
}

impl Kept {
    fn size(&self) -> usize {
        match self {
            Self::Document(text) => text.len(),
            Self::Failed(_) => size_of::<CallError>(),
        }
    }
}

/// The sessions asked for so far, with the latest answers.
pub(super) struct Answered {
    shape: &'static Shape,
    budget: usize,
    /// `None` while the answer is awaited.
    answers: HashMap<SessionId, Option<Kept>>,
    /// The IDs with an answer, the oldest first.
    order: VecDeque<SessionId>,
    size: usize,
}

impl Answered {
    /// No sessions yet.
    pub(super) fn new(shape: &'static Shape) -> Self {
        Self {
            shape,
            budget: BUDGET,
            answers: HashMap::new(),
            order: VecDeque::new(),
            size: 0,
        }
    }

    /// Whether the session is to be asked for, which from then on it has been.
    pub(super) fn is_new(&mut self, id: &SessionId) -> bool {
        if self.answers.contains_key(id) {
            return false;
        }
        self.answers.insert(id.clone(), None);
        true
    }

    /// Keeps an answer, and drops the oldest ones that no longer fit.
    pub(super) fn keep(&mut self, id: &SessionId, answer: &Result<Document, CallError>) {
        let kept = match answer {
            Ok(document) => match serde_json::to_string(document.members()) {
                Ok(text) => Kept::Document(text.into()),
                Err(_) => return,
            },
            Err(error) => Kept::Failed(Box::new(error.clone())),
        };
        self.size += kept.size();
        self.answers.insert(id.clone(), Some(kept));
        self.order.push_back(id.clone());
        while self.size > self.budget
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(Some(kept)) = self.answers.remove(&oldest) {
                self.size -= kept.size();
            }
        }
    }

    /// The answer, if it is still kept.
    pub(super) fn get(&self, id: &SessionId) -> Option<Result<Document, CallError>> {
        match self.answers.get(id)?.as_ref()? {
            Kept::Document(text) => {
                let value = serde_json::from_str(text).ok()?;
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

    fn document(number: usize) -> Document {
        let value = json!({"sessionId": id(number).as_str(), "startTime": 1.5, "new": [null]});
        Document::parse(&model::SESSION, value).unwrap()
    }

    #[test]
    fn an_answer_is_kept_whole() {
        let mut answered = Answered::new(&model::SESSION);
        assert!(answered.is_new(&id(1)));
        assert!(!answered.is_new(&id(1)));
        assert_eq!(answered.get(&id(1)), None);
        answered.keep(&id(1), &Ok(document(1)));
        assert_eq!(answered.get(&id(1)), Some(Ok(document(1))));
        let error = CallError::Request("x".to_owned());
        answered.keep(&id(2), &Err(error.clone()));
        assert_eq!(answered.get(&id(2)), Some(Err(error)));
    }

    #[test]
    fn the_oldest_answers_make_room() {
        let mut answered = Answered::new(&model::SESSION);
        answered.budget = 1000;
        for number in 0..100 {
            assert!(answered.is_new(&id(number)));
            answered.keep(&id(number), &Ok(document(number)));
            assert!(answered.size <= 1000);
        }
        assert_eq!(answered.get(&id(0)), None);
        assert!(answered.is_new(&id(0)));
        assert!(answered.get(&id(99)).is_some());
        assert!(answered.answers.len() < 20);
    }
}
