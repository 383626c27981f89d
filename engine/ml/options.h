// engine/ml/options.h - what an estimator is told before it is fitted: numbers, by position.
//
//   enum { kDepth, kCriterion, kSeed };
//   constexpr OptionSpec kTreeOptions[] = {
//       {"depth", "max_depth", OptionType::kWhole, 0, 0, 1e6f},
//       {"criterion", "", OptionType::kWord, 0, 0, 0, "gini|entropy"},
//       {"seed", "random_state", OptionType::kSeed},
//   };
//   const int depth = options.Whole(kDepth);
//
// Files name options, so their order may change and new ones come.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace moonlet::ml {

enum class OptionType : uint8_t {
  kNumber,  // a finite number
  kWhole,   // a whole number
  kFlag,    // a boolean: 0 or 1
  kWord,    // one of the words: its position from 0
  kSeed,    // a whole number of up to 53 bits; drawn when it is not given
  kList,    // up to kMostListed whole numbers; at most one such option of a kind
};

// The largest member first, so that a device's hundreds of these hold no padding.
struct OptionSpec {
  double otherwise = 0;  // unless given; of a list: its one number, 0 for an empty list
  const char* name = "";
  const char* sklearn = "";   // the name scikit-learn has for it; "" where it has none or the same
  const char* words = "";     // "gini|entropy". Of a number's words, word i is the value -1 - i.
  float least = 0, most = 0;  // of numbers, and of each number of a list
  OptionType type = OptionType::kNumber;

  constexpr OptionSpec() = default;
  constexpr OptionSpec(const char* its_name, const char* sklearn_name, OptionType its_type,
                       double unless_given = 0, float at_least = 0, float at_most = 0,
                       const char* its_words = "")
      : otherwise(unless_given),
        name(its_name),
        sklearn(sklearn_name),
        words(its_words),
        least(at_least),
        most(at_most),
        type(its_type) {}
};

inline constexpr int kMostOptions = 20;
inline constexpr int kMostListed = 4;

struct Options {
  double values[kMostOptions] = {};
  double list[kMostListed] = {};
  int listed = 0;

  double Number(int option) const { return values[option]; }
  int64_t Whole(int option) const { return static_cast<int64_t>(values[option]); }
  bool Flag(int option) const { return values[option] != 0; }
  int Word(int option) const { return static_cast<int>(values[option]); }
  uint64_t Seed(int option) const { return static_cast<uint64_t>(values[option]); }
};

// All options as they are unless given; seeds 0.
Options Defaults(std::span<const OptionSpec> specs);
// Position of a name, or -1.
int FindOption(std::span<const OptionSpec> specs, std::string_view name);
// Whether a value, as it stands in a file, is one that the option can have.
bool Allows(const OptionSpec& spec, double value);
// The word at `position` of "gini|entropy", empty when there are not so many; and the position of
// a word, or -1.
std::string_view WordAt(const char* words, int position);
int WordPosition(const char* words, std::string_view word);

}  // namespace moonlet::ml
