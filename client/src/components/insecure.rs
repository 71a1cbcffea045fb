//! A page that came unencrypted from elsewhere: why it has no microphone, and what to do.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::browser::page;
use crate::call::Problem;
use crate::call::driver::Driver;
use crate::text::now;

/// Said before anybody calls in vain.
#[component]
pub fn Insecure(driver: Driver) -> impl IntoView {
    let is_secure = page::is_secure();
    let call = driver.call();
    // Whoever called all the same reads it as his problem.
    let is_told =
        Memo::new(move |_| call.with(|call| call.problem() == Some(&Problem::InsecureOrigin)));
    let note = move || {
        if is_secure || is_told.get() {
            return None;
        }
        let advice = now().problem.advice(&Problem::InsecureOrigin);
        Some(view! {
            <div class="problem" data-testid="insecure">
                <Icon picture=Picture::Warning/>
                <div>
                    <p class="what">{advice.what}</p>
                    <p>{advice.to_do}</p>
                </div>
            </div>
        })
    };
    view! { {note} }
}
