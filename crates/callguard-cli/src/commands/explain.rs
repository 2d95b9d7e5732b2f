//! `callguard explain`: an error code's page, a command line as it is understood, or a policy with everything made
//! explicit.

mod command;

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::input;
use crate::screen::{Failure, Screen, style};
use callguard::Disk;
use callguard::engine::diagnostic::{Code, did_you_mean};
use callguard::engine::policy::explicit::explicit;
use callguard::engine::policy::{LoadInput, load};

pub(crate) fn run(args: &ExplainArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    if let Some(line) = &args.command {
        return command::run(line, args, screen);
    }
    let what = args.what.clone().unwrap_or_default();
    if looks_like_code(&what) {
        return code(&what, args, screen);
    }
    let input = LoadInput {
        files: input::policies(std::slice::from_ref(&what))?,
        bases: &Disk,
        operators: std::sync::Arc::default(),
    };
    let loaded = load(input).map_err(callguard::LoadError::from)?;
    let core = explicit(&loaded.set);
    if args.json {
        screen.line(format_args!("{core:#}"))?
    } else {
        screen.text(as_yaml(&core))?
    }
    Ok(Exit::Ok)
}

fn looks_like_code(what: &str) -> bool {
    what.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("CG")) && !what.contains(['.', '/'])
}

fn code(what: &str, args: &ExplainArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let Ok(code) = what.parse::<Code>() else {
        let known = Code::ALL.iter().map(|code| code.as_str());
        let help = did_you_mean(what, known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        return Err(Failure::Usage(format!("there is no code `{what}`{help}")));
    };
    let page = code.page().markdown;
    if args.json {
        let summary = code.summary();
        screen.line(serde_json::json!({ "code": code.as_str(), "summary": summary, "page": page }))?;
    } else {
        for line in page.lines() {
            match line.starts_with('#') {
                true => screen.line(format_args!(
                    "{}{}{:#}",
                    style::BOLD,
                    line.trim_start_matches(['#', ' ']),
                    style::BOLD
                ))?,
                false => screen.line(line)?,
            }
        }
    }
    Ok(Exit::Ok)
}

/// JSON is YAML; block style reads better.
fn as_yaml(core: &serde_json::Value) -> String {
    let mut text = String::new();
    write(core, 0, &mut text);
    text
}

fn write(value: &serde_json::Value, indent: usize, text: &mut String) {
    use serde_json::Value;
    let pad = " ".repeat(indent);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, inner) in entries {
                text.push_str(&format!("{pad}{}:", scalar(&Value::String(key.clone()))));
                below(inner, indent, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("{pad}-"));
                below(item, indent, text);
            }
        }
        other => text.push_str(&format!("{pad}{}\n", scalar(other))),
    }
}

fn below(value: &serde_json::Value, indent: usize, text: &mut String) {
    let nested = matches!(value, serde_json::Value::Object(entries) if !entries.is_empty())
        || matches!(value, serde_json::Value::Array(items) if !items.is_empty());
    if nested {
        text.push('\n');
        write(value, indent.saturating_add(2), text);
    } else {
        text.push_str(&format!(" {}\n", scalar(value)));
    }
}

/// A plain word stays plain; everything that YAML could read otherwise is quoted as in JSON.
fn scalar(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(word) if is_plain(word) => word.clone(),
        other => other.to_string(),
    }
}

fn is_plain(word: &str) -> bool {
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter))
        && !reserved.contains(&word.to_ascii_lowercase().as_str())
}
