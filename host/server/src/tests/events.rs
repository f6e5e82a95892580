//! Events as a client reads them.

use std::time::Instant;

use super::*;
use crate::events::answer;

/// Reads the next data; `None` at the end of the answer.
async fn next(body: &mut Body) -> Option<String> {
    let frame =
        tokio::time::timeout(Duration::from_secs(60), body.frame()).await.expect("it comes or it ends");
    Some(String::from_utf8(frame?.unwrap().into_data().unwrap().to_vec()).unwrap())
}

impl Server {
    /// Returns the body of an answer of events.
    async fn listen(&self) -> Body {
        let request = request("GET", "/api/v1/events").body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        response.into_body()
    }

    fn says(&self, version: &str) {
        let (version, log) = (version.to_owned(), "embedded".to_owned());
        *self.status.lock().unwrap() = Some(api::Status {
            skips: Vec::new(),
            version,
            log,
            clock_behind_ms: 0,
            log_end_age_ms: 0,
            doubts: Vec::new(),
            unmatched: Vec::new(),
            projections: Vec::new(),
            relays: Vec::new(),
        });
        self.changes.send_modify(|changes| *changes += 1);
    }
}

fn event(version: &str) -> String {
    format!("event: status\ndata: {{\"version\":\"{version}\",\"log\":\"embedded\",\"projections\":[]}}\n\n")
}

#[tokio::test]
async fn each_event_is_the_status_after_a_change_and_many_changes_are_one_event() {
    let server = Server::new();
    let mut body = server.listen().await;
    let problem = next(&mut body).await.unwrap();
    assert!(
        problem.starts_with("event: problem\ndata: {") && problem.contains("the broker is away"),
        "{problem}"
    );
    server.says("1");
    assert_eq!(next(&mut body).await.unwrap(), event("1"));
    let at = Instant::now();
    for version in 2..100 {
        server.says(&version.to_string());
    }
    assert_eq!(next(&mut body).await.unwrap(), event("99"));
    // The pause begins when an event is sent, shortly before it is read.
    assert!(at.elapsed() > Duration::from_millis(200), "{:?}", at.elapsed());
    server.stop.send_replace(true);
    assert_eq!(next(&mut body).await, None, "the answer ends with the server");
}

#[tokio::test]
async fn a_change_that_leaves_the_status_as_it_is_is_no_event_and_silence_has_a_heartbeat() {
    let server = Server::new();
    server.says("1");
    let place = server.app.capacity.events.clone().try_acquire_owned().unwrap();
    let mut body = answer(server.app.clone(), place, Duration::from_millis(20)).into_body();
    assert_eq!(next(&mut body).await.unwrap(), event("1"));
    server.says("1");
    for _ in 0..3 {
        assert_eq!(next(&mut body).await.unwrap(), ":\n\n");
    }
    server.says("2");
    loop {
        match next(&mut body).await.unwrap().as_str() {
            ":\n\n" => {}
            told => break assert_eq!(told, event("2")),
        }
    }
}

#[tokio::test]
async fn clients_are_bounded_and_one_that_goes_makes_room() {
    let server = Server::new();
    let mut listening = Vec::new();
    for _ in 0..server.app.capacity.events.available_permits() {
        listening.push(server.listen().await);
    }
    let refused = tokio::time::timeout(Duration::from_secs(60), server.get("/api/v1/events")).await;
    let refused = problem(503, &refused.expect("a refusal ends"));
    assert!(refused.detail.contains("the maximum number of clients"), "{refused:?}");
    problem(400, &server.get("/api/v1/events?since=1").await);
    listening.pop();
    // The permit is returned once the task has noticed.
    let place = server.app.capacity.events.clone().acquire_owned();
    let _place = tokio::time::timeout(Duration::from_secs(60), place).await.expect("a place").unwrap();
}
