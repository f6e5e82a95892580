//! The declaration of one route.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter};

use super::app::App;
use super::body::BodyLimit;
use super::guard::Caller;
use super::parameters::{LIMIT, Page, Parameter, Parameters, Wait};

/// One route, with everything declared about it.
pub(super) struct Route {
    verb: Verb,
    /// The whole path, with `{name}` for each part that the handler reads, and `{*name}` for the rest of the path.
    pub(super) path: &'static str,
    service: Service,
    /// A one-sentence summary.
    pub(super) summary: &'static str,
    pub(super) body: Option<BodyLimit>,
    /// Query parameters, besides those from `page` and `wait`.
    pub(super) parameters: &'static [Parameter],
    /// Whether the query is ignored, because probes of other systems may send one.
    ignores_query: bool,
    /// The number of entries in an answer, if it is a page.
    pub(super) page: Option<Page>,
    /// How long the request may ask the host to wait.
    pub(super) wait: Option<Wait>,
}

/// Attaches the handler to a method.
type Service = fn(MethodFilter) -> MethodRouter<App>;

#[derive(Clone, Copy)]
enum Verb {
    Get,
    Post,
}

impl Route {
    /// Declares a route that only reads.
    pub(super) const fn get(path: &'static str, service: Service, summary: &'static str) -> Self {
        Self::new(Verb::Get, path, service, summary)
    }

    /// Declares a route that changes something or takes a body.
    pub(super) const fn post(path: &'static str, service: Service, summary: &'static str) -> Self {
        Self::new(Verb::Post, path, service, summary)
    }

    const fn new(verb: Verb, path: &'static str, service: Service, summary: &'static str) -> Self {
        Self {
            verb,
            path,
            service,
            summary,
            body: None,
            parameters: &[],
            ignores_query: false,
            page: None,
            wait: None,
        }
    }

    pub(super) const fn body(mut self, limit: BodyLimit) -> Self {
        self.body = Some(limit);
        self
    }

    pub(super) const fn parameters(mut self, parameters: &'static [Parameter]) -> Self {
        self.parameters = parameters;
        self
    }

    pub(super) const fn ignores_query(mut self) -> Self {
        self.ignores_query = true;
        self
    }

    pub(super) const fn page(mut self, page: Page) -> Self {
        self.page = Some(page);
        self
    }

    pub(super) const fn wait(mut self, wait: Wait) -> Self {
        self.wait = Some(wait);
        self
    }

    pub(super) fn method(&self) -> Method {
        match self.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        }
    }

    /// Returns who may send the request.
    pub(super) fn caller(&self) -> Caller {
        Caller::of(&self.method())
    }

    /// Returns the service for the path, for the route's method alone. Only requests whose query is declared reach the handler,
    /// which takes the query as [`Parameters`].
    pub(super) fn service(&self) -> MethodRouter<App> {
        let handler = (self.service)(match self.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        });
        if self.ignores_query {
            return handler;
        }
        let known: Arc<[&str]> = self.parameter_names().collect();
        handler.route_layer(from_fn(move |request, next| with_parameters(Arc::clone(&known), request, next)))
    }

    fn parameter_names(&self) -> impl Iterator<Item = &'static str> {
        let own = self.parameters.iter().map(|parameter| parameter.name);
        own.chain(self.page.map(|_| LIMIT)).chain(self.wait.map(|wait| wait.parameter))
    }
}

/// Parses the query for the handler, or refuses parameters that are not `known`.
async fn with_parameters(known: Arc<[&'static str]>, mut request: Request, next: Next) -> Response {
    match Parameters::parse(request.uri().query().unwrap_or_default(), &known) {
        Ok(parameters) => {
            request.extensions_mut().insert(parameters);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}
