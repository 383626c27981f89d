#include "engine/ml/nearest.h"

#include <cmath>
#include <limits>

namespace moonlet::ml {
namespace {

bool Farther(const Neighbor& a, const Neighbor& b) {
  return a.distance > b.distance || (a.distance == b.distance && a.position > b.position);
}

bool Nearer(const Neighbor& a, const Neighbor& b) { return Farther(b, a); }

// Puts `value` in place of the farthest, at the top of a heap of n.
void ReplaceFarthest(Neighbor* heap, Index n, Neighbor value) {
  Index at = 0;
  for (Index child = 1; child < n; child = 2 * at + 1) {
    if (child + 1 < n && Farther(heap[child + 1], heap[child])) ++child;
    if (!Farther(heap[child], value)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

// What is no number, as a damaged file may have it, is farthest.
double Ordered(double rank) {
  return std::isnan(rank) ? std::numeric_limits<double>::infinity() : rank;
}

}  // namespace

void FindNearest(const Stored& in, const Samples& x, Index k, Index own, Neighbor* found,
                 double* scratch) {
  EachRank(in, x, scratch,
           [&](Index row, Index first, Index count, const double* ranks, Index stride) {
             Neighbor* heap = found + row * k;
             const Index skip = own >= 0 ? own + row - first : -1;
             const bool skipped = own >= 0 && own + row < first;
             Index size = std::min(k, first - (skipped ? 1 : 0));
             Index i = 0;
             for (; i < count && size < k; ++i) {
               if (i == skip) continue;
               heap[size++] = {Ordered(ranks[i * stride]), static_cast<double>(first + i)};
               if (size == k) std::make_heap(heap, heap + k, Nearer);
             }
             // A later one that is as near as the farthest is no neighbour.
             for (; i < count; ++i)
               if (ranks[i * stride] < heap[0].distance && i != skip)
                 ReplaceFarthest(heap, k, {ranks[i * stride], static_cast<double>(first + i)});
           });
  for (Index row = 0; row < x.count; ++row) {
    std::sort_heap(found + row * k, found + (row + 1) * k, Nearer);
    for (Index i = row * k; i < (row + 1) * k; ++i)
      found[i].distance = DistanceOf(in.space, found[i].distance);
  }
}

}  // namespace moonlet::ml
