//! What a reducer passes to the host, at the level of the contract's columns.
//!
//! Method: call the functions behind the exports natively, with columns built by hand.

use std::rc::Rc;

use foldline_sdk::__private::contract::{
    AggregateKind, Batch, BytesColumn, Column, Contributed, Contributions as Collected, Extracted,
    FieldSource, FieldType, Keep, QuantileSpec, Rows, Scalar, Sliding, TimeUnit, ValueType, Values,
    WhenEmpty, Window,
};
use foldline_sdk::__private::{Module, describe, project};
use foldline_sdk::prelude::*;

#[derive(Event)]
#[event(topic = "orders", time = placed_at, unit = "s", bound = "1m")]
struct Order<'a> {
    #[event(key)]
    order_id: &'a str,
    #[event(path = "customer.id", alias = "customer_id", alias = "customerId")]
    customer: &'a str,
    amount: &'a str,
    #[event(path = "type")]
    r#type: Option<String>,
    gift: Option<bool>,
    placed_at: i64,
}

#[derive(Event)]
#[event(topic = "visits")]
struct Visit {
    customer: String,
    seconds: i64,
    #[event(unit = "rfc3339")]
    until: Option<Time>,
    score: f64,
}

#[derive(Event)]
enum Input<'a> {
    Order(Order<'a>),
    Visit(Visit),
}

#[derive(Table)]
struct Customers {
    #[key]
    customer: Text,
    orders: Count,
    spent: Sum<2>,
    seconds: Sum,
    best: Max<Float>,
    gift: Last<Boolean>,
    until: First<Time>,
    kinds: Distinct,
    hours: Distinct<10, Int>,
}

#[derive(Document)]
struct Customer {
    customer: String,
    #[sortable]
    orders: u64,
    spent: String,
    best: Option<f64>,
    until: Option<Time>,
}

#[reducer]
impl Reducer for Crm {
    type Event<'a> = Input<'a>;
    type Table = Customers;
    type Document = Customer;

    fn extract(event: Input<'_>, out: &mut Contributions<Customers>) -> Result<()> {
        match event {
            Input::Order(order) => {
                out.add(Customers::key("everybody").orders(1))?;
                if order.order_id.is_empty() {
                    return Err("an order without an id".into());
                }
                let mut customer = Customers::key(order.customer).orders(1).spent(order.amount);
                if let Some(kind) = &order.r#type {
                    customer = customer.kinds(kind);
                }
                out.add(customer.hours(order.placed_at / 3_600_000))
            }
            Input::Visit(visit) => {
                let count = u64::try_from(visit.seconds)?;
                out.add(Customers::key(&visit.customer).orders(count).best(visit.score))
            }
        }
    }

    fn project(row: Row<'_, Customers>, out: &mut Projected<Customer>) -> Result<()> {
        match row.orders {
            0 => out.nothing(),
            7 => Ok(()),
            8 => out.nothing().and_then(|()| out.nothing()),
            9 => Err(format!("{} has nine orders", row.customer).into()),
            orders => out.document(Customer {
                customer: row.customer.into(),
                orders,
                spent: row.spent.into(),
                best: row.best,
                until: row.until,
            }),
        }
    }
}

fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Values {
    let (mut offsets, mut data) = (vec![0], Vec::new());
    for value in values {
        data.extend_from_slice(value.as_bytes());
        offsets.push(data.len() as u32);
    }
    Values::Texts(BytesColumn { offsets, data })
}

fn present(values: Values) -> Column {
    Column { values, validity: None }
}

/// Returns texts, of which the empty ones are nulls.
fn texts_or_nulls<'a>(values: impl ExactSizeIterator<Item = &'a str> + Clone) -> Column {
    let mut validity = vec![0; values.len().div_ceil(8)];
    for (row, _) in values.clone().enumerate().filter(|(_, text)| !text.is_empty()) {
        validity[row / 8] |= 1 << (row % 8);
    }
    Column { values: texts(values), validity: Some(validity) }
}

/// Returns orders of id, customer and kind; an empty kind is a null.
fn orders(orders: &[(&str, &str, &str)]) -> Batch {
    let rows = orders.len();
    Batch {
        input: 0,
        rows: rows as u32,
        times: vec![0; rows],
        lists: vec![],
        columns: vec![
            present(texts(orders.iter().map(|order| order.0))),
            present(texts(orders.iter().map(|order| order.1))),
            present(texts(orders.iter().map(|_| "1.50"))),
            texts_or_nulls(orders.iter().map(|order| order.2)),
            Column { values: Values::Booleans(vec![0; rows.div_ceil(8)]), validity: None },
            present(Values::Times((0..rows as i64).map(|row| row * 3_600_000).collect())),
        ],
    }
}

