// engine/tensor/npy.h - NumPy's .npy files: the header, and elements in any order.
//
//   NpyInfo info;
//   if (Status s = ParseNpy(bytes, &info); !s.ok()) return s;
//   ... room for info.shape elements of info.dtype ...
//   ReadNpy(bytes, info, t, stop);
//
// Read: versions 1.0, 2.0 and 3.0, C and Fortran order, little- and big-endian, the ten
// dtypes. Written: 1.0, C order, little-endian, one NaN (engine/tensor/portable.h).
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct NpyInfo {
  DType dtype = DType::kFloat32;
  Shape shape;
  bool fortran_order = false;  // the first axis varies fastest
  bool big_endian = false;
  size_t offset = 0;  // of the first element in the file
};

// kInvalid for what is no .npy file or ends early, kUnsupported for other dtypes, ranks
// above 6 and versions. Once it is ok, all elements lie within `file`.
Status ParseNpy(std::span<const uint8_t> file, NpyInfo* info) noexcept;

// Copies the elements to `t`, row-major, of info's dtype and shape.
Status ReadNpy(std::span<const uint8_t> file, const NpyInfo& info, const Tensor& t,
               const StopToken& stop) noexcept;

// Bytes of the file for `t`, and the file. Requires out.size() == NpySize(t).
size_t NpySize(const Tensor& t) noexcept;
Status WriteNpy(const Tensor& t, std::span<uint8_t> out, const StopToken& stop) noexcept;

}  // namespace moonlet
