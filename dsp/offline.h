// dsp/offline.h - filters over a whole signal: rational filters in double, filters without delay
// by running there and back, the local median and Wiener's filter.
//
// After scipy.signal lfilter, filtfilt, sosfiltfilt, medfilt and wiener, for signals of one axis.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/recursive.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::dsp {

// y = (b0 + b1/z + ...) / (1 + a1/z + ...) x in transposed form II: z0 = y - b0 x of the past,
//   y = b0 x + z0;  zi = b(i+1) x - a(i+1) y + z(i+1)
// each product and sum rounded by itself. b and a have the same size, at least 1, a[0] is 1, and
// `state` has one less. x may be y. Outside of a FlushDenormals.
Status LinearFilter(std::span<const double> b, std::span<const double> a, std::span<double> state,
                    std::span<const double> x, std::span<double> y, const StopToken& stop) noexcept;

// How a signal goes on before its first and after its last sample.
enum class Padding : uint8_t { kOdd, kEven, kConstant, kNone };

// `signal` lies in `extended` after `pad` samples, with room for as many behind it: fills both.
// Requires pad < signal samples.
template <typename T>
void Extend(Padding padding, size_t pad, std::span<T> extended);

// Filters `signal` in place, there and back, each time from the rest of its first sample.
// `steady` is SteadyState of the filter, `state` room for as many.
Status FiltFilt(std::span<const double> b, std::span<const double> a,
                std::span<const double> steady, std::span<double> state, std::span<double> signal,
                const StopToken& stop) noexcept;
// The same through sections whose states are their SteadyState; `work` has room for them.
// Inside of a FlushDenormals.
Status SosFiltFilt(std::span<const RunningSection> steady, std::span<RunningSection> work,
                   std::span<float> signal, const StopToken& stop) noexcept;

// Through the sections, which keep their states, in pieces. Inside of a FlushDenormals.
Status SosFilter(std::span<RunningSection> sections, const float* x, float* y, size_t n,
                 const StopToken& stop) noexcept;

// Wiener's local filter over `size` samples: means and variances with zeros outside, the noise
// its mean variance unless `noise` is >= 0. `mean` and `variance` have room for x. In double.
Status Wiener(std::span<const double> x, size_t size, double noise, std::span<double> mean,
              std::span<double> variance, std::span<double> y, const StopToken& stop) noexcept;

}  // namespace moonlet::dsp
