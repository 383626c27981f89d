// engine/kernels/each_element.h - the walk over one array, for kernels that take each
// element by itself, in pieces short enough to poll a StopToken between.
#pragma once
#include <algorithm>
#include <cstddef>

#include "engine/base/stop_token.h"

namespace moonlet {

// Calls piece(first, count). A piece of exponentials costs about 10^6 multiply-adds.
template <typename Piece>
bool ForEachPiece(size_t n, const StopToken& stop, Piece piece) {
  constexpr size_t kPiece = 1 << 15;
  for (size_t first = 0; first < n; first += kPiece) {
    if (stop.raised()) return false;
    piece(first, std::min(kPiece, n - first));
  }
  return true;
}

// output[i] = op(input[i]).
template <typename T, typename Op>
bool ForEachElement(const T* input, size_t n, T* output, const StopToken& stop, Op op) {
  return ForEachPiece(n, stop, [=](size_t first, size_t count) {
    for (size_t i = first; i < first + count; ++i) output[i] = op(input[i]);
  });
}

}  // namespace moonlet
