#include "engine/ml/sample_store.h"

#include <algorithm>
#include <cstring>

namespace moonlet::ml {
namespace {

bool OfClasses(const State& state) { return state[kStoredY].dtype == DType::kInt32; }

// Writes sample i of `fit` to `position`.
void Store(const Fit& fit, Index i, Index position, State* state) {
  std::copy_n(fit.x.row(i), fit.x.width, state->own<float>(kStoredX) + position * fit.x.width);
  if (fit.codes != nullptr) {
    state->own<int32_t>(kStoredY)[position] = fit.codes[i];
  } else {
    state->own<double>(kStoredY)[position] = fit.targets[i];
  }
}

// Memory of its own for all that Append writes.
Status ReserveFor(const Fit& fit, State* state) {
  const Index count = (*state)[kStoredX].dim(0), added = fit.x.count;
  const auto capacity = static_cast<Index>(fit.options.Whole(kCapacityOption));
  const bool replaces = fit.options.Word(kReplaceOption) == 1;
  Index room = count + added;
  if (capacity > 0) {
    if (!replaces && room > capacity)
      return Status::Invalid(
          "%ld of %ld samples are there, no room for %ld more (replace = "
          "\"oldest\" would make it)",
          static_cast<long>(count), static_cast<long>(capacity), static_cast<long>(added));
    room = capacity;
  } else if (count > 0 && room > state->Room(kStoredX)) {
    room = std::max(room, 2 * count);
  }
  for (const int array : {kStoredX, kStoredY})
    if (Status s = state->Reserve(array, room); !s.ok()) return s;
  if (!state->has(kOldest)) return state->Make(kOldest, DType::kInt32, {1});
  return state->Reserve(kOldest, 1);
}

void Append(const Fit& fit, State* state) {
  const auto capacity = static_cast<Index>(fit.options.Whole(kCapacityOption));
  Index count = (*state)[kStoredX].dim(0);
  int32_t& oldest = state->own<int32_t>(kOldest)[0];
  for (Index i = 0; i < fit.x.count; ++i) {
    if (capacity == 0 || count < capacity) {
      Store(fit, i, count++, state);
    } else {
      Store(fit, i, oldest, state);
      oldest = static_cast<int32_t>((oldest + 1) % count);
    }
  }
  for (const int array : {kStoredX, kStoredY}) state->SetRows(array, count);
}

Status MakeEmpty(const Fit& fit, State* state) {
  const DType dtype = fit.codes != nullptr ? DType::kInt32 : DType::kFloat64;
  if (Status s = state->Make(kStoredX, DType::kFloat32, {0, fit.x.width}); !s.ok()) return s;
  return state->Make(kStoredY, dtype, {0});
}

// Samples and what is known of them, row by row as bytes.
struct Rows {
  uint8_t* data;
  Index size;  // of one

