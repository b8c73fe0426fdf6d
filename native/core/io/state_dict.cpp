#include "core/io/state_dict.h"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "core/error.h"

namespace acinus {

namespace {

constexpr size_t kShown = 3;
constexpr size_t kCompared = 20;  // names that get a nearest one; each is compared with all of the other side

void collect(nn::Module& module, const std::string& prefix, StateDict& out) {
  for (const auto& item : module.named_parameters(false)) out.emplace_back(prefix + item.key(), item.value().detach());
  for (const auto& item : module.named_buffers(false)) out.emplace_back(prefix + item.key(), item.value().detach());
  for (const auto& child : module.named_children()) collect(*child.value(), prefix + child.key() + ".", out);
}

size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t cost = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({cost, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

// Nothing where no name is near.
const std::string* nearest(const std::string& name, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  size_t least = name.size() / 2 + 1;
  for (const auto& candidate : known) {
    const size_t edits = edit_distance(name, candidate);
    if (edits < least) {
      best = &candidate;
      least = edits;
    }
  }
  return best;
}

void add_nearest(LoadReport& report) {
  const auto compare = [&](const std::vector<std::string>& names, const std::vector<std::string>& others) {
    for (size_t i = 0; i < std::min(kCompared, names.size()); ++i) {
      if (const std::string* near = nearest(names[i], others)) report.nearest.emplace_back(names[i], *near);
    }
  };
  compare(report.missing, report.unexpected);
  compare(report.unexpected, report.missing);
}

void describe(std::ostringstream& out, const char* what, const std::vector<std::string>& names,
              const std::vector<std::string>& candidates) {
  if (names.empty()) return;
  out << ' ' << names.size() << ' ' << what << ": ";
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) {
    out << (i > 0 ? ", " : "") << names[i];
    if (const std::string* near = nearest(names[i], candidates)) out << " (nearest: " << *near << ")";
  }
  out << (names.size() > kShown ? ", …." : ".");
}

std::string shape_text(const Tensor& tensor) {
  std::ostringstream out;
  out << tensor.sizes();
  return out.str();
}

// Does the part of `name` that may be absent hold nothing in `state`?
bool part_is_absent(const std::string& name, const StateDict& state, const std::vector<std::string>& optional_parts) {
  return std::any_of(optional_parts.begin(), optional_parts.end(), [&](const std::string& part) {
    return name.starts_with(part) &&
           std::none_of(state.begin(), state.end(), [&](const auto& item) { return item.first.starts_with(part); });
  });
}

bool is_batch_count(const std::string& name) { return name.ends_with(".num_batches_tracked"); }

}  // namespace

StateDict state_dict(nn::Module& network) {
  StateDict out;
  collect(network, "", out);
  return out;
}

Tensor state_entry(const nn::Module& network, const std::string& name) {
  if (const size_t dot = name.find('.'); dot != std::string::npos) {
    const auto children = network.named_children();
    const auto* child = children.find(name.substr(0, dot));
    return child ? state_entry(**child, name.substr(dot + 1)) : Tensor();
  }
  const auto parameters = network.named_parameters(false), buffers = network.named_buffers(false);
  const Tensor* parameter = parameters.find(name);
  const Tensor* found = parameter ? parameter : buffers.find(name);
  return found ? found->detach() : Tensor();
}

LoadReport load_state_dict(nn::Module& network, const StateDict& state, const LoadOptions& options) {
  const torch::NoGradGuard no_grad;
  std::unordered_map<std::string, Tensor> given(state.begin(), state.end());
  LoadReport report;
  std::vector<std::pair<Tensor, Tensor>> copies;  // to, from
  for (const auto& [name, tensor] : state_dict(network)) {
    const auto found = given.find(name);
    if (found == given.end()) {
      // As in PyTorch: files from before this counter existed are whole files.
      if (!is_batch_count(name)) report.missing.push_back(name);
      continue;
    }
    if (found->second.sizes() == tensor.sizes()) {
      copies.emplace_back(tensor, found->second);
    } else {
      report.mismatched.push_back(name + ": file " + shape_text(found->second) + ", network " + shape_text(tensor));
    }
    given.erase(found);
  }
  for (const auto& item : state) {
    if (given.contains(item.first)) report.unexpected.push_back(item.first);
  }
  std::vector<std::string> lacking;
  std::copy_if(report.missing.begin(), report.missing.end(), std::back_inserter(lacking),
               [&](const std::string& name) { return !part_is_absent(name, state, options.optional_parts); });
  const bool whole = lacking.empty() && report.unexpected.empty() && report.mismatched.empty();
  if ((options.strict && !whole) || copies.empty()) {
    std::ostringstream message;
    message << options.source << (copies.empty() ? " have nothing in common with the network." : " do not fit the network.");
    describe(message, "missing", lacking, report.unexpected);
    describe(message, "unexpected", report.unexpected, lacking);
    describe(message, "of another shape", report.mismatched, {});
    message << " Create the network that they were saved from"
            << (copies.empty() ? "." : ", or load what fits with strict: false.");
    throw Error("ACINUS_WEIGHTS_MISMATCH", message.str(), {.file = options.file});
  }
  add_nearest(report);
  for (auto& [to, from] : copies) to.copy_(from);
  report.loaded = static_cast<int64_t>(copies.size());
  return report;
}

}  // namespace acinus
