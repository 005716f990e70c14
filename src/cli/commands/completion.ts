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
  local -a words
  local cut last
  # Of the line itself: bash cuts words at = and : too, and wants only what comes behind the cut.
  IFS=$' \\t' read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && words+=('')
  last=\${words[-1]}
  cut=\${last%"\${last##*[=:]}"}
  COMPREPLY=($(build-matrix __complete -- "\${words[@]:1}" 2>/dev/null))
  COMPREPLY=("\${COMPREPLY[@]#"$cut"}")
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
