//! Sinks whose receiver is elsewhere.

use crate::settings::{Cx, SecretSource, Section};
use crate::sink::delivery::{DeliveryOptions, EventForm, RemoteAuditSink, WhenFull};
use callguard_engine::source::Entry;
use std::path::PathBuf;

/// A receiver, and how events are delivered to it.
#[derive(Debug)]
pub(super) struct RemoteConfig {
    receiver: Receiver,
    delivery: DeliveryOptions,
}

#[derive(Debug)]
enum Receiver {
    #[cfg(feature = "webhook")]
    Webhook { url: String, secrets: Vec<SecretSource>, headers: Vec<(String, SecretSource)> },
    #[cfg(feature = "splunk")]
    Splunk {
        url: String,
        token: SecretSource,
        index: Option<String>,
        source: Option<String>,
        sourcetype: Option<String>,
        host: Option<String>,
        acknowledge: bool,
    },
    #[cfg(feature = "datadog")]
    Datadog {
        key: SecretSource,
        site: Option<String>,
        url: Option<String>,
        service: Option<String>,
        host: Option<String>,
        tags: Vec<String>,
    },
    #[cfg(feature = "otlp")]
    Otlp {
        endpoint: String,
        headers: Vec<(String, SecretSource)>,
        service: Option<String>,
        attributes: Vec<(String, String)>,
    },
    #[cfg(feature = "syslog")]
    Syslog(crate::sink::SyslogOptions),
}

