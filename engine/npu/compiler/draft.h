// engine/npu/compiler/draft.h - a model's operations before their addresses are known: what the
// lowering of operators writes and the rest of the compiler completes.
//
// Feature maps lie in areas, which become pieces of the arena; their bases count from the
// area's first byte. Constants lie in the blob, whose bytes are region 0 already.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/npu/operation.h"
#include "engine/npu/weights.h"

namespace moonlet::npu {

inline constexpr int kNone = -1;
inline constexpr uint8_t kBlobRegion = 0, kArenaRegion = 1;
inline constexpr uint32_t kUnitAlignment = 16;  // of everything that the unit addresses

// A feature map and the area that it lies in, kNone for one in the blob.
struct Feature {
  FeatureMap map;
  int area = kNone;
};

// Of a CONV or DEPTHWISE: weights in plain order (weights.h), a record per output channel.
struct DraftFilter {
  std::vector<int16_t> weights;
  std::vector<ScaleRecord> records;
};

// An operation and what it refers to. One without `unit` stands for an operator of the CPU,
// which reads and writes `others` at its time.
struct DraftStep {
  int node = kNone;  // the operator that it comes from
  bool unit = true;
  Operation op;
  int ifm = kNone;  // areas
  int ifm2 = kNone;
  int ofm = kNone;     // also the target of a DMA
  int buffer = kNone;  // where weights and scales were copied to
  int filter = kNone;
  int table = kNone;
  std::vector<int> others;
};

// A piece of the arena. What the model's user writes or reads keeps clear of all else that he
// does, so an output stays while inputs are written.
struct Area {
  uint32_t bytes = 0;
  bool model_input = false;
  bool model_output = false;
  uint64_t offset = 0;  // allocate.h
};

struct Draft {
  std::vector<Area> areas;
  std::vector<DraftStep> steps;
  std::vector<DraftFilter> filters;
  std::vector<std::vector<uint8_t>> tables;  // 256 bytes each, or 1,024
  std::vector<uint8_t> blob;
  uint64_t arena = 0;  // bytes of all areas as placed
};

// Appends bytes to the blob, unless they are there already; gives their offset.
uint32_t AddToBlob(const void* bytes, size_t size, std::vector<uint8_t>* blob);

}  // namespace moonlet::npu