fn customers(counts: &[i64]) -> Rows {
    let rows = counts.len();
    let nothing = |values: Values| Column { values, validity: Some(vec![0; rows.div_ceil(8)]) };
    Rows {
        projection: 0,
        count: rows as u32,
        keys: vec![present(texts(counts.iter().map(|_| "ann")))],
        window_starts: vec![],
        window_ends: vec![],
        window_open: None,
        results: vec![
            present(Values::Ints(counts.to_vec())),
            present(texts(counts.iter().map(|_| "4.50"))),
            present(texts(counts.iter().map(|_| "0"))),
            nothing(Values::Floats(vec![0.0; rows])),
            nothing(Values::Booleans(vec![0; rows.div_ceil(8)])),
            present(Values::Times(vec![5; rows])),
            present(Values::Ints(vec![0; rows])),
            present(Values::Ints(vec![0; rows])),
        ],
        referred: vec![],
    }
}

/// Calls `extract`, and replaces columns by reference with what they stand for.
fn extract<R: Module>(batch: &Batch) -> Result<Extracted, String> {
    let mut extracted = foldline_sdk::__private::extract::<R>(Rc::new(batch.clone()))?;
    for Collected { source_rows, keys, values, .. } in &mut extracted.contributions {
        for column in keys.iter_mut().chain(values) {
            if let Some(stood_for) = stood_for(column, source_rows, batch) {
                *column = Contributed::Column(stood_for);
            }
        }
    }
    Ok(extracted)
}

/// Returns the column that a reference stands for.
fn stood_for(contributed: &Contributed, source_rows: &[u32], batch: &Batch) -> Option<Column> {
    let rows = source_rows.len();
    let validity = |present: &dyn Fn(usize) -> bool| {
        let mut bits = vec![0; rows.div_ceil(8)];
        (0..rows).filter(|&row| present(row)).for_each(|row| bits[row / 8] |= 1 << (row % 8));
        bits
    };
    match contributed {
        Contributed::Same(Scalar::Int(value)) => Some(present(Values::Ints(vec![*value; rows]))),
        Contributed::Same(Scalar::Float(value)) => Some(present(Values::Floats(vec![*value; rows]))),
        Contributed::Same(Scalar::Boolean(value)) => Some(present(Values::Booleans(validity(&|_| *value)))),
        Contributed::Same(Scalar::Text(value)) => Some(present(texts(vec![value.as_str(); rows]))),
        Contributed::Field(field) => {
            let Column { values, validity: nulls } = &batch.columns[*field as usize];
            let at = |row: usize| source_rows[row] as usize;
            let values = match values {
                Values::Ints(all) => Values::Ints((0..rows).map(|row| all[at(row)]).collect()),
                Values::Floats(all) => Values::Floats((0..rows).map(|row| all[at(row)]).collect()),
                Values::Times(all) => Values::Times((0..rows).map(|row| all[at(row)]).collect()),
                Values::Texts(all) => texts((0..rows).map(|row| {
                    let range = all.offsets[at(row)] as usize..all.offsets[at(row) + 1] as usize;
                    std::str::from_utf8(&all.data[range]).expect("texts are UTF-8")
                })),
                other => panic!("{other:?} by reference"),
            };
            let is_present =
                |row: usize| nulls.as_ref().is_none_or(|bits| bits[at(row) / 8] >> (at(row) % 8) & 1 == 1);
            let is_whole = (0..rows).all(is_present);
            Some(Column { values, validity: (!is_whole).then(|| validity(&is_present)) })
        }
        _ => None,
    }
}

/// Returns a column that was sent, or that a reference stood for.
#[track_caller]
fn sent(contributed: &Contributed) -> &Column {
    match contributed {
        Contributed::Column(column) => column,
        other => panic!("{other:?} is no column"),
    }
}

fn documents(rows: &Rows) -> Vec<Option<String>> {
    let column = project::<Crm>(rows).expect("no row fails").documents;
    let Values::Texts(bytes) = &column.values else { panic!("documents are texts") };
    let present =
        |row: usize| column.validity.as_ref().is_none_or(|bits| bits[row / 8] >> (row % 8) & 1 == 1);
    let text = |row: usize| {
        let range = bytes.offsets[row] as usize..bytes.offsets[row + 1] as usize;
        String::from_utf8(bytes.data[range].to_vec()).expect("documents are UTF-8")
    };
    (0..rows.count as usize).map(|row| present(row).then(|| text(row))).collect()
}

