//! Parameters of a reducer: what is declared, which values are taken, and what reads them.

use foldline_sdk::__private::configure;
use foldline_sdk::__private::contract::Scalar;
use foldline_sdk::prelude::*;
use foldline_sdk::testing::{Harness, json};

#[derive(Event)]
#[event(topic = "orders")]
struct Order<'a> {
    card: &'a str,
    amount: i64,
}

#[derive(Table)]
struct Cards {
    #[key]
    card: Text,
    orders: Count,
}

#[derive(Document)]
struct Card {
    orders: u64,
    flagged: bool,
    within_ms: i64,
}

#[derive(Parameters, Debug, PartialEq)]
#[parameters(check = Limits::check)]
struct Limits {
    /// A card is flagged
    /// from this many orders on.
    #[parameter(3)]
    orders: i64,
    /// Orders below this amount do not count.
    #[parameter(-5)]
    amount: i64,
    #[parameter("10m")]
    within: Span,
    #[parameter(1)]
    share: f64,
    #[parameter(true)]
    strict: bool,
    #[parameter("none")]
    r#type: String,
}

impl Limits {
    fn check(&self) -> Result<()> {
        if self.orders < 1 {
            return Err("`orders` is at least 1".into());
        }
        Ok(())
    }
}

#[reducer(parameters = Limits)]
impl Reducer for Flags {
    type Event<'a> = Order<'a>;
    type Table = Cards;
    type Document = Card;

    fn extract(order: Order<'_>, out: &mut Contributions<Cards>) -> Result<()> {
        if order.amount < parameters::<Limits>().amount {
            return Ok(());
        }
        out.add(Cards::key(order.card).orders(1))
    }

    fn project(row: Row<'_, Cards>, out: &mut Projected<Card>) -> Result<()> {
        let limits = parameters::<Limits>();
        let flagged = row.orders as i64 >= limits.orders;
        out.document(Card { orders: row.orders, flagged, within_ms: limits.within.ms() })
    }
}

#[test]
fn what_is_declared_is_names_explanations_and_fallbacks() {
    let declared = <Limits as Parameters>::declared();
    let names: Vec<&str> = declared.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["orders", "amount", "within", "share", "strict", "type"]);
    assert_eq!(declared[0].explanation, "A card is flagged from this many orders on.");
    assert_eq!(declared[2].explanation, "");
    let fallbacks: Vec<String> =
        declared.iter().map(|parameter| format!("{:?}", parameter.fallback)).collect();
    assert_eq!(
        fallbacks,
        [
            "Scalar::Int(3)",
            "Scalar::Int(-5)",
            "Scalar::Text(\"10m\")",
            "Scalar::Float(1.0)",
            "Scalar::Boolean(true)",
            "Scalar::Text(\"none\")",
        ]
    );
    let values = declared.into_iter().map(|parameter| parameter.fallback).collect();
    assert_eq!(Limits::of(values).unwrap(), Limits::default());
}

#[test]
fn a_harness_has_the_values_that_it_was_given_and_others_have_theirs() {
    let mut plain = Harness::<Flags>::new();
    let mut strict = Harness::<Flags>::with(Limits {
        orders: 2,
        amount: 10,
        within: "1h".parse().unwrap(),
        ..Limits::default()
    });
    for amount in [5, 10, 20] {
        plain.event(Order { card: "c1", amount });
        strict.event(Order { card: "c1", amount });
    }
    let of_plain = json!({"orders": 3, "flagged": true, "within_ms": 600_000});
    let of_strict = json!({"orders": 2, "flagged": true, "within_ms": 3_600_000});
    assert_eq!(plain.document("c1"), Some(of_plain));
    assert_eq!(strict.document("c1"), Some(of_strict));
    assert_eq!(*parameters::<Limits>(), Limits::default(), "outside of a call, the fallbacks");
}

#[test]
#[should_panic(expected = "these parameters are refused: `orders` is at least 1")]
fn a_harness_refuses_what_the_host_would_refuse() {
    Harness::<Flags>::with(Limits { orders: 0, ..Limits::default() });
}

#[test]
fn values_that_do_not_fit_are_refused_with_the_reason() {
    let values = |orders, within: &str| {
        vec![
            Scalar::Int(orders),
            Scalar::Int(0),
            Scalar::Text(within.to_owned()),
            Scalar::Float(0.5),
            Scalar::Boolean(false),
            Scalar::Text(String::new()),
        ]
    };
    assert_eq!(configure::<Limits>(values(0, "1h")).unwrap_err(), "`orders` is at least 1");
    assert_eq!(
        configure::<Limits>(values(1, "soon")).unwrap_err(),
        "`within`: \"soon\" is not a duration such as \"250ms\", \"10m\" or \"1h30m\""
    );
    configure::<Limits>(values(7, "1h30m")).unwrap();
    assert_eq!(parameters::<Limits>().orders, 7);
    assert_eq!(parameters::<Limits>().within.ms(), 5_400_000);
}
