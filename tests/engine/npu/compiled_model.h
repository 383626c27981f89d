// tests/engine/npu/compiled_model.h - a model of `ethos-u` operators alone, laid out as its file
// says and run by the functional model: what an engine does with it, without one.
#pragma once
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/nn/graph.h"
#include "engine/npu/model/run.h"
#include "engine/npu/payload.h"
#include "tests/shared_data.h"

namespace moonlet::npu::testing {

// Memory of exactly this size, so that a sanitizer sees its end.
class Block {
 public:
  explicit Block(size_t size)
      : size_(size), bytes_(static_cast<uint8_t*>(std::aligned_alloc(16, (size + 15) / 16 * 16))) {
    Fill(0xA5);
  }
  Block(Block&& other) noexcept
      : size_(other.size_), bytes_(std::exchange(other.bytes_, nullptr)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Block() { std::free(bytes_); }

  void Fill(int value) { std::memset(bytes_, value, size_); }
  uint8_t* data() const { return bytes_; }
  size_t size() const { return size_; }
  std::span<uint8_t> span() const { return {bytes_, size_}; }

 private:
  size_t size_;
  uint8_t* bytes_;
};

class CompiledModel {
 public:
  // Does not fail but by what it is asked to run: the file is one of the recorded.
  explicit CompiledModel(const std::filesystem::path& path)
      : file_(moonlet::testing::ReadBytes(path)) {
    const Status s = Model::Open(Bytes::Borrow(file_), MallocAllocator(), &model_);
    EXPECT_TRUE(s.ok()) << path << ": " << s.what();
    EXPECT_EQ(Count(MainGraph(model_).operators()), 1u) << path;
    Place();
  }

  // Those of region 0, 1 and 2.
  std::vector<Region> regions() const {
    return {
        {constants_.size(), constants_.data()}, {scratch_bytes_, nullptr}, {fast_.size(), nullptr}};
  }
  std::vector<uint8_t*> addresses() const {
    return {const_cast<uint8_t*>(constants_.data()), arena_.data() + scratch_at_, fast_.data()};
  }
  // Region 0, for those who would spoil it.
  std::span<uint8_t> constants() {
    return {const_cast<uint8_t*>(constants_.data()), constants_.size()};
  }
  std::span<const uint8_t> payload_bytes() const { return Node(model_, 0).input(0).data(); }

  // Prepares a payload, the file's own or one like it.
  Status Load(std::span<const uint8_t> payload_bytes, Way way = Way::kFast) {
    if (Status s = ReadPayload(payload_bytes, &payload_); !s.ok()) return s;
    const std::vector<Region> memory = regions();
    if (Status s = MeasureProgram(payload_, memory, way, &sizes_); !s.ok()) return s;
    if (sizes_.bytes > most_memory_ || sizes_.scratch > most_memory_ - sizes_.bytes)
      return Status::Invalid("word 0: more memory than there is");
    program_ = Block(sizes_.bytes);
    scratch_ = Block(sizes_.scratch);
    return WriteProgram(payload_, memory, way, program_.span());
  }
  // Programs that ask for more are refused.
  void LimitMemory(size_t bytes) { most_memory_ = bytes; }
  Status Load(Way way = Way::kFast) { return Load(payload_bytes(), way); }

  Status Run(const StopToken& stop, OperationObserver* observer = nullptr) {
    return RunProgram(program_.data(), addresses(), scratch_.data(), stop, observer);
  }
  // Junk in all memory that no constant lies in: no run may depend on it.
  void Soil(int junk) {
    arena_.Fill(junk);
    fast_.Fill(junk);
    if (scratch_.size() > 0) scratch_.Fill(junk);
  }

  size_t input_bytes() const {
    size_t bytes = 0;
    for (const Slot& place : inputs_) bytes += place.bytes;
    return bytes;
  }
  // Of all graph inputs, one behind the other.
  void WriteInputs(std::span<const uint8_t> bytes) {
    for (const Slot& place : inputs_) {
      ASSERT_GE(bytes.size(), place.bytes);
      std::memcpy(arena_.data() + place.at, bytes.data(), place.bytes);
      bytes = bytes.subspan(place.bytes);
    }
    EXPECT_EQ(bytes.size(), 0u);
  }
  std::vector<uint8_t> Outputs() const {
    std::vector<uint8_t> bytes;
    for (const Slot& place : outputs_)
      bytes.insert(bytes.end(), arena_.data() + place.at, arena_.data() + place.at + place.bytes);
    return bytes;
  }

  const Payload& payload() const { return payload_; }
  const ProgramSizes& sizes() const { return sizes_; }

 private:
  struct Slot {
    size_t at;
    size_t bytes;
  };

  // The offsets of tensors in the arena; -1 of those elsewhere.
  std::vector<int32_t> Offsets() const {
    const tflite::Model& root = *model_.root();
    for (uint32_t i = 0; i < Count(root.metadata()); ++i) {
      const tflite::Metadata& entry = *root.metadata()->Get(i);
      if (View(entry.name()) != "OfflineMemoryAllocation") continue;
      std::span<const uint8_t> data;
      EXPECT_TRUE(moonlet::DataOf(file_, *root.buffers()->Get(entry.buffer()), &data));
      std::vector<int32_t> words(data.size() / sizeof(int32_t));
      std::memcpy(words.data(), data.data(), data.size());
      return {words.begin() + 3, words.end()};
    }
    ADD_FAILURE() << "no OfflineMemoryAllocation";
    return {};
  }
  void Place() {
    const Node node(model_, 0);
    const std::vector<int32_t> offsets = Offsets();
    const auto place = [&](int tensor) -> struct Slot {
      const ModelTensor t(model_, MainGraph(model_), tensor);
      return {static_cast<size_t>(offsets.at(static_cast<size_t>(tensor))),
              static_cast<size_t>(t.bytes())};
    };
    constants_ = node.input(1).data();
    size_t arena = 0;
    for (size_t i = 0; i < offsets.size(); ++i) {
      if (offsets[i] < 0) continue;
      const auto p = place(static_cast<int>(i));
      arena = std::max(arena, p.at + p.bytes);
    }
    arena_ = Block(arena);
    const auto scratch = place(node.input(2).index());
    scratch_at_ = scratch.at;
    scratch_bytes_ = scratch.bytes;
    fast_ = Block(static_cast<size_t>(node.input(3).bytes()));
    for (const int32_t tensor : *MainGraph(model_).inputs()) inputs_.push_back(place(tensor));
    for (const int32_t tensor : *MainGraph(model_).outputs()) outputs_.push_back(place(tensor));
  }

  std::vector<uint8_t> file_;
  Model model_;
  std::span<const uint8_t> constants_;
  Block arena_{0};
  Block fast_{0};
  size_t scratch_at_ = 0;
  size_t scratch_bytes_ = 0;
  std::vector<Slot> inputs_;
  std::vector<Slot> outputs_;

  Payload payload_;
  ProgramSizes sizes_;
  size_t most_memory_ = SIZE_MAX;
  Block program_{0};
  Block scratch_{0};
};

}  // namespace moonlet::npu::testing
