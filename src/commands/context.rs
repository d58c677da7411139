//! State shared by the commands that call the service.

use std::sync::Arc;

use tokio::time::Instant;

use crate::cli::{Environment, Global, TimeArg};
use crate::config::Config;
use crate::delivery::{Delivery, Destination, Stop, Workload, while_long};
use crate::diagnostics::{Failure, Reporter};
use crate::output::documents::Schema;
use crate::output::portal_names::PortalNames;
use crate::output::{Cardinality, Period, Printer, time};
use crate::service::ids::PortalArn;

pub(super) struct Context {
    pub(super) global: Global,
    pub(super) environment: Arc<Environment>,
    pub(super) reporter: Arc<Reporter>,
    pub(super) stop: Stop,
    /// The time at which every call fails, so that the command ends with the results that it has. `None` for a
    /// watch, where such an error would be reported as an outage; [`Delivery`] ends it.
    pub(super) call_deadline: Option<Instant>,
    /// The names of the portals that the command has found so far.
    pub(super) portal_names: Arc<PortalNames>,
}

impl Context {
    pub(super) fn new(
        global: Global,
        environment: &Arc<Environment>,
        reporter: &Arc<Reporter>,
        stop: Stop,
    ) -> Self {
        Self {
            global,
            environment: Arc::clone(environment),
            reporter: Arc::clone(reporter),
            call_deadline: stop.deadline,
            stop,
            portal_names: Arc::default(),
        }
    }

    /// The format and the destination of the results.
    ///
    /// # Errors
    /// Conflicting options.
    pub(super) fn destination(&self, field: Option<String>) -> Result<Destination, Failure> {
        Ok(Destination {
            selection: self.global.output.selection(field, &self.environment)?,
            options: self.global.output.clone(),
            environment: Arc::clone(&self.environment),
            many_portals: false,
            portal_names: Arc::clone(&self.portal_names),
            period: Period::default(),
        })
    }

    /// Loads the AWS configuration. The region and partition of `arn` take precedence.
    ///
    /// # Errors
    /// Settings that cannot be used, a signal, the deadline.
    pub(super) async fn load_config(&self, arn: Option<&PortalArn>) -> Result<Config, Failure> {
        let loading = Config::load(
            self.global.connection.clone(),
            &self.environment,
            arn,
            self.call_deadline,
            Arc::clone(&self.reporter) as _,
        );
        let _progress = while_long(&self.reporter, "reading the account's settings".to_owned());
        let loaded = self.stop.run(loading).await;
        loaded.map_err(|stopped| stopped.failure(" before the settings were read"))?
    }

    pub(super) fn delivery_of_list(
        &self,
        destination: Destination,
        schema: &'static Schema,
    ) -> Delivery<'_> {
        let printer = destination.printer(Cardinality::List, schema, &self.reporter);
        self.delivery(printer, Workload::List)
    }

    pub(super) fn delivery(&self, printer: Box<dyn Printer>, workload: Workload) -> Delivery<'_> {
        Delivery::new(&self.reporter, &self.stop, printer, workload)
    }

    /// Warns if one of these times, or the period's buckets, are in UTC because the local time zone is not known.
    pub(super) fn warn_of_time_zone<'a>(
        &self,
        times: impl IntoIterator<Item = &'a TimeArg>,
        has_buckets: bool,
    ) {
        if (has_buckets || times.into_iter().any(|time| time.is_local))
            && let Some(warning) = time::zone_warning(self.environment.var("TZ").as_deref())
        {
            self.reporter.warning_once(&warning);
        }
    }
}
