// engine/ml/sample_store.h - estimators that learn by keeping samples, and can be taught more.
//
// Samples lie in the order they came, each with its class's code or its value. With a `capacity`
// the memory for all is taken at once; without, it doubles as they come. A full store refuses, or
// lets new samples take the place of the oldest: then `oldest` says which that is, and the ones
// after it, around the end, are ever newer.
#pragma once
#include "engine/ml/distance.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// The first options of such a kind, behind those of distance.h.
enum { kCapacityOption = kSpaceOptions, kReplaceOption, kStoreOptions };
inline constexpr OptionSpec kCapacitySpec = {"capacity", "", OptionType::kWhole, 0, 0, 1e7f};
inline constexpr OptionSpec kReplaceSpec = {"replace", "", OptionType::kWord, 0,
                                            0,         0,  "none|oldest"};

enum { kStoredX, kStoredY, kOldest, kStoreArrays };
inline constexpr ArraySpec kClassStore[] = {{"fit_X", DType::kFloat32, "nf"},
                                            {"y", DType::kInt32, "n"},
                                            {"oldest", DType::kInt32, "o", true}};
inline constexpr ArraySpec kValueStore[] = {{"fit_X", DType::kFloat32, "nf"},
                                            {"y", DType::kFloat64, "n"},
                                            {"oldest", DType::kInt32, "o", true}};

bool KeepsSamples(const Kind& kind);
inline Index StoredCount(const Estimator& e) { return e.state[kStoredX].dim(0); }

// `fit` and `partial_fit` of such a kind, and its `check`.
Status FitStore(const Fit& fit, State* state);
Status PartialFitStore(const Fit& fit, State* state);
Status CheckStore(const Estimator& e);

// Adds the samples of `fit` to an estimator that is fitted, where it lies; on an error it stays as
// it was. `labels` are those known and any new ones, `codes` tells where those known stand now;
// both are null for values.
Status AddSamples(const Fit& fit, const Tensor* labels, const int32_t* codes, Estimator* e);
// Removes the sample at `position`, or if that is -1, all of class `code`. Positions of later
// samples move down, and start at the oldest if one was replaced. A class left without samples is
// forgotten. kInvalid if no sample would be left.
Status RemoveSamples(Index position, int32_t code, Estimator* e, Index* removed);

}  // namespace moonlet::ml
