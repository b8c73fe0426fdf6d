#include "core/ops/cpu/winograd_conv2d.h"

#include "core/ops/cpu/nhwc.h"

namespace acinus::ops::on_cpu {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kFewSums = 1 << 17;   // floats
constexpr int64_t kFewestPanels = 4;    // of outputs that are worth transforming the inputs for
constexpr int64_t kPanelsTogether = 2;  // whose sums the registers hold

int64_t panel_size(int64_t channels) { return cpu::kWinogradPlaces * cpu::winograd_place(channels * cpu::kPanel); }

// Of 4×4 outputs, in the whole batch.
int64_t tiles_of(int64_t images, const cpu::ConvolutionShape& shape) {
  return images * ((shape.height + 3) / 4) * ((shape.width + 3) / 4);
}

// Of a convolution of x, or of what x is upsampled to.
cpu::ConvolutionShape shape_for(const Tensor& x, bool upsampled, int64_t outputs) {
  const Nhwc in(x);
  const int64_t factor = upsampled ? 2 : 1;
  return {factor * in.height, factor * in.width, in.channels, outputs, upsampled ? cpu::Halved::kInput : cpu::Halved::kNothing};
}

Tensor output_of(const Tensor& x, const cpu::ConvolutionShape& shape) {
  const int64_t part = shape.halved == cpu::Halved::kOutput ? 2 : 1;
  return empty_nhwc({x.size(0), shape.out_channels, shape.height / part, shape.width / part}, x.scalar_type());
}

cpu::WeightLayout layout_of(const Tensor& weight) {
  return {weight.size(0), weight.size(1), weight.stride(0), weight.stride(1), weight.stride(3)};
}

// Taps in one row with one stride, so that a kernel can step through them.
Tensor with_even_taps(const Tensor& weight) {
  const Tensor floats = weight.scalar_type() == at::kFloat ? weight : weight.detach().to(at::kFloat);
  return floats.stride(2) == 3 * floats.stride(3) ? floats : floats.contiguous();
}

int64_t panels_of(int64_t outputs) { return (outputs + cpu::kPanel - 1) / cpu::kPanel; }

// [panels, panel_size]
Tensor at_places(const cpu::WeightLayout& layout, const float* weight) {
  const int64_t panels = panels_of(layout.out_channels);
  Tensor out = floats({panels, panel_size(layout.channels)});
  cpu::parallel_parts(panels, threads(), [&](int64_t panel) {
    const int64_t at = panel * out.stride(0);
    cpu::kernels<float>().winograd_weights(layout, weight, out.data_ptr<float>() + at, panel, panel + 1);
  });
  return out;
}

// Few tiles and many weights: the tiles are transformed once, and each panel's weights are read once, by one thread.
template <class WeightOfPanels>
Tensor by_panels(const Tensor& x, const cpu::ConvolutionShape& shape, const float* bias, cpu::Activation activation,
                 WeightOfPanels weight_of) {
  const int64_t tiles = tiles_of(x.size(0), shape), blocks = (tiles + cpu::kBlockRows - 1) / cpu::kBlockRows;
  const int64_t groups = (panels_of(shape.out_channels) + kPanelsTogether - 1) / kPanelsTogether;
  const int64_t needed = cpu::winograd_scratch(shape), of_weight = kPanelsTogether * panel_size(shape.channels);
  const Tensor inputs = floats({blocks, cpu::winograd_block(shape)}), scratch = floats({threads(), needed + of_weight});
  Tensor y = output_of(x, shape);
  with_type(x, [&]<class T>() {
    const auto& kernels = cpu::kernels<T>();
    float* const transformed = inputs.data_ptr<float>();
    const auto of_worker = [&](int worker) { return scratch.data_ptr<float>() + worker * (needed + of_weight); };
    cpu::parallel_parts(blocks, threads(), [&](int64_t block, int worker) {
      const int64_t first = block * cpu::kBlockRows, last = std::min(first + cpu::kBlockRows, tiles);
      kernels.winograd_inputs(shape, data_of<T>(x), transformed, first, last, of_worker(worker));
    });
    cpu::parallel_parts(groups, threads(), [&](int64_t group, int worker) {
      const int64_t first = group * kPanelsTogether;
      const int64_t last = std::min(first + kPanelsTogether, panels_of(shape.out_channels));
      const float* weight = weight_of(first, last, of_worker(worker) + needed);
      kernels.winograd[activation](shape, data_of<T>(x), transformed, weight, bias, data_of<T>(y), 0, tiles, first, last,
                                   of_worker(worker));
    });
  });
  return y;
}

// Blocks of tiles are dealt to the threads, and of the outputs too where the tiles alone are too few.
Tensor by_tiles(const Tensor& x, const cpu::ConvolutionShape& shape, const float* weight, const float* bias,
                cpu::Activation activation) {
  const int64_t tiles = tiles_of(x.size(0), shape), blocks = (tiles + cpu::kBlockRows - 1) / cpu::kBlockRows;
  const int64_t panels = panels_of(shape.out_channels), most_groups = std::max<int64_t>(1, panels / kFewestPanels);
  const int64_t wanted = kPartsOfThread * threads(), parts = std::min(blocks, wanted);
  const int64_t groups = std::min(most_groups, (wanted + parts - 1) / parts), needed = cpu::winograd_scratch(shape);
  const Tensor scratch = floats({std::min<int64_t>(parts * groups, threads()), needed});
  Tensor y = output_of(x, shape);
  with_type(x, [&]<class T>() {
    cpu::parallel_parts(parts * groups, threads(), [&](int64_t index, int worker) {
      const auto [begin, end] = cpu::part_of(blocks, parts, index / groups);
      const auto [first_panel, last_panel] = cpu::part_of(panels, groups, index % groups);
      cpu::kernels<T>().winograd[activation](shape, data_of<T>(x), nullptr, weight + first_panel * panel_size(shape.channels),
                                             bias, data_of<T>(y), begin * cpu::kBlockRows,
                                             std::min(end * cpu::kBlockRows, tiles), first_panel, last_panel,
                                             scratch.data_ptr<float>() + worker * needed);
    });
  });
  return y;
}

bool few_tiles(const Tensor& x, const cpu::ConvolutionShape& shape) {
  const int64_t outputs = shape.out_channels;
  return tiles_of(x.size(0), shape) <= outputs && panels_of(outputs) >= kPanelsTogether * threads();
}

Tensor convolve(const Tensor& x, const cpu::ConvolutionShape& shape, const cpu::WeightLayout& layout, const float* weight,
                const Tensor& bias) {
  const Tensor offset = bias.defined() ? as_floats(bias) : zeros({layout.out_channels});
  if (!few_tiles(x, shape)) {
    return by_tiles(x, shape, values(at_places(layout, weight)), values(offset), cpu::kIdentity);
  }
  return by_panels(x, shape, values(offset), cpu::kIdentity, [&](int64_t first, int64_t last, float* scratch) {
    cpu::kernels<float>().winograd_weights(layout, weight, scratch, first, last);
    return scratch;
  });
}

// The convolution with the kernel turned around, from outputs to inputs, which may be half as large.
Tensor input_gradient(const Tensor& dy, const Tensor& weight, bool upsampled) {
  const cpu::WeightLayout there = layout_of(weight);
  cpu::ConvolutionShape shape = shape_for(dy, false, there.channels);
  if (upsampled) shape.halved = cpu::Halved::kOutput;
  const cpu::WeightLayout back{there.channels, there.out_channels, there.channel_stride, there.out_stride, -there.tap_stride};
  return convolve(dy, shape, back, values(weight) + 8 * there.tap_stride, {});
}

// All channels in blocks whose sums and transformed inputs stay in a cache.
std::vector<cpu::ChannelBlock> blocks_of(int64_t channels, int64_t outputs) {
  constexpr int64_t kMostChannels = 192, kMostOutputs = 128, kRun = cpu::kPanel;
  const auto size_for = [](int64_t all, int64_t most) {
    const int64_t count = (all + most - 1) / most;
    return (all + count * kRun - 1) / (count * kRun) * kRun;
  };
  const int64_t c_size = size_for(channels, kMostChannels), o_size = size_for(outputs, kMostOutputs);
  std::vector<cpu::ChannelBlock> blocks;
  for (int64_t c = 0; c < channels; c += c_size) {
    for (int64_t o = 0; o < outputs; o += o_size) {
      blocks.push_back({c, std::min(c + c_size, channels), o, std::min(o + o_size, outputs)});
    }
  }
  return blocks;
}

Tensor weight_gradient(const Tensor& x, bool upsampled, const Tensor& dy, const Tensor& weight) {
  const cpu::ConvolutionShape shape = shape_for(x, upsampled, dy.size(1));
  const auto blocks = blocks_of(shape.channels, shape.out_channels);
  const auto count = static_cast<int64_t>(blocks.size()), tiles = tiles_of(x.size(0), shape);
  const cpu::ChannelBlock& largest = blocks.front();
  const int64_t most = cpu::kWinogradPlaces * cpu::winograd_place((largest.c_end - largest.c_begin) *
                                                                  cpu::winograd_row(largest.o_end - largest.o_begin));
  Tensor gradient = at::empty_like(weight);
  const auto finish = [&](int64_t block, const float* sums) {
    const auto [c_begin, c_end, o_begin, o_end] = blocks[block];
    cpu::WeightLayout layout = layout_of(gradient);
    float* to = gradient.data_ptr<float>() + o_begin * layout.out_stride + c_begin * layout.channel_stride;
    layout.channels = c_end - c_begin;
    layout.out_channels = o_end - o_begin;
    cpu::kernels<float>().winograd_weight_gradient(layout, sums, to);
  };
  const int64_t scratch_size = cpu::winograd_backward_scratch(shape, largest);
  // Each part has its own sums, so there are many parts only if the sums are small.
  const int64_t each = most < kFewSums ? parts_per_image(count, tiles) : fewest_parts_per_image(count, tiles);
  with_type(x, [&]<class T>() {
    const auto sum_up = [&](int64_t block, int64_t first, int64_t length, float* sums, float* scratch) {
      cpu::kernels<T>().winograd_backward_weight(shape, data_of<T>(x), data_of<T>(dy), blocks[block], sums, first,
                                                 first + length, scratch);
    };
    if (each == 1) {
      for_stretches_with_scratch(count, tiles, each, scratch_size + most,
                                 [&](int64_t block, int64_t, int64_t first, int64_t length, float* scratch) {
                                   sum_up(block, first, length, scratch + scratch_size, scratch);
                                   finish(block, scratch + scratch_size);
                                 });
      return;
    }
    const Tensor partial = floats({count, each, most});
    for_stretches_with_scratch(
        count, tiles, each, scratch_size, [&](int64_t block, int64_t part, int64_t first, int64_t length, float* scratch) {
          sum_up(block, first, length, partial.data_ptr<float>() + (block * each + part) * most, scratch);
        });
    const Tensor sums = sum_of_parts(partial);
    cpu::parallel_parts(count, threads(), [&](int64_t block) { finish(block, values(sums) + block * most); });
  });
  return gradient;
}

struct WinogradFunction : torch::autograd::Function<WinogradFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                        bool upsampled) {
    const KernelsAlone alone;
    const Tensor offset = bias.value_or(Tensor()), taps = with_even_taps(weight);
    context->save_for_backward({x, weight, offset});
    context->saved_data["upsampled"] = upsampled;
    return convolve(x, shape_for(x, upsampled, weight.size(0)), layout_of(taps), values(taps), offset);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const KernelsAlone alone;
    const auto saved = context->get_saved_variables();
    const Tensor x = saved[0], weight = with_even_taps(saved[1]), dy = as_laid_out(gradients[0], x);
    const bool upsampled = context->saved_data["upsampled"].toBool();
    Tensor dx, dweight, dbias;
    if (context->needs_input_grad(0)) dx = input_gradient(dy, weight, upsampled);
    if (context->needs_input_grad(1)) dweight = weight_gradient(x, upsampled, dy, weight).to(saved[1].scalar_type());
    if (saved[2].defined() && context->needs_input_grad(2)) dbias = sum_of_pixels(dy);
    return {dx, dweight, dbias, Tensor()};
  }
};

}  // namespace

