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

/** For milters that Postfix asked by itself and that keep their settings: what happens while one is down stays, too. */
export function fallbacksAsBefore(facts: HostFacts, wish: Wish): readonly IniSetting[] {
  return facts.asked.flatMap(({ name, defaultAction }): IniSetting[] => {
    const value = FALLBACKS[defaultAction];
    if (value === undefined || wish.off.includes(name)) return [];
    if (!keepsSettings(facts, wish, name)) return [];
    const comment = `As when Postfix asked it: ${defaultAction} while it is down.`;
    return [{ section: `milter.${name}`, key: 'fallback_status', value, comment }];
  });
}
