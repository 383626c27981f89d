// tests/engine/nn/fates_of.h - what has become of a model's operators, and what it gives.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "engine/nn/analyze.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet::testing {

// `keeps` as a session on a host does; a device that loads a file does not.
inline std::vector<OperatorFate> FatesOf(const Model& model, bool keeps = kKeepPrepared) {
  std::vector<OperatorPlan> plans(static_cast<size_t>(OperatorCount(model)));
  ModelReport report;
  EXPECT_TRUE(Analyze(model, MallocAllocator(), &report, plans, CpuOnly(), keeps).ok());
  std::vector<OperatorFate> fates;
  for (const OperatorPlan& plan : plans) fates.push_back(plan.fate);
  return fates;
}

inline std::vector<Fate> KindsOf(const Model& model, bool keeps) {
  std::vector<Fate> kinds;
  for (const OperatorFate& fate : FatesOf(model, keeps)) kinds.push_back(fate.fate);
  return kinds;
}

// Those of a session, which has a step for each that runs.
inline std::vector<Fate> KindsOf(OpenedModel& m) {
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  const std::vector<Fate> kinds = KindsOf(m.model(), kKeepPrepared);
  int running = 0;
  for (const Fate kind : kinds)
    if (kind == Fate::kRuns) ++running;
  EXPECT_EQ(m.session().steps(), running);
  return kinds;
}

// All outputs of a run on bytes that follow from `seed`.
inline std::vector<uint8_t> OutputsOf(Session& session, uint32_t seed) {
  std::mt19937 random(seed);
  for (int i = 0; i < session.inputs(); ++i) {
    const Tensor input = session.input(i);
    auto* bytes = static_cast<uint8_t*>(input.data);
    for (size_t k = 0; k < input.bytes(); ++k) bytes[k] = static_cast<uint8_t>(random());
  }
  const StopToken stop;
  const Status s = session.Run(stop);
  EXPECT_TRUE(s.ok()) << s.what();
  std::vector<uint8_t> result;
  for (int i = 0; i < session.outputs(); ++i) {
    const Tensor output = session.output(i);
    const auto* bytes = static_cast<const uint8_t*>(output.data);
    result.insert(result.end(), bytes, bytes + output.bytes());
  }
  return result;
}

}  // namespace moonlet::testing
