// engine/nn/fate.h - what becomes of an operator when a model is made ready to run.
#pragma once
#include <cstdint>

namespace moonlet {

enum class Fate : uint8_t {
  kRuns,
  kRefused,   // it cannot
  kAlias,     // its outputs are what others left in memory: nothing has to be copied
  kComputed,  // it ran once, at load: its outputs are constants
  kFolded,    // another operator does its work
  kPatched,   // it runs in patches, in the step of the first of a chain
  kDropped    // nobody reads what it gives
};

struct OperatorFate {
  Fate fate = Fate::kRuns;
  uint16_t into = 0;  // the operator that does the work of one that is folded, or leads the chain
};

}  // namespace moonlet
