//! What went wrong, and the one thing to do.

use leptos::prelude::*;

use super::icon::{Icon, Picture};
use crate::call::driver::Driver;
use crate::text::now;

/// Shown, and read aloud at once, when a call failed or broke off.
#[component]
pub fn ProblemNote(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let problem = Memo::new(move |_| call.with(|call| call.problem().cloned()));
    let note = move || {
        let problem = problem.get()?;
        let advice = now().problem.advice(&problem);
        Some(view! {
            <div class="problem" data-testid="problem" data-problem=problem.kind()>
                <Icon picture=Picture::Warning/>
                <div>
                    <p class="what">{advice.what}</p>
                    <p>{advice.to_do}</p>
                </div>
            </div>
        })
    };
    view! { <div role="alert">{note}</div> }
}
