#include "engine/npu/config.h"

#include <bit>
#include <cstdio>

namespace moonlet::npu {
namespace {

constexpr Config kConfigs[] = {
    {Product::kU55, 32, 16},  {Product::kU55, 64, 16},  {Product::kU55, 128, 24},
    {Product::kU55, 256, 48}, {Product::kU65, 256, 48}, {Product::kU65, 512, 96},
};

constexpr Geometry kGeometry32 = {{1, 1, 4}, {1, 1, 8}, 16, false, {2, 2, 2, 2, 4, 4, 4, 4}};
constexpr Geometry kGeometry64 = {{1, 1, 8}, {1, 1, 8}, 16, false, {2, 2, 2, 2, 4, 4, 4, 8}};
constexpr Geometry kGeometry128 = {{1, 2, 8}, {1, 2, 8}, 24, true, {4, 4, 4, 4, 8, 4, 8, 12}};
// Also of each core of a U65-512.
constexpr Geometry kGeometry256 = {{2, 2, 8}, {2, 2, 8}, 48, true, {8, 8, 8, 8, 16, 8, 16, 20}};

constexpr int kStreamVersionAt = 4, kShramAt = 8, kCustomDmaAt = 27, kProductAt = 28;

const char* NameOf(Product product) { return product == Product::kU55 ? "U55" : "U65"; }

}  // namespace

const Geometry& Config::geometry() const {
  switch (macs) {
    case 32:
      return kGeometry32;
    case 64:
      return kGeometry64;
    case 128:
      return kGeometry128;
    default:
      return kGeometry256;
  }
}

uint32_t Config::Register() const {
  return static_cast<uint32_t>(std::countr_zero(macs)) |
         static_cast<uint32_t>(stream_version) << kStreamVersionAt |
         static_cast<uint32_t>(shram_kib) << kShramAt |
         static_cast<uint32_t>(custom_dma) << kCustomDmaAt |
         static_cast<uint32_t>(product) << kProductAt;
}

const Config* FindConfig(Product product, int macs) {
  for (const Config& config : kConfigs)
    if (config.product == product && config.macs == macs) return &config;
  return nullptr;
}

Status ReadConfig(uint32_t config_register, Config* config) {
  const auto word = static_cast<unsigned>(config_register);
  const unsigned product = word >> kProductAt;
  if (product > static_cast<unsigned>(Product::kU65))
    return Status::Invalid("configuration 0x%08x: product %u, expected 0 (U55) or 1 (U65)", word,
                           product);
  const unsigned macs = 1U << (word & 0xF);
  const Config* found = FindConfig(static_cast<Product>(product), static_cast<int>(macs));
  if (found == nullptr)
    return Status::Invalid("configuration 0x%08x: no %s has %u MACs", word,
                           NameOf(static_cast<Product>(product)), macs);
  const unsigned shram = word >> kShramAt & 0xFF;
  if (shram != found->shram_kib)
    return Status::Invalid("configuration 0x%08x: %u KiB of shared RAM, expected %u", word, shram,
                           static_cast<unsigned>(found->shram_kib));
  *config = *found;
  config->stream_version = static_cast<uint8_t>(word >> kStreamVersionAt & 0xF);
  config->custom_dma = (word >> kCustomDmaAt & 1) != 0;
  return Status();
}

ConfigName::ConfigName(const Config& config) {
  std::snprintf(text, sizeof(text), "%s-%d", NameOf(config.product), static_cast<int>(config.macs));
}

}  // namespace moonlet::npu
