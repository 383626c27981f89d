// bindings/dsp_changes.cc - what changes from sample to sample, and from frame to frame.
#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "dsp/changes.h"
#include "engine/base/float_mode.h"

namespace moonlet {
namespace {

// The features {frames, width} at 1 as an array; pushes.
const Tensor& PushFrames(lua_State* L) {
  CheckRank(L, 1, 2, 2);
  return PushAsFloats(L, 1);
}

// A new float32 tensor, or the contiguous `out` at `index`; apart from the argument at 1.
const Tensor& PushFrameResult(lua_State* L, int index, const Shape& shape) {
  const Tensor& out = *NewOrOut(L, index, DType::kFloat32, shape);
  if (lua_isnoneornil(L, index)) return out;
  CheckApart(L, index, out, {CheckTensor(L, 1)});
  luaL_argcheck(L, out.contiguous(), index, "a tensor without gaps expected");
  return out;
}

// An integer of 1 or more.
size_t OptCount(lua_State* L, int index, lua_Integer otherwise) {
  const lua_Integer count = luaL_optinteger(L, index, otherwise);
  luaL_argcheck(L, count >= 1 && count <= 1000, index, "1 to 1000 frames expected");
  return static_cast<size_t>(count);
}

// Calls compute(first frame, frames, width) under the float mode.
template <typename Compute>
void ComputeFrames(lua_State* L, const Tensor& x, Compute compute) {
  {
    const FlushDenormals flush;
    compute(x.as<float>(), static_cast<size_t>(x.dim(0)), static_cast<size_t>(x.dim(1)));
  }
  PollStop(L);
}

int DeltasFunction(lua_State* L) {
  lua_settop(L, 3);
  const size_t reach = OptCount(L, 2, 2);
  const Tensor& x = PushFrames(L);
  const Tensor& out = PushFrameResult(L, 3, x.shape);
  ComputeFrames(L, x, [&](const float* frames, size_t count, size_t width) {
    dsp::Deltas(frames, count, width, reach, out.as<float>(), StopOf(L));
  });
  return 1;
}

int SpectralFluxFunction(lua_State* L) {
  lua_settop(L, 2);
  const Tensor& x = PushFrames(L);
  const Tensor& out = PushFrameResult(L, 2, {1, {x.dim(0)}});
  ComputeFrames(L, x, [&](const float* frames, size_t count, size_t width) {
    dsp::SpectralFlux(frames, count, width, out.as<float>(), StopOf(L));
  });
  return 1;
}

int OnsetStrengthFunction(lua_State* L) {
  lua_settop(L, 3);
  const size_t lag = OptCount(L, 2, 1);
  const Tensor& x = PushFrames(L);
  luaL_argcheck(L, x.dim(1) > 0, 1, "at least one value per frame expected");
  const Tensor& out = PushFrameResult(L, 3, {1, {x.dim(0)}});
  ComputeFrames(L, x, [&](const float* frames, size_t count, size_t width) {
    dsp::OnsetStrength(frames, count, width, lag, out.as<float>(), StopOf(L));
  });
  return 1;
}

// Pre-emphasis --------------------------------------------------------------------------

int PreemphasisFunction(lua_State* L) {
  lua_settop(L, 3);
  const lua_Number part = luaL_optnumber(L, 2, 0.97);
  luaL_argcheck(L, part >= 0 && part <= 1, 2, "0 to 1 expected");
  CheckRank(L, 1, 1, 1);
  const Tensor& x = PushAsFloats(L, 1);
  const Tensor& out = PushFrameResult(L, 3, x.shape);
  {
    const FlushDenormals flush;
    dsp::Preemphasis(x.as<float>(), static_cast<size_t>(x.size()), static_cast<float>(part), 0,
                     out.as<float>());
  }
  return 1;
}

constexpr Entry kDspChangesTable[] = {
    {"preemphasis", PreemphasisFunction, "dsp.preemphasis(x [, part [, out]]) -> tensor",
     "x: {n}; part: 0 to 1",
     Doc("x[n] - part * x[n - 1], 0.97 unless given; the first sample stays. It lifts the treble "
         "of "
         "speech before features are taken. librosa.effects.preemphasis with zi = 0."),
     Doc("print(dsp.preemphasis(tensor.new{1, 1, 1}, 0.5)) --> tensor float32 {3}\n"
         "--> [1. , 0.5, 0.5]")},
    {"deltas", DeltasFunction, "dsp.deltas(x [, reach [, out]]) -> tensor",
     "x: {frames, features}; reach: 1 to 1000 frames",
     Doc("How fast each feature changes per frame: the slope of a line through the frames up to "
         "`reach` (2 unless given) before and after, where the first and the last frame stand for "
         "those outside (The HTK Book, 5.9). Again for the second derivative."),
     Doc("local x = tensor.new{{1}, {2}, {3}, {4}, {5}}\n"
         "print(dsp.deltas(x):at(3, 1)) --> 1.0")},
    {"spectral_flux", SpectralFluxFunction, "dsp.spectral_flux(x [, out]) -> tensor",
     "x: {frames, bins}; result: {frames}",
     Doc("How much the spectrum changes: the Euclidean distance of each frame from the one "
         "before, 0 for the first."),
     Doc("print(dsp.spectral_flux(tensor.new{{0, 0}, {3, 4}}):at(2)) --> 5.0")},
    {"onset_strength", OnsetStrengthFunction, "dsp.onset_strength(x [, lag [, out]]) -> tensor",
     "x: {frames, bands}, logarithms such as logmel gives; result: {frames}",
     Doc("How much begins in each frame: the mean over the bands of the rise since `lag` frames "
         "before (1 unless given), falls counted as 0; 0 for the first `lag` frames. "
         "librosa.onset.onset_strength without centring."),
     Doc("print(dsp.onset_strength(tensor.new{{0, 4}, {3, 1}}):at(2)) --> 1.5")},
};

}  // namespace

const std::span<const Entry> kDspChanges = kDspChangesTable;

}  // namespace moonlet
