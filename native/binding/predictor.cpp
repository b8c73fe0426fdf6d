#include "binding/predictor.h"

#include <cstring>

#include "binding/cell_map.h"
#include "binding/environment.h"
#include "binding/options.h"
#include "binding/progress.h"
#include "binding/segmenter.h"
#include "binding/words.h"
#include "core/image/tta.h"
#include "core/predict/predictor.h"

namespace acinus::binding {

PredictOptions predict_options(const Napi::Object& options) {
  return {.tta = test_time_transforms(texts(options.Get("tta"), "tta")),
          .tile = integer(options, "tile"),
          .overlap = integer(options, "overlap"),
          .precision = word(options, "precision", kPrecisions),
          .batch_size = integer(options, "batch"),
          .empty_contrast = number(options, "emptyContrast"),
          .crf = read_crf_options(options)};
}

// predict(segmenter, map, options, onProgress)
Napi::Value predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto given = to_object(info[2], "options");
    auto progress = std::make_shared<Progress>(to_function(info[3], "onProgress"));
    using Result = std::shared_ptr<CellMap>;
    const auto work = [segmenter = SegmenterObject::unwrap(info[0]), map = CellMapObject::map_of(info[1]),
                       options = predict_options(given), threshold = number(given, "threshold"),
                       separation = read_separation_options(object(given, "separation")), progress](JobContext& context) {
      const Tensor probability =
          acinus::predict(*segmenter, map->image(), options, context.stop, progress->on(context)).contiguous();
      std::memcpy(map->probability.get(), probability.const_data_ptr<float>(), probability.nbytes());
      map->find(threshold, separation);
      return map;
    };
    return Environment::of(env).start<Result>(
        env, work, [](Napi::Env loop, Result& map) -> Napi::Value { return CellMapObject::measures(loop, *map); });
  });
}

}  // namespace acinus::binding
