"""Dask workers as pods (pip install dask-kubernetes), and one analysis on them.

Run it in a pod of the same image that has the same volume: workers read the videos and write the
results themselves, under the same paths. The Dask operator must be installed in the cluster.
"""

import subprocess
import sys

from dask_kubernetes.operator import KubeCluster, make_cluster_spec

IMAGE = "registry.example.org/posture-monitor:1"  # Python with posture-monitor[cluster,parquet]
CLAIM = "study"  # a PersistentVolumeClaim with the recordings, ReadWriteMany
FOLDER = "/study"


def with_volume(container: dict, pod: dict) -> None:
    container["volumeMounts"] = [{"name": "study", "mountPath": FOLDER}]
    pod["volumes"] = [{"name": "study", "persistentVolumeClaim": {"claimName": CLAIM}}]


if __name__ == "__main__":
    spec = make_cluster_spec(name="posture", image=IMAGE, n_workers=10)
    pod = spec["spec"]["worker"]["spec"]
    pod["containers"][0]["args"] += ["--nthreads", "1"]
    with_volume(pod["containers"][0], pod)
    with KubeCluster(custom_cluster_spec=spec) as cluster:
        command = ["posture-monitor", "analyze", "--manifest", f"{FOLDER}/study.csv"]
        command += ["--out", f"{FOLDER}/results", "--format", "parquet", "--dataset"]
        command += ["--scheduler", cluster.scheduler_address]
        sys.exit(subprocess.run(command, check=False).returncode)
