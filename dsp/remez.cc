// Every kind of linear phase is a fixed factor (1, cos w/2, sin w or sin w/2) times a cosine
// series of some terms. Divided by the factor, desired gains and weights leave a problem for the
// series alone, a polynomial in x = cos w: of all, the best one has an error that alternates
// between equal extremes at terms + 1 points. Each turn finds the polynomial that alternates at
// the points of the last turn, then moves them to where its error is largest.
#include "dsp/remez.h"

#include <algorithm>
#include <cmath>

#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

Status CheckDesign(const RemezDesign& d, size_t taps) {
  if (taps < 3 || taps > kMostRemezTaps)
    return Status::Invalid("3 to %d taps expected, got %lld", kMostRemezTaps,
                           static_cast<long long>(taps));
  const size_t edges = d.bands.size();
  if (edges == 0 || edges % 2 != 0) return Status::Invalid("bands as pairs of edges expected");
  if (d.desired.size() != edges / 2)
    return Status::Invalid("one desired gain for each band expected");
  if (!d.weights.empty() && d.weights.size() != edges / 2)
    return Status::Invalid("one weight for each band expected");
  for (size_t i = 0; i < edges; ++i) {
    if (!(d.bands[i] >= 0 && d.bands[i] <= 0.5))
      return Status::Invalid("bands from 0 to half the sample rate expected");
    if (i > 0 && !(d.bands[i] > d.bands[i - 1]))
      return Status::Invalid("bands of some width, ascending and apart, expected");
  }
  for (const double w : d.weights)
    if (!(w > 0 && std::isfinite(w))) return Status::Invalid("weights above 0 expected");
  for (const double gain : d.desired)
    if (!std::isfinite(gain)) return Status::Invalid("finite gains expected");
  return {};
}

struct Point {
  double x;        // cos w
  double desired;  // of the series
  double weight;
  double error;  // weighted
};
struct Extreme {
  size_t at;  // in the grid
  double x;
  double factor;  // barycentric
  double value;   // of the series
};

class Remez {
 public:
  Remez(const RemezDesign& design, size_t taps)
      : d_(design),
        taps_(taps),
        odd_(taps % 2 == 1),
        mirrored_(design.type != RemezType::kBandpass),
        terms_(taps / 2 + (odd_ && !mirrored_ ? 1 : 0)),
        step_(0.5 / (static_cast<double>(terms_) * design.grid_density)) {}

  // The memory that Run takes.
  size_t bytes() const {
    return points() * (sizeof(Point) + sizeof(double)) +
           extremes() * (sizeof(Extreme) + sizeof(double));
  }
  Status Run(double* room, std::span<double> taps, const StopToken& stop);

 private:
  size_t points() const {
    return terms_ * static_cast<size_t>(d_.grid_density) + d_.bands.size() + 2;
  }
  size_t extremes() const { return terms_ + 1; }

  void FillGrid();
  void AddPoint(double f, size_t band);
  double FactorAt(double f) const;
  void Interpolate();
  double SeriesAt(double x) const;
  void FindErrors();
  size_t FindPeaks();
  void DropPeaks(size_t runs);
  bool Exchange();
  bool Even() const;
  bool Counts(size_t i) const { return std::fabs(grid_[i].error) >= std::fabs(ripple_); }
  size_t NextRun(size_t from, size_t* peak) const;
  void Expand(double* series) const;
  void Assemble(const double* series, std::span<double> taps) const;

  const RemezDesign& d_;
  const size_t taps_;
  const bool odd_, mirrored_;
  const size_t terms_;
  const double step_;
  Point* grid_ = nullptr;
  size_t count_ = 0;  // points of the grid
  Extreme* extremes_ = nullptr;
  size_t* peaks_ = nullptr;
  double ripple_ = 0;
};

double Remez::FactorAt(double f) const {
  if (!mirrored_) return odd_ ? 1 : moonlet_cos(kPi * f);
  return moonlet_sin(odd_ ? 2 * kPi * f : kPi * f);
}

void Remez::AddPoint(double f, size_t band) {
  const double factor = FactorAt(f), gain = d_.desired[band];
  const bool sloped = d_.type == RemezType::kDifferentiator;
  double weight = d_.weights.empty() ? 1 : d_.weights[band];
  if (sloped && gain >= 0.0001) weight /= f;
  grid_[count_++] = {moonlet_cos(2 * kPi * f), (sloped ? gain * f : gain) / factor, weight * factor,
                     0};
}

