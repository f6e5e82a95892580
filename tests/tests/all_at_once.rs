//! Goal: trouble with one projection, module, sink, reader or log stops no other projection.
//! Method: a real host under load. One trouble after the other is made and lasts, until all exist at once. A client appends and
//! reads back throughout. In the end, every document of the spared projection must equal the model's.

use foldline_tests::client::Client;
use foldline_tests::troubles::{SPARED, Stage, Trouble};

#[test]
fn with_every_trouble_at_once_the_other_projections_go_on() {
    let Some(mut stage) = Stage::start() else { return };
    let mut client = Client::new(1);
    client.append(&stage.host.url, 2_000);
    client.check(&stage.host);
    for name in ["post-stats", "sessions", "trending"] {
        stage.host.wait(name);
    }
    let appending = client.keep_appending(&stage.host);
    for trouble in Trouble::ALL {
        stage.make(trouble);
        println!("{trouble:?}");
        appending.goes_on();
    }
    // Each trouble has hit its victim.
    for (name, version) in [("sessions", "0.1.0"), ("trending", "0.2.0")] {
        stage.host.await_phase(name, version, "halted");
    }
    appending.goes_on();
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(stage.host.get(path).0, 200, "{path}");
    }
    assert_eq!(stage.host.phase(SPARED, "0.1.0").as_deref(), Some("live"));
    assert_eq!(
        stage.host.phase("trending", "0.1.0").as_deref(),
        Some("live"),
        "the version before the one that panics"
    );
    let client = appending.stop();
    client.check(&stage.host);
    stage.host.wait_embedded("trending");
}
