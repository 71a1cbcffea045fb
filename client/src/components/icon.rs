//! The page's pictures: strokes on a grid of 24 by 24, in the colour of the text.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Bin,
    Download,
    Handset,
    Key,
    Microphone,
    MicrophoneOff,
    Play,
    Speaker,
    Warning,
    Waves,
}

impl Picture {
    fn strokes(self) -> &'static str {
        match self {
            Self::Bin => "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.2 10.8v5.4M13.8 10.8v5.4",
            Self::Key => "M14.5 4a5.5 5.5 0 1 1-4.8 8.2L3.5 18.4V21H7v-2h2v-2h2l1.3-1.6M16 8v.2",
            Self::Play => "M7.5 4.5v15l12-7.5z",
            Self::Download => "M12 4v11M7.5 10.8 12 15.3l4.5-4.5M5 20h14",
            Self::Handset => {
                "M5.4 3.8h2.9L10 8.2 7.9 9.9a13 13 0 0 0 6.2 6.2l1.7-2.1 4.4 1.7v2.9\
                 a1.6 1.6 0 0 1-1.7 1.6A15.6 15.6 0 0 1 3.8 5.5a1.6 1.6 0 0 1 1.6-1.7z"
            }
            Self::Microphone => {
                "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z\
                 M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21"
            }
            Self::MicrophoneOff => {
                "M15 9.5V6a3 3 0 0 0-5.8-1M9 9v2a3 3 0 0 0 4.6 2.5\
                 M5.5 11a6.5 6.5 0 0 0 10.4 5.2M18.3 12.6a6.5 6.5 0 0 0 .2-1.6M12 17.5V21M4 4l16 16"
            }
            Self::Speaker => {
                "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18.2 6.4a8 8 0 0 1 0 11.2"
            }
            Self::Warning => "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2",
            Self::Waves => "M3 10v4M7.5 6.5v11M12 3.5v17M16.5 7.5v9M21 10.5v3",
        }
    }
}

/// A picture beside words that say the same.
#[component]
pub fn Icon(#[prop(into)] picture: Signal<Picture>) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=move || picture.get().strokes()></path>
        </svg>
    }
}
