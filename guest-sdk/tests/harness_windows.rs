//! In the testing harness, windows close by event time alone, and late events are dropped.
//!
//! Method: page views and clicks per site, in windows of ten minutes that slide by five; a row of zeros while nothing happens.

use foldline_sdk::prelude::*;
use foldline_sdk::testing::{Harness, json};

#[derive(Event)]
#[event(topic = "pages", time = at, unit = "s", bound = "1m")]
struct Page<'a> {
    site: &'a str,
    page: &'a str,
    ms: i64,
    at: i64,
}

#[derive(Event)]
#[event(topic = "clicks", time = at, unit = "s")]
struct Click<'a> {
    site: &'a str,
    at: i64,
}

#[derive(Event)]
enum Input<'a> {
    Page(Page<'a>),
    Click(Click<'a>),
}

#[derive(Table)]
#[table(window = "10m / 5m", when_empty = "zero", lateness = "30s")]
struct Sites {
    #[key]
    site: Text,
    pages: Count,
    clicks: Count,
    slowest: TopK<2>,
    #[quantiles(at = [1, 0.5])]
    ms: Quantiles,
}

#[derive(Document)]
struct Site {
    pages: u64,
    clicks: u64,
    slowest: Vec<Ranked>,
    median_ms: Option<f64>,
    window_start: Time,
    window_end: Time,
}

#[reducer]
impl Reducer for SiteStats {
    type Event<'a> = Input<'a>;
    type Table = Sites;
    type Document = Site;

    fn extract(event: Input<'_>, out: &mut Contributions<Sites>) -> Result<()> {
        match event {
            Input::Click(click) => out.add(Sites::key(click.site).clicks(1)),
            Input::Page(page) if page.page.is_empty() => Err("no page".into()),
            Input::Page(page) => {
                out.add(Sites::key(page.site).pages(1).slowest(page.page, page.ms).ms(page.ms))
            }
        }
    }

    fn project(row: Row<'_, Sites>, out: &mut Projected<Site>) -> Result<()> {
        out.document(Site {
            pages: row.pages,
            clicks: row.clicks,
            slowest: row.slowest,
            median_ms: row.ms.p50,
            window_start: row.window_start,
            window_end: row.window_end,
        })
    }
}

fn page(page: &str, ms: i64, at_ms: i64) -> Input<'_> {
    Input::Page(Page { site: "a", page, ms, at: at_ms })
}

fn click(at_ms: i64) -> Input<'static> {
    Input::Click(Click { site: "a", at: at_ms })
}

#[test]
fn a_window_closes_when_the_slowest_topic_has_passed_it() {
    let mut sites = Harness::<SiteStats>::new();
    sites.event(page("x", 8, 1_000)).event(page("y", 4, 2_000)).event(page("x", 9, 3_000));
    sites.event(page("z", 1, 3_600_000));
    assert_eq!(sites.document("a"), None, "no click is known yet");
    sites.event(click(329_999));
    assert_eq!(sites.document("a"), None, "windows wait for half a minute more");
    sites.event(click(330_000));
    let document = sites.document("a").unwrap();
    assert_eq!(document["slowest"], json!([{"id": "x", "value": 9}, {"id": "y", "value": 4}]));
    assert_eq!((&document["pages"], &document["window_end"]), (&json!(3), &json!(300_000)));
    assert_eq!(document["window_start"], -300_000);
    assert!((document["median_ms"].as_f64().unwrap() - 8.0).abs() <= 0.08);
    sites.watermark("1970-01-01T00:20:30Z");
    assert_eq!(
        sites.document("a"),
        Some(json!({
            "pages": 0, "clicks": 0, "slowest": [], "median_ms": null, "window_start": 600_000, "window_end": 1_200_000,
        }))
    );
}

#[test]
fn events_are_late_by_their_own_topic_and_refused_ones_are_not_late() {
    let mut sites = Harness::<SiteStats>::new();
    sites.event(click(600_000)).event(page("x", 1, 100_000));
    assert_eq!(sites.late(), 0, "the other topic's time is no measure");
    sites.event(page("x", 1, 190_000)).event(page("y", 1, 100_000));
    assert_eq!(sites.late(), 0, "within the bound and the lateness");
    sites.event(page("", 1, 300_000)).event(page("z", 1, 209_999));
    assert_eq!((sites.late(), sites.rejected().len()), (1, 1), "a refused event lets time pass, too");
    sites.event(page("", 1, 100_000));
    assert_eq!((sites.late(), sites.rejected().len()), (1, 2));
    sites.watermark(600_000);
    assert_eq!(sites.document("a").unwrap()["pages"], 3);
}

#[test]
#[should_panic(expected = "`tomorrow` is not a time")]
fn a_watermark_is_a_time() {
    Harness::<SiteStats>::new().watermark("tomorrow");
}

#[derive(Event)]
#[event(topic = "names", time = at, untimed)]
struct SiteName<'a> {
    site: &'a str,
    in_windows: bool,
    at: i64,
}

