#include "engine/ml/svm_smo.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/kernels/double_loops.h"
#include "engine/ml/buffer.h"

namespace moonlet::ml {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLeastCurvature = 1e-12;  // where a pair's is 0 or less
constexpr Index kMostWork = 1000000;       // multiply-adds between two looks at the stop token
constexpr int64_t kLeastBound = 10000000;  // on iterations, as libsvm's

// Rows of the kernel's matrix in float32; those used last stay.
class KernelRows {
 public:
  KernelRows(const SmoProblem& problem, const Work& work);
  ~KernelRows() { work_.memory.Free(rows_, RowBytes() * static_cast<size_t>(slots_)); }
  KernelRows(const KernelRows&) = delete;
  KernelRows& operator=(const KernelRows&) = delete;

  // As many rows as asked for, or as there is memory for; at least two.
  Status Open();
  // The row stays until the one after the next is asked for.
  Status Get(Index sample, const float** row);
  Status Poll(Index multiply_adds);

 private:
  size_t RowBytes() const { return sizeof(float) * static_cast<size_t>(problem_.x.count); }
  Status Compute(Index sample, float* row);
  Index OldestSlot() const;

  const SmoProblem& problem_;
  const Work& work_;
  Index slots_;
  Buffer<int32_t> slot_of_;  // of samples, from 1; 0: not there
  Buffer<int32_t> row_of_;   // of slots: its sample
  Buffer<int64_t> used_;     // of slots: when
  Buffer<double> values_;
  float* rows_ = nullptr;
  int64_t now_ = 0;
  Index since_poll_ = 0;
};

KernelRows::KernelRows(const SmoProblem& problem, const Work& work)
    : problem_(problem),
      work_(work),
      slots_(
          static_cast<Index>(std::clamp(problem.cache_bytes / static_cast<double>(RowBytes()), 2.0,
                                        std::max(static_cast<double>(problem.x.count), 2.0)))),
      slot_of_(work.memory, problem.x.count),
      row_of_(work.memory, slots_),
      used_(work.memory, slots_),
      values_(work.memory, problem.x.count) {}

Status KernelRows::Open() {
  if (!slot_of_.ok()) return slot_of_.Refusal();
  if (!row_of_.ok()) return row_of_.Refusal();
  if (!used_.ok()) return used_.Refusal();
  if (!values_.ok()) return values_.Refusal();
  for (;; slots_ = std::max<Index>(slots_ / 2, 2)) {
    const auto most = static_cast<size_t>(PTRDIFF_MAX) / RowBytes();
    const size_t bytes = RowBytes() * static_cast<size_t>(slots_);
    if (static_cast<size_t>(slots_) <= most)
      rows_ = static_cast<float*>(work_.memory.Allocate(bytes, 16));
    if (rows_ != nullptr) return {};
    if (slots_ == 2) return Status::NoMemory(bytes);
  }
}

Status KernelRows::Poll(Index multiply_adds) {
  since_poll_ += multiply_adds;
  if (since_poll_ < kMostWork) return {};
  since_poll_ = 0;
  return work_.Done(problem_.share);
}

Index KernelRows::OldestSlot() const {
  return std::min_element(used_.data(), used_.data() + slots_) - used_.data();
}

Status KernelRows::Compute(Index sample, float* row) {
  const Samples& x = problem_.x;
  const Index step = std::max<Index>(kMostWork / x.width, 1);
  for (Index first = 0; first < x.count; first += step) {
    const Index count = std::min(step, x.count - first);
    if (Status s = Poll(count * x.width); !s.ok()) return s;
    KernelRow(problem_.kernel, x.row(sample), x.row(first), count, x.width, values_.data());
    for (Index i = 0; i < count; ++i) row[first + i] = static_cast<float>(values_[i]);
  }
  return {};
}

Status KernelRows::Get(Index sample, const float** row) {
  Index slot = slot_of_[sample] - 1;
  if (slot < 0) {
    slot = OldestSlot();
    if (used_[slot] > 0) slot_of_[row_of_[slot]] = 0;
    float* to = rows_ + slot * problem_.x.count;
    if (Status s = Compute(sample, to); !s.ok()) return s;
    slot_of_[sample] = static_cast<int32_t>(slot + 1);
    row_of_[slot] = static_cast<int32_t>(sample);
  }
  used_[slot] = ++now_;
  *row = rows_ + slot * problem_.x.count;
  return {};
}

class Smo {
 public:
  Smo(const SmoProblem& problem, const Work& work, double* alpha)
      : problem_(problem),
        rows_(problem, work),
        alpha_(alpha),
        slope_(work.memory, problem.variables),
        diagonal_(work.memory, problem.x.count) {}

  Status Open();
  Status Solve(int64_t* iterations);
  double Rho() const;

 private:
  Index SampleOf(Index t) const { return t < problem_.x.count ? t : t - problem_.x.count; }
  // Whether y a may grow, or shrink.
  bool Grows(Index t) const {
    return problem_.y[t] > 0 ? alpha_[t] < problem_.upper[t] : alpha_[t] > 0;
  }
  bool Shrinks(Index t) const {
    return problem_.y[t] > 0 ? alpha_[t] > 0 : alpha_[t] < problem_.upper[t];
  }
  void Move(Index t, bool grows, double step);
  double Room(Index t, bool grows) const;
  Index Steepest() const;
  Index Partner(Index i, const float* row, double* step) const;
  void AddRow(const float* row, double factor);
  void MovePair(Index i, Index j, double step, const float* row_i, const float* row_j);

