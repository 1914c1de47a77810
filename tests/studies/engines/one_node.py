"""A real SLURM of one node: this machine, with daemons, ports and a folder of its own."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from pwd import getpwuid

import pytest

NEEDED = ("slurmctld", "slurmd", "sbatch")
PATIENCE = 900.0  # seconds; only a failing test waits so long

# `cred_expire`: so long, two minutes by default, SLURM holds a requeued job back.
CONFIG = """
ClusterName=plion
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=batch_sched_delay=0,sched_interval=2
ReturnToService=2
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class OneNode:
    """The cluster; `asked` runs a command of SLURM's there."""

    def __init__(self, folder: Path) -> None:
        """Starts the daemons and waits until the node takes jobs."""
        if missing := [name for name in NEEDED if not shutil.which(name)]:
            pytest.fail(
                f"{', '.join(missing)} of SLURM cannot be found; on Debian: apt-get install "
                "--no-install-recommends slurmctld slurmd slurm-client"
            )
        self.config = folder / "slurm.conf"
        self.folder = folder
        host = socket.gethostname().partition(".")[0]
        controller, daemon = free_ports(2)
        self.config.write_text(
            CONFIG.format(
                host=host,
                controller=controller,
                daemon=daemon,
                user=getpwuid(os.getuid()).pw_name,
                folder=folder,
                cores=len(os.sched_getaffinity(0)),
            )
        )
        for name in ("state", "spool"):
            (folder / name).mkdir()
        self._daemons = [self._start("slurmctld"), self._start("slurmd")]
        self.wait_for(lambda: "idle" in self.asked("sinfo", "--noheader", "--format=%T"))

    def stop(self) -> None:
        """Ends all jobs, then the daemons."""
        try:
            self.asked("scancel", f"--user={getpwuid(os.getuid()).pw_name}")
            self.wait_for(lambda: not self.asked("squeue", "--noheader"))
        finally:
            for daemon in reversed(self._daemons):
                daemon.terminate()
                daemon.wait(PATIENCE)

    def asked(self, *command: str) -> str:
        """What a command prints; empty while the daemons do not answer yet."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Waits, and fails with what the daemons logged last."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                logs = [path.read_text()[-2000:] for path in self.folder.glob("*.log")]
                pytest.fail("waited in vain\n" + "\n".join(logs))
            time.sleep(0.1)

    @property
    def environment(self) -> dict[str, str]:
        """This process's, with the cluster's configuration."""
        return {**os.environ, "SLURM_CONF": str(self.config)}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.out.log").open("wb") as log:
            return subprocess.Popen(
                [name, "-D"], env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
