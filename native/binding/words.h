// The words of options as the core's enums, and the way back.
#pragma once

#include "binding/js.h"
#include "core/data/complexity.h"
#include "core/image/gabor.h"
#include "core/loss/term.h"
#include "core/model/model.h"
#include "core/model/weights.h"
#include "core/precision.h"
#include "core/train/metric_ema.h"

namespace acinus::binding {

template <class Value>
struct Word {
  const char* text;
  Value value;
};

inline constexpr Word<Precision> kPrecisions[] = {
    {"fp32", Precision::kFp32}, {"bf16", Precision::kBf16}, {"fp16", Precision::kFp16}};
inline constexpr Word<bool> kRecompute[] = {{"normal", false}, {"low", true}};  // of the option `memory`
inline constexpr Word<Metric> kMetrics[] = {{"diceCombined", Metric::kDiceCombined},   {"dicePerImage", Metric::kDicePerImage},
                                            {"diceWithCells", Metric::kDiceWithCells}, {"diceMicro", Metric::kDiceMicro},
                                            {"iouMicro", Metric::kIouMicro},           {"loss", Metric::kLoss}};
inline constexpr Word<EdgeScale> kEdgeScales[] = {{"image", EdgeScale::kImage}, {"fixed", EdgeScale::kFixed}};
inline constexpr Word<BoundaryScale> kBoundaryScales[] = {{"px", BoundaryScale::kPx}, {"image", BoundaryScale::kImage}};
inline constexpr Word<InputMode> kInputModes[] = {
    {"projection", InputMode::kProjection}, {"drop", InputMode::kDrop}, {"inflate", InputMode::kInflate}};
inline constexpr Word<DecoderAttention> kDecoderAttentions[] = {{"scse", DecoderAttention::kScse},
                                                                {"none", DecoderAttention::kNone}};
inline constexpr Word<ProjectionInit> kProjectionInits[] = {{"identity", ProjectionInit::kIdentity},
                                                            {"kaiming", ProjectionInit::kKaiming}};
inline constexpr Word<NormMomentum> kNormMomenta[] = {{"adaptive", NormMomentum::kAdaptive}, {"fixed", NormMomentum::kFixed}};
inline constexpr Word<Complexity> kComplexities[] = {{"v2", Complexity::kV2}, {"v1", Complexity::kV1}};
inline constexpr Word<LoadPart> kLoadParts[] = {{"all", LoadPart::kAll}, {"encoder", LoadPart::kEncoder}};
inline constexpr Word<SavePart> kSaveParts[] = {
    {"all", SavePart::kAll}, {"network", SavePart::kNetwork}, {"projection", SavePart::kProjection}};

// The value of the word under `key`. lib/config has checked it, so another word is a programming error in lib.
template <class Value, size_t N>
Value word(const Napi::Object& options, const char* key, const Word<Value> (&words)[N]) {
  const std::string given = text(options, key);
  for (const auto& [text, value] : words) {
    if (given == text) return value;
  }
  throw Napi::TypeError::New(options.Env(), "the option " + std::string(key) + " has no value \"" + given + "\"");
}

template <class Value, size_t N>
const char* word_of(Value value, const Word<Value> (&words)[N]) {
  for (const auto& word : words) {
    if (word.value == value) return word.text;
  }
  throw std::logic_error("an enum's value without a word");
}

}  // namespace acinus::binding
