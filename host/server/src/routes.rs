//! All routes, each declared once: the router and `docs/http.md` are made from this table.
//!
//! Who may send a request follows from its method (see [`Caller`](super::guard::Caller)).

use axum::routing::on;

use super::body::{MODULE, RECORDS};
use super::parameters::Parameter;
use super::route::Route;
use super::{
    adoption, dead_letters, diff, documents, events, fingerprint, health, metrics, modules,
    operator_requests, plan, punctuations, reading, records, sets, status, tail, topics, trace, verify, wait,
    why,
};

/// The prefix of the API; all other paths are for probes.
pub(super) const API: &str = "/api/v1";

const CURSOR: Parameter = parameter("cursor", "`cursor` of the page before");

const AT_LEAST: Parameter =
    parameter("at_least", "token or position that the answer must show; the request waits for it");

const VERSION: Parameter = parameter("version", "the version; required");

const LEAVE_SINKS: Parameter =
    parameter("leave_sinks", "`true` ignores sinks that lag or cannot be reached; their readers move later");

const SINK: Parameter = parameter("sink", "name of the sink; required");

const KEY: Parameter = parameter("key", "id of the document; required");

const OLD: Parameter = parameter("old", "version to compare with; default: the live one");

const NEW: Parameter = parameter("new", "version to compare; default: the one that may take over");

const fn parameter(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about }
}

/// Every route of the server.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/", |method| on(method, health::root), "Names the path of the API."),
    Route::get("/livez", |method| on(method, health::live), "Answers while the process can answer.")
        .ignores_query(),
    Route::get(
        "/readyz",
        |method| on(method, health::ready),
        "Answers 200 while every live projection is served and every topic accepts appends; otherwise 503 \
         with the reason.",
    )
    .ignores_query(),
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
    .parameters(&[
        parameter("partition", "the only partition to read; default: all"),
        parameter("offset", "first offset of that `partition`; default: the first one that the log holds"),
        parameter("position", "where to start in each partition: `Foldline-Position` of an earlier answer"),
    ])
    .page(tail::PAGE)
    .wait(tail::WAIT),
    Route::post(
        "/api/v1/topics/{topic}/punctuations",
        |method| on(method, punctuations::punctuate),
        "Appends a punctuation to one partition or to all.",
    )
    .parameters(&[
        parameter("time", "event time, as RFC 3339 or milliseconds since 1970; default: now"),
        parameter("partition", "the only partition; default: all"),
    ]),
    Route::post(
        "/api/v1/topics/{topic}/adopt",
        |method| on(method, adoption::adopt),
        "Accepts a topic that replaced the one that was read.",
    )
    .parameters(&[parameter("from", "where relays continue: `end` (default) or `start`")]),
    Route::get(
        "/api/v1/projections/{name}/documents",
        |method| on(method, documents::list),
        "Returns a page of documents, filtered and sorted.",
    )
    .parameters(&[
        parameter("where", "`FIELD:VALUE` of a declared field; if repeated, all must hold"),
        parameter("sort", "`FIELD` or `-FIELD` (largest first) of a sortable field; default: by id"),
        CURSOR,
        AT_LEAST,
    ])
    .page(reading::PAGE)
    .wait(reading::WAIT),
    Route::get(
        // The rest of the path: the id of a key of several parts holds `/`.
        "/api/v1/projections/{name}/documents/{*id}",
        |method| on(method, documents::get),
        "Returns one document.",
    )
    .parameters(&[AT_LEAST])
    .wait(reading::WAIT),
    Route::get(
        "/api/v1/projections/{name}/sets/{set}",
        |method| on(method, sets::get),
        "Returns a page of a ranked set, or one member of it.",
    )
    .parameters(&[
        parameter("order", "`desc` (default) or `asc`"),
        parameter("member", "the only member to return; excludes `order`, `limit` and `cursor`"),
        CURSOR,
        AT_LEAST,
    ])
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
    )
    .parameters(&[VERSION, LEAVE_SINKS]),
    Route::post(
        "/api/v1/projections/{name}/rollback",
        |method| on(method, operator_requests::rollback),
        "Makes the previous version live again.",
    )
    .parameters(&[LEAVE_SINKS]),
    Route::post(
        "/api/v1/projections/{name}/discard",
        |method| on(method, operator_requests::discard),
        "Discards a version that is not live.",
    )
    .parameters(&[VERSION]),
    Route::post(
        "/api/v1/projections/{name}/replay",
        |method| on(method, operator_requests::replay),
        "Replays a version from the log.",
    )
    .parameters(&[VERSION]),
    Route::post(
        "/api/v1/projections/{name}/remove",
        |method| on(method, operator_requests::remove),
        "Removes a projection with all its versions.",
    )
    .parameters(&[parameter(
        "keep_documents",
        "`true` leaves the documents in the sinks until another version is live",
    )]),
    Route::post(
        "/api/v1/projections/{name}/skip",
        |method| on(method, operator_requests::skip),
        "Skips a range of records, or counts them again.",
    )
    .parameters(&[
        parameter("topic", "topic of the records; required"),
        parameter("partition", "their partition; required"),
        parameter("from", "first offset; required"),
        parameter("to", "offset after the last one; required"),
        parameter("reason", "why, in 1 to 1,000 bytes; required"),
        parameter("relay", "`true` makes the relay skip them, too"),
        parameter("undo", "`true` withdraws an earlier skip of these records"),
    ]),
    Route::post(
        "/api/v1/projections/{name}/resume",
        |method| on(method, operator_requests::resume),
        "Resumes what has halted.",
    ),
    Route::post(
        "/api/v1/projections/{name}/resync",
        |method| on(method, operator_requests::resync),
        "Writes everything to a sink again.",
    )
    .parameters(&[SINK, parameter("version", "version whose documents are written; default: the live one")]),
    Route::post(
        "/api/v1/projections/{name}/adopt",
        |method| on(method, operator_requests::adopt),
        "Takes over a sink from another installation.",
    )
    .parameters(&[SINK]),
    Route::get(
        "/api/v1/projections/{name}/trace",
        |method| on(method, trace::get),
        "Replays the log for one document; JSON lines.",
    )
    .parameters(&[KEY, parameter("version", "version that replays; default: the live one")])
    .page(trace::PAGE),
    Route::get(
        "/api/v1/projections/{name}/diff/why",
        |method| on(method, why::get),
        "Shows where the documents of two versions diverge; JSON lines.",
    )
    .parameters(&[KEY, OLD, NEW]),
    Route::get(
        "/api/v1/projections/{name}/diff",
        |method| on(method, diff::get),
        "Compares the documents of two versions; JSON lines.",
    )
    .parameters(&[
        OLD,
        NEW,
        parameter(
            "tolerance",
            "`FIELD:PERCENT%`: numbers of the field may differ by this much; may repeat (`%` is `%25` in \
             a URL)",
        ),
    ]),
    Route::get(
        "/api/v1/projections/{name}/wait",
        |method| on(method, wait::wait),
        "Waits until everything that is now in the log is folded and shown.",
    )
    .parameters(&[
        parameter("version", "version to wait for; default: the live one"),
        parameter("embedded", "`true` waits for the embedded store only, not for other sinks"),
    ])
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
    .parameters(&[parameter("file", "name under which the file would be dropped")])
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
    .parameters(&[
        parameter("projection", "the only projection; default: all"),
        CURSOR,
        parameter("records", "`true` adds what the records hold"),
    ])
    .page(dead_letters::PAGE),
];
