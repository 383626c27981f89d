// What ends a call that takes long: the functions of our modules look at the stop token.
// Endless loops of Lua's own are in tests/vm/stop_test.cc.
#include <gtest/gtest.h>

#include <chrono>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "bindings/modules.h"
#include "vm/runtime.h"

namespace moonlet {
namespace limits_test {

class LimitsTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.open_builtin = OpenBuiltinModule;
    options_.builtin_names = BuiltinNames();
    options_.modules_as_globals = true;
    ASSERT_TRUE(runtime_.Open(options_).ok());
    L = runtime_.state();
  }
  // "" or the error's message.
  std::string Run(const std::string& script) {
    const Status s = runtime_.RunString(script.c_str(), "=script");
    lua_settop(L, 0);
    return s.ok() ? "" : s.what();
  }

  RuntimeOptions options_;
  Runtime runtime_;
  lua_State* L = nullptr;
};

struct Work {
  const char* name;
  const char* script;
};
void PrintTo(const Work& work, std::ostream* out) { *out << work.name; }

// A call that meets the stop token raised ---------------------------------------------

// Each gives a function and its arguments, to be called with the flag already up and no
// instruction of Lua in between: only the function itself can notice.
constexpr Work kCalls[] = {
    {"zeros", "tensor.zeros, {1 << 20}"},
    {"full", "tensor.full, {1 << 20}, 7, 'int64'"},
    {"new", "tensor.new, {{1, 2}, {3, 4}}"},
    {"new_of_tensor", "tensor.new, x, 'float64'"},
    {"arange", "tensor.arange, 1 << 20"},
    {"linspace", "tensor.linspace, 0, 1, 1 << 20"},
    {"eye", "tensor.eye, 1000"},
    {"frombytes", "tensor.frombytes, ('x'):rep(1 << 20), 'bool'"},
    {"rand", "tensor.rand, {1 << 20}"},
    {"randn", "tensor.randn, {1 << 20}"},
    {"randint", "tensor.randint, 1, 6, {1 << 20}"},
    {"permutation", "tensor.permutation, 1 << 20"},
    {"clone", "x.clone, x"},
    {"clone_of_columns", "x.clone, x:reshape(512, 512):transpose()"},
    {"astype", "x.astype, x, 'int8'"},
    {"copy_", "x.copy_, x, x:slice{-1, 1, -1}"},
    {"fill_", "x.fill_, x, 1"},
    {"reshape", "x.reshape, x:reshape(512, 512):transpose(), {-1}"},
    {"totable", "x.totable, x"},
    {"totable_of_nothing", "x.totable, tensor.zeros{1 << 40, 0}"},
    {"tobytes", "x.tobytes, x"},
    {"equals", "x.equals, x, x:clone()"},
    {"allclose", "x.allclose, x, x:clone()"},
    {"add", "x.add, x, x"},
    {"add_scalar", "x.add, x, 1"},
    {"broadcast", "x.mul, tensor.ones{1024, 1}, tensor.ones{1024}"},
    {"div", "x.div, x, x"},
    {"lt", "x.lt, x, 0"},
    {"exp", "x.exp, x"},
    {"pow", "x.pow, x, 3"},
    {"clip", "x.clip, x, 0, 1"},
    {"where", "tensor.where, x:gt(0), x, 0"},
    {"sum", "x.sum, x"},
    {"sum_of_integers", "x.sum, x:astype 'int8'"},
    {"sum_of_columns", "x.sum, x:reshape(512, 512), 1"},
    {"sum_of_rows", "x.sum, x:reshape(512, 512), 2"},
    {"sum_of_nothing", "x.sum, tensor.zeros({0, 1 << 20}), 1"},
    {"prod", "x.prod, x"},
    {"mean", "x.mean, x"},
    {"var", "x.var, x"},
    {"std_of_columns", "x.std, x:reshape(512, 512), 1"},
    {"norm", "x.norm, x"},
    {"max", "x.max, x"},
    {"argmin", "x.argmin, x"},
    {"any", "x.any, x"},
    {"dot", "x.dot, x, x"},
    {"dot_of_integers", "x.dot, x:astype 'int8', x:astype 'int8'"},
    {"matmul", "x.matmul, x:reshape(512, 512), x:reshape(512, 512)"},
    {"matmul_of_rows", "x.matmul, x:reshape(512, 512), x:slice{1, 512}"},
    {"matmul_without_depth", "x.matmul, tensor.zeros{1000, 0}, tensor.zeros{0, 1000}"},
    {"sort", "x.sort, x"},
    {"sort_", "x.sort_, x:clone()"},
    {"argsort", "x.argsort, x"},
    {"topk", "x.topk, x, 10"},
    {"topk_of_many", "x.topk, x, 1 << 17"},
    {"topk_of_rows", "x.topk, x:reshape(-1, 4), 1"},
    {"mask", "x.mask, x, x:ge(0)"},
    {"mask_of_rows", "x.mask, x:reshape(512, 512), tensor.full({512}, true)"},
    {"mask_fill_", "x.mask_fill_, x, x:ge(0), 1"},
    {"concat", "tensor.concat, {x, x}"},
    {"concat_of_nothing", "tensor.concat, {tensor.zeros{0}, tensor.zeros{0}}"},
    {"stack", "tensor.stack, {x, x}"},
    {"split", "x.split, x, 1 << 18"},
    {"roll", "x.roll, x, 5"},
    {"tile", "x.tile, x, 2"},
    {"repeat_each", "x.repeat_each, x, 2"},
    {"cumsum", "x.cumsum, x"},
    {"cumprod_of_columns", "x.cumprod, x:reshape(512, 512), 1"},
    {"diff", "x.diff, x"},
    {"gather", "x.gather, x, 1, x:argsort()"},
    {"take", "x.take, x, x:argsort()"},
    {"scatter_", "x.scatter_, x:clone(), 1, x:argsort(), 0"},
    {"nonzero", "x.nonzero, x"},
    {"one_hot", "x.one_hot, x:argsort():slice{1, 4}, 1 << 18"},
    {"meshgrid", "tensor.meshgrid, x:slice{1, 512}, x:slice{1, 512}"},
    {"isnan", "x.isnan, x"},
    {"erf", "x.erf, x"},
    {"median", "x.median, x"},
    {"quantile_of_rows", "x.quantile, x:reshape(512, 512), 0.3, 2"},
    {"percentiles", "x.percentile, x, tensor.rand{1 << 16}"},
    {"cov", "x.cov, x:reshape(512, 512)"},
    {"corrcoef", "x.corrcoef, x"},
    {"histogram", "x.histogram, x"},
    {"histogram_by_edges", "x.histogram, x, tensor.arange(1 << 18)"},
    {"unique", "x.unique, x"},
    {"interp", "tensor.interp, x, tensor.arange(2), tensor.arange(2)"},
    {"polyval", "tensor.polyval, x, x"},
    {"polyfit", "tensor.polyfit, x, x, 2"},
    {"outer", "x.outer, x:slice{1, 512}, x:slice{1, 512}"},
    {"cross", "x.cross, tensor.ones{1 << 16, 3}, tensor.ones{1 << 16, 3}"},
    {"trace", "x.trace, x:reshape(512, 512)"},
    {"det", "x.det, x:reshape(512, 512)"},
    {"inv", "x.inv, x:reshape(512, 512)"},
    {"solve", "x.solve, x:reshape(512, 512), x:slice{1, 512}"},
    {"cholesky", "x.cholesky, tensor.eye(512)"},
    {"qr", "x.qr, x:reshape(512, 512)"},
    {"svd", "x.svd, x:reshape(512, 512)"},
    {"eigh", "x.eigh, x:reshape(512, 512)"},
    {"lstsq", "x.lstsq, x:reshape(-1, 2), x:slice{1, 1 << 17}"},
    {"quantize", "x.quantize, x, 0.5, 0"},
    {"quantize_by_channel", "x.quantize, x, tensor.full({1 << 18}, 0.5), 0, 'int8', 1"},
    {"dequantize", "x.dequantize, x:astype 'int8', 0.5, 0"},
    {"save", "tensor.save, '/dev/null/none.npy', x"},
    {"save_archive", "tensor.save, '/dev/null/none.npz', {x = x}"},
    {"save_deflated", "tensor.save, '/dev/null/none.npz', {x = x}, {deflate = true}"},
    {"load_archive", "tensor.load, 'scripts/tests/numpy_stored.npz'"},
    {"run", "model.run, model"},
    {"run_floats", "model.run, model, tensor.zeros(model.inputs[1].shape)"},
    {"profile", "model.profile, model, 1000000000"},
    {"model_trace", "model.trace, model"},
    {"sleep", "sys.sleep, 1000"},
    {"read_pcm",
     "pcm.uart('s16', {milliseconds = 86400000}).read, "
     "pcm.uart('s16', {milliseconds = 86400000}), tensor.zeros {10}"},
    {"ready_pcm",
     "pcm.uart('s16', {milliseconds = 86400000}).ready, "
     "pcm.uart('s16', {milliseconds = 86400000}), 1000"},
    {"rms", "dsp.rms, x"},
    {"hjorth", "dsp.hjorth, x"},
    {"spectral_flatness", "dsp.spectral_flatness, x:reshape(512, 512)"},
    {"find_peaks", "dsp.find_peaks, x, {prominence = 0, distance = 2, width = 1}"},
    {"dtw", "dsp.dtw, x:slice{1, 512}, x:slice{1, 512}"},
    {"octave_bands", "dsp.octave_bands, x, 16000"},
    {"deltas", "dsp.deltas, x:reshape(512, 512)"},
    {"spectral_flux", "dsp.spectral_flux, x:reshape(512, 512)"},
    {"onset_strength", "dsp.onset_strength, x:reshape(512, 512)"},
    {"tilt", "dsp.tilt, x:slice{1, 3000}:reshape(1000, 3)"},
    {"mfcc", "dsp.mfcc{}.push, dsp.mfcc{}, x"},
    {"pitch", "dsp.pitch{}.push, dsp.pitch{}, x"},
    {"madgwick", "dsp.madgwick{}.push, dsp.madgwick{}, x:slice{1, 60000}:reshape(10000, 6)"},
};

