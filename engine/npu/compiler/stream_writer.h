// engine/npu/compiler/stream_writer.h - from operations to the words of a command stream, and the
// driver payload around it.
//
//   npu::StreamWriter writer(config);
//   for (const npu::Operation& op : operations) writer.Add(op);
//   std::vector<uint8_t> bytes = npu::WritePayload(config, writer.Finish());
//
// The inverse of StreamReader: reading what was written gives the operations that were added.
#pragma once
#include <bitset>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/npu/config.h"
#include "engine/npu/operation.h"
#include "engine/npu/registers.h"

namespace moonlet::npu {

class StreamWriter {
 public:
  explicit StreamWriter(const Config& config) : config_(config) {}

  // Writes the registers that the operation uses and that hold something else, then its command.
  // Requires what StreamReader::Next checks.
  void Add(const Operation& operation);
  // How many words there are, as Operation::word of the next command wants it.
  uint32_t words() const { return static_cast<uint32_t>(words_.size()); }
  // The stream, with a STOP if the last operation is none. The writer is as new then.
  std::vector<uint32_t> Finish();

 private:
  void AddBlock(const Operation& op);
  void AddIfm(const Operation& op);
  void AddIfm2(const Operation& op);
  void AddOfm(const Operation& op);
  void AddMap(const MapRegisters& to, const FeatureMap& map);
  void AddKernel(const Operation& op);
  void AddWeights(const Operation& op);
  void AddScales(const Operation& op);
  void AddActivation(const Operation& op);
  void AddSharedRam(const Operation& op);
  void AddDma(const Dma& dma);
  void AddCommand(const Operation& op);

  void Set(Register0 r, int32_t value);
  void SetM1(Register0 r, int32_t value) { Set(r, value - 1); }
  void Set(Register1 r, uint64_t address);
  void SetScale(Register1 r, Scale scale);
  void SetLong(Register1 r, uint16_t parameter, uint32_t payload);

  Config config_;
  std::vector<uint32_t> words_;
  bool stopped_ = false;
  // What the unit's registers hold, of those that were written.
  Registers registers_;
  std::bitset<0x400> short_known_;
  std::bitset<0x400> long_known_;
};

// The driver payload: configuration, architecture version, stream. The stream starts at byte 32,
// so that it is at a multiple of 16 where the payload is.
std::vector<uint8_t> WritePayload(const Config& config, std::span<const uint32_t> stream);

}  // namespace moonlet::npu
