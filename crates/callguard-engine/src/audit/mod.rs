//! What is recorded of a call, and what is hidden in it.
