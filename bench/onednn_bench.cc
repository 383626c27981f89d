// bench/onednn_bench.cc - int8 models beside the same networks built with oneDNN, in one run
// and in turns, one thread.
//
//   onednn_bench [MODEL...]           a table of these models, by default of all
//   onednn_bench --layers MODEL...    operator by operator
//
// Runs from the project's root; the models lie in $MOONLET_SHARED/corpus, else
// ../shared/corpus. Times are of the processor, in microseconds. The row of a peer that is
// slower than it should be on this machine is void: comparing with it would flatter us.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/onednn_net.h"
#include "bench/samples.h"
#include "bench/script_model.h"
#include "bench/vnni_probe.h"
#include "engine/base/isa.h"
#include "engine/nn/analyze.h"
#include "engine/nn/session.h"

namespace moonlet {
namespace {

struct Network {
  const char* name;
  const char* corpus;
  double peer;  // microseconds of oneDNN 2.6.3 on the machine of kPeerProbe
  double goal;  // our time in parts of the peer's, at most
};
constexpr Network kNetworks[] = {
    {"ad01", "mlperf_ad_int8", 14.3, 0.21},       {"kws", "mlperf_kws_int8", 65.2, 0.5},
    {"resnet", "mlperf_ic_int8", 119.4, 0.7},     {"vww", "mlperf_vww_int8", 169.5, 0.5},
    {"person", "person_detect_int8", 163.3, 0.5}, {"sww", "mlperf_sww_int8", 25.5, 0.35},
};
constexpr double kPeerProbe = 304e9;  // multiply-adds per second, by VnniProbe
constexpr double kPeerAtLeast = 0.85;
constexpr int kRounds = 1000;

using File = std::vector<uint8_t>;

std::string CorpusFolder() {
  const char* shared = std::getenv("MOONLET_SHARED");
  return std::string(shared != nullptr ? shared : "../shared") + "/corpus/";
}
std::string Corpus(const char* name) { return CorpusFolder() + name + "/model.tflite"; }

File ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void Check(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.what());
}

// The least time of each operator, in microseconds; 0 for one that has no step of its own.
class Stopwatch final : public StepObserver {
 public:
  void Resize(int operators) { least_.resize(static_cast<size_t>(operators)); }
  void Before(int) override { start_ = Clock::now(); }
  void After(int op) override {
    const std::chrono::duration<double, std::micro> time = Clock::now() - start_;
    double& least = least_[static_cast<size_t>(op)];
    least = least == 0 ? time.count() : std::min(least, time.count());
  }
  int operators() const { return static_cast<int>(least_.size()); }
  double least(int op) const { return least_[static_cast<size_t>(op)]; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_;
  std::vector<double> least_;
};

// A model in our session and in oneDNN's primitives.
class Pair {
 public:
  explicit Pair(const Network& network) : network_(network) {
    file_ = ReadFile(Corpus(network.corpus));
    Check(Model::Open(Bytes::Borrow(file_), MallocAllocator(), &model_));
    Check(Session::Open(model_, MallocAllocator(), &session_));
    Check(Analyze(model_, MallocAllocator(), &report_));
    peer_ = std::make_unique<OneDnnNet>(model_);
    stopwatch_.Resize(report_.operators);
    CheckAgreement();
  }

  // One sample of each side.
  void Measure();
  void PrintRow(double probe) const;
  // One run of each side, step by step.
  void MeasureLayers();
  void PrintLayers() const;

 private:
  // Bytes without a pattern, the same in every run.
  void FillInput() {
    const Tensor input = session_.input(0);
    const std::span values(static_cast<uint8_t*>(input.data), input.bytes());
    uint32_t state = 1;
    for (uint8_t& value : values) {
      state = state * 1664525 + 1013904223;
      value = static_cast<uint8_t>(state >> 24);
    }
    peer_->SetInput(values);
  }
  void RunOurs(StepObserver* observer = nullptr) { Check(session_.Run(stop_, observer)); }
  std::vector<float> OurOutput() const;
  void CheckAgreement();

