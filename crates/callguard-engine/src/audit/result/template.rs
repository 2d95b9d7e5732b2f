//! What stands in place of what was found: `[{kind} removed]`.

use crate::call::facets::OperandError;

/// Text with `{kind}` in it; `{{` and `}}` are braces.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// What stands before, between and behind the kinds.
    texts: Vec<String>,
}

/// The most characters of a template.
const MAX_LENGTH: usize = 200;

impl Template {
    pub(super) fn parse(text: &str) -> Result<Template, OperandError> {
        if text.chars().count() > MAX_LENGTH {
            return Err(OperandError {
                message: format!("the replacement is longer than {MAX_LENGTH} characters"),
                help: None,
            });
        }
        let mut texts = vec![String::new()];
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (plain, brace) = rest.split_at_checked(at).unwrap_or((rest, ""));
            texts.last_mut().into_iter().for_each(|last| last.push_str(plain));
            if let Some(behind) = brace.strip_prefix("{kind}") {
                texts.push(String::new());
                rest = behind;
            } else if let Some((sign, behind)) = doubled(brace) {
                texts.last_mut().into_iter().for_each(|last| last.push(sign));
                rest = behind;
            } else {
                return Err(stray(brace));
            }
        }
        texts.last_mut().into_iter().for_each(|last| last.push_str(rest));
        Ok(Template { texts })
    }

    pub(super) fn write(&self, out: &mut String, kind: &str) {
        out.push_str(&self.texts.join(kind));
    }
}

impl Default for Template {
    fn default() -> Template {
        Template { texts: vec!["[REDACTED:".to_owned(), "]".to_owned()] }
    }
}

fn doubled(brace: &str) -> Option<(char, &str)> {
    let open = brace.strip_prefix("{{").map(|behind| ('{', behind));
    open.or_else(|| brace.strip_prefix("}}").map(|behind| ('}', behind)))
}

fn stray(brace: &str) -> OperandError {
    let placeholder = brace.split_inclusive('}').next().filter(|part| part.len() > 1 && part.ends_with('}'));
    OperandError {
        message: match placeholder {
            Some(placeholder) => format!("a replacement has no `{placeholder}`"),
            None => "a replacement has a brace that belongs to nothing".to_owned(),
        },
        help: Some("write `{kind}` for what was found, `{{` and `}}` for braces".to_owned()),
    }
}