#[test]
fn fields_are_described_with_paths_types_and_times() {
    let description = describe::<Crm>();
    assert_eq!((&*description.name, &*description.version), ("foldline-sdk", env!("CARGO_PKG_VERSION")));
    let [orders, visits] = &description.inputs[..] else { panic!("an enum of two events has two inputs") };
    assert_eq!((&*orders.topic, orders.event_time, orders.out_of_orderness_ms), ("orders", Some(5), 60_000));
    assert_eq!((&*visits.topic, visits.event_time, visits.out_of_orderness_ms), ("visits", None, 0));
    let shown: Vec<_> = (orders.fields.iter().chain(&visits.fields))
        .map(|field| {
            let path = match &field.source {
                FieldSource::Value(path) => path.join("."),
                _ => String::new(),
            };
            (&*field.name, path, field.aliases.join(","), field.ty.clone(), field.required)
        })
        .collect();
    let plain = |name, ty, required| (name, str::to_owned(name), String::new(), ty, required);
    assert_eq!(
        shown,
        [
            ("order_id", String::new(), String::new(), FieldType::Text, true),
            ("customer", "customer.id".into(), "customer_id,customerId".into(), FieldType::Text, true),
            plain("amount", FieldType::Text, true),
            plain("type", FieldType::Text, false),
            plain("gift", FieldType::Boolean, false),
            plain("placed_at", FieldType::Time(TimeUnit::Seconds), true),
            plain("customer", FieldType::Text, true),
            plain("seconds", FieldType::Int, true),
            plain("until", FieldType::Time(TimeUnit::Rfc3339), false),
            plain("score", FieldType::Float, true),
        ]
    );
    let from_key: Vec<_> = orders.fields.iter().map(|field| field.source == FieldSource::Key).collect();
    assert_eq!(from_key, [true, false, false, false, false, false]);
}

#[test]
fn the_table_and_the_document_are_described() {
    let description = describe::<Crm>();
    let [table] = &description.tables[..] else { panic!("one table") };
    assert_eq!((&*table.name, &table.key[..]), ("customers", &[ValueType::Text][..]));
    assert_eq!(table.window, Window::Unbounded);
    let kinds: Vec<_> =
        table.aggregates.iter().map(|aggregate| (&*aggregate.name, &aggregate.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("orders", &AggregateKind::Count),
            ("spent", &AggregateKind::Sum(2)),
            ("seconds", &AggregateKind::Sum(0)),
            ("best", &AggregateKind::Max(ValueType::Float)),
            ("gift", &AggregateKind::Last(ValueType::Boolean)),
            ("until", &AggregateKind::First(ValueType::Time)),
            ("kinds", &AggregateKind::Distinct(14)),
            ("hours", &AggregateKind::Distinct(10)),
        ]
    );
    let [projection] = &description.projections[..] else { panic!("one projection") };
    assert_eq!((&*projection.name, projection.table), ("customers", 0));
    let fields: Vec<_> =
        (projection.document.iter()).map(|field| (field.path.join("."), field.ty, field.sortable)).collect();
    let field = |name: &str, ty, sortable| (name.to_owned(), ty, sortable);
    assert_eq!(
        fields,
        [
            field("customer", ValueType::Text, false),
            field("orders", ValueType::Int, true),
            field("spent", ValueType::Text, false),
            field("best", ValueType::Float, false),
            field("until", ValueType::Time, false),
        ]
    );
}

#[test]
fn windows_are_described_in_milliseconds() {
    #[derive(Table)]
    #[table(window = "24h / 2m", keep = "latest", when_empty = "zero", lateness = "10s")]
    struct Sliding24h {
        #[key]
        id: Int,
        n: Count,
    }
    #[derive(Table)]
    #[table(window = "session 30m", keep = "every 7d")]
    struct Sessions {
        #[key]
        id: Int,
        n: Count,
    }
    let sliding = <Sliding24h as foldline_sdk::Table>::spec();
    assert_eq!(sliding.window, Window::Sliding(Sliding { size_ms: 86_400_000, slide_ms: 120_000 }));
    assert_eq!((sliding.keep, sliding.when_empty), (Keep::Latest, WhenEmpty::Zero));
    assert_eq!(sliding.allowed_lateness_ms, 10_000);
    let sessions = <Sessions as foldline_sdk::Table>::spec();
    assert_eq!(sessions.window, Window::Session(1_800_000));
    assert_eq!((sessions.keep, sessions.when_empty), (Keep::Every(604_800_000), WhenEmpty::Delete));
}

#[test]
fn a_refused_event_leaves_nothing_among_its_neighbours() {
    let extracted =
        extract::<Crm>(&orders(&[("o1", "ann", "book"), ("", "bob", "book"), ("o3", "zoë", "")])).unwrap();
    let [rejected] = &extracted.rejected[..] else { panic!("one order is refused") };
    assert_eq!((rejected.row, &*rejected.reason), (1, "an order without an id"));
    let [contributions] = &extracted.contributions[..] else { panic!("one table") };
    assert_eq!(contributions.source_rows, [0, 0, 2, 2]);
    assert_eq!(*sent(&contributions.keys[0]), present(texts(["everybody", "ann", "everybody", "zoë"])));
    let column = |at: usize| sent(&contributions.values[at]).clone();
    assert_eq!(column(0), present(Values::Ints(vec![1; 4])));
    assert_eq!(column(1), Column { values: texts(["", "1.50", "", "1.50"]), validity: Some(vec![0b1010]) });
    assert_eq!(contributions.values[3], Contributed::Nulls, "nothing was contributed to `best`");
    assert_eq!(column(6), Column { values: texts(["", "book", "", ""]), validity: Some(vec![0b0010]) });
    assert_eq!(column(7), Column { values: Values::Ints(vec![0, 0, 0, 2]), validity: Some(vec![0b1010]) });
}

