// engine/npu/cycles.h - how long operations take, by the formulas of Arm's compiler Vela: an
// estimate of the unit and its memories, not a measurement.
//
//   class Printer final : public npu::LayerObserver {
//     void Layer(const npu::LayerCycles& layer) override { ... layer.cycles.total() ... }
//   };
//   Printer printer;
//   npu::CycleWalker walker(config, npu::DefaultSystem(config), &printer);
//   ... walker.Add(op); for every operation of the stream, waits and STOP included
//
// An operation alone knows its arithmetic and its feature maps. What it waits for, weights and
// tables that are copied from flash while the operation before it runs, only the walk knows.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// A memory on a port of the unit.
struct MemorySpeed {
  float bytes_per_cycle;
  int32_t burst;         // bytes
  int32_t read_latency;  // cycles
  int32_t write_latency;
};

// Clock and memories: Vela's "system config" with a "memory mode".
struct System {
  const char* name;
  float clock_mhz;
  MemorySpeed sram;
  MemorySpeed constants;  // flash or DRAM: region 0
  bool fast_is_sram;      // region 1 is in the memory of constants, region 2 in SRAM
};
const System& DefaultSystem(const Config& config);  // Vela's default for the product
const System* FindSystem(const char* name);         // "Ethos_U55_Deep_Embedded"; null if unknown

// What bounds an operation: the arithmetic, what follows it (scaling, activation, ELEMENTWISE),
// the memory of feature maps, the memory of weights.
enum class Bound : uint8_t { kMac, kOutput, kSram, kFlash };
const char* NameOf(Bound bound);  // "MAC"

struct Cycles {
  double npu = 0;      // the unit, with what it waits for copies
  double waiting = 0;  // of these
  double sram = 0;     // each memory's accesses, that run beside the unit
  double constants = 0;
  int64_t macs = 0;
  Bound inside = Bound::kMac;  // what bounds the unit itself: kMac or kOutput

  double total() const;  // the largest of the three
  Bound bound() const;
  // Of the MACs that the unit could do in total() cycles.
  double utilisation(const Config& config) const;
};

// A block operation alone. `cycles` of anything else are zero.
void EstimateOperation(const Operation& operation, const Config& config, const System& system,
                       Cycles* cycles);

// Operations of one layer: compilers cut CONV and DEPTHWISE into slices of output channels, so
// that one slice's weights are copied while another runs.
struct LayerCycles {
  const Operation*
      operation;        // the whole: block, kernel and feature maps of the first, all channels
  uint32_t first_word;  // of the first operation's command and the last one's
  uint32_t last_word;
  int32_t operations;
  Cycles cycles;
};

class LayerObserver {
 public:
  virtual void Layer(const LayerCycles& layer) = 0;

 protected:
  ~LayerObserver() = default;
};

// Takes operations in stream order and tells of each layer once its last operation is known.
class CycleWalker {
 public:
  CycleWalker(const Config& config, const System& system, LayerObserver* observer)
      : config_(config), system_(system), observer_(observer) {}
  CycleWalker(const CycleWalker&) = delete;
  CycleWalker& operator=(const CycleWalker&) = delete;

  void Add(const Operation& operation);
  void Finish();  // STOP does it too

 private:
  // Bytes that a layer waits for.
  struct Copies {
    int32_t count = 0;
    double first = 0;  // cycles
    double bytes = 0;
    uint8_t source = 0;  // region
  };
  struct Started {
    Dma dma;
    bool waited;  // until the unit was idle
  };

  void Start(const Dma& dma);
  void AddBlock(const Operation& operation);
  void Claim(const Operation& operation);
  void Count(const Started& started, Copies* copies);
  bool Continues(const Operation& operation) const;
  void Extend(const Operation& operation);
  void Wait(double unit, Cycles* cycles) const;

  static constexpr int kStarted = 8;

  const Config& config_;
  const System& system_;
  LayerObserver* observer_;
  Started started_[kStarted];  // copies that no operation has used yet
  int32_t started_count_ = 0;
  bool idle_ = false;  // a KERNEL_WAIT 0 was the last that concerned the unit
  Operation layer_;
  uint32_t last_word_ = 0;
  int32_t operations_ = 0;
  Copies weights_;
  Copies others_;
  double last_slice_ = 0;     // cycles of the layer's last operation
  double before_ = 0;         // of the one before the layer: copies hide behind it
  bool weights_hide_ = true;  // unless the stream made them wait for it
};

// Walks a whole stream. Fails where it does not decode.
Status EstimateStream(std::span<const uint8_t> stream, const Config& config, const System& system,
                      LayerObserver* observer);

}  // namespace moonlet::npu
