#include "shell/test_target.h"

#include <unistd.h>

#include <cstdio>

#include "shell/deploy.h"
#include "shell/forked_process.h"
#include "shell/host_files.h"
#include "shell/progress_bar.h"
#include "shell/raw_client.h"
#include "shell/rom_volume.h"
#include "shell/target.h"
#include "vm/file_system.h"

namespace moonlet {
namespace {

constexpr char kErrorMark = '\x04';  // between output and error text, as on a device's line

class HostTarget final : public TestTarget {
 public:
  HostTarget(const RomFile& rom, const RuntimeOptions& options) : rom_(rom), options_(options) {}

  Status Restart() override { return {}; }
  ChunkRun Run(std::string_view chunk, double timeout_seconds) override;

 private:
  // What the process of a chunk does.
  void RunHere(const std::string& chunk) const;

  const RomFile& rom_;
  const RuntimeOptions options_;
};

void HostTarget::RunHere(const std::string& chunk) const {
  FileSystem files;
  RomVolume volume;
  Runtime runtime;
  RuntimeOptions options = options_;
  options.sandbox = true;
  options.allow = {};
  options.library_dir = "/rom/lib";
  options.timeout_seconds = 0;  // whoever waits for this process minds the time
  options.files = &files;
  Status status = volume.Mount(rom_.path(), &files);
  if (status.ok()) status = runtime.Open(options);
  std::string error = status.what();
  if (status.ok() && !runtime.RunString(chunk.c_str(), "=stdin").ok() && !runtime.exit_code())
    error = lua_tostring(runtime.state(), -1);
  if (runtime.exit_code()) error = "os.exit(" + std::to_string(*runtime.exit_code()) + ")";
  std::printf("%c%s", kErrorMark, error.c_str());
  std::fflush(stdout);
}

ChunkRun HostTarget::Run(std::string_view chunk, double timeout_seconds) {
  ForkedProcess process;
  switch (process.Fork()) {
    case ForkedProcess::Side::kFailed:
      return {{}, {}, "no process could be made"};
    case ForkedProcess::Side::kChild:
      RunHere(std::string(chunk));
      ForkedProcess::ExitChild();
    case ForkedProcess::Side::kParent:
      break;
  }
  constexpr int kLookMs = 100;
  const Deadline deadline(static_cast<int>(timeout_seconds * 1000));
  ChunkRun run;
  while (!deadline.over() && process.Read(&run.output, kLookMs)) {
  }
  while (!deadline.over() && !process.HasEnded()) usleep(1000);
  run.trouble = process.Finish();
  const size_t mark = run.output.rfind(kErrorMark);
  if (mark == run.output.npos) return run;
  run.error = run.output.substr(mark + 1);
  run.output.resize(mark);
  return run;
}

class DeviceTarget final : public TestTarget {
 public:
  DeviceTarget(const std::string& name, const RomFile& rom) : name_(name), rom_(rom) {
    const EmulatedBoard* board = FindEmulated(name);
    if (board == nullptr) return;
    Machine machine = DefaultMachine(*board);
    machine.rom = rom.path();
    machine.flash.clear();  // an application would lie above the tests
    target_.SetMachine(machine);
  }

  Status Restart() override;
  ChunkRun Run(std::string_view chunk, double timeout_seconds) override;

 private:
  // Has the tests as its application, if it has not.
  Status Prepare();

  const std::string name_;
  const RomFile& rom_;
  StopToken stop_;
  Target target_;
  RawClient client_{target_.line(), stop_};
};

Status DeviceTarget::Prepare() {
  std::vector<uint8_t> image;
  if (Status s = ReadHostFile(rom_.path(), &image); !s.ok()) return s;
  ProgressBar bar;
  return Deploy(client_, image, &bar);
}

// A device at the end of a cable is reset instead.
Status DeviceTarget::Restart() {
  if (Status s = target_.Open(name_); !s.ok()) return s;
  client_.Forget();
  Status status = client_.Enter();
  if (status.ok() && !target_.is_simulated()) {
    status = Prepare();
    if (status.ok()) status = client_.Reset();
    if (status.ok()) status = client_.Enter();
  }
  if (status.ok()) return {};
  return Status::Error(status.code(), "%s", target_.Explain(status).c_str());
}

ChunkRun DeviceTarget::Run(std::string_view chunk, double timeout_seconds) {
  struct Texts final : Output {
    void Write(std::string_view text) override { run.output += text; }
    void WriteError(std::string_view text) override { run.error += text; }
    ChunkRun run;
  } texts;
  bool failed;
  Status status = client_.SoftReset();
  if (status.ok())
    status = client_.Run(chunk, texts, &failed, static_cast<int>(timeout_seconds * 1000));
  if (!status.ok()) texts.run.trouble = target_.Explain(status);
  return texts.run;
}

}  // namespace

std::unique_ptr<TestTarget> MakeHostTarget(const RomFile& rom, const RuntimeOptions& options) {
  return std::make_unique<HostTarget>(rom, options);
}

std::unique_ptr<TestTarget> MakeDeviceTarget(const std::string& name, const RomFile& rom) {
  return std::make_unique<DeviceTarget>(name, rom);
}

}  // namespace moonlet
