// shell/target_workers.h - machines that run the files of tests side by side.
//
// Each machine, an emulator or a device at the end of a line, is minded by a process of its own.
// Machines of one kind share the files: whoever is free takes the next.
//
// Host only.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shell/rom_file.h"
#include "shell/test_files.h"
#include "shell/test_jobs.h"
#include "shell/test_options.h"
#include "shell/test_records.h"

namespace moonlet {

// The number that is given out next to processes that share it.
class SharedCounter;

// A target of the command line, once however often it was named.
struct TestKind {
  std::string name;
  size_t machines;
  std::shared_ptr<SharedCounter> next;  // item

  // What is known by now.
  std::vector<std::unique_ptr<TestRun>> runs = {};  // of each item; null: it has not ended
  std::string refusal = {};                         // why a machine did not start
  size_t ended = 0;                                 // machines
  std::string trouble = {};                         // how one of them ended that should not have
};

// In the order of the command line. A real device is one machine, whatever is asked for.
std::vector<TestKind> FindKinds(const TestOptions& options, size_t items);

class TargetWorkers : public Jobs {
 public:
  // All outlive it.
  TargetWorkers(const TestOptions& options, const RomFile& rom, const std::vector<TestItem>& items,
                const std::string& nonce, std::vector<TestKind>* kinds);

  size_t size() const { return workers_.size(); }

  void Run(size_t job) override;
  void Printed(size_t job, std::string_view bytes) override;
  void Ended(size_t job, double seconds, const std::string& trouble) override;

  // One of the kinds knows more.
  virtual void Known() = 0;

 private:
  struct Worker {
    TestKind* kind;
    std::string bytes;  // that are no whole message yet
  };

  const TestOptions& options_;
  const RomFile& rom_;
  const std::vector<TestItem>& items_;
  const std::string& nonce_;
  std::vector<Worker> workers_;
};

}  // namespace moonlet
