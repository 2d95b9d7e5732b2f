//! An answer that may be there at once.

use callguard_engine::session::StoreError;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a store answers: at once (memory), or later. A future either way.
pub enum Answer<'a, T> {
    /// It is there; `None` once it was taken.
    Now(Option<Result<T, StoreError>>),
    /// It comes.
    Later(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>),
}

impl<T> Answer<'_, T> {
    /// An answer that is there.
    pub fn now(answer: Result<T, StoreError>) -> Self {
        Answer::Now(Some(answer))
    }
}

impl<'a, T> Answer<'a, T> {
    /// An answer that comes.
    pub fn later(answer: impl Future<Output = Result<T, StoreError>> + Send + 'a) -> Self {
        Answer::Later(Box::pin(answer))
    }
}

impl<T: Unpin> Future for Answer<'_, T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Answer::Now(answer) => {
                Poll::Ready(answer.take().unwrap_or_else(|| Err(StoreError::new("the answer was already taken"))))
            }
            Answer::Later(future) => future.as_mut().poll(cx),
        }
    }
}
