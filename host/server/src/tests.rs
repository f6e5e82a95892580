//! The whole router over a host with a log in memory and a real store.

mod connections;
mod events;
mod fake_host;
mod foreign;
mod routes;
mod sets;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use fake_host::{ENDED, Server, change, flush, position, problem, request};

use foldline_api as api;
use foldline_runtime::Serving;

#[tokio::test]
async fn a_document_comes_with_its_version_and_position_also_when_it_is_missing() {
    let server = Server::new();
    let (status, headers, body) = server.get("/api/v1/projections/like-count/documents/p%2F1%20%C3%A9").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, r#"{"id":"p/1 é","document":{"count": 1}}"#));
    assert_eq!(
        (&headers["foldline-version"], &headers["foldline-position"]),
        (&"like-count@1.0.0".parse().unwrap(), &"likes:0:10".parse().unwrap())
    );
    // The id of a key of several parts may be written as it is.
    let rest_of_path = server.get("/api/v1/projections/like-count/documents/p/1%20%C3%A9").await;
    assert_eq!((rest_of_path.0, &rest_of_path.2), (status, &body));
    let missing = server.get("/api/v1/projections/like-count/documents/p3").await;
    problem(404, &missing);
    assert_eq!(missing.1["foldline-position"], "likes:0:10");
    assert!(
        problem(404, &server.get("/api/v1/projections/views/documents/p").await).detail.contains("`views`")
    );
    problem(400, &server.get("/api/v1/projections/like-count/documents/%ff").await);
}

#[tokio::test]
async fn the_longest_id_is_that_of_a_window_of_the_longest_key() {
    let mut server = Server::new();
    let longest = format!("{}@{}", "k".repeat(512), i64::MIN);
    flush(&mut server.sink, 2, "likes:0:11", vec![change(&longest, "{}")]);
    let of = |id: &str| format!("/api/v1/projections/like-count/documents/{id}");
    assert_eq!(server.get(&of(&longest)).await.0, StatusCode::OK);
    let longer = problem(400, &server.get(&of(&format!("{longest}0"))).await);
    assert!(longer.detail.contains("534 bytes, more than 533"), "{}", longer.detail);
}

#[tokio::test]
async fn documents_are_listed_page_by_page() {
    let server = Server::new();
    let path = "/api/v1/projections/like-count/documents?sort=-count&limit=1";
    let page: Value = serde_json::from_str(&server.get(path).await.2).unwrap();
    assert_eq!(page["documents"][0]["id"], "p2");
    let next = format!("{path}&cursor={}", page["cursor"].as_str().unwrap());
    let page: Value = serde_json::from_str(&server.get(&next).await.2).unwrap();
    assert_eq!(page, json!({"documents": [{"id": "p/1 é", "document": {"count": 1}}]}));
    let undeclared = server.get("/api/v1/projections/like-count/documents?where=likes:1").await;
    assert!(problem(400, &undeclared).hint.unwrap().contains("`count`"));
    problem(400, &server.get("/api/v1/projections/like-count/documents?where=count").await);
    problem(400, &server.get("/api/v1/projections/like-count/documents?limit=1001").await);
    assert!(
        problem(400, &server.get("/api/v1/projections/like-count/documents?order=count").await)
            .detail
            .contains("`order`")
    );
}

