// The scripts that shells read: each asks `longshore __complete -- WORDS` for what can come next, one suggestion a line with
// its description after a tab, and a last line `:files` where the shell shall complete file names.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion of longshore:
#   source <(longshore completion bash)
_longshore() {
  # bash parts words at = and : too: those that no space parts are one. Of what is found, readline wants only
  # what comes in place of the last part.
  local rest=\${COMP_LINE:0:COMP_POINT} part bare last value description
  local -a words=()
  for part in "\${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
    bare=\${rest#"\${rest%%[![:space:]]*}"}
    [[ $bare == "$rest" && \${#words[@]} -gt 0 ]] || words+=('')
    last=$((\${#words[@]} - 1))
    words[last]+=\${bare:0:\${#part}}
    rest=\${bare:\${#part}}
  done
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :files ]]; then
      compopt -o default
    elif [[ -n $value ]]; then
      COMPREPLY+=("\${value#"\${words[last]%"$2"}"}")
    fi
  done < <(longshore __complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -F _longshore longshore
`;

const ZSH = `#compdef longshore
# zsh completion of longshore:
#   source <(longshore completion zsh)
_longshore() {
  local line
  local -a found
  for line in "\${(@f)$(longshore __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
    elif [[ -n $line ]]; then
      found+=("\${\${line//:/\\\\:}/$'\\t'/:}")
    fi
  done
  (( \${#found} )) && _describe 'longshore' found
}
if [[ \${funcstack[1]} == _longshore ]]; then
  _longshore
else
  compdef _longshore longshore
fi
`;

const FISH = `# fish completion of longshore:
#   longshore completion fish | source
function __longshore_complete
  set -l words (commandline -opc)[2..-1] (commandline -ct)
  for line in (longshore __complete -- $words 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else if test -n "$line"
      echo $line
    end
  end
end
complete -c longshore -f -a '(__longshore_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
