// connectedComponents, distanceTransform and metrics of acinus/functional.
#include "binding/evaluation_result.h"
#include "binding/functional.h"
#include "binding/pixels.h"
#include "core/eval/summary.h"
#include "core/image/components.h"
#include "core/ops/distance.h"

namespace acinus::binding {

namespace {

// connectedComponents(mask, height, width)
Napi::Value components(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const ImageSize size = read_size(info[1], info[2]);
    const Components found =
        connected_components(read_array<uint8_t>(info[0], "mask", size.pixels()).data(), size.height, size.width);
    Napi::Object out = Napi::Object::New(env);
    out.Set("labels", int_array(env, found.labels));
    out.Set("count", found.count);
    return out;
  });
}

// distanceTransform(mask, height, width)
Napi::Value distances(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const ImageSize size = read_size(info[1], info[2]);
    const auto found = distance_transform(read_array<uint8_t>(info[0], "mask", size.pixels()).data(), size.height, size.width);
    return float_array(env, found.data(), found.size());
  });
}

std::vector<uint8_t> planes(std::span<const uint8_t> interleaved) {
  const size_t pixels = interleaved.size() / 3;
  std::vector<uint8_t> out(3 * pixels);
  for (size_t i = 0; i < pixels; ++i) {
    for (size_t channel = 0; channel < 3; ++channel) out[channel * pixels + i] = interleaved[3 * i + channel];
  }
  return out;
}

// Labels of cells, or nothing.
std::span<const int32_t> cells_or_none(const Napi::Value& value, const char* name, const ImageSize& size) {
  if (value.IsNull()) return {};
  return read_array<int32_t>(value, name, size.pixels());
}

// metrics(prediction, truth, rgb | null, height, width, emptyScore, predictedCells | null, trueCells | null)
Napi::Value metrics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const ImageSize size = read_size(info[3], info[4]);
    const auto prediction = read_array<uint8_t>(info[0], "prediction", size.pixels());
    const auto truth = read_array<uint8_t>(info[1], "truth", size.pixels());
    std::vector<uint8_t> channels;
    if (!info[2].IsNull()) channels = planes(read_array<uint8_t>(info[2], "rgb", 3 * size.pixels()));
    const MeasureOptions options{.pixel_only = false, .empty_score = to_number(info[5], "emptyScore")};
    const auto predicted_cells = cells_or_none(info[6], "predictedCells", size);
    const auto true_cells = cells_or_none(info[7], "trueCells", size);
    const Measurement measured = measure(prediction.data(), truth.data(), channels.empty() ? nullptr : channels.data(),
                                         size.height, size.width, options, true_cells.data(), predicted_cells.data());
    // One image has no spread to resample.
    return to_js(env, summarize({measured}, {.threshold = 0.5, .measure = options, .bootstrap_rounds = 0, .seed = 0}));
  });
}

}  // namespace

void add_eval_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("connectedComponents", Napi::Function::New(env, components, "connectedComponents"));
  functional.Set("distanceTransform", Napi::Function::New(env, distances, "distanceTransform"));
  functional.Set("metrics", Napi::Function::New(env, metrics, "metrics"));
}

}  // namespace acinus::binding
