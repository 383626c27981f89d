#include "engine/ml/options.h"

#include <algorithm>
#include <cmath>

namespace moonlet::ml {

Options Defaults(std::span<const OptionSpec> specs) {
  Options options;
  for (size_t i = 0; i < specs.size(); ++i) options.values[i] = specs[i].otherwise;
  for (const OptionSpec& spec : specs)
    if (spec.type == OptionType::kList && spec.otherwise != 0) {
      options.list[0] = spec.otherwise;
      options.listed = 1;
    }
  return options;
}

int FindOption(std::span<const OptionSpec> specs, std::string_view name) {
  for (size_t i = 0; i < specs.size(); ++i)
    if (name == specs[i].name) return static_cast<int>(i);
  return -1;
}

bool Allows(const OptionSpec& spec, double value) {
  constexpr int kMostWords = 1000;
  const bool whole = std::isfinite(value) && value == std::floor(value);
  const bool word = whole && value < 0 && value > -kMostWords &&
                    !WordAt(spec.words, static_cast<int>(-1 - value)).empty();
  switch (spec.type) {
    case OptionType::kNumber:
      return word || (std::isfinite(value) && value >= spec.least && value <= spec.most);
    case OptionType::kWhole:
    case OptionType::kList:
      return word || (whole && value >= spec.least && value <= spec.most);
    case OptionType::kFlag:
      return value == 0 || value == 1;
    case OptionType::kWord:
      return whole && value >= 0 && value < kMostWords &&
             !WordAt(spec.words, static_cast<int>(value)).empty();
    case OptionType::kSeed:
      return whole && value >= 0 && value < 0x1p53;
  }
  return false;
}

std::string_view WordAt(const char* words, int position) {
  std::string_view rest = words;
  for (; position > 0 && !rest.empty(); --position) {
    const size_t end = rest.find('|');
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  // string_view::substr would raise.
  return {rest.data(), std::min(rest.find('|'), rest.size())};
}

int WordPosition(const char* words, std::string_view word) {
  for (int i = 0;; ++i) {
    const std::string_view candidate = WordAt(words, i);
    if (candidate.empty()) return -1;
    if (candidate == word) return i;
  }
}

}  // namespace moonlet::ml
