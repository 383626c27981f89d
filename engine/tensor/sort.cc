#include "engine/tensor/sort.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <type_traits>

#include "engine/kernels/float_bits.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// Keys are integers that order as the elements do: no float comparison, whatever the mode.
// They are int32_t for elements that fit, among them float32, else int64_t.
bool HasWideKeys(DType dtype) {
  return SizeOf(dtype) == sizeof(int64_t) || dtype == DType::kUint32;
}

template <typename K>
using Float = std::conditional_t<sizeof(K) == 8, double, float>;

template <typename K>
K KeyOf(Float<K> value, bool descending) {
  using Limits = std::numeric_limits<K>;
  if (value != value) return Limits::max();  // after every other in both directions
  const auto bits = std::bit_cast<K>(Flushed(value));
  const K key = bits < 0 ? static_cast<K>(Limits::min() - bits) : bits;
  return descending ? ~key : key;
}

constexpr Index kBlock = 4096;  // sorted at a stroke; longer rows are merged of such

// What ordering a row needs, in one allocation.
template <typename K>
struct Scratch {
  K* keys;         // n
  int32_t* order;  // n
  int32_t* spare;  // n
};

// Orders positions by their keys; ties by position, so any method of sorting gives the
// stable result.
template <typename K>
struct Before {
  const K* keys;
  bool operator()(int32_t i, int32_t j) const {
    return keys[i] != keys[j] ? keys[i] < keys[j] : i < j;
  }
};

// Merges the ordered runs [from, middle) and [middle, end).
template <typename K>
Status Merge(const int32_t* from, const int32_t* middle, const int32_t* end, int32_t* to,
             Before<K> before, const StopToken& stop) {
  const int32_t* left = from;
  const int32_t* right = middle;
  while (left != middle && right != end) {
    if (stop.raised()) return Status::Stopped();
    const Index sure = std::min({kMaxRun, Index{middle - left}, Index{end - right}});
    for (Index i = 0; i < sure; ++i) *to++ = before(*right, *left) ? *right++ : *left++;
  }
  std::copy(right, end, std::copy(left, middle, to));
  return {};
}

// Puts the first n positions in scratch->order in order.
template <typename K>
Status Order(Scratch<K>* scratch, Index n, const StopToken& stop) {
  const Before<K> before{scratch->keys};
  for (Index i = 0; i < n; i += kBlock) {
    if (stop.raised()) return Status::Stopped();
    std::sort(scratch->order + i, scratch->order + std::min(n, i + kBlock), before);
  }
  for (Index width = kBlock; width<n; width = width> n / 2 ? n : 2 * width) {
    for (Index i = 0; i < n;) {
      const Index middle = i + std::min(width, n - i);
      const Index end = middle + std::min(width, n - middle);
      Status s = Merge(scratch->order + i, scratch->order + middle, scratch->order + end,
                       scratch->spare + i, before, stop);
      if (!s.ok()) return s;
      i = end;
    }
    std::swap(scratch->order, scratch->spare);
  }
  return {};
}

// All positions of a row.
template <typename K>
Status OrderAll(Scratch<K>* scratch, Index n, const StopToken& stop) {
  std::iota(scratch->order, scratch->order + n, 0);
  return Order(scratch, n, stop);
}

// The first k positions alone: a heap of the best so far.
template <typename K>
Status OrderFirst(Scratch<K>* scratch, Index n, Index k, const StopToken& stop) {
  const Before<K> before{scratch->keys};
  int32_t* order = scratch->order;
  Status s = ForEachPiece(n, stop, [=](Index first, Index end) {
    for (Index i = first; i < end; ++i) {
      const auto position = static_cast<int32_t>(i);
      if (i >= k) {
        if (!before(position, order[0])) continue;
        std::pop_heap(order, order + k, before);
      }
      const Index last = std::min(i, k - 1);
      order[last] = position;
      std::push_heap(order, order + last + 1, before);
    }
  });
  return s.ok() ? Order(scratch, k, stop) : s;
}

struct Row {
  DType dtype;
  const uint8_t* from;
  Index step;
  uint8_t* values;  // null when not wanted
  Index values_step;
  int32_t* positions;  // null when not wanted
  Index positions_step;
};

template <typename K>
Status LoadKeys(const Row& row, Index n, bool descending, K* keys, const StopToken& stop) {
  return ForEachPiece(n, stop, [&](Index first, Index end) {
    const uint8_t* from = row.from + first * row.step * static_cast<Index>(SizeOf(row.dtype));
    K* to = keys + first;
    if (IsFloat(row.dtype)) {
      const auto* x = reinterpret_cast<const Float<K>*>(from);
      for (Index i = 0; i < end - first; ++i) to[i] = KeyOf<K>(x[i * row.step], descending);
    } else {
      LoadChunk(from, row.dtype, row.step, end - first, to);
      for (Index i = 0; descending && i < end - first; ++i) to[i] = ~to[i];
    }
  });
}

