#include "core/train/loss_weights.h"

#include "core/io/run_checkpoint.h"

namespace acinus {

namespace {

std::string key_of(const LossTerm& term) { return std::string("loss_weight.") + term.name; }

}  // namespace

const LossWeights& RunningLossWeights::of(int64_t epoch) const {
  if (by_epoch_.empty()) return current_;
  return by_epoch_[std::min(static_cast<size_t>(epoch), by_epoch_.size() - 1)];
}

std::optional<NamedValues> RunningLossWeights::tell(int64_t epoch) {
  const LossWeights& now = of(epoch);
  if (now == told_) return std::nullopt;
  told_ = now;
  NamedValues out;
  for (size_t i = 0; i < now.size(); ++i) out.emplace_back(loss_terms()[i].name, now[i]);
  return out;
}

std::map<std::string, std::string> RunningLossWeights::state() const {
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < current_.size(); ++i) out[key_of(loss_terms()[i])] = to_text({current_[i], told_[i]});
  return out;
}

void RunningLossWeights::restore(const std::map<std::string, std::string>& state) {
  for (size_t i = 0; i < current_.size(); ++i) {
    const auto found = state.find(key_of(loss_terms()[i]));
    if (found == state.end()) continue;
    const auto weights = from_text(found->second);
    if (weights.size() != 2) continue;
    current_[i] = weights[0];
    told_[i] = weights[1];
  }
}

}  // namespace acinus
