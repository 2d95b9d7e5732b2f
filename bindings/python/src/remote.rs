//! Our own sinks, as Python names them: opened by the first guard that is given one, closed with the last.

use crate::error;
use crate::process::{detached, forks};
use callguard::sink::{
    AuditConfig, AuditSink, DatadogOptions, DeliveryOptions, EventForm, FileAuditSink, OpenError, OtlpOptions,
    RemoteAuditSink, Secret, SharedAuditSink, SinkStatus, SplunkHecOptions, SyslogFacility, SyslogOptions,
    WeakAuditSink, WebhookOptions, WhenFull,
};
use callguard::{OnAuditFailure, RedactionKey};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One sink, or those of a configuration. Guards that are given the same one write to it together.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct NativeSink {
    open: Box<dyn Fn() -> Opened + Send + Sync>,
    /// What is open for guards that are there still, and the forks that the process had come through by then.
    opened: Mutex<(u32, Vec<WeakAuditSink>)>,
    /// What a configuration says of its failure.
    on_failure: OnAuditFailure,
    intent_first: bool,
    /// Where it names the key of redaction.
    config: Option<Arc<AuditConfig>>,
}

/// Sinks that nobody writes to yet.
type Opened = Result<Vec<Box<dyn AuditSink>>, Refused>;

/// Why a sink cannot be opened.
enum Refused {
    Disk(String),
    Setting(String),
}

/// How events are delivered to a receiver elsewhere.
#[pyclass(frozen, module = "callguard")]
pub(crate) struct Delivery(DeliveryOptions);

#[pymethods]
impl Delivery {
    #[new]
    #[pyo3(signature = (
        *, buffer, buffer_size=1 << 30, when_full="drop_newest", durable=false, timeout=30.0, backoff=(0.5, 60.0),
        shutdown=5.0, ca_file=None, allow_http=false, format="callguard",
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        buffer: PathBuf,
        buffer_size: u64,
        when_full: &str,
        durable: bool,
        timeout: f64,
        backoff: (f64, f64),
        shutdown: f64,
        ca_file: Option<PathBuf>,
        allow_http: bool,
        format: &str,
    ) -> PyResult<Delivery> {
        let when_full =
            word("when_full", when_full, [("drop_newest", WhenFull::DropNewest), ("block", WhenFull::Block)]);
        let form = word("format", format, [("callguard", EventForm::Callguard), ("ocsf", EventForm::Ocsf)]);
        let options = DeliveryOptions::new(buffer)
            .buffer_size(buffer_size, when_full?)
            .durable(durable)
            .timeout(seconds("timeout", timeout)?)
            .backoff(seconds("backoff", backoff.0)?, seconds("backoff", backoff.1)?)
            .shutdown(seconds("shutdown", shutdown)?)
            .allow_http(allow_http)
            .form(form?);
        Ok(Delivery(ca_file.into_iter().fold(options, DeliveryOptions::ca_file)))
    }
}

fn word<T>(name: &str, given: &str, words: [(&str, T); 2]) -> PyResult<T> {
    let known = words.each_ref().map(|(word, _)| format!("`{word}`")).join(" or ");
    let found = words.into_iter().find(|(word, _)| *word == given);
    found.map(|(_, value)| value).ok_or_else(|| PyValueError::new_err(format!("`{name}` is {known}")))
}

fn seconds(name: &str, given: f64) -> PyResult<Duration> {
    let found = Duration::try_from_secs_f64(given).ok().filter(|time| !time.is_zero());
    found.ok_or_else(|| PyValueError::new_err(format!("`{name}` is a number of seconds, and more than none")))
}

#[pymethods]
impl NativeSink {
    #[staticmethod]
    fn file(path: String) -> NativeSink {
        NativeSink::new(move || {
            let refused = |error| Refused::Disk(format!("cannot open the audit file `{path}`: {error}"));
            FileAuditSink::open(&path).map(|sink| vec![Box::new(sink) as Box<dyn AuditSink>]).map_err(refused)
        })
    }