// Points a step apart, the last of each band at its end; none where the factor is 0.
void Remez::FillGrid() {
  count_ = 0;
  const bool ends_at_zero = mirrored_ == odd_;
  for (size_t band = 0; band < d_.desired.size(); ++band) {
    double f = d_.bands[2 * band];
    const double end = d_.bands[2 * band + 1];
    if (band == 0 && mirrored_) f = std::max(f, step_);
    for (; f + step_ <= end; f += step_) AddPoint(f, band);
    const bool last = band + 1 == d_.desired.size();
    if (!(last && ends_at_zero && end > 0.5 - step_)) AddPoint(end, band);
  }
}

// Barycentric factors, the ripple, and the series' values at the extremes. Distances are
// doubled, which keeps their products near 1 for any degree.
void Remez::Interpolate() {
  const size_t n = terms_ + 1;
  double above = 0, below = 0, sign = 1;
  for (size_t k = 0; k < n; ++k) {
    Extreme& e = extremes_[k];
    e.x = grid_[e.at].x;
    double product = 1;
    for (size_t j = 0; j < n; ++j)
      if (j != k) product *= 2 * (e.x - grid_[extremes_[j].at].x);
    e.factor = 1 / product;
    above += e.factor * grid_[e.at].desired;
    below += sign * e.factor / grid_[e.at].weight;
    sign = -sign;
  }
  ripple_ = above / below;
  sign = 1;
  for (size_t k = 0; k < n; ++k) {
    const Point& p = grid_[extremes_[k].at];
    extremes_[k].value = p.desired - sign * ripple_ / p.weight;
    sign = -sign;
  }
}

double Remez::SeriesAt(double x) const {
  double above = 0, below = 0;
  for (size_t k = 0; k <= terms_; ++k) {
    const Extreme& e = extremes_[k];
    if (x == e.x) return e.value;
    const double part = e.factor / (x - e.x);
    above += part * e.value;
    below += part;
  }
  return above / below;
}

void Remez::FindErrors() {
  for (size_t i = 0; i < count_; ++i)
    grid_[i].error = grid_[i].weight * (grid_[i].desired - SeriesAt(grid_[i].x));
  // What it is at the extremes is known, where rounding may drown a small ripple.
  double sign = 1;
  for (size_t k = 0; k <= terms_; ++k) {
    grid_[extremes_[k].at].error = sign * ripple_;
    sign = -sign;
  }
}

// The first point behind `from` with an error that counts and has the other sign, or count_;
// and the largest error before it.
size_t Remez::NextRun(size_t from, size_t* peak) const {
  while (from < count_ && !Counts(from)) ++from;
  *peak = from;
  for (size_t i = from; i < count_; ++i) {
    if (!Counts(i)) continue;
    if ((grid_[i].error < 0) != (grid_[from].error < 0)) return i;
    if (std::fabs(grid_[i].error) > std::fabs(grid_[*peak].error)) *peak = i;
  }
  return count_;
}

// The largest error of each run of one sign, in peaks_; how many runs there are.
size_t Remez::FindPeaks() {
  size_t runs = 0;
  for (size_t i = 0; i < count_; ++runs) i = NextRun(i, &peaks_[runs]);
  return runs;
}

// Leaves as many peaks as there are extremes, alternating as before: the smallest goes, with the
// smaller of its neighbours unless it is at an end; a last one too many from the smaller end.
void Remez::DropPeaks(size_t runs) {
  const auto error = [this](size_t k) { return std::fabs(grid_[peaks_[k]].error); };
  while (runs > terms_ + 1) {
    size_t first = 0, dropped = 1;
    for (size_t k = 1; k < runs; ++k)
      if (error(k) < error(first)) first = k;
    if (runs == terms_ + 2) {
      first = error(0) < error(runs - 1) ? 0 : runs - 1;
    } else if (first != 0 && first != runs - 1) {
      dropped = 2;
      if (error(first - 1) < error(first + 1)) --first;
    }
    runs -= dropped;
    for (size_t k = first; k < runs; ++k) peaks_[k] = peaks_[k + dropped];
  }
}

// Moves the extremes to the largest errors of alternating sign, and tells whether any moved.
// There are not too few: at the points of the last turn errors alternate.
bool Remez::Exchange() {
  DropPeaks(FindPeaks());
  bool moved = false;
  for (size_t k = 0; k <= terms_; ++k) {
    moved = moved || extremes_[k].at != peaks_[k];
    extremes_[k].at = peaks_[k];
  }
  return moved;
}

