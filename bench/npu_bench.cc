// bench/npu_bench.cc - the functional model of the Ethos-U beside our own CPU path: the same
// networks, as .tflite files and as Arm's compiler Vela made them for a U55-128. Runs from the
// project's root; the models lie in $MOONLET_SHARED, else ../shared.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/nn/graph.h"
#include "engine/nn/session.h"
#include "engine/npu/payload.h"
#include "engine/npu/program.h"

namespace moonlet::npu {
namespace {

using benchmark::State;
using Path = std::filesystem::path;
using File = std::vector<uint8_t>;

struct Network {
  const char* name;
  const char* corpus;
  const char* compiled;
};
constexpr Network kNetworks[] = {
    {"ad", "mlperf_ad_int8", "ad01_int8"},
    {"kws", "mlperf_kws_int8", "kws_ref_model"},
    {"ic", "mlperf_ic_int8", "pretrainedResnet_quant"},
    {"vww", "mlperf_vww_int8", "vww_96_int8"},
    {"sww", "mlperf_sww_int8", "str_ww_ref_model"},
    {"person", "person_detect_int8", "person_detect"},
};

File ReadFile(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void FillBytes(uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(i * 37);
}

void Cpu(State& state, const Path& path) {
  const File file = ReadFile(path);
  StopToken stop;
  Model model;
  Session session;
  Status s = Model::Open(Bytes::Borrow(file), MallocAllocator(), &model);
  if (s.ok()) s = Session::Open(model, MallocAllocator(), &session);
  if (!s.ok()) return state.SkipWithError(s.what());
  for (auto _ : state) {
    const Tensor input = session.input(0);
    FillBytes(static_cast<uint8_t*>(input.data), input.bytes());
    s = session.Run(stop);
    benchmark::ClobberMemory();
  }
  if (!s.ok()) state.SkipWithError(s.what());
}

// A compiled model's memory. What lies where does not change its time, so the input is any part
// of the arena.
class Compiled {
 public:
  Status Open(const Path& path) {
    file_ = ReadFile(path);
    if (Status s = Model::Open(Bytes::Borrow(file_), MallocAllocator(), &model_); !s.ok()) return s;
    const Node node(model_, 0);
    constants_ = node.input(1).data();
    arena_.resize(static_cast<size_t>(node.input(2).bytes()));
    fast_.resize(static_cast<size_t>(node.input(3).bytes()));
    return Load();
  }
  // From the file to a program.
  Status Load() {
    const Region regions[] = {
        {constants_.size(), constants_.data()}, {arena_.size(), nullptr}, {fast_.size(), nullptr}};
    Payload payload;
    if (Status s = ReadPayload(Node(model_, 0).input(0).data(), &payload); !s.ok()) return s;
    if (Status s = MeasureProgram(payload, regions, &sizes_); !s.ok()) return s;
    program_.resize(sizes_.bytes);
    scratch_.resize(sizes_.scratch);
    return WriteProgram(payload, regions, program_);
  }
  Status Run(const StopToken& stop) {
    FillBytes(arena_.data(), static_cast<size_t>(Node(model_, 0).input(4).bytes()));
    uint8_t* const addresses[] = {const_cast<uint8_t*>(constants_.data()), arena_.data(),
                                  fast_.data()};
    return RunProgram(program_.data(), addresses, scratch_.data(), stop, nullptr);
  }
  const ProgramSizes& sizes() const { return sizes_; }

 private:
  File file_;
  Model model_;
  std::span<const uint8_t> constants_;
  File arena_;
  File fast_;
  ProgramSizes sizes_;
  File program_;
  File scratch_;
};

void Npu(State& state, const Path& path) {
  Compiled compiled;
  StopToken stop;
  Status s = compiled.Open(path);
  if (!s.ok()) return state.SkipWithError(s.what());
  for (auto _ : state) {
    s = compiled.Run(stop);
    benchmark::ClobberMemory();
  }
  if (!s.ok()) state.SkipWithError(s.what());
  state.counters["program"] = static_cast<double>(compiled.sizes().bytes);
  state.counters["scratch"] = static_cast<double>(compiled.sizes().scratch);
}

void NpuLoad(State& state, const Path& path) {
  Compiled compiled;
  Status s = compiled.Open(path);
  for (auto _ : state)
    if (s.ok()) s = compiled.Load();
  if (!s.ok()) state.SkipWithError(s.what());
}

template <typename Body>
void Register(const std::string& name, const Path& path, Body body) {
  if (!std::filesystem::exists(path)) return;
  const auto run = [path, body](State& state) { body(state, path); };
  benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMicrosecond);
}

const bool kRegistered = [] {
  const char* folder = std::getenv("MOONLET_SHARED");
  const Path shared = folder != nullptr ? folder : "../shared";
  for (const Network& network : kNetworks) {
    const Path compiled =
        shared / "vela" / "ethos-u55-128" / (std::string(network.compiled) + "_vela.tflite");
    const std::string name = network.name;
    Register("Cpu/" + name, shared / "corpus" / network.corpus / "model.tflite", Cpu);
    Register("Npu/" + name, compiled, Npu);
    Register("NpuLoad/" + name, compiled, NpuLoad);
  }
  return true;
}();

}  // namespace
}  // namespace moonlet::npu
