#include "binding/predictor.h"

#include <cstring>

#include "binding/cells.h"
#include "binding/progress.h"
#include "binding/segmenter.h"
#include "binding/tensors.h"
#include "core/image/tta.h"
#include "core/predict/predictor.h"

namespace acinus::binding {

namespace {

struct PredictedImage {
  std::shared_ptr<OutputArray<float>> probability;
  std::shared_ptr<CellsOutput> cells;
};

PredictOptions predict_options(const Napi::Object& options) {
  return {.tta = test_time_transforms(texts(options.Get("tta"), "tta")),
          .tile = integer(options, "tile"),
          .overlap = integer(options, "overlap"),
          .precision = text(options, "precision"),
          .batch_size = integer(options, "batch")};
}

}  // namespace

// predict(segmenter, rgb, height, width, options, onProgress)
Napi::Value predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto segmenter = SegmenterObject::unwrap(info[0]);
    const ImageSize size = read_size(info[2], info[3]);
    const Tensor image = rgb_copy(info[1], size)[0];
    const auto given = to_object(info[4], "options");
    auto progress = std::make_shared<Progress>(to_function(info[5], "onProgress"));
    const PredictedImage output{std::make_shared<OutputArray<float>>(env, static_cast<size_t>(size.pixels())),
                                std::make_shared<CellsOutput>(env, size)};
    const auto work = [segmenter, image, options = predict_options(given), threshold = number(given, "threshold"), progress,
                       output](JobContext& context) {
      const Tensor probability =
          acinus::predict(*segmenter, image.contiguous(), options, context.stop, progress->on(context)).contiguous();
      std::memcpy(output.probability->data(), probability.const_data_ptr<float>(), probability.nbytes());
      output.cells->find(output.probability->data(), threshold);
      return output;
    };
    return Environment::of(env).start<PredictedImage>(env, work, [](Napi::Env loop, PredictedImage& found) -> Napi::Value {
      auto out = Napi::Object::New(loop);
      out.Set("probability", found.probability->value());
      found.cells->set(loop, out);
      return out;
    });
  });
}

}  // namespace acinus::binding
