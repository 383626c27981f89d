// engine/nn/prepared.h - what Session::Open works out of a model, written ahead of time: plan,
// records, multipliers, folded sums. docs/rom.md, "Prepared", is the format.
//
// On the host:
//   PreparedWriter writer(model, allocator, KernelsOf::kDevice);
//   Status s = writer.Measure();
//   ... writer.bytes() of zeros ...
//   if (s.ok()) s = writer.Write(tie, section);
// Where it runs:
//   PreparedModel prepared;
//   if (prepared.Open(section, tie).ok()) s = Session::Open(model, prepared, allocator, &session);
//
// A section is tied to its model, to the version that wrote it, and to the machines whose
// functions, records and kernels are laid out like that. Beyond that it is trusted as code is:
// whoever hands it on answers for its bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/model.h"
#include "engine/nn/preparation.h"
#include "engine/nn/records.h"

namespace moonlet {

// What a section belongs to.
struct PreparedTie {
  static constexpr size_t kVersionBytes = 32;

  uint32_t model_crc;
  uint32_t model_size;
  std::string_view version;  // of Moonlet; only the first kVersionBytes count
};

class PreparedWriter {
 public:
  // For steps of the CPU. The model and the allocator outlive the writer.
  PreparedWriter(const Model& model, Allocator& allocator, KernelsOf kernels)
      : model_(model),
        kernels_(kernels),
        preparation_(model, allocator, CpuOnly(), true, kernels) {}

  // The refusals of Session::Open. kUnsupported as well for a model that is prepared where it
  // runs only.
  Status Measure();
  // How large the section will be. After Measure.
  size_t bytes() const;
  // Fills bytes(), which are zero before.
  Status Write(const PreparedTie& tie, std::span<uint8_t> section);

 private:
  size_t record_bytes() const { return RecordBytes(counts_, preparation_); }

  const Model& model_;
  KernelsOf kernels_;
  Preparation preparation_;
  RecordCounts counts_;
};

// A section, read where it lies.
class PreparedModel {
 public:
  // Checks the tie and that everything is whole. kInvalid: why it is of no use here.
  Status Open(std::span<const uint8_t> section, const PreparedTie& tie);

  const RecordCounts& counts() const { return counts_; }
  const uint8_t* records() const { return records_; }
  const uint8_t* kept() const { return kept_; }
  const uint8_t* computed() const { return computed_; }
  uint32_t arena_bytes() const { return arena_bytes_; }

 private:
  Status CheckRecords(size_t bytes, size_t computed) const;

  RecordCounts counts_;
  const uint8_t* records_ = nullptr;
  const uint8_t* kept_ = nullptr;      // what kernels made of filters
  const uint8_t* computed_ = nullptr;  // constants that the file does not have
  uint32_t arena_bytes_ = 0;
};

}  // namespace moonlet
