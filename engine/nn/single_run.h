// engine/nn/single_run.h - one operator run by itself, at load, on inputs that are constant.
//
//   SingleRun run(node, nesting, constants);
//   if (run.Run().ok()) ... run.output(0) ...
//
// Memory is on loan from the Nesting's allocator until the object goes.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/nn/graph.h"
#include "engine/nn/plan.h"
#include "engine/nn/prepare.h"

namespace moonlet {

class SingleRun {
 public:
  // `constants` are those that the node sees.
  SingleRun(const Node& node, Nesting& nesting, const ConstantMemory& constants)
      : node_(node), nesting_(nesting), constants_(constants), plan_(nesting.allocator) {}
  SingleRun(const SingleRun&) = delete;
  ~SingleRun();

  // As Session::Open and Run. kUnsupported also for an operator that keeps state.
  Status Run();
  // What it gave. After Run.
  const uint8_t* output(int k) const { return arena_ + plan_.offset(node_.output_index(k)); }

 private:
  Status Plan();
  Status Write();
  Status Execute();

  const Node& node_;
  Nesting& nesting_;
  const ConstantMemory constants_;
  MemoryPlan plan_;
  uint8_t* step_ = nullptr;
  uint8_t* arena_ = nullptr;
  size_t step_bytes_ = 0;
};

}  // namespace moonlet
