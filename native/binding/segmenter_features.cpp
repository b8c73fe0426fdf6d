// Segmenter.features: what the encoder makes of an input.
#include "core/predict/features.h"

#include "binding/environment.h"
#include "binding/segmenter.h"
#include "binding/tensors.h"
#include "core/predict/predictor.h"

namespace acinus::binding {

// features(data, shape)
Napi::Value SegmenterObject::features(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto work = [segmenter = open(), input = read_floats(info[0], to_shape(info[1], "shape"), "data")](JobContext&) {
      const InferenceScope scope(*segmenter, Precision::kFp32);
      std::vector<Tensor> out = encoder_features(*segmenter, input);
      for (Tensor& feature : out) feature = feature.to(at::kCPU).contiguous();
      return out;
    };
    return Environment::of(info.Env())
        .start<std::vector<Tensor>>(info.Env(), work, [](Napi::Env env, std::vector<Tensor>& found) -> Napi::Value {
          const auto out = Napi::Array::New(env, found.size());
          for (uint32_t i = 0; i < found.size(); ++i) out.Set(i, typed_tensor(env, found[i]));
          return out;
        });
  });
}

}  // namespace acinus::binding