#[test]
fn a_contribution_that_fails_alone_is_taken_back_even_if_the_event_goes_on() {
    #[derive(Event)]
    #[event(topic = "a")]
    struct Add {
        count: i64,
    }
    #[derive(Table)]
    struct Totals {
        #[key]
        id: Int,
        text: Last<Text>,
        count: Count,
    }
    #[derive(Document)]
    struct Total {
        id: i64,
    }
    #[reducer]
    impl Reducer for Lenient {
        type Event<'a> = Add;
        type Table = Totals;
        type Document = Total;
        fn extract(event: Add, out: &mut Contributions<Totals>) -> Result<()> {
            let _ = out.add(Totals::key(1).text("lost").count(u64::MAX));
            out.add(Totals::key(event.count).count(1))
        }
        fn project(row: Row<'_, Totals>, out: &mut Projected<Total>) -> Result<()> {
            out.document(Total { id: row.id })
        }
    }
    let batch = Batch {
        input: 0,
        rows: 2,
        times: vec![0; 2],
        lists: vec![],
        columns: vec![present(Values::Ints(vec![5, 6]))],
    };
    let extracted = extract::<Lenient>(&batch).unwrap();
    assert!(extracted.rejected.is_empty());
    assert_eq!(*sent(&extracted.contributions[0].keys[0]), present(Values::Ints(vec![5, 6])));
    assert_eq!(*sent(&extracted.contributions[0].values[1]), present(Values::Ints(vec![1, 1])));
}

#[test]
fn a_batch_cut_anywhere_gives_the_same_contributions() {
    let all: Vec<_> = (0..40)
        .map(|row| {
            let (id, kind) = (if row % 7 == 3 { "" } else { "o" }, if row % 3 == 0 { "" } else { "book" });
            (id, ["ann", "bob", "zoë"][row % 3], kind)
        })
        .collect();
    // Compare contributions as rows, with their nulls: equal nulls may be packed into different bitmaps.
    let rows = |all: &[(&str, &str, &str)], first: usize| -> Vec<(usize, String, Option<String>)> {
        let extracted = extract::<Crm>(&orders(all)).unwrap();
        let Some(contributions) = extracted.contributions.first() else { return vec![] };
        let text = |contributed: &Contributed, at: usize| {
            let Contributed::Column(column) = contributed else { return None };
            let Values::Texts(bytes) = &column.values else { panic!("texts") };
            let range = bytes.offsets[at] as usize..bytes.offsets[at + 1] as usize;
            let valid = column.validity.as_ref().is_none_or(|bits| bits[at / 8] >> (at % 8) & 1 == 1);
            valid.then(|| String::from_utf8(bytes.data[range].to_vec()).unwrap())
        };
        let row = |(at, &row): (usize, &u32)| {
            let key = text(&contributions.keys[0], at).unwrap();
            (row as usize + first, key, text(&contributions.values[6], at))
        };
        contributions.source_rows.iter().enumerate().map(row).collect()
    };
    let whole = rows(&all, 0);
    for cut in 0..=all.len() {
        let (head, tail) = all.split_at(cut);
        let mut parts = rows(head, 0);
        parts.extend(rows(tail, cut));
        assert_eq!(parts, whole, "cut at {cut}");
    }
}

#[test]
fn the_second_event_of_an_enum_is_the_second_input() {
    let batch = Batch {
        input: 1,
        rows: 2,
        times: vec![0; 2],
        lists: vec![],
        columns: vec![
            present(texts(["ann", "bob"])),
            present(Values::Ints(vec![3, -1])),
            Column { values: Values::Times(vec![0; 2]), validity: Some(vec![0]) },
            present(Values::Floats(vec![0.5, 1.5])),
        ],
    };
    let extracted = extract::<Crm>(&batch).unwrap();
    assert_eq!(*sent(&extracted.contributions[0].values[0]), present(Values::Ints(vec![3])));
    assert_eq!(*sent(&extracted.contributions[0].values[3]), present(Values::Floats(vec![0.5])));
    assert_eq!(extracted.rejected[0].row, 1);
    let batch = Batch { input: 2, ..batch };
    assert_eq!(extract::<Crm>(&batch).unwrap_err(), "the host sent input 2 of 2");
}

#[test]
fn rows_become_json_or_nothing() {
    let ann = r#"{"customer":"ann","orders":3,"spent":"4.50","best":null,"until":5}"#.to_owned();
    assert_eq!(documents(&customers(&[3, 0, 3])), [Some(ann.clone()), None, Some(ann)]);
    assert_eq!(documents(&customers(&[])), []);
}

