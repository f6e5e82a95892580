//! `GET projections/{name}/sets/{set}`: reads the ranked members of a served set, or one of them.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::parameters::Parameters;
use super::problem::{Answer, Refusal};
use super::reading::{NAME_BYTES_MAX, PAGE, check_length, read, respond};
use foldline_api::{SetMember, SetMembership, SetPage};
use foldline_sink_sqlite::{Member, SetQuery};

pub(super) async fn get(
    State(app): State<App>,
    path: std::result::Result<Path<(String, String)>, PathRejection>,
    parameters: Parameters,
) -> Answer<Response> {
    let Path((name, set)) = path?;
    check_length("set", &set, NAME_BYTES_MAX)?;
    match parameters.one("member")? {
        Some(member) => one(&app, &name, set, member.to_owned(), &parameters).await,
        None => page(&app, &name, set, &parameters).await,
    }
}

async fn page(app: &App, name: &str, set: String, parameters: &Parameters) -> Answer<Response> {
    let rising = match parameters.one("order")? {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(other) => {
            return Err(Refusal::bad_request(format!(
                "query parameter `order={other}`: it is `asc` or `desc`"
            )));
        }
    };
    let query = SetQuery {
        set: set.clone(),
        rising,
        limit: parameters.limit(PAGE)?,
        cursor: parameters.one("cursor")?.map(str::to_owned),
    };
    let (serving, shown) = read(app, name, parameters, move |reader| reader.members(&query)).await?;
    let members = shown.value.members.into_iter().map(set_member).collect();
    let page = SetPage { set, members, cursor: shown.value.cursor };
    Ok(respond(Json(page).into_response(), &serving, &shown.position))
}

async fn one(
    app: &App,
    name: &str,
    set: String,
    member: String,
    parameters: &Parameters,
) -> Answer<Response> {
    check_length("member", &member, NAME_BYTES_MAX)?;
    for of_lists in ["order", "limit", "cursor"] {
        if parameters.one(of_lists)?.is_some() {
            let message =
                format!("query parameter `{of_lists}`: with `member` there is one answer, and no list");
            return Err(Refusal::bad_request(message));
        }
    }
    let names = (set.clone(), member.clone());
    let (serving, shown) =
        read(app, name, parameters, move |reader| reader.member(&names.0, &names.1)).await?;
    let response = match shown.value {
        Some(found) => Json(SetMembership { set, member: set_member(found) }).into_response(),
        None => {
            let message = format!("set `{set}` of projection `{name}` has no member `{member}`");
            Refusal::new(StatusCode::NOT_FOUND, message).into_response()
        }
    };
    Ok(respond(response, &serving, &shown.position))
}

fn set_member(Member { member, score, id }: Member) -> SetMember {
    SetMember { member, score, id }
}