  const Network& network_;
  File file_;
  Model model_;
  Session session_;
  ModelReport report_;
  std::unique_ptr<OneDnnNet> peer_;
  StopToken stop_;
  Samples ours_, peers_;
  Stopwatch stopwatch_;
};

std::vector<float> Pair::OurOutput() const {
  const Tensor output = session_.output(0);
  const Quantization quantization = session_.output_quantization(0);
  std::vector<float> reals;
  for (Index i = 0; i < output.size(); ++i) {
    const int32_t above_zero = output.as<int8_t>()[i] - quantization.zero_point;
    reals.push_back(quantization.scale * static_cast<float>(above_zero));
  }
  return reals;
}

// The peer rounds otherwise and keeps more of what goes into a SOFTMAX, so the two differ a
// little; a network that is not the same differs everywhere.
void Pair::CheckAgreement() {
  FillInput();
  RunOurs();
  peer_->Run();
  const std::vector<float> ours = OurOutput(), theirs = peer_->Output();
  double distance = 0, size = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    distance += std::pow(ours[i] - theirs[i], 2);
    size += std::pow(ours[i], 2);
  }
  constexpr double kMost = 0.2;
  if (std::sqrt(distance / size) > kMost)
    throw std::runtime_error("the peer's output is not that of the model");
}

void PrintHead() {
  std::printf("%-8s %7s | %8s %8s %7s %6s | %8s %8s %7s %6s | %6s %6s %6s\n", "model", "MAC",
              "best us", "median", "GMAC/s", "probe", "oneDNN", "median", "GMAC/s", "probe",
              "ratio", "median", "goal");
}

void Pair::Measure() {
  FillInput();
  ours_.Take([this] { RunOurs(); });
  peers_.Take([this] { peer_->Run(); });
}

void Pair::PrintRow(double probe) const {
  const auto macs = static_cast<double>(report_.macs);
  const auto rates = [&](const Samples& samples) {
    const double rate = macs / samples.best() * 1e6;
    std::printf(" | %8.2f %8.2f %7.1f %5.1f%%", samples.best(), samples.median(), rate / 1e9,
                100 * rate / probe);
  };
  std::printf("%-8s %6.2fM", network_.name, macs / 1e6);
  rates(ours_);
  rates(peers_);
  const double expected = network_.peer * kPeerProbe / probe;
  if (peers_.best() > expected / kPeerAtLeast) {
    std::printf(" | void: oneDNN should take %.2f us\n", expected);
    return;
  }
  std::printf(" | %6.3f %6.3f %6.2f\n", ours_.best() / peers_.best(),
              ours_.median() / peers_.median(), network_.goal);
}

void Pair::MeasureLayers() {
  FillInput();
  RunOurs();
  RunOurs(&stopwatch_);
  peer_->Run();
  peer_->RunTimed();
}

void Pair::PrintLayers() const {
  std::printf("\n%s\n%4s %-20s %9s %8s %7s | %8s  %s\n", network_.name, "", "operator", "MAC", "us",
              "GMAC/s", "oneDNN", "by");
  auto layer = peer_->layers().begin();
  for (int i = 0; i < stopwatch_.operators(); ++i) {
    const OperatorReport op = DescribeOperator(model_, i);
    const double time = stopwatch_.least(i);
    if (time == 0) continue;
    std::printf("%4d %-20.*s %9llu %8.2f %7.1f |", i + 1, static_cast<int>(op.name.size()),
                op.name.data(), static_cast<unsigned long long>(op.macs), time,
                static_cast<double>(op.macs) / time * 1e-3);
    if (layer != peer_->layers().end() && layer->op == i) {
      std::printf(" %8.2f  %s", layer->microseconds, layer->implementation.c_str());
      ++layer;
    }
    std::printf("\n");
  }
}

// From the bytes of kws to a session that is ready to run.
void PrintLoad(const File& file) {
  Samples load;
  for (int round = 0; round < kRounds; ++round) {
    load.Take([&] {
      Model model;
      Session session;
      Check(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model));
      Check(Session::Open(model, MallocAllocator(), &session));
    });
  }
  std::printf("load of kws: %.1f us, median %.1f\n", load.best(), load.median());
}

// What model:run costs over Session::Run does not depend on the model, so a small one will do.
void PrintScriptCall(const std::string& path) {
  constexpr int kCalls = 100;
  const File file = ReadFile(path);
  Model model;
  Session session;
  StopToken stop;
  Check(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model));
  Check(Session::Open(model, MallocAllocator(), &session));
  ScriptModel script(path);
  Samples bare, called;
  for (int round = 0; round < kRounds; ++round) {
    called.Take([&] { script.Run(kCalls); });
    bare.Take([&] {
      for (int i = 0; i < kCalls; ++i) Check(session.Run(stop));
    });
  }
  std::printf("model:run over Session::Run: %.3f us, median %.3f\n",
              (called.best() - bare.best()) / kCalls, (called.median() - bare.median()) / kCalls);
}

void Bench(std::span<const std::string_view> words) {
  const bool layers = !words.empty() && words[0] == "--layers";
  if (layers) words = words.subspan(1);
  std::vector<std::unique_ptr<Pair>> pairs;
  for (const Network& network : kNetworks)
    if (words.empty() || std::find(words.begin(), words.end(), network.name) != words.end())
      pairs.push_back(std::make_unique<Pair>(network));
  double probe = 0;
  for (int round = 0; round < kRounds; ++round) {
    probe = std::max(probe, VnniProbe());
    for (const auto& pair : pairs) layers ? pair->MeasureLayers() : pair->Measure();
  }
  std::printf("kernels of %s; vpdpbusd on registers: %.0f GMAC/s\n", IsaName(HostIsa()),
              probe / 1e9);
  if (!layers) PrintHead();
  for (const auto& pair : pairs) layers ? pair->PrintLayers() : pair->PrintRow(probe);
  if (!words.empty()) return;
  PrintLoad(ReadFile(Corpus("mlperf_kws_int8")));
  PrintScriptCall(Corpus("hello_world_int8"));
}

}  // namespace
}  // namespace moonlet

int main(int argc, char** argv) {
  if (!moonlet::HasVnni()) {
    std::puts("onednn_bench: no AVX-512 VNNI here, on which its figures stand");
    return 0;
  }
  omp_set_num_threads(1);
  if (!std::filesystem::exists(moonlet::CorpusFolder())) {
    std::puts("onednn_bench: no models at $MOONLET_SHARED/corpus");
    return 0;
  }
  try {
    moonlet::Bench(std::vector<std::string_view>(argv + 1, argv + argc));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "onednn_bench: %s\n", error.what());
    return 1;
  }
}
