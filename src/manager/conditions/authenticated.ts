/** Authenticated and Unauthenticated: by the macros that the MTA gives at MAIL after SMTP AUTH. */
import type { Circumstances, Condition } from './condition.ts';

export const authenticated: Condition = {
  atMail: (circumstances) =>
    isAuthenticated(circumstances) ? undefined : 'sender is not authenticated',
};

export const unauthenticated: Condition = {
  atMail: (circumstances) =>
    isAuthenticated(circumstances) ? 'sender is authenticated' : undefined,
};

function isAuthenticated({ macro }: Circumstances): boolean {
  return Boolean(macro('auth_type')) || Boolean(macro('auth_authen'));
}
