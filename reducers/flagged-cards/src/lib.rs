//! How many orders each card paid, and which cards paid too many. Operators say which orders count, and how many are too many.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "orders")]
struct Order<'a> {
    card: &'a str,
    cents: i64,
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
    #[sortable]
    flagged: bool,
}

#[derive(Parameters)]
#[parameters(check = Limits::check)]
struct Limits {
    /// A card is flagged from this many orders on.
    #[parameter(5)]
    orders: i64,
    /// Smaller orders do not count.
    #[parameter(0)]
    cents: i64,
}

impl Limits {
    fn check(&self) -> Result<()> {
        if self.orders < 1 {
            return Err(format!("`orders` is {}: it is at least 1", self.orders).into());
        }
        Ok(())
    }
}

#[reducer(parameters = Limits)]
impl Reducer for FlaggedCards {
    type Event<'a> = Order<'a>;
    type Table = Cards;
    type Document = Card;

    fn extract(order: Order<'_>, out: &mut Contributions<Cards>) -> Result<()> {
        if order.cents < parameters::<Limits>().cents {
            return Ok(());
        }
        out.add(Cards::key(order.card).orders(1))
    }

    fn project(row: Row<'_, Cards>, out: &mut Projected<Card>) -> Result<()> {
        let limits = parameters::<Limits>();
        out.document(Card { orders: row.orders, flagged: row.orders >= limits.orders as u64 })
    }
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    fn of(limits: Limits) -> Harness<FlaggedCards> {
        let mut cards = Harness::with(limits);
        for cents in [100, 200, 300] {
            cards.event(Order { card: "c1", cents });
        }
        cards
    }

    #[test]
    fn limits_say_which_orders_count_and_how_many_are_too_many() {
        let plain = of(Limits::default());
        assert_eq!(plain.document("c1"), Some(json!({"orders": 3, "flagged": false})));
        let strict = of(Limits { orders: 2, cents: 200 });
        assert_eq!(strict.document("c1"), Some(json!({"orders": 2, "flagged": true})));
    }

    #[test]
    #[should_panic(expected = "`orders` is 0: it is at least 1")]
    fn no_orders_at_all_are_no_limit() {
        of(Limits { orders: 0, ..Limits::default() });
    }
}
