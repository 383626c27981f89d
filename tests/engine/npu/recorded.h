// tests/engine/npu/recorded.h - the payloads of recorded compiled models.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/nn/graph.h"
#include "engine/npu/payload.h"
#include "tests/shared_data.h"

namespace moonlet::npu::testing {

// One `ethos-u` operator: its driver payload and where it is from.
struct RecordedPayload {
  std::string name;  // "ethos-u55-128/kws_ref_model_vela.tflite"
  std::vector<uint8_t> bytes;
  std::vector<uint64_t> regions;  // their sizes
};

inline std::filesystem::path VelaFolder() { return moonlet::testing::SharedFolder() / "vela"; }

// All models there, also what the compiled ones were made from, in the order of their paths.
inline std::vector<std::filesystem::path> RecordedFiles() {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::exists(VelaFolder())) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(VelaFolder()))
    if (entry.path().extension() == ".tflite") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// Adds those of a file; none for a model that was not compiled.
inline void AddPayloads(const std::filesystem::path& file, std::vector<RecordedPayload>* to) {
  const std::vector<uint8_t> bytes = moonlet::testing::ReadBytes(file);
  Model model;
  const Status s = Model::Open(Bytes::Borrow(bytes), MallocAllocator(), &model);
  ASSERT_TRUE(s.ok()) << file << ": " << s.what();
  const int operators = static_cast<int>(Count(MainGraph(model).operators()));
  for (int i = 0; i < operators; ++i) {
    const Node node(model, i);
    if (node.name() != "ethos-u") continue;
    const auto data = node.input(0).data();
    to->push_back({std::filesystem::relative(file, VelaFolder()), {data.begin(), data.end()}, {}});
    for (int region = 0; region < 3; ++region)
      to->back().regions.push_back(node.input(region + 1).bytes());
  }
}

// Read once in a run.
inline const std::vector<RecordedPayload>& RecordedPayloads() {
  static const std::vector<RecordedPayload> payloads = [] {
    std::vector<RecordedPayload> all;
    for (const auto& file : RecordedFiles()) AddPayloads(file, &all);
    return all;
  }();
  return payloads;
}

}  // namespace moonlet::npu::testing
