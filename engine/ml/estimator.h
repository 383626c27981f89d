// engine/ml/estimator.h - what all estimators are: a kind, options, and the arrays that fitting
// found; and what is done with them.
//
// A kind is a table of plain functions. `fit` reads samples and makes a new State, so an
// estimator stays as it was until a fit has ended well. What is computed of rows (`proba`,
// `transform`, ...) is a function from up to kBlockRows rows to doubles; the functions below call
// it block by block. All arithmetic is double, in an order the source spells out, with the
// functions of engine/base/libm.h: the same bits on every target.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/ml/options.h"
#include "engine/ml/state.h"
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

struct Kind;

struct Estimator {
  const Kind* kind = nullptr;
  Options options;
  State state;
  Index features = 0;  // 0 until it is fitted
  Index classes = 0;   // 0 where it has none
  DType label_dtype = DType::kInt32;

  bool fitted() const { return features > 0; }
  double number(int option) const { return options.Number(option); }
};

// Rows of features, one after the other: in `data`, or in `integers` for a kind that takes them.
struct Samples {
  const float* data = nullptr;
  const int16_t* integers = nullptr;
  Index count = 0;
  Index width = 0;

  const float* row(Index i) const { return data + i * width; }
  Samples part(Index first, Index rows) const {
    return {data != nullptr ? data + first * width : nullptr,
            integers != nullptr ? integers + first * width : nullptr, rows, width};
  }
};

// Told how far long work came.
class Progress {
 public:
  virtual void Show(double share) = 0;  // 0 to 1

 protected:
  ~Progress() = default;
};

// What long work is given.
struct Work {
  Allocator& memory;
  const StopToken& stop;
  Progress* progress = nullptr;

  // kStopped once the token is raised: at least every 10^6 multiply-adds.
  Status Poll() const;
  // The same, and shows how much is done.
  Status Done(double share) const;
};

struct Fit {
  const Options& options;
  Samples x;
  const int32_t* codes = nullptr;  // classes from 0, of a classifier
  Index classes = 0;
  const double* targets = nullptr;    // of a regressor
  const double* weights = nullptr;    // of samples, class weights among them; null: all 1
  const Estimator* before = nullptr;  // partial_fit: what came before, null at first
  const Work& work;
  const double* init = nullptr;      // centers to start from, as many as Kind::init tells
  const int32_t* lengths = nullptr;  // of sequences, x.count rows together; null: a single one
  Index sequences = 0;               // lengths, each at least 1

  double weight(Index i) const { return weights != nullptr ? weights[i] : 1.0; }
};
// Makes the arrays in `state`, which is empty. Samples are finite (unless the kind allows NaN),
// at least one; codes lie in 0..classes-1 and each class has a sample, unless it is a partial fit.
using FitFunction = Status (*)(const Fit& fit, State* state);

inline constexpr Index kBlockRows = 64;

// Something computed row by row.
struct Method {
  // Values per row; 0 where options or arrays of `e` leave it without the method.
  Index (*width)(const Estimator& e) = nullptr;
  // x.count <= kBlockRows; out has x.count times width(e) places, scratch what is asked below.
  void (*run)(const Estimator& e, const Samples& x, double* out, double* scratch) = nullptr;
  Index (*scratch)(const Estimator& e) = nullptr;  // doubles; null: none
  Index (*work)(const Estimator& e) = nullptr;     // multiply-adds per row; null: few
  // Not null: what samples must hold besides, asked of each block before it runs.
  Status (*check)(const Estimator& e, const Samples& x) = nullptr;
};

inline constexpr Method kNoMethod;

enum class Task : uint8_t { kClassify, kRegress, kCluster, kOutliers, kDensity, kTransform };

struct Kind {
  const char* name;     // "gaussian_nb", as scripts call it
  const char* sklearn;  // "GaussianNB", the peer whose answers it gives
  Task task;
  std::span<const OptionSpec> options;
  std::span<const ArraySpec> arrays;
  FitFunction fit = nullptr;
  FitFunction partial_fit = nullptr;
  // What arrays of the right shapes must hold besides: whatever steers a loop or indexes memory.
  Status (*check)(const Estimator& e) = nullptr;
  // A classifier's code, a regressor's value, a cluster's number from 0 (-1: none), 1 or -1 for
  // in- and outliers. A classifier may leave it out: then `decision` tells, else `proba`.
  // By reference, because most kinds have one or two of them.
  const Method& predict = kNoMethod;
  const Method& proba = kNoMethod;  // per class, sum 1
  // Per class, or one column for two classes: the second if above 0.
  const Method& decision = kNoMethod;
  const Method& transform = kNoMethod;
  const Method& inverse = kNoMethod;  // of transform
  const Method& scores = kNoMethod;   // log-likelihood, or the lower the stranger
  // Not null: fit takes int16 samples as they are, and this tells whether `e` was fitted on such.
  bool (*integers)(const Estimator& e) = nullptr;
  bool nan = false;      // samples may have NaN
  bool weights = false;  // fit heeds the weights of samples
  // Not null: fit takes so many centers to start from.
  Index (*init)(const Options& options) = nullptr;
  bool sequences = false;  // rows are in order, fit heeds the lengths of sequences
};

inline Index One(const Estimator&) { return 1; }
inline Index Features(const Estimator& e) { return e.features; }
inline Index Classes(const Estimator& e) { return e.classes; }

// The method by which `e` predicts, and how: its own, or the largest of a row.
struct Prediction {
  const Method* method;
  bool largest;
};
Prediction PredictionOf(const Estimator& e);

// Doubles that Compute and Predict need to work with.
Index ScratchOf(const Estimator& e, const Method& method);
// All rows, in float32: x.count times width(e).
Status Compute(const Estimator& e, const Method& method, const Samples& x, double* scratch,
               const StopToken& stop, float* out);
// Codes, clusters or in- and outliers; requires another task than kRegress and kTransform.
Status PredictCodes(const Estimator& e, const Samples& x, double* scratch, const StopToken& stop,
                    int32_t* codes);
// Fits and takes the result over; on any error `e` stays as it was. The caller checked samples
// and targets; `labels` is for the state's place kLabelArray, or null.
Status FitEstimator(const Fit& fit, bool partial, const Tensor* labels, DType label_dtype,
                    Estimator* e);
// Whether arrays from outside make a whole estimator.
Status CheckEstimator(const Estimator& e);

// Every number finite? `nan` allows NaN. The first row that is not, or -1.
Index FirstNotFinite(const Samples& x, bool nan);

}  // namespace moonlet::ml
