//! Every sentence of a catalogue. Each field is named here, so that a new one is looked at too.

use super::super::*;
use crate::echo::Way;
use crate::line_quality::judge::thresholds as line_limits;
use crate::line_quality::{Candidate, Fitness, Reason};
use crate::microphone::Health;
use crate::microphone::thresholds::thresholds as limits;
use crate::timeline::Step;

/// Numbers that ask for every form of a word.
const COUNTS: [u64; 6] = [1, 2, 5, 11, 21, 22];

const HEALTHS: [Health; 9] = [
    Health::Checking,
    Health::Listening,
    Health::Good { speech_dbfs: -30.0 },
    Health::TooQuiet { speech_dbfs: -30.0 },
    Health::Clipping,
    Health::Silent,
    Health::MutedInHardware,
    Health::WrongDevice,
    Health::MutedByYou,
];

const CANDIDATES: [Candidate; 3] = [Candidate::Host, Candidate::PeerReflexive, Candidate::Relay];

/// All of them, in the same order for every language.
pub(super) fn sentences(words: &Catalogue) -> Vec<String> {
    let Catalogue {
        page: page_words,
        entrance: entrance_words,
        call: call_words,
        problem: problem_words,
        microphone: microphone_words,
        devices: devices_words,
        echo: echo_words,
        delay: delay_words,
        network: network_words,
        engineer: engineer_words,
        findings: findings_words,
        recordings: recordings_words,
        player: player_words,
    } = words;
    [
        page(page_words),
        entrance(entrance_words),
        call(call_words),
        problem(problem_words),
        microphone(microphone_words),
        devices(devices_words),
        echo(echo_words),
        delay(delay_words),
        network(network_words),
        engineer(engineer_words),
        findings(findings_words),
        recordings(recordings_words),
        player(player_words),
    ]
    .concat()
}

fn owned<const N: usize>(sentences: [&str; N]) -> Vec<String> {
    sentences.map(str::to_owned).to_vec()
}

fn page(words: &page::Page) -> Vec<String> {
    let page::Page {
        document,
        broken,
        language,
        title,
        lead,
        sound,
        your_voice,
        your_echo,
        mute,
        volume,
        tap_to_hear,
        conversation,
        your_recording,
        your_recordings,
        reasons_title,
        reasons,
    } = words;
    let mut all = owned([
        *document,
        *broken,
        *language,
        *title,
        *lead,
        *sound,
        *your_voice,
        *your_echo,
        *mute,
        *volume,
        *tap_to_hear,
        *conversation,
        *your_recording,
        *your_recordings,
        *reasons_title,
    ]);
    all.extend(
        reasons
            .iter()
            .flat_map(|one| owned([one.title, one.explanation])),
    );
    all
}

fn entrance(words: &entrance::Entrance) -> Vec<String> {
    let entrance::Entrance {
        always_recorded,
        recorded_if_wanted,
        never_recorded,
        record,
        key_title,
        use_key,
        key_first,
        token,
        key,
        key_tried,
        token_refused,
        key_refused,
        token_wanted,
        key_wanted,
    } = words;
    owned([
        *always_recorded,
        *recorded_if_wanted,
        *never_recorded,
        *record,
        *key_title,
        *use_key,
        *key_first,
        *token,
        *key,
        *key_tried,
        *token_refused,
        *key_refused,
        *token_wanted,
        *key_wanted,
    ])
}

#[expect(clippy::too_many_lines, reason = "a line a sentence")]
fn call(words: &call::Call) -> Vec<String> {
    let call::Call {
        idle,
        asking,
        connecting,
        muted,
        needs_tap,
        live,
        reconnecting,
        ended,
        ended_by_server,
        broke_off,
        cancelled,
        failed,
        recorded,
        not_recorded,
        recording_ended,
        recording_refused,
        do_call,
        cancel,
        hang_up,
        call_again,
        was_not_recorded,
        could_not_be_recorded,
        finishing,
        no_sound,
        closed,
        out_of_reach,
        look_again,
        per_cent,
        silence,
        decibels,
    } = words;
    let mut all = owned([
        *idle,
        *asking,
        *connecting,
        *muted,
        *needs_tap,
        *live,
        *reconnecting,
        *ended,
        *ended_by_server,
        *broke_off,
        *cancelled,
        *failed,
        *recorded,
        *not_recorded,
        *recording_ended,
        *recording_refused,
        *do_call,
        *cancel,
        *hang_up,
        *call_again,
        *was_not_recorded,
        *could_not_be_recorded,
        *finishing,
        *no_sound,
        *closed,
        *out_of_reach,
        *look_again,
        *silence,
    ]);
    all.extend(
        COUNTS
            .iter()
            .map(|&count| per_cent(u8::try_from(count).unwrap())),
    );
    all.extend([-59, -2, -1, 0].map(*decibels));
    all
}

