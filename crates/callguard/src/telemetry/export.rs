//! Spans and metrics over OTLP/HTTP, for programs that have no providers of their own. Configured by the variables of
//! OpenTelemetry (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

use super::Telemetry;
use crate::https;
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ureq::Agent;

/// The signals that are exported, as the variables' names spell them.
const SIGNALS: [&str; 2] = ["TRACES", "METRICS"];
/// How long one export may take, if `OTEL_EXPORTER_OTLP_TIMEOUT` says nothing: the specification's default.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What is read of an answer, in bytes.
const MOST: u64 = 1 << 20;

/// Providers that export until they are shut down.
pub struct OtlpExport {
    tracers: Option<(SdkTracerProvider, Route)>,
    /// Without a route where the metrics are for another reader alone.
    meters: (SdkMeterProvider, Option<Route>),
}

/// Why nothing can be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A variable asks for what there is not.
    #[error("{0}")]
    Setting(String),
    /// The exporter cannot be made.
    #[error("the OTLP exporter cannot start: {0}")]
    Start(String),
}

impl OtlpExport {
    /// What the process's environment asks for; `None` where no `OTEL_EXPORTER_OTLP_*ENDPOINT` is set, or
    /// `OTEL_SDK_DISABLED` is `true`. `OTEL_TRACES_EXPORTER=none` and `OTEL_METRICS_EXPORTER=none` leave a signal out.
    ///
    /// # Errors
    /// A variable asks for what there is not, or has a value that cannot be read.
    pub fn from_env(service: &str) -> Result<Option<OtlpExport>, ExportError> {
        OtlpExport::from_vars(service, var, |meters| meters)
    }

    /// [`from_env`](OtlpExport::from_env), and where that is something, its metrics for this reader too.
    ///
    /// # Errors
    /// As there.
    pub fn from_env_with(service: &str, reader: impl MetricReader) -> Result<Option<OtlpExport>, ExportError> {
        OtlpExport::from_vars(service, var, |meters| meters.with_reader(reader))
    }

