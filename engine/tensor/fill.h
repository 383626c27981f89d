// engine/tensor/fill.h - writes values that follow a rule.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Every element of `t` becomes the one at `element`, which has t's dtype.
Status Fill(const Tensor& t, const void* element, const StopToken& stop) noexcept;

}  // namespace moonlet
