//! Every address that the server answers: the API's contents page.

use std::sync::Arc;

use axum::Router;
use axum::routing::{MethodRouter, get, post};

use crate::http::{Shell, handlers};

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Anybody; the answer holds nothing private.
    Open,
    /// Whoever proves a single-use enrolment code.
    EnrolmentCode,
    /// An enrolled device that signs the request.
    Device,
}

/// One line of the table.
pub struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Who may ask.
    pub policy: Policy,
    serves: fn() -> MethodRouter<Arc<Shell>>,
}

/// The table. A route that is not here does not exist; pages for a browser are merged in by the
/// assembly.
#[rustfmt::skip]
pub const ROUTES: [Route; 5] = [
    Route { method: "POST", path: "/v1/sync",  purpose: "push and pull of one tablet, or wait for news",  policy: Policy::Device,        serves: || post(handlers::sync) },
    Route { method: "POST", path: "/v1/enrol", purpose: "a new device joins with its code",              policy: Policy::EnrolmentCode, serves: || post(handlers::enrol) },
    Route { method: "GET",  path: "/v1/pins",  purpose: "the TLS pins, signed by the identity key",      policy: Policy::Open,          serves: || get(handlers::pins) },
    Route { method: "GET",  path: "/live",     purpose: "the process answers",                           policy: Policy::Open,          serves: || get(handlers::live) },
    Route { method: "GET",  path: "/ready",    purpose: "the server can do its work (JSON)",             policy: Policy::Open,          serves: || get(handlers::ready) },
];

/// The table as a service, with `pages` beside it.
pub fn router(shell: Arc<Shell>, pages: Router) -> Router {
    ROUTES
        .iter()
        .fold(Router::new(), |router, route| router.route(route.path, (route.serves)()))
        .with_state(shell)
        .merge(pages)
        .method_not_allowed_fallback(handlers::not_this_way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_nothing_private_is_open() {
        let open: Vec<&str> = ROUTES
            .iter()
            .filter(|route| route.policy == Policy::Open)
            .map(|route| route.path)
            .collect();
        assert_eq!(open, ["/v1/pins", "/live", "/ready"]);
    }

    #[test]
    fn every_path_stands_in_the_table_once() {
        let mut paths: Vec<&str> = ROUTES.iter().map(|route| route.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), ROUTES.len());
    }
}
