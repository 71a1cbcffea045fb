//! The page as a whole: what stands where.

use leptos::prelude::*;

use crate::browser::{element, page};
use crate::call::driver::Driver;
use crate::call::{Event, Phase};
use crate::components::about::About;
use crate::components::consent::Consent;
use crate::components::controls::Controls;
use crate::components::delay_view::DelayView;
use crate::components::details::{Details, Latest, show_what_is_found};
use crate::components::devices::{Devices, HowlHint};
use crate::components::dial::Dial;
use crate::components::echo_modes::EchoModes;
use crate::components::icon::{Icon, Picture};
use crate::components::insecure::Insecure;
use crate::components::key_form::KeyForm;
use crate::components::language::LanguagePicker;
use crate::components::library::{Library, PLACE, follow};
use crate::components::meters::Meters;
use crate::components::microphone_health::MicrophoneHealth;
use crate::components::network_health::NetworkHealth;
use crate::components::problem_note::ProblemNote;
use crate::components::status::{Status, TITLE};
use crate::components::verdict::Verdict;
use crate::delay::Hold;
use crate::echo::driver::EchoDesk;
use crate::entrance::Entrance;
use crate::entrance::driver::Desk;
use crate::findings::driver::Judge;
use crate::shelf::Place;
use crate::shelf::driver::{Shelves, Which, element_id};
use crate::text::driver::Tongue;
use crate::text::now;
use crate::text::page::BRAND;

/// Builds the page into its place in `index.html`.
pub fn start() {
    page::show_panics();
    let place = page::mount_point().expect("index.html holds the place for the page");
    mount_to(place, App).forget();
}

/// What lasts as long as the page, in whatever language.
#[derive(Clone, Copy)]
struct Owners {
    tongue: Tongue,
    desk: Desk,
    driver: Driver,
    shelves: Shelves,
    echo: EchoDesk,
    judge: Judge,
    is_library_wanted: RwSignal<bool>,
    phase: Memo<Phase>,
}

impl Owners {
    fn open() -> Self {
        let desk = Desk::open();
        let driver = Driver::new(desk);
        let shelves = Shelves::new(desk);
        let echo = EchoDesk::open(driver);
        hang_up_on_leaving(driver);
        pass_the_wish_on(desk, driver);
        tell_the_hold(echo, driver);
        show_what_is_found(driver, shelves);
        Self {
            tongue: Tongue::open(),
            desk,
            driver,
            shelves,
            echo,
            judge: Judge::follow(driver, desk),
            is_library_wanted: follow(driver, shelves, desk),
            phase: Memo::new(move |_| driver.call().with(|call| call.phase())),
        }
    }
}

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let owners = Owners::open();
    move || {
        // All that is drawn has words, so all of it is drawn anew. A call that runs goes on.
        owners.tongue.language().track();
        view! { <Page owners/> }
    }
}

#[component]
fn Page(owners: Owners) -> impl IntoView {
    let Owners {
        tongue,
        desk,
        driver,
        shelves,
        is_library_wanted,
        phase,
        ..
    } = owners;
    view! {
        <div class="shell" data-state=move || phase.get().name()>
            <header class="top">
                <span class="brand">
                    <Icon picture=Picture::Waves/>
                    {BRAND}
                </span>
                <nav>
                    // The address may lead there already, and the list be closed.
                    <a
                        data-testid="to-recordings"
                        href=format!("#{PLACE}")
                        on:click=move |_| {
                            is_library_wanted.set(true);
                            element::focus(element_id(Which::All, Place::Top));
                        }
                    >
                        {now().page.your_recordings}
                    </a>
                    <LanguagePicker tongue/>
                </nav>
            </header>
            <main class="board">
                <div class="columns">
                <section class="card stage" aria-labelledby=TITLE>
                    <h1 id=TITLE tabindex="-1">{now().page.title}</h1>
                    <p class="lead">{now().page.lead}</p>
                    <Insecure driver/>
                    <KeyForm desk/>
                    <Consent desk phase/>
                    <Dial driver desk phase/>
                    <Status driver desk phase/>
                    <HowlHint driver/>
                    <ProblemNote driver/>
                    <Verdict judge=owners.judge/>
                </section>
                <div class="side">
                    // What a call leaves is looked for first.
                    <Latest shelves desk/>
                    <section class="card" aria-label=now().page.sound>
                        <Meters driver/>
                        <Show when=move || driver.checkup().is_on().get()>
                            <MicrophoneHealth
                                health=driver.checkup().health()
                                gauge=driver.checkup().gauge()
                            />
                        </Show>
                        <Controls driver/>
                        <EchoModes desk=owners.echo/>
                    </section>
                    <DelayView driver/>
                    <NetworkHealth monitor=driver.monitor()/>
                    <Devices driver/>
                    <Details driver/>
                </div>
                </div>
                <Library shelves desk is_wanted=owners.is_library_wanted/>
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
        echo.with(|echo| {
            let fixed = |ms| Hold::Fixed(f64::from(ms));
            let hold = || echo.hold_ms().map_or(Hold::UntilPause, fixed);
            echo.in_force().map(|_| hold())
        })
    });
    Effect::new(move |_| {
        if let Some(hold) = hold.get() {
            driver.scope().know_hold(hold);
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
