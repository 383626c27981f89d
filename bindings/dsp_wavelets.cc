// bindings/dsp_wavelets.cc - discrete wavelet transforms.
#include <cstring>

#include "bindings/dsp_parts.h"
#include "bindings/dsp_signal.h"
#include "dsp/wavelet.h"
#include "engine/base/float_mode.h"

namespace moonlet {
namespace {

using dsp::Extension;

// "haar", or "db1" to "db10", at `index`: its vanishing moments.
int CheckWavelet(lua_State* L, int index) {
  const char* name = luaL_checkstring(L, index);
  if (std::strcmp(name, "haar") == 0) return 1;
  int moments = 0;
  if (std::strncmp(name, "db", 2) == 0) {
    const char* digit = name + 2;
    for (; *digit >= '0' && *digit <= '9' && moments < 100; ++digit)
      moments = 10 * moments + (*digit - '0');
    if (*digit != '\0' || name[2] == '0') moments = 0;
  }
  if (moments < 1 || moments > dsp::kMaxMoments)
    ArgumentError(L, index, "'haar' or 'db1' to 'db10' expected, got '%s'", name);
  return moments;
}

Extension CheckExtension(lua_State* L, int index) {
  static constexpr const char* kModes[] = {"symmetric", "zero", "periodic", nullptr};
  return static_cast<Extension>(luaL_checkoption(L, index, "symmetric", kModes));
}

Status AnalyseInMode(std::span<const float> x, int moments, Extension extension, float* approx,
                     float* detail, const StopToken& stop) {
  const FlushDenormals mode;
  return dsp::Analyse(x, moments, extension, approx, detail, stop);
}

Status SynthesiseInMode(std::span<const float> approx, std::span<const float> detail, int moments,
                        std::span<float> x, const StopToken& stop) {
  const FlushDenormals mode;
  return dsp::Synthesise(approx, detail, moments, x, stop);
}

std::span<const float> Numbers(const Tensor& x) {
  return {x.as<float>(), static_cast<size_t>(x.size())};
}

// Pushes the detail and, on top, the approximation of one level.
Tensor& PushLevel(lua_State* L, std::span<const float> x, int moments, Extension extension) {
  const auto length = static_cast<Index>(dsp::WaveletLength(x.size(), moments));
  const Shape shape = {1, {length}};
  Tensor& detail = *NewTensor(L, DType::kFloat32, shape);
  Tensor& approx = *NewTensor(L, DType::kFloat32, shape);
  RaiseIf(L,
          AnalyseInMode(x, moments, extension, approx.as<float>(), detail.as<float>(), StopOf(L)));
  return approx;
}

// Pushes the signal of n samples that one level comes from.
Tensor& PushSynthesis(lua_State* L, int argument, int out_index, const Tensor& approx,
                      const Tensor& detail, int moments) {
  const Index n = 2 * approx.dim(0) - 2 * moments + 2;
  if (n < 1) {
    ArgumentError(L, argument, "%d or more coefficients expected, got %d", moments,
                  static_cast<int>(approx.dim(0)));
  }
  const SignalOut x = PushSignalOut(L, out_index, {1, {n}}, {&approx, &detail});
  ReturnSignal(L, x,
               SynthesiseInMode(Numbers(approx), Numbers(detail), moments,
                                {x.data(), static_cast<size_t>(n)}, StopOf(L)));
  return *x.out;
}

// dwt(x, wavelet [, mode])
int DwtFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor& x = CheckVector(L, 1);
  PushLevel(L, Numbers(x), CheckWavelet(L, 2), CheckExtension(L, 3));
  lua_insert(L, -2);
  return 2;
}

// idwt(approx, detail, wavelet [, out])
int IdwtFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor& approx = CheckVector(L, 1);
  const Tensor& detail = CheckVector(L, 2);
  if (approx.dim(0) != detail.dim(0))
    return luaL_argerror(L, 2, "as many coefficients as in the approximation expected");
  PushSynthesis(L, 1, 4, approx, detail, CheckWavelet(L, 3));
  return 1;
}

// The levels after which the signal is shorter than the filter.
lua_Integer LevelsFor(size_t n, int moments) {
  const size_t taps = 2 * static_cast<size_t>(moments);
  lua_Integer levels = 0;
  for (size_t left = n / (taps - 1); left > 1; left /= 2) ++levels;
  return levels;
}