bool own_products_pay(at::ScalarType type, bool by_winograd) {
  if (type != at::kFloat && type != at::kBFloat16) return false;
  // LibTorch multiplies bfloat16 where the processor does. Vectors of it save less than Winograd.
  const bool slower = type == at::kBFloat16 && (by_winograd ? cpu::multiplies_tiles() : cpu::multiplies_bfloat16());
  return !slower && cpu::kernels_enabled();
}

Tensor winograd_weights(const Tensor& weight) {
  const Tensor taps = with_even_taps(weight);
  return at_places(layout_of(taps), values(taps));
}

Tensor winograd_conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, bool upsampled) {
  return WinogradFunction::apply(x, weight, bias.defined() ? std::optional(bias) : std::nullopt, upsampled);
}

Tensor winograd(const Tensor& x, const Tensor& weight, const Tensor& bias, cpu::Activation activation, bool upsampled) {
  const cpu::ConvolutionShape shape = shape_for(x, upsampled, bias.size(0));
  if (!few_tiles(x, shape)) return by_tiles(x, shape, values(weight), values(bias), activation);
  return by_panels(x, shape, values(bias), activation,
                   [&](int64_t first, int64_t, float*) { return values(weight) + first * panel_size(shape.channels); });
}

}  // namespace acinus::ops::on_cpu
