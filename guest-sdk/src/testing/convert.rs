//! Converts between the types of the contract and of the core, as the host does.

use foldline_core::column::{BytesColumn, Column, ValueRef, Values};
use foldline_core::contribution::{Contributions, Rejected};
use foldline_core::description::{
    AggregateKind, AggregateSpec, Emit, Input, Keep, KeyPart, Projection, QuantileSpec, Reference, TableSpec,
    TimeUnit, ValueType, WhenEmpty, Window,
};
use foldline_core::key::{KeyColumns, KeyType};
use foldline_core::memberships::Memberships;
use foldline_core::results::{Referred, ResultRows};

use crate::bindings::foldline::reducer::types as contract;

/// Returns the properties of an input that event time depends on. Its fields are left out: they are decoded here.
pub(super) fn times_of(input: &contract::Input) -> Input {
    Input {
        topic: input.topic.clone(),
        out_of_orderness_ms: input.out_of_orderness_ms,
        changelog: input.changelog,
        untimed: input.untimed,
        ..Input::default()
    }
}

pub(super) fn table(table: &contract::Table) -> TableSpec {
    TableSpec {
        name: table.name.clone(),
        key: KeyType::new(table.key.iter().copied().map(value_type).collect::<Vec<_>>()),
        aggregates: table.aggregates.iter().map(aggregate).collect(),
        window: match table.window {
            contract::Window::Unbounded => Window::Unbounded,
            contract::Window::Tumbling(size_ms) => Window::Tumbling(size_ms),
            contract::Window::Sliding(contract::Sliding { size_ms, slide_ms }) => {
                Window::Sliding { size_ms, slide_ms }
            }
            contract::Window::Session(gap_ms) => Window::Session(gap_ms),
            contract::Window::Other(_) => panic!("the SDK declares no such window"),
        },
        keep: match table.keep {
            contract::Keep::Latest => Keep::Latest,
            contract::Keep::Every(retention_ms) => Keep::Every(retention_ms),
        },
        when_empty: match table.when_empty {
            contract::WhenEmpty::Delete => WhenEmpty::Delete,
            contract::WhenEmpty::Zero => WhenEmpty::Zero,
        },
        emit: match table.emit {
            contract::Emit::WhenClosed => Emit::WhenClosed,
            contract::Emit::Early => Emit::Early,
        },
        allowed_lateness_ms: table.allowed_lateness_ms,
        retain_ms: table.retain_ms,
        ends: table.ends,
    }
}

/// Returns a projection without the fields of its documents, which no rule of references needs.
pub(super) fn projection(projection: &contract::Projection) -> Projection {
    let indexes = |columns: &[u32]| columns.iter().map(|&at| at as usize).collect();
    let part = |part: &contract::KeyPart| match *part {
        contract::KeyPart::Key(at) => KeyPart::Key(at as usize),
        contract::KeyPart::Aggregate(at) => KeyPart::Aggregate(at as usize),
    };
    let reference = |reference: &contract::Reference| Reference {
        holder: reference.holder.map(|holder| holder as usize),
        via: reference.via.iter().map(part).collect(),
        table: reference.table as usize,
        columns: indexes(&reference.columns),
    };
    Projection {
        name: projection.name.clone(),
        table: projection.table as usize,
        references: projection.references.iter().map(reference).collect(),
        document: Vec::new(),
    }
}

fn aggregate(aggregate: &contract::Aggregate) -> AggregateSpec {
    let kind = match &aggregate.kind {
        contract::AggregateKind::Count => AggregateKind::Count,
        contract::AggregateKind::Sum(scale) => AggregateKind::Sum(*scale),
        contract::AggregateKind::Min(ty) => AggregateKind::Min(value_type(*ty)),
        contract::AggregateKind::Max(ty) => AggregateKind::Max(value_type(*ty)),
        contract::AggregateKind::First(ty) => AggregateKind::First(value_type(*ty)),
        contract::AggregateKind::Last(ty) => AggregateKind::Last(value_type(*ty)),
        contract::AggregateKind::LastOrNone(ty) => AggregateKind::LastOrNone(value_type(*ty)),
        contract::AggregateKind::Distinct(precision) => AggregateKind::Distinct(*precision),
        contract::AggregateKind::TopK(k) => AggregateKind::TopK(*k),
        contract::AggregateKind::Quantiles(spec) => AggregateKind::Quantiles(QuantileSpec {
            relative_error_millionths: spec.relative_error_millionths,
            at: spec.at.clone(),
        }),
        contract::AggregateKind::Fold(_) => AggregateKind::Fold,
        contract::AggregateKind::Other(_) => panic!("the SDK declares no such aggregate"),
    };
    AggregateSpec { name: aggregate.name.clone(), kind }
}

/// In the contract, times outside records are milliseconds.
fn value_type(ty: contract::ValueType) -> ValueType {
    match ty {
        contract::ValueType::Boolean => ValueType::Boolean,
        contract::ValueType::Int => ValueType::Int,
        contract::ValueType::Float => ValueType::Float,
        contract::ValueType::Text => ValueType::Text,
        contract::ValueType::Blob => ValueType::Blob,
        contract::ValueType::Time => ValueType::Time(TimeUnit::Milliseconds),
    }
}

