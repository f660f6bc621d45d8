"""Dask workers as SLURM jobs (pip install dask-jobqueue), and one analysis on them."""

import subprocess
import sys

from dask_jobqueue import SLURMCluster

if __name__ == "__main__":
    # One thread for each worker: a frame is judged by one, and a crash costs one video.
    with SLURMCluster(cores=1, processes=1, memory="1GB", walltime="08:00:00") as cluster:
        cluster.adapt(minimum=1, maximum=50)
        command = ["posture-monitor", "analyze", "--manifest", "study.csv", "--out", "results"]
        command += ["--format", "parquet", "--dataset", "--scheduler", cluster.scheduler_address]
        sys.exit(subprocess.run(command, check=False).returncode)
