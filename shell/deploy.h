// shell/deploy.h - makes a ROM image the application of a device.
//
// Host only.
#pragma once
#include <cstdint>
#include <span>

#include "shell/raw_client.h"
#include "shell/transfer.h"

namespace moonlet {

// Requires a client in raw mode, and leaves it there: the machine has started anew, and what
// its application did was ended. Does nothing when the device has that image already.
// kInvalid: no ROM image, or the device refused, in its words.
Status Deploy(RawClient& client, std::span<const uint8_t> image, TransferWatcher* watcher);

}  // namespace moonlet