// The first k elements in order, by way of `memory` for all n: values may be x.
template <typename T>
Status StoreValues(const Row& row, Index n, Index k, const int32_t* order, T* memory,
                   const StopToken& stop) {
  const T* from = reinterpret_cast<const T*>(row.from);
  T* to = reinterpret_cast<T*>(row.values);
  Status s = ForEachPiece(n, stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i) memory[i] = from[i * row.step];
  });
  if (!s.ok()) return s;
  return ForEachPiece(k, stop, [&](Index first, Index end) {
    for (Index i = first; i < end; ++i) to[i * row.values_step] = memory[order[i]];
  });
}

template <typename K>
Status SortRow(const Row& row, Index n, Index k, bool descending, Scratch<K> scratch,
               const StopToken& stop) {
  Status s = LoadKeys(row, n, descending, scratch.keys, stop);
  if (s.ok()) s = k < n / 8 ? OrderFirst(&scratch, n, k, stop) : OrderAll(&scratch, n, stop);
  if (s.ok() && row.positions != nullptr) {
    s = ForEachPiece(k, stop, [&](Index first, Index end) {
      for (Index i = first; i < end; ++i)
        row.positions[i * row.positions_step] = scratch.order[i] + 1;
    });
  }
  if (!s.ok() || row.values == nullptr) return s;
  return WithWidth(row.dtype, [&](auto bits) {
    // The keys have served; no element is larger.
    auto* memory = reinterpret_cast<decltype(bits)*>(scratch.keys);
    return StoreValues(row, n, k, scratch.order, memory, stop);
  });
}

// `t` with its last axis cut to one element, so that a walk meets each row once.
Tensor Heads(const Tensor& t) {
  Tensor heads = t;
  --heads.shape.rank;
  return heads;
}

template <typename K>
Status SortRows(const Tensor& x, bool descending, const Sorted& out, void* memory,
                const StopToken& stop) {
  const int last = x.rank() - 1;
  const Index n = x.dim(last);
  const Tensor& shaped = out.values != nullptr ? *out.values : *out.positions;
  const Index k = shaped.dim(last);
  auto* keys = static_cast<K*>(memory);
  auto* order = reinterpret_cast<int32_t*>(keys + n);
  const Tensor from = Heads(x);
  const Tensor values = Heads(out.values != nullptr ? *out.values : shaped);
  const Tensor positions = Heads(out.positions != nullptr ? *out.positions : shaped);
  StridedWalk walk({&from, &values, &positions});
  for (StridedRun run; walk.Next(&run);) {
    for (Index i = 0; i < run.n; ++i) {
      Row row = {x.dtype, run.at(0, i, x.dtype), x.strides[last], nullptr, 0, nullptr, 0};
      if (out.values != nullptr) {
        row.values = run.at(1, i, x.dtype);
        row.values_step = out.values->strides[last];
      }
      if (out.positions != nullptr) {
        row.positions = run.at<int32_t>(2) + i * run.step[2];
        row.positions_step = out.positions->strides[last];
      }
      Status s = SortRow<K>(row, n, k, descending, {keys, order, order + n}, stop);
      if (!s.ok()) return s;
      if (stop.raised()) return Status::Stopped();
    }
  }
  return {};
}

}  // namespace

Status Sort(const Tensor& x, bool descending, const Sorted& out, Allocator& memory,
            const StopToken& stop) noexcept {
  if (x.rank() == 0) return Status::Invalid("a scalar has no axis to sort along");
  const Index n = x.dim(x.rank() - 1);
  const Tensor& shaped = out.values != nullptr ? *out.values : *out.positions;
  const Index k = shaped.dim(x.rank() - 1);
  if (k > n) {
    return Status::Invalid("%lld elements wanted, the last axis has %lld",
                           static_cast<long long>(k), static_cast<long long>(n));
  }
  if (n > std::numeric_limits<int32_t>::max())
    return Status::Unsupported("rows above 2^31 - 1 elements are not sorted");
  if (shaped.size() == 0) return {};
  const bool wide = HasWideKeys(x.dtype);
  const size_t key_bytes = wide ? sizeof(int64_t) : sizeof(int32_t);
  const size_t bytes = static_cast<size_t>(n) * (key_bytes + 2 * sizeof(int32_t));
  void* scratch = memory.Allocate(bytes, alignof(int64_t));
  if (scratch == nullptr) return Status::NoMemory(bytes);
  Status s = wide ? SortRows<int64_t>(x, descending, out, scratch, stop)
                  : SortRows<int32_t>(x, descending, out, scratch, stop);
  memory.Free(scratch, bytes);
  return s;
}

}  // namespace moonlet
