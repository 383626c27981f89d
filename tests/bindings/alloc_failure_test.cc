// Scripts that use our modules, in want of memory: every allocation refused once, and
// caps of every size.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "bindings/modules.h"
#include "tests/vm/allocation_failure.h"
#include "tests/vm/runtime_fixture.h"

namespace moonlet {
namespace alloc_failure_test {

constexpr const char* kWritesModel =
    "local tflite, x = require 'tflite', {shape = {2}, dtype = 'float32'}\n"
    "local bytes = tflite.tobytes {tensors = {x, x}, inputs = {1}, outputs = {2},\n"
    "  operators = {{'ABS', inputs = {1}, outputs = {2}}}}\n"
    "assert(assert(nn.frombytes(bytes)):run() and sys.crc32(bytes) > 0)";

constexpr const char* kScripts[] = {
    // tensor
    "local x = tensor.new{{1, 2}, {3, 4}}\n"
    "local y = (x + 1) * x:transpose() - x / 2\n"
    "assert(y:sum() and y:mean(1):max() and #y:sort() == 2 and #y:topk(1) == 2)\n"
    "assert(x:matmul(y):equals(x:matmul(y:clone())) and #tostring(y) > 10)\n"
    "y:slice({}, 1):fill_(7) y[1] = y[2] y:exp():astype('int8'):mask(y:gt(0))",
    "local parts = tensor.arange(6):reshape(2, 3):split(3, 2)\n"
    "local whole = tensor.stack({tensor.concat(parts, 2), tensor.rand({2, 3}, 1)})\n"
    "for row in whole:rows() do assert(#row:totable() == 2) end\n"
    "assert(tensor.frombytes(whole:tobytes(), 'float32', {2, 2, 3}) == whole)",
    "local ok, message = tensor.save(folder .. '/x.npy', tensor.arange(20))\n"
    "local x = ok and tensor.load(folder .. '/x.npy')\n"
    "assert(x and #x == 20, message or 'not enough memory')",
    "local saved, message = tensor.save(folder .. '/x.npz', {x = tensor.arange(20)}, "
    "{deflate = false})\n"
    "local all, reason = tensor.load(folder .. '/x.npz')\n"
    "assert(saved and all and #all.x == 20, message or reason or 'not enough memory')",
    "local x = tensor.rand({4, 4}, 1)\n"
    "assert(x:det() and x:inv() and x:qr() and x:svd() and x:eigh() and x:lstsq(x))\n"
    "assert(x:median(1) and x:cov() and x:histogram(3) and x:unique('counts', 'inverse'))\n"
    "assert(tensor.polyfit(x[1], x[2], 1) and tensor.interp(x, x[1]:sort(), x[2]))\n"
    "assert(tensor.stack{x, x}:inv(tensor.zeros{2, 4, 4}) and x[1]:outer(x[2]):trace())",
    // nn: the file in memory, mapped, analysed; floats in and out
    "local model <close> = assert(nn.load(digits))\n"
    "local y = model:run(tensor.zeros(model.inputs[1].shape))\n"
    "assert(y:argmax() >= 1 and #model:summary() > 100 and #tostring(model) > 10)\n"
    "assert(model:profile(1).runs == 1 and model:reset() == model)\n"
    "assert(model:trace()[1].outputs[1].tensor)",
    "local model = assert(nn.load(digits, {map = true, float_io = true}))\n"
    "local port = model.outputs[1]\n"
    "assert(model:run().dtype == 'float32' and port.name and port.tensor)\n"
    "model:close()",
    "assert(#tostring(assert(nn.analyze(digits))) > 100)",
    kWritesModel,
    "assert(tensor.save('/ram/x.npy', tensor.ones {100})) assert(sys.list('/ram')[1] == 'x.npy')",
    "local f <close> = assert(io.open('/ram/s.lua', 'w')) assert(f:write('return ...')) "
    "assert(f:flush()) assert(assert(sys.run('/ram/s.lua', 7)) == 7)",
    // dsp: blocks and whole signals
    "local x = tensor.rand({300}, 1)\n"
    "local chain = dsp.chain{dsp.fir{taps = {0.5, 0.5}}, dsp.resampler{up = 3, down = 2},\n"
    "  dsp.sos{sections = dsp.butter(4, 0.2), steady = true}, dsp.delay{length = 3}}\n"
    "assert(chain:push(x:slice{300, 1, -1}) == chain:push(x) and #tostring(chain) > 10)\n"
    "chain:push(x, tensor.zeros{450})\n"
    "assert(#dsp.fir{taps = {0.5}, dtype = 'int16', max_push = 9}:push(x:astype 'int16') == 300)\n"
    "dsp.lms{}:push(x:reshape(150, 2)) dsp.median{width = 3}:push(x:reshape(100, 3))\n"
    "dsp.kalman{F = {{1}}, H = {{1}}, Q = {{0}}, R = {{1}}}:push(x)\n"
    "for f in dsp.frames(function() return x end, 7) do x = nil assert(#f == 7) end\n"
    "local ring = dsp.ring(9) ring:push(tensor.ones{20}) assert(#ring:pop(4) == 4)",
    "local x, sos = tensor.rand({300}, 1), dsp.butter(4, 0.2)\n"
    "assert(dsp.lfilter({1, 2}, {1, 0.5}, x, {0}) and dsp.sosfilt(sos, x, tensor.zeros{2, 2}))\n"
    "assert(dsp.filtfilt({1, 2}, {1, 0.5}, x) and dsp.sosfiltfilt(sos, x) and dsp.medfilt(x, 5))\n"
    "assert(dsp.wiener(x) and dsp.upfirdn({1, 2}, x, 2, 3) and dsp.resample_poly(x, 2, 3))\n"
    "assert(dsp.resample(x, 200) and dsp.decimate(x, 3) and dsp.decimate(x, 3, {ftype = 'fir'}))",
    // dsp: features and motion
    "local x = tensor.rand({600}, 1)\n"
    "local peaks, found = dsp.find_peaks(x, {prominence = 0, width = 0})\n"
    "assert(#peaks > 0 and dsp.dtw(x, x:astype 'int8') > 0 and dsp.deltas(x:reshape(60, 10)))\n"
    "assert(dsp.mel_filterbank{} and dsp.octave_bands(x, 8000) and dsp.peak_widths(x, peaks))\n"
    "assert(dsp.mfcc{}:push(x) and dsp.audio_frontend{input = 'float32'}:push(x))\n"
    "assert(dsp.sound_level{hop = 100}:push(x) and dsp.pitch{max_push = 10})\n"
    "assert(dsp.madgwick{}:push(x:reshape(100, 6)) and dsp.tilt(x:reshape(200, 3)))",
    // ml: estimators joined and saved
    "local x, y = tensor.new{{1, 20}, {2, 10}, {8, 90}, {9, 80}}, {'a', 'a', 'b', 'b'}\n"
    "local chain = ml.pipeline(ml.standard_scaler(), ml.gaussian_nb()):fit(x, y)\n"
    "local copy = ml.frombytes(ml.tobytes(chain))\n"
    "assert(copy, 'not enough memory')\n"
    "assert(copy:predict(x)[3] == 'b' and copy:predict(x[1]) == 'a' and #tostring(copy) > 10)",
    // help, sys, options
    "help() help 'tensor' help(tensor.zeros) help 'fast fourier'",
    "assert(sys.mem().lua > 0 and sys.find 'no such file' == nil)",
    "local ok, message = pcall(nn.load, digits, {flaot_io = true})\n"
    "assert(not ok and (message:find 'float_io' or message:find 'memory'), message)",
    // npu
    "assert(#tostring(npu.info()) > 10 and npu.select('model', {macs = 128})) npu.select()\n"
    "local model = assert(nn.load(digits), 'not enough memory')\n"
    "assert(npu.trace(model, print) == model)\n"
    "local ok, message = npu.disassemble(digits)\n"
    "assert(not ok and (message:find 'compiled' or message:find 'memory'), message)",
    // pcm
    "do local f <close> = assert(io.open('/ram/x.raw', 'w')) assert(f:write('abcdefgh')) end\n"
    "local reader <close> = assert(require('pcm').open('/ram/x.raw', 's16', {channels = 2}))\n"
    "assert(reader:read(tensor.zeros {4, 2}) == 2 and #tostring(reader) > 10)",
    // progress and test, which are written in Lua
    "local sum = 0 for i in require('progress').iter(20) do sum = sum + i end assert(sum == 210)",
    "local expect = require('test').expect\n"
    "expect(tensor.ones{3}):equals(tensor.ones{3})\n"
    "local ok, failure = pcall(function() expect(tensor.ones{3}):equals(tensor.zeros{3}) end)\n"
    "assert(not ok and #tostring(failure) > 10)",
    // io
    "local name = folder .. '/text'\n"
    "do local f <close> = assert(io.open(name, 'w')) assert(f:write('a line\\n', 12)) end\n"
    "for line in io.lines(name) do assert(#line > 0) end os.remove(name)",
};

// Files in /ram stay, whatever became of the script.
constexpr const char* kCleanUp =
    "for _, name in ipairs(sys.list '/ram') do os.remove('/ram/' .. name) end\n"
    "collectgarbage() collectgarbage()";

class MemoryTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    options_.open_builtin = OpenBuiltinModule;
    options_.builtin_names = BuiltinNames();
    options_.library_dir = "scripts/lib";
    options_.modules_as_globals = true;
    options_.sandbox = GetParam();
    options_.allow = allow_;
  }
  std::string Whole(const char* script) const {
    return "local digits, folder = 'scripts/apps/digits.tflite', '" + folder_.path() +
           "'\n_G.print = function() end\n" + script;
  }

