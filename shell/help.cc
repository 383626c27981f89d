#include "shell/help.h"

namespace moonlet {

const char* HelpText() {
  return R"(moonlet - Lua 5.4 for edge AI: tensors, signal processing and int8 models

usage: moonlet [OPTIONS]                     a prompt
       moonlet [OPTIONS] FILE [ARGS...]      runs a script; '-' is standard input
       moonlet [OPTIONS] -m MODULE [ARGS...] runs a module as a script
       moonlet [OPTIONS] test PATHS... [--format pretty|tap] [--filter TEXT]
                                             runs scripts that test, *_test.lua in folders

Options stand before FILE; everything after it belongs to the script, which finds it
in '...' and in the table 'arg'.

what to run
  -e CODE             runs CODE first; may be given several times. Modules are open
                      by name here and at the prompt: moonlet -e 'print(nn)'
  -i                  gives the prompt afterwards, also after an error
  -m MODULE           a module written in Lua: MODULE.lua in this folder, among the
                      library's modules, or among its applications

limits
  --memory SIZE       a cap for the memory of scripts, tensors and models together:
                      512K, 64M, 1G. What does not fit raises "not enough memory"
  --timeout SECONDS   a budget of wall time, such as 2.5, for everything that runs
                      before the prompt; at the prompt, for each chunk. No script can
                      catch its end
  --sandbox           only harmless functions; no files but those allowed
  --allow DIR[:rw]    with --sandbox: scripts may read files below DIR, and with ':rw'
                      write them; may be given several times

about
  -v, --version       version, build and promises
  -h, --help          this text

at the prompt
  An expression's values are shown, statements run; a chunk goes on over several lines
  until it is complete. TAB completes names, help(NAME) explains them. Ctrl-C stops
  what runs or clears the line, Ctrl-D leaves.

environment
  MOONLET_LIB         the folder of modules written in Lua
  MOONLET_HISTORY     the prompt's history; else moonlet/history in $XDG_STATE_HOME or
                      ~/.local/state

exit status
  0    everything ran              124  --timeout ran out
  1    a script failed             130  Ctrl-C ended a script
  2    a wrong command line        n    the script called os.exit(n)
)";
}

}  // namespace moonlet
