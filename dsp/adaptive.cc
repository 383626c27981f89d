#include "dsp/adaptive.h"

#include <algorithm>
#include <cassert>

#include "dsp/filter_kernels.h"
#include "engine/kernels/float_kernels.h"

namespace moonlet::dsp {
namespace {

float Dot(const float* a, const float* b, size_t n) {
  float lanes[kLanes] = {};
  Kernels<float>().add_products(lanes, a, b, n);
  return Kernels<float>().sum_lanes(lanes);
}

// c = a b, or a b' when `transposed`; a {rows, depth}, c {rows, columns}.
void Product(const double* a, const double* b, double* c, size_t rows, size_t depth, size_t columns,
             bool transposed = false) {
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (size_t k = 0; k < depth; ++k)
        sum += a[i * depth + k] * (transposed ? b[j * depth + k] : b[k * columns + j]);
      c[i * columns + j] = sum;
    }
  }
}

void Add(double* a, const double* b, size_t n) {
  for (size_t i = 0; i < n; ++i) a[i] += b[i];
}

// The system's matrices are copied once, so that the block owns them.
double* Keep(Arena& arena, std::span<const double> values) {
  double* kept = arena.Take<double>(values.size());
  if (!arena.counting()) std::copy(values.begin(), values.end(), kept);
  return kept;
}

}  // namespace

Lms::Lms(Arena& arena, const LmsSpec& spec)
    : spec_(spec),
      weights_(arena.Take<float>(spec.length)),
      line_(arena.Take<float>(spec.length, 2)) {
  assert(spec.length >= 1);
  if (!arena.counting()) Reset();
}

void Lms::Reset() {
  std::fill_n(weights_, spec_.length, 0.0f);
  std::fill_n(line_, 2 * spec_.length, 0.0f);
  next_ = 0;
}

float Lms::Gain(float error, const float* x) const {
  const float gain = spec_.step * error;
  return spec_.normalized ? gain / (Dot(x, x, spec_.length) + spec_.epsilon) : gain;
}

size_t Lms::Push(const void* in, size_t count, void* out) {
  const auto* item = static_cast<const float*>(in);
  auto* result = static_cast<float*>(out);
  for (size_t i = 0; i < count; ++i, item += 2, result += 2) {
    line_[next_] = line_[next_ + spec_.length] = item[0];
    const float* x = line_ + next_ + 1;
    next_ = next_ + 1 == spec_.length ? 0 : next_ + 1;
    result[0] = Dot(weights_, x, spec_.length);
    result[1] = item[1] - result[0];
    Filters().adapt(weights_, Gain(result[1], x), x, spec_.length);
  }
  return count;
}

Kalman::Kalman(Arena& arena, const KalmanSpec& spec)
    : n_(spec.states),
      m_(spec.measures),
      f_(Keep(arena, spec.transition)),
      h_(Keep(arena, spec.observation)),
      q_(Keep(arena, spec.process_noise)),
      r_(Keep(arena, spec.noise)),
      x0_(Keep(arena, spec.state)),
      p0_(Keep(arena, spec.covariance)),
      x_(arena.Take<double>(n_)),
      p_(arena.Take<double>(n_, n_)),
      k_(arena.Take<double>(n_, m_)),
      s_(arena.Take<double>(m_, m_)),
      a_(arena.Take<double>(std::max(n_, m_), std::max(n_, m_))),
      b_(arena.Take<double>(std::max(n_, m_), std::max(n_, m_))) {
  assert(n_ >= 1 && n_ <= kMost && m_ >= 1 && m_ <= kMost);
  if (!arena.counting()) Reset();
}

void Kalman::Reset() {
  std::copy_n(x0_, n_, x_);
  std::copy_n(p0_, n_ * n_, p_);
}

void Kalman::Predict() {
  Product(f_, x_, a_, n_, n_, 1);
  std::copy_n(a_, n_, x_);
  Product(f_, p_, a_, n_, n_, n_);
  Product(a_, f_, p_, n_, n_, n_, true);
  Add(p_, q_, n_ * n_);
}

// S and, by elimination without exchanges, K = P H' S^-1: the rows of K solve S k = H p.
// False when a pivot is not positive.
bool Kalman::Gain() {
  Product(h_, p_, a_, m_, n_, n_);  // H P, whose columns are the right-hand sides
  Product(a_, h_, s_, m_, n_, m_, true);
  Add(s_, r_, m_ * m_);
  for (size_t pivot = 0; pivot < m_; ++pivot) {
    const double p = s_[pivot * m_ + pivot];
    if (!(p > 0)) return false;
    for (size_t row = pivot + 1; row < m_; ++row) {
      const double factor = s_[row * m_ + pivot] / p;
      for (size_t j = pivot; j < m_; ++j) s_[row * m_ + j] -= factor * s_[pivot * m_ + j];
      for (size_t j = 0; j < n_; ++j) a_[row * n_ + j] -= factor * a_[pivot * n_ + j];
    }
  }
  for (size_t row = m_; row-- > 0;) {
    for (size_t j = 0; j < n_; ++j) {
      double sum = a_[row * n_ + j];
      for (size_t c = row + 1; c < m_; ++c) sum -= s_[row * m_ + c] * k_[j * m_ + c];
      k_[j * m_ + row] = sum / s_[row * m_ + row];
    }
  }
  return true;
}

void Kalman::Update(const float* z) {
  if (std::any_of(z, z + m_, [](float v) { return v != v; }) || !Gain()) return;
  Product(h_, x_, b_, m_, n_, 1);
  for (size_t i = 0; i < m_; ++i) b_[i] = static_cast<double>(z[i]) - b_[i];
  Product(k_, b_, a_, n_, m_, 1);
  Add(x_, a_, n_);
  // P = (I - K H) P (I - K H)' + K R K'
  Product(k_, h_, b_, n_, m_, n_);
  for (size_t i = 0; i < n_ * n_; ++i) b_[i] = (i % (n_ + 1) == 0 ? 1 : 0) - b_[i];
  Product(b_, p_, a_, n_, n_, n_);
  Product(a_, b_, p_, n_, n_, n_, true);
  Product(k_, r_, a_, n_, m_, m_);
  Product(a_, k_, b_, n_, m_, n_, true);
  Add(p_, b_, n_ * n_);
}

size_t Kalman::Push(const void* in, size_t count, void* out) {
  const auto* z = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  for (size_t i = 0; i < count; ++i, z += m_) {
    Predict();
    Update(z);
    for (size_t j = 0; j < n_; ++j) *y++ = static_cast<float>(x_[j]);
  }
  return count;
}

}  // namespace moonlet::dsp
