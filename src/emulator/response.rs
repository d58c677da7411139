//! Builds responses: a reply with its headers, entire or cut short.

use std::io;

use futures_util::stream::{self, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::Response;
use hyper::body::{Bytes, Frame};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::behavior::ConnectionCut;
use super::service::Answer;

/// The body of a response. An error in it makes hyper close the connection.
pub(super) type ResponseBody = UnsyncBoxBody<Bytes, io::Error>;

/// Builds the response for `answer`, dated `now`. An error makes hyper close the connection without a reply.
pub(super) fn response(answer: Answer<'_>, now: Timestamp) -> io::Result<Response<ResponseBody>> {
    let cut = answer.behavior.and_then(|behavior| behavior.cut);
    if let Some(reply) = answer.behavior.and_then(|behavior| behavior.reply.as_ref()) {
        let mut response = Response::new(entire(reply.body.clone().into()));
        *response.status_mut() = reply.status;
        response.headers_mut().clone_from(&reply.headers);
        return Ok(response);
    }
    let (status, body) = answer.status_and_body();
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
    let text = |value: &str| HeaderValue::from_str(value).map_err(io::Error::other);
    let id = format!("4e4e4e4e-0000-4000-8000-{:012x}", fastrand::u64(..1 << 48));
    headers.insert("x-amzn-requestid", text(&id)?);
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
        headers.insert(DATE, text(&date)?);
    }
    if let Err(error) = answer.reply {
        headers.insert("x-amzn-errortype", text(&error.code)?);
        if let Some(seconds) = error.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
    }
    Ok(response)
}

fn entire(body: Bytes) -> ResponseBody {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// The first half of the body, followed by an error that closes the connection.
fn first_half(body: Bytes) -> ResponseBody {
    let half = body.slice(..body.len() / 2);
    let cut = async {
        // hyper discards its buffer when a body fails, but flushes it when a body is pending. So the body is
        // pending once.
        tokio::task::yield_now().await;
        Err(cut_connection())
    };
    let half = stream::iter([Ok(Frame::data(half))]);
    StreamBody::new(half.chain(stream::once(cut))).boxed_unsync()
}

fn cut_connection() -> io::Error {
    io::Error::other("the data file cuts this connection")
}
