//! From the portal that a session request names to the portal's ID and a client for its region.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::context::Context;
use super::portal::{look_up, open_in};
use crate::cli::PortalSource;
use crate::config::{Calls, Config};
use crate::delivery::SessionRequest;
use crate::diagnostics::{Failure, Reporter, Subject};
use crate::output::portal_names::PortalNames;
use crate::service::client::Client;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalArn, PortalId, PortalName, PortalReference};

/// The lookup of a portal's name, which is made once.
type NameLookup = OnceCell<Result<PortalId, Failure>>;

/// The portal of a session, and a client for its region.
#[derive(Clone)]
pub(super) struct ResolvedPortal {
    pub(super) client: Rc<Client>,
    pub(super) portal: PortalId,
}

/// Resolves the portals that requests name. Makes one client per region, and looks a name up once.
pub(super) struct PortalResolver {
    config: Config,
    calls: Calls,
    reporter: Arc<Reporter>,
    /// The portal of the requests that name none.
    default: Option<ResolvedPortal>,
    clients: RefCell<HashMap<Region, Rc<Client>>>,
    names: RefCell<HashMap<(Region, String), Rc<NameLookup>>>,
    portal_names: Arc<PortalNames>,
}

impl PortalResolver {
    /// A resolver for requests whose portal comes from `source` unless they name one.
    ///
    /// # Errors
    /// Settings that cannot be used, no such portal, a signal, the deadline.
    pub(super) async fn open(
        context: &mut Context,
        source: PortalSource,
        calls: Calls,
    ) -> Result<Self, Failure> {
        let PortalSource::Portal(reference) = source else {
            let config = context.account(None).await?;
            return Ok(Self::new(config, calls, context));
        };
        let config = context.account(reference.arn()).await?;
        let (client, portal) = open_in(context, &config, reference, calls).await?;
        let client = Rc::new(client);
        let clients = HashMap::from([(client.region().clone(), Rc::clone(&client))]);
        Ok(Self {
            default: Some(ResolvedPortal { client, portal }),
            clients: RefCell::new(clients),
            ..Self::new(config, calls, context)
        })
    }

    fn new(config: Config, calls: Calls, context: &Context) -> Self {
        Self {
            config,
            calls,
            reporter: Arc::clone(&context.reporter),
            default: None,
            clients: RefCell::default(),
            names: RefCell::default(),
            portal_names: Arc::clone(&context.portal_names),
        }
    }

    /// The account's configuration.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The portal of a request. Only a name requires calls.
    ///
    /// # Errors
    /// The request names no portal, or one that does not exist. The failure does not quote the line of
    /// standard input.
    pub(super) async fn resolve(
        &self,
        request: &SessionRequest,
    ) -> Result<ResolvedPortal, Failure> {
        self.try_resolve(request).await.map_err(|failure| {
            failure.with_subject(Subject {
                session: Some(request.session),
                ..Subject::default()
            })
        })
    }

    async fn try_resolve(&self, request: &SessionRequest) -> Result<ResolvedPortal, Failure> {
        let Some(reference) = &request.portal else {
            return self.default.clone().ok_or_else(|| without_portal(request));
        };
        let region = match (reference, &request.region) {
            (PortalReference::Arn(PortalArn { region, .. }), _) | (_, Some(region)) => {
                region.clone()
            }
            _ => self.config.region()?,
        };
        let client = self.client_in(region)?;
        let portal = match reference {
            PortalReference::Id(id) => *id,
            PortalReference::Arn(arn) => arn.portal,
            PortalReference::Name(name) => self.look_up(&client, name, request).await?,
        };
        Ok(ResolvedPortal { client, portal })
    }

    fn client_in(&self, region: Region) -> Result<Rc<Client>, Failure> {
        let mut clients = self.clients.borrow_mut();
        if let Some(client) = clients.get(&region) {
            return Ok(Rc::clone(client));
        }
        let client = Rc::new(self.config.client_in(region.clone(), self.calls)?);
        if clients.is_empty() {
            super::context::warn_of_plain_http(&client, &self.reporter);
        }
        clients.insert(region, Rc::clone(&client));
        Ok(client)
    }

    async fn look_up(
        &self,
        client: &Client,
        name: &PortalName,
        request: &SessionRequest,
    ) -> Result<PortalId, Failure> {
        let key = (client.region().clone(), name.as_str().to_owned());
        let cell = Rc::clone(self.names.borrow_mut().entry(key).or_default());
        let found = cell
            .get_or_init(|| look_up(client, name, &self.portal_names))
            .await;
        found
            .clone()
            .map_err(|failure| without_name(failure, name, request))
    }
}

/// The failure for a request without a portal.
fn without_portal(request: &SessionRequest) -> Failure {
    Failure::usage(format!("{} names no portal", request.origin())).with_hint(
        "name the portal before the session or before \"-\", or search with --all-portals",
    )
}

/// The failure without the portal's name: what was taken for a name may be any text of the line.
fn without_name(failure: Failure, name: &PortalName, request: &SessionRequest) -> Failure {
    let message = failure.message();
    let message = message.replace(&format!("{:?}", name.as_str()), "that it gives");
    let message = if message.contains(name.as_str()) {
        "the name of the portal cannot be looked up".to_owned()
    } else {
        message
    };
    failure.with_message(format!("{}: {message}", request.origin()))
}
