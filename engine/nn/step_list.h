// engine/nn/step_list.h - the functions of steps in lists, so that a record holds a number in
// place of an address: a host can write it for a device.
//
//   const StepList kReshapeSteps = ListSteps<Step<ReshapeRecord, RunReshape>>();
//
// Each file of operators has one such list, operators/step_lists.h names them all, and steps.h
// gives the numbers.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/padding.h"
#include "engine/nn/step.h"

namespace moonlet {

// A function and the record that it runs from. Images hold the record as bytes.
template <typename RecordType, RunStep kFunction>
struct Step {
  static_assert(kHasNoPadding<RecordType>);
  using Record = RecordType;
  static constexpr RunStep kRun = kFunction;
};

struct StepList {
  const RunStep* runs;
  uint32_t count;
  uint32_t layout;  // differs, as good as always, where the size of a record does
};

// One number after the other into a sum that depends on their order.
constexpr uint32_t MixLayout(uint32_t sum, size_t next) {
  return (sum ^ static_cast<uint32_t>(next)) * 16777619u;
}
inline constexpr uint32_t kEmptyLayout = 2166136261u;

template <typename... Steps>
struct StepsOfList {
  static constexpr RunStep kRuns[] = {Steps::kRun...};
  static constexpr uint32_t Layout() {
    uint32_t sum = kEmptyLayout;
    ((sum = MixLayout(sum, sizeof(typename Steps::Record))), ...);
    return sum;
  }
};

template <typename... Steps>
constexpr StepList ListSteps() {
  using List = StepsOfList<Steps...>;
  return {List::kRuns, sizeof...(Steps), List::Layout()};
}

}  // namespace moonlet
