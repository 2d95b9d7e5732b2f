//! An issuer's keys where they are: in a file, or fetched and kept.

use super::{KeySet, Refused};
use crate::http::upstream::{Client, whole};
use crate::mcp::stdio::remark;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use jsonwebtoken::{Algorithm, DecodingKey};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long an issuer may take to say its keys.
const FETCH: Duration = Duration::from_secs(5);
const MOST: usize = 256 << 10;
/// Keys that could not be fetched again for so long count no more: their issuer may have taken them back.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The keys of one issuer. Clones are the same keys.
#[derive(Clone)]
pub(crate) struct Jwks(Arc<Kept>);

struct Kept {
    /// Where they are fetched; `None` for those of a file.
    fetch: Option<Fetch>,
    known: RwLock<Known>,
    /// When the issuer was asked last. Held while it is.
    asked: tokio::sync::Mutex<Option<Instant>>,
}

struct Fetch {
    client: Client,
    url: Uri,
    refresh: Duration,
    retry: Duration,
}

#[derive(Default)]
struct Known {
    keys: Arc<KeySet>,
    since: Option<Instant>,
}

impl Jwks {
    /// The keys of a file. They change when it is read again.
    pub(crate) fn fixed(keys: KeySet) -> Jwks {
        let known = Known { keys: Arc::new(keys), since: Some(Instant::now()) };
        Jwks(Arc::new(Kept { fetch: None, known: RwLock::new(known), asked: tokio::sync::Mutex::default() }))
    }

    /// Keys that an issuer says. It is asked when the first token comes, when they are older than `refresh`, and when a
    /// token is signed with one that is not among them; after each time, not before `retry` is over.
    pub(crate) fn fetched(client: Client, url: Uri, refresh: Duration, retry: Duration) -> Jwks {
        let fetch = Some(Fetch { client, url, refresh, retry });
        Jwks(Arc::new(Kept { fetch, known: RwLock::default(), asked: tokio::sync::Mutex::default() }))
    }

    pub(super) async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<DecodingKey, Refused> {
        let (keys, age) = self.known();
        if let Some(key) = keys.find(id, algorithm) {
            if self.0.fetch.as_ref().is_some_and(|fetch| age.is_none_or(|age| age > fetch.refresh)) {
                let again = self.clone();
                tokio::spawn(async move { again.ask().await });
            }
            return Ok(key.clone());
        }
        self.ask().await;
        let (keys, age) = self.known();
        match keys.find(id, algorithm) {
            Some(key) => Ok(key.clone()),
            None if age.is_none() => Err(Refused::NoKeys),
            None => Err(Refused::Invalid("its key is not known")),
        }
    }

    /// The keys and their age.
    fn known(&self) -> (Arc<KeySet>, Option<Duration>) {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        match known.since.map(|since| since.elapsed()) {
            Some(age) if self.0.fetch.is_none() || age < LONGEST => (Arc::clone(&known.keys), Some(age)),
            _ => (Arc::default(), None),
        }
    }

    /// Asks the issuer, unless somebody did not long ago. Whoever comes while it is asked waits for its answer.
    async fn ask(&self) {
        let Some(fetch) = &self.0.fetch else { return };
        let mut asked = self.0.asked.lock().await;
        if asked.is_some_and(|last| last.elapsed() < fetch.retry) {
            return;
        }
        *asked = Some(Instant::now());
        match tokio::time::timeout(FETCH, fetch.keys()).await.unwrap_or_else(|_| Err("it took too long".to_owned())) {
            Ok(keys) => {
                let known = Known { keys: Arc::new(keys), since: Some(Instant::now()) };
                *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = known;
            }
            Err(why) => remark(&format!("the keys at `{}` cannot be had, those of before stay: {why}", fetch.url)),
        }
    }
}

impl Fetch {
    async fn keys(&self) -> Result<KeySet, String> {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = self.url.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/jwk-set+json, application/json"));
        let response = self.client.request(request).await.map_err(|error| error.to_string())?;
        if response.status() != StatusCode::OK {
            return Err(format!("it answers with the status {}", response.status().as_u16()));
        }
        let body = whole(response.into_body(), MOST).await.ok_or("what it answers is too large or breaks off")?;
        KeySet::read(&body)
    }
}