  RuntimeOptions options_;
  const TemporaryFolder folder_;

 private:
  const std::string writable_ = folder_.path() + ":rw";
  const char* const allow_[2] = {writable_.c_str(), "scripts"};
};

TEST_P(MemoryTest, EveryRefusedAllocationIsSurvived) {
  // Loading this module takes thousands of requests, all of them Lua's compiler's, which those
  // of `progress` and `test` are too. MOONLET_SOAK=1 refuses them as well.
  const bool soak = std::getenv("MOONLET_SOAK") != nullptr;
  for (const char* script : kScripts) {
    const char* before = script == kWritesModel && !soak ? "require 'tflite'" : "";
    ExpectSurvivesFailingAllocations(options_, Whole(script), nullptr, before);
  }
}

// How much memory the script gets beyond what an idle state has, until it passes.
TEST_P(MemoryTest, EveryCapIsSurvived) {
  constexpr size_t kStep = 499;  // bytes
  Runtime idle;
  ASSERT_TRUE(idle.Open(options_).ok());
  const size_t least = idle.memory().lua;
  for (const char* script : kScripts) {
    SCOPED_TRACE(script);
    Status status = Status::Stopped();
    for (size_t cap = least + kStep; !status.ok(); cap += kStep) {
      SCOPED_TRACE(testing::Message() << "cap " << cap);
      ASSERT_LT(cap, size_t{32} << 20);
      options_.memory_cap = cap;
      Runtime runtime;
      if (!runtime.Open(options_).ok()) continue;
      status = runtime.RunString(Whole(script).c_str(), "=script");
      lua_settop(runtime.state(), 0);
      if (!status.ok()) {
        const std::string_view message = status.what();
        ASSERT_TRUE(message.find("not enough memory") != message.npos ||
                    (message.find("needs ") != message.npos && message.find(" free")))
            << message;
        // What the modules hold may leave less than the next script takes.
        runtime.heap().set_cap(0);
        const Status after = runtime.RunString(kCleanUp, "=after");
        ASSERT_TRUE(after.ok()) << after.what();
        ASSERT_EQ(runtime.memory().engine, 0u);
        ASSERT_EQ(runtime.memory().files, 0u);
      }
      runtime.Close();
      const MemoryFigures left = runtime.memory();
      ASSERT_EQ(left.lua + left.engine + left.files + left.packed, 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, MemoryTest, testing::Bool(),
                         [](const auto& sandbox) { return sandbox.param ? "Sandbox" : "Full"; });

}  // namespace alloc_failure_test
}  // namespace moonlet
