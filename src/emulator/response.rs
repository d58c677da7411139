//! Builds responses: a reply with its headers, entire or cut short.

use std::io;

use futures_util::stream::{self, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::behavior::ConnectionCut;
use super::service::Answer;

/// A response's body. Its error cuts the connection.
pub(super) type ResponseBody = UnsyncBoxBody<Bytes, io::Error>;

/// The response for `answer`, dated `now`; an error cuts the connection.
pub(super) fn response(answer: Answer<'_>, now: Timestamp) -> io::Result<Response<ResponseBody>> {
    let cut = answer.behavior.and_then(|behavior| behavior.cut);
    if let Some(reply) = answer.behavior.and_then(|behavior| behavior.reply.as_ref()) {
        let mut response = Response::new(entire(reply.body.clone().into()));
        *response.status_mut() = reply.status;
        response.headers_mut().clone_from(&reply.headers);
        return Ok(response);
    }
    let (status, body) = (answer.status(), answer.body());
    let length = body.len();
    let body = match cut {
        Some(ConnectionCut::Before) => return Err(cut_connection()),
        Some(ConnectionCut::Middle) => first_half(body.into()),
        None => entire(body.into()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length.into());
    let mut text = |name: &'static str, value: String| {
        // Each value is visible ASCII. If one were not, its header would be omitted.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    text("x-amzn-requestid", request_id());
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
        text(DATE.as_str(), date);
    }
    if let Err(error) = answer.reply {
        text("x-amzn-errortype", error.code.into_owned());
        if let Some(seconds) = error.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
    }
    Ok(response)
}

fn entire(body: Bytes) -> ResponseBody {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The first half of the body, before the connection is cut.
fn first_half(body: Bytes) -> ResponseBody {
    let half = body.slice(..body.len() / 2);
    let cut = async {
        // hyper drops its buffer when a body fails, and flushes it when a body has to wait: so wait once.
        tokio::task::yield_now().await;
        Err(cut_connection())
    };
    let half = stream::iter([Ok(Frame::data(half))]);
    StreamBody::new(half.chain(stream::once(cut))).boxed_unsync()
}

fn cut_connection() -> io::Error {
    io::Error::other("the data file cuts this connection")
}

/// A random UUID, version 4.
fn request_id() -> String {
    // The version and the variant have fixed bits: RFC 9562, section 5.4.
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        fastrand::u32(..),
        fastrand::u16(..),
        fastrand::u16(..0x1000),
        fastrand::u16(0x8000..0xc000),
        fastrand::u64(..1 << 48)
    )
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
