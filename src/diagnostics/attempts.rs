//! Logs each attempt of a call (`-v`) and each request (`-vv`).

use super::reporter::{Level, Reporter};
use crate::service::client::{Attempt, Observer};
use crate::service::clock::ClockSkew;
use crate::service::error::CallError;
use crate::service::request;

impl Observer for Reporter {
    fn request(&self, request: &http::Request<&'static str>) {
        if self.verbosity < 2 {
            return;
        }
        for line in request::to_lines(request) {
            self.message(Level::Request, &line);
        }
    }

    fn attempt(&self, attempt: &Attempt<'_>) {
        if self.verbosity == 0 {
            return;
        }
        let outcome = match (attempt.status, attempt.error) {
            (Some(status), Some(CallError::UnexpectedResponse { reason, .. })) => {
                format!("HTTP {status}, the reply {reason}")
            }
            (Some(status), _) => format!("HTTP {status}"),
            (None, Some(CallError::Unreachable(error))) => error.reason.clone(),
            (None, Some(CallError::UnexpectedResponse { reason, .. })) => {
                format!("the reply {reason}")
            }
            (None, _) => "no reply".to_owned(),
        };
        let request_id = attempt.request_id.unwrap_or("none");
        let next = attempt.next.map_or_else(String::new, |wait| {
            format!(", next in {} ms", wait.as_millis())
        });
        self.message(
            Level::Attempt,
            &format!(
                "GET {}: {outcome}, request ID {request_id}, {} ms, attempt {} of {}{next}",
                attempt.host,
                attempt.elapsed.as_millis(),
                attempt.number,
                attempt.of,
            ),
        );
    }

    fn clock_corrected(&self, skew: ClockSkew) {
        let ClockSkew { seconds, corrected } = skew;
        let correction = if corrected == seconds {
            "the service's time is used, but set the clock".to_owned()
        } else {
            format!(
                "over plain http it is corrected by {} s at most, so whatever depends on the present time is wrong: set the clock",
                corrected.unsigned_abs()
            )
        };
        self.warning(&format!(
            "this machine's clock is {} s {} the service's; {correction}",
            seconds.unsigned_abs(),
            if seconds > 0 { "behind" } else { "ahead of" },
        ));
    }
}
