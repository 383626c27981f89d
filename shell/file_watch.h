// shell/file_watch.h - tells when a script or a module beside it has been saved.
//
//   FileWatch watch;
//   if (Status s = watch.Open("app/main.lua"); !s.ok()) ...
//   poll(watch.descriptor()) ... if (watch.Take() == FileWatch::Event::kSaved) ...
//
// The folder is watched, not the file: many editors write another file and rename it.
// Host only (inotify).
#pragma once
#include <string>

#include "engine/base/status.h"

namespace moonlet {

class FileWatch {
 public:
  enum class Event {
    kNothing,
    kSaved,
    kGone,  // the folder is: nothing more will come
  };

  FileWatch() = default;
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Watches this file and every other .lua in its folder. kNotFound, kIo.
  Status Open(const std::string& path);
  // Readable when there is something to take.
  int descriptor() const { return descriptor_; }
  // Takes everything that has happened, and what follows within a moment: an editor may save
  // in several steps.
  Event Take();

 private:
  Event TakeOnce();

  int descriptor_ = -1;
  std::string name_;  // of the file, in its folder
};

}  // namespace moonlet
