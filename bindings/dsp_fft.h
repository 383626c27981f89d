// bindings/dsp_fft.h - plans of Fourier transforms as Lua objects.
#pragma once
#include "bindings/registry.h"
#include "dsp/fft.h"

namespace moonlet {

extern const Class kFftPlanClass;

// Pushes a plan for n points, the one last used if it has that length. n must be from 1 to
// kMaxFft, or an error names argument `argument`. It stays valid while it is on the stack; call
// its transforms inside of a FlushDenormals.
dsp::FftPlan& PushComplexPlan(lua_State* L, int argument, lua_Integer n);
dsp::RealFftPlan& PushRealPlan(lua_State* L, int argument, lua_Integer n);

}  // namespace moonlet
