#include "binding/predictor.h"

#include "binding/cell_map.h"
#include "binding/environment.h"
#include "binding/members.h"
#include "binding/options.h"
#include "binding/progress.h"
#include "binding/segmenter.h"
#include "binding/words.h"
#include "core/image/tta.h"
#include "core/predict/predictor.h"
#include "core/predict/rescaled.h"

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
    const auto work = [segmenters = SegmenterObject::unwrap_all(info[0]), map = CellMapObject::map_of(info[1]),
                       options = predict_options(given), threshold = number(given, "threshold"),
                       separation = read_separation_options(object(given, "separation")), scale = number(given, "scale"),
                       progress](JobContext& context) {
      const Tensor image = rescaled_image(map->image().unsqueeze(0), scale)[0];
      const Tensor probability =
          acinus::predict(members_of(segmenters), image, options, context.stop, progress->on(context)).contiguous();
      map->find(probability, threshold, separation);
      return map;
    };
    return Environment::of(env).start<Result>(
        env, work, [](Napi::Env loop, Result& map) -> Napi::Value { return CellMapObject::measures(loop, *map); });
  });
}

}  // namespace acinus::binding
