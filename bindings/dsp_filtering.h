// bindings/dsp_filtering.h - filters over whole signals, for functions that are made of them.
#pragma once
#include <span>

#include "dsp/offline.h"
#include "dsp/zpk.h"
#include "engine/base/status.h"
#include "engine/tensor/tensor.h"
#include "vm/lua.h"

namespace moonlet {

// How filters that run there and back go on at the ends: by `pad` samples.
struct Ends {
  dsp::Padding padding;
  size_t pad;
};
// What scipy.signal.sosfiltfilt takes: three times the taps of all sections together.
size_t UsualPad(std::span<const dsp::Section> sections);

// Filters the lines of `x`, float32 without gaps, there and back to `y`. Pushes memory to work
// in.
Status SosFiltFiltLines(lua_State* L, std::span<const dsp::Section> design, const Tensor& x,
                        const Ends& ends, float* y);

}  // namespace moonlet