class StoppedCall : public LimitsTest, public testing::WithParamInterface<Work> {};

TEST_P(StoppedCall, Notices) {
  ASSERT_EQ(Run("x = tensor.rand({1 << 18}, 7)\n"
                "model = assert(nn.load 'scripts/apps/digits.tflite')\n"
                "kept = tensor.arange(100)\n"
                "function call() return " +
                std::string(GetParam().script) + " end"),
            "");
  lua_getglobal(L, "call");
  ASSERT_EQ(lua_pcall(L, 0, LUA_MULTRET, 0), LUA_OK) << lua_tostring(L, -1);
  ASSERT_TRUE(lua_iscfunction(L, 1));
  runtime_.Interrupt();
  ASSERT_EQ(lua_pcall(L, lua_gettop(L) - 1, 0, 0), LUA_ERRRUN);
  EXPECT_STREQ(lua_tostring(L, -1), "interrupted");
  lua_settop(L, 0);
  EXPECT_FALSE(runtime_.stop().raised());
  EXPECT_EQ(Run("assert(kept == tensor.arange(100)) assert(model:run()) x:fill_(1)"), "");
}

INSTANTIATE_TEST_SUITE_P(Functions, StoppedCall, testing::ValuesIn(kCalls),
                         [](const auto& work) { return work.param.name; });

