//! Being called before every frame the browser draws.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::page;

type Callback = RefCell<Option<Closure<dyn FnMut(f64)>>>;

/// A call before every frame; dropping it stops them. Hidden pages draw no frames.
pub struct Frames {
    callback: Rc<Callback>,
    next: Rc<Cell<Option<i32>>>,
}

impl Frames {
    /// Calls `draw` with the page's clock before every frame from now on.
    #[must_use]
    pub fn new(mut draw: impl FnMut(Duration) + 'static) -> Self {
        let callback = Rc::new(Callback::default());
        let next = Rc::new(Cell::new(None));
        let (itself, upcoming) = (Rc::downgrade(&callback), Rc::clone(&next));
        let on_frame = Closure::<dyn FnMut(f64)>::new(move |milliseconds: f64| {
            draw(page::duration(milliseconds));
            upcoming.set(request(&itself));
        });
        *callback.borrow_mut() = Some(on_frame);
        next.set(request(&Rc::downgrade(&callback)));
        Self { callback, next }
    }
}

fn request(callback: &Weak<Callback>) -> Option<i32> {
    let callback = callback.upgrade()?;
    let callback = callback.borrow();
    let function = callback.as_ref()?.as_ref().unchecked_ref();
    page::window().request_animation_frame(function).ok()
}

impl Drop for Frames {
    fn drop(&mut self) {
        if let Some(next) = self.next.take() {
            // A frame that was drawn has nothing to cancel.
            let _ = page::window().cancel_animation_frame(next);
        }
        self.callback.borrow_mut().take();
    }
}
