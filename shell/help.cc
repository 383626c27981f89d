#include "shell/help.h"

namespace moonlet {

const char* CommandHelp() {
  return R"(moonlet - Lua 5.4 for edge AI: tensors, signal processing, int8 models

usage: moonlet [OPTIONS]                     a prompt
       moonlet [OPTIONS] FILE [ARGS...]      runs a script; '-': standard input
       moonlet [OPTIONS] -m MODULE [ARGS...] runs a module as a script
       moonlet [OPTIONS] test PATHS... [--target TARGET]... [--filter TEXT]
                 [--format pretty|tap|junit] [--jobs N] [--shard I/N]
                 [--repeat N] [--seed S] [--timeout SECONDS] [--record]
                                             runs scripts that test
       moonlet [OPTIONS] watch FILE [ARGS...] [--target TARGET]
                                             runs a script when it is saved
       moonlet [OPTIONS] model info|graph|bench|verify|diff FILE...
                 [--target TARGET]           looks at .tflite models
       moonlet [OPTIONS] npu disasm|check FILE
                                             looks at models compiled for an NPU
       moonlet [OPTIONS] npu compile FILE -o OUT
                                             compiles a model for one
       moonlet image build DIR -o IMG        makes a ROM image of a folder
       moonlet image ls|check|extract IMG    looks into one
       moonlet doc [--format text|html|markdown|luals|man] [-o OUT]
                                             writes the reference
       moonlet device [--target TARGET] VERB works with a device over a line
       moonlet sim [DIR|IMG]                 boots a device in the emulator

Options stand before FILE. Everything after it belongs to the script, which has
it in '...' and in the table 'arg'. A script named as one of the commands above
runs as ./test.

What to run
  -e CODE            CODE first; may be given several times. Modules are open by
                     name here and at the prompt: moonlet -e 'print(sys.mem())'
  -i                 the prompt afterwards, also after an error
  -m MODULE          MODULE.lua in this folder, among the library's modules, or
                     among its applications; 'a.b' is a/b.lua
  test PATHS         files, and folders searched for *_test.lua; --format tap or
                     junit is for machines, --filter runs cases whose name holds
                     TEXT, --jobs N files at a time, --shard 2/4 the second of
                     four parts. --repeat N runs all N times, properties with
                     the seeds S, S+1, ...; --record writes goldens.
                     With --target host, sim or a serial line, several times,
                     each target runs them from one ROM image and a sandbox, and
                     what they print is compared byte for byte; a target that is
                     given twice, or --jobs, starts several that share the files
  watch FILE         a script, and again whenever it, or a .lua file beside it,
                     is saved, here or on a device; Ctrl-C ends that
  model info FILE    operators, shapes, work, weights and memory of a model, and
                     each operator that cannot run
  model graph FILE [--svg|--dot|--html] [-o OUT]
                     a picture of its graph and of its memory over time
  model bench FILE   how long a model and each of its operators take
  model verify FILE IN.npz GOLDEN.npz
                     its outputs against recorded ones
  model diff FILE OTHER
                     the first layer in which two models differ. With --target
                     sim or a serial line a device does it: the files are
                     brought there and the table back; 'diff FILE' alone then
                     compares it with the host. 'moonlet model' lists all
                     options, --json is for machines
  npu disasm FILE    the command streams of a compiled model as text
  npu check FILE     whether a unit would run them as they are meant
  npu compile FILE -o OUT [--macs N] [--product U55|U65]
                     an int8 model for the NPU, for 128 MACs unless given; says
                     which operators stay on the CPU and why

Files
  --rom DIR|IMG      what scripts have as /rom, read-only: a folder or an image.
                     /ram is memory: files there end with the process
  --uart LINE        the second serial line of module board: tcp:HOST:PORT, or
                     the path of a serial line; else what is written comes back
  image build DIR -o IMG
                     all files below DIR in one image, as /rom of a device has
                     them; the same files give the same bytes. There may be
                     several; 'lib=DIR' puts one below lib/, 'x.lua=F' a file.
                     Models are prepared for devices; --no-prepare leaves it out
  image ls IMG       its files; 'check IMG' checks every checksum, 'extract IMG
                     DIR' writes them into a new or empty folder
  doc --format html  the reference as a page for a browser; markdown: as text;
                     luals: as files of the Lua language server, in the folder
                     of -o; man: this text as a manual page; text, unless given:
                     the texts of help() as help.txt of an image, for devices
                     carry signatures alone

Devices
  --target TARGET    sim (the emulator), the path of a serial line, or
                     tcp:HOST:PORT; sim unless given
  --icount           the emulator's clock counts instructions, 32 ns each: what
                     takes time there takes the same each time
  device run FILE [ARGS...], device exec CODE
                     a script or some code there; Ctrl-C interrupts it
  device put SRC DST, device get SRC DST
                     files to and from it; /ram takes them until it resets
  device ls [PATH], device rm PATH, device info, device reset
  device repl        its prompt; Ctrl-] leaves
  device deploy DIR  makes DIR its application: /rom shows it from then on, and
                     its main.lua runs when it starts
  sim [DIR|IMG]      its prompt in the emulator, with DIR as /rom; Ctrl-] leaves

Limits
  --memory SIZE      a cap for scripts, tensors and models together: 512K, 64M,
                     1G. What does not fit raises "not enough memory"
  --timeout SECONDS  a budget of wall time, such as 2.5: for all that runs
                     before the prompt, then for each chunk; in tests for each
                     file. No script can catch its end
  --sandbox          only harmless functions, and no files but those allowed
  --allow DIR[:rw]   with --sandbox: files below DIR may be read, with ':rw'
                     also written; may be given several times

About
  -v, --version      version, build and promises
  -h, --help         this text

At the prompt
  An expression's values are shown, the first is '_' afterwards; statements run.
  A chunk goes on over several lines until it is complete. TAB completes names,
  options and files, help(NAME) explains them, help "words" searches, and
  time(FUNCTION, ...) measures a call. Ctrl-R searches what was typed before,
  Ctrl-C stops what runs or clears the line, Ctrl-D leaves.

Environment
  MOONLET_LIB        the folder of modules written in Lua
  MOONLET_DEVICE_IMAGE, MOONLET_ROM
                     what the emulator runs; else what lies in ../../device or
                     ../share/moonlet beside the command
  MOONLET_M4_IMAGE   the same for sim:an386
  MOONLET_FLASH      the file that keeps the emulator's application
  MOONLET_HISTORY    the prompt's history; else a file for each project below
                     moonlet/prompt in $XDG_STATE_HOME or ~/.local/state
  NO_COLOR           when set, the prompt shows no colours

Exit status
  0  everything ran                     124  the time budget was spent
  1  a script or test failed            130  Ctrl-C ended a script
  2  the command line makes no sense    n    the script called os.exit(n)
)";
}

}  // namespace moonlet
