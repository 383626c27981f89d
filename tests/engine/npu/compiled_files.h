// tests/engine/npu/compiled_files.h - the recorded compiled models, with what goes in and comes
// out.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/engine/nn/corpus.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu::testing {

// With sanitizers, all is some ten times as slow: they see the models for a U55-128 alone where a
// test is long.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// What the networks were made from: the folder in the corpus that holds inputs and answers.
inline const std::map<std::string, std::string>& SourceNetworks() {
  static const std::map<std::string, std::string> networks = {
      {"ad01_int8", "mlperf_ad_int8"},
      {"pretrainedResnet_quant", "mlperf_ic_int8"},
      {"kws_ref_model", "mlperf_kws_int8"},
      {"vww_96_int8", "mlperf_vww_int8"},
      {"str_ww_ref_model", "mlperf_sww_int8"},
      {"person_detect", "person_detect_int8"},
      {"micro_speech_quantized", "micro_speech_int8"},
      {"hello_world_int8", "hello_world_int8"},
      {"tflm_person_detect", "person_detect_int8"},
  };
  return networks;
}

struct CompiledFile {
  std::filesystem::path path;
  std::string name;  // "ethos-u55-128/kws_ref_model_vela.tflite"
  std::string stem;  // "kws_ref_model"
  bool single;       // an operator, not a network

  bool IsForU55With128() const { return name.find("ethos-u55-128") != std::string::npos; }
};

inline bool NoCompiledFiles() {
  return !std::filesystem::exists(VelaFolder()) && !moonlet::testing::SharedIsRequired();
}

inline std::vector<CompiledFile> CompiledFiles() {
  const std::string suffix = "_vela";
  std::vector<CompiledFile> files;
  for (const auto& path : RecordedFiles()) {
    std::string stem = path.stem();
    if (!stem.ends_with(suffix)) continue;
    stem.resize(stem.size() - suffix.size());
    files.push_back({path, std::filesystem::relative(path, VelaFolder()), stem,
                     !SourceNetworks().contains(stem)});
  }
  return files;
}

struct RecordedVector {
  std::vector<uint8_t> in;
  std::vector<uint8_t> out;
};

inline std::vector<uint8_t> NetworkInput(const std::string& name, int vector, size_t size) {
  std::vector<uint8_t> bytes(size);
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = static_cast<Index>(size);
  moonlet::testing::RecordedInput(name, vector).Fill(RowMajor(bytes.data(), DType::kInt8, shape));
  return bytes;
}

// Three of a network, one of a single operator.
inline std::vector<RecordedVector> VectorsOf(const CompiledFile& file, size_t input_bytes) {
  using moonlet::testing::CorpusFolder;
  using moonlet::testing::ReadBytes;
  if (file.single) {
    const auto at = [&](const char* what) { return VelaFolder() / "ops" / (file.stem + what); };
    return {{ReadBytes(at(".in.bin")), ReadBytes(at(".npu.bin"))}};
  }
  std::vector<RecordedVector> vectors;
  const std::string& name = SourceNetworks().at(file.stem);
  for (int k = 0; k < 3; ++k)
    vectors.push_back({NetworkInput(name, k, input_bytes),
                       ReadBytes(CorpusFolder(name) / ("out" + std::to_string(k) + ".bin"))});
  return vectors;
}

}  // namespace moonlet::npu::testing
