//! Every sample of what goes out and of what comes back, by one clock.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AnalyserNode, AudioContext};

use super::meter::{KEPT, Meter};
use super::microphone::Microphone;
use super::{BrowserError, page};
use crate::delay::Chunk;

/// How often both sounds are read, in milliseconds. A hidden page may be called once a second
/// only, and then misses the rest of it: what is kept is 0.7 s.
const EVERY_MS: i32 = 40;
/// Both sounds are read again when time went on between them, but not more often than that.
const READS: u8 = 3;

/// Listens to both sounds of a meter; dropping it stops that.
pub struct Tape {
    interval: i32,
    _called: Closure<dyn FnMut()>,
    context: AudioContext,
    has_chirp: Rc<Cell<bool>>,
}

impl Tape {
    /// Calls `heard` with all that both sounds are from now on.
    ///
    /// # Errors
    /// The browser sets no timers.
    pub fn open(
        meter: &Meter,
        mut heard: impl FnMut(&Chunk<'_>) + 'static,
    ) -> Result<Self, BrowserError> {
        let context = meter.context().clone();
        let has_chirp = Rc::new(Cell::new(false));
        let mut heads = Heads::of(meter, Rc::clone(&has_chirp));
        let called = Closure::<dyn FnMut()>::new(move || {
            if let Some(chunk) = heads.read() {
                heard(&chunk);
            }
        });
        let interval = page::window().set_interval_with_callback_and_timeout_and_arguments_0(
            called.as_ref().unchecked_ref(),
            EVERY_MS,
        )?;
        Ok(Self {
            interval,
            _called: called,
            context,
            has_chirp,
        })
    }

    /// Says whether the page's own chirp is in what goes out.
    pub fn set_chirping(&self, is_chirping: bool) {
        self.has_chirp.set(is_chirping);
    }

    /// How long a sound takes from the page to the loudspeaker, in milliseconds, where the browser
    /// tells it.
    #[must_use]
    pub fn output_latency_ms(&self) -> Option<f64> {
        // The bindings lack both. The first knows of the device, the second of the browser only.
        let told = seconds(&self.context, "outputLatency").filter(|latency| *latency > 0.0);
        let told = told.or_else(|| seconds(&self.context, "baseLatency"));
        told.map(|latency| latency * 1000.0)
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        page::window().clear_interval_with_handle(self.interval);
    }
}

/// How long a sound takes from the microphone to the page, in milliseconds, where the browser
/// tells it.
#[must_use]
pub fn capture_latency_ms(microphone: &Microphone) -> Option<f64> {
    let settings = microphone.track().get_settings();
    seconds(&settings, "latency").map(|latency| latency * 1000.0)
}

/// Whether the page is out of sight, so that nothing need be drawn.
#[must_use]
pub fn is_page_hidden() -> bool {
    page::window()
        .document()
        .is_some_and(|document| document.hidden())
}

fn seconds(object: &JsValue, name: &str) -> Option<f64> {
    Reflect::get(object, &name.into()).ok()?.as_f64()
}

/// What reads both sounds.
struct Heads {
    context: AudioContext,
    out: Head,
    back: Head,
    /// How far both are read, in samples of the sound system's clock.
    read: Option<f64>,
    has_chirp: Rc<Cell<bool>>,
}

struct Head {
    kept: AnalyserNode,
    samples: Vec<f32>,
}

impl Head {
    fn of(kept: &AnalyserNode) -> Self {
        Self {
            kept: kept.clone(),
            samples: vec![0.0; usize::from(KEPT)],
        }
    }

    fn read(&mut self) {
        self.kept.get_float_time_domain_data(&mut self.samples);
    }

    fn newest(&self, count: usize) -> &[f32] {
        let from = self.samples.len().saturating_sub(count);
        self.samples.get(from..).unwrap_or_default()
    }
}

impl Heads {
    fn of(meter: &Meter, has_chirp: Rc<Cell<bool>>) -> Self {
        Self {
            context: meter.context().clone(),
            out: Head::of(meter.kept_out()),
            back: Head::of(meter.kept_back()),
            read: None,
            has_chirp,
        }
    }

    /// All that both sounds were since the last time.
    fn read(&mut self) -> Option<Chunk<'_>> {
        let rate = f64::from(self.context.sample_rate());
        let now = (self.read_both() * rate).round();
        let last = self.read.replace(now)?;
        let passed = whole(now - last);
        let count = passed.min(usize::from(KEPT));
        if count == 0 {
            return None;
        }
        Some(Chunk {
            at_s: (now - count as f64) / rate,
            rate,
            missed: passed - count,
            has_chirp: self.has_chirp.get(),
            out: self.out.newest(count),
            back: self.back.newest(count),
        })
    }

    /// Both to the same moment, which it tells in seconds.
    fn read_both(&mut self) -> f64 {
        let mut now = self.context.current_time();
        for _ in 0..READS {
            self.out.read();
            self.back.read();
            // Sound is made in another thread, and may have gone on meanwhile.
            let after = self.context.current_time();
            if after.total_cmp(&now).is_eq() {
                break;
            }
            now = after;
        }
        now
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast takes what is out of range as the nearest that is in it"
)]
fn whole(samples: f64) -> usize {
    samples as usize
}
