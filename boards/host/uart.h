// boards/host/uart.h - what the host's second serial line is.
#pragma once

namespace moonlet::board {

// From now on the line is that descriptor, of a serial line or a connection, open without
// blocking; -1: what is written comes back as input, as at first. It stays the caller's, and
// open until another takes its place.
void AttachUart(int descriptor);

}  // namespace moonlet::board