// Whether no error is above the ripple but by rounding, which proves the series the best: with
// more extremes than needed, as symmetric problems have, rounding would choose for ever.
bool Remez::Even() const {
  return std::all_of(grid_, grid_ + count_, [this](const Point& p) {
    const double rounding = std::fabs(p.weight * p.desired) * 0x1p-46;
    return std::fabs(p.error) <= std::fabs(ripple_) * (1 + 1e-8) + rounding;
  });
}

// The cosine series' coefficients, from its values at as many equally spaced points.
void Remez::Expand(double* series) const {
  const size_t length = 2 * terms_ - 1;
  const double turn = 2 * kPi / static_cast<double>(length);
  std::fill(series, series + terms_, 0.0);
  for (size_t j = 0; j < terms_; ++j) {
    const double value = SeriesAt(moonlet_cos(turn * static_cast<double>(j)));
    for (size_t k = 0; k < terms_; ++k) {
      const auto turns = static_cast<double>(j * k % length);
      series[k] += (j == 0 ? 1 : 2) * value * moonlet_cos(turn * turns);
    }
  }
  for (size_t k = 0; k < terms_; ++k) series[k] *= (k == 0 ? 1 : 2) / static_cast<double>(length);
}

// Taps of the series times its factor, a sum of two cosines or sines for each term.
void Remez::Assemble(const double* series, std::span<double> taps) const {
  const auto at = [&](size_t k) { return k < terms_ ? series[k] : 0; };
  const size_t half = taps_ / 2;
  if (odd_) taps[half] = mirrored_ ? 0 : series[0];
  for (size_t k = 0; k < half; ++k) {
    // Of the frequency k + 1 for odd taps, k + 1/2 for even ones.
    const double low = at(k) * (k == 0 ? 2 : 1);  // the constant counts for both directions
    double value = odd_ && !mirrored_ ? at(k + 1) : low;
    if (!odd_) value = low + (mirrored_ ? -at(k + 1) : at(k + 1));
    if (odd_ && mirrored_) value = low - at(k + 2);
    const double tap = odd_ && !mirrored_ ? value / 2 : value / 4;
    taps[half - 1 - k] = tap;
    taps[taps_ - half + k] = mirrored_ ? -tap : tap;
  }
}

Status Remez::Run(double* room, std::span<double> taps, const StopToken& stop) {
  static_assert(sizeof(size_t) <= sizeof(double) && alignof(Point) == alignof(double));
  grid_ = reinterpret_cast<Point*>(room);
  extremes_ = reinterpret_cast<Extreme*>(grid_ + points());
  double* const series = reinterpret_cast<double*>(extremes_ + extremes());
  peaks_ = reinterpret_cast<size_t*>(series + extremes());
  FillGrid();
  if (count_ < terms_ + 1)
    return Status::Invalid("bands too narrow for %lld taps", static_cast<long long>(taps_));
  // Not symmetric, as some problems are: the ripple would begin with 0.
  for (size_t k = 0; k <= terms_; ++k) extremes_[k].at = k * count_ / (terms_ + 1);
  for (int turn = 0; turn < d_.most_turns; ++turn) {
    if (stop.raised()) return Status::Stopped();
    Interpolate();
    FindErrors();
    if (!std::isfinite(ripple_)) break;
    const bool even = Even();
    if (!even && ripple_ == 0) break;  // nothing alternates
    if (!even && Exchange()) continue;
    Expand(series);
    Assemble(series, taps);
    return {};
  }
  return Status::Invalid("the exchange did not settle in %d turns", d_.most_turns);
}

}  // namespace

Status DesignRemez(const RemezDesign& design, std::span<double> taps, Allocator& memory,
                   const StopToken& stop) noexcept {
  if (Status s = CheckDesign(design, taps.size()); !s.ok()) return s;
  Remez remez(design, taps.size());
  const size_t bytes = remez.bytes();
  auto* const room = static_cast<double*>(memory.Allocate(bytes, alignof(double)));
  if (room == nullptr) return Status::NoMemory(bytes);
  const Status status = remez.Run(room, taps, stop);
  memory.Free(room, bytes);
  return status;
}

}  // namespace moonlet::dsp
