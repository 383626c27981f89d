#include "engine/kernels/repeat.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace moonlet {

// What is there already is copied, so the pieces double until they are long enough.
bool RepeatBytes(uint8_t* data, size_t bytes, size_t times, WorkMeter& meter) {
  constexpr size_t kPiece = 1 << 16;
  const size_t total = bytes * times;
  size_t done = bytes;
  while (done < total) {
    const size_t from = done % bytes;
    const size_t piece = std::min({done - from, total - done, kPiece});
    if (!meter.Spend(static_cast<int64_t>(piece / 8 + 1))) return false;
    std::memcpy(data + done, data + from, piece);
    done += piece;
  }
  return true;
}

TileParams MakeTile(std::span<const int32_t> lengths, std::span<const int32_t> times,
                    int32_t element_bytes) {
  assert(lengths.size() == times.size() && lengths.size() <= TileParams::kMaxRank);
  TileParams p;
  p.run = element_bytes;
  // The innermost axes that are not repeated are one run.
  size_t rank = lengths.size();
  while (rank > 0 && times[rank - 1] == 1) p.run *= lengths[--rank];
  p.rank = static_cast<int32_t>(rank);
  int32_t from = p.run, to = p.run;
  for (size_t i = rank; i-- > 0;) {
    p.axes[i] = {lengths[i], times[i], from, to};
    from *= lengths[i];
    to *= lengths[i] * times[i];
  }
  return p;
}

namespace {

// Each position of the axis is complete before they are repeated.
bool TileFrom(const TileParams& p, int axis, const uint8_t* from, uint8_t* to, WorkMeter& meter) {
  if (axis == p.rank) {
    if (!meter.Spend(p.run / 8 + 1)) return false;
    std::memcpy(to, from, static_cast<size_t>(p.run));
    return true;
  }
  const TiledAxis& a = p.axes[axis];
  for (int32_t i = 0; i < a.length; ++i) {
    if (!TileFrom(p, axis + 1, from + std::ptrdiff_t{i} * a.from, to + std::ptrdiff_t{i} * a.to,
                  meter))
      return false;
  }
  return RepeatBytes(to, static_cast<size_t>(a.length) * static_cast<size_t>(a.to),
                     static_cast<size_t>(a.times), meter);
}

}  // namespace

bool Tile(const TileParams& p, const uint8_t* input, uint8_t* output, const StopToken& stop) {
  WorkMeter meter(stop);
  return TileFrom(p, 0, input, output, meter);
}

}  // namespace moonlet
