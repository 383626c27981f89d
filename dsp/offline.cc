#include "dsp/offline.h"

#include <algorithm>
#include <cassert>

namespace moonlet::dsp {
namespace {

constexpr size_t kPiece = 4096;  // samples between two looks at the stop token

}  // namespace

Status LinearFilter(std::span<const double> b, std::span<const double> a, std::span<double> state,
                    std::span<const double> x, std::span<double> y,
                    const StopToken& stop) noexcept {
  assert(b.size() == a.size() && state.size() + 1 == b.size());
  const size_t order = state.size();
  const size_t poll = std::max<size_t>(1, (kPiece << 4) / b.size());
  for (size_t n = 0; n < x.size(); ++n) {
    if (n % poll == poll - 1 && stop.raised()) return Status::Stopped();
    const double in = x[n];
    const double out = order > 0 ? b[0] * in + state[0] : b[0] * in;
    for (size_t i = 0; i + 1 < order; ++i) state[i] = state[i + 1] + in * b[i + 1] - out * a[i + 1];
    if (order > 0) state[order - 1] = in * b[order] - out * a[order];
    y[n] = out;
  }
  return Status();
}

template <typename T>
void Extend(Padding padding, size_t pad, std::span<T> extended) {
  assert(2 * pad < extended.size() && pad < extended.size() - 2 * pad);
  T* first = extended.data() + pad;
  T* last = extended.data() + extended.size() - 1 - pad;
  for (size_t i = 1; i <= pad; ++i) {
    T *before = first - i, *after = last + i;
    switch (padding) {
      case Padding::kOdd:
        *before = 2 * *first - first[i];
        *after = 2 * *last - *(last - i);
        break;
      case Padding::kEven:
        *before = first[i];
        *after = *(last - i);
        break;
      case Padding::kConstant:
        *before = *first;
        *after = *last;
        break;
      case Padding::kNone:
        break;
    }
  }
}
template void Extend(Padding, size_t, std::span<float>);
template void Extend(Padding, size_t, std::span<double>);

Status FiltFilt(std::span<const double> b, std::span<const double> a,
                std::span<const double> steady, std::span<double> state, std::span<double> signal,
                const StopToken& stop) noexcept {
  for (int way = 0; way < 2; ++way) {
    for (size_t i = 0; i < state.size(); ++i) state[i] = steady[i] * signal[0];
    if (Status s = LinearFilter(b, a, state, signal, signal, stop); !s.ok()) return s;
    std::reverse(signal.begin(), signal.end());
  }
  return Status();
}

Status SosFilter(std::span<RunningSection> sections, const float* x, float* y, size_t n,
                 const StopToken& stop) noexcept {
  const size_t most = std::max<size_t>(4, (kPiece << 4) / sections.size());
  while (n > 0) {
    if (stop.raised()) return Status::Stopped();
    const size_t piece = std::min(n, most);
    Filters().sos(sections.data(), sections.size(), x, y, 1, piece);
    x += piece;
    y += piece;
    n -= piece;
  }
  return Status();
}

Status SosFiltFilt(std::span<const RunningSection> steady, std::span<RunningSection> work,
                   std::span<float> signal, const StopToken& stop) noexcept {
  for (int way = 0; way < 2; ++way) {
    std::copy(steady.begin(), steady.end(), work.begin());
    for (RunningSection& s : work) {
      s.s1 *= signal[0];
      s.s2 *= signal[0];
    }
    float* x = signal.data();
    if (Status s = SosFilter(work, x, x, signal.size(), stop); !s.ok()) return s;
    std::reverse(signal.begin(), signal.end());
  }
  return Status();
}

Status Wiener(std::span<const double> x, size_t size, double noise, std::span<double> mean,
              std::span<double> variance, std::span<double> y, const StopToken& stop) noexcept {
  const size_t n = x.size(), ahead = (size - 1) / 2, behind = size - 1 - ahead;
  const auto count = static_cast<double>(size);
  double total = 0;
  for (size_t i = 0; i < n; ++i) {
    if (stop.raised()) return Status::Stopped();
    double sum = 0, squares = 0;
    const size_t first = i > behind ? i - behind : 0, last = std::min(n - 1, i + ahead);
    for (size_t j = first; j <= last; ++j) {
      sum += x[j];
      squares += x[j] * x[j];
    }
    mean[i] = sum / count;
    variance[i] = squares / count - mean[i] * mean[i];
    total += variance[i];
  }
  if (noise < 0) noise = total / static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) {
    const double kept = variance[i] < noise ? 0 : 1 - noise / variance[i];
    y[i] = (x[i] - mean[i]) * (variance[i] == 0 && noise == 0 ? 1 : kept) + mean[i];
  }
  return Status();
}

}  // namespace moonlet::dsp
