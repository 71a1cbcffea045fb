//! A connection whose client has to read: it fails when its writes get nowhere for too long, at once
//! or in many small waits.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Whoever reads so many bytes a second is waited for as long as it takes: a third of what speech has.
const BYTES_A_SECOND: u32 = 1_024;

/// A connection that gives up a client who does not read.
pub(super) struct Impatient {
    stream: TcpStream,
    patience: Patience,
}

/// How long writes may get nowhere. What is waited is used up; what is read earns some of it back.
struct Patience {
    limit: Duration,
    left: Duration,
    waiting: Option<Wait>,
}

/// From the first write without progress to the next one with some.
struct Wait {
    since: Instant,
    end: Pin<Box<Sleep>>,
}

impl Impatient {
    pub(super) fn new(stream: TcpStream, limit: Duration) -> Self {
        let patience = Patience::new(limit);
        Self { stream, patience }
    }

    /// What the client says first, which stays to be read. Waits for it.
    pub(super) async fn first_byte(&self) -> io::Result<u8> {
        let mut first = [0];
        match self.stream.peek(&mut first).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(u8::from_be_bytes(first)),
        }
    }
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self {
            limit,
            left: limit,
            waiting: None,
        }
    }

    /// So many bytes were written at last, after a wait.
    fn earn(&mut self, bytes: usize, waited: Duration) {
        self.left = self.left.saturating_sub(waited);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(bytes.into()) / BYTES_A_SECOND;
        self.left = self.limit.min(self.left.saturating_add(earned));
    }

    /// What a write has come to, `TimedOut` if that was nothing for too long.
    fn judge(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = written {
            let wait = self.waiting.take();
            let waited = wait.map_or(Duration::ZERO, |wait| wait.since.elapsed());
            self.earn(*written.as_ref().unwrap_or(&0), waited);
            return Poll::Ready(written);
        }
        let left = self.left;
        let wait = self.waiting.get_or_insert_with(|| Wait {
            since: Instant::now(),
            end: Box::pin(tokio::time::sleep(left)),
        });
        let end = wait.end.as_mut().poll(cx);
        end.map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.patience.judge(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.patience.judge(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    const SHORT: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_write_that_gets_nowhere_is_given_up() {
        let mut patience = Patience::new(SHORT);

        let written = poll_fn(|cx| patience.judge(Poll::Pending, cx)).await;

        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn any_progress_ends_the_wait() {
        let mut patience = Patience::new(LONG);
        let mut ends = Vec::new();

        for written in [None, None, Some(100_000), None] {
            let written = || written.map_or(Poll::Pending, |bytes| Poll::Ready(Ok(bytes)));
            let judged = poll_fn(|cx| Poll::Ready(patience.judge(written(), cx))).await;
            assert_eq!(judged.map(Result::ok), written().map(Result::ok));
            ends.push(patience.waiting.as_ref().map(|wait| wait.end.deadline()));
        }

        let [first, second, after_progress, anew] = ends[..] else {
            panic!("{ends:?}");
        };
        assert!(first.is_some() && first == second);
        assert_eq!(after_progress, None);
        assert!(anew > first);
    }

    #[test]
    fn whoever_reads_fast_enough_is_waited_for_and_whoever_reads_now_and_then_is_not() {
        let half = LONG / 2;
        let bytes = usize::try_from(half.as_secs()).unwrap() * 1_024;
        let (mut fast, mut slow) = (Patience::new(LONG), Patience::new(LONG));

        for _ in 0..10 {
            fast.earn(bytes, half);
            slow.earn(1, half);
        }
        let used_up = slow.left;
        slow.earn(usize::MAX, Duration::ZERO);

        assert_eq!(fast.left, LONG);
        assert!(used_up < Duration::from_millis(1), "{used_up:?}");
        assert_eq!(slow.left, LONG, "no more than at first");
    }
}
