// tests/engine/npu/compiler/compiled_pair.h - a model on the CPU beside the same model compiled
// for an Ethos-U, run by the functional model.
#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "engine/nn/session.h"
#include "engine/npu/check.h"
#include "engine/npu/compiler/compile.h"
#include "engine/npu/ethos_u.h"

namespace moonlet::npu::testing {

class CompiledPair {
 public:
  CompiledPair(std::vector<uint8_t> file, int macs)
      : CompiledPair(std::move(file), *FindConfig(Product::kU55, macs)) {}
  CompiledPair(std::vector<uint8_t> file, const Config& config) : file_(std::move(file)) {
    Status s = Model::Open(Bytes::Borrow(file_), MallocAllocator(), &model_);
    if (s.ok()) s = Session::Open(model_, MallocAllocator(), &cpu_);
    EXPECT_TRUE(s.ok()) << s.what();
    if (!s.ok()) return;
    status_ = Compile(model_, config, StopToken(), &compiled_);
    if (!status_.ok()) return;
    s = Model::Open(Bytes::Borrow(compiled_.file), MallocAllocator(), &unit_model_);
    if (s.ok()) s = Session::Open(unit_model_, MallocAllocator(), &unit_, {WithCpu(npu_)});
    EXPECT_TRUE(s.ok()) << s.what();
    ExpectGoodStreams();
  }
  CompiledPair(const CompiledPair&) = delete;

  // Of the compiler.
  const Status& status() const { return status_; }
  const Compilation& compiled() const { return compiled_; }
  const Model& unit_model() const { return unit_model_; }
  Session& cpu() { return cpu_; }
  Session& unit() { return unit_; }

  // Runs both on the CPU's inputs and compares all outputs; how many bytes these are.
  long RunBoth() {
    for (int k = 0; k < cpu_.inputs(); ++k)
      std::memcpy(unit_.input(k).data, cpu_.input(k).data, cpu_.input(k).bytes());
    const StopToken stop;
    Status s = cpu_.Run(stop);
    EXPECT_TRUE(s.ok()) << s.what();
    s = unit_.Run(stop);
    EXPECT_TRUE(s.ok()) << s.what();
    long bytes = 0;
    for (int k = 0; k < cpu_.outputs(); ++k) {
      EXPECT_EQ(BytesOf(unit_.output(k)), BytesOf(cpu_.output(k))) << "output " << k;
      bytes += static_cast<long>(cpu_.output(k).bytes());
    }
    return bytes;
  }

  // Bytes from the whole range, or from the middle of it, where activations mostly are.
  void FillInputs(unsigned seed) {
    std::mt19937 random(seed);
    for (int k = 0; k < cpu_.inputs(); ++k) Fill(cpu_.input(k), &random, seed % 2 == 0);
  }

 private:
  // A unit would run every stream as it is meant.
  void ExpectGoodStreams() {
    const int operators = static_cast<int>(Count(MainGraph(unit_model_).operators()));
    for (int op = 0; op < operators; ++op) {
      const Node node(unit_model_, op);
      std::span<const uint8_t> payload;
      if (!PayloadOf(node, &payload)) continue;
      const std::span<const uint8_t> constants = node.input(1).data();
      const Region regions[] = {{constants.size(), constants.data()},
                                {static_cast<uint64_t>(node.input(2).bytes())},
                                {static_cast<uint64_t>(node.input(3).bytes())}};
      const Status s = CheckPayload(payload, regions);
      EXPECT_TRUE(s.ok()) << "operator " << op << ": " << s.what();
    }
  }
  static std::vector<uint8_t> BytesOf(const Tensor& t) {
    const auto* bytes = static_cast<const uint8_t*>(t.data);
    return {bytes, bytes + t.bytes()};
  }
  static void Fill(const Tensor& t, std::mt19937* random, bool whole) {
    if (t.dtype == DType::kFloat32) {
      for (Index i = 0; i < t.size(); ++i)
        t.as<float>()[i] = static_cast<float>((*random)() % 2001) / 1000 - 1;
      return;
    }
    auto* bytes = static_cast<uint8_t*>(t.data);
    for (size_t i = 0; i < t.bytes(); ++i)
      bytes[i] = static_cast<uint8_t>(whole ? (*random)() : (*random)() % 64 - 32);
  }

  std::vector<uint8_t> file_;
  Model model_;
  Session cpu_;
  EthosU npu_;
  Status status_;
  Compilation compiled_;
  Model unit_model_;
  Session unit_;
};

}  // namespace moonlet::npu::testing
