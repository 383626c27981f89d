// engine/npu/config.h - which Ethos-U: what its CONFIG register says, and what follows from it.
//
//   npu::Config config;
//   Status s = npu::ReadConfig(0x1807, &config);   // U55-128
//   config.geometry().ofm_micro.depth              // 8
//
// The values of CONFIG and the geometry are facts of the product; the functional model, the
// checker, the estimator and the compiler all read them here.
#pragma once
#include <cstdint>

#include "engine/base/status.h"

namespace moonlet::npu {

enum class Product : uint8_t { kU55 = 0, kU65 = 1 };

// Height, width and depth of a block.
struct Extent {
  int32_t height = 0;
  int32_t width = 0;
  int32_t depth = 0;

  bool operator==(const Extent&) const = default;
};

// Banks of 1 KiB that what lies in shared RAM is rounded up to.
struct Granules {
  uint8_t ifm8, ifm16, ifm8_elementwise, ifm16_elementwise, ifm32, acc16, acc32, acc40;
};

struct Geometry {
  Extent ofm_micro;   // what the MAC unit makes at a time
  Extent ifm_micro;   // what it reads at a time
  int32_t banks;      // of shared RAM
  bool lut_reserved;  // the last two banks are for tables alone
  Granules granules;
};

struct Config {
  Product product = Product::kU55;
  uint16_t macs = 128;  // per cycle, of all cores
  uint8_t shram_kib = 24;
  uint8_t stream_version = 0;
  bool custom_dma = false;

  int cores() const { return macs == 512 ? 2 : 1; }
  const Geometry& geometry() const;
  // The register's value, as a driver's payload holds it.
  uint32_t Register() const;
};

// kInvalid, with the word, for a product or a number of MACs that does not exist or shared RAM
// that this number does not have.
Status ReadConfig(uint32_t config_register, Config* config);
// The part with this many MACs: 32, 64, 128, 256 (U55), 256, 512 (U65). Null if there is none.
const Config* FindConfig(Product product, int macs);

// "U55-128", for messages.
struct ConfigName {
  explicit ConfigName(const Config& config);
  char text[12];
};

}  // namespace moonlet::npu
