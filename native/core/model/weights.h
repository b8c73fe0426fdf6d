// Weights from elsewhere into a network: whole smp models, encoders alone, RGB stems for four channels.
#pragma once

#include "core/io/state_dict.h"
#include "core/model/model.h"

namespace acinus {

// What counts as fitting when `strict`:
// - every entry, or
// - an encoder alone, as smp's ImageNet files are (entries without the prefix "encoder."): decoder and head keep their start,
// or
// - everything but the input projection, as in smp's models: it keeps its start.
// The classifier `_fc.*` of an ImageNet file is ignored. A stem for three channels is spread over four as smp's
// `patch_first_conv` does: channels cycled, scaled by 3/4. Otherwise throws ACINUS_WEIGHTS_MISMATCH before a value is changed.
LoadReport load_weights(SegmentationModel& network, StateDict state, bool strict);

// The entries of a part: "all"; "projection", the input projection alone; "network", everything else, which is what an smp
// model has. ACINUS_INVALID_ARGUMENT on another name.
StateDict part_of(const StateDict& state, const std::string& part);

}  // namespace acinus