    fn from_vars(
        service: &str,
        var: impl Fn(&str) -> Option<String>,
        read: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder,
    ) -> Result<Option<OtlpExport>, ExportError> {
        let named = |signal: &str| {
            let whole = || var("OTEL_EXPORTER_OTLP_ENDPOINT");
            let below = |url: String| format!("{}/v1/{}", url.trim_end_matches('/'), signal.to_lowercase());
            var(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")).or_else(|| whole().map(below))
        };
        let is_disabled = var("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if is_disabled || SIGNALS.iter().all(|signal| named(signal).is_none()) {
            return Ok(None);
        }
        let resource = resource(service, &var);
        let [traces, metrics] = SIGNALS;
        let tracers = match signal(traces, named(traces), &var)? {
            Some((url, client)) => {
                let route = client.route.clone();
                let exporter = SpanExporter::builder().with_http().with_http_client(client).with_endpoint(url);
                let exporter = exporter.build().map_err(start)?;
                let tracers = SdkTracerProvider::builder().with_batch_exporter(exporter);
                Some((tracers.with_resource(resource.clone()).build(), route))
            }
            None => None,
        };
        let meters = read(SdkMeterProvider::builder());
        let (meters, route) = match signal(metrics, named(metrics), &var)? {
            Some((url, client)) => {
                let route = client.route.clone();
                let exporter = MetricExporter::builder().with_http().with_http_client(client).with_endpoint(url);
                (meters.with_periodic_exporter(exporter.build().map_err(start)?), Some(route))
            }
            None => (meters, None),
        };
        let meters = (meters.with_resource(resource).build(), route);
        Ok(Some(OtlpExport { tracers, meters }))
    }

    /// What a guard takes.
    pub fn telemetry(&self) -> Telemetry {
        let none_traced = SdkTracerProvider::builder().build();
        let tracer = self.tracers.as_ref().map_or(&none_traced, |(tracers, _)| tracers).tracer("callguard");
        let meter = self.meters.0.meter("callguard");
        Telemetry::new(tracer, &meter)
    }

    /// Exports what there is and ends.
    ///
    /// # Errors
    /// The last of it did not arrive.
    pub fn shutdown(self) -> Result<(), String> {
        let spans = self.tracers.map_or(Ok(()), |(tracers, route)| route.ended("spans", tracers.shutdown()));
        let metrics = match (self.meters.0.shutdown(), self.meters.1) {
            (ended, Some(route)) => route.ended("metrics", ended),
            // Whoever reads them besides asks itself, and is owed nothing.
            (_, None) => Ok(()),
        };
        spans.and(metrics)
    }
}

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The service's name, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say another.
fn resource(service: &str, var: &impl Fn(&str) -> Option<String>) -> Resource {
    let is_named = var("OTEL_SERVICE_NAME").is_some()
        || var("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|pairs| pairs.contains("service.name="));
    match is_named {
        true => Resource::builder().build(),
        false => Resource::builder().with_service_name(service.to_owned()).build(),
    }
}

/// Where one signal goes, and how, if it is wanted.
fn signal(
    name: &str,
    endpoint: Option<String>,
    var: &impl Fn(&str) -> Option<String>,
) -> Result<Option<(String, Client)>, ExportError> {
    let exporter = format!("OTEL_{name}_EXPORTER");
    match var(&exporter).as_deref() {
        Some("none") => return Ok(None),
        None | Some("otlp") => {}
        Some(other) => {
            return Err(ExportError::Setting(format!("`{exporter}` is `{other}`; there is `otlp` and `none`")));
        }
    }
    let of_signal = |what: &str| {
        var(&format!("OTEL_EXPORTER_OTLP_{name}_{what}")).or_else(|| var(&format!("OTEL_EXPORTER_OTLP_{what}")))
    };
    if let Some(protocol) = of_signal("PROTOCOL").filter(|protocol| protocol != "http/protobuf") {
        let says = format!("`OTEL_EXPORTER_OTLP_PROTOCOL` is `{protocol}`; there is `http/protobuf` (port 4318)");
        return Err(ExportError::Setting(says));
    }
    let Some(endpoint) = endpoint else { return Ok(None) };
    let timeout = match of_signal("TIMEOUT") {
        Some(text) => Duration::from_millis(text.parse().map_err(|_| {
            ExportError::Setting(format!("`OTEL_EXPORTER_OTLP_TIMEOUT` is `{text}`; it is a number of milliseconds"))
        })?),
        None => TIMEOUT,
    };
    let certificate = of_signal("CERTIFICATE");
    let roots = https::roots(certificate.as_deref().map(Path::new), endpoint.starts_with("https:"));
    let agent = https::agent(roots.map_err(ExportError::Setting)?, Some(timeout));
    let client = Client { agent, route: Route::to(&endpoint) };
    Ok(Some((endpoint, client)))
}

fn start(error: impl std::fmt::Display) -> ExportError {
    ExportError::Start(error.to_string())
}

/// Where one signal goes, and what went wrong on the way: the exporter's own errors do not say.
#[derive(Clone, Debug)]
struct Route {
    /// The endpoint without what authorizes, which its user and its query may do.
    to: Arc<str>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Route {
    fn to(endpoint: &str) -> Route {
        let plain = endpoint.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = plain.split_once("://").unwrap_or(("http", plain));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        Route { to: format!("{scheme}://{host}/{path}").into(), trouble: Arc::default() }
    }

    fn note(&self, trouble: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    fn ended(&self, what: &str, result: OTelSdkResult) -> Result<(), String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        result.map_err(|error| {
            let why = trouble.unwrap_or_else(|| error.to_string());
            format!("the last {what} did not arrive at {}: {why}", self.to)
        })
    }
}

/// The exporter's threads are its own, so that it may block.
#[derive(Debug)]
struct Client {
    agent: Agent,
    route: Route,
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.agent.run(request.map(|body| body.to_vec())).and_then(|mut response| {
            let body = response.body_mut().with_config().limit(MOST).read_to_vec()?;
            Ok(response.map(|_| Bytes::from(body)))
        });
        self.route.note(match &sent {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("it answers {}", response.status())),
            Err(error) => Some(error.to_string()),
        });
        Ok(sent?)
    }
}

#[cfg(all(test, feature = "otlp"))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may")]

