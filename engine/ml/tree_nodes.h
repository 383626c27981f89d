// engine/ml/tree_nodes.h - the four layouts of a packed node (engine/ml/trees.h).
#pragma once
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/tensor/tensor.h"

namespace moonlet::ml {

template <bool kInteger, bool kWide>
struct TreeLayout {
  using Value = std::conditional_t<kInteger, int16_t, float>;
  using Step = std::conditional_t<kWide, int32_t, int16_t>;
  static constexpr Index kValuePlaces = kInteger ? 1 : 2;
  static constexpr Index kStepPlaces = kWide ? 2 : 1;
  static constexpr Index kWidth = 1 + kValuePlaces + 2 * kStepPlaces;  // int16 of a node
  static constexpr int64_t kFarthest = kWide ? INT32_MAX : INT16_MAX;  // step
  static constexpr int64_t kLastLeaf = -int64_t{kWide ? INT32_MIN : INT16_MIN};

  static uint16_t Feature(const int16_t* node) { return static_cast<uint16_t>(node[0]); }
  static Value Threshold(const int16_t* node) { return Load<Value>(node + 1); }
  static Step Left(const int16_t* node) { return Load<Step>(node + 1 + kValuePlaces); }
  static Step Right(const int16_t* node) {
    return Load<Step>(node + 1 + kValuePlaces + kStepPlaces);
  }
  static Step Side(const int16_t* node, bool right) {
    return Load<Step>(node + 1 + kValuePlaces + (right ? kStepPlaces : 0));
  }
  static const Value* Row([[maybe_unused]] const float* floats,
                          [[maybe_unused]] const int16_t* integers) {
    if constexpr (kInteger) {
      return integers;
    } else {
      return floats;
    }
  }
  static void Store(uint16_t feature, Value threshold, Step left, Step right, int16_t* node) {
    node[0] = static_cast<int16_t>(feature);
    std::memcpy(node + 1, &threshold, sizeof threshold);
    std::memcpy(node + 1 + kValuePlaces, &left, sizeof left);
    std::memcpy(node + 1 + kValuePlaces + kStepPlaces, &right, sizeof right);
  }

 private:
  template <typename T>
  static T Load(const int16_t* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
};

// Calls with(TreeLayout<...>()) for the layout of nodes of that many int16; false if there is none.
template <typename With>
bool WithTreeLayout(Index width, With with) {
  if (width == TreeLayout<true, false>::kWidth) return with(TreeLayout<true, false>()), true;
  if (width == TreeLayout<false, false>::kWidth) return with(TreeLayout<false, false>()), true;
  if (width == TreeLayout<true, true>::kWidth) return with(TreeLayout<true, true>()), true;
  if (width == TreeLayout<false, true>::kWidth) return with(TreeLayout<false, true>()), true;
  return false;
}

}  // namespace moonlet::ml
