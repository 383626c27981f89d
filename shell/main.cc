// shell/main.cc - the command line of `moonlet`: which words are options, which are the
// script's. The only file besides the tests that uses exceptions (CLI11's).
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iterator>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/command.h"
#include "shell/device_command.h"
#include "shell/doc_command.h"
#include "shell/help.h"
#include "shell/image.h"
#include "shell/version.h"

namespace moonlet {
namespace {

// What CLI11 fills.
struct CommandLine {
  Command command;
  std::vector<std::string> code;
  std::string module;
  std::vector<std::string> allow;
  std::string rom;
  std::string uart;
  bool version = false;
  bool help = false;
};

// "64M" to bytes: a whole number and K, M, G or nothing, in powers of 1,024.
size_t ParseSize(const std::string& text) {
  size_t digits = 0;
  unsigned long long value = 0;
  const auto fail = [&] {
    return CLI::ValidationError("--memory", text + " is no size such as 512K, 64M or 1G");
  };
  constexpr size_t kMost = std::numeric_limits<size_t>::max();
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (value > kMost / 10 - 1) throw fail();
    value = value * 10 + static_cast<unsigned>(text[digits] - '0');
  }
  const std::string_view unit = std::string_view(text).substr(digits);
  int shift = 0;
  if (unit == "K" || unit == "k") shift = 10;
  if (unit == "M" || unit == "m") shift = 20;
  if (unit == "G" || unit == "g") shift = 30;
  if (digits == 0 || value == 0 || (shift == 0 && !unit.empty())) throw fail();
  if (value > kMost >> shift) throw fail();
  return static_cast<size_t>(value << shift);
}

std::string CheckSeconds(const std::string& text) {
  double seconds = 0;
  const bool valid = CLI::detail::lexical_cast(text, seconds) && std::isfinite(seconds);
  return valid && seconds > 0 ? "" : text + " is no time in seconds above 0";
}

void AddOptions(CLI::App* app, CommandLine* line) {
  Command& command = line->command;
  app->set_help_flag();  // the text is ours
  app->add_flag("-h,--help", line->help);
  app->add_flag("-v,--version", line->version);
  app->add_flag("-i", command.prompt);
  app->add_option("-e", line->code)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app->add_option("-m", line->module);
  app->add_option_function<std::string>(
      "--memory", [&command](const std::string& text) { command.memory = ParseSize(text); });
  app->add_option("--timeout", command.timeout)->check(CheckSeconds);
  app->add_option("--rom", line->rom);
  app->add_option("--uart", line->uart);
  CLI::Option* sandbox = app->add_flag("--sandbox", command.sandbox);
  app->add_option("--allow", line->allow)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->needs(sandbox);
}

// How many of `words` are options and their values; the rest are the script and its
// own arguments, whatever they look like. -m is the last option: what follows its
// value belongs to the module.
size_t CountOptions(const CLI::App& app, const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--" || word == "-" || !word.starts_with('-')) return i;
    if (word.starts_with("--")) {
      const CLI::Option* option = app.get_option_no_throw(word);
      if (option != nullptr && option->get_items_expected_min() > 0) ++i;
      continue;
    }
    for (size_t j = 1; j < word.size(); ++j) {
      const CLI::Option* option = app.get_option_no_throw({'-', word[j]});
      if (option == nullptr || option->get_items_expected_min() == 0) continue;
      if (j + 1 == word.size()) ++i;  // its value is the next word
      if (word[j] == 'm') return std::min(i + 1, words.size());
      break;
    }
  }
  return words.size();
}

// "2/4": the second of four parts.
void ParseShard(const std::string& text, TestOptions* test) {
  const size_t slash = text.find('/');
  const bool valid = slash != text.npos &&
                     CLI::detail::lexical_cast(text.substr(0, slash), test->shard) &&
                     CLI::detail::lexical_cast(text.substr(slash + 1), test->shards) &&
                     test->shard >= 1 && test->shard <= test->shards;
  if (!valid) throw CLI::ValidationError("--shard", text + " is no part such as 1/4");
}

// Goldens are files of the host's.
void CheckRecording(const TestOptions& test) {
  if (test.record && !test.targets.empty())
    throw CLI::ValidationError("--record", "goldens are recorded on the host, without --target");
}

// moonlet test PATHS and the options of help.cc.
int TestMain(Command command, std::span<char* const> words) {
  constexpr int64_t kMostSeed = int64_t{1} << 53;
  constexpr size_t kMost = 1000;
  TestOptions test;
  std::string format = "pretty";
  CLI::App app;
  app.set_help_flag();
  app.add_option("PATHS", test.paths)->required();
  const std::map<std::string, TestFormat> formats = {
      {"pretty", TestFormat::kPretty}, {"tap", TestFormat::kTap}, {"junit", TestFormat::kJunit}};
  app.add_option("--format", format)->check(CLI::IsMember(formats));
  app.add_option("--filter", test.filter);
  app.add_option_function<std::string>(
      "--shard", [&test](const std::string& text) { ParseShard(text, &test); });
  app.add_option("--jobs", test.jobs)->check(CLI::Range(size_t{1}, kMost));
  app.add_option("--repeat", test.repeat)->check(CLI::Range(size_t{1}, size_t{1'000'000}));
  app.add_option("--seed", test.seed)->check(CLI::Range(int64_t{0}, kMostSeed));
  app.add_option("--timeout", command.timeout)->check(CheckSeconds);
  app.add_flag("--record", test.record);
  app.add_option("--target", test.targets)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  test.format = formats.at(format);
  const auto is_host = [](const std::string& target) { return target == "host"; };
  if (std::all_of(test.targets.begin(), test.targets.end(), is_host)) test.targets.clear();
  CheckRecording(test);
  return RunTestCommand(command, std::move(test));
}

