#include "shell/target_workers.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <new>

#include "shell/lua_text.h"
#include "shell/sim.h"
#include "shell/test_target.h"

namespace moonlet {

class SharedCounter {
 public:
  SharedCounter()
      : page_(mmap(nullptr, sizeof(Number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0)) {
    if (page_ == MAP_FAILED) std::abort();  // less than a page of memory is left
    number_ = new (page_) Number(0);
  }
  ~SharedCounter() { munmap(page_, sizeof(Number)); }
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;

  size_t Take() { return number_->fetch_add(1); }

 private:
  using Number = std::atomic<size_t>;
  static_assert(Number::is_always_lock_free);
  void* page_;
  Number* number_;
};

namespace {

namespace fs = std::filesystem;

constexpr double kTimeout = 120;  // seconds for a file, unless --timeout says otherwise
constexpr std::string_view kSetting = "MOONLET_";
constexpr const char* kRecorded = "/rom/shared";

// ---- what a worker tells ----

// How an item went, or, with the number after the last item, why a machine did not start.
struct Message {
  size_t item = 0;
  double seconds = 0;
  std::string output;
  std::string problem;
};

void Tell(const Message& message) {
  std::printf("%zu %.6f %zu %zu\n", message.item, message.seconds, message.output.size(),
              message.problem.size());
  std::fwrite(message.output.data(), 1, message.output.size(), stdout);
  std::fwrite(message.problem.data(), 1, message.problem.size(), stdout);
  std::fflush(stdout);
}

// Takes the first message from the bytes. False: it is not whole.
bool Take(std::string* bytes, Message* message) {
  size_t output = 0, problem = 0;
  const size_t end = bytes->find('\n');
  if (end == bytes->npos || std::sscanf(bytes->c_str(), "%zu %lf %zu %zu", &message->item,
                                        &message->seconds, &output, &problem) != 4)
    return false;
  if (bytes->size() - end - 1 < output + problem) return false;
  message->output = bytes->substr(end + 1, output);
  message->problem = bytes->substr(end + 1 + output, problem);
  bytes->erase(0, end + 1 + output + problem);
  return true;
}

// ---- what a worker does ----

// The environment's MOONLET_..., for test.setting.
std::string EnvironmentSettings() {
  std::string fields;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (!text.starts_with(kSetting) || equals == text.npos) continue;
    const std::string_view name = text.substr(0, equals);
    if (name == "MOONLET_SHARED" || name == "MOONLET_TEST_RECORD") continue;
    fields += "[" + LuaText(name) + "]=" + LuaText(text.substr(equals + 1)) + ",";
  }
  return fields + "MOONLET_SHARED=" + LuaText(kRecorded) + ",";
}

// Where the file is in the image: "/rom/tests/json_test.lua".
std::string PathInRom(const TestItem& item) {
  return "/rom/tests/" + fs::path(item.path).lexically_relative(item.folder).generic_string();
}

std::string ChunkFor(const TestItem& item, const TestOptions& options, const std::string& nonce) {
  const std::string settings = EnvironmentSettings() + TestSettings(options, item);
  return "local finish = (function()\n" + Recorder(nonce, options.filter, settings) +
         "end)()\nlocal result = table.pack(pcall(require \"sys\".run, " +
         LuaText(PathInRom(item)) + R"())
finish()
if not result[1] then error(result[2], 0) end
if result.n == 3 and result[2] == nil then error(result[3], 0) end
)";
}

std::string WithoutEnd(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

// After trouble the machine starts anew.
Message RunItem(TestTarget& target, size_t number, const std::string& chunk, double timeout) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  ChunkRun run = target.Run(chunk, timeout);
  const std::chrono::duration<double> time = Clock::now() - start;
  Message message = {number, time.count(), std::move(run.output), WithoutEnd(run.error)};
  if (run.trouble.empty()) return message;
  message.problem = run.trouble;
  if (Status s = target.Restart(); !s.ok()) message.problem += std::string("; then ") + s.what();
  return message;
}

}  // namespace

std::vector<TestKind> FindKinds(const TestOptions& options, size_t items) {
  std::vector<TestKind> kinds;
  for (const std::string& name : options.targets) {
    const auto same = [&](const TestKind& kind) { return kind.name == name; };
    const auto known = std::find_if(kinds.begin(), kinds.end(), same);
    if (known != kinds.end()) {
      ++known->machines;
    } else {
      kinds.push_back({name, 1, std::make_shared<SharedCounter>()});
      kinds.back().runs.resize(items);
    }
  }
  for (TestKind& kind : kinds) {
    const bool real = kind.name != "host" && FindEmulated(kind.name) == nullptr;
    kind.machines = real ? 1 : std::max(kind.machines, options.jobs);
    kind.machines = std::min(kind.machines, std::max<size_t>(items, 1));
  }
  return kinds;
}

TargetWorkers::TargetWorkers(const TestOptions& options, const RomFile& rom,
                             const std::vector<TestItem>& items, const std::string& nonce,
                             std::vector<TestKind>* kinds)
    : options_(options), rom_(rom), items_(items), nonce_(nonce) {
  for (TestKind& kind : *kinds) {
    for (size_t i = 0; i < kind.machines; ++i) workers_.push_back({&kind, {}});
  }
}

void TargetWorkers::Run(size_t job) {
  const TestKind& kind = *workers_[job].kind;
  const std::unique_ptr<TestTarget> target = kind.name == "host"
                                                 ? MakeHostTarget(rom_, options_.runtime)
                                                 : MakeDeviceTarget(kind.name, rom_);
  if (Status s = target->Restart(); !s.ok()) return Tell({items_.size(), 0, {}, s.what()});
  const double asked = options_.runtime.timeout_seconds;
  for (size_t i = kind.next->Take(); i < items_.size(); i = kind.next->Take()) {
    const std::string chunk = ChunkFor(items_[i], options_, nonce_);
    Tell(RunItem(*target, i, chunk, asked > 0 ? asked : kTimeout));
  }
}

void TargetWorkers::Printed(size_t job, std::string_view bytes) {
  Worker& worker = workers_[job];
  worker.bytes += bytes;
  for (Message message; Take(&worker.bytes, &message);) {
    if (message.item >= items_.size()) {
      worker.kind->refusal = message.problem;
      continue;
    }
    auto run = std::make_unique<TestRun>();
    RecordReader reader(nonce_, run.get());
    reader.Feed(message.output);
    reader.Finish();
    run->problem = message.problem;
    run->seconds = message.seconds;
    JudgeRun(run.get(), !options_.filter.empty());
    worker.kind->runs[message.item] = std::move(run);
  }
  Known();
}

// Files that its last machine has left are not run any more.
void TargetWorkers::Ended(size_t job, double, const std::string& trouble) {
  TestKind& kind = *workers_[job].kind;
  if (!trouble.empty()) kind.trouble = "the process that minds it " + trouble;
  if (++kind.ended < kind.machines) return;
  const bool refused = kind.trouble.empty() && !kind.refusal.empty();
  for (std::unique_ptr<TestRun>& run : kind.runs) {
    if (run != nullptr || refused) continue;
    run = std::make_unique<TestRun>();
    run->problem = kind.trouble;
  }
  Known();
}

}  // namespace moonlet
