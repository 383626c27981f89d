// engine/kernels/copy_rows.h - rows of bytes from one matrix into another: what joining
// tensors along an axis, and splitting them, come down to. Stopping as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct RowCopy {
  uint32_t rows = 0;
  uint32_t bytes = 0;      // of each row
  uint32_t from_step = 0;  // bytes from one row to the next
  uint32_t to_step = 0;
};

[[nodiscard]] bool CopyRows(const RowCopy& p, const uint8_t* from, uint8_t* to,
                            const StopToken& stop);

}  // namespace moonlet
