// tests/engine/nn/corpus.h - recorded models with their inputs and the reference's
// outputs ($MOONLET_SHARED/corpus/README.md says what is in a folder).
#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/nn/session.h"
#include "tests/shared_data.h"

namespace moonlet::testing {

inline constexpr const char* kCorpus[] = {
    "hello_world_float", "hello_world_int8", "micro_speech_int8", "person_detect_int8",
    "mlperf_ad_int8",    "mlperf_ic_int8",   "mlperf_kws_int8",   "mlperf_vww_int8",
    "mlperf_sww_int8",   "mlperf_ic_float",  "mlperf_vww_float",
};

inline std::filesystem::path CorpusFolder(const std::string& name) {
  return SharedFolder() / "corpus" / name;
}
inline bool HasCorpus() { return std::filesystem::exists(SharedFolder() / "corpus"); }

// One number of a folder's meta.json.
inline uint64_t MetaNumber(const std::string& name, const std::string& key) {
  const std::string text = ReadText(CorpusFolder(name) / "meta.json");
  const std::string label = "\"" + key + "\": ";
  const size_t at = text.find(label);
  return at == std::string::npos ? 0 : std::stoull(text.substr(at + label.size()));
}

// The generator behind inputs that are not stored: one draw per element.
class InputGenerator {
 public:
  void Fill(const Tensor& tensor) {
    for (Index i = 0; i < tensor.size(); ++i) {
      state_ ^= state_ << 13;
      state_ ^= state_ >> 17;
      state_ ^= state_ << 5;
      if (tensor.dtype == DType::kFloat32) {
        tensor.as<float>()[i] = static_cast<float>(static_cast<int32_t>(state_) >> 8) / 8388608.0f;
      } else {
        tensor.as<int8_t>()[i] = static_cast<int8_t>(state_ >> 24);
      }
    }
  }

 private:
  uint32_t state_ = 1;
};

inline void FillMinMax(const Tensor& tensor) {
  for (Index i = 0; i < tensor.size(); ++i) {
    if (tensor.dtype == DType::kFloat32) {
      tensor.as<float>()[i] = i % 2 == 0 ? -1.0f : 1.0f;
    } else {
      tensor.as<int8_t>()[i] = i % 2 == 0 ? -128 : 127;
    }
  }
}

// Fills the only input from in<k>.bin, or by the generator its vector was made with.
inline void FillInput(const std::string& name, int vector, const Session& session) {
  const Tensor input = session.input(0);
  const auto path = CorpusFolder(name) / ("in" + std::to_string(vector) + ".bin");
  if (std::filesystem::exists(path)) {
    const std::vector<uint8_t> bytes = ReadBytes(path);
    ASSERT_EQ(bytes.size(), input.bytes());
    std::memcpy(input.data, bytes.data(), bytes.size());
    return;
  }
  ASSERT_LT(vector, 2) << "only random and alternating inputs are generated";
  if (vector == 0) {
    InputGenerator().Fill(input);
  } else {
    FillMinMax(input);
  }
}

}  // namespace moonlet::testing
