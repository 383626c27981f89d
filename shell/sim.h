// shell/sim.h - a device in the emulator, QEMU, with its serial line at hand.
//
//   Simulator simulator;
//   Link line;
//   if (Status s = simulator.Start({image, rom, flash}, &line); !s.ok()) ...
//
// Host only. The emulator ends with its Simulator, and with this process however it ends.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <string>

#include "engine/base/status.h"
#include "shell/link.h"

namespace moonlet {

// A machine of the emulator that boards/ has a folder for.
struct EmulatedBoard {
  const char* target;          // on a command line
  const char* machine;         // as the emulator calls it
  const char* image;           // device image, below the folder of builds
  const char* image_variable;  // of the environment, names another
  const char* rom_address;     // boards/NAME/registers.h
  size_t rom_size;
};
// "sim" is the one that the device image is made for first of all, "sim:NAME" another. Null: no
// emulator goes by that name.
const EmulatedBoard* FindEmulated(const std::string& target);

// Files of the host.
struct Machine {
  std::string image;  // the device image, ELF
  std::string rom;    // its ROM image
  std::string flash;  // keeps applications; empty: they last as long as the emulator
  const EmulatedBoard* board = FindEmulated("sim");  // whose machine it is
  // Its clock counts instructions instead of time, 32 ns each: what a program takes repeats.
  bool icount = false;
};

class Simulator {
 public:
  Simulator() = default;
  ~Simulator() { Stop(); }
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  // Starts a machine whose power just came; it ends the one before. Nothing that it says
  // is lost. kNotFound: the emulator or a file is missing, and how to get it.
  Status Start(const Machine& machine, Link* line);
  void Stop();

  // How the emulator ended and what it complained of; empty while it runs.
  std::string Ending();

 private:
  pid_t process_ = 0;
  int complaints_ = -1;  // a file in memory
};

// The device image and ROM image of this installation, and where the emulator keeps
// applications: the board's image variable, $MOONLET_ROM and $MOONLET_FLASH come first. What is
// not found is empty.
Machine DefaultMachine(const EmulatedBoard& board);

}  // namespace moonlet
