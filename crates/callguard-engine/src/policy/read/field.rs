//! Ways into arguments and results, as keys and items of lists: `edits[*].file`.

use super::{Cx, Scope, parse_selector};
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{FieldPath, Selector};
use crate::policy::register::Place;
use crate::source::{Span, excerpt};

/// Reads the way as the rest of a selector of arguments.
pub(crate) fn field_path(written: &str, span: Span, cx: &mut Cx<'_>) -> Option<FieldPath> {
    let selector = if written.starts_with('[') { format!("args{written}") } else { format!("args.{written}") };
    match parse_selector(&selector, &Scope { place: Place::Precondition, facts: &cx.facts }) {
        Ok(Selector::Args(path)) => Some(path),
        Ok(_) => {
            let message = format!("`{}` is no way into a value", excerpt(written));
            cx.error(Code::MalformedSelector, span, message, "name one argument: `path`, `edits[*].file`");
            None
        }
        Err(error) => {
            let message = format!("`{}` is no way into a value: {}", excerpt(written), error.message);
            let found = Diagnostic::error(error.code, span, message);
            cx.report(error.help.into_iter().fold(found, Diagnostic::help));
            None
        }
    }
}
