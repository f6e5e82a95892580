//! `foldline query`: reads documents and sets of a projection.

use serde::Serialize;

use super::client::{Client, Request};
use super::output::Output;
use super::stop::Outcome;
use foldline_api::{Document, DocumentPage, SetMembership, SetPage};
use foldline_base::error::{Error, ErrorKind, Result};

/// Documents or members per request: the host's own limit.
const PAGE_DOCUMENTS: u64 = 1_000;

/// Query documents, printed as JSON lines {"id","document"}, or members of a set, as {"member","score","id"}
///
/// Documents are found by id, or listed: filtered by declared fields, and sorted by one of them (ties by id). Members of a set
/// are sorted by score, the largest first (ties by member).
#[derive(Debug, clap::Args)]
// Replaces clap's usage line, which would put the group before the name.
#[command(override_usage = "foldline query [OPTIONS] <NAME> <ID>...\n       \
                            foldline query [OPTIONS] <NAME> <--all|--where <FIELD=VALUE>|--sort <[-]FIELD>|--limit <N>|--set <SET>>")]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["ids", "all", "filter", "sort", "limit", "set"]))]
pub(super) struct Query {
    /// The projection
    name: String,
    /// The ids of documents; exit code 1 if one does not exist
    #[arg(value_name = "ID", conflicts_with_all = ["all", "filter", "sort", "limit"])]
    ids: Vec<String>,
    /// List every document, or every member of the set
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// List only documents whose field has this value; all conditions must hold
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = condition)]
    filter: Vec<Condition>,
    /// Sort by this field; prefix it with `-` for the largest first
    #[arg(long, value_name = "[-]FIELD", allow_hyphen_values = true)]
    sort: Option<String>,
    /// List at most N documents or members [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// List the members of this set instead of documents
    #[arg(long, value_name = "SET", conflicts_with_all = ["ids", "filter", "sort"])]
    set: Option<String>,
    /// The order of scores [default: desc]
    #[arg(long, value_enum, requires = "set")]
    order: Option<Order>,
    /// Show only this member of the set; exit code 1 if it is not in the set
    #[arg(long, value_name = "MEMBER", requires = "set", conflicts_with_all = ["all", "limit", "order"])]
    member: Option<String>,
}

/// The order of a set's members.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Order {
    /// Largest score first
    Desc,
    /// Smallest score first
    Asc,
}

/// A field and the value that it must have.
#[derive(Clone, Debug)]
struct Condition {
    field: String,
    value: String,
}

fn condition(text: &str) -> Result<Condition, String> {
    match text.split_once('=') {
        Some((field, value)) if !field.is_empty() => {
            Ok(Condition { field: field.to_owned(), value: value.to_owned() })
        }
        _ => Err("a condition has the form FIELD=VALUE".to_owned()),
    }
}

impl Query {
    pub(super) fn run(self, client: &Client, out: &mut Output) -> Outcome {
        match (&self.set, &self.member) {
            (Some(set), Some(member)) => self.member(client, set, member, out),
            (Some(set), None) => self.members(client, set, out),
            _ if self.ids.is_empty() => self.list(client, out),
            _ => self.get(client, out),
        }
    }

