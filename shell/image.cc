#include "shell/image.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <string_view>
#include <utility>

#include "bindings/help_texts.h"
#include "engine/base/allocator.h"
#include "engine/base/bytes.h"
#include "engine/base/crc32.h"
#include "engine/nn/model.h"
#include "engine/nn/prepared.h"
#include "shell/host_files.h"
#include "vm/rom_image.h"

namespace moonlet {
namespace {

namespace fs = std::filesystem;

// What an image is made of, in the order of its directory.
struct ImageEntry {
  std::string path;
  uint16_t kind;
  std::vector<uint8_t> data;
};

size_t AlignUp(size_t offset) {
  return (offset + kRomAlignment - 1) / kRomAlignment * kRomAlignment;
}

uint16_t KindOf(std::string_view path) {
  if (path.ends_with(".lua")) return kRomScript;
  return path.ends_with(".tflite") ? kRomModel : kRomFile;
}

void Store16(uint8_t* at, size_t value) {
  at[0] = static_cast<uint8_t>(value);
  at[1] = static_cast<uint8_t>(value >> 8);
}

void Store32(uint8_t* at, size_t value) {
  Store16(at, value);
  Store16(at + 2, value >> 16);
}

Status ReadEntries(const std::vector<ImageFile>& files, std::vector<ImageEntry>* entries) {
  for (const ImageFile& file : files) {
    if (!IsVolumePath(file.path))
      return Status::Invalid("%s: no path that an image can have", file.path.c_str());
    ImageEntry& entry = entries->emplace_back(ImageEntry{file.path, KindOf(file.path), {}});
    if (file.file.empty()) {
      entry.data.assign(file.text.begin(), file.text.end());
    } else if (Status s = ReadHostFile(file.file, &entry.data); !s.ok()) {
      return s;
    }
  }
  const auto before = [](const ImageEntry& a, const ImageEntry& b) { return a.path < b.path; };
  std::sort(entries->begin(), entries->end(), before);
  for (size_t i = 1; i < entries->size(); ++i)
    if ((*entries)[i].path == (*entries)[i - 1].path)
      return Status::Invalid("%s: given twice", (*entries)[i].path.c_str());
  return {};
}

// The section of a model that devices load from. Empty, and the reason, when they have to prepare
// it themselves.
std::vector<uint8_t> PreparedSectionOf(const ImageEntry& file, Status* status) {
  const PreparedTie tie = {Crc32(file.data), static_cast<uint32_t>(file.data.size()),
                           MOONLET_VERSION};
  Allocator& memory = MallocAllocator();
  Model model;
  *status = Model::Open(Bytes::Borrow(file.data), memory, &model);
  if (!status->ok()) return {};
  PreparedWriter writer(model, memory, KernelsOf::kDevice);
  *status = writer.Measure();
  if (!status->ok()) return {};
  std::vector<uint8_t> section(writer.bytes(), 0);
  *status = writer.Write(tie, section);
  return status->ok() ? section : std::vector<uint8_t>();
}

// Puts sections behind the models that have one.
void PrepareModels(const ImageBuildOptions& options, std::vector<ImageEntry>* entries) {
  std::vector<ImageEntry> all;
  for (ImageEntry& entry : *entries) {
    all.push_back(std::move(entry));
    if (all.back().kind != kRomModel || !options.prepare) continue;
    const std::string path = all.back().path;
    Status status;
    std::vector<uint8_t> section = PreparedSectionOf(all.back(), &status);
    if (status.ok()) {
      all.push_back({path, kRomPrepared, std::move(section)});
    } else if (options.unprepared != nullptr) {
      options.unprepared->push_back(path + ": " + status.what());
    }
  }
  *entries = std::move(all);
}

// Header, directory, paths and payloads, as docs/rom.md has them.
void Assemble(const std::vector<ImageEntry>& entries, size_t paths, std::vector<uint8_t>* image) {
  uint8_t* header = image->data();
  kRomMagic.copy(reinterpret_cast<char*>(header), kRomMagic.size());
  Store32(header + 8, kRomVersion);
  Store32(header + 12, image->size());
  Store32(header + 16, entries.size());
  Store32(header + 20, paths);
  std::strncpy(reinterpret_cast<char*>(header + 24), MOONLET_VERSION, kRomBuilderSize);
  uint8_t* record = header + kRomHeaderSize;
  uint8_t* const first_path = record + entries.size() * kRomEntrySize;
  uint8_t* path = first_path;
  size_t payload = AlignUp(static_cast<size_t>(path - header) + paths);
  for (const ImageEntry& entry : entries) {
    Store32(record, static_cast<size_t>(path - first_path));
    Store16(record + 4, entry.path.size());
    Store16(record + 6, entry.kind);
    Store32(record + 8, payload);
    Store32(record + 12, entry.data.size());
    Store32(record + 16, Crc32(entry.data));
    record += kRomEntrySize;
    path = std::copy(entry.path.begin(), entry.path.end(), path);
    std::copy(entry.data.begin(), entry.data.end(), header + payload);
    payload = AlignUp(payload + entry.data.size());
  }
  const std::span head(header + kRomHeaderSize, path);
  Store32(header + 60, Crc32(head, Crc32(std::span(header, 60))));
}

}  // namespace

ImageFile HelpFile() {
  ImageFile help = {.path = "help.txt", .file = {}, .text = {}};
  const auto append = [](std::string_view piece, void* text) {
    static_cast<std::string*>(text)->append(piece);
  };
  WriteHelpTexts(append, &help.text);
  return help;
}

Status FilesBelow(const std::string& folder, const std::string& prefix,
                  std::vector<ImageFile>* files) {
  std::error_code error;
  const auto options = fs::directory_options::follow_directory_symlink;
  fs::recursive_directory_iterator entry(folder, options, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(error)) {
      files->push_back(
          {prefix + path.lexically_relative(folder).generic_string(), path.string(), {}});
    }
    if (error) break;
  }
  if (error) return Status::Error(Code::kIo, "%s: %s", folder.c_str(), error.message().c_str());
  return {};
}

Status FilesOfSource(const std::string& source, std::vector<ImageFile>* files) {
  std::error_code error;
  const size_t equals = source.find('=');
  if (equals == source.npos || fs::is_directory(source, error))
    return FilesBelow(source, "", files);
  const std::string path = source.substr(0, equals);
  const std::string file = source.substr(equals + 1);
  if (fs::is_directory(file, error)) return FilesBelow(file, path + "/", files);
  files->push_back({path, file, {}});
  return {};
}

Status BuildImage(std::vector<ImageFile> files, std::vector<uint8_t>* image,
                  const ImageBuildOptions& options) {
  std::vector<ImageEntry> entries;
  if (Status s = ReadEntries(files, &entries); !s.ok()) return s;
  PrepareModels(options, &entries);
  size_t paths = 0;
  for (const ImageEntry& entry : entries) paths += entry.path.size();
  size_t size = AlignUp(kRomHeaderSize + entries.size() * kRomEntrySize + paths);
  for (const ImageEntry& entry : entries) size = AlignUp(size + entry.data.size());
  if (size > std::numeric_limits<uint32_t>::max())
    return Status::Invalid("the image would have more than 4 GiB");
  image->assign(size, 0);
  Assemble(entries, paths, image);
  // Finds what is left to find: a file that is a folder as well.
  RomImage rom;
  return rom.Open(*image, RomImage::Check::kDirectory);
}

}  // namespace moonlet
