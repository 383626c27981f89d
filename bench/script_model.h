// bench/script_model.h - a model that a script runs.
#pragma once
#include <string>

#include "vm/runtime.h"

namespace moonlet {

class ScriptModel {
 public:
  // Throws std::runtime_error.
  explicit ScriptModel(const std::string& path);
  // Calls model:run() so many times, in a loop of the script.
  void Run(int calls);

 private:
  Runtime runtime_;
};

}  // namespace moonlet
