#include "binding/predictor.h"

#include "binding/environment.h"
#include "binding/pixels.h"
#include "binding/progress.h"
#include "binding/segmenter.h"
#include "core/image/tta.h"
#include "core/predict/predictor.h"

namespace acinus::binding {

namespace {

PredictOptions predict_options(const Napi::Object& options) {
  return {.tta = test_time_transforms(texts(object(options, "tta"))),
          .tile = integer(options, "tile"),
          .overlap = integer(options, "overlap"),
          .precision = text(options, "precision"),
          .batch_size = integer(options, "batch")};
}

}  // namespace

Napi::Value predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    auto segmenter = SegmenterObject::unwrap(info[0]);
    const ImageSize size = read_size(info[2], info[3]);
    Napi::Uint8Array rgb = read_bytes(info[1], 3 * size.pixels(), "rgb");
    const Tensor interleaved = at::from_blob(rgb.Data(), {size.height, size.width, 3}, at::kByte);
    auto progress = std::make_shared<Progress>(info[5].As<Napi::Function>());
    return Environment::of(env).start<Tensor>(
        env,
        [segmenter, image = interleaved.permute({2, 0, 1}).contiguous(), options = predict_options(info[4].As<Napi::Object>()),
         progress](JobContext& context) {
          return acinus::predict(*segmenter, image, options, context.stop, progress->on(context));
        },
        [](Napi::Env loop, Tensor& result) -> Napi::Value {
          return float_array(loop, result.const_data_ptr<float>(), static_cast<size_t>(result.numel()));
        });
  });
}

}  // namespace acinus::binding
