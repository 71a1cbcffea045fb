//! The description of the interface says what there is.

use serde_json::Value;

use super::*;

#[tokio::test]
async fn every_operation_that_is_described_is_there_and_answers_as_described() {
    let server = Server::new();
    let answer = server.ask(request("GET /openapi.json", "")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let description: Value = serde_json::from_slice(&answer.body).unwrap();
    let mut operations = 0;

    for (path, item) in description["paths"].as_object().unwrap() {
        let path = path
            .replace("{secret}", "AAAAAAAAAAAAAAAAAAAAAA")
            .replace("{id}", "1");
        for (method, operation) in item.as_object().unwrap() {
            let head = format!("{} {path}", method.to_uppercase());
            let answer = server.ask(request(&head, "")).await;

            let status = answer.status.as_str();
            assert!(
                operation["responses"].get(status).is_some(),
                "{head}: {status}"
            );
            assert_ne!(status, "405", "{head}");
            if status == "404" {
                assert_ne!(
                    answer.problem().2,
                    Failure::NothingHere.to_string(),
                    "{head}"
                );
            }
            operations += 1;
        }
    }
    assert_eq!(operations, 16);
}

#[tokio::test]
async fn the_page_that_shows_it_asks_nobody_else() {
    let server = Server::new();

    let settings = server
        .ask(request("GET /docs/swagger-initializer.js", ""))
        .await;

    assert_eq!(settings.status, 200);
    let settings = settings.text();
    assert!(
        settings.contains("\"validatorUrl\": \"none\""),
        "{settings}"
    );
    assert!(
        settings.contains("\"url\": \"/openapi.json\""),
        "{settings}"
    );
    assert!(!settings.contains("://"), "an address: {settings}");
}