  const SmoProblem& problem_;
  KernelRows rows_;
  double* alpha_;
  Buffer<double> slope_;     // y times the gradient
  Buffer<double> diagonal_;  // K(x, x)
};

void Smo::AddRow(const float* row, double factor) {
  const Index count = problem_.x.count;
  for (Index first = 0; first < problem_.variables; first += count)
    OverDoubles().add_scaled_floats(slope_.data() + first, row, factor, count);
}

Status Smo::Open() {
  if (!slope_.ok()) return slope_.Refusal();
  if (!diagonal_.ok()) return diagonal_.Refusal();
  if (Status s = rows_.Open(); !s.ok()) return s;
  const Samples& x = problem_.x;
  for (Index i = 0; i < x.count; ++i) {
    KernelRow(problem_.kernel, x.row(i), x.row(i), 1, x.width, &diagonal_[i]);
    if (!std::isfinite(static_cast<float>(diagonal_[i])))
      return Status::Invalid("kernel value of row %td is not finite: scale the features", i + 1);
  }
  for (Index t = 0; t < problem_.variables; ++t) slope_[t] = problem_.y[t] * problem_.linear[t];
  for (Index t = 0; t < problem_.variables; ++t) {
    if (alpha_[t] == 0) continue;
    const float* row;
    if (Status s = rows_.Get(SampleOf(t), &row); !s.ok()) return s;
    AddRow(row, problem_.y[t] * alpha_[t]);
    if (Status s = rows_.Poll(problem_.variables); !s.ok()) return s;
  }
  return {};
}

// The variable whose growth lowers the objective most, or -1.
Index Smo::Steepest() const {
  double least = kInfinity;
  Index best = -1;
  for (Index t = 0; t < problem_.variables; ++t) {
    if (!(slope_[t] <= least) || !Grows(t)) continue;
    least = slope_[t];
    best = t;
  }
  return best;
}

// The one to shrink with i for the largest gain, or -1 when no pair breaks the conditions by more
// than the tolerance; *step is how far the two would move.
Index Smo::Partner(Index i, const float* row, double* step) const {
  double best_gain = 0, steepest = -kInfinity;
  Index best = -1;
  for (Index t = 0; t < problem_.variables; ++t) {
    if (!Shrinks(t)) continue;
    steepest = std::max(steepest, slope_[t]);
    const double slope = slope_[t] - slope_[i];
    if (!(slope > 0)) continue;
    const Index sample = SampleOf(t);
    double curvature =
        diagonal_[SampleOf(i)] + diagonal_[sample] - 2.0 * static_cast<double>(row[sample]);
    if (!(curvature > 0)) curvature = kLeastCurvature;
    if (!(slope * slope / curvature >= best_gain)) continue;
    best_gain = slope * slope / curvature;
    *step = slope / curvature;
    best = t;
  }
  return steepest - slope_[i] < problem_.tol ? -1 : best;
}

double Smo::Room(Index t, bool grows) const {
  return grows == (problem_.y[t] > 0) ? problem_.upper[t] - alpha_[t] : alpha_[t];
}

// Moves y a by `step`, onto the bound where that is all the room there is.
void Smo::Move(Index t, bool grows, double step) {
  const bool rises = grows == (problem_.y[t] > 0);
  if (step >= Room(t, grows)) {
    alpha_[t] = rises ? problem_.upper[t] : 0;
  } else {
    alpha_[t] += rises ? step : -step;
  }
}

void Smo::MovePair(Index i, Index j, double step, const float* row_i, const float* row_j) {
  step = std::min({step, Room(i, true), Room(j, false)});
  Move(i, true, step);
  Move(j, false, step);
  const Index count = problem_.x.count;
  for (Index first = 0; first < problem_.variables; first += count)
    OverDoubles().add_difference(slope_.data() + first, row_i, row_j, step, count);
}

Status Smo::Solve(int64_t* iterations) {
  const int64_t bound = problem_.iterations >= 0
                            ? problem_.iterations
                            : std::max<int64_t>(kLeastBound, 100 * int64_t{problem_.variables});
  for (*iterations = 0; *iterations < bound; ++*iterations) {
    const Index i = Steepest();
    if (i < 0) return {};
    const float* row_i;
    const float* row_j;
    double step = 0;
    if (Status s = rows_.Get(SampleOf(i), &row_i); !s.ok()) return s;
    const Index j = Partner(i, row_i, &step);
    if (j < 0) return {};
    if (Status s = rows_.Get(SampleOf(j), &row_j); !s.ok()) return s;
    MovePair(i, j, step, row_i, row_j);
    if (Status s = rows_.Poll(6 * problem_.variables); !s.ok()) return s;
  }
  return {};
}

// From the slopes of variables between their bounds, which are alike; else half way between what
// the others allow.
double Smo::Rho() const {
  double sum = 0, most = kInfinity, least = -kInfinity;
  Index free = 0;
  for (Index t = 0; t < problem_.variables; ++t) {
    const bool grows = Grows(t), shrinks = Shrinks(t);
    if (grows && shrinks) {
      sum += slope_[t];
      ++free;
    } else if (grows) {
      most = std::min(most, slope_[t]);
    } else if (shrinks) {
      least = std::max(least, slope_[t]);
    }
  }
  if (free > 0) return sum / static_cast<double>(free);
  if (std::isinf(most)) return least;  // all at their bounds: nu = 1
  return std::isinf(least) ? most : (most + least) / 2;
}

}  // namespace

Status SolveSmo(const SmoProblem& problem, const Work& work, SmoSolution* solution) {
  Smo smo(problem, work, solution->alpha);
  if (Status s = smo.Open(); !s.ok()) return s;
  if (Status s = smo.Solve(&solution->iterations); !s.ok()) return s;
  solution->rho = smo.Rho();
  if (!std::isfinite(solution->rho))
    return Status::Invalid("kernel values are not finite: scale the features");
  return {};
}

}  // namespace moonlet::ml