    use super::*;
    use crate::{Guard, Object, ToolEnvelope};
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use prost::Message;
    use std::collections::BTreeMap;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    fn vars<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    /// Takes so many posts, and says where each went and what it held.
    fn receiver(posts: usize) -> (String, JoinHandle<BTreeMap<String, Vec<u8>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = thread::spawn(move || {
            let mut found = BTreeMap::new();
            while found.len() < posts {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    head.push(byte[0]);
                }
                let head = String::from_utf8(head).unwrap().to_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                let mut body = vec![0; length.parse().unwrap()];
                stream.read_exact(&mut body).unwrap();
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
                found.insert(head.split(' ').nth(1).unwrap().to_owned(), body);
            }
            found
        });
        (url, taken)
    }

    #[test]
    fn spans_and_metrics_reach_the_receiver() {
        let (url, taken) = receiver(2);
        let export = OtlpExport::from_vars("svc", vars(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]), |meters| meters)
            .unwrap()
            .unwrap();
        let text = "{ apiVersion: callguard/v1, kind: Policy, metadata: { name: p }, spec: { default: allow, unknown_tools: allow } }";
        let guard = Guard::builder().yaml("p.yaml", text).telemetry(export.telemetry()).build().unwrap();
        drop(guard.before_now(ToolEnvelope::new("read", Object::default(), jiff::Timestamp::UNIX_EPOCH)).unwrap());
        export.shutdown().unwrap();
        let taken = taken.join().unwrap();
        let spans = ExportTraceServiceRequest::decode(taken["/v1/traces"].as_slice()).unwrap();
        let resource = spans.resource_spans[0].resource.clone().unwrap();
        assert!(resource.attributes.iter().any(|pair| pair.key == "service.name"));
        assert_eq!(spans.resource_spans[0].scope_spans[0].spans[0].name, "execute_tool read");
        let metrics = ExportMetricsServiceRequest::decode(taken["/v1/metrics"].as_slice()).unwrap();
        let names: Vec<_> =
            metrics.resource_metrics[0].scope_metrics[0].metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert!(names.contains(&"callguard.calls"), "{names:?}");
    }

    #[test]
    fn what_does_not_arrive_is_told() {
        let endpoint = "http://user:canary@127.0.0.1:9";
        let pairs = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_TRACES_EXPORTER", "none")];
        let export = OtlpExport::from_vars("svc", vars(&pairs), |meters| meters).unwrap().unwrap();
        let text = "{ apiVersion: callguard/v1, kind: Policy, metadata: { name: p }, spec: {} }";
        let guard = Guard::builder().yaml("p.yaml", text).telemetry(export.telemetry()).build().unwrap();
        drop(guard);
        let why = export.shutdown().unwrap_err();
        assert!(why.starts_with("the last metrics did not arrive at http://127.0.0.1:9/v1/metrics: "), "{why}");
        assert!(why.contains("refused") && !why.contains("canary"), "{why}");
    }

    #[test]
    fn the_environment_says_whether_and_how() {
        let here = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
        for pairs in [&[][..], &[here, ("OTEL_SDK_DISABLED", "TRUE")][..]] {
            assert!(OtlpExport::from_vars("svc", vars(pairs), |meters| meters).unwrap().is_none(), "{pairs:?}");
        }
        for (name, value, says) in [
            ("OTEL_TRACES_EXPORTER", "zipkin", "there is `otlp` and `none`"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "there is `http/protobuf`"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "milliseconds"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such.pem", "/no/such.pem"),
        ] {
            let refused =
                OtlpExport::from_vars("svc", vars(&[here, (name, value)]), |meters| meters).err().unwrap().to_string();
            assert!(refused.contains(says), "{refused}");
        }
    }
}