  static Rows Of(State* state, int array) {
    const Tensor& t = (*state)[array];
    const Index width = array == kStoredX ? t.dim(1) : 1;
    return {static_cast<uint8_t*>(t.data), width * static_cast<Index>(SizeOf(t.dtype))};
  }
};

// Moves the oldest sample to position 0, the others after it.
void StartAtOldest(State* state, Index count) {
  const Index oldest = state->own<int32_t>(kOldest)[0];
  if (oldest == 0) return;
  state->own<int32_t>(kOldest)[0] = 0;
  for (const int array : {kStoredX, kStoredY}) {
    const Rows rows = Rows::Of(state, array);
    std::rotate(rows.data, rows.data + oldest * rows.size, rows.data + count * rows.size);
  }
}

// Moves the sample at `from` down to `to`.
void MoveSample(Index from, Index to, State* state) {
  for (const int array : {kStoredX, kStoredY}) {
    const Rows rows = Rows::Of(state, array);
    std::memmove(rows.data + to * rows.size, rows.data + from * rows.size,
                 static_cast<size_t>(rows.size));
  }
}

// Takes the label of a code out of those known.
void ForgetLabel(int32_t code, Estimator* e) {
  State& state = e->state;
  const Index length = state[kLabelArray].dim(0);
  if (state[kLabelArray].dtype == DType::kInt64) {
    auto* labels = state.own<int64_t>(kLabelArray);
    std::copy(labels + code + 1, labels + length, labels + code);
    state.SetRows(kLabelArray, length - 1);
  } else {
    auto* names = reinterpret_cast<char*>(state.own<uint8_t>(kLabelArray));
    char* name = names;
    for (int32_t i = 0; i < code; ++i) name += std::strlen(name) + 1;
    const auto size = static_cast<Index>(std::strlen(name)) + 1;
    std::copy(name + size, names + length, name);
    state.SetRows(kLabelArray, length - size);
  }
  --e->classes;
}

// Forgets class `code` if no sample has it.
void ForgetIfEmpty(int32_t code, Estimator* e) {
  auto* y = e->state.own<int32_t>(kStoredY);
  const Index count = StoredCount(*e);
  if (std::find(y, y + count, code) != y + count) return;
  for (Index i = 0; i < count; ++i) y[i] -= y[i] > code;
  ForgetLabel(code, e);
}

}  // namespace

bool KeepsSamples(const Kind& kind) { return kind.fit == FitStore; }

Status FitStore(const Fit& fit, State* state) {
  if (Status s = MakeEmpty(fit, state); !s.ok()) return s;
  if (Status s = ReserveFor(fit, state); !s.ok()) return s;
  Append(fit, state);
  return {};
}

Status PartialFitStore(const Fit& fit, State* state) {
  if (fit.before == nullptr) return FitStore(fit, state);
  for (const int array : {kStoredX, kStoredY, kOldest})
    if (fit.before->state.has(array))
      if (Status s = state->Copy(array, fit.before->state[array]); !s.ok()) return s;
  if (Status s = ReserveFor(fit, state); !s.ok()) return s;
  Append(fit, state);
  return {};
}

Status CheckStore(const Estimator& e) {
  const Index count = StoredCount(e);
  if (count < 1) return Status::Invalid("no samples");
  if (e.state.has(kOldest)) {
    if (e.state[kOldest].dim(0) != 1) return Status::Invalid("array 'oldest' is not one number");
    const int32_t oldest = e.state.get<int32_t>(kOldest)[0];
    if (oldest < 0 || oldest >= count) return Status::Invalid("array 'oldest' is out of range");
  }
  if (!OfClasses(e.state)) return {};
  const auto* y = e.state.get<int32_t>(kStoredY);
  for (Index i = 0; i < count; ++i)
    if (y[i] < 0 || y[i] >= e.classes) return Status::Invalid("array 'y' is out of range");
  return {};
}

Status AddSamples(const Fit& fit, const Tensor* labels, const int32_t* codes, Estimator* e) {
  State& state = e->state;
  if (Status s = ReserveFor(fit, &state); !s.ok()) return s;
  if (labels != nullptr && fit.classes != e->classes) {
    if (Status s = state.Copy(kLabelArray, *labels); !s.ok()) return s;
    auto* y = state.own<int32_t>(kStoredY);
    for (Index i = 0; i < StoredCount(*e); ++i) y[i] = codes[y[i]];
    e->classes = fit.classes;
  }
  Append(fit, &state);
  return {};
}

Status RemoveSamples(Index position, int32_t code, Estimator* e, Index* removed) {
  State& state = e->state;
  const Index count = StoredCount(*e);
  const bool by_code = position < 0;
  *removed = 1;
  if (by_code) {
    const auto* y = state.get<int32_t>(kStoredY);
    *removed = std::count(y, y + count, code);
  }
  if (*removed == count) return Status::Invalid("no sample would be left");
  for (const int array : {+kStoredX, +kStoredY, +kOldest, kLabelArray})
    if (state.has(array))
      if (Status s = state.Reserve(array, 0); !s.ok()) return s;
  if (state.has(kOldest)) {
    const Index oldest = state.get<int32_t>(kOldest)[0];
    StartAtOldest(&state, count);
    if (!by_code) position = (position - oldest + count) % count;
  }
  if (!by_code && OfClasses(state)) code = state.get<int32_t>(kStoredY)[position];
  Index kept = 0;
  for (Index i = 0; i < count; ++i)
    if (by_code ? state.get<int32_t>(kStoredY)[i] != code : i != position)
      MoveSample(i, kept++, &state);
  for (const int array : {kStoredX, kStoredY}) state.SetRows(array, kept);
  if (OfClasses(state)) ForgetIfEmpty(code, e);
  return {};
}

}  // namespace moonlet::ml
