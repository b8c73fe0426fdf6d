// Mask statistics, sampling and drop-connect in acinus/functional.
#include <cstring>

#include "binding/functional.h"
#include "binding/options.h"
#include "binding/tensors.h"
#include "binding/words.h"
#include "core/data/complexity.h"
#include "core/data/weighted_sampler.h"
#include "core/ops/draws.h"

namespace acinus::binding {

namespace {

constexpr int64_t kMostDraws = std::numeric_limits<int32_t>::max();

ComplexityOptions read_complexity_options(const Napi::Object& options) {
  return {.version = word(options, "complexity", kComplexities),
          .empty_weight = number(options, "emptyWeight"),
          .cell_weight = number(options, "cellWeight"),
          .boundary_gain = number(options, "boundaryGain"),
          .density_gain = number(options, "densityGain"),
          .crowded_cells = number(options, "crowdedCells"),
          .boundary_scale = number(options, "boundaryScale"),
          .crowded_components = number(options, "crowdedComponents"),
          .small_area = number(options, "smallArea"),
          .small_factor = number(options, "smallFactor")};
}

// maskStatistics(mask, height, width)
Napi::Value statistics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const ImageSize size = read_size(info[1], info[2]);
    const MaskStatistics found =
        mask_statistics(read_array<uint8_t>(info[0], "mask", size.pixels()).data(), size.height, size.width);
    Napi::Object out = Napi::Object::New(env);
    out.Set("area", static_cast<double>(found.area));
    out.Set("perimeter", found.perimeter);
    out.Set("components", static_cast<double>(found.components));
    out.Set("smallestComponent", static_cast<double>(found.smallest_component));
    out.Set("pixels", static_cast<double>(found.pixels));
    out.Set("boundaryExcess", found.boundary_excess);
    out.Set("smallestWhole", static_cast<double>(found.smallest_whole));
    return out;
  });
}

// complexityWeight(statistics, options)
Napi::Value weight(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto statistics = to_object(info[0], "statistics");
    const MaskStatistics read{integer(statistics, "area"),         number(statistics, "perimeter"),
                              integer(statistics, "components"),   integer(statistics, "smallestComponent"),
                              integer(statistics, "pixels"),       number(statistics, "boundaryExcess"),
                              integer(statistics, "smallestWhole")};
    return Napi::Number::New(info.Env(), complexity_weight(read, read_complexity_options(to_object(info[1], "options"))));
  });
}

// weightedDraw(weights, count, seed, epoch)
Napi::Value weighted(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return int_array(info.Env(),
                     weighted_draw(copy_array<double>(info[0], "weights"), to_whole(info[1], "count", 0, kMostDraws),
                                   to_seed(info[2], "seed"), to_seed(info[3], "epoch")));
  });
}

// uniformDraw(count, seed, epoch)
Napi::Value uniform(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return int_array(info.Env(), uniform_draw(to_whole(info[0], "count", 0, kMostDraws), to_seed(info[1], "seed"),
                                              to_seed(info[2], "epoch")));
  });
}

// dropConnectMask({seed, step, block, batch, probability})
Napi::Value drop_connect(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto where = to_object(info[0], "where");
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