// moonlet image build [--no-prepare] SOURCES -o IMG | ls IMG | check IMG | extract IMG DIR
int ImageMain(std::span<char* const> words) {
  using Action = ImageOptions::Action;
  ImageOptions image;
  CLI::App app;
  app.set_help_flag();
  app.require_subcommand(1);
  const auto add = [&](const char* name, Action action) {
    CLI::App* command = app.add_subcommand(name);
    command->set_help_flag();
    command->callback([&image, action] { image.action = action; });
    if (action == Action::kBuild) {
      command->add_option("SOURCES", image.sources)->required();
      command->add_flag("--no-prepare{false}", image.prepare);
    }
    command->add_option(action == Action::kBuild ? "-o" : "IMG", image.image)->required();
    return command;
  };
  add("build", Action::kBuild);
  add("ls", Action::kList);
  add("check", Action::kCheck);
  add("extract", Action::kExtract)->add_option("DIR", image.folder)->required();
  app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  return RunImageCommand(image);
}

// moonlet device [--target TARGET] [--icount] VERB ARGUMENTS: what follows the verb is not
// ours.
int DeviceMain(std::span<char* const> words) {
  DeviceOptions device;
  size_t options = 0;
  while (options < words.size() && words[options][0] == '-') {
    options += std::string_view(words[options]) == "--target" ? 2 : 1;
  }
  options = std::min(options, words.size());
  CLI::App app;
  app.set_help_flag();
  app.add_option("--target", device.target);
  app.add_flag("--icount", device.icount);
  const std::span<char* const> rest = words.subspan(options);
  app.parse(
      std::vector<std::string>(words.rend() - static_cast<std::ptrdiff_t>(options), words.rend()));
  if (!rest.empty()) {
    device.verb = rest[0];
    device.arguments.assign(rest.begin() + 1, rest.end());
  }
  return RunDeviceCommand(device);
}

// moonlet sim [DIR|IMG]
int SimMain(std::span<char* const> words) {
  std::string rom;
  CLI::App app;
  app.set_help_flag();
  app.add_option("ROM", rom);
  app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  return RunSimCommand(rom);
}

int Main(int argc, char** argv) {
  CommandLine line;
  size_t options = 0;
  if (argc > 1 && argv[1][0] == '-') {
    CLI::App app;
    AddOptions(&app, &line);
    const std::vector<std::string> words(argv + 1, argv + argc);
    options = CountOptions(app, words);
    // CLI11 takes them last word first.
    const auto end = words.begin() + static_cast<std::ptrdiff_t>(options);
    app.parse(std::vector<std::string>(std::reverse_iterator(end), words.rend()));
  }
  if (line.help) return std::fputs(CommandHelp(), stdout) < 0 ? kExitError : 0;
  if (line.version) return std::fputs(VersionText().c_str(), stdout) < 0 ? kExitError : 0;

  Command& command = line.command;
  for (const std::string& code : line.code) command.code.push_back(code.c_str());
  for (const std::string& folder : line.allow) command.allow.push_back(folder.c_str());
  if (!line.rom.empty()) command.rom = line.rom.c_str();
  if (!line.uart.empty()) command.uart = line.uart.c_str();
  if (!line.module.empty()) command.module = line.module.c_str();
  char** rest = argv + 1 + options;
  if (*rest != nullptr && command.module == nullptr) {
    const std::string_view word(*rest);
    const std::span<char* const> words(rest + 1, argv + argc);
    if (word == "test") return TestMain(command, words);
    if (word == "image") return ImageMain(words);
    if (word == "device") return DeviceMain(words);
    if (word == "sim") return SimMain(words);
    if (word == "doc" || word == "model" || word == "npu") {
      command.arguments.assign(words.begin(), words.end());
      if (word == "doc") return RunDocCommand(command);
      return RunLibraryCommand(command, word == "npu" ? "npu.command" : "model.command");
    }
  }
  if (*rest != nullptr && std::string_view(*rest) == "--") ++rest;
  if (*rest != nullptr && command.module == nullptr) command.file = *rest++;
  while (*rest != nullptr) command.arguments.push_back(*rest++);
  return RunCommand(command);
}

}  // namespace
}  // namespace moonlet

int main(int argc, char** argv) {
  try {
    return moonlet::Main(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "moonlet: %s\nTry 'moonlet --help'.\n", error.what());
    return moonlet::kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "moonlet: %s\n", error.what());
    return moonlet::kExitError;
  }
}
