// boards/an547/semihosting.h - the debugger's or emulator's services (Arm IHI "Semihosting
// for AArch32"), for what the board itself lacks: a memory that outlives the emulator.
// Without such a host every call fails.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace moonlet::cortex_m {

// The value of the word "name=value" on the command line the host gives; null: none.
// Valid for the life of the program.
const char* HostArgument(const char* name);

// Fills `data` from the file's start; gives how many bytes there were.
size_t ReadHostFile(const char* path, std::span<uint8_t> data);
// Writes into the file at `offset`; makes it if it is not there. False: refused.
bool WriteHostFile(const char* path, size_t offset, std::span<const uint8_t> data);

}  // namespace moonlet::cortex_m
