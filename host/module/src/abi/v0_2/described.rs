//! Lifts a description. Every setting and every kind that this host does not know is rejected by name.

use foldline_core::description as core;

use foldline_base::error::Result;

use super::super::lift::shortened;
use super::declared::{
    aggregate_kind, field_source, field_type, refuse_settings, unknown_kind, value_type, window,
};
use super::generated::foldline::reducer::types as wit;

pub(super) fn description(wit: wit::Description) -> Result<core::Description> {
    refuse_settings(&wit.settings, "the module")?;
    Ok(core::Description {
        name: wit.name,
        version: wit.version,
        sdk: wit.sdk,
        inputs: wit.inputs.into_iter().map(input).collect::<Result<_>>()?,
        tables: wit.tables.into_iter().map(table).collect::<Result<_>>()?,
        projections: wit.projections.into_iter().map(projection).collect::<Result<_>>()?,
        relay_topics: wit.relay_topics,
    })
}

fn input(wit: wit::Input) -> Result<core::Input> {
    let of = format!("topic `{}`", shortened(&wit.topic));
    refuse_settings(&wit.settings, &of)?;
    let when = |wit::Selector { source, texts }: wit::Selector| {
        Ok(core::Selector { source: field_source(source, &of)?, texts })
    };
    Ok(core::Input {
        when: wit.when.map(when).transpose()?,
        lists: wit.lists,
        fields: wit.fields.into_iter().map(|wit| field(wit, &of)).collect::<Result<_>>()?,
        topic: wit.topic,
        event_time: wit.event_time.map(|at| at as usize),
        out_of_orderness_ms: wit.out_of_orderness_ms,
        changelog: wit.changelog,
        untimed: wit.untimed,
    })
}

fn field(wit: wit::Field, of: &str) -> Result<core::Field> {
    let of = format!("field `{}` of {of}", shortened(&wit.name));
    refuse_settings(&wit.settings, &of)?;
    Ok(core::Field {
        in_list: wit.in_list.map(|list| list as usize),
        source: field_source(wit.source, &of)?,
        aliases: wit.aliases,
        ty: field_type(wit.ty, &of)?,
        required: wit.required,
        name: wit.name,
    })
}

fn table(wit: wit::Table) -> Result<core::TableSpec> {
    let of = format!("table `{}`", shortened(&wit.name));
    refuse_settings(&wit.settings, &of)?;
    Ok(core::TableSpec {
        key: core::KeyType::new(wit.key.into_iter().map(value_type).collect::<Vec<_>>()),
        aggregates: wit.aggregates.into_iter().map(|wit| aggregate(wit, &of)).collect::<Result<_>>()?,
        window: window(wit.window, &of)?,
        keep: match wit.keep {
            wit::Keep::Latest => core::Keep::Latest,
            wit::Keep::Every(retention_ms) => core::Keep::Every(retention_ms),
        },
        when_empty: match wit.when_empty {
            wit::WhenEmpty::Delete => core::WhenEmpty::Delete,
            wit::WhenEmpty::Zero => core::WhenEmpty::Zero,
        },
        emit: match wit.emit {
            wit::Emit::WhenClosed => core::Emit::WhenClosed,
            wit::Emit::Early => core::Emit::Early,
        },
        allowed_lateness_ms: wit.allowed_lateness_ms,
        retain_ms: wit.retain_ms,
        ends: wit.ends,
        name: wit.name,
    })
}

fn aggregate(wit: wit::Aggregate, of: &str) -> Result<core::AggregateSpec> {
    let of = format!("aggregate `{}` of {of}", shortened(&wit.name));
    refuse_settings(&wit.settings, &of)?;
    Ok(core::AggregateSpec { kind: aggregate_kind(wit.kind, &of)?, name: wit.name })
}

fn projection(wit: wit::Projection) -> Result<core::Projection> {
    let of = format!("projection `{}`", shortened(&wit.name));
    refuse_settings(&wit.settings, &of)?;
    let reference = |wit: wit::Reference| {
        refuse_settings(&wit.settings, &format!("a reference of {of}"))?;
        let part = |part| match part {
            wit::KeyPart::Key(part) => core::KeyPart::Key(part as usize),
            wit::KeyPart::Aggregate(aggregate) => core::KeyPart::Aggregate(aggregate as usize),
        };
        Ok(core::Reference {
            holder: wit.holder.map(|holder| holder as usize),
            via: wit.via.into_iter().map(part).collect(),
            table: wit.table as usize,
            columns: wit.columns.into_iter().map(|column| column as usize).collect(),
        })
    };
    Ok(core::Projection {
        references: wit.references.into_iter().map(reference).collect::<Result<_>>()?,
        document: wit.document.into_iter().map(|wit| output_field(wit, &of)).collect::<Result<_>>()?,
        name: wit.name,
        table: wit.table as usize,
    })
}

fn output_field(wit: wit::OutputField, of: &str) -> Result<core::OutputField> {
    let name = wit.path.join(".");
    let of = format!("document field `{}` of {of}", shortened(&name));
    refuse_settings(&wit.settings, &of)?;
    if wit.path.len() != 1 {
        return Err(unknown_kind("nested path", &name, &of));
    }
    if wit.searchable {
        return Err(unknown_kind("search", &name, &of));
    }
    Ok(core::OutputField { name, ty: value_type(wit.ty), sortable: wit.sortable })
}
