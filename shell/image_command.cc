// `moonlet image build|ls|check|extract`.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "shell/command.h"
#include "shell/host_files.h"
#include "shell/image.h"
#include "vm/rom_image.h"

namespace moonlet {
namespace {

namespace fs = std::filesystem;

const char* NameOfKind(uint16_t kind) {
  switch (kind) {
    case kRomFile:
      return "file";
    case kRomScript:
      return "script";
    case kRomModel:
      return "model";
    case kRomPrepared:
      return "prepared";
    default:
      return "unknown";
  }
}

// Checks everything; `data` is what the image lies in.
Status OpenImage(const std::string& path, std::vector<uint8_t>* data, RomImage* rom) {
  if (Status s = ReadHostFile(path, data); !s.ok()) return s;
  Status status = rom->Open(*data, RomImage::Check::kEverything);
  if (status.ok() && rom->bytes().size() != data->size())
    status = Status::Invalid("there is more behind the ROM image");
  if (status.ok()) return {};
  return Status::Error(status.code(), "%s: %s", path.c_str(), status.what());
}

void PrintSummary(const std::string& path, const RomImage& rom) {
  size_t files = 0;
  for (size_t i = 0; i < rom.count(); ++i) files += rom.entry(i).is_file() ? 1 : 0;
  const std::string_view builder = rom.builder();
  std::printf("%s: %zu files, %zu bytes, CRC %08x, built by Moonlet %.*s\n", path.c_str(), files,
              rom.bytes().size(), static_cast<unsigned>(rom.crc()),
              static_cast<int>(builder.size()), builder.data());
}

Status Build(const ImageOptions& options) {
  const std::string& target = options.image;
  std::vector<ImageFile> files;
  for (const std::string& source : options.sources)
    if (Status s = FilesOfSource(source, &files); !s.ok()) return s;
  std::vector<uint8_t> image;
  std::vector<std::string> unprepared;
  if (Status s = BuildImage(std::move(files), &image, {options.prepare, &unprepared}); !s.ok())
    return s;
  if (Status s = WriteHostFile(target, image); !s.ok()) return s;
  for (const std::string& what : unprepared)
    std::fprintf(stderr, "moonlet: not prepared: %s\n", what.c_str());
  RomImage rom;
  if (Status s = rom.Open(image, RomImage::Check::kDirectory); !s.ok()) return s;
  PrintSummary(target, rom);
  return {};
}

void PrintEntries(const RomImage& rom) {
  for (size_t i = 0; i < rom.count(); ++i) {
    const RomEntry entry = rom.entry(i);
    std::printf("%10zu  %08x  %-8s  %.*s\n", entry.data.size(), static_cast<unsigned>(entry.crc),
                NameOfKind(entry.kind), static_cast<int>(entry.path.size()), entry.path.data());
  }
}

// Into a folder of its own: what is there already could be a link that leads elsewhere.
Status MakeEmptyFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && !fs::is_empty(path, error) && !error)
    return Status::Error(Code::kIo, "%s: the folder is not empty", path.c_str());
  if (error) return Status::Error(Code::kIo, "%s: %s", path.c_str(), error.message().c_str());
  return {};
}

Status Extract(const RomImage& rom, const std::string& folder) {
  if (Status s = MakeEmptyFolder(folder); !s.ok()) return s;
  for (size_t i = 0; i < rom.count(); ++i) {
    const RomEntry entry = rom.entry(i);
    if (!entry.is_file()) continue;
    const fs::path path = fs::path(folder) / entry.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return Status::Error(Code::kIo, "%s: %s", path.c_str(), error.message().c_str());
    if (Status s = WriteHostFile(path.string(), entry.data); !s.ok()) return s;
  }
  return {};
}

Status Run(const ImageOptions& options) {
  if (options.action == ImageOptions::Action::kBuild) return Build(options);
  std::vector<uint8_t> data;
  RomImage rom;
  if (Status s = OpenImage(options.image, &data, &rom); !s.ok()) return s;
  if (options.action == ImageOptions::Action::kExtract) return Extract(rom, options.folder);
  if (options.action == ImageOptions::Action::kList) PrintEntries(rom);
  PrintSummary(options.image, rom);
  return {};
}

}  // namespace

int RunImageCommand(const ImageOptions& options) {
  const Status status = Run(options);
  std::fflush(stdout);
  if (!status.ok()) std::fprintf(stderr, "moonlet: %s\n", status.what());
  return status.ok() && std::ferror(stdout) == 0 ? 0 : kExitError;
}

}  // namespace moonlet
