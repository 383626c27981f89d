// engine/nn/operators/integers.h - the int32 and int64 tensors that say where and how much:
// axes, shapes, positions. Constants are read while preparing, others when they are there.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/kernels/integer_array.h"
#include "engine/nn/graph.h"
#include "engine/nn/prepare.h"
#include "engine/nn/step.h"

namespace moonlet {

// int32 or int64.
Status CheckIntegerType(const char* role, const ModelTensor& tensor);
// A vector of `count` of them.
Status CheckIntegerVector(const char* role, const ModelTensor& tensor, int count);
// The same of constants, and their values.
Status ReadIntegerVector(const char* role, const ModelTensor& tensor, int count,
                         IntegerArray* values);
// A constant of one element, whatever its rank.
Status ReadInteger(const char* role, const ModelTensor& tensor, int64_t* value);
// A constant that says the shape of the output.
Status CheckConstantShape(const char* role, const ModelTensor& tensor, const ModelTensor& output);
// The values of a constant. Requires a signed integer type.
IntegerArray ConstantIntegers(const ModelTensor& tensor);
// One element, whatever its rank.
Status CheckOneElement(const char* role, const ModelTensor& tensor);

// Integers that a step reads while it runs.
struct IntegerOperand {
  Operand at;
  int32_t element_bytes = 0;

  IntegerArray Read(const RunContext& run) const { return {run.Address(at), element_bytes}; }
};
IntegerOperand IntegersAt(const ModelTensor& tensor, const StepWriter& writer);

}  // namespace moonlet
