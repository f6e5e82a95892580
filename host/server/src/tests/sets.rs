//! Members of sets over HTTP, page by page and one by one.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Server, change, flush, position, problem};
use foldline_sink::{DocumentChange, Membership};

const SET: &str = "/api/v1/projections/like-count/sets/tribe:t1";

fn placed(id: &str, body: Option<&str>, score: f64) -> DocumentChange {
    let place = Membership { set: "tribe:t1".into(), member: format!("m/{id}"), score };
    DocumentChange { body: body.map(str::to_owned), memberships: vec![place], ..change(id, "") }
}

fn server() -> Server {
    let mut server = Server::new();
    let changes = vec![placed("a", Some("{}"), 1.0), placed("b", None, 2.5), placed("c", None, 1.0)];
    flush(&mut server.sink, 2, "likes:0:11", changes);
    server.shows.send_replace(position("likes:0:11"));
    server
}

fn members(answer: &Value) -> Vec<&str> {
    answer["members"].as_array().unwrap().iter().map(|member| member["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_set_is_read_in_both_directions_page_by_page() {
    let server = server();
    let (status, headers, body) = server.get(&format!("{SET}?at_least=likes:0:11")).await;
    assert_eq!(
        (status, body.as_str()),
        (
            StatusCode::OK,
            r#"{"set":"tribe:t1","members":[{"member":"m/b","score":2.5,"id":"b"},{"member":"m/a","score":1,"id":"a"},{"member":"m/c","score":1,"id":"c"}]}"#
        )
    );
    assert_eq!(headers["foldline-version"], "like-count@1.0.0");
    assert_eq!(headers["foldline-position"], "likes:0:11");
    for (order, expected) in [("desc", ["b", "a", "c"]), ("asc", ["a", "c", "b"])] {
        let path = format!("{SET}?order={order}&limit=2");
        let page: Value = serde_json::from_str(&server.get(&path).await.2).unwrap();
        assert_eq!(members(&page), expected[..2]);
        let next = format!("{path}&cursor={}", page["cursor"].as_str().unwrap());
        let last: Value = serde_json::from_str(&server.get(&next).await.2).unwrap();
        assert_eq!((members(&last), last.get("cursor")), (expected[2..].to_vec(), None));
        let other =
            next.replace(&format!("order={order}"), if order == "asc" { "order=desc" } else { "order=asc" });
        assert!(problem(400, &server.get(&other).await).detail.contains("another set or order"));
    }
    let (status, _, body) = server.get("/api/v1/projections/like-count/sets/nobody").await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, r#"{"set":"nobody","members":[]}"#));
}

#[tokio::test]
async fn one_member_is_asked_for_by_its_name() {
    let server = server();
    let (status, _, body) = server.get(&format!("{SET}?member=m%2Fb")).await;
    let found: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, StatusCode::OK);
    assert_eq!(found, json!({"set": "tribe:t1", "member": "m/b", "score": 2.5, "id": "b"}));
    let missing = server.get(&format!("{SET}?member=b")).await;
    assert!(problem(404, &missing).detail.contains("has no member `b`"));
    assert_eq!(missing.1["foldline-position"], "likes:0:11");
}

#[tokio::test]
async fn what_cannot_be_asked_of_a_set_is_refused() {
    let server = server();
    for wrong in
        ["order=up", "limit=0", "limit=1001", "cursor=x", "sort=-score", "member=a&order=asc", "wait=1s"]
    {
        problem(400, &server.get(&format!("{SET}?{wrong}")).await);
    }
    problem(400, &server.get(&format!("/api/v1/projections/like-count/sets/{}", "x".repeat(513))).await);
    problem(404, &server.get("/api/v1/projections/views/sets/x").await);
    let late = server.get(&format!("{SET}?at_least=likes:0:12&wait=0s")).await;
    assert_eq!(problem(504, &late).position, Some(position("likes:0:11")));
}
