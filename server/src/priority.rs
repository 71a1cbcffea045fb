//! Threads that leave a busy core to the media threads.

/// Lowers the calling thread's priority by so much; what the kernel does not allow stays as it was.
#[cfg(target_os = "linux")]
pub(crate) fn lower(nice: i32) {
    if let Err(error) = rustix::process::setpriority_process(None, nice) {
        tracing::debug!(%error, "a thread keeps the priority of all others");
    }
}

/// Elsewhere it would be the whole process's.
#[cfg(not(target_os = "linux"))]
pub(crate) fn lower(_: i32) {}
