//! A page that came unencrypted from elsewhere: why it has no microphone, and where to go.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser::page;
use crate::call::Problem;
use crate::call::driver::Driver;
use crate::entrance::Entrance;
use crate::entrance::driver::Desk;
use crate::text;

/// Said before anybody calls in vain.
#[component]
pub fn Insecure(driver: Driver, desk: Desk) -> impl IntoView {
    let is_secure = page::is_secure();
    let call = driver.call();
    // Whoever called all the same reads it as his problem.
    let is_told =
        Memo::new(move |_| call.with(|call| call.problem() == Some(&Problem::InsecureOrigin)));
    let entrance = desk.entrance();
    let has_link = Memo::new(move |_| entrance.with(|entrance| secure_url(entrance).is_some()));
    let note = move || {
        if is_secure || is_told.get() {
            return None;
        }
        let advice = if has_link.get() {
            text::entrance::insecure()
        } else {
            text::advice(&Problem::InsecureOrigin)
        };
        Some(view! {
            <div class="problem" data-testid="insecure">
                <Icon picture=Picture::Warning/>
                <div>
                    <p class="what">{advice.what}</p>
                    <p>{advice.to_do}</p>
                    <SecureLink desk/>
                </div>
            </div>
        })
    };
    view! { {note} }
}

/// The way to the same page by TLS, if there is one.
#[component]
pub fn SecureLink(desk: Desk) -> impl IntoView {
    let entrance = desk.entrance();
    let url = Memo::new(move |_| entrance.with(secure_url));
    let link = move || {
        let url = url.get()?;
        Some(view! {
            <a class="plain" data-testid="open-secure" href=url>
                {text::entrance::OPEN_SECURE}
            </a>
        })
    };
    view! { {link} }
}

fn secure_url(entrance: &Entrance) -> Option<String> {
    entrance.about()?.secure_url.clone()
}
