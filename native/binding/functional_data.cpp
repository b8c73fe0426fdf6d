// Mask statistics, sampling and drop-connect in acinus/functional.
#include <cstring>

#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "core/data/complexity.h"
#include "core/data/weighted_sampler.h"
#include "core/ops/draws.h"

namespace acinus::binding {

namespace {

ComplexityOptions read_complexity_options(const Napi::Object& options) {
  ComplexityOptions out;
  out.empty_weight = number(options, "emptyWeight");
  out.cell_weight = number(options, "cellWeight");
  out.boundary_gain = number(options, "boundaryGain");
  out.density_gain = number(options, "densityGain");
  out.boundary_scale = number(options, "boundaryScale");
  out.crowded_components = number(options, "crowdedComponents");
  out.small_area = number(options, "smallArea");
  out.small_factor = number(options, "smallFactor");
  return out;
}

Napi::Int32Array int_array(Napi::Env env, const std::vector<int32_t>& values) {
  Napi::Int32Array out = Napi::Int32Array::New(env, values.size());
  if (!values.empty()) std::memcpy(out.Data(), values.data(), values.size() * sizeof(int32_t));
  return out;
}

uint64_t unsigned_value(const Napi::Value& value) { return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value()); }

// maskStatistics(mask, height, width)
Napi::Value statistics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const ImageSize size = read_size(info[1], info[2]);
    const MaskStatistics found = mask_statistics(read_bytes(info[0], size.pixels(), "mask").Data(), size.height, size.width);
    Napi::Object out = Napi::Object::New(env);
    out.Set("area", static_cast<double>(found.area));
    out.Set("perimeter", found.perimeter);
    out.Set("components", static_cast<double>(found.components));
    out.Set("smallestComponent", static_cast<double>(found.smallest_component));
    return out;
  });
}

// complexityWeight(statistics, options)
Napi::Value weight(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto statistics = info[0].As<Napi::Object>();
    const MaskStatistics read{integer(statistics, "area"), number(statistics, "perimeter"), integer(statistics, "components"),
                              integer(statistics, "smallestComponent")};
    return Napi::Number::New(info.Env(), complexity_weight(read, read_complexity_options(info[1].As<Napi::Object>())));
  });
}

// weightedDraw(weights, count, seed, epoch)
Napi::Value weighted(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto weights = info[0].As<Napi::Float64Array>();
    return int_array(info.Env(),
                     weighted_draw({weights.Data(), weights.Data() + weights.ElementLength()},
                                   info[1].As<Napi::Number>().Int64Value(), unsigned_value(info[2]), unsigned_value(info[3])));
  });
}

// uniformDraw(count, seed, epoch)
Napi::Value uniform(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return int_array(info.Env(),
                     uniform_draw(info[0].As<Napi::Number>().Int64Value(), unsigned_value(info[1]), unsigned_value(info[2])));
  });
}

// dropConnectMask({seed, step, block, batch, probability})
Napi::Value drop_connect(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto where = info[0].As<Napi::Object>();
    const Tensor factors = ops::drop_connect_factors({.seed = seed_value(where, "seed"),
                                                      .step = seed_value(where, "step"),
                                                      .first_block = integer(where, "block"),
                                                      .batch = integer(where, "batch"),
                                                      .base = number(where, "probability")},
                                                     torch::kCPU);
    return tensor_bytes(info.Env(), factors.gt(0).to(torch::kUInt8));
  });
}

}  // namespace

void add_data_functions(Napi::Env env, Napi::Object functional) {
  functional.Set("maskStatistics", Napi::Function::New(env, statistics, "maskStatistics"));
  functional.Set("complexityWeight", Napi::Function::New(env, weight, "complexityWeight"));
  functional.Set("weightedDraw", Napi::Function::New(env, weighted, "weightedDraw"));
  functional.Set("uniformDraw", Napi::Function::New(env, uniform, "uniformDraw"));
  functional.Set("dropConnectMask", Napi::Function::New(env, drop_connect, "dropConnectMask"));
}

}  // namespace acinus::binding
