#include "shell/sim.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "shell/paths.h"

namespace moonlet {
namespace {

constexpr const char* kEmulator = "qemu-system-arm";
constexpr int kLine = 3;  // the emulator's end of the serial line

constexpr EmulatedBoard kBoards[] = {
    {"sim", "mps3-an547", "device/moonlet.elf", "MOONLET_DEVICE_IMAGE", "0x60000000", 64 << 20},
    {"sim:an386", "mps2-an386", "device-m4/moonlet.elf", "MOONLET_M4_IMAGE", "0x21000000",
     16 << 20},
};

bool IsInPath(const char* program) {
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "";
  for (size_t from = 0; from <= rest.size();) {
    const size_t end = std::min(rest.find(':', from), rest.size());
    if (access((rest.substr(from, end - from) + "/" + program).c_str(), X_OK) == 0) return true;
    from = end + 1;
  }
  return false;
}

// In an option's value the emulator wants commas twice.
std::string Value(const std::string& path) {
  std::string value;
  for (const char c : path) value += c == ',' ? std::string(",,") : std::string(1, c);
  return value;
}

// Where the emulator runs, relative paths mean something else.
std::string Absolute(const std::string& path) {
  char folder[PATH_MAX];
  if (path.starts_with('/') || getcwd(folder, sizeof(folder)) == nullptr) return path;
  return std::string(folder) + '/' + path;
}

// What Start is asked to run must be there.
Status CheckParts(const Machine& machine) {
  if (!IsInPath(kEmulator)) {
    return Status::Error(Code::kNotFound,
                         "no %s in the PATH: Debian's package qemu-system-arm has it", kEmulator);
  }
  if (machine.image.empty() || machine.rom.empty()) {
    return Status::Error(Code::kNotFound, "no %s: 'make device' builds it, $%s names it",
                         machine.image.empty() ? "device image" : "ROM image",
                         machine.image.empty() ? machine.board->image_variable : "MOONLET_ROM");
  }
  for (const std::string& file : {machine.image, machine.rom}) {
    if (access(file.c_str(), R_OK) == 0) continue;
    return Status::Error(Code::kNotFound, "%s: %s", file.c_str(), std::strerror(errno));
  }
  std::error_code ignored;  // the emulator says what is wrong with the file
  if (const auto size = std::filesystem::file_size(machine.rom, ignored);
      !ignored && size > machine.board->rom_size) {
    return Status::Invalid("%s: %llu bytes, and %s has room for %zu", machine.rom.c_str(),
                           static_cast<unsigned long long>(size), machine.board->machine,
                           machine.board->rom_size);
  }
  const std::string name = machine.flash.substr(machine.flash.rfind('/') + 1);
  if (name.find_first_of(" ,") == name.npos) return {};
  return Status::Invalid("%s: no spaces or commas in this name", machine.flash.c_str());
}

std::vector<std::string> CommandLine(const Machine& machine) {
  // The device splits its command line at spaces, so the flash file's folder is where the
  // emulator runs.
  std::string semihosting = "enable=on,target=native,arg=moonlet";
  if (!machine.flash.empty()) {
    semihosting += ",arg=flash=" + machine.flash.substr(machine.flash.rfind('/') + 1);
  }
  std::vector<std::string> words = {kEmulator,
                                    "-M",
                                    machine.board->machine,
                                    "-display",
                                    "none",
                                    "-monitor",
                                    "none",
                                    "-chardev",
                                    "socket,id=line,fd=3",
                                    "-serial",
                                    "chardev:line",
                                    "-serial",
                                    "null",
                                    "-semihosting-config",
                                    semihosting,
                                    "-kernel",
                                    Absolute(machine.image),
                                    "-device",
                                    "loader,file=" + Value(Absolute(machine.rom)) +
                                        ",addr=" + machine.board->rom_address + ",force-raw=on"};
  if (machine.icount) words.insert(words.end(), {"-icount", "shift=5"});
  return words;
}

// Between fork and exec. The terminal's Ctrl-C is for us to hand on, not for the emulator.
[[noreturn]] void Become(const std::vector<char*>& words, const std::string& folder, int line,
                         int complaints) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(complaints, STDERR_FILENO);
  dup2(line, kLine);
  fcntl(kLine, F_SETFD, 0);
  if (folder.empty() || chdir(folder.c_str()) == 0) execvp(words[0], words.data());
  _exit(127);
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? std::string() : path.substr(0, slash + 1);
}

}  // namespace

Status Simulator::Start(const Machine& machine, Link* line) {
  Stop();
  if (Status s = CheckParts(machine); !s.ok()) return s;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return Status::Error(Code::kIo, "no socket: %s", std::strerror(errno));
  }
  std::error_code ignored;  // then the applications are not kept, and writing them says so
  if (const std::string folder = FolderOf(machine.flash); !folder.empty())
    std::filesystem::create_directories(folder, ignored);
  complaints_ = memfd_create("complaints", MFD_CLOEXEC);
  std::vector<std::string> texts = CommandLine(machine);
  std::vector<char*> words;
  for (std::string& text : texts) words.push_back(text.data());
  words.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) Become(words, FolderOf(machine.flash), ends[1], complaints_);
  close(ends[1]);
  *line = Link(ends[0]);
  if (process_ > 0) return {};
  process_ = 0;
  return Status::Error(Code::kIo, "no process: %s", std::strerror(errno));
}

void Simulator::Stop() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  process_ = 0;
  if (complaints_ >= 0) close(complaints_);
  complaints_ = -1;
}

std::string Simulator::Ending() {
  if (process_ <= 0) return {};
  siginfo_t info = {};
  // A dying emulator closes its line first.
  for (int i = 0; i < 10 && info.si_pid == 0; ++i) {
    constexpr int kOptions = WEXITED | WNOHANG | WNOWAIT;
    if (waitid(P_PID, static_cast<id_t>(process_), &info, kOptions) != 0) return {};
    if (info.si_pid == 0) usleep(10'000);
  }
  if (info.si_pid == 0) return {};
  const bool killed = info.si_code != CLD_EXITED;
  std::string text = killed ? "the emulator ended, signal " : "the emulator ended, status ";
  text += std::to_string(info.si_status);
  char said[2000];
  const ssize_t size = pread(complaints_, said, sizeof(said), 0);
  if (size > 0) text += ":\n" + std::string(said, static_cast<size_t>(size));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

const EmulatedBoard* FindEmulated(const std::string& target) {
  const auto* board = std::find_if(std::begin(kBoards), std::end(kBoards),
                                   [&](const EmulatedBoard& b) { return target == b.target; });
  return board != std::end(kBoards) ? board : nullptr;
}

Machine DefaultMachine(const EmulatedBoard& board) {
  return {DeviceFile(board.image_variable, board.image),
          DeviceFile("MOONLET_ROM", "device/rom.img"), StateFile("MOONLET_FLASH", "flash.img"),
          &board};
}

}  // namespace moonlet
