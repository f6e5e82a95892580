use foldline_sdk::prelude::*;

#[derive(Table)]
struct Undeclared {
    #[key]
    route: Text,
    ms: Quantiles,
}

#[derive(Table)]
struct Declared {
    #[key]
    route: Text,
    #[quantiles(at = [0.5, 1.5])]
    outside: Quantiles,
    #[quantiles(at = [0.5, 0.5])]
    twice: Quantiles,
    #[quantiles(at = [0.5], error = "0.01%")]
    exact: Quantiles,
    #[quantiles(error = "1%")]
    nowhere: Quantiles,
    #[quantiles(att = [0.5])]
    misspelled: Quantiles,
    #[quantiles(at = [0.5])]
    count: Count,
    many: TopK<2000>,
}

#[derive(Table)]
struct Requests {
    #[key]
    route: Text,
    #[quantiles(at = [0.5])]
    ms: Quantiles,
    slowest: TopK<3>,
}

#[derive(Document)]
struct Latency {
    #[sortable]
    slowest: Vec<Ranked>,
}

fn extract(out: &mut Contributions<Requests>) -> Result<()> {
    out.add(Requests::key("/").ms("fast"))?;
    out.add(Requests::key("/").slowest("r1"))
}

fn project(row: Row<'_, Requests>) -> Option<f64> {
    row.ms.p99
}

fn main() {}
