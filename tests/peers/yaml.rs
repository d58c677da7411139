//! `-o yaml` as readers of YAML 1.1 and 1.2 read it.

use crate::{PORTAL, RunningEmulator, command, folder, peer, stdout};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/yaml_readers.py");

#[test]
#[ignore = "needs PyYAML and ruamel.yaml: .ci/run installs them"]
fn yaml_with_hostile_user_names_is_read_as_the_document_of_json() {
    let data = stdout(command(peer("python3")).args([SCRIPT, "data"]));
    let emulator = RunningEmulator::start(&serde_json::from_str(&data).unwrap());
    let output = |format: &str| {
        let listed = stdout(emulator.wsb().args(["list-sessions", PORTAL, "-o", format]));
        let file = folder().join(format);
        std::fs::write(&file, listed).unwrap();
        file
    };
    let (json, yaml) = (output("json"), output("yaml"));
    let compared = stdout(
        command(peer("python3"))
            .args([SCRIPT, "compare"])
            .arg(json)
            .arg(yaml),
    );
    let count: usize = compared.trim().parse().unwrap();
    assert!(count > 3000, "{count}");
}
