#include "core/model/plan.h"

namespace acinus {

Plan::Value Plan::append(PlanLayer layer) {
  layers_.push_back(std::move(layer));
  return static_cast<Value>(layers_.size()) - 1;
}

Plan::Value Plan::input(int64_t channels) { return append({.kind = "input", .path = {}, .inputs = {}, .channels = channels}); }

Plan::Value Plan::pad(Value x, int64_t multiple) {
  return append({.kind = "pad", .path = {}, .inputs = {x}, .channels = channels(x), .multiple = multiple});
}

Plan::Value Plan::convolution(Value x, const std::string& path, const ConvolutionImpl& convolution) {
  const ConvolutionOptions& options = convolution.options();
  TORCH_INTERNAL_ASSERT(options.in_channels == channels(x));
  return append({.kind = "convolution", .path = path, .inputs = {x}, .channels = options.out_channels, .convolution = options});
}

Plan::Value Plan::convolution(Value x, const std::string& path, const ConvolutionImpl& convolution,
                              const std::string& norm_path, const nn::BatchNorm2dImpl& norm) {
  const Value out = Plan::convolution(x, path, convolution);
  layers_.back().norm = norm_path;
  layers_.back().epsilon = norm.options.eps();
  return out;
}

Plan::Value Plan::up_convolution(Value x, const std::string& path, int64_t out_channels) {
  return append({.kind = "up_convolution", .path = path, .inputs = {x}, .channels = out_channels});
}

Plan::Value Plan::apply(const char* kind, Value x, const std::string& path) {
  return append({.kind = kind, .path = path, .inputs = {x}, .channels = channels(x)});
}

Plan::Value Plan::multiply(Value x, Value factor) {
  return append({.kind = "multiply", .path = {}, .inputs = {x, factor}, .channels = channels(x)});
}

Plan::Value Plan::add(Value x, Value y) {
  return append({.kind = "add", .path = {}, .inputs = {x, y}, .channels = channels(x)});
}

Plan::Value Plan::concatenate(const std::vector<Value>& all, const std::string& path) {
  if (all.size() == 1) return all.front();
  int64_t sum = 0;
  for (const Value x : all) sum += channels(x);
  return append({.kind = "concatenate", .path = path, .inputs = all, .channels = sum});
}

Plan::Value Plan::expand(Value x, Value like) {
  return append({.kind = "expand", .path = {}, .inputs = {x, like}, .channels = channels(x)});
}

Plan::Value Plan::crop(Value x, Value like) {
  return append({.kind = "crop", .path = {}, .inputs = {x, like}, .channels = channels(x)});
}

}  // namespace acinus
