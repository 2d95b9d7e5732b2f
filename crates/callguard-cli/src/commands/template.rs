//! `callguard template`: the shipped policies.

use crate::args::{TemplateArgs, TemplateCommand};
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::engine::diagnostic::did_you_mean;
use callguard::engine::policy::templates::{TEMPLATES, Template, template};
use callguard::engine::policy::{LoadInput, NoBases, load};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(args: &TemplateArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    match &args.command {
        TemplateCommand::List { json } => list(*json, screen),
        TemplateCommand::Show { name, tests } => {
            let template = named(name)?;
            screen.text(if *tests { template.tests } else { template.text })?;
            Ok(Exit::Ok)
        }
        TemplateCommand::Init { name, dir } => init(named(name)?, dir, screen),
    }
}

fn named(name: &str) -> Result<&'static Template, Failure> {
    let short = name.strip_prefix("template/").unwrap_or(name);
    template(short).ok_or_else(|| {
        let known = TEMPLATES.iter().map(|template| template.name);
        let help = match did_you_mean(short, known.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", known.collect::<Vec<_>>().join(", ")),
        };
        Failure::Usage(format!("there is no template `{short}`; {help}"))
    })
}

fn list(json: bool, screen: &mut Screen) -> Result<Exit, Failure> {
    if json {
        let all: Vec<_> = TEMPLATES
            .iter()
            .map(|template| serde_json::json!({ "name": template.name, "description": description(template) }))
            .collect();
        screen.line(serde_json::Value::Array(all))?;
        return Ok(Exit::Ok);
    }
    let width = TEMPLATES.iter().map(|template| template.name.len()).max().unwrap_or_default();
    for template in TEMPLATES {
        let (bold, name) = (style::BOLD, template.name);
        screen.line(format_args!("{bold}{name:width$}{bold:#}  {}", description(template)))?;
    }
    Ok(Exit::Ok)
}

fn description(template: &Template) -> String {
    let input = LoadInput { files: vec![template.into()], bases: &NoBases, operators: Default::default() };
    let loaded = load(input).ok();
    loaded.and_then(|loaded| loaded.set.policies.into_iter().next()?.description).unwrap_or_default()
}

/// Writes `policy.yaml` and `policy.test.yaml`; a file that is there already is not touched.
fn init(template: &Template, dir: &Path, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = [("policy.yaml", policy(template)), ("policy.test.yaml", test(template))];
    if let Some((name, _)) = files.iter().find(|(name, _)| dir.join(name).exists()) {
        let path = dir.join(name);
        return Err(Failure::Outside(format!("`{}` is there already; nothing was written", path.display())));
    }
    for (name, text) in &files {
        let path = dir.join(name);
        let failed = |error| Failure::Outside(format!("cannot write `{}`: {error}", path.display()));
        let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        screen.line(format_args!("wrote  {}", path.display()))?;
    }
    screen.line("next   callguard test policy.test.yaml")?;
    Ok(Exit::Ok)
}

fn policy(template: &Template) -> String {
    let name = template.name;
    format!(
        "apiVersion: callguard/v1\nkind: Policy\nmetadata:\n  name: my-{name}\n  description: What our agent may do.\nspec:\n  \
         extends: [template/{name}]\n  preconditions:\n    - id: no-production\n      when: {{ environment: production }}\n      \
         action: deny\n      message: This agent does not work in production.\n      examples:\n        matches:\n          \
         - {{ tool: read_file, environment: production }}\n        misses:\n          - {{ tool: read_file, environment: staging }}\n"
    )
}

fn test(template: &Template) -> String {
    let name = template.name;
    format!(
        "apiVersion: callguard/v1\nkind: PolicyTest\nmetadata: {{ name: my-{name} }}\npolicies: [policy.yaml]\ncases:\n  \
         - name: production is out of bounds\n    call: {{ tool: read_file, args: {{ path: README.md }}, environment: production }}\n    \
         expect: {{ decision: deny, contract: my-{name}/no-production }}\n"
    )
}
