//! Parameters: values that operators set for a reducer or a relay.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use crate::bindings::foldline::reducer::types::{Parameter, Scalar};
use crate::error::Result;
use crate::span::Span;

/// Values that operators set for a reducer or a relay, as a struct. Derive it, name it in `#[reducer(parameters = Limits)]`
/// or `#[relay(parameters = Limits)]`, and read it with [`parameters`].
///
/// A field is a `bool`, an `i64`, an `f64`, a `String` or a [`Span`]. `#[parameter(…)]` holds its fallback: its value where
/// nobody sets it. Its doc comment is the explanation that operators read.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Parameters)]
/// #[parameters(check = Limits::check)]
/// struct Limits {
///     /// A card is flagged from this many orders on.
///     #[parameter(5)]
///     orders: i64,
///     /// How close together they are.
///     #[parameter("10m")]
///     within: Span,
/// }
///
/// impl Limits {
///     fn check(&self) -> Result<()> {
///         if self.orders < 1 {
///             return Err("`orders` is at least 1".into());
///         }
///         Ok(())
///     }
/// }
/// # #[derive(Event)] #[event(topic = "orders")] struct Order<'a> { card: &'a str }
/// # #[derive(Table)] struct Cards { #[key] card: Text, orders: Count }
/// # #[derive(Document)] struct Card { orders: u64, flagged: bool }
///
/// #[reducer(parameters = Limits)]
/// impl Reducer for Flags {
///     // …
/// #   type Event<'a> = Order<'a>;
/// #   type Table = Cards;
/// #   type Document = Card;
/// #   fn extract(order: Order<'_>, out: &mut Contributions<Cards>) -> Result<()> {
/// #       out.add(Cards::key(order.card).orders(1))
/// #   }
///     fn project(row: Row<'_, Cards>, out: &mut Projected<Card>) -> Result<()> {
///         let limits = parameters::<Limits>();
///         out.document(Card { orders: row.orders, flagged: row.orders as i64 >= limits.orders })
///     }
/// }
/// ```
///
/// `check` is optional: the host refuses values for which it returns an error, and shows the error to whoever set them. It
/// must accept the fallbacks. Operators set values under `[projections.NAME.parameters]`, as `orders = 3` and
/// `within = "1h"`. They are public: none may be a secret.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of parameters",
    label = "needs `#[derive(Parameters)]`"
)]
pub trait Parameters: Default + 'static {
    /// Returns what operators may set.
    #[doc(hidden)]
    fn declared() -> Vec<Parameter>;

    /// Takes a value for each of them, in their order.
    ///
    /// # Errors
    /// Why the values cannot be taken.
    #[doc(hidden)]
    fn of(values: Vec<Scalar>) -> Result<Self>;

    /// Checks values, wherever they come from.
    ///
    /// # Errors
    /// As the author's own check.
    #[doc(hidden)]
    fn check(&self) -> Result;
}

/// No parameters.
impl Parameters for () {
    fn declared() -> Vec<Parameter> {
        Vec::new()
    }

    fn of(_: Vec<Scalar>) -> Result<Self> {
        Ok(())
    }

    fn check(&self) -> Result {
        Ok(())
    }
}

/// A struct of parameters that a reducer or a relay of this crate names.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what the reducer or the relay of this crate takes",
    label = "nobody sets these parameters",
    note = "name them: `#[reducer(parameters = {Self})]`, or `#[relay(parameters = {Self})]`"
)]
pub trait Named {}

/// A reducer or a relay with its parameters: what `#[reducer]` and `#[relay]` add.
#[doc(hidden)]
pub trait Configurable {
    /// What operators may set.
    type Parameters: Parameters;
}

thread_local! {
    /// The values of the instance, or of the harness whose reducer is being called.
    static CURRENT: RefCell<Option<Rc<dyn Any>>> = const { RefCell::new(None) };
}

/// Returns the values of the [`Parameters`] within `extract`, `project` and `relay`. Elsewhere, they are the fallbacks.
pub fn parameters<P: Parameters + Named>() -> Rc<P> {
    let current = CURRENT.with_borrow(Clone::clone);
    current.and_then(|current| current.downcast().ok()).unwrap_or_default()
}

/// Takes the values of an instance.
///
/// # Errors
/// Why they are refused.
pub fn configure<P: Parameters>(values: Vec<Scalar>) -> std::result::Result<(), String> {
    let values = P::of(values).and_then(|values| values.check().map(|()| values));
    let values = values.map_err(|error| error.to_string())?;
    CURRENT.set(Some(Rc::new(values)));
    Ok(())
}

/// Calls a function of a reducer with these values.
#[cfg(feature = "testing")]
pub(crate) fn within<P: Parameters, T>(values: &Rc<P>, call: impl FnOnce() -> T) -> T {
    /// Ends the call even if it panics: other tests may follow on this thread.
    struct Before(Option<Rc<dyn Any>>);

    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }

    let _before = Before(CURRENT.replace(Some(Rc::clone(values) as Rc<dyn Any>)));
    call()
}

/// A type of a parameter.
#[doc(hidden)]
pub trait ParameterValue: Sized {
    /// Returns the value as the contract has it.
    fn scalar(self) -> Scalar;

    /// Takes a value of the parameter `name`.
    ///
    /// # Errors
    /// Another type, which the host does not send, or a text that this type does not take.
    fn of_scalar(name: &str, value: Scalar) -> Result<Self>;
}

macro_rules! plain {
    ($($ty:ty: $case:ident,)+) => {
        $(impl ParameterValue for $ty {
            fn scalar(self) -> Scalar {
                Scalar::$case(self)
            }

            fn of_scalar(name: &str, value: Scalar) -> Result<Self> {
                match value {
                    Scalar::$case(value) => Ok(value),
                    _ => Err(wrong_type(name)),
                }
            }
        })+
    };
}

plain! {
    bool: Boolean,
    i64: Int,
    f64: Float,
    String: Text,
}

impl ParameterValue for Span {
    fn scalar(self) -> Scalar {
        Scalar::Text(self.to_string())
    }

    fn of_scalar(name: &str, value: Scalar) -> Result<Self> {
        let Scalar::Text(text) = value else { return Err(wrong_type(name)) };
        text.parse().map_err(|error| format!("`{name}`: {error}").into())
    }
}

fn wrong_type(name: &str) -> crate::Error {
    format!("`{name}` has another type than declared").into()
}

/// Returns a declaration: what the derive adds.
#[doc(hidden)]
pub fn declare(name: &str, explanation: &str, fallback: impl ParameterValue) -> Parameter {
    Parameter { name: name.to_owned(), explanation: explanation.to_owned(), fallback: fallback.scalar() }
}
