# Completion of moonlet(1) for bash; installed as share/bash-completion/completions/moonlet, and
# for zsh after `autoload -U +X bashcompinit && bashcompinit` by sourcing it.
#
# Words come from the command itself, so that they are never older than it: usage lines say which
# commands there are and what each takes, as `[--format pretty|tap|junit]`.

# The usage of one command, or of all, on one line.
_moonlet_usage() {
  case $2 in
    doc | model | npu) "$1" "$2" --help 2>&1 | sed -n '/^usage:/,$p' ;;
    *)
      "$1" --help 2>/dev/null | awk -v command="$2" '
        /^$/ { if (usage) exit }
        /^usage:/ { usage = 1; sub(/usage:/, "      ") }
        usage && $1 == "moonlet" { mine = command == "" || $2 == command || $3 == command }
        usage && mine { print substr($0, 1, 80) }'
      ;;
  esac | tr '\n' ' '
}

# The words of the first "a|b|c" behind $1 in the text $2.
_moonlet_choices() {
  printf '%s' "$2" | grep -oE -- "$1 [a-zA-Z0-9]+(\|[a-zA-Z0-9]+)+" | head -1 |
    sed "s/^.* //" | tr '|' ' '
}

_moonlet() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local moonlet=${COMP_WORDS[0]} command='' words='' usage i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -e | -m | --memory | --timeout | --rom | --uart | --allow) ((i++)) ;;
      -*) ;;
      *) command=${COMP_WORDS[i]} && break ;;
    esac
  done
  case $command in
    '')
      words=$("$moonlet" --help 2>/dev/null | grep -oE '^  -[a-z](, --[a-z]+)?|^  --[a-z]+' | tr -d ,)
      words="$words $(_moonlet_usage "$moonlet" '' |
        grep -oE 'moonlet (\[OPTIONS\] )?[a-z]+' | sed 's/.* //')"
      ;;
    *)
      usage=$(_moonlet_usage "$moonlet" "$command")
      case $previous in
        -*) words=$(_moonlet_choices "$previous" "$usage") ;;
      esac
      if [[ -z $words ]]; then
        words=$(printf '%s' "$usage" | grep -oE -- '(^|[ [|])--?[a-z][a-z-]*' | tr -d ' [|')
        ((i + 1 == COMP_CWORD)) && words="$words $(_moonlet_choices "$command" "$usage")
          $(printf '%s' "$usage" | grep -oE "moonlet $command [a-z]+" | sed 's/.* //')"
      fi
      ;;
  esac
  [[ $previous == --target ]] && words="host sim sim:an386"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sort -u; compgen -f -- "$current")
}
complete -o filenames -F _moonlet moonlet
