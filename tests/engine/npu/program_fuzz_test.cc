// Mutated command streams and weights: each is refused with the word where it went wrong, or runs
// within the memory that it was given. MOONLET_FUZZ=N: N mutations of every model, otherwise 200;
// with sanitizers, which are slow, only of those for a U55-128.
#include <gtest/gtest.h>
#include <sys/time.h>

#include <csignal>
#include <random>

#include "tests/engine/npu/compiled_files.h"
#include "tests/engine/npu/compiled_model.h"

namespace moonlet::npu {
namespace program_fuzz_test {

using namespace moonlet::npu::testing;
using Bytes = std::vector<uint8_t>;

constexpr size_t kStreamAt = 32;  // in the payload
StopToken program_stop;

void RaiseProgramStop(int) { program_stop.Raise(); }

void StopIn(int milliseconds) {
  program_stop.Lower();
  std::signal(SIGALRM, RaiseProgramStop);
  const itimerval timer = {{0, 0}, {0, milliseconds * 1000}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// A payload around a stream of fewer words.
Bytes Cut(const Bytes& payload, size_t words) {
  Bytes cut(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(kStreamAt + 4 * words));
  cut[kStreamAt - 3] = static_cast<uint8_t>(words >> 16);
  cut[kStreamAt - 2] = static_cast<uint8_t>(words);
  cut[kStreamAt - 1] = static_cast<uint8_t>(words >> 8);
  return cut;
}

// Another number in place of a register's, or any bit of any word.
void Flip(Bytes* payload, std::mt19937& random) {
  const size_t words = (payload->size() - kStreamAt) / 4;
  const size_t word = kStreamAt + random() % words * 4;
  if (random() % 2 == 0) {
    (*payload)[word + random() % 4] ^= static_cast<uint8_t>(1u << random() % 8);
    return;
  }
  constexpr uint16_t kNumbers[] = {0, 1, 2, 7, 15, 16, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF};
  const uint16_t number = kNumbers[random() % std::size(kNumbers)];
  std::memcpy(payload->data() + word + 2, &number, sizeof(number));
}

Bytes Mutated(const Bytes& original, std::mt19937& random) {
  Bytes payload = original;
  const size_t words = (payload.size() - kStreamAt) / 4;
  if (random() % 8 == 0) return Cut(payload, 1 + random() % (words - 1));
  for (auto k = random() % 3 + 1; k > 0; --k) Flip(&payload, random);
  return payload;
}

struct Tally {
  int refused = 0;
  int stopped = 0;
  int ran = 0;
};

void ExerciseProgram(CompiledModel& model, const Bytes& payload, Tally* tally) {
  const Status loaded = model.Load(payload);
  if (!loaded.ok()) {
    EXPECT_NE(std::string(loaded.what()).find("word "), std::string::npos) << loaded.what();
    ++tally->refused;
    return;
  }
  StopIn(20);
  const Status s = model.Run(program_stop);
  EXPECT_TRUE(s.ok() || s.code() == Code::kStopped || s.code() == Code::kInvalid) << s.what();
  s.ok() ? ++tally->ran : ++tally->stopped;
}

// Where the limit on memory is that a script has, too.
constexpr size_t kMostMemory = 64 << 20;

void FuzzModel(const CompiledFile& file, int mutations, Tally* total) {
  CompiledModel model(file.path);
  model.LimitMemory(kMostMemory);
  const auto bytes = model.payload_bytes();
  const Bytes original(bytes.begin(), bytes.end());
  Tally tally;
  for (int i = 0; i < mutations && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(file.name + ", seed " + std::to_string(i));
    std::mt19937 random(static_cast<unsigned>(i));
    const std::span<uint8_t> constants = model.constants();
    if (random() % 4 != 0 || constants.empty()) {
      ExerciseProgram(model, Mutated(original, random), &tally);
      continue;
    }
    uint8_t& byte = constants[random() % constants.size()];
    const uint8_t kept = std::exchange(byte, static_cast<uint8_t>(random()));
    ExerciseProgram(model, original, &tally);
    byte = kept;
  }
  total->refused += tally.refused;
  total->stopped += tally.stopped;
  total->ran += tally.ran;
}

TEST(NpuProgramFuzz, MutatedStreamsAreRefusedOrRun) {
  if (NoCompiledFiles()) GTEST_SKIP() << "no recorded models";
  const char* asked = std::getenv("MOONLET_FUZZ");
  Tally total;
  for (const CompiledFile& file : CompiledFiles()) {
    const bool chosen = !kSanitized || file.IsForU55With128();
    FuzzModel(file, asked != nullptr ? std::atoi(asked) : chosen ? 200 : 0, &total);
  }
  std::cout << total.refused << " refused, " << total.stopped << " stopped, " << total.ran
            << " ran\n";
  EXPECT_GT(total.refused, 0);
  EXPECT_GT(total.ran, 0);
}

}  // namespace program_fuzz_test
}  // namespace moonlet::npu
