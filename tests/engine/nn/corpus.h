// tests/engine/nn/corpus.h - recorded models with their inputs and the reference's
// outputs ($MOONLET_SHARED/corpus/README.md says what is in a folder).
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "engine/nn/session.h"
#include "tests/shared_data.h"

namespace moonlet::testing {

inline std::filesystem::path CorpusFolder(const std::string& name) {
  return SharedFolder() / "corpus" / name;
}
inline bool HasCorpus() { return std::filesystem::exists(SharedFolder() / "corpus"); }

// Models with recorded answers, in the order of their names.
inline std::vector<std::string> RecordedModels() {
  std::vector<std::string> names;
  if (!HasCorpus()) return names;
  for (const auto& entry : std::filesystem::directory_iterator(SharedFolder() / "corpus"))
    if (std::filesystem::exists(entry.path() / "out0.bin"))
      names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// The number behind `key` in a folder's meta.json, looked for from `from` to `end`; 0 if none.
inline uint64_t NumberIn(const std::string& text, const std::string& key, size_t from, size_t end) {
  const std::string label = "\"" + key + "\": ";
  const size_t at = text.find(label, from);
  return at >= end ? 0 : std::stoull(text.substr(at + label.size()));
}
inline uint64_t MetaNumber(const std::string& name, const std::string& key) {
  return NumberIn(ReadText(CorpusFolder(name) / "meta.json"), key, 0, std::string::npos);
}
// How many runs of one session a vector holds.
inline int FramesOf(const std::string& name, int vector) {
  const std::string text = ReadText(CorpusFolder(name) / "meta.json");
  const size_t from = text.find("\"out\": \"out" + std::to_string(vector) + ".bin\"");
  return std::max(1, static_cast<int>(NumberIn(text, "frames", from, text.find('}', from))));
}

// What a vector's runs are given, one input after the other: in<k>.bin, or what the
// recorder's generator drew, one value per element. Vector 0 is random, vector 1 alternates.
class RecordedInput {
 public:
  RecordedInput(const std::string& name, int vector) : random_(vector == 0) {
    const auto path = CorpusFolder(name) / ("in" + std::to_string(vector) + ".bin");
    stored_ = std::filesystem::exists(path);
    if (stored_) bytes_ = ReadBytes(path);
    zeros_ = vector == 2;
  }
  void Fill(const Tensor& tensor) {
    if (stored_) {
      ASSERT_GE(bytes_.size() - used_, tensor.bytes());
      std::memcpy(tensor.data, bytes_.data() + used_, tensor.bytes());
      used_ += tensor.bytes();
      return;
    }
    for (Index i = 0; i < tensor.size(); ++i) Draw(tensor, i);
  }
  void Fill(const Session& session) {
    for (int i = 0; i < session.inputs(); ++i) Fill(session.input(i));
  }
  size_t left() const { return bytes_.size() - used_; }

 private:
  void Draw(const Tensor& tensor, Index i) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    const bool low = drawn_++ % 2 == 0;
    if (tensor.dtype == DType::kFloat32) {
      const float random = static_cast<float>(static_cast<int32_t>(state_) >> 8) / 8388608.0f;
      tensor.as<float>()[i] = zeros_ ? 0.0f : random_ ? random : low ? -1.0f : 1.0f;
    } else if (tensor.dtype == DType::kInt16) {
      tensor.as<int16_t>()[i] = Integer<int16_t>(low);
    } else {
      ASSERT_EQ(tensor.dtype, DType::kInt8) << "no other inputs are generated";
      tensor.as<int8_t>()[i] = Integer<int8_t>(low);
    }
  }
  template <typename T>
  T Integer(bool low) const {
    if (zeros_) return 0;
    if (random_) return static_cast<T>(state_ >> (32 - 8 * sizeof(T)));
    return low ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
  }

  bool random_;
  bool zeros_;
  bool stored_;
  std::vector<uint8_t> bytes_;
  size_t used_ = 0;
  uint32_t state_ = 1;
  size_t drawn_ = 0;
};

}  // namespace moonlet::testing
