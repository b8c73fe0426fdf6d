#include "core/eval/bootstrap.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/eval/statistics.h"
#include "core/ops/random.h"

namespace acinus {

Interval bootstrap(int64_t images, const BootstrapOptions& options,
                   const std::function<double(const std::vector<int64_t>&)>& statistic) {
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  if (images == 0) return {undefined, undefined, undefined};
  std::vector<int64_t> indices(static_cast<size_t>(images));
  std::iota(indices.begin(), indices.end(), 0);
  const double value = statistic(indices);

  std::vector<double> values;
  for (int64_t round = 0; round < options.rounds; ++round) {
    RandomStream random(options.seed, Purpose::kBootstrap, static_cast<uint64_t>(round));
    for (int64_t& index : indices) index = static_cast<int64_t>(random.below(static_cast<uint64_t>(images)));
    const double drawn = statistic(indices);
    if (!std::isnan(drawn)) values.push_back(drawn);
  }
  return {value, percentile(values, 0.025), percentile(values, 0.975)};
}

}  // namespace acinus
