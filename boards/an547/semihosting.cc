#include "boards/an547/semihosting.h"

#include <cstring>

namespace moonlet::cortex_m {
namespace {

// Operations, and modes of opening as fopen counts them.
enum Operation : uint32_t {
  kOpen = 0x01,
  kClose = 0x02,
  kWrite = 0x05,
  kRead = 0x06,
  kSeek = 0x0A,
  kLength = 0x0C,
  kCommandLine = 0x15,
};
constexpr uint32_t kReadBinary = 1, kUpdateBinary = 3, kCreateBinary = 7;
constexpr int32_t kRefused = -1;

// Where no host answers, the breakpoint is a fault, and its handler (faults.cc) goes on
// after it with the refusal as the answer.
int32_t Call(Operation operation, const void* block) {
  register uint32_t r0 asm("r0") = operation;
  register const void* r1 asm("r1") = block;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return static_cast<int32_t>(r0);
}

uint32_t Address(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

// An open file of the host, closed at the end of the scope.
class HostFile {
 public:
  HostFile(const char* path, uint32_t mode) {
    const uint32_t block[] = {Address(path), mode, std::strlen(path)};
    handle_ = Call(kOpen, block);
  }
  ~HostFile() {
    if (!is_open()) return;
    const uint32_t block[] = {handle()};
    Call(kClose, block);
  }
  HostFile(const HostFile&) = delete;
  HostFile& operator=(const HostFile&) = delete;

  bool is_open() const { return handle_ != kRefused; }
  // Reading and writing tell how many bytes were left over.
  size_t Read(std::span<uint8_t> data) const {
    const uint32_t block[] = {handle(), Address(data.data()), data.size()};
    return data.size() - static_cast<uint32_t>(Call(kRead, block));
  }
  bool Write(size_t offset, std::span<const uint8_t> data) const {
    const uint32_t place[] = {handle(), offset};
    const uint32_t block[] = {handle(), Address(data.data()), data.size()};
    return Call(kSeek, place) == 0 && Call(kWrite, block) == 0;
  }

 private:
  uint32_t handle() const { return static_cast<uint32_t>(handle_); }
  int32_t handle_;
};

const char* CommandLine() {
  static char line[512];
  static const bool known = [] {
    const uint32_t block[] = {Address(line), sizeof(line)};
    return Call(kCommandLine, block) == 0;
  }();
  return known ? line : "";
}

}  // namespace

const char* HostArgument(const char* name) {
  static char value[256];
  const size_t length = std::strlen(name);
  for (const char* word = CommandLine(); *word != '\0';) {
    const char* end = std::strchr(word, ' ');
    const size_t size = end != nullptr ? static_cast<size_t>(end - word) : std::strlen(word);
    if (size > length && std::strncmp(word, name, length) == 0 && word[length] == '=' &&
        size - length <= sizeof(value)) {
      std::memcpy(value, word + length + 1, size - length - 1);
      value[size - length - 1] = '\0';
      return value;
    }
    word += size + (end != nullptr);
  }
  return nullptr;
}

size_t ReadHostFile(const char* path, std::span<uint8_t> data) {
  const HostFile file(path, kReadBinary);
  return file.is_open() ? file.Read(data) : 0;
}

bool WriteHostFile(const char* path, size_t offset, std::span<const uint8_t> data) {
  {
    const HostFile file(path, kUpdateBinary);
    if (file.is_open()) return file.Write(offset, data);
  }
  const HostFile file(path, kCreateBinary);
  return file.is_open() && file.Write(offset, data);
}

}  // namespace moonlet::cortex_m
