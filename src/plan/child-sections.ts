/** Sections of milter-manager.ini for single milters: what detection cannot know of them. */
import type { Platform } from '../platforms/platform.ts';
import type { FallbackStatus } from '../manager-config/values.ts';
import type { HostFacts } from './facts.ts';
import { keepsSettings } from './kept-milters.ts';
import type { WantedSettings } from './settings.ts';
import type { Wish } from './wish.ts';

/** `key = value` in `[section]`, with a comment that says where it comes from. */
export interface IniSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly comment: string;
}

/** Settings merged into milter-manager.ini beside its template; none where there is nothing to say. */
export function iniSettings(
  platform: Platform,
  settings: readonly IniSetting[],
  why: string,
): readonly WantedSettings[] {
  if (settings.length === 0) return [];
  const sections = [...new Set(settings.map(({ section }) => section))];
  const text = sections.map((section) => {
    const lines = settings
      .filter((each) => each.section === section)
      .map(({ key, value, comment }) => `; ${comment}\n${key} = ${value}\n`);
    return `[${section}]\n${lines.join('')}`;
  });
  return [
    {
      path: `${platform.managerDirectory}/milter-manager.ini`,
      format: 'ini',
      template: 'common/milter-manager.ini',
      text: text.join('\n'),
      why,
    },
  ];
}

const FALLBACKS: Readonly<Record<string, FallbackStatus>> = {
  tempfail: 'temporary-failure',
  reject: 'reject',
  // The manager has neither; both keep mail from being delivered unseen.
  quarantine: 'temporary-failure',
  shutdown: 'temporary-failure',
};

/** What the manager does in place of an action of Postfix (postconf(5), milter_default_action). */
function fallbackOf(action: string): FallbackStatus {
  return FALLBACKS[action] ?? 'accept';
}

/**
 * What becomes of mail while a milter behind the manager is down: as while the manager is. Where nobody asks for anything
 * but the manager's own default, and the ini says nothing else, no line says so.
 */
export function generalFallback(
  { manager }: Pick<HostFacts, 'manager'>,
  { defaultAction }: Pick<Wish, 'defaultAction'>,
): readonly IniSetting[] {
  const value = fallbackOf(defaultAction);
  if (value === 'accept' && manager.line('fallback_status') === undefined) return [];
  const comment = `While a milter is down, as Postfix does while the manager is: ${defaultAction}.`;
  return [{ section: 'manager', key: 'fallback_status', value, comment }];
}

/**
 * For milters that Postfix asked by itself and that keep their settings: what happens while one is down stays, too. One
 * that nobody asked and that does not run holds no mail up.
 */
export function fallbacksAsBefore(facts: HostFacts, wish: Wish): readonly IniSetting[] {
  const general = fallbackOf(wish.defaultAction);
  const before = facts.asked.flatMap(({ name, defaultAction }): IniSetting[] => {
    const value = fallbackOf(defaultAction);
    if (value === general || wish.off.includes(name)) return [];
    if (!keepsSettings(facts, wish, name)) return [];
    const comment = `As when Postfix asked it: ${defaultAction} while it is down.`;
    return [{ section: `milter.${name}`, key: 'fallback_status', value, comment }];
  });
  const idle = facts.detected.filter(
    ({ name, enabled, service }) =>
      enabled &&
      facts.knowsRunning &&
      !facts.running.has(service) &&
      ![...wish.on, ...wish.off, ...(wish.setUpBefore ?? [])].includes(name) &&
      !facts.asked.some((each) => each.name === name),
  );
  if (general === 'accept') return before;
  return [
    ...before,
    ...idle.map(({ name }) => ({
      section: `milter.${name}`,
      key: 'fallback_status',
      value: 'accept',
      comment: 'It does not run, and no mail waited for it before.',
    })),
  ];
}
