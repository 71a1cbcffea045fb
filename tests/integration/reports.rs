//! RTCP goes both ways, so that each side knows the round trip and the losses.

use bytes::Bytes;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::stamped;
use tests::waiting::eventually;
use webrtc::peer_connection::{RTCStatsReport, RTCStatsReportEntry};

/// The caller knows a round-trip time, and has heard of what the server sends.
fn knows_both_ways(report: &RTCStatsReport) -> bool {
    let has_round_trip = report.iter().any(|entry| match entry {
        RTCStatsReportEntry::RemoteInboundRtp(stream) => {
            stream.round_trip_time_measurements > 0 && stream.round_trip_time > 0.0
        }
        _ => false,
    });
    let has_sender_report = report.iter().any(|entry| match entry {
        RTCStatsReportEntry::RemoteOutboundRtp(stream) => stream.reports_sent > 0,
        _ => false,
    });
    has_round_trip && has_sender_report
}

#[tokio::test]
async fn a_caller_learns_his_round_trip_time() {
    let mut server = TestServer::start().await;
    let (mut caller, _) = Caller::connect(&server).await;
    let packet: Bytes = stamped(1, 0);

    eventually("reports of both kinds", async || {
        caller.say_now(packet.clone()).await;
        knows_both_ways(&caller.statistics().await).then_some(())
    })
    .await;

    caller.hang_up().await;
    server.stop().await;
}
