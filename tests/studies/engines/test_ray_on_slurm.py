"""The script that starts Ray on a SLURM allocation, with stand-ins for all commands."""

import os
import subprocess
from pathlib import Path

SCRIPT = Path("ablations/ray_on_slurm.sh")

# Each notes how it was called. `ray start` stays as `--block` makes it, until the script ends.
SRUN = '#!/bin/bash\necho "srun $*" >> "$CALLS"\n'
RAY = '#!/bin/bash\necho "ray $*" >> "$CALLS"\n'
PLION = '#!/bin/bash\necho "plion $*; $RAY_AUTH_MODE; ${#RAY_AUTH_TOKEN}" >> "$CALLS"\nexit 3\n'


def test_a_study_runs_beside_the_head_and_one_node_for_each_other_machine(tmp_path: Path) -> None:
    for name, text in (("srun", SRUN), ("ray", RAY), ("plion", PLION)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "SLURM_JOB_ID": "70012",
        "SLURM_NNODES": "3",
        "SLURM_CPUS_ON_NODE": "8",
        "SLURMD_NODENAME": "node-1",
    }
    ended = subprocess.run(
        ["bash", SCRIPT, "ablate", "grid.yaml", "--max-hours", "2"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 3, ended.stderr  # that of the study
    calls = (tmp_path / "calls").read_text().splitlines()
    (study,) = [line for line in calls if line.startswith("plion ")]
    address = study.split("--address ")[1].split(";")[0]
    assert study == f"plion ablate grid.yaml --max-hours 2 --engine ray --address {address}; " + (
        "token; 64"
    )
    assert address.endswith(":30012")
    starts = [line for line in calls if line.startswith("srun ")]
    assert any("--nodes=1" in one and "ray start --head" in one for one in starts)
    assert any("--nodes=2" in one and f"ray start --address={address}" in one for one in starts)
    assert all("--num-cpus=8" in one and "--disable-usage-stats" in one for one in starts)
