//! The testing harness gives the same answers as a host, for every aggregate and for bad records.
//!
//! Method: one reducer with all aggregates, fed in different ways and orders.

use foldline_sdk::prelude::*;
use foldline_sdk::testing::{Harness, json};

#[derive(Event)]
#[event(topic = "sales", time = at, unit = "s")]
struct Sale<'a> {
    #[event(key)]
    sale_id: &'a str,
    #[event(path = "shop.id", alias = "name")]
    shop: i64,
    price: &'a str,
    pieces: i64,
    weight: Option<f64>,
    at: i64,
}

#[derive(Event)]
#[event(topic = "openings")]
struct Opening {
    shop: i64,
    open: bool,
    #[event(unit = "rfc3339")]
    since: Time,
}

#[derive(Event)]
enum Input<'a> {
    Sale(Sale<'a>),
    Opening(Opening),
}

#[derive(Table)]
struct Shops {
    #[key]
    shop: Int,
    sales: Count,
    turnover: Sum<2>,
    pieces: Sum,
    cheapest: Min<Text>,
    heaviest: Max<Float>,
    first: First<Text>,
    last: Last<Text>,
    prices: Distinct,
    since: Last<Time>,
    open: Last<Boolean>,
    sizes: Distinct<12, Int>,
}

#[derive(Document)]
struct Shop {
    sales: u64,
    turnover: String,
    pieces: i64,
    cheapest: Option<String>,
    heaviest: Option<f64>,
    first: Option<String>,
    last: Option<String>,
    prices: u64,
    since: Option<Time>,
    open: Option<bool>,
    sizes: u64,
}

#[reducer]
impl Reducer for ShopStats {
    type Event<'a> = Input<'a>;
    type Table = Shops;
    type Document = Shop;

    fn extract(event: Input<'_>, out: &mut Contributions<Shops>) -> Result<()> {
        let sale = match event {
            Input::Opening(opening) => {
                return out.add(Shops::key(opening.shop).open(opening.open).since(opening.since));
            }
            Input::Sale(sale) => sale,
        };
        if sale.pieces == 0 {
            return Err("a sale of nothing".into());
        }
        if let Some(weight) = sale.weight {
            out.add(Shops::key(sale.shop).heaviest(weight))?;
        }
        let shop =
            Shops::key(sale.shop).sales(1).turnover(sale.price).pieces(sale.pieces).cheapest(sale.price);
        out.add(shop.first(sale.sale_id).last(sale.sale_id).prices(sale.price).sizes(sale.pieces))
    }

    fn project(row: Row<'_, Shops>, out: &mut Projected<Shop>) -> Result<()> {
        if row.open == Some(false) {
            return out.nothing();
        }
        out.document(Shop {
            sales: row.sales,
            turnover: row.turnover.into(),
            pieces: row.pieces,
            cheapest: row.cheapest.map(Into::into),
            heaviest: row.heaviest,
            first: row.first.map(Into::into),
            last: row.last.map(Into::into),
            prices: row.prices,
            since: row.since,
            open: row.open,
            sizes: row.sizes,
        })
    }
}

fn sale<'a>(sale_id: &'a str, price: &'a str, pieces: i64, at: i64) -> Input<'a> {
    Input::Sale(Sale { sale_id, shop: 7, price, pieces, weight: Some(pieces as f64 / 2.0), at })
}

#[test]
fn every_aggregate_shows_its_result_whatever_the_order() {
    let sales = [("b", "2.50", 4, 2_000), ("a", "10.00", -1, 1_000), ("c", "2.50", 4, 3_000)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let mut shops = Harness::<ShopStats>::new();
        for (id, price, pieces, at) in order.map(|at: usize| sales[at]) {
            shops.event(sale(id, price, pieces, at));
        }
        assert_eq!(shops.rejected(), []);
        assert_eq!(
            shops.document("7"),
            Some(json!({
                "sales": 3, "turnover": "15.00", "pieces": 7, "cheapest": "10.00", "heaviest": 2.0, "first": "a",
                "last": "c", "prices": 2, "since": null, "open": null, "sizes": 2,
            })),
            "order {order:?}"
        );
    }
}

#[test]
fn json_takes_the_same_way_as_events() {
    let (mut typed, mut decoded) = (Harness::<ShopStats>::new(), Harness::<ShopStats>::new());
    typed.event(sale("a", "1.20", 2, 1_000)).event(Input::Opening(Opening {
        shop: 7,
        open: true,
        since: Time::from_ms(1_767_225_600_000),
    }));
    let value = r#"{"shop": {"name": 7}, "price": "1.20", "pieces": 2, "weight": 1, "at": 1, "unknown": []}"#;
    decoded.json_with_key("sales", "a", value);
    decoded.json("openings", r#"{"shop": 7, "open": true, "since": "2026-01-01T00:00:00Z"}"#);
    assert_eq!(decoded.rejected(), []);
    assert!(typed.document("7").is_some());
    assert_eq!(decoded.documents(), typed.documents());
}

#[test]
fn bad_records_and_refused_events_are_listed_and_add_nothing() {
    let mut shops = Harness::<ShopStats>::new();
    let good = r#"{"shop": {"id": 7}, "price": "1.00", "pieces": 1, "at": 1}"#;
    shops.json_with_key("sales", "a", good);
    let before = shops.documents();
    let bad = [
        ("not json", "invalid JSON"),
        ("[]", "expected a JSON object"),
        (r#"{"shop": {"id": 7}, "price": "1.00", "pieces": 1}"#, "missing field `at`"),
        (r#"{"shop": {"id": null}, "price": "1.00", "pieces": 1, "at": 1}"#, "missing field `shop`"),
        (r#"{"shop": 7, "price": "1.00", "pieces": 1, "at": 1}"#, "field `shop`: expected an object"),
        (r#"{"shop": {"id": 7}, "price": 1.0, "pieces": 1, "at": 1}"#, "field `price`: expected"),
        (r#"{"shop": {"id": 7}, "price": "1.00", "pieces": 0, "at": 1}"#, "a sale of nothing"),
        (r#"{"shop": {"id": 7}, "price": "1 euro", "pieces": 1, "at": 1}"#, "1 euro"),
    ];
    for (value, _) in bad {
        shops.json_with_key("sales", "a", value);
    }
    shops.json("sales", good);
    let rejected = shops.rejected();
    assert_eq!(rejected.len(), bad.len() + 1);
    for (at, (rejection, (value, reason))) in rejected.iter().zip(bad).enumerate() {
        assert!(rejection.reason.contains(reason), "{value}: {}", rejection.reason);
        assert_eq!((&*rejection.topic, rejection.index), ("sales", at + 1));
    }
    assert_eq!(rejected[bad.len()].reason, "missing field `sale_id`");
    assert_eq!(shops.documents(), before);
}

#[test]
fn a_row_may_have_no_document() {
    let mut shops = Harness::<ShopStats>::new();
    shops.event(sale("a", "1.00", 1, 1));
    assert!(shops.document("7").is_some());
    shops.json("openings", r#"{"shop": 7, "open": false, "since": "2026-01-01T00:00:00Z"}"#);
    assert_eq!(shops.document("7"), None);
    assert!(shops.documents().is_empty());
}

#[test]
#[should_panic(expected = "`foldline-sdk` does not read topic `sale`")]
fn a_topic_that_the_reducer_does_not_read_is_a_mistake_of_the_test() {
    Harness::<ShopStats>::new().json("sale", "{}");
}