pub(super) fn read(word: &str, entry: &Entry, cx: &mut Cx) -> Option<RemoteConfig> {
    let (name, receiver): (_, fn(&mut Section<'_>, &mut Cx) -> Option<Receiver>) = match word {
        #[cfg(feature = "webhook")]
        "webhook" => ("webhook", webhook),
        #[cfg(feature = "splunk")]
        "splunk_hec" => ("splunk_hec", splunk),
        #[cfg(feature = "datadog")]
        "datadog" => ("datadog", datadog),
        #[cfg(feature = "otlp")]
        "otlp" => ("otlp", otlp),
        #[cfg(feature = "syslog")]
        "syslog" => ("syslog", syslog),
        _ => {
            cx.not_compiled(entry, word);
            return None;
        }
    };
    let mut section = Section::of(&entry.value, name, cx)?;
    let receiver = receiver(&mut section, cx);
    let delivery = delivery(&mut section, cx);
    section.finish(cx);
    Some(RemoteConfig { receiver: receiver?, delivery: delivery? })
}

/// What every receiver has.
fn delivery(section: &mut Section<'_>, cx: &mut Cx) -> Option<DeliveryOptions> {
    if !section.has("buffer") {
        section.node("buffer", cx);
        section.missing("buffer", cx);
    }
    let mut buffer = section.section("buffer", cx)?;
    let mut options = DeliveryOptions::new(PathBuf::from(buffer.required("path", cx).unwrap_or_default()));
    let words = [("drop_newest", WhenFull::DropNewest), ("block", WhenFull::Block)];
    let (size, when_full) = (buffer.size("size", cx), buffer.word("when_full", &words, cx));
    options = options.buffer_size(size.unwrap_or(1 << 30), when_full.unwrap_or_default());
    options.durable = buffer.flag("durable", cx).unwrap_or(options.durable);
    buffer.finish(cx);
    options.timeout = section.duration("timeout", cx).unwrap_or(options.timeout);
    options.shutdown = section.duration("shutdown", cx).unwrap_or(options.shutdown);
    if let Some(mut backoff) = section.section("backoff", cx) {
        options.backoff = backoff.duration("first", cx).unwrap_or(options.backoff);
        options.backoff_most = backoff.duration("most", cx).unwrap_or(options.backoff_most);
        backoff.finish(cx);
    }
    options.ca_file = section.text("ca_file", cx).map(PathBuf::from);
    options.allow_http = section.flag("allow_http", cx).unwrap_or_default();
    let words = [("callguard", EventForm::Callguard), ("ocsf", EventForm::Ocsf)];
    options.form = section.word("format", &words, cx).unwrap_or_default();
    Some(options)
}

#[cfg(any(feature = "splunk", feature = "datadog"))]
fn secret(section: &mut Section<'_>, key: &'static str, cx: &mut Cx) -> Option<SecretSource> {
    match section.node(key, cx) {
        Some(node) => SecretSource::read(node, key, cx),
        None => {
            section.missing(key, cx);
            None
        }
    }
}

#[cfg(any(feature = "webhook", feature = "otlp"))]
fn headers(section: &mut Section<'_>, cx: &mut Cx) -> Vec<(String, SecretSource)> {
    let mut headers = Vec::new();
    for entry in section.named("headers", cx) {
        headers.extend(SecretSource::read(&entry.value, "headers", cx).map(|value| (entry.key.clone(), value)));
    }
    headers
}

#[cfg(feature = "webhook")]
fn webhook(section: &mut Section<'_>, cx: &mut Cx) -> Option<Receiver> {
    let url = section.required("url", cx);
    let mut secrets = Vec::new();
    for node in section.list("secrets", cx) {
        secrets.extend(SecretSource::read(node, "secrets", cx));
    }
    let headers = headers(section, cx);
    Some(Receiver::Webhook { url: url?, secrets, headers })
}

#[cfg(feature = "splunk")]
fn splunk(section: &mut Section<'_>, cx: &mut Cx) -> Option<Receiver> {
    let (url, token) = (section.required("url", cx), secret(section, "token", cx));
    let [index, source, sourcetype, host] = ["index", "source", "sourcetype", "host"].map(|key| section.text(key, cx));
    let acknowledge = section.flag("acknowledge", cx).unwrap_or_default();
    Some(Receiver::Splunk { url: url?, token: token?, index, source, sourcetype, host, acknowledge })
}

#[cfg(feature = "datadog")]
fn datadog(section: &mut Section<'_>, cx: &mut Cx) -> Option<Receiver> {
    let key = secret(section, "api_key", cx);
    let [site, url, service, host] = ["site", "url", "service", "host"].map(|key| section.text(key, cx));
    let tags = section.texts("tags", cx);
    Some(Receiver::Datadog { key: key?, site, url, service, host, tags })
}

#[cfg(feature = "otlp")]
fn otlp(section: &mut Section<'_>, cx: &mut Cx) -> Option<Receiver> {
    let endpoint = section.required("endpoint", cx);
    let (headers, service) = (headers(section, cx), section.text("service", cx));
    let attributes = section
        .named("attributes", cx)
        .iter()
        .filter_map(|entry| entry.value.as_scalar().map(|scalar| (entry.key.clone(), scalar.text.clone())));
    let attributes = attributes.collect();
    Some(Receiver::Otlp { endpoint: endpoint?, headers, service, attributes })
}

#[cfg(feature = "syslog")]
fn syslog(section: &mut Section<'_>, cx: &mut Cx) -> Option<Receiver> {
    let mut options = crate::sink::SyslogOptions::new(section.required("url", cx)?);
    if let Some(facility) = section.word("facility", &crate::sink::SyslogFacility::ALL, cx) {
        options = options.facility(facility);
    }
    let [app_name, host] = ["app_name", "host"].map(|key| section.text(key, cx));
    options = app_name.iter().fold(options, |options, name| options.app_name(name));
    options = host.iter().fold(options, |options, host| options.host(host));
    if let Some(most) = section.size("max_message", cx) {
        options = options.max_message(usize::try_from(most).unwrap_or(usize::MAX));
    }
    match ["cert_file", "key_file"].map(|key| section.text(key, cx)) {
        [None, None] => {}
        [Some(cert), Some(key)] => options = options.identity(cert, key),
        [Some(_), None] => section.missing("key_file", cx),
        [None, Some(_)] => section.missing("cert_file", cx),
    }
    Some(Receiver::Syslog(options))
}

impl RemoteConfig {
    pub(super) fn word(&self) -> &'static str {
        match self.receiver {
            #[cfg(feature = "webhook")]
            Receiver::Webhook { .. } => "webhook",
            #[cfg(feature = "splunk")]
            Receiver::Splunk { .. } => "splunk_hec",
            #[cfg(feature = "datadog")]
            Receiver::Datadog { .. } => "datadog",
            #[cfg(feature = "otlp")]
            Receiver::Otlp { .. } => "otlp",
            #[cfg(feature = "syslog")]
            Receiver::Syslog(_) => "syslog",
        }
    }

    pub(super) fn open(&self) -> Result<RemoteAuditSink, String> {
        let opened = match &self.receiver {
            #[cfg(feature = "webhook")]
            Receiver::Webhook { url, secrets, headers } => {
                let mut options = crate::sink::WebhookOptions::new(url);
                for secret in secrets {
                    options = options.secret(secret.reveal()?);
                }
                for (name, value) in headers {
                    options = options.header(name, value.reveal()?);
                }
                options.open(&self.delivery)
            }
            #[cfg(feature = "splunk")]
            Receiver::Splunk { url, token, index, source, sourcetype, host, acknowledge } => {
                let mut options = crate::sink::SplunkHecOptions::new(url, token.reveal()?).acknowledge(*acknowledge);
                let source = source.as_deref().unwrap_or("callguard");
                options = options.source(source, sourcetype.as_deref().unwrap_or("callguard:audit"));
                options = index.iter().fold(options, |options, index| options.index(index));
                host.iter().fold(options, |options, host| options.host(host)).open(&self.delivery)
            }
            #[cfg(feature = "datadog")]
            Receiver::Datadog { key, site, url, service, host, tags } => {
                let mut options = crate::sink::DatadogOptions::new(key.reveal()?);
                options = site.iter().fold(options, |options, site| options.site(site));
                options = url.iter().fold(options, |options, url| options.url(url));
                options = service.iter().fold(options, |options, service| options.service(service));
                options = host.iter().fold(options, |options, host| options.host(host));
                tags.iter().fold(options, |options, tag| options.tag(tag)).open(&self.delivery)
            }
            #[cfg(feature = "otlp")]
            Receiver::Otlp { endpoint, headers, service, attributes } => {
                let mut options = crate::sink::OtlpOptions::new(endpoint);
                for (name, value) in headers {
                    options = options.header(name, value.reveal()?);
                }
                options = service.iter().fold(options, |options, service| options.service(service));
                let named = |options: crate::sink::OtlpOptions, (name, value): &(String, String)| {
                    options.attribute(name, value)
                };
                attributes.iter().fold(options, named).open(&self.delivery)
            }
            #[cfg(feature = "syslog")]
            Receiver::Syslog(options) => options.open(&self.delivery),
        };
        opened.map_err(|error| error.to_string())
    }
}
