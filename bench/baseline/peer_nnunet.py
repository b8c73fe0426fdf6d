"""Trains nnU-Net 2.8 (2d, from scratch) for some minutes and predicts images: a row of `acinus compare --predictions`.

    python -m venv nnunet && nnunet/bin/pip install torch==2.13.0 nnunetv2==2.8.1 opencv-python-headless
    nnunet/bin/python bench/baseline/peer_nnunet.py TRAIN TEST -o OUT --work WORK --minutes 20

TRAIN holds images/ and masks/, TEST images/, all RGB. OUT gets a mask (0 and 255) for each image of TEST; WORK, which must be empty or missing, is
nnU-Net's own folder. nnU-Net plans for itself; only the number of its epochs is set, by timing one, so that the training takes the minutes. All
images of TRAIN are trained on, and the last weights predict, with nnU-Net's mirroring.
"""

import argparse
import json
import os
import time
from pathlib import Path

import cv2

NAME, NUMBER = "Dataset501_cells", 501
ITERATIONS = 10  # of an epoch: short, so that the minutes are met


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    output, work = Path(options.output), Path(options.work).resolve()
    for folder in (output, work):
        if folder.exists() and any(folder.iterdir()):
            parser.error(f"{folder} is not empty")
    # nnU-Net reads these when it is imported.
    for name in ("raw", "preprocessed", "results"):
        os.environ[f"nnUNet_{name}"] = str(work / name)
    os.environ.update(nnUNet_n_proc_DA="1", nnUNet_def_n_proc="1", nnUNet_compile="f")
    raw = write_raw(options.train, work / "raw" / NAME)
    images = write_images(options.test, work / "test")

    import torch
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, plan_experiments, preprocess
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    extract_fingerprints([NUMBER], num_processes=1)
    plans = plan_experiments([NUMBER])
    preprocess([NUMBER], configurations=("2d",), num_processes=(1,), **({"plans_identifier": plans} if plans else {}))

    pilot, _ = trained(work, raw, device, epochs=2)  # the first takes longer than the others
    epochs = max(1, int(60 * options.minutes / pilot[-1]))
    seconds, trainer = trained(work, raw, device, epochs)

    predictor = nnUNetPredictor(tile_step_size=0.5, use_mirroring=True, device=device, perform_everything_on_device=options.device != "cpu")
    folder = Path(trainer.output_folder).parent
    predictor.initialize_from_trained_model_folder(str(folder), use_folds=("all",), checkpoint_name="checkpoint_final.pth")
    predictor.predict_from_files(
        str(work / "test"), str(work / "predicted"), save_probabilities=False, num_processes_preprocessing=1, num_processes_segmentation_export=1
    )
    output.mkdir(parents=True, exist_ok=True)
    for name in images:
        mask = cv2.imread(str(work / "predicted" / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(output / f"{name}.png"), 255 * (mask > 0).astype("uint8"))
    parameters = sum(parameter.numel() for parameter in trainer.network.parameters())
    print(json.dumps({"epochs": epochs, "iterations": epochs * ITERATIONS, "minutes": sum(seconds) / 60, "parameters": parameters}))


def trained(work, dataset, device, epochs):
    """The seconds of each epoch, and the trainer."""
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    plans = json.loads((work / "preprocessed" / NAME / "nnUNetPlans.json").read_text()) | {"continue_training": False}
    trainer = nnUNetTrainer(plans=plans, configuration="2d", fold="all", dataset_json=dataset, device=device)
    trainer.num_epochs, trainer.num_iterations_per_epoch, trainer.num_val_iterations_per_epoch = epochs, ITERATIONS, 1
    trainer.save_every = 10**9
    times = []
    begin = trainer.on_epoch_start
    trainer.on_epoch_start = lambda: (times.append(time.perf_counter()), begin())
    trainer.run_training()
    times.append(time.perf_counter())
    return [after - before for before, after in zip(times, times[1:])], trainer


def write_raw(folder, raw):
    """The pairs as nnU-Net wants them; returns its dataset.json."""
    names = write_images(folder, raw / "imagesTr")
    labels = raw / "labelsTr"
    labels.mkdir(parents=True)
    for name in names:
        mask = cv2.imread(str(next((Path(folder) / "masks").glob(f"{name}.*"))), cv2.IMREAD_GRAYSCALE)
        cv2.imwrite(str(labels / f"{name}.png"), (mask > 0).astype("uint8"))
    description = {
        "channel_names": {"0": "R", "1": "G", "2": "B"},
        "labels": {"background": 0, "cell": 1},
        "numTraining": len(names),
        "file_ending": ".png",
        "overwrite_image_reader_writer": "NaturalImage2DIO",
    }
    (raw / "dataset.json").write_text(json.dumps(description))
    return description


def write_images(folder, target):
    target.mkdir(parents=True)
    names = []
    for path in sorted((Path(folder) / "images").iterdir()):
        cv2.imwrite(str(target / f"{path.stem}_0000.png"), cv2.imread(str(path), cv2.IMREAD_COLOR))
        names.append(path.stem)
    return names


if __name__ == "__main__":
    main()
