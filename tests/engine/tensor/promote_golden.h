// tests/engine/tensor/promote_golden.h - NumPy 1.24.2: result_type(row, column).
#pragma once

namespace moonlet {

inline constexpr const char* kPromoteGolden[10][11] = {
    {"float32", "float32", "float64", "float32", "float32", "float32", "float32", "float64",
     "float64", "float64", "float32"},
    {"float64", "float64", "float64", "float64", "float64", "float64", "float64", "float64",
     "float64", "float64", "float64"},
    {"int8", "float32", "float64", "int8", "int16", "int16", "int32", "int32", "int64", "int64",
     "int8"},
    {"uint8", "float32", "float64", "int16", "uint8", "int16", "uint16", "int32", "uint32", "int64",
     "uint8"},
    {"int16", "float32", "float64", "int16", "int16", "int16", "int32", "int32", "int64", "int64",
     "int16"},
    {"uint16", "float32", "float64", "int32", "uint16", "int32", "uint16", "int32", "uint32",
     "int64", "uint16"},
    {"int32", "float64", "float64", "int32", "int32", "int32", "int32", "int32", "int64", "int64",
     "int32"},
    {"uint32", "float64", "float64", "int64", "uint32", "int64", "uint32", "int64", "uint32",
     "int64", "uint32"},
    {"int64", "float64", "float64", "int64", "int64", "int64", "int64", "int64", "int64", "int64",
     "int64"},
    {"bool", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
     "bool"},
};

}  // namespace moonlet
