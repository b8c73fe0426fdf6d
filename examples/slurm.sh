#!/bin/bash
# A training on Slurm that goes on by itself after each limit of time: sbatch slurm.sh
#SBATCH --job-name=cells --time=04:00:00 --cpus-per-task=8 --mem=16G
#SBATCH --requeue --open-mode=append
acinus train data/train --validation data/val -o runs/a --preset fast --resume auto
# 130: it stopped before the limit, with a checkpoint. Anything else is an end or an error.
if [ $? -eq 130 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
