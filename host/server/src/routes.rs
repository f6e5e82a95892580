//! All routes, each declared once: the router and `docs/http.md` are made from this table.
//!
//! Who may send a request follows from its method (see [`Caller`](super::guard::Caller)).

use axum::routing::on;

use super::body::{MODULE, RECORDS};
use super::route::Route;
use super::{
    adoption, dead_letters, diff, documents, events, fingerprint, health, metrics, modules,
    operator_requests, plan, punctuations, reading, records, sets, status, tail, topics, trace, verify, wait,
    why,
};

/// Where the API is; the other paths are for probes.
pub(super) const API: &str = "/api/v1";

/// Every route of the server.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/", |method| on(method, health::root), "Names the path of the API."),
    Route::get("/livez", |method| on(method, health::live), "Answers while the process can answer."),
    Route::get(
        "/readyz",
        |method| on(method, health::ready),
        "Answers 200 while every live projection is served and every topic accepts appends; otherwise 503 with the reason.",
    ),
    Route::get(
        "/metrics",
        |method| on(method, metrics::get),
        "Returns the numbers of `status` for Prometheus.",
    ),
    Route::get("/api/v1/topics", |method| on(method, topics::list), "Lists the topics."),
    Route::get(
        "/api/v1/topics/{topic}",
        |method| on(method, topics::get),
        "Returns the first and the next offset of each partition.",
    ),
    Route::post(
        "/api/v1/topics/{topic}/records",
        |method| on(method, records::append),
        "Appends records and punctuations: JSON lines, or one raw value per line.",
    )
    .body(RECORDS),
    Route::get(
        "/api/v1/topics/{topic}/records",
        |method| on(method, tail::read),
        "Returns records and punctuations as JSON lines, and waits for new ones.",
    )
    .page(tail::PAGE)
    .wait(tail::WAIT),
    Route::post(
        "/api/v1/topics/{topic}/punctuations",
        |method| on(method, punctuations::punctuate),
        "Appends a punctuation to one partition or to all.",
    ),
    Route::post(
        "/api/v1/topics/{topic}/adopt",
        |method| on(method, adoption::adopt),
        "Accepts a topic that replaced the one that was read.",
    ),
    Route::get(
        "/api/v1/projections/{name}/documents",
        |method| on(method, documents::list),
        "Returns a page of documents, filtered and sorted.",
    )
    .page(reading::PAGE)
    .wait(reading::WAIT),
    Route::get(
        "/api/v1/projections/{name}/documents/{id}",
        |method| on(method, documents::get),
        "Returns one document.",
    )
    .wait(reading::WAIT),
    Route::get(
        "/api/v1/projections/{name}/sets/{set}",
        |method| on(method, sets::get),
        "Returns a page of a ranked set, or one member of it.",
    )
    .page(reading::PAGE)
    .wait(reading::WAIT),
    Route::get(
        "/api/v1/projections/{name}/fingerprint",
        |method| on(method, fingerprint::get),
        "Returns one hash of the live version's state.",
    ),
    Route::get(
        "/api/v1/projections/{name}/verify",
        |method| on(method, verify::get),
        "Folds the log once more and compares the result with the state; JSON lines.",
    ),
    Route::post(
        "/api/v1/projections/{name}/promote",
        |method| on(method, operator_requests::promote),
        "Makes a candidate the live version.",
    ),
    Route::post(
        "/api/v1/projections/{name}/rollback",
        |method| on(method, operator_requests::rollback),
        "Makes the previous version live again.",
    ),
    Route::post(
        "/api/v1/projections/{name}/discard",
        |method| on(method, operator_requests::discard),
        "Discards a version that is not live.",
    ),
    Route::post(
        "/api/v1/projections/{name}/replay",
        |method| on(method, operator_requests::replay),
        "Replays a version from the log.",
    ),
    Route::post(
        "/api/v1/projections/{name}/remove",
        |method| on(method, operator_requests::remove),
        "Removes a projection with all its versions.",
    ),
    Route::post(
        "/api/v1/projections/{name}/skip",
        |method| on(method, operator_requests::skip),
        "Skips a range of records, or counts them again.",
    ),
    Route::post(
        "/api/v1/projections/{name}/resume",
        |method| on(method, operator_requests::resume),
        "Resumes what has halted.",
    ),
    Route::post(
        "/api/v1/projections/{name}/resync",
        |method| on(method, operator_requests::resync),
        "Writes everything to a sink again.",
    ),
    Route::post(
        "/api/v1/projections/{name}/adopt",
        |method| on(method, operator_requests::adopt),
        "Takes over a sink from another installation.",
    ),
    Route::get(
        "/api/v1/projections/{name}/trace",
        |method| on(method, trace::get),
        "Replays the log for one document; JSON lines.",
    )
    .page(trace::PAGE),
    Route::get(
        "/api/v1/projections/{name}/diff/why",
        |method| on(method, why::get),
        "Shows where the documents of two versions diverge; JSON lines.",
    ),
    Route::get(
        "/api/v1/projections/{name}/diff",
        |method| on(method, diff::get),
        "Compares the documents of two versions; JSON lines.",
    ),
    Route::get(
        "/api/v1/projections/{name}/wait",
        |method| on(method, wait::wait),
        "Waits until everything that is now in the log is folded and shown.",
    )
    .wait(wait::WAIT),
    Route::get(
        "/api/v1/modules",
        |method| on(method, modules::list),
        "Lists the modules folder with verdicts.",
    ),
    Route::post(
        "/api/v1/plan",
        |method| on(method, plan::post),
        "Predicts what the module in the body would do, and keeps nothing of it.",
    )
    .body(MODULE),
    Route::get(
        "/api/v1/status",
        |method| on(method, status::get),
        "Returns the state of everything that runs.",
    ),
    Route::get(
        "/api/v1/events",
        |method| on(method, events::get),
        "Sends the status as server-sent events as it changes.",
    ),
    Route::get(
        "/api/v1/dead-letters",
        |method| on(method, dead_letters::list),
        "Returns a page of dead letters with their reasons.",
    )
    .page(dead_letters::PAGE),
];