// wavedec(x, wavelet [, levels [, mode]])
int WavedecFunction(lua_State* L) {
  lua_settop(L, 4);
  const Tensor* x = &CheckVector(L, 1);
  const int moments = CheckWavelet(L, 2);
  const lua_Integer levels = luaL_optinteger(L, 3, LevelsFor(Numbers(*x).size(), moments));
  if (levels < 0 || levels > 60) return luaL_argerror(L, 3, "0 to 60 levels expected");
  const Extension extension = CheckExtension(L, 4);
  lua_createtable(L, static_cast<int>(levels) + 1, 0);
  if (levels == 0) {
    lua_pushvalue(L, 1);
    lua_rawseti(L, 5, 1);
    return 1;
  }
  for (lua_Integer level = levels; level > 0; --level) {
    x = &PushLevel(L, Numbers(*x), moments, extension);
    lua_rawseti(L, 5, 1);  // keeps it until the next has come of it
    lua_rawseti(L, 5, level + 1);
  }
  return 1;
}

// waverec(coefficients, wavelet)
int WaverecFunction(lua_State* L) {
  lua_settop(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  const int moments = CheckWavelet(L, 2);
  const lua_Integer count = luaL_len(L, 1);
  if (count < 1) return luaL_argerror(L, 1, "one or more tensors expected");
  lua_geti(L, 1, 1);
  CheckVector(L, 3);
  for (lua_Integer i = 2; i <= count; ++i) {
    lua_settop(L, 3);
    lua_geti(L, 1, i);
    const Tensor& detail = CheckVector(L, 4);
    Tensor approx = *TestTensor(L, 3);
    if (approx.dim(0) == detail.dim(0) + 1) --approx.shape.dims[0];
    if (approx.dim(0) != detail.dim(0))
      ArgumentError(L, 1, "%d coefficients expected at level %d, got %d",
                    static_cast<int>(approx.dim(0)), static_cast<int>(count - i + 1),
                    static_cast<int>(detail.dim(0)));
    lua_pushnil(L);
    PushSynthesis(L, 1, 5, approx, detail, moments);
    lua_replace(L, 3);
  }
  lua_settop(L, 3);
  return 1;
}

constexpr Entry kDspWaveletTable[] = {
    {"dwt", DwtFunction, "dsp.dwt(x, wavelet [, mode]) -> tensor, tensor",
     "x: float32 {n}; wavelet: \"haar\", \"db1\" ... \"db10\"; mode: \"symmetric\" unless given, "
     "\"zero\" or \"periodic\"; results: float32 {(n + taps - 1) // 2}",
     Doc("One level of a discrete wavelet transform, approximation and detail, as pywt.dwt: "
         "Daubechies' (1988) orthogonal filters of 2 taps per vanishing moment."),
     Doc("local approx, detail = dsp.dwt(tensor.new{1, 3, 2, 2}, \"haar\")\n"
         "print((\"%.4f %.4f\"):format(approx[1], detail[1])) --> 2.8284 -1.4142")},
    {"idwt", IdwtFunction, "dsp.idwt(approx, detail, wavelet [, out]) -> tensor",
     "approx, detail: float32 {m}; wavelet: as for dsp.dwt; result: float32 {2 * m - taps + 2}",
     Doc("The signal that dsp.dwt comes from, as pywt.idwt; an odd one has a sample more."),
     Doc("local approx, detail = dsp.dwt(tensor.new{1, 3, 2, 2}, \"db2\")\n"
         "print((\"%.4f\"):format(dsp.idwt(approx, detail, \"db2\")[2])) --> 3.0000")},
    {"wavedec", WavedecFunction, "dsp.wavedec(x, wavelet [, levels [, mode]]) -> table",
     "x: float32 {n}; levels: as many as the filter is shorter than the signal unless given; "
     "result: tensors, the approximation and then the details of the last level to the first",
     Doc("A discrete wavelet transform of several levels, as pywt.wavedec."),
     Doc("local levels = dsp.wavedec(tensor.ones{16}, \"haar\", 3)\n"
         "print(#levels, #levels[1], #levels[4]) --> 4\t2\t8")},
    {"waverec", WaverecFunction, "dsp.waverec(coefficients, wavelet) -> tensor",
     "coefficients: what dsp.wavedec gave; result: float32 {n}, n even",
     Doc("The signal that dsp.wavedec comes from, as pywt.waverec; an odd one has a sample more."),
     Doc("local x = tensor.new{3, 1, 4, 1, 5, 9}\nlocal y = dsp.waverec(dsp.wavedec(x, \"db2\", "
         "2), "
         "\"db2\")\nprint(y:sub(x):abs():max() < 1e-5) --> true")},
};

}  // namespace

const std::span<const Entry> kDspWavelets = kDspWaveletTable;

}  // namespace moonlet
