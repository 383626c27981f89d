// shell/transfer.h - files to and from a device, over a line that may lose, change or
// double bytes.
//
//   Transfer transfer(client, {});
//   Status s = transfer.Put(bytes, "/ram/model.tflite");
//
// A Lua program on the device is the other side (transfer_program.h). Each line carries
// its CRC-32 and its place, so a damaged one is dropped and sent again; each block of 4
// KiB is acknowledged with its CRC. The device writes beside the file, reads that back,
// and renames it once the CRC of all of it is right: what is not whole never appears.
//
// Host only.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "shell/raw_client.h"

namespace moonlet {

// Sees how far a transfer came.
class TransferWatcher {
 public:
  virtual void Moved(size_t done, size_t total) = 0;

 protected:
  ~TransferWatcher() = default;
};

struct TransferOptions {
  int answer_ms = 2000;  // for the device to answer a line
  int attempts = 10;     // to start its program; a damaged one does not run
  TransferWatcher* watcher = nullptr;
};

class Transfer {
 public:
  static constexpr size_t kBlock = 4096;
  static constexpr size_t kPerLine = 48;  // bytes; base64 makes 64 characters of them

  // The client outlives the transfer. It is in raw mode afterwards, if all went well.
  Transfer(RawClient& client, const TransferOptions& options)
      : client_(client), options_(options) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Makes or replaces the file at `path` on the device. kInvalid: the device refused,
  // in its words. kIo: the line is lost or too bad. The file is then as before - or new,
  // when no more than the last answer was lost.
  Status Put(std::span<const uint8_t> bytes, const std::string& path);
  // Reads the file at `path`.
  Status Get(const std::string& path, std::vector<uint8_t>* bytes);
  // Writes an application's ROM image into the device's unused slot.
  Status Update(std::span<const uint8_t> image);

 private:
  // Does `work` with the program running, again from the start when the line damaged
  // the program or ended it.
  template <typename Work>
  Status WithProgram(const Work& work);
  Status StartProgram();
  Status StopProgram();
  Status Send(std::span<const uint8_t> bytes);
  Status SendBlock(size_t block, std::span<const uint8_t> bytes);
  Status SendLines(size_t block, std::span<const uint8_t> bytes, std::string_view which);
  Status Receive(const std::string& path, std::vector<uint8_t>* bytes);
  Status ReceiveBlock(size_t block, std::span<uint8_t> bytes);

  Status Say(std::string_view body);
  // The next undamaged line. Empty: none came in time.
  Status Hear(std::string* body);
  // Says a line of the program until it is confirmed.
  Status Confirm(const std::string& body, const std::string& answer);
  // Says `question` until an answer comes: one of `letters`, then `key`. "F", the device's
  // refusal, ends it with the device's words.
  Status Ask(const std::string& question, std::string_view letters, const std::string& key,
             std::string* answer);

  RawClient& client_;
  const TransferOptions options_;
};

}  // namespace moonlet
