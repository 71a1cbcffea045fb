//! Single elements of the page: where the focus goes, and a file that is to be downloaded.

use std::time::Duration;

use js_sys::{Array, Reflect};
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Clipboard, HtmlAnchorElement, HtmlElement, HtmlMediaElement, Url};

use super::BrowserError;
use super::page::window;
use super::timer::sleep;

/// A browser has begun to read what it downloads by then.
const DOWNLOAD_BEGINS_WITHIN: Duration = Duration::from_secs(30);

/// Moves the focus to the element of that id, once what is being drawn is drawn.
pub fn focus(id: String) {
    spawn_local(async move {
        // Without a timer the element may not be there yet: then the focus stays.
        let _ = sleep(Duration::ZERO).await;
        let element = window()
            .document()
            .and_then(|document| document.get_element_by_id(&id));
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            // An element that takes no focus leaves it where it is.
            let _ = element.focus();
        }
    });
}

/// Whether the focus is in the element of that id.
#[must_use]
pub fn has_focus(id: &str) -> bool {
    let has_focus = || {
        let document = window().document()?;
        let element = document.get_element_by_id(id)?;
        Some(element.contains(document.active_element().as_deref()))
    };
    has_focus().unwrap_or(false)
}

/// Has the browser download that text, as a file of that name.
pub fn download_text(text: &str, name: &str) {
    let parts = Array::of1(&text.into());
    let Ok(blob) = Blob::new_with_str_sequence(&parts) else {
        return;
    };
    if let Ok(url) = Url::create_object_url_with_blob(&blob) {
        download(&url, name);
        spawn_local(async move {
            // Some browsers read it a while later; without a timer it lasts as long as the page.
            if sleep(DOWNLOAD_BEGINS_WITHIN).await.is_ok() {
                let _ = Url::revoke_object_url(&url);
            }
        });
    }
}

/// Copies a text to the clipboard.
///
/// # Errors
/// The person or the browser does not allow it; a page that came unencrypted has no clipboard.
pub async fn copy(text: &str) -> Result<(), BrowserError> {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into())?;
    let clipboard = clipboard
        .dyn_into::<Clipboard>()
        .map_err(|_| BrowserError::NotAllowed)?;
    JsFuture::from(clipboard.write_text(text)).await?;
    Ok(())
}

/// Has the player of that id play so many times as fast.
pub fn play_at_speed(id: &str, speed: f64) {
    if let Some(player) = player(id) {
        player.set_playback_rate(speed);
    }
}

/// Has the player of that id go on at that second.
pub fn seek(id: &str, second: f64) {
    if let Some(player) = player(id) {
        player.set_current_time(second);
    }
}

/// At which second the player of that id is.
#[must_use]
pub fn second_of(id: &str) -> f64 {
    player(id).map_or(0.0, |player| player.current_time())
}

/// Whether the player of that id rests.
#[must_use]
pub fn is_paused(id: &str) -> bool {
    player(id).is_none_or(|player| player.paused())
}

fn player(id: &str) -> Option<HtmlMediaElement> {
    let element = window().document()?.get_element_by_id(id)?;
    element.dyn_into().ok()
}

/// Has the browser download what is at that path, as a file of that name.
pub fn download(path: &str, name: &str) {
    let link = window()
        .document()
        .and_then(|document| document.create_element("a").ok())
        .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(path);
        link.set_download(name);
        link.click();
    }
}
