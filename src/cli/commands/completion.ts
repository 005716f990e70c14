import type {Failure} from '../../events/failure.ts';
import type {CommandContext} from '../context.ts';
import type {Shell} from '../flags.ts';

/** `build-matrix completion`: prints a script that asks `build-matrix __complete` for words. */
export function completion(context: CommandContext, shell: Shell): readonly Failure[] {
  context.out.print(scripts[shell]);
  return [];
}

const scripts = {
  bash: `_build_matrix() {
  local IFS=$'\\n'
  COMPREPLY=($(build-matrix __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[.=] ]]; then compopt -o nospace; fi
}
complete -o default -F _build_matrix build-matrix`,
  zsh: `#compdef build-matrix
_build_matrix() {
  local -a found
  found=(\${(f)"$(build-matrix __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -- $found; else _files; fi
}
compdef _build_matrix build-matrix`,
  fish: `function __build_matrix_complete
  set -l words (commandline -opc) (commandline -ct)
  build-matrix __complete -- $words[2..-1] 2>/dev/null
end
complete -c build-matrix -a '(__build_matrix_complete)'`,
} as const satisfies Record<Shell, string>;