TEST_F(LimitsTest, AStoppedFitLeavesTheEstimatorAsItWas) {
  ASSERT_EQ(Run("x, y = tensor.new{{1}, {2}, {8}, {9}}, {0, 0, 1, 1}\n"
                "model = ml.gaussian_nb():fit(x, y)\n"
                "chain = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb()):fit(x, y)\n"
                "before = ml.tobytes(model) .. ml.tobytes(chain)"),
            "");
  for (const char* call : {"return model.fit, model, x * 2, y", "return chain.fit, chain, x * 2, y",
                           "return model.partial_fit, model, x * 2, y"}) {
    ASSERT_EQ(Run(std::string("function call() ") + call + " end"), "");
    lua_getglobal(L, "call");
    ASSERT_EQ(lua_pcall(L, 0, LUA_MULTRET, 0), LUA_OK) << lua_tostring(L, -1);
    runtime_.Interrupt();
    ASSERT_EQ(lua_pcall(L, lua_gettop(L) - 1, 0, 0), LUA_ERRRUN);
    EXPECT_STREQ(lua_tostring(L, -1), "interrupted");
    lua_settop(L, 0);
    EXPECT_EQ(Run("assert(ml.tobytes(model) .. ml.tobytes(chain) == before)"), "");
  }
}

// Work that outlasts its budget -------------------------------------------------------

constexpr double kBudget = 0.1;  // seconds
constexpr double kGrace = 1;     // and so much more for noticing

struct LongWork {
  const char* name;
  const char* setup;
  const char* step;  // repeated for ever
};
void PrintTo(const LongWork& work, std::ostream* out) { *out << work.name; }