pub(super) fn rejected(rejected: contract::Rejected) -> Rejected {
    Rejected { row: rejected.row, reason: rejected.reason }
}

pub(super) fn contributions(
    contributions: contract::Contributions,
    batch: &contract::Batch,
    spec: &TableSpec,
) -> Contributions {
    let source_rows = &contributions.source_rows[..];
    let parts = contributions.keys.into_iter().zip(spec.key.parts());
    let parts = parts
        .map(|(part, &ty)| contributed(part, source_rows, batch, &|values| values.is_of(ty)).into())
        .collect();
    let kinds = spec
        .aggregates
        .iter()
        .flat_map(|aggregate| (0..aggregate.kind.columns()).map(move |nth| (&aggregate.kind, nth)));
    let values = contributions.values.into_iter().zip(kinds);
    let values = values.map(|(values, (kind, nth))| {
        contributed(values, source_rows, batch, &|values| kind.check_type(nth, values).is_ok())
    });
    let values: Vec<Column> = values.collect();
    let keys = KeyColumns::new(parts).expect("the SDK builds columns of keys");
    Contributions::new(contributions.table as usize, contributions.source_rows, keys, values)
}

/// Returns a column of contributions; `is_declared` says which values may stand in it.
fn contributed(
    contributed: contract::Contributed,
    source_rows: &[u32],
    batch: &contract::Batch,
    is_declared: &dyn Fn(&Values) -> bool,
) -> Column {
    let rows = source_rows.len();
    match contributed {
        contract::Contributed::Column(own) => column(own, rows),
        contract::Contributed::Field(field) => {
            let values = column(batch.columns[field as usize].clone(), batch.rows as usize);
            values.pick(source_rows.iter().map(|&row| row as usize))
        }
        contract::Contributed::Same(scalar) => {
            let value = match &scalar {
                contract::Scalar::Boolean(value) => ValueRef::Boolean(*value),
                contract::Scalar::Int(value) => ValueRef::Int(*value),
                contract::Scalar::Float(value) => ValueRef::Float(*value),
                contract::Scalar::Text(value) => ValueRef::Text(value),
                contract::Scalar::Time(value) => ValueRef::Time(*value),
            };
            Column::repeated(value, rows)
        }
        contract::Contributed::Nulls => {
            Column::nulls_of_allowed(is_declared, rows).expect("every column has a type")
        }
        contract::Contributed::Picked(_) => panic!("the SDK picks no values"),
    }
}

/// Returns documents with their memberships, or what is wrong with the memberships.
pub(super) fn projected(
    projected: contract::Projected,
    rows: usize,
) -> (Column, Result<Memberships, String>) {
    let contract::Projected { documents, member_rows, sets, members, scores } = projected;
    let memberships = Memberships::from_parts(rows, member_rows, bytes(sets), bytes(members), scores);
    (column(documents, rows), memberships)
}

/// # Panics
/// Panics when the column violates the contract: the SDK itself built it.
pub(super) fn column(column: contract::Column, rows: usize) -> Column {
    let values = match column.values {
        contract::Values::Booleans(bits) => Values::Booleans(bits),
        contract::Values::Ints(values) => Values::Ints(values),
        contract::Values::Floats(values) => Values::Floats(values),
        contract::Values::Times(values) => Values::Times(values),
        contract::Values::Texts(values) => Values::Texts(bytes(values)),
        contract::Values::Blobs(values) => Values::Blobs(bytes(values)),
    };
    Column::from_parts(rows, values, column.validity).expect("the SDK builds columns of one length")
}

fn bytes(bytes: contract::BytesColumn) -> BytesColumn {
    BytesColumn::from_parts(bytes.offsets, bytes.data).expect("the SDK builds offsets that rise")
}

pub(super) fn rows(rows: ResultRows) -> contract::Rows {
    contract::Rows {
        projection: 0,
        count: rows.rows() as u32,
        keys: rows.keys.into_iter().map(contract_column).collect(),
        window_starts: rows.window_starts,
        window_ends: rows.window_ends,
        window_open: None,
        results: rows.results.into_iter().map(contract_column).collect(),
        referred: rows.referred.into_iter().map(referred).collect(),
    }
}

fn referred(referred: Referred) -> contract::Referred {
    let columns = |columns: Vec<Column>| columns.into_iter().map(contract_column).collect();
    contract::Referred {
        picks: referred.picks,
        known: referred.known,
        keys: columns(referred.keys),
        columns: columns(referred.columns),
    }
}

fn contract_column(column: Column) -> contract::Column {
    let bytes = |bytes: BytesColumn| {
        let (offsets, data) = bytes.into_parts();
        contract::BytesColumn { offsets, data }
    };
    let (_, values, validity) = column.into_parts();
    let values = match values {
        Values::Booleans(bits) => contract::Values::Booleans(bits),
        Values::Ints(values) => contract::Values::Ints(values),
        Values::Floats(values) => contract::Values::Floats(values),
        Values::Times(values) => contract::Values::Times(values),
        Values::Texts(values) => contract::Values::Texts(bytes(values)),
        Values::Blobs(values) => contract::Values::Blobs(bytes(values)),
    };
    contract::Column { values, validity }
}
