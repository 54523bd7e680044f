/** `milter-setup completion SHELL`: scripts for the three programs, made from the tables of their options. */
import { EXIT, SetupError } from '../host/setup-error.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import type { RunCommand } from './command.ts';
import { SHELLS } from './verbs.ts';

export const run: RunCommand = ({ arguments: [shell = ''], ui }) => {
  const script = completionScript(shell);
  ui.print(script, script);
  return Promise.resolve(EXIT.ok);
};

/** @throws SetupError `usage` */
export function completionScript(shell: string): string {
  switch (shell as (typeof SHELLS)[number]) {
    case 'bash':
      return bashScript();
    case 'zsh':
      return (
        '#compdef milter-setup milter-manager milter-test-server\n' +
        `autoload -U +X bashcompinit && bashcompinit\n${bashScript()}`
      );
    case 'fish':
      return fishScript();
    default:
      throw new SetupError({
        code: 'usage',
        message: `no completion for the shell "${shell}"`,
        hint: `accepted: ${SHELLS.join(', ')}`,
        exitCode: EXIT.usage,
      });
  }
}
