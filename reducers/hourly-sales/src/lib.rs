//! The sales of each shop per hour: revenue, order sizes, and the largest orders.

use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "orders", time = timestamp, unit = "ms", bound = "1m")]
struct Order<'a> {
    order_id: &'a str,
    shop_id: &'a str,
    /// In the shop's currency, such as `19.90`.
    amount: &'a str,
    timestamp: i64,
}

#[derive(Table)]
#[table(window = "1h", keep = "every 7d", lateness = "10m")]
struct Hours {
    #[key]
    shop_id: Text,
    orders: Count,
    revenue: Sum<2>,
    smallest: Min<Int>,
    largest: Max<Int>,
    #[quantiles(at = [0.5, 0.9], error = "1%")]
    cents: Quantiles,
    top_orders: TopK<3>,
}

#[derive(Document)]
struct Hour {
    shop_id: String,
    #[sortable]
    start: Time,
    #[sortable]
    orders: u64,
    revenue: String,
    smallest_cents: Option<i64>,
    largest_cents: Option<i64>,
    median_cents: Option<f64>,
    p90_cents: Option<f64>,
    top_orders: Vec<Ranked>,
}

#[reducer]
impl Reducer for HourlySales {
    type Event<'a> = Order<'a>;
    type Table = Hours;
    type Document = Hour;

    fn extract(order: Order<'_>, out: &mut Contributions<Hours>) -> Result<()> {
        let cents = cents(order.amount)?;
        let hour = Hours::key(order.shop_id).orders(1).revenue(order.amount);
        out.add(hour.smallest(cents).largest(cents).cents(cents).top_orders(order.order_id, cents))
    }

    fn project(row: Row<'_, Hours>, out: &mut Projected<Hour>) -> Result<()> {
        out.document(Hour {
            shop_id: row.shop_id.into(),
            start: row.window_start,
            orders: row.orders,
            revenue: row.revenue.into(),
            smallest_cents: row.smallest,
            largest_cents: row.largest,
            median_cents: row.cents.p50,
            p90_cents: row.cents.p90,
            top_orders: row.top_orders,
        })
    }
}

/// Parses an amount with two decimal places.
fn cents(amount: &str) -> Result<i64> {
    let refuse = || format!("`{amount}` is no amount such as 19.90");
    let (whole, places) = amount.split_once('.').ok_or_else(refuse)?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if places.len() != 2 || !digits(whole) || !digits(places) {
        return Err(refuse().into());
    }
    Ok(format!("{whole}{places}").parse()?)
}

#[cfg(test)]
mod tests {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn order<'a>(order_id: &'a str, amount: &'a str, timestamp: i64) -> Order<'a> {
        Order { order_id, shop_id: "s1", amount, timestamp }
    }

    #[test]
    fn an_hour_is_served_ten_minutes_after_its_end() {
        let mut sales = Harness::<HourlySales>::new();
        for (at, (id, amount)) in
            [("o1", "20.00"), ("o2", "5.00"), ("o3", "100.00"), ("o4", "4.00")].iter().enumerate()
        {
            sales.event(order(id, amount, at as i64));
        }
        sales.watermark(HOUR_MS + 600_000 - 1);
        assert!(sales.documents().is_empty());
        sales.watermark(HOUR_MS + 600_000);
        let hour = sales.document("s1@0").unwrap();
        assert_eq!((&hour["orders"], &hour["revenue"]), (&json!(4), &json!("129.00")));
        assert_eq!((&hour["smallest_cents"], &hour["largest_cents"]), (&json!(400), &json!(10_000)));
        let median = hour["median_cents"].as_f64().unwrap();
        assert!((495.0..=505.0).contains(&median), "{median}");
        let top =
            json!([{"id": "o3", "value": 10_000}, {"id": "o1", "value": 2_000}, {"id": "o2", "value": 500}]);
        assert_eq!(hour["top_orders"], top);
    }

    #[test]
    fn an_order_of_the_last_hour_is_waited_for() {
        let mut sales = Harness::<HourlySales>::new();
        sales.event(order("o1", "1.00", HOUR_MS + 660_000)).event(order("o2", "2.00", HOUR_MS - 1));
        assert_eq!(sales.late(), 1, "ten minutes of lateness and one of disorder have passed");
        let mut sales = Harness::<HourlySales>::new();
        sales.event(order("o1", "1.00", HOUR_MS + 659_999)).event(order("o2", "2.00", HOUR_MS - 1));
        assert_eq!(sales.late(), 0);
        sales.watermark(3 * HOUR_MS);
        assert_eq!(sales.document("s1@0").unwrap()["revenue"], "2.00");
    }

    #[test]
    fn an_amount_without_cents_is_refused() {
        for amount in ["", "5", "5.", "5.0", ".50", "-1.00", "1,00", "5.000", "99999999999999999999.00"] {
            let mut sales = Harness::<HourlySales>::new();
            sales.event(order("o1", amount, 1));
            assert_eq!(sales.rejected().len(), 1, "{amount}");
        }
        assert_eq!(cents("0.05").unwrap(), 5);
    }
}
