//! A command line as it is understood: what it runs, touches and reaches.

use crate::args::ExplainArgs;
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::engine::call::facets::command::{CommandLine, ExplainedCommand, Explanation};
use callguard::engine::call::facets::path::PathCx;
use serde_json::{Value, json};

pub(super) fn run(line: &str, args: &ExplainArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let cx = PathCx::lexical(&args.cwd, &args.home);
    let found = CommandLine::parse(line, &cx).explain(&cx);
    if args.json {
        screen.line(as_json(&found))?;
    } else {
        as_text(&found, screen)?;
    }
    Ok(Exit::Ok)
}

fn as_text(found: &Explanation, screen: &mut Screen) -> Result<(), Failure> {
    for command in &found.commands {
        screen.line(format_args!("{}{}{:#}", style::BOLD, command.text, style::BOLD))?;
        parts(command, screen)?;
    }
    if !found.commands.is_empty() {
        screen.line("")?;
    }
    for path in &found.paths {
        let guessed = if path.guessed { "  (perhaps)" } else { "" };
        row(verb(path.access), format_args!("{}{guessed}", path.path), screen)?;
    }
    found.hosts.iter().try_for_each(|host| row("connects", host, screen))?;
    found.urls.iter().try_for_each(|url| row("url", url, screen))?;
    row("effect", found.side_effect.map_or("unknown: what the tool declares", |effect| effect.as_str()), screen)?;
    if let Some(why) = found.not_understood {
        row("unclear", format_args!("{}{why}{:#}", style::ASK, style::ASK), screen)?;
        return row("", "it may run, touch and reach more than is listed", screen);
    }
    let more = [("paths", &found.more_paths), ("hosts", &found.more_hosts)];
    for (what, why) in more.into_iter().filter_map(|(what, why)| Some((what, why.as_ref()?))) {
        row("unclear", format_args!("{}more {what}: {why}{:#}", style::ASK, style::ASK), screen)?;
    }
    found
        .shadowed
        .iter()
        .try_for_each(|why| row("unclear", format_args!("{}{why}{:#}", style::ASK, style::ASK), screen))
}

fn parts(command: &ExplainedCommand, screen: &mut Screen) -> Result<(), Failure> {
    let own = command.side_effect.map_or("", |effect| effect.as_str());
    let program = command.program.as_deref().unwrap_or("not known");
    let known = if command.known { own } else { "not in the catalog" };
    let names = std::iter::once(program).chain(command.subcommands.iter().map(String::as_str));
    let names = names.collect::<Vec<_>>().join(" ");
    let known = if known.is_empty() { String::new() } else { format!("  {}{known}{:#}", style::DIM, style::DIM) };
    row("program", format_args!("{names}{known}"), screen)?;
    command.options.iter().try_for_each(|option| row("option", option, screen))?;
    let operands = command.operands.iter();
    operands
        .map(|(word, role)| format!("{word}  {}{role}{:#}", style::DIM, style::DIM))
        .try_for_each(|operand| row("operand", operand, screen))
}

fn row(name: &str, text: impl std::fmt::Display, screen: &mut Screen) -> Result<(), Failure> {
    screen.line(format_args!("  {}{name:8}{:#}  {text}", style::DIM, style::DIM))
}

fn verb(access: &str) -> &'static str {
    match access {
        "read" => "reads",
        "write" => "writes",
        _ => "touches",
    }
}

fn as_json(found: &Explanation) -> Value {
    let command = |command: &ExplainedCommand| {
        let operands = command.operands.iter().map(|(word, role)| json!({ "word": word, "is": role }));
        json!({
            "text": command.text,
            "program": command.program,
            "known": command.known,
            "subcommands": command.subcommands,
            "options": command.options,
            "operands": operands.collect::<Vec<_>>(),
            "side_effect": command.side_effect.map(|effect| effect.as_str()),
        })
    };
    let paths =
        found.paths.iter().map(|path| json!({ "access": path.access, "path": path.path, "guessed": path.guessed }));
    json!({
        "commands": found.commands.iter().map(command).collect::<Vec<_>>(),
        "paths": paths.collect::<Vec<_>>(),
        "hosts": found.hosts,
        "urls": found.urls,
        "side_effect": found.side_effect.map(|effect| effect.as_str()),
        "not_understood": found.not_understood,
        "more_paths": found.more_paths,
        "more_hosts": found.more_hosts,
        "shadowed": found.shadowed,
    })
}
