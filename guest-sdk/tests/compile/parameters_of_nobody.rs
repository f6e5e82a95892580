use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "orders")]
struct Order<'a> { card: &'a str }

#[derive(Table)]
struct Cards { #[key] card: Text, orders: Count }

#[derive(Document)]
struct Card { orders: u64 }

#[derive(Parameters)]
struct Limits { #[parameter(5)] orders: i64 }

#[derive(Parameters)]
struct Others { #[parameter(5)] orders: i64 }

#[reducer(parameters = Limits)]
impl Reducer for Flags {
    type Event<'a> = Order<'a>;
    type Table = Cards;
    type Document = Card;

    fn extract(order: Order<'_>, out: &mut Contributions<Cards>) -> Result<()> {
        let _ = parameters::<Others>().orders;
        out.add(Cards::key(order.card).orders(1))
    }

    fn project(row: Row<'_, Cards>, out: &mut Projected<Card>) -> Result<()> {
        let _ = parameters::<Limits>().orders;
        out.document(Card { orders: row.orders })
    }
}

fn main() {}
