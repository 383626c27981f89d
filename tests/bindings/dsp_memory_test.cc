// What signals on their way ask of any allocator: nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bindings/modules.h"
#include "tests/bindings/heap_requests.h"
#include "vm/runtime.h"

namespace moonlet {
namespace dsp_memory_test {

// What was asked so far, at the frames that an application is watched from and to.
std::array<HeapRequests, 2> g_marks;

int Mark(lua_State* L) {
  g_marks[static_cast<size_t>(luaL_checkinteger(L, 1))] = HeapRequests::Of(Runtime::Of(L).heap());
  return 0;
}

class DspMemoryTest : public testing::Test {
 protected:
  void SetUp() override {
    RuntimeOptions options;
    options.open_builtin = OpenBuiltinModule;
    options.builtin_names = BuiltinNames();
    options.library_dir = "scripts/lib";
    ASSERT_TRUE(runtime_.Open(options).ok());
    lua_register(runtime_.state(), "mark", Mark);
  }
  void Run(const std::string& code) {
    const Status s = runtime_.RunString(code.c_str(), "=test");
    ASSERT_TRUE(s.ok()) << s.what();
  }
  // Nothing was asked between the two marks.
  static void ExpectNothing(const std::string& what) {
    const HeapRequests asked = g_marks[1].Since(g_marks[0]);
    EXPECT_GT(g_marks[0].lua, 0u) << what;
    EXPECT_EQ(asked.lua, 0u) << what;
    EXPECT_EQ(asked.pools, 0u) << what;
    EXPECT_EQ(asked.c_library, 0) << what;
  }
  // Runs an application on a minute of noise, and watches 1000 of its frames.
  void Watch(const std::string& application, const std::string& arguments) {
    g_marks = {};
    Run(R"(
      local audio, sys, tensor = require "audio", require "sys", require "tensor"
      local path = os.tmpname()
      assert(audio.save(path, tensor.randn({16000 * 60}, 1):mul_(0.01), 16000))
      local open = audio.open
      audio.open = function(...)
        local source = assert(open(...))
        return setmetatable({frames = function(_, ...)
          local step, count = source:frames(...), 0
          return function(...)
            count = count + 1
            if count == 100 then collectgarbage "stop" mark(0) end
            if count == 1100 then mark(1) collectgarbage "restart" end
            return step(...)
          end
        end}, {__index = source, __close = function() source:close() end})
      end
      local print_before = print
      print = function() end
      local done, why = pcall(sys.run, "scripts/apps/)" +
        application + R"(", "--wav", path, )" + arguments + R"()
      print, audio.open = print_before, open
      os.remove(path)
      assert(done, why))");
    ExpectNothing(application);
  }

  Runtime runtime_;
};

TEST_F(DspMemoryTest, FramesOfApplicationsAskNoHeapForAnything) {
  Watch("soundlevel.lua", R"("--every", "1000")");
  Watch("spectrum.lua", R"("--ascii", "yes")");
  const char* shared = std::getenv("MOONLET_SHARED");
  const std::string model =
      std::string(shared ? shared : "../shared") + "/corpus/micro_speech_int8/model.tflite";
  if (access(model.c_str(), R_OK) == 0) Watch("kws.lua", "\"--model\", \"" + model + "\"");
}

TEST_F(DspMemoryTest, BlocksAskNoHeapForAnything) {
  g_marks = {};
  Run(R"(
    local dsp, tensor = require "dsp", require "tensor"
    local x, q15 = tensor.randn({320}, 1), dsp.to_q15(tensor.rand({320}, 2))
    local taps, sections = dsp.firwin(31, 0.2), dsp.butter(4, 0.2)
    local blocks = {
      dsp.fir {taps = taps}, dsp.fir_decimator {taps = taps, factor = 3},
      dsp.fir_interpolator {taps = taps, factor = 2}, dsp.resampler {up = 2, down = 3},
      dsp.sos {sections = sections}, dsp.median {length = 9}, dsp.one_pole {cutoff = 0.1},
      dsp.logmel {}, dsp.mfcc {}, dsp.pitch {}, dsp.sound_level {},
      dsp.audio_frontend {input = "float32"},
      dsp.chain {dsp.dc_blocker {}, dsp.resampler {sample_rate = 32000, to = 16000}, dsp.mfcc {}},
    }
    local fixed = {dsp.fir {taps = taps, dtype = "int16"}, dsp.audio_frontend {}}
    local plan, spectrum = dsp.fft_plan(320, {kind = "real"}), tensor.zeros {161, 2}
    local ring, quantised = dsp.ring(1000), tensor.zeros({320}, "int16")
    local function frames(n)
      for _ = 1, n do
        for i = 1, #blocks do blocks[i]:push(x) end
        for i = 1, #fixed do fixed[i]:push(q15) end
        plan:rfft(x, spectrum)
        dsp.to_q15(x, quantised)
        ring:push(x)
        ring:pop(160)
        local rms, flat = dsp.rms(x), dsp.spectral_flatness(x)
      end
    end
    frames(20)
    collectgarbage "stop"
    frames(1)
    mark(0)
    frames(1000)
    mark(1))");
  ExpectNothing("blocks");
}

}  // namespace dsp_memory_test
}  // namespace moonlet