#[test]
fn a_row_without_a_decision_or_with_two_fails_by_itself() {
    let error = |count| project::<Crm>(&customers(&[3, count])).unwrap_err();
    assert!(error(7).contains("none of `out.document`, `out.member` and `out.nothing`"));
    assert!(error(8).contains("called twice"));
    assert_eq!(error(9), "ann has nine orders");
    assert_eq!(error(-1), "column `orders`: the host sent a `Count` of -1");
}

#[test]
fn a_batch_that_is_not_as_described_is_an_error() {
    let mut batch = orders(&[("o1", "ann", "")]);
    batch.columns[1].validity = Some(vec![0]);
    assert!(extract::<Crm>(&batch).unwrap_err().contains("`customer` is null in row 0"));
    batch.columns.truncate(2);
    batch.columns[1].validity = None;
    assert_eq!(extract::<Crm>(&batch).unwrap_err(), "the host sent no column 2, `amount`");
}

#[derive(Table)]
#[table(window = "1h", keep = "every 1d")]
struct Routes {
    #[key]
    route: Text,
    requests: Count,
    slowest: TopK<2>,
    #[quantiles(at = [0.999, 0.5], error = "2.5%")]
    ms: Quantiles,
    users: Distinct,
}

#[derive(Document)]
struct Route {
    route: String,
    #[sortable]
    hour: Time,
    slowest: Vec<Ranked>,
    slow: Vec<Slow>,
    ms: RoutesMs,
    p50: Option<f64>,
    tags: Vec<String>,
}

#[derive(Document)]
struct Slow {
    request: String,
}

#[derive(Event)]
#[event(topic = "requests")]
struct Request<'a> {
    id: &'a str,
    ms: Option<i64>,
}

#[reducer]
impl Reducer for RouteStats {
    type Event<'a> = Request<'a>;
    type Table = Routes;
    type Document = Route;

    fn extract(request: Request<'_>, out: &mut Contributions<Routes>) -> Result<()> {
        let mut route = Routes::key("/").requests(1).users(request.id);
        if let Some(ms) = request.ms {
            route = route.slowest(request.id, ms).ms(ms);
        }
        out.add(route)?;
        if request.id == "bad" { Err("a bad request".into()) } else { Ok(()) }
    }

    fn project(row: Row<'_, Routes>, out: &mut Projected<Route>) -> Result<()> {
        let slow = row.slowest.iter().map(|slowest| Slow { request: slowest.id.clone() }).collect();
        out.document(Route {
            route: row.route.into(),
            hour: row.window_start,
            slowest: row.slowest,
            slow,
            p50: row.ms.p50,
            ms: row.ms,
            tags: vec![format!("until {}", row.window_end.ms())],
        })
    }
}

#[test]
fn ids_and_values_are_two_columns_at_their_aggregates_place() {
    let batch = Batch {
        input: 0,
        rows: 3,
        times: vec![0; 3],
        lists: vec![],
        columns: vec![
            present(texts(["r1", "bad", "r3"])),
            Column { values: Values::Ints(vec![7, 8, 0]), validity: Some(vec![0b011]) },
        ],
    };
    let extracted = extract::<RouteStats>(&batch).unwrap();
    assert_eq!(extracted.rejected.len(), 1);
    let validity = Some(vec![0b01]);
    let columns: Vec<_> = extracted.contributions[0].values.iter().map(sent).cloned().collect();
    assert_eq!(
        columns,
        [
            present(Values::Ints(vec![1, 1])),
            Column { values: texts(["r1", ""]), validity: validity.clone() },
            Column { values: Values::Ints(vec![7, 0]), validity: validity.clone() },
            Column { values: Values::Floats(vec![7.0, 0.0]), validity },
            present(texts(["r1", "r3"])),
        ]
    );
}

#[test]
fn top_k_and_quantiles_are_described_and_lists_are_not() {
    let description = describe::<RouteStats>();
    let kinds: Vec<_> = description.tables[0].aggregates.iter().map(|aggregate| &aggregate.kind).collect();
    let spec = QuantileSpec { relative_error_millionths: 25_000, at: vec![0.999, 0.5] };
    assert_eq!(kinds[1..3], [&AggregateKind::TopK(2), &AggregateKind::Quantiles(spec)]);
    let document = &description.projections[0].document;
    let fields: Vec<_> = document.iter().map(|field| field.path.join(".")).collect();
    assert_eq!(fields, ["route", "hour", "p50"]);
}

fn route(slowest: &str, ms: &str) -> Rows {
    Rows {
        projection: 0,
        count: 1,
        keys: vec![present(texts(["/"]))],
        window_starts: vec![3_600_000],
        window_ends: vec![7_200_000],
        window_open: None,
        results: vec![
            present(Values::Ints(vec![3])),
            present(texts([slowest])),
            present(texts([ms])),
            present(Values::Ints(vec![2])),
        ],
        referred: vec![],
    }
}

