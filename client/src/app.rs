//! The page as a whole: what stands where.

use leptos::prelude::*;

use crate::browser::page;
use crate::call::Event;
use crate::call::driver::Driver;
use crate::components::about::About;
use crate::components::controls::Controls;
use crate::components::details::Details;
use crate::components::dial::Dial;
use crate::components::icon::{Icon, Picture};
use crate::components::meters::Meters;
use crate::components::problem_note::ProblemNote;
use crate::components::status::Status;
use crate::text;

/// Builds the page into its place in `index.html`.
pub fn start() {
    page::show_panics();
    let place = page::mount_point().expect("index.html holds the place for the page");
    mount_to(place, App).forget();
}

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let driver = Driver::new();
    hang_up_on_leaving(driver);
    let phase = Memo::new(move |_| driver.call().with(|call| call.phase()));
    view! {
        <div class="shell" data-state=move || phase.get().name()>
            <header class="top">
                <span class="brand">
                    <Icon picture=Picture::Waves/>
                    {text::page::BRAND}
                </span>
            </header>
            <main class="board">
                <section class="card stage" aria-labelledby="title">
                    <h1 id="title">{text::page::TITLE}</h1>
                    <p class="lead">{text::page::LEAD}</p>
                    <Dial driver phase/>
                    <Status driver phase/>
                    <ProblemNote driver/>
                    <Consent driver/>
                </section>
                <div class="side">
                    <section class="card" aria-label=text::page::SOUND>
                        <Meters driver/>
                        <Controls driver/>
                    </section>
                    <Details driver/>
                </div>
            </main>
            <About/>
        </div>
    }
}

/// Said before the call, not only during it.
#[component]
fn Consent(driver: Driver) -> impl IntoView {
    let call = driver.call();
    let consent = Memo::new(move |_| call.with(text::consent));
    view! {
        <p class="consent">
            <span class="dot" aria-hidden="true"></span>
            {move || consent.get()}
        </p>
    }
}

fn hang_up_on_leaving(driver: Driver) {
    match page::on_leave(move || driver.send(Event::PageLeft)) {
        // Held until the page goes.
        Ok(listener) => {
            StoredValue::new_local(listener);
        }
        Err(error) => page::log("leaving the page will not hang up", &error),
    }
}
