//! Fields that hold one of some texts.

/// One of some texts, as an enum without fields. Derive it, and use it as a field of an [`Event`](crate::Event).
///
/// A variant stands for its name in snake case, or for the text in `#[choice("…")]`. A record with another text is a dead
/// letter; if the field is an `Option`, its value is then `None`.
///
/// ```
/// use foldline_sdk::prelude::*;
///
/// #[derive(Choice, Clone, Copy, PartialEq)]
/// enum Kind {
///     Post,
///     #[choice("re-post")]
///     Repost,
/// }
///
/// #[derive(Event)]
/// #[event(topic = "posts")]
/// struct Posted<'a> { post_id: &'a str, kind: Kind }
/// # assert_eq!(Kind::Repost.text(), "re-post");
/// ```
#[diagnostic::on_unimplemented(message = "`{Self}` is not a choice", label = "needs `#[derive(Choice)]`")]
pub trait Choice: Sized {
    /// The texts, in the order of the variants.
    const TEXTS: &'static [&'static str];

    /// Returns the variant with a number.
    #[doc(hidden)]
    fn of_index(index: i64) -> Option<Self>;

    /// Returns the variant's number.
    #[doc(hidden)]
    fn index(&self) -> i64;

    /// Returns the text that the variant stands for.
    fn text(&self) -> &'static str {
        Self::TEXTS[self.index() as usize]
    }
}

/// Returns the variant that the host sent.
///
/// # Panics
/// Panics on a number that the module did not declare: a fault of the host.
#[doc(hidden)]
pub fn chosen<C: Choice>(index: Option<i64>) -> C {
    index.and_then(C::of_index).expect("the host sends the numbers of declared texts")
}
