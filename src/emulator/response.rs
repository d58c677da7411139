//! Responses: a reply with its headers, whole or cut.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{
    ALLOW, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::behavior::{ConnectionCut, CustomReply};
use super::service::Answer;

/// The response for `answer`, dated `now`.
pub(super) fn response(answer: Answer, now: Timestamp) -> Response<ReplyBody> {
    if let Some(reply) = answer.replacement {
        return custom_response(reply);
    }
    let (status, body, error) = match answer.reply {
        Ok(body) => (StatusCode::OK, body, None),
        Err(error) => (error.status, error.body(), Some(error)),
    };
    let mut body = Bytes::from(body);
    let length = body.len();
    let cut = answer.cut == Some(ConnectionCut::Middle);
    if cut {
        body.truncate(length / 2);
    }
    let mut response = Response::new(ReplyBody {
        rest: body,
        end: if cut {
            BodyEnd::Flush
        } else {
            BodyEnd::Orderly
        },
    });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length.into());
    let mut text = |name: &'static str, value: String| {
        // Each value is visible ASCII. If one were not, its header would be left out.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    text("x-amzn-requestid", request_id());
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
        text(DATE.as_str(), date);
    }
    if let Some(error) = error {
        text("x-amzn-errortype", error.code.into_owned());
        if let Some(seconds) = error.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
    }
    response
}

/// The response that the data file gives, with its headers only.
fn custom_response(reply: CustomReply) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody {
        rest: Bytes::from(reply.body.unwrap_or_default()),
        end: BodyEnd::Orderly,
    });
    // The data file's status and headers were checked when it was read.
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    for (name, value) in reply.headers.into_iter().flatten() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A random UUID, version 4.
fn request_id() -> String {
    let bits = fastrand::u128(..);
    // The version and the variant have fixed bits: RFC 9562, section 5.4.
    let bits = bits & !(0xf000 << 64 | 0xc000 << 48) | 0x4000 << 64 | 0x8000 << 48;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

/// A response's body, which may stop short of the announced length.
#[derive(Debug)]
pub(super) struct ReplyBody {
    rest: Bytes,
    end: BodyEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyEnd {
    Orderly,
    /// Cut, after the bytes so far have been written.
    Flush,
    ConnectionCut,
}

/// A connection that the data file cuts.
#[derive(Debug, thiserror::Error)]
#[error("the data file cuts this connection")]
pub(super) struct Severed;

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        match self.end {
            BodyEnd::Orderly => Poll::Ready(None),
            BodyEnd::Flush => {
                // hyper drops its buffer when a body fails, and flushes it when a body has to
                // wait: so wait once.
                self.end = BodyEnd::ConnectionCut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            BodyEnd::ConnectionCut => Poll::Ready(Some(Err(Severed))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.end == BodyEnd::Orderly
    }

    fn size_hint(&self) -> SizeHint {
        match (self.end, u64::try_from(self.rest.len())) {
            (BodyEnd::Orderly, Ok(length)) => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_random_uuid() {
        let id = request_id();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, request_id());
    }
}