#[test]
fn windows_lists_and_quantiles_reach_documents() {
    let document = |rows: &Rows| {
        let documents = project::<RouteStats>(rows).map(|projected| projected.documents)?;
        let Values::Texts(bytes) = documents.values else { panic!("documents are texts") };
        Ok::<_, String>(String::from_utf8(bytes.data).unwrap())
    };
    let slowest = r#"[{"id":"r\"3","value":9},{"id":"r1","value":7}]"#;
    let rows = route(slowest, r#"{"count":3,"p50":7,"p99.9":9.5}"#);
    let slow = r#"[{"request":"r\"3"},{"request":"r1"}]"#;
    let ms = r#"{"count":3,"p99.9":9.5,"p50":7.0},"p50":7.0,"tags":["until 7200000"]"#;
    assert_eq!(
        document(&rows).unwrap(),
        format!(r#"{{"route":"/","hour":3600000,"slowest":{slowest},"slow":{slow},"ms":{ms}}}"#)
    );
    let empty = document(&route("[]", r#"{"count":0,"p50":null,"p99.9":null}"#)).unwrap();
    assert!(empty.contains(r#""slowest":[],"slow":[],"ms":{"count":0,"p99.9":null,"p50":null}"#), "{empty}");
    let error = document(&route("{}", "{}")).unwrap_err();
    assert!(error.starts_with("column `slowest`: the host sent a `TopK` of {}"), "{error}");
    let error = document(&Rows { window_ends: vec![], ..rows }).unwrap_err();
    assert_eq!(error, "the host sent no windows for 1 rows");
}

mod several {
    use super::*;

    #[derive(Event)]
    #[event(topic = "follows")]
    struct Follow<'a> {
        follower: &'a str,
        followed: i64,
        list: Option<&'a str>,
    }

    #[derive(Table)]
    struct Follows {
        #[key]
        follower: Text,
        #[key]
        followed: Int,
        list: Last<Option<Text>>,
    }

    #[derive(Table)]
    struct Users {
        #[key]
        user_id: Int,
        followers: Count,
    }

    #[derive(Tables)]
    struct Graph {
        follows: Follows,
        users: Users,
    }

    #[derive(Document)]
    struct Followed {
        id: String,
        list: Option<String>,
    }

    #[reducer]
    impl Reducer for Social {
        type Event<'a> = Follow<'a>;
        type Table = Graph;
        type Document = Followed;

        fn extract(follow: Follow<'_>, out: &mut Contributions<Graph>) -> Result<()> {
            out.add(Users::key(follow.followed).followers(1))?;
            if follow.followed < 0 {
                return Err("nobody has this id".into());
            }
            out.add(Follows::key(follow.follower, follow.followed).list(follow.list))
        }

        fn project(row: Row<'_, Follows>, out: &mut Projected<Followed>) -> Result<()> {
            out.document(Followed {
                id: format!("{}-{}", row.follower, row.followed),
                list: row.list.map(str::to_owned),
            })
        }
    }

    fn follows() -> Batch {
        Batch {
            input: 0,
            rows: 3,
            times: vec![0; 3],
            lists: vec![],
            columns: vec![
                present(texts(["ann", "bob", "cid"])),
                present(Values::Ints(vec![7, -1, 8])),
                Column { values: texts(["friends", "", ""]), validity: Some(vec![0b001]) },
            ],
        }
    }

    #[test]
    fn each_contribution_goes_to_its_own_table_and_a_refused_event_leaves_nothing_in_any() {
        let extracted = extract::<Social>(&follows()).unwrap();
        assert_eq!(extracted.rejected[0].row, 1);
        let [of_follows, of_users] = &extracted.contributions[..] else { panic!("two tables") };
        assert_eq!((of_follows.table, of_users.table), (0, 1));
        assert_eq!((&of_follows.source_rows[..], &of_users.source_rows[..]), (&[0, 2][..], &[0, 2][..]));
        let keys: Vec<_> = of_follows.keys.iter().map(sent).cloned().collect();
        assert_eq!(keys, [present(texts(["ann", "cid"])), present(Values::Ints(vec![7, 8]))]);
        assert_eq!(*sent(&of_users.keys[0]), present(Values::Ints(vec![7, 8])));
    }

    #[test]
    fn a_last_that_may_be_none_says_whether_there_is_a_value() {
        let extracted = extract::<Social>(&follows()).unwrap();
        let [present_bits, values] = &extracted.contributions[0].values[..] else { panic!("two columns") };
        assert_eq!(*sent(present_bits), Column { values: Values::Booleans(vec![0b01]), validity: None });
        assert_eq!(*sent(values), Column { values: texts(["friends", ""]), validity: Some(vec![0b01]) });
    }

    #[test]
    fn tables_and_the_shown_one_are_described() {
        let description = describe::<Social>();
        let names: Vec<_> = description.tables.iter().map(|table| (&*table.name, &table.key[..])).collect();
        assert_eq!(
            names,
            [("follows", &[ValueType::Text, ValueType::Int][..]), ("users", &[ValueType::Int][..])]
        );
        assert_eq!(description.projections[0].table, 0);
        assert_eq!(description.tables[0].aggregates[0].kind, AggregateKind::LastOrNone(ValueType::Text));
    }

    #[test]
    fn keys_of_two_parts_reach_documents() {
        let rows = Rows {
            projection: 0,
            count: 2,
            keys: vec![present(texts(["ann", "cid"])), present(Values::Ints(vec![7, 8]))],
            window_starts: vec![],
            window_ends: vec![],
            window_open: None,
            results: vec![Column { values: texts(["friends", ""]), validity: Some(vec![0b01]) }],
            referred: vec![],
        };
        let documents = project::<Social>(&rows).unwrap().documents;
        let expected = [r#"{"id":"ann-7","list":"friends"}"#, r#"{"id":"cid-8","list":null}"#];
        assert_eq!(documents, present(texts(expected)));
    }

    #[test]
    fn the_harness_keeps_every_table_and_names_rows_by_all_parts() {
        use foldline_sdk::testing::{Harness, json};
        let mut social = Harness::<Social>::new();
        social.json("follows", r#"{"follower": "a/b", "followed": 7, "list": "friends"}"#);
        assert_eq!(social.document("a%2Fb/7"), Some(json!({"id": "a/b-7", "list": "friends"})));
        social.json("follows", r#"{"follower": "a/b", "followed": 7, "list": null}"#);
        assert_eq!(social.document("a%2Fb/7"), Some(json!({"id": "a/b-7", "list": null})));
        social.json("follows", r#"{"follower": "a", "followed": -1}"#);
        assert_eq!(social.rejected()[0].reason, "nobody has this id");
        assert_eq!(social.documents().len(), 1);
    }
}

mod forms {
    use foldline_sdk::testing::{Harness, json};

    use super::*;

    #[derive(Choice, Clone, Copy, Debug, PartialEq)]
    enum Kind {
        Post,
        #[choice("re-post")]
        Repost,
    }

    #[derive(Event)]
    #[event(topic = "posts")]
    struct Posted<'a> {
        #[event(key)]
        post_id: &'a str,
        kind: Kind,
        other_kind: Option<Kind>,
        #[event(decimal = 2)]
        price: &'a str,
        media: Option<Json<'a>>,
        #[event(partition)]
        partition: i64,
        #[event(offset)]
        offset: i64,
        #[event(timestamp)]
        at: Option<Time>,
    }

    #[derive(Table)]
    struct Posts {
        #[key]
        post_id: Text,
        kind: Last<Text>,
        other_kind: Last<Option<Text>>,
        price: Sum<2>,
        media: Last<Text>,
        place: Max<Int>,
    }

    #[derive(Document)]
    struct Shown {
        kind: Option<String>,
        other_kind: Option<String>,
        price: String,
        media: Option<String>,
        place: Option<i64>,
    }

    #[reducer]
    impl Reducer for Forms {
        type Event<'a> = Posted<'a>;
        type Table = Posts;
        type Document = Shown;

        fn extract(post: Posted<'_>, out: &mut Contributions<Posts>) -> Result<()> {
            if post.at.is_none() {
                return Err("the harness gives each record a time".into());
            }
            let add = Posts::key(post.post_id).kind(post.kind.text()).price(post.price);
            let add = add.other_kind(post.other_kind.map(|kind| kind.text()));
            let add = add.place(post.partition + post.offset);
            out.add(match post.media {
                Some(media) => add.media(media.as_str()),
                None => add,
            })
        }

        fn project(row: Row<'_, Posts>, out: &mut Projected<Shown>) -> Result<()> {
            out.document(Shown {
                kind: row.kind.map(str::to_owned),
                other_kind: row.other_kind.map(str::to_owned),
                price: row.price.to_owned(),
                media: row.media.map(str::to_owned),
                place: row.place,
            })
        }
    }

    #[test]
    fn choices_decimals_json_and_the_place_are_described() {
        let description = describe::<Forms>();
        let kinds = || FieldType::Choice(vec!["post".into(), "re-post".into()]);
        let fields: Vec<_> = (description.inputs[0].fields.iter())
            .map(|field| (&*field.name, field.ty.clone(), field.required))
            .collect();
        assert_eq!(
            fields,
            [
                ("post_id", FieldType::Text, true),
                ("kind", kinds(), true),
                ("other_kind", kinds(), false),
                ("price", FieldType::Decimal(2), true),
                ("media", FieldType::Json, false),
                ("partition", FieldType::Int, true),
                ("offset", FieldType::Int, true),
                ("at", FieldType::Time(TimeUnit::Milliseconds), false),
            ]
        );
        let sources: Vec<_> =
            description.inputs[0].fields[5..].iter().map(|field| field.source.clone()).collect();
        assert_eq!(sources, [FieldSource::Partition, FieldSource::Offset, FieldSource::Timestamp]);
    }

    #[test]
    fn choices_decimals_json_and_the_place_reach_the_reducer() {
        let mut posts = Harness::<Forms>::new();
        let value = r#"{"kind": "re-post", "other_kind": "poll", "price": 1.5, "media": ["a.png"]}"#;
        posts.json_with_key("posts", "p1", r#"{"kind": "post", "price": "2"}"#);
        posts.json_with_key("posts", "p1", value);
        posts.json_with_key("posts", "p1", r#"{"kind": "poll", "price": "2"}"#);
        posts.json_with_key("posts", "p1", r#"{"kind": "post", "price": "2.005"}"#);
        let shown = json!({
            "kind": "re-post", "other_kind": null, "price": "3.50", "media": "[\"a.png\"]", "place": 1,
        });
        assert_eq!(posts.document("p1"), Some(shown));
        assert_eq!(posts.rejected().len(), 2);
    }
}

mod references {
    use super::*;
    use foldline_sdk::__private::extract;

    #[derive(Event)]
    #[event(topic = "likes")]
    struct Like<'a> {
        post_id: &'a str,
        user_id: &'a str,
        weight: i64,
        city: Option<&'a str>,
    }

    #[derive(Table)]
    struct Likes {
        #[key]
        post_id: Text,
        users: Distinct,
        count: Count,
        weight: Sum,
        city: Last<Text>,
        never: Last<Text>,
        mostly: Last<Int>,
    }

    #[derive(Document)]
    struct Liked {
        count: u64,
    }

    #[reducer]
    impl Reducer for LikesByReference {
        type Event<'a> = Like<'a>;
        type Table = Likes;
        type Document = Liked;

        fn extract(like: Like<'_>, out: &mut Contributions<Likes>) -> Result<()> {
            if like.weight < 0 {
                return Err("a negative weight".into());
            }
            let add = Likes::key(like.post_id).users(like.user_id).count(1).weight(like.weight);
            let add = add.mostly(if like.post_id == "odd" { 7 } else { like.weight });
            out.add(match like.city {
                Some(city) => add.city(city),
                None => add,
            })
        }

        fn project(row: Row<'_, Likes>, out: &mut Projected<Liked>) -> Result<()> {
            out.document(Liked { count: row.count })
        }
    }

    fn batch(likes: &[(&str, &str, i64, &str)]) -> Batch {
        let rows = likes.len();
        Batch {
            input: 0,
            rows: rows as u32,
            times: vec![0; rows],
            lists: vec![],
            columns: vec![
                present(texts(likes.iter().map(|like| like.0))),
                present(texts(likes.iter().map(|like| like.1))),
                present(Values::Ints(likes.iter().map(|like| like.2).collect())),
                texts_or_nulls(likes.iter().map(|like| like.3)),
            ],
        }
    }

    fn columns(likes: &[(&str, &str, i64, &str)]) -> (Vec<u32>, Vec<Contributed>) {
        let batch = Rc::new(batch(likes));
        let contributions =
            extract::<LikesByReference>(batch).expect("a sound batch").contributions.remove(0);
        (contributions.source_rows, contributions.keys.into_iter().chain(contributions.values).collect())
    }

    #[test]
    fn what_an_event_holds_is_named_and_what_never_changes_is_sent_once() {
        let likes =
            [("p1", "u1", 5, "rome"), ("p2", "u2", 6, ""), ("bad", "u3", -1, "x"), ("p1", "u1", 5, "")];
        let (source_rows, columns) = columns(&likes);
        assert_eq!(source_rows, [0, 1, 3]);
        let field = Contributed::Field;
        assert_eq!(
            columns,
            [
                field(0),
                field(1),
                Contributed::Same(Scalar::Int(1)),
                field(2),
                field(3),
                Contributed::Nulls,
                field(2),
            ]
        );
    }

    #[test]
    fn one_row_that_differs_makes_the_column_one_of_values() {
        for at in 0..4 {
            let mut likes = vec![("p1", "u1", 5, "rome"); 4];
            likes[at].0 = "odd";
            let (_, columns) = columns(&likes);
            let mut expected = [5; 4];
            expected[at] = 7;
            assert_eq!(*sent(&columns[6]), present(Values::Ints(expected.to_vec())), "row {at}");
            // The others are what they were.
            assert_eq!(columns[3], Contributed::Field(2));
            assert_eq!(columns[1], Contributed::Field(1));
        }
    }

    #[test]
    fn a_first_null_does_not_hide_a_field_whose_other_values_follow() {
        let (_, columns) = columns(&[("p1", "u1", 5, ""), ("p2", "u2", 6, "rome"), ("p3", "u3", 7, "")]);
        assert_eq!(columns[4], Contributed::Field(3));
        let (_, columns) = super::references::columns(&[("p1", "u1", 5, ""), ("p2", "u2", 6, "")]);
        assert_eq!(columns[4], Contributed::Nulls);
    }
}
