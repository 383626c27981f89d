#include "shell/file_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace moonlet {
namespace {

constexpr int kMomentMs = 15;

}  // namespace

FileWatch::~FileWatch() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status FileWatch::Open(const std::string& path) {
  const auto failed = [&path] {
    return Status::Error(errno == ENOENT ? Code::kNotFound : Code::kIo, "%s: %s", path.c_str(),
                         std::strerror(errno));
  };
  char whole[PATH_MAX];  // of a link, where what it leads to is saved
  if (realpath(path.c_str(), whole) == nullptr) return failed();
  const std::string_view file = whole;
  const size_t slash = file.rfind('/');
  name_ = file.substr(slash + 1);
  descriptor_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  const std::string folder(file.substr(0, std::max<size_t>(slash, 1)));
  constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
  const int watch = inotify_add_watch(descriptor_, folder.c_str(), kEvents | IN_ONLYDIR);
  return watch >= 0 ? Status() : failed();
}

FileWatch::Event FileWatch::TakeOnce() {
  alignas(inotify_event) char bytes[4096];
  Event result = Event::kNothing;
  ssize_t size;
  while ((size = read(descriptor_, bytes, sizeof(bytes))) > 0) {
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) return Event::kGone;
      const std::string_view name = event->len > 0 ? event->name : "";
      const bool hidden = name.starts_with('.');  // an editor's own files
      if (name == name_ || (name.ends_with(".lua") && !hidden)) result = Event::kSaved;
    }
  }
  return result;
}

FileWatch::Event FileWatch::Take() {
  Event result = TakeOnce();
  pollfd more = {descriptor_, POLLIN, 0};
  while (result == Event::kSaved && poll(&more, 1, kMomentMs) > 0) {
    if (TakeOnce() == Event::kGone) result = Event::kGone;
  }
  return result;
}

}  // namespace moonlet
