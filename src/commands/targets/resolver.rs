//! Resolves the portals that session requests name. Creates one client per region, and looks up each name once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tokio::sync::OnceCell;

use super::{create_client, resolve_name, resolve_portal};
use crate::cli::{PortalSource, SessionSelection};
use crate::commands::context::Context;
use crate::config::{Calls, Config};
use crate::delivery::SessionRequest;
use crate::diagnostics::{Failure, Subject};
use crate::service::client::Client;
use crate::service::endpoint::Region;
use crate::service::ids::{PortalArn, PortalId, PortalName, PortalReference, SessionId};

/// The ID of a portal with a name, or the failure of its lookup.
type NameLookup = OnceCell<Result<PortalId, Failure>>;

#[derive(Clone)]
pub(in crate::commands) struct ResolvedPortal {
    pub(in crate::commands) client: Rc<Client>,
    pub(in crate::commands) portal: PortalId,
}

pub(in crate::commands) struct PortalResolver<'a> {
    context: &'a Context,
    config: Config,
    calls: Calls,
    /// The portal for requests that do not name one.
    default: Option<ResolvedPortal>,
    clients: RefCell<HashMap<Region, Rc<Client>>>,
    ids: RefCell<HashMap<(Region, String), Rc<NameLookup>>>,
}

impl<'a> PortalResolver<'a> {
    /// Loads the configuration, and resolves the portal of the selection, if there is one.
    ///
    /// # Errors
    /// Settings that cannot be used, no such portal, a signal, the deadline.
    pub(in crate::commands) async fn new(
        context: &'a Context,
        selection: &SessionSelection,
        calls: Calls,
    ) -> Result<Self, Failure> {
        let default = match &selection.portal {
            PortalSource::Portal(reference) => Some(reference),
            PortalSource::Search(_) | PortalSource::Lines => None,
        };
        let config = context
            .load_config(default.and_then(PortalReference::arn))
            .await?;
        let mut resolver = Self {
            context,
            config,
            calls,
            default: None,
            clients: RefCell::default(),
            ids: RefCell::default(),
        };
        if let Some(reference) = default {
            let session = selection.sessions.single();
            let client = resolver.client_in(resolver.config.region()?, reference, session)?;
            let portal = resolve_portal(context, &client, reference).await?;
            resolver.default = Some(ResolvedPortal { client, portal });
        }
        Ok(resolver)
    }

    pub(in crate::commands) fn config(&self) -> &Config {
        &self.config
    }

    /// The portal of a request. Only a name requires calls.
    ///
    /// # Errors
    /// The request names no portal, or one that does not exist. The failure does not quote the line of
    /// standard input.
    pub(in crate::commands) async fn resolve(
        &self,
        request: &SessionRequest,
    ) -> Result<ResolvedPortal, Failure> {
        let resolving = async {
            let Some(reference) = &request.portal else {
                return self.default.clone().ok_or_else(|| missing_portal(request));
            };
            let region = match (reference.arn(), &request.region) {
                (Some(PortalArn { region, .. }), _) | (None, Some(region)) => region.clone(),
                (None, None) => self.config.region()?,
            };
            let client = self.client_in(region, reference, Some(request.session))?;
            let portal = match reference.id_or_name() {
                Ok(id) => id,
                Err(name) => self
                    .resolve_name_once(&client, name)
                    .await
                    .map_err(|failure| without_name(&failure, name, request))?,
            };
            Ok(ResolvedPortal { client, portal })
        };
        let resolved: Result<_, Failure> = resolving.await;
        resolved.map_err(|failure| failure.with_session(request.session))
    }

    /// Returns the client of a region. The portal and the session are the subject of the failure if no call is
    /// possible.
    fn client_in(
        &self,
        region: Region,
        portal: &PortalReference,
        session: Option<SessionId>,
    ) -> Result<Rc<Client>, Failure> {
        let mut clients = self.clients.borrow_mut();
        if let Some(client) = clients.get(&region) {
            return Ok(Rc::clone(client));
        }
        let subject = Subject {
            portal: portal.id(),
            session,
            region: None,
        };
        let client = create_client(
            &self.config,
            region.clone(),
            self.calls,
            &subject,
            &self.context.reporter,
        )?;
        let client = Rc::new(client);
        clients.insert(region, Rc::clone(&client));
        Ok(client)
    }

    async fn resolve_name_once(
        &self,
        client: &Client,
        name: &PortalName,
    ) -> Result<PortalId, Failure> {
        let [typed, ..] = name.readings();
        let key = (client.region.clone(), typed.to_owned());
        let id = Rc::clone(self.ids.borrow_mut().entry(key).or_default());
        id.get_or_init(|| resolve_name(client, name, &self.context.portal_names))
            .await
            .clone()
    }
}

fn missing_portal(request: &SessionRequest) -> Failure {
    Failure::usage(format!("{} names no portal", request.origin())).with_hint(
        "name the portal before the session or before \"-\", or search with --all-portals",
    )
}

/// Removes the portal's name from the failure, because it may be any text of the input line.
fn without_name(failure: &Failure, name: &PortalName, request: &SessionRequest) -> Failure {
    let mut message = failure.message().to_owned();
    for reading in name.readings() {
        message = message.replace(&format!("{reading:?}"), "that it gives");
    }
    if message.contains(name.as_str()) {
        message = "the name of the portal cannot be looked up".to_owned();
    }
    failure
        .clone()
        .with_message(format!("{}: {message}", request.origin()))
}
