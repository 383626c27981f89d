// Estimates beside those of the compiler that made the models: a table per network, and bounds
// for the whole and for each layer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "engine/npu/cycles.h"
#include "engine/npu/payload.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace cycles_vela_test {

// A line of NAME_per-layer.csv.
struct Line {
  std::string name;
  double total, npu, sram, flash;
  double macs;
  double utilisation;  // percent
};

std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

std::vector<Line> ReadLines(const std::filesystem::path& path) {
  std::vector<Line> lines;
  std::istringstream stream(moonlet::testing::ReadText(path));
  std::string text;
  std::getline(stream, text);  // titles
  while (std::getline(stream, text)) {
    const auto fields = Fields(text);
    if (fields.size() < 14 || fields[1] == "Memcpy") continue;  // no operation of the unit
    const auto number = [&](int i) { return std::strtod(fields[i].c_str(), nullptr); };
    lines.push_back({fields[1], number(4), number(6), number(7), number(8) + number(10), number(11),
                     number(13)});
  }
  return lines;
}

class Collector final : public LayerObserver {
 public:
  void Layer(const LayerCycles& layer) override {
    layers.push_back(layer);
    layers.back().operation = nullptr;
  }
  std::vector<LayerCycles> layers;
};

bool Within(double ours, double theirs, double part) {
  return std::abs(ours - theirs) <= part * theirs;
}

struct Network {
  std::string folder;  // "ethos-u55-128"
  std::string name;
  std::vector<Line> lines;
  std::vector<LayerCycles> layers;
  Config config;
};

// The network of a compiled model, if there are lines for it.
bool Open(const testing::RecordedPayload& recorded, Network* network) {
  const std::filesystem::path path = recorded.name;
  const std::string stem = path.stem();
  network->folder = path.parent_path();
  network->name = stem.substr(0, stem.rfind("_vela"));
  network->lines =
      ReadLines(testing::VelaFolder() / path.parent_path() / (network->name + "_per-layer.csv"));
  if (network->lines.empty()) return false;
  Payload payload;
  EXPECT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
  network->config = payload.config;
  // What the recorder asked for; for a U55 it is the default.
  const System& system = payload.config.product == Product::kU65 ? *FindSystem("Ethos_U65_Embedded")
                                                                 : DefaultSystem(payload.config);
  Collector collector;
  const Status s = EstimateStream(payload.stream, payload.config, system, &collector);
  EXPECT_TRUE(s.ok()) << recorded.name << ": " << s.what();
  network->layers = collector.layers;
  return true;
}

std::vector<Network> Networks() {
  std::vector<Network> networks;
  for (const auto& recorded : testing::RecordedPayloads()) {
    Network network;
    if (Open(recorded, &network)) networks.push_back(std::move(network));
  }
  return networks;
}

double TotalOf(const std::vector<LayerCycles>& layers) {
  double sum = 0;
  for (const LayerCycles& layer : layers) sum += layer.cycles.total();
  return sum;
}

double TotalOf(const std::vector<Line>& lines) {
  double sum = 0;
  for (const Line& line : lines) sum += line.total;
  return sum;
}

TEST(NpuCyclesVela, TotalsAreThoseOfTheCompiler) {
  const auto networks = Networks();
  if (networks.empty()) GTEST_SKIP() << "no recorded models";
  std::cout << "| configuration | model | Vela | ours | difference |\n|---|---|---|---|---|\n";
  for (const Network& network : networks) {
    const double ours = TotalOf(network.layers), theirs = TotalOf(network.lines);
    char line[160];
    std::snprintf(line, sizeof(line), "| %s | %s | %.0f | %.0f | %+.2f %% |\n",
                  network.folder.c_str(), network.name.c_str(), theirs, ours,
                  100 * (ours / theirs - 1));
    std::cout << line;
    EXPECT_TRUE(Within(ours, theirs, 0.004)) << network.folder << " " << network.name;
  }
  moonlet::testing::ExpectCounts("engine/npu/cycle_totals", static_cast<long>(networks.size()), 0);
}

// Streams name no size for weights that were encoded whole, so slices' are added up; everything
// else is known.
TEST(NpuCyclesVela, LayersAreThoseOfTheCompiler) {
  const auto networks = Networks();
  if (networks.empty()) GTEST_SKIP() << "no recorded models";
  long layers = 0, equal = 0;
  for (const Network& network : networks) {
    ASSERT_EQ(network.layers.size(), network.lines.size()) << network.folder << network.name;
    for (size_t i = 0; i < network.lines.size(); ++i) {
      const Line& line = network.lines[i];
      const Cycles& ours = network.layers[i].cycles;
      const auto where = [&] {
        return network.folder + " " + network.name + " layer " + std::to_string(i) + " " +
               line.name + ": " + std::to_string(ours.npu) + ", expected " +
               std::to_string(line.npu);
      };
      EXPECT_TRUE(Within(ours.total(), line.total, 0.04)) << where();
      EXPECT_TRUE(Within(ours.npu, line.npu, 0.04)) << where();
      // One byte that is broadcast costs nothing there: less than a burst either way.
      EXPECT_LE(std::abs(ours.sram - line.sram), 0.2501) << where();
      EXPECT_DOUBLE_EQ(ours.constants, line.flash) << where();
      EXPECT_EQ(static_cast<double>(ours.macs), line.macs) << where();
      if (Within(ours.total(), line.total, 0.0)) {
        EXPECT_NEAR(100 * ours.utilisation(network.config), line.utilisation, 1e-9) << where();
      }
      ++layers;
      equal += ours.npu == line.npu;
    }
  }
  std::cout << equal << " of " << layers << " layers have the compiler's own number\n";
  EXPECT_GE(equal * 100, layers * 92);
  moonlet::testing::ExpectCounts("engine/npu/cycle_layers", layers, 0);
}

}  // namespace cycles_vela_test
}  // namespace moonlet::npu
