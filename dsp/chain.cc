#include "dsp/chain.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace moonlet::dsp {
namespace {

constexpr size_t kChainPiece = 256;
constexpr size_t kBufferBytes = 16384;  // what the pieces are made small for

size_t BytesOf(const Block::Port& port, size_t items) {
  return items * port.width * SizeOf(port.dtype);
}

// The most bytes between two blocks while `piece` items go in.
size_t BytesBetween(std::span<Block* const> blocks, size_t piece) {
  size_t most = 0;
  for (Block* block : blocks.first(blocks.size() - 1)) {
    piece = block->MaxOutput(piece);
    most = std::max(most, BytesOf(block->output(), piece));
  }
  return most;
}

size_t ChainPiece(std::span<Block* const> blocks) {
  size_t piece = kChainPiece;
  while (piece > 1 && BytesBetween(blocks, piece) > kBufferBytes) piece /= 2;
  return piece;
}

double RatioOf(const Block::Rate& rate) {
  return static_cast<double>(rate.out) / static_cast<double>(rate.in);
}

// Multiplies *total; false when the product is beyond what a Rate holds.
bool Multiply(const Block::Rate& factor, Block::Rate* total) {
  uint64_t out = uint64_t{total->out} * factor.out, in = uint64_t{total->in} * factor.in;
  const uint64_t common = std::gcd(out, in);
  out /= common;
  in /= common;
  if (out > UINT32_MAX || in > UINT32_MAX) return false;
  *total = {static_cast<uint32_t>(out), static_cast<uint32_t>(in)};
  return true;
}

// The product of all rates, and of what goes in the samples per second, 0 if no block knows.
Status Measure(std::span<Block* const> blocks, Block::Rate* total, double* sample_rate) {
  *total = {};
  *sample_rate = 0;
  int number = 0;
  for (Block* block : blocks) {
    ++number;
    const double here = *sample_rate * RatioOf(*total), wanted = block->sample_rate();
    if (wanted > 0 && here > 0 && std::fabs(wanted - here) > 1e-9 * wanted)
      return Status::Invalid("block %d is for %.14g Hz, but gets %.14g Hz", number, wanted, here);
    if (wanted > 0 && here == 0) *sample_rate = wanted / RatioOf(*total);
    if (!Multiply(block->rate(), total))
      return Status::Invalid("the rates up to block %d come to a ratio too long", number);
  }
  return Status();
}

}  // namespace

Status CheckChain(std::span<Block* const> blocks) {
  for (size_t i = 1; i < blocks.size(); ++i) {
    const Block::Port given = blocks[i - 1]->output(), taken = blocks[i]->input();
    if (given.dtype != taken.dtype || given.width != taken.width) {
      return Status::Invalid("block %d takes %s {%llu}, but gets %s {%llu}",
                             static_cast<int>(i + 1), NameOf(taken.dtype),
                             static_cast<unsigned long long>(taken.width), NameOf(given.dtype),
                             static_cast<unsigned long long>(given.width));
    }
  }
  Block::Rate rate;
  double sample_rate;
  return Measure(blocks, &rate, &sample_rate);
}

Chain::Chain(Arena& arena, std::span<Block* const> blocks)
    : count_(blocks.size()), blocks_(arena.Take<Block*>(count_)), piece_(ChainPiece(blocks)) {
  assert(count_ >= 1);
  for (unsigned char*& buffer : buffers_)
    buffer = arena.Take<unsigned char>(BytesBetween(blocks, piece_));
  if (arena.counting()) return;
  std::copy(blocks.begin(), blocks.end(), blocks_);
  [[maybe_unused]] const Status measured = Measure(blocks, &rate_, &sample_rate_);
  assert(measured.ok());
}

double Chain::latency() const {
  double total = 0, ratio = 1;
  for (Block* block : std::span(blocks_, count_)) {
    total += block->latency() / ratio;
    ratio *= RatioOf(block->rate());
  }
  return total;
}

size_t Chain::CountOutput(size_t count) const {
  for (Block* block : std::span(blocks_, count_)) count = block->CountOutput(count);
  return count;
}

size_t Chain::MaxOutput(size_t count) const {
  for (Block* block : std::span(blocks_, count_)) count = block->MaxOutput(count);
  return count;
}

size_t Chain::piece() const {
  auto least = static_cast<double>(piece_);
  double ratio = 1;
  for (Block* block : std::span(blocks_, count_)) {
    least = std::min(least, static_cast<double>(block->piece()) / ratio);
    ratio *= RatioOf(block->rate());
  }
  return std::max<size_t>(1, static_cast<size_t>(least));
}

size_t Chain::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const unsigned char*>(in);
  auto* y = static_cast<unsigned char*>(out);
  size_t given = 0;
  while (count > 0) {
    const size_t piece = std::min(count, piece_);
    given += PushPiece(x, piece, y + BytesOf(output(), given));
    x += BytesOf(input(), piece);
    count -= piece;
  }
  return given;
}

size_t Chain::PushPiece(const void* in, size_t count, void* out) {
  for (size_t i = 0; i < count_; ++i) {
    void* to = i + 1 == count_ ? out : buffers_[i % 2];
    count = blocks_[i]->Push(in, count, to);
    in = to;
  }
  return count;
}

void Chain::Reset() {
  for (Block* block : std::span(blocks_, count_)) block->Reset();
}

}  // namespace moonlet::dsp
