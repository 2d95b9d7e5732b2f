//! `callguard gateway`: serves MCP servers over HTTP, guarded.

use super::mcp::outside;
use super::validate::counted;
use crate::args::gateway::{GatewayArgs, GatewayCommand};
use crate::exit::Exit;
use crate::input;
use crate::screen::{Failure, Screen, style};
use callguard::engine::diagnostic::{Render, render};
use callguard::engine::policy::{LoadInput, load};
use callguard::{Disk, ExportError, Guard, OtlpExport};
use callguard_gateway::{ConfigError, Gateway, GatewayConfig, Metrics, OpenError, new_key};
use std::collections::BTreeSet;
use std::path::Path;

pub(crate) fn run(args: &GatewayArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    match &args.command {
        GatewayCommand::Run(args) => serve(&args.file, screen),
        GatewayCommand::Validate(args) => validate(&args.file, screen),
        GatewayCommand::Key => key(screen),
    }
}

fn serve(file: &Path, screen: &mut Screen) -> Result<Exit, Failure> {
    let config = match read(file)? {
        Ok(config) => config,
        Err(error) => return Ok(invalid(&error, screen)),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Outside(format!("cannot start: {error}")))?;
    let (export, metrics) = telemetry(&config)?;
    let builder = Guard::builder().paths(input::host_paths());
    let opened = match &export {
        Some(export) => runtime.block_on(Gateway::open_shown(config, builder.telemetry(export.telemetry()), metrics)),
        None => runtime.block_on(Gateway::open(config, builder)),
    };
    let gateway = match opened {
        Ok(gateway) => gateway,
        Err(error) => return failed(error, screen),
    };
    screen.note(format_args!("callguard: listening on {}", gateway.place()));
    if let Some(place) = gateway.admin_place() {
        screen.note(format_args!("callguard: metrics on {place}"));
    }
    runtime.block_on(gateway.run()).map_err(outside)?;
    runtime.shutdown_background();
    if let Some(Err(why)) = export.map(OtlpExport::shutdown) {
        screen.note(format_args!("callguard: {why}"));
    }
    Ok(Exit::Ok)
}

/// What exports telemetry, if the environment asks for that, and what shows the same as metrics.
fn telemetry(config: &GatewayConfig) -> Result<(Option<OtlpExport>, Option<Metrics>), Failure> {
    const SERVICE: &str = "callguard-gateway";

    let wrong = |error: ExportError| Failure::Outside(error.to_string());
    if !config.has_metrics() {
        return Ok((OtlpExport::from_env(SERVICE).map_err(wrong)?, None));
    }
    let (metrics, reader) = Metrics::new().map_err(Failure::Outside)?;
    Ok((OtlpExport::from_env_with(SERVICE, reader).map_err(wrong)?, Some(metrics)))
}

fn validate(file: &Path, screen: &mut Screen) -> Result<Exit, Failure> {
    let config = match read(file)? {
        Ok(config) => config,
        Err(error) => return Ok(invalid(&error, screen)),
    };
    // What several servers share is told once.
    let mut told = BTreeSet::new();
    let mut is_valid = true;
    for set in config.policy_sets() {
        let files = input::policies(&set)?;
        let policies = load(LoadInput { files, bases: &Disk, operators: std::sync::Arc::default() });
        let (findings, sources, is_loaded) = match policies {
            Ok(loaded) => (loaded.warnings, loaded.sources, true),
            Err(errors) => (errors.diagnostics, errors.sources, false),
        };
        for found in &findings {
            if told.insert(render(found, &sources, Render::default())) {
                screen.finding(found, &sources);
            }
        }
        is_valid &= is_loaded;
    }
    if !is_valid {
        return Ok(Exit::PolicyInvalid);
    }
    let servers: Vec<&str> = config.upstreams().collect();
    let what = match servers.as_slice() {
        [] => "decisions alone".to_owned(),
        some => format!("{} ({})", counted(some.len(), "server", "servers"), some.join(", ")),
    };
    let place = config.listen();
    let (ok, name) = (style::ALLOW, file.display());
    screen.line(format_args!("{ok}ok{ok:#}  {name}  {what} on {place}"))?;
    Ok(Exit::Ok)
}

fn key(screen: &mut Screen) -> Result<Exit, Failure> {
    let (key, digest) = new_key();
    screen.line(format_args!("key:    {key}"))?;
    screen.line(format_args!("sha256: {digest}"))?;
    Ok(Exit::Ok)
}

fn read(file: &Path) -> Result<Result<GatewayConfig, ConfigError>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read `{}`: {error}", file.display())))?;
    Ok(GatewayConfig::read(file, &text))
}

fn invalid(error: &ConfigError, screen: &mut Screen) -> Exit {
    for found in error.findings() {
        screen.finding(found, error.sources());
    }
    Exit::PolicyInvalid
}

fn failed(error: OpenError, screen: &mut Screen) -> Result<Exit, Failure> {
    match error {
        OpenError::Config(error) => Ok(invalid(&error, screen)),
        OpenError::Policy(error) => Err(error.into()),
        OpenError::Gateway(error) => Err(outside(error)),
        other => Err(Failure::Outside(other.to_string())),
    }
}
