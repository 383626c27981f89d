// engine/nn/verify.h - the checks that let everything else trust a model file.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "tflite_generated.h"

namespace moonlet {

// Checks identifier and structure: afterwards every table, vector and string lies inside
// `file`. Gives the root table.
Status VerifyStructure(std::span<const uint8_t> file, const tflite::Model** root);

// Checks the meaning, after the structure: indices, shapes, sizes of constants,
// quantisation parameters, the order of operators. `allocator` lends one bit per tensor.
Status VerifyMeaning(std::span<const uint8_t> file, const tflite::Model& root,
                     Allocator& allocator);

}  // namespace moonlet