#[derive(Event)]
enum Visit<'a> {
    Click(Click<'a>),
    Name(SiteName<'a>),
}

#[derive(Table)]
#[table(window = "1m")]
struct Clicks {
    #[key]
    site: Text,
    clicks: Count,
}

#[derive(Table)]
struct Names {
    #[key]
    site: Text,
    changed: Last<Time>,
}

#[derive(Tables)]
struct Visits {
    clicks: Clicks,
    names: Names,
}

#[derive(Document)]
struct Clicked {
    clicks: u64,
}

#[reducer]
impl Reducer for ClickCounter {
    type Event<'a> = Visit<'a>;
    type Table = Visits;
    type Document = Clicked;

    fn extract(visit: Visit<'_>, out: &mut Contributions<Visits>) -> Result<()> {
        match visit {
            Visit::Click(click) => out.add(Clicks::key(click.site).clicks(1)),
            Visit::Name(name) if name.in_windows => out.add(Clicks::key(name.site).clicks(1)),
            Visit::Name(name) => out.add(Names::key(name.site).changed(Time::from_ms(name.at))),
        }
    }

    fn project(row: Row<'_, Clicks>, out: &mut Projected<Clicked>) -> Result<()> {
        out.document(Clicked { clicks: row.clicks })
    }
}

#[test]
fn untimed_events_close_no_windows_and_are_never_late() {
    let mut clicks = Harness::<ClickCounter>::new();
    let name = |in_windows, at| Visit::Name(SiteName { site: "a", in_windows, at });
    let click = |at| Visit::Click(Click { site: "a", at });
    clicks.event(click(30_000)).event(name(false, 900_000)).event(name(false, 1));
    assert_eq!((clicks.document("a"), clicks.late()), (None, 0));
    clicks.event(name(true, 2));
    let reason = "contributes to table `clicks`, which has windows, and topic `names` is read untimed";
    assert_eq!(clicks.rejected()[0].reason, reason);
    clicks.event(click(61_000));
    assert_eq!(clicks.document("a"), Some(json!({"clicks": 1})), "no window waits for the names");
}

#[derive(Event)]
#[event(topic = "events", time = at, bound = "10s")]
struct Seen<'a> {
    site: &'a str,
    at: i64,
}

#[derive(Event)]
#[event(topic = "events", time = at, bound = "10s")]
struct Bought<'a> {
    site: &'a str,
    price: i64,
    at: i64,
}

#[derive(Event)]
#[event(select = "meta.kind")]
enum Activity<'a> {
    Seen(Seen<'a>),
    #[select("bought", "paid")]
    Bought(Bought<'a>),
}

#[derive(Table)]
#[table(window = "1m")]
struct Activities {
    #[key]
    site: Text,
    seen: Count,
    earned: Sum<0>,
}

#[derive(Document)]
struct ActivityOfSite {
    seen: u64,
    earned: String,
}

#[reducer]
impl Reducer for ActivityCounter {
    type Event<'a> = Activity<'a>;
    type Table = Activities;
    type Document = ActivityOfSite;

    fn extract(event: Activity<'_>, out: &mut Contributions<Activities>) -> Result<()> {
        match event {
            Activity::Seen(seen) => out.add(Activities::key(seen.site).seen(1)),
            Activity::Bought(bought) => out.add(Activities::key(bought.site).earned(bought.price)),
        }
    }

    fn project(row: Row<'_, Activities>, out: &mut Projected<ActivityOfSite>) -> Result<()> {
        out.document(ActivityOfSite { seen: row.seen, earned: row.earned.to_string() })
    }
}

#[test]
fn records_of_a_topic_go_to_the_variant_that_their_text_selects() {
    let mut sites = Harness::<ActivityCounter>::new();
    for (kind, at) in
        [("\"seen\"", 1), ("\"paid\"", 2), ("\"bought\"", 3), ("\"left\"", 900_000), ("7", 900_000)]
    {
        let value = format!(r#"{{"meta":{{"kind":{kind}}},"site":"a","price":5,"at":{at}}}"#);
        sites.json("events", &value);
    }
    sites.json("events", r#"{"site":"a"}"#).json("events", r#"{"meta":1}"#);
    assert_eq!((sites.passed_over(), sites.rejected().len()), (4, 0));
    sites.json("events", "no JSON").json("events", r#"{"meta":{"kind":"paid"},"site":"a","at":1}"#);
    let reasons: Vec<_> = sites.rejected().iter().map(|rejected| &rejected.reason[..12]).collect();
    assert_eq!(reasons, ["invalid JSON", "missing fiel"]);
    sites.event(Activity::Seen(Seen { site: "b", at: 70_000 }));
    assert_eq!(sites.document("a"), Some(json!({"seen": 1, "earned": "10"})), "one bound, one time for both");
    sites.event(Activity::Bought(Bought { site: "b", price: 1, at: 59_999 }));
    assert_eq!(sites.late(), 1, "a variant is late by the other's time");
}