fn problem(words: &problem::Problems) -> Vec<String> {
    let problem::Problems {
        permission_denied,
        no_microphone,
        microphone_busy,
        microphone_lost,
        insecure_origin,
        server_away,
        server_stopping,
        key_refused,
        recording_required,
        network_blocked,
        connection_lost,
        call_over,
        server_full,
        too_many_calls,
        server_refused,
        browser,
        reload,
        wait,
        wait_seconds,
    } = words;
    let mut all = owned([*server_full, *too_many_calls, *reload, *wait]);
    for told in [
        permission_denied,
        no_microphone,
        microphone_busy,
        microphone_lost,
        insecure_origin,
        server_away,
        server_stopping,
        key_refused,
        recording_required,
        network_blocked,
        connection_lost,
        call_over,
    ] {
        all.extend(owned([told.what, told.to_do]));
    }
    all.extend(["", "?"].map(*server_refused));
    all.extend(["", "?"].map(*browser));
    all.extend(COUNTS.map(*wait_seconds));
    all
}

fn microphone(words: &microphone::Microphone) -> Vec<String> {
    let microphone::Microphone {
        title,
        level,
        said,
        loudness,
        quieter_than,
        speech,
        thresholds,
        limit,
        source,
        decimal_point: _,
        seconds: _,
    } = words;
    let mut all = owned([*title, *level, *thresholds, *source]);
    all.extend(HEALTHS.iter().flat_map(|&health| {
        let said = said(health);
        owned([said.what])
            .into_iter()
            .chain(said.to_do.map(str::to_owned))
    }));
    all.extend([loudness(-18, -6)]);
    all.extend([quieter_than(-60)]);
    all.extend([speech(-18)]);
    all.extend(limits().map(|one| limit(one.limit).to_owned()));
    all
}

#[expect(clippy::too_many_lines, reason = "a line a sentence")]
fn devices(words: &devices::Devices) -> Vec<String> {
    let devices::Devices {
        title,
        microphone,
        speaker,
        default_microphone,
        default_speaker,
        numbered_microphone,
        numbered_speaker,
        not_opened,
        fell_back,
        speaker_refused,
        processing,
        echo_cancellation,
        noise_suppression,
        auto_gain,
        is_on,
        is_off,
        will_be_on,
        will_be_off,
        on_untold,
        off_untold,
        stays_on,
        stays_off,
        preset_raw,
        preset_call,
        play_tone,
        tone_playing,
        did_you_hear,
        yes,
        no,
        tone_heard,
        tone_not_heard,
        tone_not_heard_fixed,
        tone_failed,
        howl,
        howl_to_do,
        volume_up,
        hint_read,
    } = words;
    let mut all = owned([
        *title,
        *microphone,
        *speaker,
        *default_microphone,
        *default_speaker,
        *not_opened,
        *fell_back,
        *speaker_refused,
        *processing,
        *echo_cancellation,
        *noise_suppression,
        *auto_gain,
        *is_on,
        *is_off,
        *will_be_on,
        *will_be_off,
        *on_untold,
        *off_untold,
        *stays_on,
        *stays_off,
        *preset_raw,
        *preset_call,
        *play_tone,
        *tone_playing,
        *did_you_hear,
        *yes,
        *no,
        *tone_heard,
        *tone_not_heard,
        *tone_not_heard_fixed,
        *tone_failed,
        *howl,
        *howl_to_do,
        *volume_up,
        *hint_read,
    ]);
    all.extend([numbered_microphone(2)]);
    all.extend([numbered_speaker(2)]);
    all
}

fn echo(words: &echo::Echo) -> Vec<String> {
    let echo::Echo {
        title,
        way,
        hint,
        delay,
        refused,
    } = words;
    let mut all = owned([*title, *refused]);
    all.extend(Way::ALL.map(|one| way(one).to_owned()));
    all.extend(Way::ALL.map(|one| hint(one).to_owned()));
    all.extend([delay(1.5)]);
    all
}

#[expect(clippy::too_many_lines, reason = "a line a sentence")]
fn delay(words: &delay::Delay) -> Vec<String> {
    let delay::Delay {
        title,
        speak,
        by_voice,
        by_chirp,
        time,
        parts_title,
        capture,
        up,
        server,
        down,
        buffer,
        other,
        parrot,
        output,
        limits,
        chirp,
        chirp_hint,
        chirp_listening,
        chirp_heard,
        chirp_not_heard,
        pair_title,
        you_said,
        came_back,
        pair_picture,
        pair_waits,
        alike,
        no_gaps,
        lost,
        hold,
    } = words;
    let mut all = owned([
        *title,
        *speak,
        *by_voice,
        *by_chirp,
        *parts_title,
        *capture,
        *up,
        *server,
        *down,
        *buffer,
        *other,
        *parrot,
        *output,
        *limits,
        *chirp,
        *chirp_hint,
        *chirp_listening,
        *chirp_heard,
        *chirp_not_heard,
        *pair_title,
        *you_said,
        *came_back,
        *pair_picture,
        *pair_waits,
        *no_gaps,
        *hold,
    ]);
    all.extend([240.0, 1_500.0].map(*time));
    all.extend([alike(93.0)]);
    all.extend([240.0, 1_500.0].map(*lost));
    all
}

