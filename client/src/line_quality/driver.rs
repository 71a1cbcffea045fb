//! Watches a call's network.
