//! Generates everything that names all aggregates from the list in `registry`: the kinds that can be declared, and columns
//! of any kind.

/// Declares the enums of all kinds, and macros that match on them. `Count => count::CountKind` names the folder `count`, and
/// the [`Kind`](super::kind::Kind) in its `column`. `$dollar` is a dollar sign, for the inner macros.
macro_rules! aggregates {
    (@parameters) => {
        &()
    };
    (@parameters $parameters:ident) => {
        $parameters
    };
    ($dollar:tt $(
        $(#[$documentation:meta])*
        $name:ident $(($parameters:ident: $type:ty))? => $folder:ident::$kind:ident $(<$end:literal>)?,
    )+) => {
        /// The kind of one aggregate.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum AggregateKind {
            $($(#[$documentation])* $name $(($type))?,)+
            /// Opaque state, folded by the module itself.
            Fold,
        }

        /// The values of one aggregate for all rows, of any kind.
        #[derive(Clone, Debug)]
        pub(crate) enum AnyPlainColumn {
            $($name(PlainColumn<$crate::aggregate::$folder::column::$kind $(<$end>)?>),)+
        }

        /// The windows of one aggregate for all rows, of any kind.
        #[derive(Clone, Debug)]
        pub(crate) enum AnySlidingColumn {
            $($name(SlidingColumn<$crate::aggregate::$folder::column::$kind $(<$end>)?>),)+
        }

        /// Runs `$body` with `$kind` as the type of the declared kind, and `$parameters` bound to its parameters. For a fold,
        /// runs `$fold` instead.
        macro_rules! with_kind {
            (
                $dollar declared:expr,
                $dollar kind:ident($dollar parameters:ident) => $dollar body:expr,
                unsupported => $dollar unsupported:expr
            ) => {
                match $dollar declared {
                    $(AggregateKind::$name $(($parameters))? => {
                        type $dollar kind = $crate::aggregate::$folder::column::$kind $(<$end>)?;
                        let $dollar parameters = aggregates!(@parameters $($parameters)?);
                        $dollar body
                    })+
                    AggregateKind::Fold => $dollar unsupported,
                }
            };
        }

        /// Returns an empty column of the declared kind, as a column of any kind. For a fold, runs `$fold` instead.
        macro_rules! any_column {
            ($dollar any:ident, $dollar column:ident, $dollar declared:expr, unsupported => $dollar unsupported:expr) => {
                match $dollar declared {
                    $(AggregateKind::$name $(($parameters))? => $dollar any::$name(
                        $dollar column::<$crate::aggregate::$folder::column::$kind $(<$end>)?>::new(aggregates!(@parameters $($parameters)?))?
                    ),)+
                    AggregateKind::Fold => $dollar unsupported,
                }
            };
        }

        /// Runs `$body` with `$column` bound to the column of the actual kind.
        macro_rules! with_column {
            ($dollar any:ident, $dollar held:expr, $dollar column:ident => $dollar body:expr) => {
                match $dollar held {
                    $($dollar any::$name($dollar column) => $dollar body,)+
                }
            };
        }

        /// Runs `$body` with `$windows` and `$panes` bound to the columns of the kind that both have.
        macro_rules! with_windows_and_panes {
            (
                $dollar held:expr,
                $dollar windows:ident,
                $dollar panes:ident => $dollar body:expr
            ) => {
                match $dollar held {
                    $((AnySlidingColumn::$name($dollar windows), AnyPlainColumn::$name($dollar panes)) => $dollar body,)+
                    _ => unreachable!("panes hold the window's aggregate"),
                }
            };
        }
    };
}
