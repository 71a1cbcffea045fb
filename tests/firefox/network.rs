//! The page's card of the network: numbers that can be true, though Firefox counts less.

use tests::{Browser, TestServer};

#[tokio::test]
async fn the_network_is_shown_in_numbers_and_nothing_is_blank() {
    Browser::run_in_firefox("firefox-network", async move |browser| {
        let mut server = TestServer::on_all_addresses(&[]).await;
        browser.visit(server.url()).await;
        browser.press("call").await;
        browser.until_phase("live").await;

        let card = browser.network_card().await;
        browser.take_picture("firefox-network").await;
        browser.press("call").await;
        browser.until_phase("ended").await;

        card.assert_possible();
        browser.assert_no_complaints().await;
        server.stop().await;
    })
    .await;
}
