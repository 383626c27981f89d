// WHERE and RANGE: how much they give depends on values, and a model's shapes do not change.
// So they run where those values are constants.
#include "engine/kernels/where.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

static_assert(WhereParams::kMaxRank >= kMaxModelRank);

struct WhereRecord {
  WhereParams p;
  Operand input;
  Operand output;
};

bool RunWhere(const void* record, const RunContext& run) {
  const auto* r = static_cast<const WhereRecord*>(record);
  return FindNonzero(r->p, run.Address(r->input), run.Write<int64_t>(r->output), run.stop);
}

// A float is zero, or a denormal, where its exponent is.
uint64_t NonzeroBits(TensorType type) {
  if (type == TensorType::FLOAT32) return 0x7F800000;
  if (type == TensorType::FLOAT64) return 0x7FFFFFFFFFFFFFFF;
  return ~uint64_t{0};
}

template <typename T>
struct RangeRecord {
  T start;
  T delta;
  uint32_t count;
  Operand output;
};

// A step after the other, as the reference has it: a float's roundings add up.
template <typename T>
T Next(T value, T delta) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(value) + static_cast<U>(delta));
  } else {
    return value + delta;
  }
}

template <typename T>
bool RunRange(const void* record, const RunContext& run) {
  constexpr uint32_t kPiece = 1 << 16;
  const auto* r = static_cast<const RangeRecord<T>*>(record);
  T* output = run.Write<T>(r->output);
  T value = r->start;
  for (uint32_t i = 0; i < r->count; ++i, value = Next(value, r->delta)) {
    if (i % kPiece == 0 && run.stop.raised()) return false;
    output[i] = value;
  }
  return true;
}

// ceil(|limit - start| / |delta|). Requires that delta leads from start towards limit.
int64_t StepsBetween(float start, float limit, float delta) {
  constexpr float kMost = 2147483648.0f;
  const float steps = std::fabs((limit - start) / delta);
  if (!(steps < kMost)) return std::numeric_limits<int32_t>::max();
  const auto whole = static_cast<int64_t>(steps);
  return whole + (static_cast<float>(whole) < steps ? 1 : 0);
}
int64_t StepsBetween(int64_t start, int64_t limit, int64_t delta) {
  const bool rises = limit > start;
  const uint64_t way = rises ? static_cast<uint64_t>(limit) - static_cast<uint64_t>(start)
                             : static_cast<uint64_t>(start) - static_cast<uint64_t>(limit);
  const uint64_t step = rises ? static_cast<uint64_t>(delta) : 0 - static_cast<uint64_t>(delta);
  const uint64_t steps = way / step + (way % step != 0 ? 1 : 0);
  return static_cast<int64_t>(std::min<uint64_t>(steps, std::numeric_limits<int32_t>::max()));
}

template <typename T>
Status PrepareRangeOf(const Node& node, StepWriter& writer) {
  T values[3];
  for (int k = 0; k < 3; ++k) values[k] = Unaligned<T>(node.input(k).data().data())[0];
  const auto [start, limit, delta] = values;
  if (!(delta > 0 && limit > start) && !(delta < 0 && limit < start))
    return Status::Invalid("steps of %g do not lead from %g to %g", static_cast<double>(delta),
                           static_cast<double>(start), static_cast<double>(limit));
  using Exact = std::conditional_t<std::is_integral_v<T>, int64_t, T>;
  const int64_t count = StepsBetween(Exact{start}, Exact{limit}, Exact{delta});
  const ModelTensor output = node.output(0);
  if (output.rank() != 1 || output.dim(0) != count)
    return Status::Invalid("%s has shape %s, expected {%lld}", TensorLabel("output", output).text,
                           DimsText(output.shape()).text, static_cast<long long>(count));
  auto* r = writer.Add<RangeRecord<T>>(RunRange<T>);
  if (r != nullptr) *r = {start, delta, static_cast<uint32_t>(count), writer.At(output)};
  return Status();
}

}  // namespace

Status PrepareWhere(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  if (Status s = CheckConstant("input", input); !s.ok()) return s;
  if (input.rank() < 1) return Status::Invalid("a scalar, expected rank 1 or more");
  WhereParams p;
  p.mask = NonzeroBits(input.type());
  p.element_bytes = ElementBytes(input);
  p.rank = input.rank();
  std::ranges::copy(input.shape(), p.lengths);
  p.count = static_cast<int32_t>(CountNonzero(p, input.data().data()));
  const int32_t expected[] = {p.count, p.rank};
  if (Status s = CheckShape("output", output, expected); !s.ok()) return s;
  auto* r = writer.Add<WhereRecord>(RunWhere);
  if (r != nullptr) *r = {p, writer.At(input), writer.At(output)};
  return Status();
}

Status PrepareRange(const Node& node, StepWriter& writer) {
  constexpr const char* kRoles[] = {"start", "limit", "delta"};
  Status s = CheckCounts(node, 3, 3);
  for (int k = 0; s.ok() && k < 3; ++k) {
    const ModelTensor input = node.input(k);
    s = CheckType(kRoles[k], input, node.output(0).type());
    if (s.ok()) s = CheckConstant(kRoles[k], input);
    if (s.ok()) s = CheckOneElement(kRoles[k], input);
  }
  if (!s.ok()) return s;
  const TensorType type = node.output(0).type();
  if (type == TensorType::INT32) return PrepareRangeOf<int32_t>(node, writer);
  if (type == TensorType::INT64) return PrepareRangeOf<int64_t>(node, writer);
  return PrepareRangeOf<float>(node, writer);
}

const StepList kWhereSteps =
    ListSteps<Step<WhereRecord, RunWhere>, Step<RangeRecord<int32_t>, RunRange<int32_t>>,
              Step<RangeRecord<int64_t>, RunRange<int64_t>>,
              Step<RangeRecord<float>, RunRange<float>>>();

}  // namespace moonlet