#[tokio::test]
async fn a_read_waits_for_its_own_write_or_tells_the_position_reached() {
    let mut server = Server::new();
    let path = "/api/v1/projections/like-count/documents/p3?at_least=likes:0:11";
    let late = server.get(&format!("{path}&wait=0s")).await;
    assert_eq!(problem(504, &late).position, Some(position("likes:0:10")));
    let (router, uri) = (server.router.clone(), format!("{path}&wait=60s"));
    let waiting = tokio::spawn(router.oneshot(request("GET", &uri).body(Body::empty()).unwrap()));
    flush(&mut server.sink, 2, "likes:0:11", vec![change("p3", "3")]);
    server.shows.send_replace(position("likes:0:11"));
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn what_was_read_from_a_version_that_is_no_longer_live_is_read_again() {
    let server = Server::new();
    for path in ["documents/p2", "documents", "documents?at_least=likes:0:10", "sets/s", "sets/s?member=m"] {
        let old = server.live.lock().unwrap()[0].clone();
        let next = |number: &str| {
            let (reader, shown, handle) = (old.reader.clone(), old.shown.clone(), old.handle.clone());
            Arc::new(Serving { version: format!("like-count@{number}"), reader, shown, handle })
        };
        server.live.lock().unwrap().extend(["2.0.0", "3.0.0", "4.0.0"].map(next));
        // Two hand-overs follow each other while it reads: each version is asked for before and after its read.
        let (_, headers, body) = server.get(&format!("/api/v1/projections/like-count/{path}")).await;
        assert_eq!(headers["foldline-version"], "like-count@4.0.0", "{path}: {body}");
    }
}

#[tokio::test]
async fn what_is_not_known_yet_is_503_or_waited_for_and_404_says_that_there_is_none() {
    let server = Server::new();
    server.answers.store(false, Ordering::Release);
    let of = "/api/v1/projections/like-count";
    for path in [
        "documents/p2",
        "documents",
        "documents?sort=-count",
        "documents?where=count:2",
        "sets/s",
        "sets/s?member=m",
    ] {
        let answer = server.get(&format!("{of}/{path}")).await;
        assert!(problem(503, &answer).detail.contains("starting"), "{path}");
        assert_eq!(answer.1["retry-after"], "1", "{path}");
    }
    problem(404, &server.get("/api/v1/projections/views/documents/p2").await);
    problem(404, &server.get("/api/v1/projections/views/documents/p2?at_least=likes:0:1&wait=60s").await);

    let path = format!("{of}/documents/p2?at_least=likes:0:10");
    let late = server.get(&format!("{path}&wait=10ms")).await;
    problem(503, &late);
    assert_eq!(late.1["retry-after"], "1");
    let uri = format!("{path}&wait=60s");
    let waiting =
        tokio::spawn(server.router.clone().oneshot(request("GET", &uri).body(Body::empty()).unwrap()));
    tokio::task::yield_now().await;
    server.answers.store(true, Ordering::Release);
    server.changes.send_modify(|generation| *generation += 1);
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn punctuations_are_appended_among_records_and_by_themselves_and_tailed_in_their_places() {
    let server = Server::new();
    let lines = "{\"value\":1}\n{\"punctuation\":\"2026-01-01T00:00:00Z\"}\n{\"value\":2}\n";
    assert_eq!(server.post("application/x-ndjson", lines).await.0, StatusCode::OK);
    let punctuate = |query: &str| {
        let path = format!("/api/v1/topics/likes/punctuations{query}");
        server.send(request("POST", &path).body(Body::empty()).unwrap())
    };
    let (status, _, answer) = punctuate("?time=2026-01-01T00:00:01Z&partition=0").await;
    assert_eq!(
        (status, answer.as_str()),
        (StatusCode::OK, r#"{"token":"likes:0:4","time_ms":1767225601000}"#)
    );
    assert_eq!(punctuate("").await.0, StatusCode::OK);
    assert!(problem(400, &punctuate("?time=soon").await).detail.contains("`time`: `soon` is not a time"));
    problem(400, &punctuate("?time=-1").await);
    problem(400, &punctuate("?at=1").await);
    problem(
        400,
        &server
            .send(
                request("POST", "/api/v1/topics/likes/records")
                    .header("content-type", "application/x-ndjson")
                    .body("{\"punctuation\":1,\"key\":\"k\"}".into())
                    .unwrap(),
            )
            .await,
    );

    let (_, headers, tail) = server.get("/api/v1/topics/likes/records?offset=1&partition=0&limit=3").await;
    assert_eq!(headers["foldline-position"], "likes:0:4");
    let lines: Vec<&str> = tail.lines().collect();
    let punctuation = r#"{"topic":"likes","partition":0,"offset":1,"punctuation":"2026-01-01T00:00:00Z"}"#;
    assert_eq!(lines[0], punctuation);
    assert!(lines[1].contains(r#""value":2"#) && lines[2].contains("00:00:01Z"), "{tail}");
    let (_, headers, tail) = server.get("/api/v1/topics/likes/records?offset=4&partition=0").await;
    assert_eq!((&headers["foldline-position"], tail.lines().count()), (&"likes:0:5".parse().unwrap(), 1));
}

#[tokio::test]
async fn records_are_appended_all_or_none_and_tailed_as_they_were() {
    let server = Server::new();
    let lines = "{\"key\":\"p1\",\"value\":{\"n\": 1},\"time\":\"1970-01-01T00:00:01Z\"}\n{\"topic\":\"likes\",\"value\":null}\n";
    assert_eq!(
        server.post("application/x-ndjson", lines).await,
        (StatusCode::OK, json!({"token": "likes:0:2", "appended": 2}))
    );
    let raw = server.post("application/octet-stream; charset=x", "a\n\nb").await;
    assert_eq!(raw.1, json!({"token": "likes:0:5", "appended": 3}));
    let (status, bad) = server.post("application/x-ndjson", "{\"value\":1}\n{\"value\":}\n").await;
    assert_eq!(
        (status, bad["detail"].as_str().unwrap().starts_with("line 2: ")),
        (StatusCode::BAD_REQUEST, true)
    );
    assert_eq!(server.post("text/plain", "a").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        server.post("application/octet-stream", "x".repeat(101)).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        server.post("application/octet-stream", vec![b'x'; (64 << 20) + 1]).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(server.log.0.lock().unwrap().len(), 5);

    let (_, headers, tail) = server.get("/api/v1/topics/likes/records?limit=1").await;
    assert_eq!(headers["foldline-position"], "likes:0:1");
    let line = r#"{"topic":"likes","key":"p1","value":{"n": 1},"time":"1970-01-01T00:00:01Z","partition":0,"offset":0}"#;
    assert_eq!(tail, format!("{line}\n"));
    let (_, headers, tail) = server.get("/api/v1/topics/likes/records?partition=0&offset=1&wait=1s").await;
    assert_eq!((&headers["foldline-position"], tail.lines().count()), (&"likes:0:5".parse().unwrap(), 4));
    let (_, headers, tail) = server.get("/api/v1/topics/likes/records?position=likes:0:5").await;
    assert_eq!((&headers["foldline-position"], tail.as_str()), (&"likes:0:5".parse().unwrap(), ""));
    problem(400, &server.get("/api/v1/topics/likes/records?partition=0&offset=6").await);
    problem(404, &server.get("/api/v1/topics/likes/records?partition=1").await);
    problem(404, &server.get("/api/v1/topics/views/records").await);
    let topic: Value = serde_json::from_str(&server.get("/api/v1/topics/likes").await.2).unwrap();
    assert_eq!(topic["partitions"], json!([{"partition": 0, "start_offset": 0, "end_offset": 5}]));
}

#[tokio::test]
async fn an_append_that_is_in_the_log_in_part_says_which_lines_are_and_is_never_503() {
    let server = Server::new();
    let post = async |content_type: &str, body: &'static str| {
        let request = request("POST", "/api/v1/topics/half/records").header("content-type", content_type);
        server.send(request.body(Body::from(body)).unwrap()).await
    };
    // Blank lines are no records, but they count as lines.
    let answer =
        post("application/x-ndjson", "{\"value\":1}\n\n{\"value\":2}\n{\"value\":3}\n\n{\"value\":4}\n")
            .await;
    let partly = problem(500, &answer).partly.unwrap();
    assert!(answer.1.get("retry-after").is_none());
    assert_eq!((partly.appended, partly.token), (1, position("half:0:7")));
    assert_eq!((partly.missing, partly.unknown), (vec![[3, 4]], vec![[6, 6]]));
    let partly = problem(500, &post("application/octet-stream", "a\n\nb\nc\nd").await).partly.unwrap();
    assert_eq!((partly.missing, partly.unknown), (vec![[2, 3]], vec![[4, 5]]));
}

#[tokio::test]
async fn whoever_waits_gives_up_when_the_server_stops() {
    let server = Server::new();
    let paths = [
        "/api/v1/projections/x/wait",
        "/api/v1/projections/like-count/documents?at_least=likes:0:99&wait=60s",
        "/api/v1/topics/likes/records?wait=30s",
    ];
    let waiting = paths.map(|path| {
        tokio::spawn(server.router.clone().oneshot(request("GET", path).body(Body::empty()).unwrap()))
    });
    server.stop.send_replace(true);
    let mut statuses = Vec::new();
    for waiting in waiting {
        statuses.push(waiting.await.unwrap().unwrap().status().as_u16());
    }
    assert_eq!(statuses, [503, 503, 200]);
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    let server = Server::new();
    assert!(problem(404, &server.get("/api/v2/status").await).detail.contains("/api/v2/status"));
    let answer = server.send(request("DELETE", "/api/v1/status").body(Body::empty()).unwrap()).await;
    problem(405, &answer);
    assert_eq!(answer.1["allow"], "GET,HEAD");
    problem(500, &server.get("/api/v1/modules").await);
    let away = problem(503, &server.get("/api/v1/status").await);
    assert_eq!((away.detail.as_str(), away.hint.as_deref()), ("the broker is away", Some("wait")));
    problem(404, &server.get("/api/v1/projections/x/fingerprint").await);
    problem(404, &server.get("/api/v1/projections/x/verify").await);
    let asked = "/api/v1/projections/x/diff?old=1.0.0&tolerance=a:b:2%25&tolerance=c:0.5%25";
    let compared = problem(400, &server.get(asked).await);
    let tolerances = r#"Tolerances({"a:b": 2.0, "c": 0.5})"#;
    assert_eq!(compared.detail, format!(r#"Some("1.0.0") None {tolerances}"#));
    for wrong in ["tolerance=2%25", "tolerance=c:2", "tolerance=c:1%25&tolerance=c:1%25", "old=1&old=2"] {
        problem(400, &server.get(&format!("/api/v1/projections/x/diff?{wrong}")).await);
    }
    problem(504, &server.get("/api/v1/projections/x/wait?timeout=0s").await);
    let timed_out = problem(504, &server.get("/api/v1/projections/like-count/wait?timeout=0s").await);
    assert_eq!(timed_out.position, Some(position("likes:0:10")));
    problem(400, &server.get("/api/v1/projections/x/wait?timeout=soon").await);
    let embedded = problem(504, &server.get("/api/v1/projections/x/wait?timeout=0s&embedded=true").await);
    assert!(embedded.detail.contains("Embedded"), "{embedded:?}");
    problem(400, &server.get("/api/v1/projections/x/wait?embedded=perhaps").await);
    problem(400, &server.get("/api/v1/dead-letters?limit=0").await);
}

#[tokio::test]
async fn health_and_dead_letters_answer() {
    let server = Server::new();
    assert_eq!(server.get("/livez").await.0, StatusCode::OK);
    assert_eq!(server.get("/readyz").await.0, StatusCode::OK);
    assert!(server.get("/").await.2.contains("/api/v1"));
    let letters: Value = serde_json::from_str(
        &server.get("/api/v1/dead-letters?projection=p&limit=7&cursor=c&records=true").await.2,
    )
    .unwrap();
    assert_eq!(letters["dead_letters"][0]["projection"], "p");
    assert_eq!(letters["dead_letters"][0]["reason"], "limit 7, cursor Some(\"c\"), records true");
}

#[tokio::test]
async fn a_verification_tells_how_far_it_is_and_in_the_end_what_went_wrong() {
    let server = Server::new();
    let (status, headers, body) = server.get("/api/v1/projections/like-count/verify").await;
    assert_eq!(
        (status, &headers["content-type"]),
        (StatusCode::OK, &"application/x-ndjson".parse().unwrap())
    );
    let lines: Vec<api::VerifyLine> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], api::VerifyLine::Progress { read: 3, of: 9 });
    let api::VerifyLine::Failed(problem) = &lines[1] else { panic!("{lines:?}") };
    assert_eq!((problem.status, problem.hint.as_deref()), (500, Some("restore it")));
    assert_eq!(lines.len(), 2);
}

#[tokio::test]
async fn a_trace_tells_line_by_line_and_in_the_end_what_went_wrong() {
    let server = Server::new();
    let path = "/api/v1/projections/like-count/trace?key=a%2Fb&version=0.2.0&limit=7";
    let (status, headers, body) = server.get(path).await;
    assert_eq!((status, headers["content-type"].as_bytes()), (StatusCode::OK, &b"application/x-ndjson"[..]));
    let lines: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"progress": {"read": 3, "of": 9}}));
    assert_eq!(lines[1], json!({"time": {"time_ms": 7, "id": "a/b", "failed": "0.2.0"}}));
    assert_eq!((lines.len(), &lines[2]["failed"]["status"]), (3, &json!(500)));
    problem(404, &server.get("/api/v1/projections/x/trace?key=a").await);
    let missing = problem(400, &server.get("/api/v1/projections/like-count/trace").await);
    assert_eq!(missing.detail, "query parameter `key` is missing");
    problem(400, &server.get("/api/v1/projections/like-count/trace?key=a&limit=0").await);
}

#[tokio::test]
async fn a_trace_ends_when_its_client_goes_away() {
    let server = Server::new();
    let path = "/api/v1/projections/endless/trace?key=a";
    let answer =
        server.router.clone().oneshot(request("GET", path).body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!ENDED.load(Ordering::Acquire));
    drop(answer);
    let ended = async {
        while !ENDED.load(Ordering::Acquire) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("the listener is closed");
}

#[tokio::test]
async fn why_two_versions_part_is_asked_with_the_key_and_perhaps_the_versions() {
    let server = Server::new();
    let path = "/api/v1/projections/like-count/diff/why?key=p1&new=0.2.0";
    let (status, _, body) = server.get(path).await;
    assert_eq!(status, StatusCode::OK);
    let lines: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"progress": {"read": 3, "of": 9}}));
    let expected =
        json!({"old": "-", "new": "0.2.0", "position": "likes:0:9", "events": 0, "only_old": ["p1"]});
    assert_eq!((lines.len(), &lines[1]), (2, &json!({ "why": expected })));
    problem(404, &server.get("/api/v1/projections/x/diff/why?key=a").await);
    problem(400, &server.get("/api/v1/projections/like-count/diff/why").await);
}

#[tokio::test]
async fn a_module_is_planned_by_its_bytes_and_perhaps_its_name_up_to_the_limit() {
    let server = Server::new();
    let plan = async |query: &str, content_type: &str, bytes: usize| {
        let request = request("POST", &format!("/api/v1/plan{query}")).header("content-type", content_type);
        server.send(request.body(Body::from(vec![0; bytes])).unwrap()).await
    };
    for (query, message) in
        [("", "None of 100 bytes"), ("?file=a%401.0.0.wasm", "Some(\"a@1.0.0.wasm\") of 100 bytes")]
    {
        let (status, _, body) = plan(query, "application/wasm", 100).await;
        let plan: api::Plan = serde_json::from_str(&body).unwrap();
        assert_eq!((status, plan.message.as_str()), (StatusCode::OK, message));
    }
    assert_eq!(plan("", "application/octet-stream", 100).await.0, StatusCode::OK);
    let refused = problem(413, &plan("", "application/wasm", 101).await);
    assert!(refused.hint.unwrap().contains("limits.module_bytes_max"));
    problem(415, &plan("", "text/plain", 1).await);
    problem(400, &plan("?name=a", "application/wasm", 1).await);
}