#[expect(clippy::too_many_lines, reason = "a line a sentence")]
fn network(words: &network::Network) -> Vec<String> {
    let network::Network {
        title,
        checking,
        fit,
        limited,
        unfit,
        reason,
        table,
        up,
        down,
        loss,
        jitter,
        bitrate,
        mos,
        kbps,
        milliseconds: _,
        kilohertz: _,
        decimal_point: _,
        unknown: _,
        round_trip,
        concealed,
        path,
        codec,
        candidate,
        pictures,
        last_minute,
        top,
        thresholds,
        limit,
        between,
        source,
        about_mos,
    } = words;
    let mut all = owned([
        *title,
        *checking,
        *fit,
        *limited,
        *unfit,
        *table,
        *up,
        *down,
        *loss,
        *jitter,
        *bitrate,
        *mos,
        *round_trip,
        *concealed,
        *path,
        *codec,
        *pictures,
        *last_minute,
        *thresholds,
        *source,
        *about_mos,
    ]);
    all.extend(Reason::ALL.map(|one| reason(one).to_owned()));
    all.extend([kbps(32.0)]);
    all.extend(CANDIDATES.map(|one| candidate(one).to_owned()));
    all.extend([top("1")]);
    all.extend(line_limits().map(|one| limit(one.limit).to_owned()));
    all.extend([between("1", "2")]);
    all
}

fn takeaway(words: &takeaway::Takeaway) -> Vec<String> {
    let takeaway::Takeaway {
        copy,
        download,
        copied,
    } = words;
    owned([copy, download, copied(true), copied(false)])
}

fn engineer(words: &engineer::Engineer) -> Vec<String> {
    let engineer::Engineer {
        title,
        step,
        dump,
        takeaway: details,
    } = words;
    let mut said = owned([title, dump]);
    said.extend(takeaway(details));
    said.extend(Step::ALL.map(|one| step(one).to_owned()));
    said
}

fn findings(words: &findings::Findings) -> Vec<String> {
    let findings::Findings {
        network,
        ready,
        report,
    } = words;
    let mut all = owned([ready]);
    all.extend(takeaway(report));
    for fitness in [
        Fitness::Unknown,
        Fitness::Fit,
        Fitness::Limited,
        Fitness::Unfit,
    ] {
        all.extend([network(fitness, None)]);
        all.extend(Reason::ALL.map(|reason| network(fitness, Some(reason))));
    }
    all
}

#[expect(clippy::too_many_lines, reason = "a line a sentence")]
fn recordings(words: &recordings::Recordings) -> Vec<String> {
    let recordings::Recordings {
        show,
        hide,
        play,
        download,
        delete,
        delete_mine,
        really_delete,
        keep,
        doubt,
        deleting,
        try_again,
        show_older,
        loading,
        opening,
        live,
        of_server,
        of_this_browser,
        none_on_server,
        none_remembered,
        goes_on,
        complete,
        at_the_limit,
        disk_full,
        disk_slow,
        disk_failed,
        ended_early,
        recovered,
        empty,
        no_room,
        hours,
        minutes,
        seconds,
        less_than_a_second,
        deleted,
        not_deleted,
        away,
        key_refused,
        gone,
        still_live,
        unplayable,
        player_broke,
        refused,
    } = words;
    let mut all = owned([
        *show,
        *hide,
        *play,
        *download,
        *delete,
        *delete_mine,
        *really_delete,
        *keep,
        *doubt,
        *deleting,
        *try_again,
        *show_older,
        *loading,
        *opening,
        *live,
        *of_server,
        *of_this_browser,
        *none_on_server,
        *none_remembered,
        *goes_on,
        *complete,
        *at_the_limit,
        *disk_full,
        *disk_slow,
        *disk_failed,
        *ended_early,
        *recovered,
        *empty,
        *no_room,
        *less_than_a_second,
        *away,
        *key_refused,
        *gone,
        *still_live,
        *unplayable,
        *player_broke,
    ]);
    all.extend(COUNTS.map(*hours));
    all.extend(COUNTS.map(*minutes));
    all.extend(COUNTS.map(*seconds));
    all.extend([deleted("1")]);
    all.extend([not_deleted("?")]);
    all.extend(["", "?"].map(*refused));
    all
}

fn player(words: &player::Player) -> Vec<String> {
    let player::Player {
        waveform,
        received,
        speed,
        times,
        seek,
        place,
        size,
    } = words;
    let mut all = owned([*waveform, *speed, *seek]);
    all.extend([0.0, 1.5].map(*received));
    all.extend([0.5, 2.0].map(*times));
    all.extend([place(1.0, 21.0), place(7.0, 12.0)]);
    all.extend([999, 2_500_000].map(*size));
    all
}
