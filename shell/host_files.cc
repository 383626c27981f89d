#include "shell/host_files.h"

#include "boards/files.h"

namespace moonlet {
namespace {

Status Named(const std::string& path, const Status& status) {
  if (status.ok()) return {};
  return Status::Error(status.code(), "%s: %s", path.c_str(), status.what());
}

Status ReadAll(const std::string& path, std::vector<uint8_t>* data) {
  int file;
  if (Status s = board::OpenFile(path.c_str(), board::kRead, &file); !s.ok()) return s;
  board::FileIdentity identity;
  Status status = board::Identify(file, &identity);
  size_t got = 0;
  if (status.ok()) {
    data->resize(static_cast<size_t>(identity.size));
    status = board::ReadFile(file, *data, &got);
    data->resize(got);
  }
  (void)board::CloseFile(file);
  return status;
}

Status WriteAll(const std::string& path, std::span<const uint8_t> data) {
  const std::string part = path + ".part";
  constexpr unsigned kFlags = board::kWrite | board::kCreate | board::kTruncate | board::kNoLink;
  int file;
  if (Status s = board::OpenFile(part.c_str(), kFlags, &file); !s.ok()) return s;
  Status status = board::WriteFile(file, data);
  if (status.ok()) status = board::SyncFile(file);
  if (Status s = board::CloseFile(file); status.ok()) status = s;
  if (status.ok()) status = board::RenameFile(part.c_str(), path.c_str());
  if (!status.ok()) (void)board::RemoveFile(part.c_str());
  return status;
}

}  // namespace

Status ReadHostFile(const std::string& path, std::vector<uint8_t>* data) {
  return Named(path, ReadAll(path, data));
}

Status WriteHostFile(const std::string& path, std::span<const uint8_t> data) {
  return Named(path, WriteAll(path, data));
}

}  // namespace moonlet
