// shell/image.h - makes ROM images and takes them apart. docs/rom.md is the format.
//
//   std::vector<ImageFile> files;
//   if (Status s = FilesBelow("scripts/lib", "lib/", &files); !s.ok()) ...
//   std::vector<uint8_t> image;
//   if (Status s = BuildImage(files, &image); !s.ok()) ...
//
// For hosts alone. Messages name the file.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace moonlet {

struct ImageFile {
  std::string path;  // in the image: "lib/json.lua"
  std::string file;  // the host's, whose bytes it has; empty: it has `text`
  std::string text = {};
};

// The texts of help() as a device reads them, help.txt.
ImageFile HelpFile();

// Appends all files below a folder, by their names there behind `prefix` ("" or "lib/"), in no
// order. Links are followed; names that begin with a dot are left out.
Status FilesBelow(const std::string& folder, const std::string& prefix,
                  std::vector<ImageFile>* files);
// The same for what `image build` is given: DIR, or PATH=DIR or PATH=FILE to have it as PATH.
Status FilesOfSource(const std::string& source, std::vector<ImageFile>* files);

struct ImageBuildOptions {
  bool prepare = true;  // models, for devices
  // What is said of each model that a device has to prepare itself. May be null.
  std::vector<std::string>* unprepared = nullptr;
};

// The image of those files, in whatever order they come. kInvalid: a path that no image can
// have, or one given twice.
Status BuildImage(std::vector<ImageFile> files, std::vector<uint8_t>* image,
                  const ImageBuildOptions& options = {});

struct ImageOptions {
  enum class Action { kBuild, kList, kCheck, kExtract };
  Action action = Action::kBuild;
  std::vector<std::string> sources;  // for kBuild, as FilesOfSource takes them
  std::string image;
  std::string folder;   // for kExtract
  bool prepare = true;  // for kBuild
};

// `moonlet image ...`. Returns the exit code.
int RunImageCommand(const ImageOptions& options);

}  // namespace moonlet