constexpr LongWork kLongWork[] = {
    {"Matmul", "x = tensor.rand{3000, 3000}", "x:matmul(x)"},
    {"MatmulOfNothing", "x = tensor.zeros{1 << 40, 0, 5}", "x:matmul(tensor.zeros{5, 3})"},
    {"Sum", "x = tensor.zeros({100000000}, 'int8')", "x:sum()"},
    {"VarianceOfColumns", "x = tensor.zeros{1000, 10000}", "x:var(1)"},
    {"Sort", "x = tensor.rand{10000000}", "x:sort_() x:rand_()"},
    {"TopK", "x = tensor.arange(20000000, 'int32')", "x:topk(2000000)"},
    {"Unique", "x = tensor.rand{10000000}", "x:unique()"},
    {"Covariance", "x = tensor.rand{300, 30000}", "x:cov()"},
    {"Inverse", "x = tensor.rand{1500, 1500}", "x:inv()"},
    {"Svd", "x = tensor.rand{700, 700}", "x:svd()"},
    {"Eigh", "x = tensor.rand{700, 700}", "x:eigh()"},
    {"LeastSquares", "x = tensor.rand{2000000, 4} y = x:slice({}, 1)", "x:lstsq(y)"},
    {"Deflate", "x = tensor.rand{10000000}",
     "tensor.save('/dev/null/none.npz', {x = x}, {deflate = true})"},
    {"Random", "x = tensor.zeros{30000000}", "x:randn_()"},
    {"AsType", "x = tensor.zeros{30000000} y = x:astype 'int8'", "x:astype('int8', y)"},
    {"Compare", "x = tensor.zeros({30000000}, 'int8') y = x:clone()", "local _ = x == y"},
    {"MaskOfRows",
     "x = tensor.zeros({3000, 30000}, 'int8') b = tensor.full({3000}, true) y = x:clone()",
     "x:mask(b, y)"},
    {"Concat", "x = {} x[1] = tensor.zeros{0} for i = 2, 1000000 do x[i] = x[1] end",
     "tensor.concat(x)"},
    {"Split", "x = tensor.zeros({100000000}, 'int8')", "x:split(100000000)"},
    {"ToTable", "x = tensor.zeros{1 << 40, 0}", "x:totable()"},
    {"ToString", "x = tensor.zeros{100, 100, 100, 10}", "tostring(x)"},
    {"ToBytes", "x = tensor.zeros({30000000}, 'int8')", "x:tobytes()"},
    {"ModelRun", "model = assert(nn.load 'scripts/apps/digits.tflite')", "model:run()"},
    {"ModelProfile", "model = assert(nn.load 'scripts/apps/digits.tflite')",
     "model:profile(1 << 40)"},
    {"Analyze", "", "nn.analyze 'scripts/apps/digits.tflite'"},
    {"Fir", "fir = dsp.fir{taps = tensor.rand{100000}} x = tensor.rand{1000000}", "fir:push(x)"},
    {"MedianFilter", "x = tensor.rand{1000000}", "dsp.medfilt(x, 1000001)"},
    {"Resample", "x = tensor.rand{1000000}", "dsp.resample_poly(x, 1, 100000)"},
    {"FilterThereAndBack", "x = tensor.rand{10000000}", "dsp.filtfilt({1, 1}, {1, -0.5}, x)"},
    {"Load", "", "assert(nn.load 'scripts/apps/digits.tflite')"},
    {"Fit", "x = tensor.rand{1000000, 4} y = (x:slice({}, 1) * 300):astype 'int32'",
     "ml.gaussian_nb():fit(x, y)"},
};

class LongCall : public LimitsTest, public testing::WithParamInterface<LongWork> {
 protected:
  // Gives scripts `interrupt_soon`: the interrupt cannot come before they call it.
  void SetUp() override {
    LimitsTest::SetUp();
    lua_pushlightuserdata(L, this);
    lua_pushcclosure(L, InterruptSoon, 1);
    lua_setglobal(L, "interrupt_soon");
  }
  void TearDown() override {
    if (interrupter_.joinable()) interrupter_.join();
  }

 private:
  static int InterruptSoon(lua_State* L) {
    auto* test = static_cast<LongCall*>(lua_touserdata(L, lua_upvalueindex(1)));
    test->interrupter_ = std::thread([test] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      test->runtime_.Interrupt();
    });
    return 0;
  }

  std::thread interrupter_;
};

TEST_P(LongCall, EndsWithTheBudget) {
  ASSERT_EQ(Run(GetParam().setup), "");
  const std::string loop =
      std::string("while true do pcall(function() ") + GetParam().step + " end) end";
  runtime_.SetBudget(kBudget);
  const auto start = std::chrono::steady_clock::now();
  const Status s = runtime_.RunString(loop.c_str(), "=script");
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  EXPECT_LT(passed.count(), kBudget + kGrace);
  EXPECT_EQ(s.code(), Code::kStopped);
  EXPECT_NE(std::string_view(s.what()).find("time budget of 0.1 s exceeded"),
            std::string_view::npos)
      << s.what();
  runtime_.SetBudget(0);
  EXPECT_EQ(Run("assert(tensor.ones{10}:sum() == 10)"), "");
}

TEST_P(LongCall, EndsWithAnInterrupt) {
  ASSERT_EQ(Run(GetParam().setup), "");
  EXPECT_EQ(
      Run(std::string("ok, message = pcall(function() interrupt_soon() while true do ") +
          GetParam().step + " end end) assert(not ok and message:find 'interrupted', message)"),
      "");
  EXPECT_EQ(Run("assert(tensor.ones{10}:sum() == 10)"), "");
}

INSTANTIATE_TEST_SUITE_P(Kernels, LongCall, testing::ValuesIn(kLongWork),
                         [](const auto& work) { return work.param.name; });

}  // namespace limits_test
}  // namespace moonlet
