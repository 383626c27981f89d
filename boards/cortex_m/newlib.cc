// What newlib asks of the system below it.
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>

#include <cerrno>
#include <memory>

#include "boards/board.h"
#include "boards/cortex_m/clock.h"
#include "boards/cortex_m/memory.h"

using namespace moonlet;

namespace {

constexpr size_t kBigNumberRoom = 8192;

}  // namespace

extern "C" {

// malloc's memory. It takes the step from one region to the next for somebody else's use of
// what lies between.
void* _sbrk(ptrdiff_t more) {
  static size_t region = 0;
  static uint8_t* end = cortex_m::HeapRegions()[0].data();
  while (more > std::to_address(cortex_m::HeapRegions()[region].end()) - end) {
    if (region + 1 == cortex_m::HeapRegions().size()) {
      errno = ENOMEM;
      return reinterpret_cast<void*>(-1);
    }
    end = cortex_m::HeapRegions()[++region].data();
  }
  uint8_t* block = end;
  end += more;
  return block;
}

int _gettimeofday(timeval* now, void*) {
  const int64_t microseconds = cortex_m::UnixMicroseconds();
  now->tv_sec = microseconds / 1'000'000;
  now->tv_usec = static_cast<suseconds_t>(microseconds % 1'000'000);
  return 0;
}

// In units of CLOCKS_PER_SEC.
clock_t _times(tms* times) {
  const auto now = static_cast<clock_t>(board::Microseconds() * CLOCKS_PER_SEC / 1'000'000);
  *times = {.tms_utime = now, .tms_stime = 0, .tms_cutime = 0, .tms_cstime = 0};
  return now;
}

// The clock is UTC. newlib's own reads the environment with a good part of scanf.
struct _reent;
void _tzset_unlocked_r(struct _reent*) {}
void _tzset_unlocked() {}

// Text of floats is made with big numbers, whose memory newlib keeps for the next time and
// takes its lack for the program's end. So it is there from the beginning: as much as the
// longest format, "%.99f" of 1e308, ever holds at once.
void* __wrap__calloc_r(struct _reent*, size_t count, size_t size) {
  static uint8_t room[kBigNumberRoom];
  static size_t used = 0;
  const size_t needed = (count * size + 7) / 8 * 8;
  if (needed > sizeof(room) - used) board::GiveUp("moonlet: no room for a number's text");
  used += needed;
  return room + used - needed;
}

[[noreturn]] void _exit(int) { board::GiveUp("moonlet: the program ended"); }
[[noreturn]] void abort() { board::GiveUp("moonlet: aborted"); }
[[noreturn]] void __assert_func(const char*, int, const char*, const char* what) {
  board::GiveUp(what);
}

// There are no processes and no files below; newlib's streams are not used.
int _getpid() { return 1; }
int _kill(int, int) { return -1; }
int _open(const char*, int, int) { return -1; }
int _close(int) { return -1; }
int _fstat(int, struct stat*) { return -1; }
int _stat(const char*, struct stat*) { return -1; }
int _isatty(int) { return 0; }
int _lseek(int, int, int) { return -1; }
int _read(int, char*, int) { return -1; }
int _write(int, const char*, int) { return -1; }
int _link(const char*, const char*) { return -1; }
int _unlink(const char*) { return -1; }

// Static objects are never destroyed.
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
void* __dso_handle = nullptr;
void _init() {}
void _fini() {}
}

// Where libstdc++ would throw, std::string_view::substr for one.
namespace std {
void __throw_out_of_range_fmt(const char* what, ...) { board::GiveUp(what); }
}  // namespace std

// FlatBuffers' writer refers to them for those who bring no memory of their own; nobody does. The
// C++ library's would bring exceptions along.
void* operator new(size_t) { board::GiveUp("moonlet: operator new"); }
void* operator new[](size_t) { board::GiveUp("moonlet: operator new"); }
void operator delete(void*) noexcept {}
void operator delete(void*, size_t) noexcept {}
void operator delete[](void*) noexcept {}
void operator delete[](void*, size_t) noexcept {}
