/**
 * Sendmail Compatible: macros that Sendmail gives and Postfix does not. The C program asks netstat and
 * the DNS for them and blocks meanwhile; Postfix tells the same in other macros.
 */
import type { Circumstances, Condition, ExtraMacros } from './condition.ts';

export const sendmailCompatible: Condition = {
  macrosAtConnect: (circumstances) => {
    if (!isPostfix(circumstances)) return {};
    const { macro } = circumstances;
    return present({
      if_addr: macro('if_addr') ?? macro('daemon_addr'),
      if_name: macro('if_name') ?? macro('j'),
      daemon_port: macro('daemon_port'),
    });
  },
  macrosAtMail: (circumstances) =>
    isPostfix(circumstances) && !circumstances.macro('i') ? { i: 'dummy-id' } : {},
};

function isPostfix({ macro }: Circumstances): boolean {
  return /\bPostfix\b/i.test(macro('v') ?? '');
}

function present(macros: Readonly<Record<string, string | undefined>>): ExtraMacros {
  return Object.fromEntries(
    Object.entries(macros).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
