//! The page as a whole: what stands where.

use leptos::prelude::*;

use crate::browser::page;
use crate::call::Event;
use crate::call::driver::Driver;
use crate::components::about::About;
use crate::components::consent::Consent;
use crate::components::controls::Controls;
use crate::components::delay_view::DelayView;
use crate::components::details::Details;
use crate::components::devices::{Devices, HowlHint};
use crate::components::dial::Dial;
use crate::components::echo_modes::EchoModes;
use crate::components::icon::{Icon, Picture};
use crate::components::insecure::Insecure;
use crate::components::key_form::KeyForm;
use crate::components::library::{Library, PLACE};
use crate::components::meters::Meters;
use crate::components::microphone_health::MicrophoneHealth;
use crate::components::network_health::NetworkHealth;
use crate::components::problem_note::ProblemNote;
use crate::components::status::Status;
use crate::components::verdict::Verdict;
use crate::echo::driver::EchoDesk;
use crate::entrance::Entrance;
use crate::entrance::driver::Desk;
use crate::findings::driver::Judge;
use crate::shelf::driver::Shelves;
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
    let desk = Desk::open();
    let driver = Driver::new(desk);
    let shelves = Shelves::new(desk);
    let echo = EchoDesk::open(driver);
    let judge = Judge::follow(driver, desk);
    let is_library_wanted = RwSignal::new(false);
    hang_up_on_leaving(driver);
    pass_the_wish_on(desk, driver);
    tell_the_hold(echo, driver);
    let phase = Memo::new(move |_| driver.call().with(|call| call.phase()));
    view! {
        <div class="shell" data-state=move || phase.get().name()>
            <header class="top">
                <span class="brand">
                    <Icon picture=Picture::Waves/>
                    {text::page::BRAND}
                </span>
                <nav>
                    <a data-testid="to-recordings" href=format!("#{PLACE}")>
                        {text::page::YOUR_RECORDINGS}
                    </a>
                </nav>
            </header>
            <main class="board">
                <section class="card stage" aria-labelledby="title">
                    <h1 id="title">{text::page::TITLE}</h1>
                    <p class="lead">{text::page::LEAD}</p>
                    <Insecure driver/>
                    <KeyForm desk/>
                    <Consent desk phase/>
                    <Dial driver desk phase/>
                    <Status driver desk phase/>
                    <ProblemNote driver/>
                    <Verdict judge/>
                    <HowlHint driver/>
                </section>
                <div class="side">
                    <section class="card" aria-label=text::page::SOUND>
                        <Meters driver/>
                        <Show when=move || driver.checkup().is_on().get()>
                            <MicrophoneHealth
                                health=driver.checkup().health()
                                gauge=driver.checkup().gauge()
                            />
                        </Show>
                        <Controls driver/>
                        <EchoModes desk=echo/>
                    </section>
                    <DelayView scope=driver.scope() on_chirp=move |()| driver.chirp()/>
                    <NetworkHealth monitor=driver.monitor()/>
                    <Devices driver/>
                    <Details driver shelves desk/>
                </div>
                <Library driver shelves desk is_wanted=is_library_wanted/>
            </main>
            <About/>
        </div>
    }
}

/// What was chosen before a call goes with its offer.
fn pass_the_wish_on(desk: Desk, driver: Driver) {
    let entrance = desk.entrance();
    let wish = Memo::new(move |_| entrance.with(Entrance::wish));
    Effect::new(move |_| driver.send(Event::RecordingWished(wish.get())));
}

/// How long the server holds the echo is a part of its delay. After the call it stays as it was.
fn tell_the_hold(echo: EchoDesk, driver: Driver) {
    let echo = echo.echo();
    let hold = Memo::new(move |_| {
        echo.with(|echo| echo.in_force().map(|_| echo.hold_ms().map(f64::from)))
    });
    Effect::new(move |_| {
        if let Some(hold_ms) = hold.get() {
            driver.scope().know_hold(hold_ms);
        }
    });
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
