//! A disk that is full, slow, hung or broken under a hundred calls: no echo is lost, and what was
//! recorded until then is sound and says why it is not all.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tests::TestServer;
use tests::caller::Caller;
use tests::opus_tools::all_stamped;
use tokio::task::JoinSet;
use tokio::time::Instant;

const CALLS: u8 = 100;

/// What is wrong with the disk.
struct Trouble {
    name: &'static str,
    /// What strace does to the server's writes, which are the only ones at a position.
    inject: Option<&'static str>,
    is_full: bool,
    packets: u32,
}

const TROUBLES: [Trouble; 5] = [
    Trouble {
        name: "none",
        inject: None,
        is_full: false,
        packets: 500,
    },
    Trouble {
        name: "full: 1 MB",
        inject: None,
        is_full: true,
        packets: 500,
    },
    Trouble {
        name: "20 ms a write",
        inject: Some("pwrite64:delay_enter=20000"),
        is_full: false,
        packets: 500,
    },
    Trouble {
        name: "a write hangs for 60 s",
        inject: Some("pwrite64:delay_enter=60000000:when=20"),
        is_full: false,
        packets: 3500,
    },
    Trouble {
        name: "fails (EIO)",
        inject: Some("pwrite64:error=EIO:when=200+"),
        is_full: false,
        packets: 500,
    },
];

/// Says whether the promise held in each.
pub(crate) async fn prove() -> bool {
    println!("{CALLS} calls at 50 packets/s on a disk in trouble");
    let mut is_proved = true;
    for trouble in &TROUBLES {
        is_proved &= under(trouble).await;
    }
    is_proved
}

async fn under(trouble: &Trouble) -> bool {
    let small = trouble.is_full.then(SmallDisk::mounted);
    let mut server = match &small {
        Some(disk) => TestServer::in_folder(disk.home.path()).await,
        None => TestServer::start().await,
    };
    let tracer = trouble.inject.map(|inject| trace(server.process(), inject));
    let mut calls = JoinSet::new();
    for voice in 0..CALLS {
        let (mut caller, call) = Caller::connect(&server).await;
        let said = all_stamped(voice, trouble.packets);
        calls.spawn(async move {
            caller.say(&said).await;
            // What is on its way needs no longer over loopback.
            tokio::time::sleep(Duration::from_secs(1)).await;
            let heard = caller.heard().len();
            caller.hang_up().await;
            (call.id, said.len(), heard)
        });
    }
    let (mut said, mut heard) = (0, 0);
    let mut ids = Vec::new();
    while let Some(done) = calls.join_next().await {
        let (id, said_here, heard_here) = done.unwrap();
        (said, heard) = (said + said_here, heard + heard_here);
        ids.push(id);
    }
    let patience = Instant::now() + Duration::from_secs(120);
    while server.health().await.active_conversations > 0 && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut ends: BTreeMap<String, u32> = BTreeMap::new();
    for id in ids {
        let end = match server.try_description(id) {
            Some(description) => format!("{:?} {:?}", description.status, description.end_reason),
            None => "nothing".to_owned(),
        };
        *ends.entry(end).or_default() += 1;
    }
    println!(
        "{}: echo {heard} of {said}, recordings {ends:?}",
        trouble.name
    );
    if let Some(mut tracer) = tracer {
        // It lets go of the server then.
        kill_process(Pid::from_child(&tracer), Signal::INT).unwrap();
        tracer.wait().unwrap();
    }
    server.assert_recordings();
    server.stop_in_trouble().await;
    said == heard
}

fn trace(pid: u32, inject: &str) -> std::process::Child {
    Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e"])
        .arg(format!("inject={inject}"))
        .args(["-p", &pid.to_string()])
        .spawn()
        .expect("strace makes the disk slow: on Debian, apt-get install strace")
}

/// A disk of 1 MB, as long as this lives.
struct SmallDisk {
    home: TempDir,
}

impl SmallDisk {
    fn mounted() -> Self {
        let home = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(home.path())
            .status()
            .unwrap();
        assert!(mounted.success(), "only root can mount a small disk");
        Self { home }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(self.home.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}
