// engine/ml/hashing.h - names to columns without a table: the hashing trick.
//
// Weinberger, Dasgupta, Langford, Smola and Attenberg, Feature hashing for large scale multitask
// learning, 2009.
#pragma once
#include <cstdint>
#include <string_view>

#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// Appleby's MurmurHash3 for x86, 32 bits.
uint32_t MurmurHash3(std::string_view text, uint32_t seed);

struct HashedFeature {
  int32_t column;  // from 0
  double value;
};
// Column and value of a name, as scikit-learn's FeatureHasher: the hash's sign bit turns the value
// around where that is asked.
HashedFeature HashFeature(std::string_view name, double value, Index columns, bool is_signed);

// Writes the sums of features into a row of `columns`; `features` get sorted, so that the order in
// which they come does not show.
void SumFeatures(HashedFeature* features, Index count, Index columns, float* row);

}  // namespace moonlet::ml