    #[staticmethod]
    fn webhook(url: &str, secrets: Vec<String>, headers: BTreeMap<String, String>, delivery: &Delivery) -> NativeSink {
        let options =
            secrets.iter().fold(WebhookOptions::new(url), |options, secret| options.secret(Secret::new(secret)));
        let options = headers.iter().fold(options, |options, (name, value)| options.header(name, Secret::new(value)));
        let delivery = delivery.0.clone();
        NativeSink::remote("webhook", move || options.open(&delivery))
    }

    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "what an event is indexed by")]
    fn splunk_hec(
        url: &str,
        token: &str,
        index: Option<String>,
        source: &str,
        sourcetype: &str,
        host: Option<String>,
        acknowledge: bool,
        delivery: &Delivery,
    ) -> NativeSink {
        let options =
            SplunkHecOptions::new(url, Secret::new(token)).source(source, sourcetype).acknowledge(acknowledge);
        let options = index.into_iter().fold(options, SplunkHecOptions::index);
        let options = host.into_iter().fold(options, SplunkHecOptions::host);
        let delivery = delivery.0.clone();
        NativeSink::remote("splunk_hec", move || options.open(&delivery))
    }

    #[staticmethod]
    fn datadog(
        api_key: &str,
        site: &str,
        url: Option<String>,
        service: &str,
        host: Option<String>,
        tags: Vec<String>,
        delivery: &Delivery,
    ) -> NativeSink {
        let options = DatadogOptions::new(Secret::new(api_key)).site(site).service(service);
        let options = url.into_iter().fold(options, DatadogOptions::url);
        let options = host.into_iter().fold(options, DatadogOptions::host);
        let options = tags.into_iter().fold(options, DatadogOptions::tag);
        let delivery = delivery.0.clone();
        NativeSink::remote("datadog", move || options.open(&delivery))
    }

    #[staticmethod]
    fn otlp(
        endpoint: &str,
        headers: BTreeMap<String, String>,
        service: &str,
        attributes: BTreeMap<String, String>,
        delivery: &Delivery,
    ) -> NativeSink {
        let options = OtlpOptions::new(endpoint).service(service);
        let options = headers.iter().fold(options, |options, (name, value)| options.header(name, Secret::new(value)));
        let options = attributes.into_iter().fold(options, |options, (name, value)| options.attribute(name, value));
        let delivery = delivery.0.clone();
        NativeSink::remote("otlp", move || options.open(&delivery))
    }

    #[staticmethod]
    #[expect(clippy::too_many_arguments, reason = "what stands in a message")]
    fn syslog(
        url: &str,
        facility: &str,
        app_name: &str,
        host: Option<String>,
        max_message: usize,
        cert_file: Option<PathBuf>,
        key_file: Option<PathBuf>,
        delivery: &Delivery,
    ) -> PyResult<NativeSink> {
        let unknown = || PyValueError::new_err("`facility` is no facility of syslog, such as `local0`");
        let facility = SyslogFacility::parse(facility).ok_or_else(unknown)?;
        let options = SyslogOptions::new(url).facility(facility).app_name(app_name).max_message(max_message);
        let options = host.into_iter().fold(options, SyslogOptions::host);
        let options = match (cert_file, key_file) {
            (None, None) => options,
            (Some(cert), Some(key)) => options.identity(cert, key),
            _ => return Err(PyValueError::new_err("`cert_file` and `key_file` belong together")),
        };
        let delivery = delivery.0.clone();
        Ok(NativeSink::remote("syslog", move || options.open(&delivery)))
    }

    /// The sinks of a configuration. `name` is what messages call it.
    #[staticmethod]
    fn config(py: Python<'_>, name: &str, text: &str) -> PyResult<NativeSink> {
        let config = AuditConfig::read(name, text).map_err(|found| error::setting(py, &found.to_string()))?;
        let (on_failure, intent_first) = (config.on_failure(), config.intent_first());
        let config = Arc::new(config);
        let opened = Arc::clone(&config);
        let open = move || opened.open().map_err(|found| Refused::Setting(found.to_string()));
        Ok(NativeSink { on_failure, intent_first, config: Some(config), ..NativeSink::new(open) })
    }

    /// What happens to calls while it cannot be written to.
    #[getter]
    fn on_failure(&self) -> &'static str {
        let word = OnAuditFailure::ALL.iter().find(|(_, what)| *what == self.on_failure);
        word.map_or("continue", |(word, _)| word)
    }

    /// Whether what may change something runs only once its decision is recorded.
    #[getter]
    fn intent_first(&self) -> bool {
        self.intent_first
    }
}

impl NativeSink {
    fn new(open: impl Fn() -> Opened + Send + Sync + 'static) -> NativeSink {
        let on_failure = OnAuditFailure::Continue;
        NativeSink { open: Box::new(open), opened: Mutex::default(), on_failure, intent_first: false, config: None }
    }

    fn remote(
        name: &'static str,
        open: impl Fn() -> Result<RemoteAuditSink, OpenError> + Send + Sync + 'static,
    ) -> NativeSink {
        NativeSink::new(move || {
            let refused = |error: OpenError| format!("the audit sink `{name}` cannot be opened: {error}");
            match open() {
                Ok(sink) => Ok(vec![Box::new(sink) as Box<dyn AuditSink>]),
                Err(error @ OpenError::Buffer { .. }) => Err(Refused::Disk(refused(error))),
                Err(error) => Err(Refused::Setting(refused(error))),
            }
        })
    }

    /// The key that gives what is hidden its tag, where it is a configuration that names one.
    pub(crate) fn redaction_key(&self, py: Python<'_>) -> PyResult<Option<RedactionKey>> {
        let Some(config) = &self.config else { return Ok(None) };
        config.redaction_key().map_err(|refused| error::setting(py, &refused.to_string()))
    }

    /// One writer more to each of its sinks.
    pub(crate) fn shared(&self, py: Python<'_>) -> PyResult<Vec<SharedAuditSink>> {
        detached(py, || self.joined()).map_err(|refused| match refused {
            Refused::Disk(why) => PyOSError::new_err(why),
            Refused::Setting(why) => error::setting(py, &why),
        })
    }

    fn joined(&self) -> Result<Vec<SharedAuditSink>, Refused> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, weak) = &*opened;
        // What was opened before a fork is the parent's.
        let open: Vec<SharedAuditSink> =
            if *at == forks() { weak.iter().filter_map(WeakAuditSink::upgrade).collect() } else { Vec::new() };
        if !open.is_empty() && open.len() == weak.len() {
            return Ok(open);
        }
        let open: Vec<SharedAuditSink> = (self.open)()?.into_iter().map(SharedAuditSink::new).collect();
        *opened = (forks(), open.iter().map(SharedAuditSink::downgrade).collect());
        Ok(open)
    }
}

/// How a sink does, as a dictionary.
pub(crate) fn status<'py>(py: Python<'py>, status: &SinkStatus) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", &status.name)?;
    dict.set_item("state", status.state.as_str())?;
    dict.set_item("error", status.error.as_deref())?;
    let counts = [
        ("delivered", status.delivered),
        ("dropped", status.dropped),
        ("retried", status.retried),
        ("dead", status.dead),
        ("queued", status.queued),
        ("queued_bytes", status.queued_bytes),
    ];
    counts.iter().try_for_each(|(name, count)| dict.set_item(name, count))?;
    Ok(dict)
}
