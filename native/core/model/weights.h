// Weights from elsewhere into a network: whole smp models, encoders alone, RGB stems for four channels.
#pragma once

#include "core/io/state_dict.h"
#include "core/model/model.h"

namespace acinus {

enum class LoadPart { kAll, kEncoder };  // the encoder: for another task, decoder and head keep their start
enum class SavePart { kAll, kNetwork, kProjection };

struct WeightsOptions {
  bool strict;
  LoadPart part;
  std::string source;  // subject of the sentence when they do not fit
  std::string file;    // where they are from, if from one
};

// What counts as fitting when `strict`:
// - every entry, or
// - an encoder alone, as smp's ImageNet files are (entries without the prefix that they have in the network): decoder and head
// keep their start, or
// - everything but the input projection, as in smp's models: it keeps its start.
// The classifier of an ImageNet file is ignored; so are the prefixes that wrappers add ("module.", "model.",
// "_orig_mod.", "net.", "network."). A stem for three channels is spread over four as smp's `patch_first_conv` does: channels
// cycled, scaled by 3/4. The way back takes the first three, scaled by 4/3, which undoes it exactly. The report tells which of
// these were done. Otherwise throws ACINUS_WEIGHTS_MISMATCH before a value is changed.
LoadReport load_weights(SegmentationModel& network, StateDict state, const WeightsOptions& options);

// The entries of a part. kProjection is the input projection alone; kNetwork is everything else, which is what an smp model
// has.
StateDict part_of(SegmentationModel& network, SavePart part);

}  // namespace acinus
