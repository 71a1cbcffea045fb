//! What the page is for.

use leptos::prelude::*;

/// Three reasons to call.
#[component]
pub fn About() -> impl IntoView {
    view! {
        <section class="about" aria-labelledby="about">
            <h2 id="about">"What it tells you"</h2>
            <ul>
                <li>
                    <h3>"Your microphone"</h3>
                    <p>
                        "Is it the right one, loud enough, without hum? \
                         Nothing is made louder; only your loudspeaker is taken out."
                    </p>
                </li>
                <li>
                    <h3>"Your connection"</h3>
                    <p>
                        "Every word travels to the server and back. Gaps and delay \
                         that you hear are those others would hear."
                    </p>
                </li>
                <li>
                    <h3>"Your recording"</h3>
                    <p>
                        "After the call, listen to what reached the server, \
                         or keep it as a file. Headphones give the clearest result."
                    </p>
                </li>
            </ul>
        </section>
    }
}
