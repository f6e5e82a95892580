//! Values of parameters: which are taken, which are refused and how, and what they change.

use foldline_core::description::Scalar;
use foldline_core::parameters::{Given, GivenValues};
use serde_json::{Value, json};

use super::engine;
use crate::ValidatedModule;
use foldline_base::code::Code;
use foldline_base::error::{Error, ErrorKind};
use foldline_testkit::canned::{Body, Canned, limited};

fn module() -> ValidatedModule {
    engine().validate(None, &limited().build()).unwrap()
}

fn given(values: &[(&str, Scalar)]) -> GivenValues {
    let mut line = 0;
    let given = |(name, value): &(&str, Scalar)| {
        line += 1;
        let place = Some(format!("foldline.toml:{line}:1"));
        ((*name).to_owned(), Given { value: value.clone(), place })
    };
    values.iter().map(given).collect()
}

fn refused(values: &[(&str, Scalar)]) -> Error {
    let error = module().configured(&given(values)).err().expect("refused");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Module, Some(Code::WrongParameters)), "{error}");
    assert!(error.hint().is_some());
    error
}

#[test]
fn everything_about_a_module_is_a_function_of_the_values() {
    let before = module();
    assert_eq!(before.build(), before.digest());
    assert!(before.values().is_empty());
    let after = before.configured(&given(&[("orders", Scalar::Int(6))])).unwrap();
    assert_eq!(before.description().tables[0].aggregates.len(), 1);
    assert_eq!(after.description().tables[0].aggregates.len(), 2);
    assert_eq!(after.digest(), before.digest());
    assert_ne!(after.build(), before.build());
    assert_eq!(after.values().to_string(), "orders = 6");
    after.instantiate().unwrap();
    // The values replace earlier ones, and are not added to them.
    let again = after.configured(&GivenValues::new()).unwrap();
    assert_eq!((again.build(), again.description()), (before.build(), before.description()));
    let kept = before.configured(&after.values().given()).unwrap();
    assert_eq!(kept.build(), after.build(), "what is kept of a build makes the same build");
}

#[test]
fn a_value_that_equals_the_fallback_is_as_if_nobody_had_set_it() {
    let set = [
        ("orders", Scalar::Int(5)),
        ("share", Scalar::Float(0.5)),
        ("within", Scalar::Text("10m".to_owned())),
        ("strict", Scalar::Boolean(false)),
    ];
    let module = module().configured(&given(&set)).unwrap();
    assert_eq!(module.build(), module.digest());
    let int = module.configured(&given(&[("share", Scalar::Int(2))])).unwrap();
    let float = module.configured(&given(&[("share", Scalar::Float(2.0))])).unwrap();
    assert_eq!(int.build(), float.build(), "an int stands for a float");
}

#[test]
fn wrong_values_are_refused_all_at_once_each_with_its_place() {
    let error = refused(&[("ordres", Scalar::Int(6)), ("within", Scalar::Int(6))]);
    assert_eq!(
        error.message(),
        "module `like-count@0.1.0`: foldline.toml:1:1: no parameter is called `ordres`; did you mean `orders`? \
         (parameters: orders, share, within, strict); foldline.toml:2:1: parameter `within` is an int, not a text such \
         as \"10m\""
    );
    for value in [Scalar::Float(6.0), Scalar::Boolean(true), Scalar::Text("6".to_owned())] {
        let message = refused(&[("orders", value)]).message().to_owned();
        assert!(message.contains("not an int such as 5"), "{message}");
    }
    let none = engine().validate(None, &Canned::default().build()).unwrap();
    let error = none.configured(&given(&[("orders", Scalar::Int(6))])).err().unwrap();
    assert!(
        error.message().ends_with("no parameter is called `orders` (parameters: there is none)"),
        "{error}"
    );
}

#[test]
fn what_the_module_itself_refuses_is_shown_with_its_reason() {
    let error = refused(&[("orders", Scalar::Int(-1)), ("strict", Scalar::Boolean(false))]);
    assert_eq!(
        error.message(),
        "module `like-count@0.1.0`: refuses foldline.toml:1:1: `orders = -1`: orders are not negative"
    );
}

#[test]
fn parameters_that_cannot_be_set_are_the_modules_fault() {
    let one = |name: &str, fallback: Value| json!([{"name": name, "explanation": "", "fallback": fallback}]);
    let twice = json!([one("a", json!({"int": 1}))[0], one("a", json!({"int": 2}))[0]]);
    for (reason, parameters) in [
        ("declares parameter `at` as a time", one("at", json!({"time": 1}))),
        ("has a parameter named ``", one("", json!({"int": 1}))),
        ("declares the parameter `a` twice", twice),
    ] {
        let guest = Canned { parameters: Body::Answer(parameters), ..Canned::described_0_2(|_| {}) };
        let error = engine().validate(None, &guest.build()).err().unwrap();
        assert!(error.message().contains(reason), "{error}");
    }
}
