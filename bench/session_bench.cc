// bench/session_bench.cc - whole models: time per inference, multiply-adds per second, and
// the bytes a session takes from its allocator. Runs from the project's root; the models
// besides scripts/apps/digits.tflite lie in $MOONLET_SHARED/corpus, else ../shared/corpus.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/nn/analyze.h"
#include "engine/nn/session.h"

namespace moonlet {
namespace {

using benchmark::Counter;
using benchmark::State;
using Path = std::filesystem::path;
using File = std::vector<uint8_t>;

constexpr const char* kCorpus[] = {
    "mlperf_ad_int8",  "mlperf_kws_int8",    "mlperf_ic_int8",    "mlperf_vww_int8",
    "mlperf_sww_int8", "person_detect_int8", "micro_speech_int8", "hello_world_int8",
    "mlperf_ic_float", "mlperf_vww_float",
};

File ReadFile(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What varies with the data is the clamping alone, so any bytes will do.
void FillInput(const Tensor& input) {
  for (Index i = 0; i < input.size(); ++i) {
    if (input.dtype == DType::kFloat32) {
      input.as<float>()[i] = static_cast<float>(i % 17) / 8 - 1;
    } else {
      static_cast<uint8_t*>(input.data)[i] = static_cast<uint8_t>(i * 37);
    }
  }
}

void Inference(State& state, const Path& path) {
  const File file = ReadFile(path);
  CountingAllocator memory(MallocAllocator());
  StopToken stop;
  Model model;
  Session session;
  ModelReport report;
  Status s = Model::Open(Bytes::Borrow(file), memory, &model);
  if (s.ok()) s = Session::Open(model, memory, &session);
  if (s.ok()) s = Analyze(model, MallocAllocator(), &report);
  if (!s.ok()) return state.SkipWithError(s.what());
  for (auto _ : state) {
    // An input's memory is used again in a run, but not its time.
    for (int i = 0; i < session.inputs(); ++i) FillInput(session.input(i));
    s = session.Run(stop);
    benchmark::ClobberMemory();
  }
  if (!s.ok()) state.SkipWithError(s.what());
  state.counters["MAC/s"] =
      Counter(static_cast<double>(report.macs), Counter::kIsIterationInvariantRate);
  state.counters["RAM"] = static_cast<double>(memory.live());
  state.counters["RAM_peak"] = static_cast<double>(memory.peak());
}

// From bytes to a session that is ready to run.
void Load(State& state, const Path& path) {
  const File file = ReadFile(path);
  for (auto _ : state) {
    Model model;
    Session session;
    Status s = Model::Open(Bytes::Borrow(file), MallocAllocator(), &model);
    if (s.ok()) s = Session::Open(model, MallocAllocator(), &session);
    if (!s.ok()) state.SkipWithError(s.what());
  }
}

void Register(const std::string& name, const Path& path) {
  if (!std::filesystem::exists(path)) return;
  const auto run = [path](State& state) { Inference(state, path); };
  const auto load = [path](State& state) { Load(state, path); };
  benchmark::RegisterBenchmark(("Inference/" + name).c_str(), run)->Unit(benchmark::kMicrosecond);
  benchmark::RegisterBenchmark(("Load/" + name).c_str(), load)->Unit(benchmark::kMicrosecond);
}

const bool kRegistered = [] {
  const char* shared = std::getenv("MOONLET_SHARED");
  const Path corpus = Path(shared != nullptr ? shared : "../shared") / "corpus";
  Register("digits", "scripts/apps/digits.tflite");
  for (const char* name : kCorpus) Register(name, corpus / name / "model.tflite");
  return true;
}();

}  // namespace
}  // namespace moonlet
