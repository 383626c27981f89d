// engine/ml/kbins.cc - features as the number of the bin they fall into.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/ml/buffer.h"
#include "engine/ml/columns.h"
#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace kbins {
namespace {

enum { kBins, kEncode, kStrategy };
enum { kOneHotCode, kOrdinalCode };
enum { kQuantile, kUniform };
constexpr OptionSpec kOptions[] = {
    {"bins", "n_bins", OptionType::kWhole, 5, 2, 65536},
    {"encode", "", OptionType::kWord, kOneHotCode, 0, 0, "onehot|ordinal"},
    {"strategy", "", OptionType::kWord, kQuantile, 0, 0, "quantile|uniform"},
};

// The edges of all features' bins, one more than bins for each, and how many bins there are.
enum { kEdges, kBinCounts };
constexpr ArraySpec kArrays[] = {
    {"bin_edges", DType::kFloat64, "e"},
    {"n_bins", DType::kInt32, "f"},
};

// Appends the edges of a feature. A constant one has a single bin, which holds all numbers; a bin
// of quantiles that is narrower than kNarrow is none.
Status AddEdges(const Options& options, const double* sorted, Index n, List<double>* edges) {
  constexpr double kNarrow = 1e-8;
  const Index bins = static_cast<Index>(options.Whole(kBins));
  const bool quantile = options.Word(kStrategy) == kQuantile;
  const double least = sorted[0], largest = sorted[n - 1];
  if (least == largest) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return edges->Add(-kInfinity) && edges->Add(kInfinity) ? Status() : edges->Refusal();
  }
  const Index first = edges->size();
  for (Index i = 0; i <= bins; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(bins);
    double edge = quantile ? QuantileOf(sorted, n, share) : least + (largest - least) * share;
    if (i == bins) edge = largest;
    const bool narrow =
        quantile && edges->size() > first && edge - (*edges)[edges->size() - 1] <= kNarrow;
    if (!narrow && !edges->Add(edge)) return edges->Refusal();
  }
  if (edges->size() - first < 2 && !edges->Add(largest)) return edges->Refusal();
  return {};
}

Status FitBins(const Fit& fit, State* state) {
  Buffer<double> column(fit.work.memory, fit.x.count);
  List<double> edges(fit.work.memory);
  if (!column.ok()) return column.Refusal();
  if (Status s = state->Make(kBinCounts, DType::kInt32, {fit.x.width}); !s.ok()) return s;
  for (Index j = 0; j < fit.x.width; ++j) {
    if (Status s = fit.work.Poll(); !s.ok()) return s;
    const Index first = edges.size();
    const Index n = SortedColumn(fit.x, j, column.data());
    if (Status s = AddEdges(fit.options, column.data(), n, &edges); !s.ok()) return s;
    state->own<int32_t>(kBinCounts)[j] = static_cast<int32_t>(edges.size() - first - 1);
  }
  if (Status s = MakeVectors(state, {kEdges}, edges.size()); !s.ok()) return s;
  std::copy_n(edges.data(), edges.size(), state->own<double>(kEdges));
  return {};
}

Status Check(const Estimator& e) {
  const Index all = e.state[kEdges].dim(0);
  Index sum = 0;
  for (Index j = 0; j < e.features; ++j) {
    const Index bins = e.state.get<int32_t>(kBinCounts)[j];
    if (bins < 1 || bins >= all - sum)
      return Status::Invalid("feature %td has %td bins of %td edges", j + 1, bins, all);
    sum += bins + 1;
  }
  return sum == all ? Status() : Status::Invalid("%td edges, expected %td", all, sum);
}

Index Width(const Estimator& e) {
  if (e.options.Word(kEncode) == kOrdinalCode) return e.features;
  return e.state[kEdges].dim(0) - e.features;
}

// Edges belong to the bin above them, the last one to the last bin.
Index BinOf(double value, const double* edges, Index bins) {
  return std::upper_bound(edges + 1, edges + bins, value) - (edges + 1);
}

void RunTransform(const Estimator& e, const Samples& x, double* out, double*) {
  const bool ordinal = e.options.Word(kEncode) == kOrdinalCode;
  const Index width = Width(e);
  const double* edges = e.state.get<double>(kEdges);
  if (!ordinal) std::fill_n(out, x.count * width, 0.0);
  for (Index j = 0; j < x.width; ++j) {
    const Index bins = e.state.get<int32_t>(kBinCounts)[j];
    for (Index i = 0; i < x.count; ++i) {
      const Index bin = BinOf(x.row(i)[j], edges, bins);
      if (ordinal) out[i * width] = static_cast<double>(bin);
      if (!ordinal) out[i * width + bin] = 1;
    }
    edges += bins + 1;
    out += ordinal ? 1 : bins;
  }
}

// A number of a bin as one that there is: the nearest.
Index ExistingBin(double number, Index bins) {
  if (!(number > 0)) return 0;
  return static_cast<Index>(std::min(number, static_cast<double>(bins - 1)));
}

// The middle of a bin.
void RunInverse(const Estimator& e, const Samples& x, double* out, double*) {
  const bool ordinal = e.options.Word(kEncode) == kOrdinalCode;
  const double* edges = e.state.get<double>(kEdges);
  Index first = 0;
  for (Index j = 0; j < e.features; ++j) {
    const Index bins = e.state.get<int32_t>(kBinCounts)[j];
    for (Index i = 0; i < x.count; ++i) {
      const float* row = x.row(i) + first;
      const Index bin =
          ordinal ? ExistingBin(row[0], bins) : std::max_element(row, row + bins) - row;
      out[i * e.features + j] = 0.5 * (edges[bin] + edges[bin + 1]);
    }
    edges += bins + 1;
    first += ordinal ? 1 : bins;
  }
}

}  // namespace
}  // namespace kbins

const Kind kKbins = {
    .name = "kbins",
    .sklearn = "KBinsDiscretizer",
    .task = Task::kTransform,
    .options = kbins::kOptions,
    .arrays = kbins::kArrays,
    .fit = kbins::FitBins,
    .check = kbins::Check,
    .transform = {kbins::Width, kbins::RunTransform},
    .inverse = {Features, kbins::RunInverse},
};

}  // namespace moonlet::ml
