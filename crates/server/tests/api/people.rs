//! People: agents of the directory in reports.

use serde_json::{Value, json};

use crate::harness::{Server, ok, sign_in, that_day};

async fn ask(server: &Server, question: &str, mut definition: Value) -> Value {
    definition["range"] = that_day();
    ok(server.post(&format!("/api/v1/reports/{question}")).json(&definition)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_the_directory_are_one_person_each_and_offered_before_they_sign_in() {
    let server = Server::start().await;
    let mut on_the_phone = sign_in(10, "mara");
    on_the_phone["channel"] = json!("phone");
    assert_eq!(server.send(&json!([sign_in(1, "mara"), on_the_phone, sign_in(2, "omar")])).await["accepted"], 3);
    let agents = [
        json!({"employee_id": "4711", "agent_name": "Mara Lind", "time_zone": "Europe/Stockholm", "accounts": [{"account": "mara"}]}),
        json!({"employee_id": "4712", "agent_name": "Ines Costa"}),
    ];
    for agent in agents {
        let address = format!("/api/v1/directory/agents/{}", agent["employee_id"].as_str().unwrap());
        let put = server.request(reqwest::Method::PUT, &address).json(&agent).send().await.unwrap();
        assert!(put.status().is_success(), "{}", put.text().await.unwrap());
    }
    let answer = ask(&server, "login_logout/facets", json!({"facets": ["agent"]})).await;
    let values: Vec<(&Value, &Value)> =
        answer["facets"][0]["values"].as_array().unwrap().iter().map(|value| (&value["value"], &value["rows"])).collect();
    assert_eq!(values, [(&json!("Mara Lind"), &json!(2)), (&json!("omar"), &json!(1)), (&json!("Ines Costa"), &json!(0))]);
    let rows = ask(
        &server,
        "login_logout/query",
        json!({"filters": [{"field": "agent", "values": ["4711"]}], "columns": ["agent", "login_time"], "clock": "agent",
               "sort": [{"field": "login_time"}]}),
    )
    .await;
    assert_eq!(rows["rows"][0], json!({"agent": "Mara Lind", "login_time": "2026-04-15T02:00:01+02:00"}));
}
