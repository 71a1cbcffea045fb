//! The page can be put on a home screen.

use tests::browser::Microphone;
use tests::signal::Sentence;
use tests::{Browser, TestServer};

#[tokio::test]
async fn a_browser_finds_all_that_it_needs_to_install_the_page() {
    let microphone = Microphone::Hears(Sentence::of(2, 51).samples);

    Browser::run("install", microphone, async move |browser| {
        let mut server = TestServer::start().await;
        browser.visit(server.url()).await;

        let link = browser
            .evaluate("return document.querySelector('link[rel=manifest]').getAttribute('href')")
            .await;
        let manifest = server.get(link.as_str().unwrap()).await;
        assert_eq!(
            manifest.headers()["content-type"],
            "application/manifest+json"
        );
        let manifest: serde_json::Value = manifest.json().await.unwrap();
        for icon in manifest["icons"].as_array().unwrap() {
            let icon_there = server
                .get(&format!("/{}", icon["src"].as_str().unwrap()))
                .await;
            assert_eq!(icon_there.status(), 200, "{icon}");
            assert_eq!(
                icon_there.headers()["content-type"],
                icon["type"].as_str().unwrap()
            );
        }
        assert_eq!(manifest["display"], "standalone");
        assert!(browser.manifest_faults().await.is_empty());
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