    fn member(&self, client: &Client, set: &str, member: &str, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "sets", set];
        let found: SetMembership = client.get(Request::to(&path).query("member", member))?;
        out.json(&found.member)
    }

    fn members(&self, client: &Client, set: &str, out: &mut Output) -> Outcome {
        let path = ["projections", &self.name, "sets", set];
        let order = self.order.map(|order| match order {
            Order::Desc => "desc",
            Order::Asc => "asc",
        });
        self.print_pages(out, |limit, cursor| {
            let request = Request::to(&path)
                .query("limit", limit)
                .query_some("cursor", cursor)
                .query_some("order", order);
            let SetPage { members, cursor, .. } = client.get(request)?;
            Ok((members, cursor))
        })
    }

    /// Prints entries page by page, up to the limit. `page` takes the maximum number of entries and a cursor; it returns the
    /// entries and the cursor of the next page.
    fn print_pages<T: Serialize>(
        &self,
        out: &mut Output,
        page: impl Fn(u64, Option<&str>) -> Result<(Vec<T>, Option<String>)>,
    ) -> Outcome {
        let mut left = if self.all { u64::MAX } else { self.limit.unwrap_or(20) };
        let mut cursor: Option<String> = None;
        while left > 0 {
            let (entries, next) = page(left.min(PAGE_DOCUMENTS), cursor.as_deref())?;
            for entry in &entries {
                out.json(entry)?;
            }
            left = left.saturating_sub(entries.len() as u64);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn get(&self, client: &Client, out: &mut Output) -> Outcome {
        let mut missing: Vec<String> = Vec::new();
        for id in &self.ids {
            match client.get::<Document>(Request::to(&["projections", &self.name, "documents", id])) {
                Ok(document) => out.json(&document)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    let why = error.message();
                    missing.push(if why.contains(id) { why.to_owned() } else { format!("no `{id}`: {why}") });
                }
                Err(error) => return Err(error.into()),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::NotFound, missing.join("\n")).into())
    }

    fn list(&self, client: &Client, out: &mut Output) -> Outcome {
        self.print_pages(out, |limit, cursor| {
            let DocumentPage { documents, cursor } = self.page(client, limit, cursor)?;
            Ok((documents, cursor))
        })
    }

    fn page(&self, client: &Client, limit: u64, cursor: Option<&str>) -> Result<DocumentPage> {
        let path = ["projections", &self.name, "documents"];
        let mut request = Request::to(&path).query("limit", limit).query_some("cursor", cursor);
        for Condition { field, value } in &self.filter {
            request = request.query("where", format_args!("{field}:{value}"));
        }
        let page = client.get(request.query_some("sort", self.sort.as_deref()));
        // An undeclared field can only come from the command line.
        page.map_err(|error| match (error.kind(), error.hint()) {
            (ErrorKind::Data, None) => Error::new(ErrorKind::Usage, error.message()),
            (ErrorKind::Data, Some(hint)) => Error::new(ErrorKind::Usage, error.message()).with_hint(hint),
            _ => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{FakeHost, Seen, printed, problem};
    use crate::stop::Stop;

    fn query(ids: &[&str]) -> Query {
        Query {
            name: "like-count".to_owned(),
            ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            all: false,
            filter: Vec::new(),
            sort: None,
            limit: None,
            set: None,
            order: None,
            member: None,
        }
    }

    #[test]
    fn documents_keep_the_bytes_that_the_module_wrote() {
        let host = FakeHost::start(|_| (200, r#"{"id":"a/b","document":{"z": 1.50, "a":[ ]}}"#.to_owned()));
        let (outcome, printed) = printed(|out| query(&["a/b"]).run(&host.client(), out));
        outcome.unwrap();
        assert_eq!(printed, "{\"id\":\"a/b\",\"document\":{\"z\": 1.50, \"a\":[ ]}}\n");
        assert_eq!(host.requests()[0].line, "GET /projections/like-count/documents/a%2Fb");
    }

    #[test]
    fn missing_ids_are_named_after_those_that_exist() {
        let host = FakeHost::start(|request: &Seen| match request.line.rsplit('/').next() {
            Some("p1") => (200, r#"{"id":"p1","document":{}}"#.to_owned()),
            Some(id) => problem(404, &format!("`like-count` has no document `{id}`"), None),
            None => unreachable!(),
        });
        let (outcome, printed) = printed(|out| query(&["p8", "p1", "p9"]).run(&host.client(), out));
        let Err(Stop::Failed(error)) = outcome else { panic!("the answer is no") };
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.message(), "`like-count` has no document `p8`\n`like-count` has no document `p9`");
        assert_eq!(printed, "{\"id\":\"p1\",\"document\":{}}\n");
    }

    #[test]
    fn lists_go_from_page_to_page() {
        let host = FakeHost::start(|request: &Seen| {
            let page = if request.line.contains("cursor=next") {
                r#"{"documents":[{"id":"c","document":3}],"cursor":null}"#
            } else {
                r#"{"documents":[{"id":"a","document":1},{"id":"b","document":2}],"cursor":"next"}"#
            };
            (200, page.to_owned())
        });
        let all = Query {
            all: true,
            sort: Some("-count".to_owned()),
            filter: vec![condition("tribe=a=b").unwrap()],
            ..query(&[])
        };
        let (outcome, printed) = printed(|out| all.run(&host.client(), out));
        outcome.unwrap();
        assert_eq!(printed.lines().count(), 3);
        let lines: Vec<_> = host.requests().into_iter().map(|request| request.line).collect();
        assert_eq!(
            lines,
            [
                "GET /projections/like-count/documents?limit=1000&where=tribe%3Aa%3Db&sort=-count",
                "GET /projections/like-count/documents?limit=1000&cursor=next&where=tribe%3Aa%3Db&sort=-count",
            ]
        );
    }

    #[test]
    fn a_limit_ends_the_list() {
        let page = r#"{"documents":[{"id":"a","document":1},{"id":"b","document":2}],"cursor":"next"}"#;
        let host = FakeHost::start(move |_| (200, page.to_owned()));
        let two = Query { limit: Some(2), ..query(&[]) };
        let (outcome, printed) = printed(|out| two.run(&host.client(), out));
        outcome.unwrap();
        assert_eq!((printed.lines().count(), host.requests().len()), (2, 1));
    }

    #[test]
    fn sets_go_from_page_to_page_in_their_order() {
        let host = FakeHost::start(|request: &Seen| {
            let page = if request.line.contains("cursor=next") {
                r#"{"set":"tribe:t1","members":[{"member":"c","score":1.5,"id":"c"}]}"#
            } else {
                r#"{"set":"tribe:t1","members":[{"member":"a","score":3,"id":"x"}],"cursor":"next"}"#
            };
            (200, page.to_owned())
        });
        let all = |order| Query { all: true, set: Some("tribe:t1".to_owned()), order, ..query(&[]) };
        let (outcome, printed) = printed(|out| all(Some(Order::Asc)).run(&host.client(), out));
        outcome.unwrap();
        assert_eq!(
            printed,
            "{\"member\":\"a\",\"score\":3,\"id\":\"x\"}\n{\"member\":\"c\",\"score\":1.5,\"id\":\"c\"}\n"
        );
        let lines: Vec<_> = host.requests().into_iter().map(|request| request.line).collect();
        assert_eq!(
            lines,
            [
                "GET /projections/like-count/sets/tribe%3At1?limit=1000&order=asc",
                "GET /projections/like-count/sets/tribe%3At1?limit=1000&cursor=next&order=asc",
            ]
        );
    }

    #[test]
    fn a_member_that_is_not_in_the_set_is_an_answer_of_no() {
        let host = FakeHost::start(|request: &Seen| match request.line.contains("member=a") {
            true => (200, r#"{"set":"s","member":"a","score":3,"id":"x"}"#.to_owned()),
            false => problem(404, "set `s` has no member `b`", None),
        });
        let of = |member: &str| {
            let (set, member) = (Some("s".to_owned()), Some(member.to_owned()));
            let asked = Query { set, member, ..query(&[]) };
            printed(|out| asked.run(&host.client(), out))
        };
        assert_eq!(of("a").1, "{\"member\":\"a\",\"score\":3,\"id\":\"x\"}\n");
        let (Err(Stop::Failed(error)), _) = of("b") else { panic!("the answer is no") };
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_field_that_is_not_declared_is_a_usage_error() {
        let host = FakeHost::start(|_| problem(400, "`nope` is not sortable", Some("sortable: count")));
        let sorted = Query { sort: Some("nope".to_owned()), ..query(&[]) };
        let Err(Stop::Failed(error)) = printed(|out| sorted.run(&host.client(), out)).0 else {
            panic!("an error")
        };
        assert_eq!((error.kind(), error.hint()), (ErrorKind::Usage, Some("sortable: count")));
    }
}
