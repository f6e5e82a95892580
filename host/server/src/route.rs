//! The declaration of one route.

use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter};

use super::app::App;
use super::body::BodyLimit;
use super::guard::Caller;
use super::parameters::{Page, Wait};

/// One route: everything that is declared about it.
pub(super) struct Route {
    verb: Verb,
    /// The whole path, with `{name}` for each part that the handler reads.
    pub(super) path: &'static str,
    service: Service,
    /// One sentence for people.
    pub(super) summary: &'static str,
    pub(super) body: Option<BodyLimit>,
    /// How many entries an answer holds, if it is a page.
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
        Self { verb, path, service, summary, body: None, page: None, wait: None }
    }

    pub(super) const fn body(mut self, limit: BodyLimit) -> Self {
        self.body = Some(limit);
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

    /// Returns what answers at the path, for the route's method alone.
    pub(super) fn service(&self) -> MethodRouter<App> {
        (self.service)(match self.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        })
    }
}
