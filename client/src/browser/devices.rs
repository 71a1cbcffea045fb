//! Which microphones and loudspeakers there are.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MediaDeviceInfo, MediaDeviceKind};

use super::listener::Listener;
use super::{BrowserError, page};
use crate::devices::{Device, Kind};

/// All devices for sound, in the browser's order. Without permission it hides their names.
///
/// # Errors
/// The browser lists none to this page, as to one that came unencrypted.
pub async fn list() -> Result<Vec<Device>, BrowserError> {
    if !page::is_secure() {
        return Err(BrowserError::NotAllowed);
    }
    let devices = page::window().navigator().media_devices()?;
    let listed: Array = JsFuture::from(devices.enumerate_devices()?)
        .await?
        .unchecked_into();
    let listed = listed.iter().map(|device| device.unchecked_into());
    Ok(listed.filter_map(|device| read(&device)).collect())
}

/// Calls `changed` whenever something is plugged or unplugged.
///
/// # Errors
/// The browser does not tell it to this page.
pub fn watch(mut changed: impl FnMut() + 'static) -> Result<Listener, BrowserError> {
    if !page::is_secure() {
        return Err(BrowserError::NotAllowed);
    }
    let devices = page::window().navigator().media_devices()?;
    Listener::new(&devices, "devicechange", move |_| changed())
}

fn read(device: &MediaDeviceInfo) -> Option<Device> {
    let kind = match device.kind() {
        MediaDeviceKind::Audioinput => Kind::Microphone,
        MediaDeviceKind::Audiooutput => Kind::Speaker,
        _ => return None,
    };
    Some(Device {
        kind,
        id: device.device_id(),
        label: device.label(),
    })
}
