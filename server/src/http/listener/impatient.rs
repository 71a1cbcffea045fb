//! A connection whose client has to read: it fails when its writes get nowhere for too long.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// A connection that gives up a client who does not read.
pub(super) struct Impatient {
    stream: TcpStream,
    patience: Patience,
}

/// How long writes may get nowhere.
struct Patience {
    limit: Duration,
    /// Runs from the first write without progress to the next one with some.
    end: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    pub(super) fn new(stream: TcpStream, limit: Duration) -> Self {
        let patience = Patience { limit, end: None };
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
    /// What a write has come to, `TimedOut` if that was nothing for too long.
    fn judge(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.end = None;
            return written;
        }
        let limit = self.limit;
        let end = self
            .end
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        end.as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
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

    fn patience(limit: Duration) -> Patience {
        Patience { limit, end: None }
    }

    #[tokio::test]
    async fn a_write_that_gets_nowhere_is_given_up() {
        let mut patience = patience(SHORT);

        let written = poll_fn(|cx| patience.judge(Poll::Pending, cx)).await;

        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn any_progress_begins_the_time_anew() {
        let mut patience = patience(LONG);
        let mut ends = Vec::new();

        for written in [None, None, Some(1), None] {
            let written = || written.map_or(Poll::Pending, |bytes| Poll::Ready(Ok(bytes)));
            let judged = poll_fn(|cx| Poll::Ready(patience.judge(written(), cx))).await;
            assert_eq!(judged.map(Result::ok), written().map(Result::ok));
            ends.push(patience.end.as_ref().map(|end| end.deadline()));
        }

        let [first, second, after_progress, anew] = ends[..] else {
            panic!("{ends:?}");
        };
        assert!(first.is_some() && first == second);
        assert_eq!(after_progress, None);
        assert!(anew > first);
    }
}
